"""The error function and its kin."""

from __future__ import annotations

import functools
import math
from decimal import Decimal
from typing import Final

from gradloom.ir import ops as o
from gradloom.ir.special.pieces import (
    DIGITS,
    X,
    chebyshev,
    clipped,
    equal,
    fitted,
    interval,
    less,
    like,
    where,
)  # fmt: skip

_ROOT_PI: Final = math.sqrt(math.pi)
_PI: Final = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640629")
_MIDDLE: Final = 3.75
"""x -> (x - k) / (x + k) takes [0, inf) to [-1, 1) (Shepherd, Laframboise: "Chebyshev approximation
of (1 + 2x) exp(x^2) erfc x", 1981).
"""
_NEAR: Final = 0.75


def _erf_over_x(square: Decimal) -> Decimal:
    """erf(x) / x as a function of x^2, by its series."""
    total, term, k = Decimal(0), Decimal(1), 0
    while abs(term) > Decimal(10) ** -DIGITS:
        total += term / (2 * k + 1)
        k += 1
        term *= -square / k
    return 2 * total / _PI.sqrt()


def _erfcx(x: Decimal) -> Decimal:
    """exp(x^2) erfc(x) for x >= 0: the series of the integral, or its continued fraction."""
    if x < 5:  # where 1 - erf(x) leaves 48 of the digits
        return (x * x).exp() * (1 - x * _erf_over_x(x * x))
    fraction = x
    for k in range(300, 0, -1):
        fraction = x + Decimal(k) / 2 / fraction
    return 1 / (fraction * _PI.sqrt())


@functools.cache
def _tables() -> tuple[tuple[float, ...], tuple[float, ...]]:
    near = fitted(_erf_over_x, interval(0.0, _NEAR * _NEAR), 11)
    middle = Decimal(_MIDDLE)
    far = fitted(lambda x: (1 + 2 * x) * _erfcx(x), lambda t: middle * (1 + t) / (1 - t), 30)
    return near, far


def _near(x: X) -> X:
    """erf(x) for |x| below the limit."""
    square = o.minimum(x * x, like(x, _NEAR * _NEAR))
    return x * chebyshev(square * (2 / _NEAR**2) - 1, _tables()[0])


def _scaled(a: X) -> X:
    """erfcx(a) for a >= 0, infinity included."""
    t = 1 - 2 * _MIDDLE / (a + _MIDDLE)
    return chebyshev(t, _tables()[1]) / (1 + 2 * a)


def _gauss(a: X) -> X:
    """exp(-a^2) with the digits that rounding the square would lose; a >= 0."""
    a = clipped(a, None, 40.0)  # exp(-1600) is 0
    coarse = o.floor(a * 16) * (1 / 16)  # its square is exact
    result: X = o.exp(-(coarse * coarse)) * o.exp(-((a - coarse) * (a + coarse)))
    return result


def erf(x: X) -> X:
    """The series near 0, 1 - erfc elsewhere."""
    a = o.abs(x)
    return where(less(a, _NEAR), _near(x), o.copysign(1 - _gauss(a) * _scaled(a), x))


def erfc(x: X) -> X:
    """1 - erf, to full precision where it is small."""
    a = o.abs(x)
    tail = _gauss(a) * _scaled(a)
    far = where(less(x, 0.0), 2 - tail, tail)
    return where(less(a, _NEAR), 1 - _near(x), far)


def erfcx(x: X) -> X:
    """exp(x^2) erfc(x)."""
    a = o.abs(x)
    low = clipped(x, -27.0, 0.0)  # further down it overflows
    coarse = o.ceil(low * 16) * (1 / 16)
    growth = o.exp(coarse * coarse) * o.exp((low - coarse) * (low + coarse))
    below = where(less(x, -27.0), math.inf, 2 * growth - _scaled(clipped(a, None, 27.0)))
    return where(less(x, 0.0), below, _scaled(a))


# ---- inverses ------------------------------------------------------------------------------------


def _first_guess(logarithm: X) -> X:
    """|erfinv(x)| to 3 digits from log(1 - x^2) (Winitzki, "A handy approximation", 2008)."""
    a = 0.147
    half = logarithm * 0.5 + 2 / (math.pi * a)
    inside = o.sqrt(half * half - logarithm * (1 / a)) - half
    result: X = o.sqrt(o.maximum(inside, like(inside, 0.0)))
    return result


def _inverse(complement: X, given: X) -> X:
    """y >= 0 with erfc(y) = complement <= 1, where 1 - complement is `given`: Halley's steps.

    Near 0 for erf(y) - given, elsewhere for the logarithm of erfc, which underflows nowhere.
    """
    safe = clipped(complement, 5e-324, 1.0)
    small, aim = less(given, 0.5), o.log(safe)
    y = _first_guess(where(small, o.log1p(-(given * given)), aim + o.log(2 - safe)))
    for _ in range(3):
        scaled = _scaled(y)
        slope = where(small, 2 / _ROOT_PI * o.exp(-(y * y)), -2 / _ROOT_PI / scaled)
        off = where(small, erf(y) - given, o.log(scaled) - y * y - aim) / slope
        bend = where(small, -2 * y, -slope - 2 * y)  # the second derivative over the first
        y = y - off / (1 - 0.5 * off * bend)
    return y


def erfcinv(x: X) -> X:
    """The y with erfc(y) = x; NaN beyond 0 and 2."""
    low = o.minimum(x, 2 - x)  # exact where it matters: 2 - x for x in [1, 2]
    complement = clipped(low, 0.0, 1.0)
    y = _inverse(complement, 1 - complement)
    y = where(equal(low, 0.0), math.inf, where(less(low, 0.0), math.nan, y))
    y = where(o.isnan(x), x, y)
    return where(less(x, 1.0), y, -y)
