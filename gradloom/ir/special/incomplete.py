"""The incomplete gamma and beta functions, regularised.

Sources: series, continued fractions and symmetries from NIST DLMF 8.7, 8.9, 8.17; the integrals
near the maximum by Gauss-Legendre, as in Press et al., "Numerical Recipes" (2007), 6.2 and 6.4.
Every loop has a fixed number of turns, so that derivatives by the parameters are those of the
algorithm.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.special.gamma import correction, log_gamma_of_one_more
from gradloom.ir.special.pieces import (
    X,
    both,
    clipped,
    equal,
    less,
    like,
    repeated,
    spread,
    where,
)  # fmt: skip

_LARGE: Final = 25.0
"""From this parameter on the integrand is a bump that Gauss-Legendre resolves."""
_NODES: Final = 48
_DROP: Final = 42.0
"""exp(-42) is 6e-19: the integral ends where the integrand has fallen so far."""
_SERIES: Final = 110
_FRACTION: Final = 120
_ROOT_2PI: Final = math.sqrt(2 * math.pi)


@functools.cache
def _legendre() -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Nodes on [0, 1] and weights."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return tuple(((nodes + 1) / 2).tolist()), tuple((weights / 2).tolist())


def _either(condition: X, other: X) -> X:
    result: X = o.logical_or(condition, other)
    return result


# ---- incomplete gamma ----------------------------------------------------------------------------


def _density(a: X, x: X) -> X:
    """x^a exp(-x) / gamma(a), without the rounding of large logarithms."""
    u = (x - a) / a
    small = less(o.abs(u), 0.5)
    near = o.log1p(where(small, u, 0.0)) - where(small, u, 0.0)
    wide = o.log(clipped(x, 1e-300, None)) - o.log(a) - u
    exponent = a * where(small, near, wide)
    result: X = o.sqrt(a) * (1 / _ROOT_2PI) * o.exp(exponent - correction(a))
    return result


def _lower_series(a: X, x: X) -> X:
    """The sum x^n / ((a + 1) ... (a + n))."""

    def step(consts: Sequence[X], carry: Sequence[X], n: Sequence[X]) -> list[X]:
        (a, x), (term, total) = consts, carry
        term = term * x / (a + spread(n[0], a))
        return [term, total + term]

    ones = [like(x, 1.0), like(x, 1.0)]
    counts = [float(n) for n in range(1, _SERIES + 1)]
    return repeated(step, [a, x], ones, [counts])[1]


def _upper_fraction(a: X, x: X) -> X:
    """The continued fraction of gamma(a, x) exp(x) x^-a, from its far end."""

    def step(consts: Sequence[X], carry: Sequence[X], n: Sequence[X]) -> list[X]:
        (a, x), (rest,) = consts, carry
        k = spread(n[0], a)
        return [x + (2 * k - 1) - a - k * (k - a) / rest]

    first = x + (2.0 * _FRACTION + 1) - a
    counts = [float(n) for n in range(_FRACTION, 0, -1)]
    return 1 / repeated(step, [a, x], [first], [counts])[0]


def _upper_of_small(a: X, x: X) -> X:
    """Q(a, x) for x up to 1.5 and a up to 1.5, where 1 - P would lose digits:
    1 - x^a/gamma(1 + a) (1 + a sum (-x)^n / (n! (a + n))).
    """
    term, total = like(x, 1.0), like(x, 0.0)
    for n in range(1, 24):
        term = term * x * (-1.0 / n)
        total = total + term / (a + float(n))
    power = a * o.log(clipped(x, 1e-300, None)) - log_gamma_of_one_more(a)
    result: X = -o.expm1(power) - o.exp(power) * a * total
    return result


def _bump(a: X, x: X) -> X:
    """The smaller of P and Q for a large a, by integrating from x outwards."""
    above = less(a, x)
    ratio = (x - a) / a
    safe = where(less(o.abs(ratio), 0.5), ratio, 0.25)
    here = where(
        less(o.abs(ratio), 0.5), safe - o.log1p(safe),
        ratio - o.log(clipped(x, 1e-300, None)) + o.log(a),
    )  # fmt: skip
    c = here + _DROP / a
    root = o.sqrt(2 * c)
    far = where(above, root + c, o.maximum(-root, like(root, -0.999)))
    near = ratio
    length = far - near

    def step(consts: Sequence[X], carry: Sequence[X], w: Sequence[X]) -> list[X]:
        (a, near, length), (total,) = consts, carry
        u = near + length * spread(w[0], a)  # t = a (1 + u)
        return [total + spread(w[1], a) * o.exp(a * (o.log1p(u) - u)) / (1 + u)]

    zero = like(a, 0.0)
    made = repeated(step, [a, near, length], [zero], _legendre())[0]
    scale = o.sqrt(a) * (1 / _ROOT_2PI) * o.exp(-correction(a))
    result: X = o.maximum(scale * made * o.abs(length), zero)
    return result


def _gamma_parts(a: X, x: X) -> tuple[X, X]:
    """P(a, x) and Q(a, x) for a > 0 and x > 0, both finite."""
    large = both(less(like(a, _LARGE), a), less(0.6 * a, x))  # further down the series is short
    some = where(large, 1.0, a)
    density = _density(some, x)
    corner = both(less(some, 1.5), less(x, 1.5))
    below = less(x, some + 1)
    lower = density / some * _lower_series(some, where(below, x, some))
    upper = density * _upper_fraction(some, where(below, some + 1, x))
    tiny = _upper_of_small(clipped(some, None, 1.5), clipped(x, None, 1.5))
    p = where(below, lower, 1 - upper)
    q = where(corner, tiny, where(below, 1 - lower, upper))
    much = where(large, a, 2 * _LARGE)
    outside = _bump(much, where(large, x, 2 * _LARGE))
    above = less(a, x)
    p = where(large, where(above, 1 - outside, outside), p)
    return p, where(large, where(above, outside, 1 - outside), q)


def _ordinary(a: X, x: X) -> tuple[X, X, X]:
    """Whether a and x are positive and finite; and the two, or 1 where they are not."""
    zero, infinite = like(a, 0.0), like(a, math.inf)
    fine = both(less(zero, a), less(zero, x), less(a, infinite), less(x, infinite))
    return fine, where(fine, a, 1.0), where(fine, x, 1.0)


def _at_the_edge(a: X, x: X, lower: bool) -> X:
    """P or Q where a or x is 0 or infinite; NaN below 0."""
    zero = like(a, 0.0)
    p = where(equal(x, 0.0), 0.0, 1.0)
    p = where(both(equal(x, 0.0), equal(a, 0.0)), math.nan, p)
    p = where(both(equal(a, math.inf)), where(equal(x, math.inf), math.nan, 0.0), p)
    wrong = _either(_either(less(a, zero), less(x, zero)), _either(o.isnan(a), o.isnan(x)))
    p = where(wrong, math.nan, p)
    return p if lower else 1 - p


def gammainc(a: X, x: X) -> X:
    """P(a, x), the integral of the gamma density up to x."""
    fine, b, y = _ordinary(a, x)
    return where(fine, _gamma_parts(b, y)[0], _at_the_edge(a, x, True))


def gammaincc(a: X, x: X) -> X:
    """Q(a, x) = 1 - P(a, x), to full precision where it is small."""
    fine, b, y = _ordinary(a, x)
    return where(fine, _gamma_parts(b, y)[1], _at_the_edge(a, x, False))


def gamma_slope(a: X, x: X) -> X:
    """dP/dx: the gamma density, with its limits at 0."""
    fine, b, y = _ordinary(a, x)
    at_zero = where(equal(a, 1.0), 1.0, where(less(a, 1.0), math.inf, 0.0))
    return where(fine, _density(b, y) / y, where(equal(x, 0.0), at_zero, 0.0))


# ---- incomplete beta -----------------------------------------------------------------------------

_PAIRS: Final = 160
_WIDE: Final = 200.0


def beta_density(a: X, b: X, x: X, rest: X) -> X:
    """x^a (1 - x)^b / beta(a, b), where `rest` is 1 - x."""
    total = a + b
    first = a * _log_ratio(x, a / total)
    second = b * _log_ratio(rest, b / total)
    scale = o.sqrt(a) * o.sqrt(b / total) * (1 / _ROOT_2PI)
    fix = correction(total) - correction(a) - correction(b)
    result: X = scale * o.exp(first + second + fix)
    return result


def _log_ratio(x: X, mean: X) -> X:
    """log(x / mean), sharp where the two are near each other."""
    u = (x - mean) / mean
    small = less(o.abs(u), 0.5)
    wide = o.log(clipped(x, 1e-300, None)) - o.log(mean)
    return where(small, o.log1p(where(small, u, 0.0)), wide)


def _beta_fraction(a: X, b: X, x: X) -> X:
    """The continued fraction of I_x(a, b) over its leading factor, from its far end."""

    def step(consts: Sequence[X], carry: Sequence[X], n: Sequence[X]) -> list[X]:
        (a, b, x), (rest,) = consts, carry
        m = spread(n[0], a)
        even = a + 2 * m
        odd = -(a + m) * (a + b + m) * x / (even * (even + 1))
        rest = 1 + odd / rest
        return [1 + m * (b - m) * x / ((even - 1) * even) / rest]

    counts = [float(n) for n in range(_PAIRS, 0, -1)]
    (rest,) = repeated(step, [a, b, x], [like(x, 1.0)], [counts])
    return 1 / (1 - (a + b) * x / (a + 1) / rest)


def _beta_bump(a: X, b: X, x: X) -> X:
    """I_x(a, b) for large a and b and x below the mean, by integrating downwards from x."""
    mean = a / (a + b)
    width = o.sqrt(mean * (1 - mean) / (a + b))
    z = (mean - x) / width
    length = (o.sqrt(z * z + 2 * _DROP) - z) * width * 1.6  # the bump may be skew
    length = o.minimum(length, x * (1 - 1e-9))

    def step(consts: Sequence[X], carry: Sequence[X], w: Sequence[X]) -> list[X]:
        (a, b, x, length), (total,) = consts, carry
        t = x - length * spread(w[0], a)
        mean = a / (a + b)
        away = t - mean
        height = a * o.log1p(away / mean) + b * o.log1p(-away / (1 - mean))
        return [total + spread(w[1], a) * o.exp(height) / (t * (1 - t))]

    zero = like(a, 0.0)
    made = repeated(step, [a, b, x, length], [zero], _legendre())[0]
    fix = correction(a + b) - correction(a) - correction(b)
    scale = o.sqrt(a) * o.sqrt(b / (a + b)) * (1 / _ROOT_2PI) * o.exp(fix)
    result: X = scale * made * length
    return result


def _beta_lower(a: X, b: X, x: X, rest: X) -> X:
    """I_x(a, b) for x below the mean."""
    large = both(less(like(a, _WIDE), a), less(like(b, _WIDE), b))
    p, q = where(large, 1.0, a), where(large, 1.0, b)
    y, left = where(large, 0.5, x), where(large, 0.5, rest)
    plain = beta_density(p, q, y, left) / p * _beta_fraction(p, q, y)
    wide = _beta_bump(where(large, a, 400.0), where(large, b, 400.0), where(large, x, 0.4))
    return where(large, wide, plain)


def betainc(a: X, b: X, x: X) -> X:
    """I_x(a, b); by symmetry it is computed on the side where x lies below the mean."""
    zero, one = like(x, 0.0), like(x, 1.0)
    fine = both(less(zero, a), less(zero, b), less(zero, x), less(x, one))
    fine = both(fine, less(a, math.inf), less(b, math.inf))
    p, q, y = where(fine, a, 1.0), where(fine, b, 1.0), where(fine, x, 0.5)
    swap = less((p + 1) / (p + q + 2), y)
    first, second = where(swap, q, p), where(swap, p, q)
    part = _beta_lower(first, second, where(swap, 1 - y, y), where(swap, y, 1 - y))
    found = where(swap, 1 - part, part)
    return where(fine, found, _beta_edge(a, b, x))


def _beta_edge(a: X, b: X, x: X) -> X:
    """I_x(a, b) where the weight lies at one end (a or b is 0 or infinite), or x is 0 or 1."""
    low, high = (
        _either(equal(a, 0.0), equal(b, math.inf)),
        _either(equal(b, 0.0), equal(a, math.inf)),
    )
    at_low = where(equal(x, 0.0), 0.0, 1.0)
    at_high = where(equal(x, 1.0), 1.0, 0.0)
    edge = where(low, where(high, like(x, math.nan), at_low), at_high)
    outside = _either(less(x, 0.0), less(like(x, 1.0), x))
    wrong = _either(outside, _either(less(a, 0.0), less(b, 0.0)))
    unknown = _either(o.isnan(x), _either(o.isnan(a), o.isnan(b)))
    return where(_either(wrong, unknown), math.nan, edge)


def beta_slope(a: X, b: X, x: X) -> X:
    """dI/dx: the beta density, with its limits at 0 and 1."""
    inside = both(less(like(x, 0.0), x), less(x, 1.0), less(like(a, 0.0), a), less(like(b, 0.0), b))
    p, q, y = where(inside, a, 1.0), where(inside, b, 1.0), where(inside, x, 0.5)
    density = beta_density(p, q, y, 1 - y) / (y * (1 - y))
    at_low = where(equal(a, 1.0), b, where(less(a, 1.0), math.inf, 0.0))
    at_high = where(equal(b, 1.0), a, where(less(b, 1.0), math.inf, 0.0))
    edge = where(equal(x, 0.0), at_low, where(equal(x, 1.0), at_high, 0.0))
    return where(inside, density, edge)
