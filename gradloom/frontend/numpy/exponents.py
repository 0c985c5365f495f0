"""The parts of floats: ldexp, frexp, spacing, by exact powers of two."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import Array, lift
from gradloom.ir.types import DType

_LOW, _HIGH = -1074, 1023
_POWERS: Final = np.ldexp(1.0, np.arange(_LOW, _HIGH + 1))
"""Every power of two that float64 holds: no framework's exp2 is exact on all of them."""
_TINY: Final = 2.0**-1022
_SUBNORMAL_BITS: Final = 54
_DOWN: Final = 1022 - 53
"""A step down that keeps a normal number's digits, so that the last product alone rounds."""


def _power_of_two(n: Array) -> Array:
    """2**n in float64, exactly; 0 below the range, and the largest above."""
    powers: Array = lift(_POWERS)  # which np.take, given a plain array, would not see
    return np.take(powers, np.clip(n - _LOW, 0, len(_POWERS) - 1))


def ldexp(x: Array, n: Array) -> Array:
    """x 2**n, rounded once."""
    y, left = x.astype(np.float64), n.astype(np.int64)
    for _ in range(2):
        step = np.where(left < -1022, -_DOWN, np.where(left > _HIGH, _HIGH, 0))
        y, left = y * _power_of_two(step), left - step
    none = left < _LOW
    return y * np.where(none, 0.0, _power_of_two(np.where(none, 0, left)))


def frexp(x: Array) -> Any:
    """x as a mantissa in [0.5, 1) times a power of two; 0, inf and NaN are their own."""
    y = x.astype(np.float64)
    ordinary = np.isfinite(y) & (y != 0)
    small = ordinary & (np.abs(y) < _TINY)
    y = np.where(small, y * 2.0**_SUBNORMAL_BITS, y)
    guess = np.floor(np.log2(np.where(ordinary, np.abs(y), 1.0))).astype(np.int64) + 1
    mantissa = ldexp(y, -guess)  # the logarithm may have been rounded over a power of two
    high, low = np.abs(mantissa) >= 1, np.abs(mantissa) < 0.5
    mantissa = mantissa * np.where(high, 0.5, np.where(low, 2.0, 1.0))
    exponent = guess + high - low - np.where(small, _SUBNORMAL_BITS, 0)
    return np.where(ordinary, mantissa, x), np.where(ordinary, exponent, 0)


def spacing(x: Array) -> Array:
    """The distance to the next float away from zero, with the sign of x.

    Of float16 it is the distance to the next float above, which is what numpy's loop gives.
    """
    up = x.dtype.type(np.inf)
    if np.isnan(up):  # the 8-bit floats without infinities
        up = _largest(x.dtype)
    towards = np.where(x < 0, -up, up)
    if x.dtype.kind == "V":  # of which the negative zero is negative here too
        towards = np.copysign(up, x)
    distance = np.nextafter(x, up if x.dtype == np.float16 else towards) - x
    return np.where(np.isinf(x), x.dtype.type(np.nan), distance)


def _largest(dtype: DType) -> Any:
    import ml_dtypes

    return ml_dtypes.finfo(dtype).max  # type: ignore[no-untyped-call]
