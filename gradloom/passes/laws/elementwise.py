"""Laws of elementwise ops that hold for floats, bit for bit, and so for whole numbers too."""

from __future__ import annotations

import math
from typing import Final

from gradloom.ir import ops as o
from gradloom.ir.graph import Literal, Node, Operand, literal
from gradloom.passes.laws import Laws, is_number, kind, made_by


def _add_negative_zero(node: Node) -> Operand | None:
    """x + -0.0 = x (x + 0.0 is not x for x = -0.0)."""
    x, y = node.operands
    if kind(x) not in "fc":
        return None
    return x if _minus_zero(y) else y if _minus_zero(x) else None


def _minus_zero(operand: Operand) -> bool:
    if not isinstance(operand, Literal):
        return False
    parts = (operand.value.real, operand.value.imag) if kind(operand) == "c" else (operand.value,)
    return all(part == 0 and math.copysign(1.0, float(part)) < 0 for part in parts)


def _add_negative(node: Node) -> Operand | None:
    """x + neg(y) = x - y, and neg(x) + y = y - x."""
    x, y = node.operands
    if (inner := made_by(y, o.negative)) is not None:
        return o.subtract(x, inner.operands[0])  # type: ignore[no-any-return]
    if (inner := made_by(x, o.negative)) is not None:
        return o.subtract(y, inner.operands[0])  # type: ignore[no-any-return]
    return None


def _subtract_zero(node: Node) -> Operand | None:
    """x - 0 = x."""
    x, y = node.operands
    return x if is_number(y, 0) else None


def _subtract_from_minus_zero(node: Node) -> Operand | None:
    """-0.0 - x = neg(x) (0.0 - x is not neg(x) for x = 0.0)."""
    x, y = node.operands
    return o.negative(y) if kind(x) in "fc" and _minus_zero(x) else None


def _subtract_negative(node: Node) -> Operand | None:
    """x - neg(y) = x + y."""
    x, y = node.operands
    inner = made_by(y, o.negative)
    return None if inner is None else o.add(x, inner.operands[0])


def _multiply_by_one(node: Node) -> Operand | None:
    """x * 1 = x and 1 * x = x (real: a complex product adds 0 * inf)."""
    x, y = node.operands
    if kind(x) not in "iuf":
        return None
    return x if is_number(y, 1) else y if is_number(x, 1) else None


def _multiply_by_minus_one(node: Node) -> Operand | None:
    """x * -1 = neg(x) and -1 * x = neg(x) (real)."""
    x, y = node.operands
    if kind(x) not in "if":
        return None
    return o.negative(x) if is_number(y, -1) else o.negative(y) if is_number(x, -1) else None


def _multiply_negatives(node: Node) -> Operand | None:
    """neg(x) * neg(y) = x * y, and neg(x) * c = x * -c for a number c (real)."""
    x, y = node.operands
    left, right = made_by(x, o.negative), made_by(y, o.negative)
    if kind(x) not in "if" or (left is None and right is None):
        return None
    if left is not None and right is not None:
        return o.multiply(left.operands[0], right.operands[0])  # type: ignore[no-any-return]
    if left is not None and isinstance(y, Literal):
        return o.multiply(left.operands[0], _negated(y))  # type: ignore[no-any-return]
    if right is not None and isinstance(x, Literal):
        return o.multiply(_negated(x), right.operands[0])  # type: ignore[no-any-return]
    return None


def _negated(number: Literal) -> Operand:
    result: Operand = o.negative(number)
    return result


def _divide_by_one(node: Node) -> Operand | None:
    """x / 1 = x (real)."""
    x, y = node.operands
    return x if kind(x) == "f" and is_number(y, 1) else None


def _divide_by_power_of_two(node: Node) -> Operand | None:
    """x / c = x * (1 / c) for c a power of two whose reciprocal is a normal number."""
    x, y = node.operands
    if (
        not isinstance(y, Literal)
        or y.type.dtype.kind != "f"
        or not math.isfinite(y.value)
        or y.value == 0
    ):
        return None
    mantissa, exponent = math.frexp(float(y.value))
    least = {2: -14, 4: -126, 8: -1022}[
        y.type.dtype.itemsize
    ]  # exponents of the least normal numbers, IEEE 754 table 3.5
    if abs(mantissa) != 0.5 or not least < 1 - exponent < -least:
        return None
    return o.multiply(x, literal(1.0 / float(y.value), y.type))  # type: ignore[no-any-return]


