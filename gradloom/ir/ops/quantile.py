"""The inverse of erf, from basic arithmetic, so that backends differ by a unit or two in the last
place.

Algorithm AS241 (Wichura: "The percentage points of the normal distribution", Applied Statistics 37,
1988), ratios of polynomials of degree 7 with a relative error of 1e-16. They are written as value
at 0 plus rest, with sqrt(1/2) multiplied in, which leaves less to rounding; all terms of a
polynomial have one sign. Narrow floats are computed in f64. The functions travel with emitted
source, and so hold their numbers themselves.
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
        -7.197785225613865, -251.73196043388037, -3209.6742823968007,
        -18336.683223840417, -46580.86787641799, -45169.0302064919,
        -10743.605806107385,
    )  # fmt: skip
    below = (
        1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
        2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
        5.2264952788528545610e3,
    )  # fmt: skip
    half = x * 0.5
    r = 0.180625 - half * half
    return half * (2.3950646231341826 + r * polynomial(above, r) / polynomial(below, r))


def erfinv_near(r: Any) -> Any:
    """erfinv of 1 - 2 exp(-r^2), r up to 5."""
    above = (
        1.207560678780505, 2.392332340952824, 1.8851522664574503,
        0.7492797299849006, 0.15566699755550073, 0.015517019652824449,
        0.0005476849743273475,
    )  # fmt: skip
    below = (
        1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
        1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    )  # fmt: skip
    t = r - 1.6
    return 1.006522033603688 + t * polynomial(above, t) / polynomial(below, t)


def erfinv_far(r: Any) -> Any:
    """erfinv of 1 - 2 exp(-r^2), r from 5."""
    above = (
        1.0395595947667062, 0.6174176751795285, 0.13966902883108132,
        0.015056629671096671, 0.00079177209452992, 1.8504366957048272e-05,
        1.4215209899513306e-07,
    )  # fmt: skip
    below = (
        1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
        7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    )  # fmt: skip
    t = r - 5.0
    return 4.707849521913034 + t * polynomial(above, t) / polynomial(below, t)


# ---- on numpy arrays -----------------------------------------------------------------------------


def erfinv_tail(x: np.ndarray) -> Any:
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
