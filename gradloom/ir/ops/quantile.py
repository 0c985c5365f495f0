"""The inverse of erf, from basic arithmetic, so that backends differ by a unit or two in the last
place.

Algorithm AS241 (Wichura: "The percentage points of the normal distribution", Applied Statistics 37,
1988): ratios of polynomials of degree 7 with a relative error of 1e-16, all terms of one sign.
Narrow floats are computed in f64. The functions in the middle part travel with emitted source, and
so hold their numbers themselves.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.graph import Node, Operand, literal
from gradloom.ir.op import Op, Partials
from gradloom.ir.ops.pointwise import unary

_F64: Final = np.dtype(np.float64)

# ---- on arrays and operands alike ----------------------------------------------------------------


def polynomial(coefficients: tuple[float, ...], x: Any) -> Any:
    """Horner's scheme, lowest power first."""
    made = x * coefficients[-1]
    for c in coefficients[-2:0:-1]:
        made = (made + c) * x
    return made + coefficients[0]


def erfinv_middle(x: Any) -> Any:
    """erfinv of f64 values up to 0.85 in size."""
    above = (
        3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
        1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
        3.3430575583588128105e4, 2.5090809287301226727e3,
    )  # fmt: skip
    below = (
        1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
        2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
        5.2264952788528545610e3,
    )  # fmt: skip
    half = x * 0.5
    r = 0.180625 - half * half
    return half * (polynomial(above, r) / polynomial(below, r)) * 0.7071067811865476


def erfinv_near(r: Any) -> Any:
    """erfinv of 1 - 2 exp(-r^2), r up to 5."""
    above = (
        1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
        3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
        2.27238449892691845833e-2, 7.74545014278341407640e-4,
    )  # fmt: skip
    below = (
        1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
        1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    )  # fmt: skip
    return polynomial(above, r - 1.6) / polynomial(below, r - 1.6) * 0.7071067811865476


def erfinv_far(r: Any) -> Any:
    """erfinv of 1 - 2 exp(-r^2), r from 5."""
    above = (
        6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
        2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
        2.71155556874348757815e-5, 2.01033439929228813265e-7,
    )  # fmt: skip
    below = (
        1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
        7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    )  # fmt: skip
    return polynomial(above, r - 5.0) / polynomial(below, r - 5.0) * 0.7071067811865476


# ---- on numpy arrays -----------------------------------------------------------------------------


def erfinv_tail(x: np.ndarray) -> np.ndarray:
    """erfinv of f64 values from 0.85 in size."""
    size = np.abs(x)
    r = np.sqrt(-np.log((1.0 - size) * 0.5))  # the difference is exact
    far = np.where(r < 5.0, erfinv_near(r), erfinv_far(r))
    return np.copysign(np.where(size < 1.0, far, r), x)


def erfinv_of(x: np.ndarray) -> Any:
    """erfinv, so many elements at a time as stay in the cache."""
    chunk, flat = 16384, np.asarray(x, np.float64).reshape(-1)
    out = np.empty_like(flat)
    with np.errstate(all="ignore"):
        for start in range(0, flat.size, chunk):
            part = flat[start : start + chunk]
            made = erfinv_middle(part)
            outside = np.flatnonzero(~(np.abs(part) < 0.85))
            made[outside] = erfinv_tail(part[outside])
            out[start : start + chunk] = made
    return out.reshape(np.shape(x)).astype(np.asarray(x).dtype)


# ---- on operands ---------------------------------------------------------------------------------


def _below(x: Operand, limit: float) -> Operand:
    result: Operand = o.less(x, literal(limit, x.type))
    return result


def _decompose(node: Node) -> Operand:
    x = o.astype(node.operands[0], dtype=_F64)
    size: Operand = o.abs(x)
    r = o.sqrt(-o.log((1.0 - size) * 0.5))
    far = o.where(_below(r, 5.0), erfinv_near(r), erfinv_far(r))
    tail = o.where(_below(size, 1.0), far, r)
    made = o.where(_below(size, 0.85), erfinv_middle(size), tail)
    result: Operand = o.astype(o.copysign(made, x), dtype=node.result.type.dtype)
    return result


erfinv: Final[Op] = unary(
    "erfinv",
    erfinv_of,
    Partials(lambda x, y: (math.sqrt(math.pi) / 2) * o.exp(y * y)),
    "f",
    decompose=_decompose,
    domain="|x| <= 1",
)
