"""Elementwise ops: one number out of the numbers at the same place. Partial derivatives stand beside each.

Operands have equal dtypes and shapes; a scalar literal counts as an operand of any shape. Derivatives at kinks: `abs` and `sign` have 0 at 0, `maximum` and `minimum` split a tie evenly
(as autograd and JAX do), `sqrt` has inf at 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.graph import Literal, Node, Operand, literal
from gradloom.ir.op import AxisMap, Attrs, Jvp, Linear, Op, Partials, Rule, Zero, same_dtype
from gradloom.ir.ops.rules import (
    BOOL,
    complex_dtype,
    per_result,
    real_dtype,
    require_equal_dtypes,
    require_kind,
    same_axes,
    zeros_like,
)
from gradloom.ir.types import DType, TensorType, is_inexact

# FLOPs per element, for cost estimates: a transcendental function as 8 multiplications (pycograd's roofline uses the same).
_CHEAP, _TRANSCENDENTAL = 1, 8


def _elementwise(
    name: str, numpy: Callable[..., Any], jvp: Jvp, arity: int, kinds: str, dtype: Callable[..., Any] = same_dtype, **more: Any
) -> Op:
    def check(attrs: Any, *types: TensorType) -> AxisMap:
        require_kind(name, require_equal_dtypes(name, types), kinds)
        return same_axes(attrs, *types)

    weight = _CHEAP if isinstance(jvp, Zero | Linear) or name in _CHEAP_NAMES else _TRANSCENDENTAL
    return Op(name, numpy, jvp, axes=check, dtype=dtype, arity=arity, elementwise=True, cost=per_result(weight), **more)


_CHEAP_NAMES: Final = {"add", "subtract", "multiply", "divide", "abs", "maximum", "minimum", "square", "reciprocal"}


def unary(name: str, numpy: Callable[..., Any], jvp: Jvp, kinds: str = "fc", **more: Any) -> Op:
    """An op of one operand."""
    return _elementwise(name, numpy, jvp, 1, kinds, **more)


def binary(name: str, numpy: Callable[..., Any], jvp: Jvp, kinds: str = "iufc", **more: Any) -> Op:
    """An op of two operands of equal type."""
    return _elementwise(name, numpy, jvp, 2, kinds, **more)


def _to_bool(attrs: Any, *dtypes: DType) -> DType:
    return BOOL


def _to_real(attrs: Any, dtype: DType) -> DType:
    return real_dtype(dtype)


def _compare(name: str, numpy: Callable[..., Any], commutative: bool = False) -> Op:
    return binary(name, numpy, Zero(), "biufc", dtype=_to_bool, commutative=commutative)


def _const(x: Operand, value: float) -> Operand:
    return literal(value, x.type)


def _where(condition: Operand, a: Operand, b: Operand) -> Operand:
    result: Operand = o.where(condition, a, b)
    return result


# ---- unary -----------------------------------------------------------------------------------------------------------


def _same_transpose(op_name: str) -> Callable[..., Any]:
    return lambda node, ct, linear: (o.by_name(op_name)(ct),)


def _abs_jvp(node: Node, t: Operand) -> Operand:
    (x,) = node.operands
    if x.type.dtype.kind != "c":
        return t * o.sign(x)
    y = node.result
    safe = _where(o.equal(y, zeros_like(y)), _const(y, 1.0), y)
    product = o.multiply(o.conj(x), t)
    return o.real(product) / safe


def _sign_numpy(x: np.ndarray) -> Any:
    return np.sign(x)


def _sign_jvp(node: Node, t: Operand) -> Operand | None:
    (x,) = node.operands
    if x.type.dtype.kind != "c":
        return None
    y, r = node.result, o.abs(x)
    safe = _where(o.equal(r, zeros_like(r)), _const(r, 1.0), r)
    radial = o.real(o.multiply(o.conj(y), t))
    rest = t - y * o.complex(radial, zeros_like(radial))
    zero = o.equal(r, zeros_like(r))
    return _where(zero, zeros_like(t), rest / o.complex(safe, zeros_like(safe)))


def _root_of_one_and_square(x: Operand) -> Operand:
    """sqrt(1 + x^2); of a real x also where x^2 overflows."""
    result: Operand = o.sqrt(1 + x * x) if x.type.dtype.kind == "c" else o.hypot(_const(x, 1.0), x)
    return result


negative: Final[Op] = unary("negative", np.negative, Linear(), "iufc", transpose=_same_transpose("negative"))
conj: Final[Op] = unary("conj", np.conj, Linear(), "iufc", transpose=_same_transpose("conj"))
abs: Final[Op] = unary("abs", np.abs, Rule(_abs_jvp), "biufc", dtype=_to_real)
sign: Final[Op] = unary("sign", _sign_numpy, Rule(_sign_jvp), "iufc")
square: Final[Op] = unary("square", np.square, Partials(lambda x, y: 2 * x), "iufc")
reciprocal: Final[Op] = unary("reciprocal", np.reciprocal, Partials(lambda x, y: -(y * y)), "iufc", domain="x != 0 for integers")
sqrt: Final[Op] = unary("sqrt", np.sqrt, Partials(lambda x, y: 0.5 / y), domain="x >= 0, or complex")
cbrt: Final[Op] = unary("cbrt", np.cbrt, Partials(lambda x, y: 1 / (3 * (y * y))), "f")
exp: Final[Op] = unary("exp", np.exp, Partials(lambda x, y: y))
exp2: Final[Op] = unary("exp2", np.exp2, Partials(lambda x, y: y * math.log(2)))
expm1: Final[Op] = unary("expm1", np.expm1, Partials(lambda x, y: o.exp(x)))
log: Final[Op] = unary("log", np.log, Partials(lambda x, y: 1 / x), domain="x >= 0, or complex")
log2: Final[Op] = unary("log2", np.log2, Partials(lambda x, y: 1 / (x * math.log(2))), domain="x >= 0, or complex")
log10: Final[Op] = unary("log10", np.log10, Partials(lambda x, y: 1 / (x * math.log(10))), domain="x >= 0, or complex")
log1p: Final[Op] = unary("log1p", np.log1p, Partials(lambda x, y: 1 / (1 + x)), domain="x >= -1, or complex")
sin: Final[Op] = unary("sin", np.sin, Partials(lambda x, y: o.cos(x)))
cos: Final[Op] = unary("cos", np.cos, Partials(lambda x, y: -o.sin(x)))
tan: Final[Op] = unary("tan", np.tan, Partials(lambda x, y: 1 + y * y))
asin: Final[Op] = unary("asin", np.arcsin, Partials(lambda x, y: 1 / o.sqrt((1 - x) * (1 + x))), domain="|x| <= 1, or complex")
acos: Final[Op] = unary("acos", np.arccos, Partials(lambda x, y: -1 / o.sqrt((1 - x) * (1 + x))), domain="|x| <= 1, or complex")
atan: Final[Op] = unary("atan", np.arctan, Partials(lambda x, y: 1 / (1 + x * x)))
sinh: Final[Op] = unary("sinh", np.sinh, Partials(lambda x, y: o.cosh(x)))
cosh: Final[Op] = unary("cosh", np.cosh, Partials(lambda x, y: o.sinh(x)))
tanh: Final[Op] = unary("tanh", np.tanh, Partials(lambda x, y: 1 - y * y))
asinh: Final[Op] = unary("asinh", np.arcsinh, Partials(lambda x, y: 1 / _root_of_one_and_square(x)))
acosh: Final[Op] = unary("acosh", np.arccosh, Partials(lambda x, y: 1 / (o.sqrt(x - 1) * o.sqrt(x + 1))), domain="x >= 1, or complex")
atanh: Final[Op] = unary("atanh", np.arctanh, Partials(lambda x, y: 1 / ((1 - x) * (1 + x))), domain="|x| <= 1, or complex")
floor: Final[Op] = unary("floor", np.floor, Zero(), "f")
ceil: Final[Op] = unary("ceil", np.ceil, Zero(), "f")
trunc: Final[Op] = unary("trunc", np.trunc, Zero(), "f")
round: Final[Op] = unary("round", np.rint, Zero(), "f")
isnan: Final[Op] = unary("isnan", np.isnan, Zero(), dtype=_to_bool)
isinf: Final[Op] = unary("isinf", np.isinf, Zero(), dtype=_to_bool)
isfinite: Final[Op] = unary("isfinite", np.isfinite, Zero(), dtype=_to_bool)
logical_not: Final[Op] = unary("logical_not", np.logical_not, Zero(), "b")
bitwise_invert: Final[Op] = unary("bitwise_invert", np.invert, Zero(), "biu")

_erf_of_float = np.frompyfunc(math.erf, 1, 1)


def _erf(x: np.ndarray) -> Any:
    return np.asarray(_erf_of_float(np.asarray(x, np.float64)), np.float64).astype(x.dtype)


# d/dx erf(x) = 2/sqrt(pi) exp(-x^2): Abramowitz and Stegun 7.1.1.
erf: Final[Op] = unary("erf", _erf, Partials(lambda x, y: (2 / math.sqrt(math.pi)) * o.exp(-(x * x))), "f")


def _part(name: str, numpy: Callable[..., Any], embed: Callable[[Operand], Operand]) -> Op:
    def transpose(node: Node, ct: Operand, linear: tuple[bool, ...]) -> tuple[Operand]:
        return (embed(ct),)

    return unary(name, numpy, Linear(), "c", dtype=_to_real, transpose=transpose, view=True)


# Bilinear, never conjugating transposes, as JAX has them: imag(z) pairs with -i.
real: Final[Op] = _part("real", np.real, lambda ct: o.complex(ct, zeros_like(ct)))
imag: Final[Op] = _part("imag", np.imag, lambda ct: o.complex(zeros_like(ct), -ct))


def _to_complex(attrs: Any, *dtypes: DType) -> DType:
    return complex_dtype(dtypes[0])


def _complex_numpy(re: np.ndarray, im: np.ndarray) -> np.ndarray:
    out = np.empty(np.broadcast(re, im).shape, complex_dtype(np.asarray(re).dtype))
    out.real, out.imag = re, im
    return out[()]


def _complex_transpose(node: Node, ct: Operand, linear: tuple[bool, ...]) -> tuple[Operand | None, ...]:
    dtype = node.operands[0].type.dtype  # narrower than the result's parts for f16
    re = o.astype(o.real(ct), dtype=dtype) if linear[0] else None
    return (re, -o.astype(o.imag(ct), dtype=dtype) if linear[1] else None)


complex: Final[Op] = binary(
    "complex", _complex_numpy, Linear(((0, 1),)), "f", dtype=_to_complex, transpose=_complex_transpose
)  # fmt: skip

# ---- binary ----------------------------------------------------------------------------------------------------------


def _add_jvp(node: Node, tx: Operand | None, ty: Operand | None) -> Operand | None:
    return ty if tx is None else tx if ty is None else tx + ty


def _subtract_jvp(node: Node, tx: Operand | None, ty: Operand | None) -> Operand | None:
    if ty is None:
        return tx
    return -ty if tx is None else tx - ty


def _add_transpose(node: Node, ct: Operand, linear: tuple[bool, ...]) -> tuple[Operand | None, ...]:
    return tuple(ct if mark else None for mark in linear)


def _subtract_transpose(node: Node, ct: Operand, linear: tuple[bool, ...]) -> tuple[Operand | None, ...]:
    return (ct if linear[0] else None, -ct if linear[1] else None)


def _multiply_transpose(node: Node, ct: Operand, linear: tuple[bool, ...]) -> tuple[Operand | None, ...]:
    x, y = node.operands
    return (ct * y if linear[0] else None, ct * x if linear[1] else None)


def _divide_transpose(node: Node, ct: Operand, linear: tuple[bool, ...]) -> tuple[Operand | None, ...]:
    return (ct / node.operands[1], None)


def _divide_jvp(node: Node, tx: Operand | None, ty: Operand | None) -> Operand | None:
    _, y = node.operands
    first = None if tx is None else o.divide(tx, y)
    second = None if ty is None else -(ty * (node.result / y))
    return second if first is None else first if second is None else first + second


def _share(x: Operand, y: Operand, winner: Operand) -> Operand:
    """1 where x alone is the winner, 1/2 at a tie, else 0."""
    mine, tie = o.equal(x, winner), o.equal(x, y)
    return _where(mine, _where(tie, _const(x, 0.5), _const(x, 1.0)), zeros_like(x))


_extremum: Final = Partials(lambda x, y, z: _share(x, y, z), lambda x, y, z: _share(y, x, z))


def _power_dx(x: Operand, y: Operand, z: Operand) -> Operand:
    """y x^(y-1), and 0 at x = y = 0."""
    if isinstance(y, Literal):
        return _literal_power_dx(x, y)
    origin = o.logical_and(o.equal(x, zeros_like(x)), o.equal(y, zeros_like(y)))
    return _where(origin, zeros_like(x), y * o.power(_where(origin, _const(x, 1.0), x), y - 1))


def _literal_power_dx(x: Operand, y: Literal) -> Operand:
    if y.value == 0:
        return zeros_like(x)
    if y.value == 1:
        return _const(x, 1.0)
    return y * (x if y.value == 2 else o.power(x, y - 1))


def _power_dy(x: Operand, y: Operand, z: Operand) -> Operand:
    """x^y log x, and 0 at x = 0 (the limit for y > 0)."""
    zero = o.equal(x, zeros_like(x))
    return _where(zero, zeros_like(x), z * o.log(_where(zero, _const(x, 1.0), x)))


def _remainder_dy(x: Operand, y: Operand, z: Operand) -> Operand:
    quotient: Operand = o.floor_divide(x, y)  # floor(x / y) may be the next whole number
    return -quotient


def _fmod_dy(x: Operand, y: Operand, z: Operand) -> Operand:
    quotient: Operand = o.round((x - z) / y)  # trunc(x / y) may be the next whole number
    return -quotient


def _hypot_part(x: Operand, z: Operand) -> Operand:
    zero = o.equal(z, zeros_like(z))
    return _where(zero, zeros_like(x), x / _where(zero, _const(z, 1.0), z))


def _angle_part(x: Operand, y: Operand, of: Operand) -> Operand:
    """of / (x^2 + y^2) without overflow, and 0 at the origin."""
    return _hypot_part(_hypot_part(of, r := o.hypot(x, y)), r)


def _sigmoid_of_difference(x: Operand, z: Operand) -> Operand:
    """exp(x - logaddexp(x, y)): 0 where both are -inf, 1 where x is inf."""
    none, same = o.equal(z, _const(z, -math.inf)), o.equal(x, z)
    difference = _where(same, zeros_like(x), x - _where(same, zeros_like(z), z))
    return _where(none, zeros_like(x), o.exp(difference))


add: Final[Op] = binary("add", np.add, Rule(_add_jvp), transpose=_add_transpose, commutative=True)
subtract: Final[Op] = binary("subtract", np.subtract, Rule(_subtract_jvp), transpose=_subtract_transpose)
multiply: Final[Op] = binary("multiply", np.multiply, Linear(((0,), (1,))), transpose=_multiply_transpose, commutative=True)
divide: Final[Op] = binary("divide", np.divide, Rule(_divide_jvp), "fc", transpose=_divide_transpose)
floor_divide: Final[Op] = binary("floor_divide", np.floor_divide, Zero(), "iuf", domain="y != 0 for integers")
remainder: Final[Op] = binary("remainder", np.remainder, Partials(lambda x, y, z: _const(x, 1.0), _remainder_dy), "iuf", domain="y != 0 for integers")
fmod: Final[Op] = binary("fmod", np.fmod, Partials(lambda x, y, z: _const(x, 1.0), _fmod_dy), "iuf", domain="y != 0 for integers")
power: Final[Op] = binary("power", np.power, Partials(_power_dx, _power_dy), domain="y >= 0 for integers; x >= 0 or whole y for floats")
maximum: Final[Op] = binary("maximum", np.maximum, _extremum, "biuf", commutative=True)
minimum: Final[Op] = binary("minimum", np.minimum, _extremum, "biuf", commutative=True)
atan2: Final[Op] = binary(
    "atan2", np.arctan2,
    Partials(lambda x, y, z: _angle_part(x, y, y), lambda x, y, z: -_angle_part(x, y, x)), "f",
)  # fmt: skip
hypot: Final[Op] = binary("hypot", np.hypot, Partials(lambda x, y, z: _hypot_part(x, z), lambda x, y, z: _hypot_part(y, z)), "f", commutative=True)
logaddexp: Final[Op] = binary(
    "logaddexp", np.logaddexp,
    Partials(lambda x, y, z: _sigmoid_of_difference(x, z), lambda x, y, z: _sigmoid_of_difference(y, z)), "f", commutative=True,
)  # fmt: skip
copysign: Final[Op] = binary("copysign", np.copysign, Partials(lambda x, y, z: o.sign(x) * o.sign(z), None), "f")
nextafter: Final[Op] = binary("nextafter", np.nextafter, Partials(lambda x, y, z: _const(x, 1.0), None), "f")
equal: Final[Op] = _compare("equal", np.equal, commutative=True)
not_equal: Final[Op] = _compare("not_equal", np.not_equal, commutative=True)
less: Final[Op] = _compare("less", np.less)
less_equal: Final[Op] = _compare("less_equal", np.less_equal)
greater: Final[Op] = _compare("greater", np.greater)
greater_equal: Final[Op] = _compare("greater_equal", np.greater_equal)
logical_and: Final[Op] = binary("logical_and", np.logical_and, Zero(), "b", commutative=True)
logical_or: Final[Op] = binary("logical_or", np.logical_or, Zero(), "b", commutative=True)
logical_xor: Final[Op] = binary("logical_xor", np.logical_xor, Zero(), "b", commutative=True)
bitwise_and: Final[Op] = binary("bitwise_and", np.bitwise_and, Zero(), "biu", commutative=True)
bitwise_or: Final[Op] = binary("bitwise_or", np.bitwise_or, Zero(), "biu", commutative=True)
bitwise_xor: Final[Op] = binary("bitwise_xor", np.bitwise_xor, Zero(), "biu", commutative=True)
left_shift: Final[Op] = binary("left_shift", np.left_shift, Zero(), "iu", domain="0 <= y < bits")
right_shift: Final[Op] = binary("right_shift", np.right_shift, Zero(), "iu", domain="0 <= y < bits")

# ---- choice and conversion -------------------------------------------------------------------------------------------


def _where_axes(attrs: Any, *types: TensorType) -> AxisMap:
    require_kind("where: the condition", types[0].dtype, "b")
    require_equal_dtypes("where", types[1:])
    return same_axes(attrs, *types)


def _where_transpose(node: Node, ct: Operand, linear: tuple[bool, ...]) -> tuple[Operand | None, ...]:
    condition, zero = node.operands[0], zeros_like(ct)
    return (None, _where(condition, ct, zero) if linear[1] else None, _where(condition, zero, ct) if linear[2] else None)


where: Final[Op] = Op(
    "where", np.where, Linear(((1, 2),)), axes=_where_axes, dtype=lambda attrs, c, a, b: a, arity=3,
    transpose=_where_transpose, elementwise=True, cost=per_result(_CHEAP),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AsType(Attrs):
    """The dtype to convert to."""

    dtype: DType


def _astype_numpy(attrs: AsType, x: np.ndarray) -> Any:
    if np.asarray(x).dtype.kind == "c" and attrs.dtype.kind not in "cb":
        x = np.real(x)  # what numpy does with a ComplexWarning, which the frontend gives
    return np.asarray(x).astype(attrs.dtype)[()]


def _astype_jvp(node: Node, t: Operand) -> Operand | None:
    return o.astype(t, dtype=node.attrs.dtype) if is_inexact(node.attrs.dtype) else None  # type: ignore[union-attr]


def _astype_transpose(node: Node, ct: Operand, linear: tuple[bool, ...]) -> tuple[Operand]:
    return (o.astype(ct, dtype=node.operands[0].type.dtype),)


astype: Final[Op] = Op(
    "astype", _astype_numpy, Rule(_astype_jvp), attrs=AsType, axes=same_axes, dtype=lambda attrs, d: attrs.dtype,
    transpose=_astype_transpose, elementwise=True, cost=per_result(_CHEAP), domain="values that the dtype can hold",
)  # fmt: skip

stop_gradient: Final[Op] = unary("stop_gradient", lambda x: x, Zero(), "biufc", view=True)
