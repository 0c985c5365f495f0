"""Exponential integrals and the dilogarithm.

Sources: NIST DLMF 6.6, 6.9, 6.12, 8.19.17 and 25.12; the loops have fixed numbers of turns.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from gradloom.ir import ops as o
from gradloom.ir.special.gamma import bernoulli
from gradloom.ir.special.pieces import (
    X,
    chebyshev,
    clipped,
    equal,
    fitted,
    less,
    like,
    polynomial,
    repeated,
    spread,
    where,
)  # fmt: skip

EULER_GAMMA: Final = 0.57721566490153286061
_MIDDLE: Final = 4.0
_SERIES_TO: Final = 40.0
_SERIES: Final = 130
_FRACTION: Final = 120


def _scaled_reference(x: Decimal) -> Decimal:
    """x exp(x) E1(x) for x >= 1, by its continued fraction."""
    rest = x
    for k in range(400, 0, -1):
        rest = x + k / (1 + k / rest)
    return x / rest


@functools.cache
def _table() -> tuple[float, ...]:
    middle = Decimal(_MIDDLE)
    return fitted(_scaled_reference, lambda t: 1 + middle * (1 + t) / (1 - t), 34)


def exp1(x: X) -> X:
    """E1(x) for x > 0; infinite at 0, NaN below."""
    near = clipped(x, 1e-310, 1.0)
    terms = [(-1.0) ** (k + 1) / (k * math.factorial(k)) for k in range(1, 22)]
    series = near * polynomial(near, terms) - EULER_GAMMA - o.log(near)
    far = clipped(x, 1.0, 1e300)
    scaled = chebyshev(1 - 2 * _MIDDLE / (far - 1 + _MIDDLE), _table())
    found = where(less(x, 1.0), series, o.exp(-far) / far * scaled)
    found = where(equal(x, 0.0), math.inf, where(less(x, 0.0), math.nan, found))
    return where(o.isnan(x), x, found)


def expi(x: X) -> X:
    """Ei(x): the series, for large x the asymptotic one, -E1(-x) below zero."""

    def step(consts: Sequence[X], carry: Sequence[X], n: Sequence[X]) -> list[X]:
        (x,), (term, total) = consts, carry
        k = spread(n[0], x)
        term = term * x / k
        return [term, total + term / k]

    near = clipped(x, 1e-310, _SERIES_TO)
    counts = [float(k) for k in range(1, _SERIES + 1)]
    series = repeated(step, [near], [like(x, 1.0), like(x, 0.0)], [counts])[1]
    series = series + o.log(near) + EULER_GAMMA
    far = clipped(x, _SERIES_TO, 1e300)
    inverse = 1 / far
    tail = polynomial(inverse, [float(math.factorial(k)) for k in range(39)])
    above = where(less(x, _SERIES_TO), series, o.exp(far) * inverse * tail)
    below = -exp1(clipped(-x, 0.0, None))
    found = where(less(x, 0.0), below, where(equal(x, 0.0), -math.inf, above))
    return where(o.isnan(x), x, found)


def expn(n: int, x: X) -> X:
    """E_n(x), the integral of exp(-x t) / t^n from 1 on, for n >= 0 and x >= 0."""
    if n == 0:
        return where(less(x, 0.0), math.nan, o.exp(-x) / x)
    if n == 1:
        return exp1(x)

    def step(consts: Sequence[X], carry: Sequence[X], k: Sequence[X]) -> list[X]:
        (x,), (rest,) = consts, carry
        i = spread(k[0], x)
        return [x + (2 * i - 2 + float(n)) - i * (i - 1 + float(n)) / rest]

    far = clipped(x, 1.0, 1e300)
    counts = [float(k) for k in range(_FRACTION, 0, -1)]
    (rest,) = repeated(step, [far], [far + (2.0 * _FRACTION + n)], [counts])
    near = clipped(x, 1e-310, 1.0)
    decay, low = o.exp(-near), exp1(near)
    for k in range(1, n):
        low = (decay - near * low) * (1 / k)
    found = where(less(x, 1.0), low, o.exp(-far) / rest)
    found = where(equal(x, 0.0), 1 / (n - 1), found)
    return where(o.isnan(x), x, where(less(x, 0.0), math.nan, found))


def _dilogarithm(x: X) -> X:
    """spence(x) for x in [0.5, 2]: a series in u = -log x with Bernoulli numbers."""
    u = -o.log(x)
    coefficients = [float(bernoulli(2 * k) / math.factorial(2 * k + 1)) for k in range(1, 12)]
    square = u * u
    result: X = u - square * 0.25 + u * square * polynomial(square, coefficients)
    return result


def spence(x: X) -> X:
    """The integral of log t / (1 - t) from 1 to x, for x >= 0."""
    low, high = less(x, 0.5), less(like(x, 2.0), x)
    small = clipped(x, 0.0, 0.5)
    large = clipped(x, 2.0, None)
    inner = where(low, 1 - small, where(high, 1 / large, clipped(x, 0.5, 2.0)))
    base = _dilogarithm(clipped(inner, 0.5, 2.0))
    tiny = _dilogarithm_near_zero(1 / large)
    product = where(equal(small, 0.0), 0.0, o.log(clipped(small, 5e-324, None)) * o.log1p(-small))
    below = math.pi**2 / 6 - product - base
    far = o.log(large)
    above = -where(less(large, 2.0), base, tiny) - 0.5 * far * far
    found = where(low, below, where(high, above, base))
    return where(less(x, 0.0), math.nan, where(o.isnan(x), x, found))


def _dilogarithm_near_zero(x: X) -> X:
    """spence(x) for x in [0, 0.5]."""
    rest = 1 - x
    product = o.log(clipped(x, 5e-324, None)) * o.log1p(-x)
    return (
        math.pi**2 / 6 - where(equal(x, 0.0), 0.0, product) - _dilogarithm(clipped(rest, 0.5, 1.0))
    )
