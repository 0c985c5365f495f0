"""Functions of floats that ONNX has not, or has in f32 alone, as formulas that keep the precision
of their dtype.

Sources: [K] Kahan, "Branch cuts for complex elementary functions", 1987, for expm1 and log1p from
exp and log.
[CR] Chiarella and Reichel, "On the evaluation of integrals related to the error function", 1968,
for erfc.
[AS] Abramowitz and Stegun, "Handbook of mathematical functions", for the rest.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from gradloom.backends.onnx.decomposition import Decomposition, of_f64, of_floats
from gradloom.ir import ops as o
from gradloom.ir.graph import Literal, Operand, literal
from gradloom.ir.op import Op

X = Any
"""An operand: the operators of Python add ops, and numbers are taken in its dtype."""


def _like(x: X, value: float) -> Literal:
    return literal(value, x.type)


def _where(condition: Operand, a: Operand, b: Operand) -> X:
    return o.where(condition, a, b)


def _less(x: X, value: float) -> X:
    return o.less(x, _like(x, value))


def _greater(x: X, value: float) -> X:
    return o.greater(x, _like(x, value))


def _is(x: X, value: float) -> X:
    return o.equal(x, _like(x, value))


def _one(f: Any) -> Any:
    return lambda node: f(node.operands[0])


def _two(f: Any) -> Any:
    return lambda node: f(*node.operands)


# ---- exponentials --------------------------------------------------------------------------------


def expm1(x: X) -> X:
    """(u - 1) x / log(u) with u = exp(x), in which the error of u drops out [K]."""
    u = o.exp(x)
    same, far = _is(u, 1.0), o.logical_or(_is(u - 1, -1.0), o.isinf(u))
    plain = o.logical_or(same, far)
    inner = _where(plain, _like(u, 2.0), u)
    return copysign(_where(same, x, _where(far, u - 1, (inner - 1) * x / o.log(inner))), x)


def log1p(x: X) -> X:
    """x log(u) / (u - 1) with u = 1 + x, in which the error of u drops out [K]."""
    u = x + 1
    same, far = _is(u, 1.0), o.logical_or(o.isinf(u), _is(u, 0.0))
    inner = _where(o.logical_or(same, far), _like(u, 2.0), u)
    return copysign(_where(same, x, _where(far, o.log(u), x * o.log(inner) / (inner - 1))), x)


def logaddexp(x: X, y: X) -> X:
    """max + log1p(exp(-|x - y|)); the same infinity twice is that infinity."""
    same = o.equal(x, y)
    apart = _where(same, o.subtract(_like(x, 0.0), _like(x, 0.0)), o.abs(x - y))
    return o.maximum(x, y) + log1p(o.exp(-apart))


def sinh(x: X) -> X:
    """(t + t / (t + 1)) / 2 with t = expm1(|x|); exp(|x|/2)^2 / 2 where that would overflow."""
    size = o.abs(x)
    t = expm1(o.minimum(size, _like(x, 20.0)))
    half = o.exp(size * 0.5)
    return copysign(_where(_less(size, 20.0), (t + t / (t + 1)) * 0.5, half * 0.5 * half), x)


def cosh(x: X) -> X:
    """(h^2 + h^-2) / 2 with h = exp(|x|/2), which overflows no earlier than the result."""
    half = o.exp(o.abs(x) * 0.5)
    return half * 0.5 * half + 0.5 / half / half


def asinh(x: X) -> X:
    """log1p(a + a^2 / (1 + sqrt(1 + a^2))) with a = |x|; log(2 a) for large ones [AS 4.6.20]."""
    size = o.abs(x)
    a = o.minimum(size, _like(x, 1e8))
    near = log1p(a + a * a / (o.sqrt(a * a + 1) + 1))
    return copysign(_where(_greater(size, 1e8), o.log(size) + math.log(2), near), x)


def acosh(x: X) -> X:
    """log1p(t + sqrt(2 t + t^2)) with t = x - 1; log(2 x) for large ones [AS 4.6.21]."""
    t = o.minimum(x, _like(x, 1e8)) - 1
    return _where(_greater(x, 1e8), o.log(x) + math.log(2), log1p(t + o.sqrt(t * 2 + t * t)))


def atanh(x: X) -> X:
    """log1p(2 a / (1 - a)) / 2 with a = |x| [AS 4.6.22]."""
    a = o.abs(x)
    return copysign(log1p(a * 2 / (1 - a)) * 0.5, x)


# ---- angles --------------------------------------------------------------------------------------

_HUGE: Final = 1e300


def atan(x: X) -> X:
    """y + atan(d), d = (x cos y - sin y) / (cos y + x sin y), y the angle in f32.

    Both parts of d are divided by max(1, |x|); |d| < 1e-6, so that d - d^3/3 is atan(d).
    """
    x = o.minimum(o.maximum(x, _like(x, -_HUGE)), _like(x, _HUGE))
    y = o.astype(o.atan(o.astype(x, dtype=np.dtype(np.float32))), dtype=np.dtype(np.float64))
    scale = o.maximum(o.abs(x), _like(x, 1.0))
    along, unit = x / scale, 1 / scale
    cos, sin = o.cos(y), o.sin(y)
    d = (along * cos - unit * sin) / (unit * cos + along * sin)
    return copysign(y + (d - d * d * d * (1 / 3)), x)


def asin(x: X) -> X:
    """atan(x / sqrt((1 - x) (1 + x))) [AS 4.4.28]."""
    return o.atan(x / o.sqrt((1 - x) * (1 + x)))


def acos(x: X) -> X:
    """2 atan(sqrt((1 - x) / (1 + x))) [AS 4.3.20]."""
    return o.atan(o.sqrt((1 - x) / (1 + x))) * 2


def signbit(x: X) -> X:
    """Whether the sign is minus, also of a zero."""
    return o.logical_or(_less(x, 0.0), _less(1 / x, 0.0))


def copysign(x: X, y: X) -> X:
    """|x| with the sign of y, by a factor: onnxruntime's Where does not keep the sign of a zero."""
    return o.abs(x) * _where(signbit(y), _like(x, -1.0), _like(x, 1.0))