def _divide_negatives(node: Node) -> Operand | None:
    """neg(x) / neg(y) = x / y (real)."""
    left, right = (made_by(x, o.negative) for x in node.operands)
    if left is None or right is None or kind(node.result) != "f":
        return None
    return o.divide(left.operands[0], right.operands[0])  # type: ignore[no-any-return]


def _negative_negative(node: Node) -> Operand | None:
    """neg(neg(x)) = x."""
    inner = made_by(node.operands[0], o.negative)
    return None if inner is None else inner.operands[0]


def _even(node: Node) -> Operand | None:
    """abs(neg(x)) = abs(x) and square(neg(x)) = square(x) (real)."""
    inner = made_by(node.operands[0], o.negative)
    return None if inner is None or kind(node.operands[0]) == "c" else node.op(inner.operands[0])


def _idempotent(node: Node) -> Operand | None:
    """f(f(x)) = f(x) for abs, floor, ceil, trunc, round, stop_gradient (abs: real)."""
    (x,) = node.operands
    inner = made_by(x, node.op)
    return x if inner is not None and inner.operands[0].type == node.result.type else None


def _power_one(node: Node) -> Operand | None:
    """x ** 1 = x (real)."""
    x, y = node.operands
    return x if kind(x) in "iuf" and is_number(y, 1) else None


def _power_two(node: Node) -> Operand | None:
    """x ** 2 = square(x) (real; numpy's own reading of a power by the number 2)."""
    x, y = node.operands
    return o.square(x) if kind(x) in "iuf" and is_number(y, 2) else None


def _conj(node: Node) -> Operand | None:
    """conj(conj(x)) = x, and conj(x) = x for real x."""
    (x,) = node.operands
    if kind(x) != "c":
        return x
    inner = made_by(x, o.conj)
    return None if inner is None else inner.operands[0]


def _conj_complex(node: Node) -> Operand | None:
    """conj(complex(a, b)) = complex(a, neg(b))."""
    inner = made_by(node.operands[0], o.complex)
    return None if inner is None else o.complex(inner.operands[0], o.negative(inner.operands[1]))


def _part(node: Node) -> Operand | None:
    """real(complex(a, b)) = a and imag(complex(a, b)) = b."""
    inner = made_by(node.operands[0], o.complex)
    return None if inner is None else inner.operands[0 if node.op is o.real else 1]


def _part_of_conj(node: Node) -> Operand | None:
    """real(conj(x)) = real(x) and imag(conj(x)) = neg(imag(x))."""
    inner = made_by(node.operands[0], o.conj)
    if inner is None or kind(inner.operands[0]) != "c":
        return None
    part: Operand = node.op(inner.operands[0])
    return part if node.op is o.real else -part


def _complex_of_parts(node: Node) -> Operand | None:
    """complex(real(x), imag(x)) = x."""
    left, right = made_by(node.operands[0], o.real), made_by(node.operands[1], o.imag)
    return (
        left.operands[0]
        if left is not None and right is not None and left.operands[0] is right.operands[0]
        else None
    )


def _where_same(node: Node) -> Operand | None:
    """where(c, x, x) = x."""
    _, x, y = node.operands
    return x if x is y or (isinstance(x, Literal) and x == y) else None


def _where_known(node: Node) -> Operand | None:
    """where(true, x, y) = x and where(false, x, y) = y."""
    condition, x, y = node.operands
    return (x if condition.value else y) if isinstance(condition, Literal) else None


def _where_not(node: Node) -> Operand | None:
    """where(not c, x, y) = where(c, y, x)."""
    condition, x, y = node.operands
    inner = made_by(condition, o.logical_not)
    return None if inner is None else o.where(inner.operands[0], y, x)


