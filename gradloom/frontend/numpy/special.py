"""Functions of one number beyond the ufuncs: round, fix, sinc, i0; and unwrap."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.arguments import integer, require_shape
from gradloom.frontend.numpy.lift import Array, as_array, lift, scalar_if_rank_0
from gradloom.frontend.numpy.ufuncs import into
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import wrap
from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError
from gradloom.ir.ops.rules import normal_axis

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table


def inexact(x: Any) -> Array:
    """`x` as an array of floats or complex numbers: integers and bools become float64."""
    array = as_array(x)
    return array.astype(np.float64) if array.dtype.kind in "biu" else array


# ---- rounding ------------------------------------------------------------------------------------


def round_(a: Any, decimals: int = 0, out: Any = None) -> Any:
    """Rounded to so many decimals, halves to even, as numpy does: scale, rint, scale back."""
    x = as_array(a)
    whole = x.dtype.kind in "iu" and out is not None and out.dtype.kind in "biu"
    if whole and decimals < 0:  # numpy divides into out=
        raise DtypeError(
            f"np.round: tens of {x.aval} are found in floats, which out= ({out.dtype}) cannot hold",
            hint="leave out= out",
        )
    result = _rounded(x, integer("decimals=", decimals))
    require_shape("round", out, result.shape)
    return into("round", scalar_if_rank_0(result), out)


def _rounded(x: Array, decimals: int) -> Any:
    if x.dtype.kind == "c":
        parts = [_rounded(p, decimals) for p in (np.real(x), np.imag(x))]
        return wrap(o.complex(*[p.here(require_trace()) for p in parts]))
    if x.dtype.kind in "biu":
        return _rounded_integer(x, decimals)
    if decimals == 0:
        return np.rint(x)
    scale = x.dtype.type(10.0) ** abs(decimals)
    return np.rint(x * scale) / scale if decimals > 0 else np.rint(x / scale) * scale


def _rounded_integer(x: Array, decimals: int) -> Any:
    if x.dtype.kind == "b":
        if decimals:
            raise DtypeError(
                f"np.round: truth values have no {decimals} decimals",
                hint="convert with astype(int) first",
            )
        return np.rint(x)
    if decimals >= 0:
        return x.copy()
    scale = 10**-decimals
    return (np.rint(x / scale) * scale).astype(x.dtype)


def fix(x: Any, out: Any = None) -> Any:
    """Rounded towards zero."""
    return into("fix", np.trunc(as_array(x)), out)


# ---- sinc ----------------------------------------------------------------------------------------

_SINC_SMALL: Final = 0.05
"""Below this, five terms of the series are exact: the next is y**10 / 11! < 3e-21."""


def sinc(x: Any) -> Any:
    """sin(pi x) / (pi x); near 0 by its series, so that every derivative is right there too."""
    y = np.pi * inexact(x)
    small = np.abs(y) < _SINC_SMALL
    away = np.where(small, y.dtype.type(1), y)
    square = np.where(small, y, y.dtype.type(0)) ** 2
    series = 1 - square / 6 * (1 - square / 20 * (1 - square / 42 * (1 - square / 72)))
    return scalar_if_rank_0(lift(np.where(small, series, np.sin(away) / away)))


# ---- i0 ------------------------------------------------------------------------------------------


_I0_NEAR: Final = tuple(1 / math.factorial(k) ** 2 for k in range(32))
"""Of I0(x) in powers of x^2 / 4 (Abramowitz, Stegun, 9.6.12); at x = 8 the next term is 1e-33."""


@functools.cache
def _i0_far() -> np.ndarray:
    """Chebyshev coefficients of sqrt(x) exp(-x) I0(x) on [8, inf), in 16 / x - 1."""

    def far(t: np.ndarray) -> Any:
        x = 16 / (t + 1)
        inside = np.minimum(x, 500)
        return np.where(
            x < 500, np.exp(-inside) * np.i0(inside) * np.sqrt(inside), _i0_asymptotic(x)
        )

    return np.polynomial.chebyshev.chebinterpolate(far, 24)


def _i0_asymptotic(x: np.ndarray) -> Any:
    """sqrt(x) exp(-x) I0(x) for large x (Abramowitz and Stegun, 9.7.1)."""
    term, total = np.ones_like(x), np.ones_like(x)
    for k in range(1, 8):
        term = term * (2 * k - 1) ** 2 / (8 * k * x)
        total = total + term
    return total / math.sqrt(2 * math.pi)


def _clenshaw(coefficients: np.ndarray, t: Any) -> Any:
    """A Chebyshev series at `t` (Clenshaw's recurrence)."""
    later, last = float(coefficients[-1]), 0.0
    for c in coefficients[-2:0:-1]:
        later, last = 2 * t * later - last + float(c), later
    return t * later - last + float(coefficients[0])


def i0(x: Any) -> Any:
    """The modified Bessel function of the first kind of order 0."""
    given = inexact(x)
    if given.dtype.kind == "c":
        raise DtypeError("np.i0 is not defined for complex values")
    size = np.abs(given)
    inside = size <= 8
    quarter, below = np.where(inside, given, given.dtype.type(0)) ** 2 / 4, 0.0
    for c in reversed(_I0_NEAR):  # in x^2: even, so that every derivative is right at 0
        below = below * quarter + c
    larger = np.maximum(size, 8)
    above = np.exp(larger) / np.sqrt(larger) * _clenshaw(_i0_far(), 16 / larger - 1)
    return np.where(inside, below, above)


# ---- unwrap --------------------------------------------------------------------------------------


def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * math.pi) -> Any:
    """Angles with jumps of more than half a period taken out by whole periods."""
    x = as_array(p)
    step = np.diff(x, axis=axis)
    limit = period / 2 if discont is None else discont
    dtype = np.result_type(step.dtype, period)
    if dtype.kind in "iu":
        high, odd = divmod(period, 2)
        on_edge = odd == 0
    else:
        high, on_edge = period / 2, True
    low = -high
    folded = np.mod(step - low, period) + low
    if on_edge:
        folded = np.where(np.logical_and(folded == low, step > 0), high, folded)
    correction = np.where(np.abs(step) < limit, 0, folded - step)
    axis = normal_axis("unwrap", axis, x.ndim)
    first = x[(*[slice(None)] * axis, slice(0, 1))].astype(dtype)
    rest = x[(*[slice(None)] * axis, slice(1, None))] + np.cumsum(correction, axis=axis)
    return np.concatenate([first, rest.astype(dtype)], axis=axis)


TABLE: Final[Table] = {
    np.round: round_,
    np.around: round_,
    np.fix: fix,
    np.sinc: sinc,
    np.i0: i0,
    np.unwrap: unwrap,
}