def atan2(y: X, x: X) -> X:
    """The angle of (x, y): atan(|y| / |x|) put into the quadrant;
    diagonals at infinity and the origin apart.
    """
    up, right = o.abs(y), o.abs(x)
    diagonal = o.logical_and(o.isinf(up), o.isinf(right))
    origin = o.logical_and(_is(up, 0.0), _is(right, 0.0))
    ratio = _where(origin, up, up / right)
    angle = _where(diagonal, _like(x, math.pi / 4), o.atan(ratio))
    return copysign(_where(signbit(x), math.pi - angle, angle), y)


# ---- powers and roots ----------------------------------------------------------------------------


def cbrt(x: X) -> X:
    """|x|^(1/3) and one step of Newton."""
    a = o.abs(x)
    plain = o.logical_or(_is(a, 0.0), o.isinf(a))
    safe = _where(plain, _like(a, 1.0), a)
    y = o.power(safe, _like(a, 1 / 3))
    y = y - (y - safe / (y * y)) * (1 / 3)
    return copysign(_where(plain, a, y), x)


def hypot(x: X, y: X) -> X:
    """m sqrt(1 + (n/m)^2), m the larger; infinite if either is."""
    x, y = o.abs(x), o.abs(y)
    most, least = o.maximum(x, y), o.minimum(x, y)
    plain = o.logical_or(_is(most, 0.0), o.isinf(most))
    ratio = least / _where(plain, _like(x, 1.0), most)
    finite = most * o.sqrt(ratio * ratio + 1)
    far = o.logical_or(o.isinf(x), o.isinf(y))
    return _where(far, _like(x, math.inf), finite)


# ---- rounding ------------------------------------------------------------------------------------


def trunc(x: X) -> X:
    """Towards zero."""
    return copysign(o.floor(o.abs(x)), x)


def sign(x: X) -> X:
    """-1, 0, 1; NaN of NaN."""
    zero = _like(x, 0.0)
    other = _where(_less(x, 0.0), _like(x, -1.0), o.abs(x) * 0)
    return _where(o.greater(x, zero), _like(x, 1.0), other)


def remainder(x: X, y: X) -> X:
    """x modulo y with the sign of y, also that of a zero."""
    r = o.fmod(x, y)
    turned = o.not_equal(_less(r, 0.0), _less(y, 0.0))
    moved = _where(o.logical_and(o.not_equal(r, _like(r, 0.0)), turned), r + y, r)
    return copysign(moved, y)


