"""Elementwise ops of two operands: arithmetic, comparisons, logic and bits."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.graph import Literal, Node, Operand
from gradloom.ir.op import Linear, Op, Partials, Rule, Zero
from gradloom.ir.ops.masks import Cotangent, Masked, added, masked
from gradloom.ir.ops.pointwise import (
    binary,
    choose,
    compare,
    const,
)
from gradloom.ir.ops.rules import (
    zeros_like,
)


def _add_jvp(node: Node, tx: Operand | None, ty: Operand | None) -> Operand | None:
    return ty if tx is None else tx if ty is None else tx + ty


def _subtract_jvp(node: Node, tx: Operand | None, ty: Operand | None) -> Operand | None:
    if ty is None:
        return tx
    return -ty if tx is None else tx - ty


def _add_transpose(node: Node, ct: Operand, linear: tuple[bool, ...]) -> tuple[Operand | None, ...]:
    return tuple(ct if mark else None for mark in linear)


def _subtract_transpose(
    node: Node, ct: Operand, linear: tuple[bool, ...]
) -> tuple[Operand | None, ...]:
    return (ct if linear[0] else None, -ct if linear[1] else None)


def _multiply_transpose(
    node: Node, ct: Operand, linear: tuple[bool, ...]
) -> tuple[Operand | None, ...]:
    x, y = node.operands
    return (ct * y if linear[0] else None, ct * x if linear[1] else None)


def _divide_transpose(
    node: Node, ct: Operand, linear: tuple[bool, ...]
) -> tuple[Operand | None, ...]:
    return (ct / node.operands[1], None)


def _divide_jvp(node: Node, tx: Operand | None, ty: Operand | None) -> Operand | None:
    _, y = node.operands
    first = None if tx is None else o.divide(tx, y)
    second = None if ty is None else -(ty * (node.result / y))
    return second if first is None else first if second is None else first + second


def _extremum_jvp(node: Node, tx: Operand | None, ty: Operand | None) -> Cotangent | None:
    """The winner's tangent, and the mean of both at a tie; chosen, so that an infinite slope of the
    loser has no part in it.
    """
    x, y = node.operands
    tie = o.equal(x, y)

    def share(mine: Operand, t: Operand | None) -> Masked | None:
        if t is None:
            return None
        weight = choose(tie, const(mine, 0.5), const(mine, 1.0))
        return masked(t * weight, o.equal(mine, node.result), True)

    first, second = share(x, tx), share(y, ty)
    return second if first is None else first if second is None else added(first, second)


def _power_dx(x: Operand, y: Operand, z: Operand) -> Operand:
    """y x^(y-1), and 0 at x = y = 0."""
    if isinstance(y, Literal):
        return _literal_power_dx(x, y)
    origin = o.logical_and(o.equal(x, zeros_like(x)), o.equal(y, zeros_like(y)))
    return choose(origin, zeros_like(x), y * o.power(choose(origin, const(x, 1.0), x), y - 1))


def _literal_power_dx(x: Operand, y: Literal) -> Operand:
    if y.value == 0:
        return zeros_like(x)
    if y.value == 1:
        return const(x, 1.0)
    return y * (x if y.value == 2 else o.power(x, y - 1))


def _power_dy(x: Operand, y: Operand, z: Operand) -> Operand:
    """x^y log x, and 0 at x = 0 (the limit for y > 0)."""
    zero = o.equal(x, zeros_like(x))
    return choose(zero, zeros_like(x), z * o.log(choose(zero, const(x, 1.0), x)))


def _remainder_dy(x: Operand, y: Operand, z: Operand) -> Operand:
    quotient: Operand = o.floor_divide(x, y)  # floor(x / y) may be the next whole number
    return -quotient


def _fmod_dy(x: Operand, y: Operand, z: Operand) -> Operand:
    quotient: Operand = o.round((x - z) / y)  # trunc(x / y) may be the next whole number
    return -quotient


def _hypot_part(x: Operand, z: Operand) -> Operand:
    zero = o.equal(z, zeros_like(z))
    return choose(zero, zeros_like(x), x / choose(zero, const(z, 1.0), z))


def _angle_part(x: Operand, y: Operand, of: Operand) -> Operand:
    """of / (x^2 + y^2) without overflow, and 0 at the origin."""
    return _hypot_part(_hypot_part(of, r := o.hypot(x, y)), r)


def _sigmoid_of_difference(x: Operand, z: Operand) -> Operand:
    """exp(x - logaddexp(x, y)): 0 where both are -inf, 1 where x is inf."""
    none, same = o.equal(z, const(z, -math.inf)), o.equal(x, z)
    difference = choose(same, zeros_like(x), x - choose(same, zeros_like(z), z))
    return choose(none, zeros_like(x), o.exp(difference))


add: Final[Op] = binary("add", np.add, Rule(_add_jvp), transpose=_add_transpose, commutative=True)
subtract: Final[Op] = binary(
    "subtract", np.subtract, Rule(_subtract_jvp), transpose=_subtract_transpose
)
multiply: Final[Op] = binary(
    "multiply", np.multiply, Linear(((0,), (1,))), transpose=_multiply_transpose, commutative=True
)
divide: Final[Op] = binary(
    "divide", np.divide, Rule(_divide_jvp), "fc", transpose=_divide_transpose
)
floor_divide: Final[Op] = binary(
    "floor_divide", np.floor_divide, Zero(), "iuf", domain="y != 0 for integers"
)
remainder: Final[Op] = binary(
    "remainder",
    np.remainder,
    Partials(lambda x, y, z: const(x, 1.0), _remainder_dy),
    "iuf",
    domain="y != 0 for integers",
)
fmod: Final[Op] = binary(
    "fmod",
    np.fmod,
    Partials(lambda x, y, z: const(x, 1.0), _fmod_dy),
    "iuf",
    domain="y != 0 for integers",
)
power: Final[Op] = binary(
    "power",
    np.power,
    Partials(_power_dx, _power_dy),
    domain="y >= 0 for integers; x >= 0 or whole y for floats",
)
maximum: Final[Op] = binary("maximum", np.maximum, Rule(_extremum_jvp), "biuf", commutative=True)
minimum: Final[Op] = binary("minimum", np.minimum, Rule(_extremum_jvp), "biuf", commutative=True)
atan2: Final[Op] = binary(
    "atan2", np.arctan2,
    Partials(lambda x, y, z: _angle_part(x, y, y), lambda x, y, z: -_angle_part(x, y, x)), "f",
)  # fmt: skip
hypot: Final[Op] = binary(
    "hypot",
    np.hypot,
    Partials(lambda x, y, z: _hypot_part(x, z), lambda x, y, z: _hypot_part(y, z)),
    "f",
    commutative=True,
)
logaddexp: Final[Op] = binary(
    "logaddexp",
    np.logaddexp,
    Partials(
        lambda x, y, z: _sigmoid_of_difference(x, z), lambda x, y, z: _sigmoid_of_difference(y, z)
    ),
    "f",
    commutative=True,
)
copysign: Final[Op] = binary(
    "copysign", np.copysign, Partials(lambda x, y, z: o.sign(x) * o.sign(z), None), "f"
)
nextafter: Final[Op] = binary(
    "nextafter", np.nextafter, Partials(lambda x, y, z: const(x, 1.0), None), "f"
)
equal: Final[Op] = compare("equal", np.equal, commutative=True)
not_equal: Final[Op] = compare("not_equal", np.not_equal, commutative=True)
less: Final[Op] = compare("less", np.less)
less_equal: Final[Op] = compare("less_equal", np.less_equal)
greater: Final[Op] = compare("greater", np.greater)
greater_equal: Final[Op] = compare("greater_equal", np.greater_equal)
logical_and: Final[Op] = binary("logical_and", np.logical_and, Zero(), "b", commutative=True)
logical_or: Final[Op] = binary("logical_or", np.logical_or, Zero(), "b", commutative=True)
logical_xor: Final[Op] = binary("logical_xor", np.logical_xor, Zero(), "b", commutative=True)
bitwise_and: Final[Op] = binary("bitwise_and", np.bitwise_and, Zero(), "biu", commutative=True)
bitwise_or: Final[Op] = binary("bitwise_or", np.bitwise_or, Zero(), "biu", commutative=True)
bitwise_xor: Final[Op] = binary("bitwise_xor", np.bitwise_xor, Zero(), "biu", commutative=True)
left_shift: Final[Op] = binary("left_shift", np.left_shift, Zero(), "iu", domain="0 <= y < bits")
right_shift: Final[Op] = binary("right_shift", np.right_shift, Zero(), "iu", domain="0 <= y < bits")