def _not_not(node: Node) -> Operand | None:
    """not(not(x)) = x, of bools and of bits."""
    inner = made_by(node.operands[0], node.op)
    return None if inner is None else inner.operands[0]


def _same_operands(node: Node) -> Operand | None:
    """f(x, x) = x for maximum, minimum, and, or."""
    x, y = node.operands
    return x if x is y else None


def _logical_with_known(node: Node) -> Operand | None:
    """x and true = x, x and false = false, x or false = x, x or true = true; and turned round."""
    x, y = node.operands
    if isinstance(x, Literal):
        x, y = y, x
    if not isinstance(y, Literal):
        return None
    return x if bool(y.value) is (node.op is o.logical_and) else y


def _astype_same(node: Node) -> Operand | None:
    """astype(x, dtype of x) = x."""
    (x,) = node.operands
    return x if x.type is node.result.type or x.type == node.result.type else None


def _astype_back(node: Node) -> Operand | None:
    """astype(astype(x, wider), dtype of x) = x, and astype(astype(x, wider), d) = astype(x, d)."""
    inner = made_by(node.operands[0], o.astype)
    if inner is None or not _holds(inner.result, inner.operands[0]):
        return None
    (x,) = inner.operands
    if x.type.dtype.kind in "fc" and node.result.type.dtype.kind not in "fc":
        return None
    return x if x.type == node.result.type else o.astype(x, dtype=node.result.type.dtype)


# (kind, bytes) -> wider ones that hold every value exactly and convert onwards as the narrow one
# does. (From floats on to floats only: what a float too large for an integer becomes depends on the
# width it comes from.)
_WIDER: Final = {
    ("b", 1): frozenset({(k, n) for k in "iu" for n in (1, 2, 4, 8)} | {("f", 4), ("f", 8)}),
    ("i", 1): frozenset({("i", 2), ("i", 4), ("i", 8)}),
    ("i", 2): frozenset({("i", 4), ("i", 8)}),
    ("i", 4): frozenset({("i", 8)}),
    ("u", 1): frozenset({("u", 2), ("u", 4), ("u", 8), ("i", 2), ("i", 4), ("i", 8)}),
    ("u", 2): frozenset({("u", 4), ("u", 8), ("i", 4), ("i", 8)}),
    ("u", 4): frozenset({("u", 8), ("i", 8)}),
    ("f", 4): frozenset({("f", 8)}),
    ("c", 8): frozenset({("c", 16)}),
}  # fmt: skip


def _holds(wide: Operand, narrow: Operand) -> bool:
    (a, b) = narrow.type.dtype, wide.type.dtype
    return (b.kind, b.itemsize) in _WIDER.get((a.kind, a.itemsize), frozenset())


LAWS: Final[Laws] = {
    o.add: (_add_negative_zero, _add_negative),
    o.subtract: (_subtract_zero, _subtract_from_minus_zero, _subtract_negative),
    o.multiply: (_multiply_by_one, _multiply_by_minus_one, _multiply_negatives),
    o.divide: (_divide_by_one, _divide_by_power_of_two, _divide_negatives),
    o.negative: (_negative_negative,),
    o.abs: (_even, _idempotent),
    o.square: (_even,),
    o.floor: (_idempotent,),
    o.ceil: (_idempotent,),
    o.trunc: (_idempotent,),
    o.round: (_idempotent,),
    o.stop_gradient: (_idempotent,),
    o.power: (_power_one, _power_two),
    o.conj: (_conj, _conj_complex),
    o.real: (_part, _part_of_conj),
    o.imag: (_part, _part_of_conj),
    o.complex: (_complex_of_parts,),
    o.where: (_where_known, _where_same, _where_not),
    o.logical_not: (_not_not,),
    o.bitwise_invert: (_not_not,),
    o.maximum: (_same_operands,),
    o.minimum: (_same_operands,),
    o.logical_and: (_same_operands, _logical_with_known),
    o.logical_or: (_same_operands, _logical_with_known),
    o.bitwise_and: (_same_operands,),
    o.bitwise_or: (_same_operands,),
    o.astype: (_astype_same, _astype_back),
}