def floor_divide(x: X, y: X) -> X:
    """The floor of x / y from the exact remainder, as numpy rounds it."""
    r = o.fmod(x, y)
    q = (x - r) / y
    turned = o.not_equal(_less(r, 0.0), _less(y, 0.0))
    q = _where(o.logical_and(o.not_equal(r, _like(r, 0.0)), turned), q - 1, q)
    whole = o.floor(q)
    whole = _where(_greater(q - whole, 0.5), whole + 1, whole)
    return copysign(_where(_is(y, 0.0), x / y, whole), x / y)


# ---- the error function --------------------------------------------------------------------------

_NEAR: Final = 1.5
_SERIES: Final = 36
"""Terms of the series: at 1.5 the 36th is 1e-18 of the first."""
_STEP: Final = 0.5
_FAR: Final = 20.0
"""erfc(20) is 5e-176."""
_SUMMANDS: Final = 13
"""exp(-(13 h)^2) is 5e-19."""


def erf(x: X) -> X:
    """A series near zero [AS 7.1.6], 1 - erfc elsewhere."""
    a = o.abs(x)
    return copysign(_where(_less(a, _NEAR), _erf_series(a), 1 - _erfc_sum(a)), x)


def _erf_series(a: X) -> X:
    """2/sqrt(pi) exp(-a^2) a (1 + 2a^2/3 (1 + 2a^2/5 (1 + ...)))."""
    a = o.minimum(a, _like(a, _NEAR))
    square = a * a * 2
    total = _like(a, 1.0)
    for k in range(_SERIES, 0, -1):
        total = square * (1 / (2 * k + 1)) * total + 1
    return o.exp(-(a * a)) * a * total * (2 / math.sqrt(math.pi))


def _erfc_sum(a: X) -> X:
    """The trapezoidal sum with step h for erfc, and the residue of its pole, 2 / (1 - exp(2 pi a /
    h)) [CR].
    """
    a = o.minimum(o.maximum(a, _like(a, _NEAR)), _like(a, _FAR))
    square = a * a
    total = 1 / square
    for k in range(1, _SUMMANDS + 1):
        knot = (k * _STEP) ** 2
        total = total + 2 * math.exp(-knot) / (square + knot)
    residue = 2 / (1 - o.exp(a * (2 * math.pi / _STEP)))
    return o.exp(-square) * a * total * (_STEP / math.pi) + residue


_LN2, _LN10 = math.log(2), math.log(10)

DECOMPOSED: Final[dict[Op, Decomposition]] = {
    o.expm1: Decomposition(_one(expm1)),
    o.log1p: Decomposition(_one(log1p)),
    o.exp2: Decomposition(_one(lambda x: o.power(_like(x, 2.0), x))),
    o.log2: Decomposition(_one(lambda x: o.log(x) * (1 / _LN2))),
    o.log10: Decomposition(_one(lambda x: o.log(x) * (1 / _LN10))),
    o.logaddexp: Decomposition(_two(logaddexp)),
    o.tan: Decomposition(_one(lambda x: o.sin(x) / o.cos(x)), of_f64),
    o.sinh: Decomposition(_one(sinh), of_f64),
    o.cosh: Decomposition(_one(cosh), of_f64),
    o.asinh: Decomposition(_one(asinh)),
    o.acosh: Decomposition(_one(acosh)),
    o.atanh: Decomposition(_one(atanh)),
    o.atan: Decomposition(_one(atan), of_f64),
    o.asin: Decomposition(_one(asin), of_f64),
    o.acos: Decomposition(_one(acos), of_f64),
    o.erf: Decomposition(_one(erf), of_f64),
    o.atan2: Decomposition(_two(atan2)),
    o.copysign: Decomposition(_two(copysign)),
    o.cbrt: Decomposition(_one(cbrt)),
    o.hypot: Decomposition(_two(hypot)),
    o.trunc: Decomposition(_one(trunc)),
    o.sign: Decomposition(_one(sign), of_floats),
    o.remainder: Decomposition(_two(remainder), of_floats),
    o.floor_divide: Decomposition(_two(floor_divide), of_floats),
}
