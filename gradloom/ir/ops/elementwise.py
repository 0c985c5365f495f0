"""Elementwise ops of one operand, the partial derivative beside each.

Operands have equal dtypes and shapes; a scalar literal counts as an operand of any shape.
Derivatives at kinks: `abs` and `sign` have 0 at 0, `maximum` and `minimum` (in binary.py) split a
tie evenly as autograd and JAX do, `sqrt` has inf at 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.graph import Node, Operand
from gradloom.ir.op import Linear, Op, Partials, Rule, Zero
from gradloom.ir.ops.error_function import erf as erf_of
from gradloom.ir.ops.pointwise import (
    binary,
    choose,
    const,
    to_bool,
    to_real,
    unary,
)
from gradloom.ir.ops.rules import (
    complex_dtype,
    zeros_like,
)
from gradloom.ir.types import DType


def _same_transpose(op_name: str) -> Callable[..., Any]:
    return lambda node, ct, linear: (o.by_name(op_name)(ct),)


def _abs_jvp(node: Node, t: Operand) -> Any:
    (x,) = node.operands
    if x.type.dtype.kind != "c":
        return t * o.sign(x)
    y = node.result
    safe = choose(o.equal(y, zeros_like(y)), const(y, 1.0), y)
    product = o.multiply(o.conj(x), t)
    return o.real(product) / safe


def _sign_numpy(x: np.ndarray) -> Any:
    return np.sign(x)


def _sign_jvp(node: Node, t: Operand) -> Operand | None:
    (x,) = node.operands
    if x.type.dtype.kind != "c":
        return None
    y, r = node.result, o.abs(x)
    safe = choose(o.equal(r, zeros_like(r)), const(r, 1.0), r)
    radial = o.real(o.multiply(o.conj(y), t))
    rest = t - y * o.complex(radial, zeros_like(radial))
    zero = o.equal(r, zeros_like(r))
    return choose(zero, zeros_like(t), rest / o.complex(safe, zeros_like(safe)))


def _root_of_one_less_square(x: Operand) -> Operand:
    """sqrt(1 - x^2); of complex x, on that side of the branch cuts where asin and acos are."""
    if x.type.dtype.kind != "c":
        result: Operand = o.sqrt((1 - x) * (1 + x))
    else:  # not 1 - x, which loses the sign of a zero
        result = o.sqrt(1 + x) * o.sqrt(-(x - 1))
    return result


def _root_of_one_and_square(x: Operand) -> Operand:
    """sqrt(1 + x^2); of a real x also where x^2 overflows."""
    result: Operand = o.sqrt(1 + x * x) if x.type.dtype.kind == "c" else o.hypot(const(x, 1.0), x)
    return result


negative: Final[Op] = unary(
    "negative", np.negative, Linear(), "iufc", transpose=_same_transpose("negative")
)
conj: Final[Op] = unary("conj", np.conj, Linear(), "iufc", transpose=_same_transpose("conj"))
abs: Final[Op] = unary("abs", np.abs, Rule(_abs_jvp), "biufc", dtype=to_real)
sign: Final[Op] = unary("sign", _sign_numpy, Rule(_sign_jvp), "iufc")
square: Final[Op] = unary("square", np.square, Partials(lambda x, y: 2 * x), "iufc")
reciprocal: Final[Op] = unary(
    "reciprocal",
    np.reciprocal,
    Partials(lambda x, y: -(y * y)),
    "iufc",
    domain="x != 0 for integers",
)
sqrt: Final[Op] = unary(
    "sqrt", np.sqrt, Partials(lambda x, y: 0.5 / y), domain="x >= 0, or complex"
)
cbrt: Final[Op] = unary("cbrt", np.cbrt, Partials(lambda x, y: 1 / (3 * (y * y))), "f")
exp: Final[Op] = unary("exp", np.exp, Partials(lambda x, y: y))
exp2: Final[Op] = unary("exp2", np.exp2, Partials(lambda x, y: y * math.log(2)))
expm1: Final[Op] = unary("expm1", np.expm1, Partials(lambda x, y: o.exp(x)))
log: Final[Op] = unary("log", np.log, Partials(lambda x, y: 1 / x), domain="x >= 0, or complex")
log2: Final[Op] = unary(
    "log2", np.log2, Partials(lambda x, y: 1 / (x * math.log(2))), domain="x >= 0, or complex"
)
log10: Final[Op] = unary(
    "log10", np.log10, Partials(lambda x, y: 1 / (x * math.log(10))), domain="x >= 0, or complex"
)
log1p: Final[Op] = unary(
    "log1p", np.log1p, Partials(lambda x, y: 1 / (1 + x)), domain="x >= -1, or complex"
)
sin: Final[Op] = unary("sin", np.sin, Partials(lambda x, y: o.cos(x)))
cos: Final[Op] = unary("cos", np.cos, Partials(lambda x, y: -o.sin(x)))
tan: Final[Op] = unary("tan", np.tan, Partials(lambda x, y: 1 + y * y))
asin: Final[Op] = unary(
    "asin",
    np.arcsin,
    Partials(lambda x, y: 1 / _root_of_one_less_square(x)),
    domain="|x| <= 1, or complex",
)
acos: Final[Op] = unary(
    "acos",
    np.arccos,
    Partials(lambda x, y: -1 / _root_of_one_less_square(x)),
    domain="|x| <= 1, or complex",
)
atan: Final[Op] = unary("atan", np.arctan, Partials(lambda x, y: 1 / (1 + x * x)))
sinh: Final[Op] = unary("sinh", np.sinh, Partials(lambda x, y: o.cosh(x)))
cosh: Final[Op] = unary("cosh", np.cosh, Partials(lambda x, y: o.sinh(x)))
tanh: Final[Op] = unary("tanh", np.tanh, Partials(lambda x, y: 1 - y * y))
asinh: Final[Op] = unary("asinh", np.arcsinh, Partials(lambda x, y: 1 / _root_of_one_and_square(x)))
acosh: Final[Op] = unary(
    "acosh",
    np.arccosh,
    Partials(lambda x, y: 1 / (o.sqrt(x - 1) * o.sqrt(x + 1))),
    domain="x >= 1, or complex",
)
atanh: Final[Op] = unary(
    "atanh",
    np.arctanh,
    Partials(lambda x, y: 1 / ((1 - x) * (1 + x))),
    domain="|x| <= 1, or complex",
)
floor: Final[Op] = unary("floor", np.floor, Zero(), "f")
ceil: Final[Op] = unary("ceil", np.ceil, Zero(), "f")
trunc: Final[Op] = unary("trunc", np.trunc, Zero(), "f")
round: Final[Op] = unary("round", np.rint, Zero(), "f")
isnan: Final[Op] = unary("isnan", np.isnan, Zero(), dtype=to_bool)
isinf: Final[Op] = unary("isinf", np.isinf, Zero(), dtype=to_bool)
isfinite: Final[Op] = unary("isfinite", np.isfinite, Zero(), dtype=to_bool)
logical_not: Final[Op] = unary("logical_not", np.logical_not, Zero(), "b")
bitwise_invert: Final[Op] = unary("bitwise_invert", np.invert, Zero(), "biu")


def _undetermined(x: np.ndarray) -> Any:
    return np.where(x == 0, x.dtype.type(0), x.dtype.type(np.nan))[()]


def _undetermined_decompose(node: Node) -> Operand:
    (x,) = node.operands
    return choose(o.equal(x, zeros_like(x)), zeros_like(x), const(x, np.nan))


# The tangent of what has no derivative, and its own transpose: 0 where the operand is 0, else NaN.
# A cotangent of 0 stays 0, so that what does not use an undetermined part keeps its derivative.
undetermined: Final[Op] = unary(
    "undetermined",
    _undetermined,
    Linear(),
    transpose=_same_transpose("undetermined"),
    decompose=_undetermined_decompose,
)


def _erf(x: np.ndarray) -> Any:
    return erf_of(x, x.dtype)


# d/dx erf(x) = 2/sqrt(pi) exp(-x^2): Abramowitz and Stegun 7.1.1.
erf: Final[Op] = unary(
    "erf", _erf, Partials(lambda x, y: (2 / math.sqrt(math.pi)) * o.exp(-(x * x))), "f"
)


def _part(name: str, numpy: Callable[..., Any], embed: Callable[[Operand], Operand]) -> Op:
    def transpose(node: Node, ct: Operand, linear: tuple[bool, ...]) -> tuple[Operand]:
        return (embed(ct),)

    return unary(name, numpy, Linear(), "c", dtype=to_real, transpose=transpose, view=True)


# Bilinear, never conjugating transposes, as JAX has them: imag(z) pairs with -i.
real: Final[Op] = _part("real", np.real, lambda ct: o.complex(ct, zeros_like(ct)))
imag: Final[Op] = _part("imag", np.imag, lambda ct: o.complex(zeros_like(ct), -ct))


def _to_complex(attrs: Any, *dtypes: DType) -> DType:
    return complex_dtype(dtypes[0])


def _complex_numpy(re: np.ndarray, im: np.ndarray) -> np.ndarray:
    out = np.empty(np.broadcast(re, im).shape, complex_dtype(np.asarray(re).dtype))
    out.real, out.imag = re, im
    return out[()]


def _complex_transpose(
    node: Node, ct: Operand, linear: tuple[bool, ...]
) -> tuple[Operand | None, ...]:
    dtype = node.operands[0].type.dtype  # narrower than the result's parts for f16
    re = o.astype(o.real(ct), dtype=dtype) if linear[0] else None
    return (re, -o.astype(o.imag(ct), dtype=dtype) if linear[1] else None)


complex: Final[Op] = binary(
    "complex",
    _complex_numpy,
    Linear(((0, 1),)),
    "f",
    dtype=_to_complex,
    transpose=_complex_transpose,
)
