"""Bessel functions of whole order.

Near zero by their series (NIST DLMF 10.2.2, 10.8.1, 10.25.2, 10.31.1); further out by integrals
whose trapezoidal sums converge faster than any power of the step (DLMF 10.9, 10.32; Trefethen and
Weideman, "The exponentially convergent trapezoidal rule", 2014); other orders by recurrence, in the
direction in which it is stable (DLMF 10.74).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from gradloom.ir import ops as o
from gradloom.ir.special.exponential import EULER_GAMMA
from gradloom.ir.special.pieces import (
    X,
    clipped,
    equal,
    less,
    like,
    polynomial,
    repeated,
    spread,
    where,
)  # fmt: skip

_NEAR: Final = 4.0
_TERMS: Final = 26
_STEP: Final = 0.25
_KNOTS: Final = 26
"""exp(-(26 / 4)^2) is 4e-19."""


def _harmonic(k: int) -> float:
    return math.fsum(1 / i for i in range(1, k + 1))


def _factorials(n: int, sign: float, weights: Sequence[float] = ()) -> list[float]:
    """sign^k w_k / (k! (k + n)!): coefficients of the series in x^2 / 4."""
    made = []
    for k in range(_TERMS):
        weight = weights[k] if weights else 1.0
        made.append(weight * sign**k / math.factorial(k) / math.factorial(k + n))
    return made


_SUMS: Final = (
    [_harmonic(k) for k in range(_TERMS)],
    [_harmonic(k) + _harmonic(k + 1) - 2 * EULER_GAMMA for k in range(_TERMS)],
)


def _first_near(n: int, x: X, sign: float) -> X:
    """J_n (sign -1) or I_n (sign 1) for n = 0, 1."""
    found = polynomial(x * x * 0.25, _factorials(n, sign))
    return found if n == 0 else 0.5 * x * found


# ---- J and Y -------------------------------------------------------------------------------------


def _wave(n: int, x: X) -> tuple[X, X]:
    """P and Q of n = 0, 1, with H = sqrt(2 / (pi x)) exp(i (x - n pi/2 - pi/4)) (P + i Q)."""

    def step(consts: Sequence[X], carry: Sequence[X], t: Sequence[X]) -> list[X]:
        (inverse,), (p, q) = consts, carry
        w = spread(t[0], inverse) * inverse
        weight = spread(t[1], inverse)
        r = o.sqrt(1 + w * w)
        real = o.sqrt(0.5 * (r + 1))
        turn = 0.5 * w / real  # real + i turn is the root of 1 + i w
        if n == 0:
            return [p + weight * real / r, q - weight * turn / r]
        return [p + weight * real, q + weight * turn]

    knots = [_STEP * k for k in range(_KNOTS + 1)]
    scale = _STEP / math.sqrt(math.pi) * (1 if n == 0 else 2)
    weights = [
        (1 if t == 0 else 2) * scale * math.exp(-t * t) * (1 if n == 0 else t * t) for t in knots
    ]
    squares = [t * t / 2 for t in knots]
    zero = like(x, 0.0)
    p, q = repeated(step, [1 / x], [zero, zero], [squares, weights])
    return p, q


def _far(n: int, x: X) -> tuple[X, X]:
    """J_n and Y_n of n = 0, 1 from x = 4 on."""
    p, q = _wave(n, x)
    sine, cosine = o.sin(x), o.cos(x)
    plus, minus = sine + cosine, sine - cosine
    c, s = (plus, minus) if n == 0 else (minus, -plus)
    scale = o.sqrt(1 / (math.pi * x))
    return scale * (p * c - q * s), scale * (p * s + q * c)


def _pair(n: int, x: X) -> tuple[X, X]:
    """J_n and Y_n for n = 0, 1 and x > 0."""
    near = clipped(x, 1e-308, _NEAR)
    j = _first_near(n, near, -1.0)
    log = o.log(0.5 * near)
    tail = polynomial(near * near * 0.25, _factorials(n, -1.0, _SUMS[n]))
    if n == 0:
        y = (2 / math.pi) * ((log + EULER_GAMMA) * j - tail)
    else:
        y = (2 / math.pi) * (log * j - 1 / near) - near * tail * (0.5 / math.pi)
    far_j, far_y = _far(n, clipped(x, _NEAR, 1e300))
    close, infinite = less(x, _NEAR), equal(x, math.inf)
    j = where(close, j, where(infinite, math.nan, far_j))
    return j, where(close, y, where(infinite, math.nan, far_y))


def bessel_j(n: int, x: X) -> X:
    """J_n(x), n >= 0."""
    a = o.abs(x)
    if n < 2:
        found = _pair(n, a)[0]
    else:
        up = _upwards(n, _pair(0, a)[0], _pair(1, a)[0], clipped(a, 1.0, None))
        found = where(less(a, float(n)), _downwards(n, clipped(a, 0.0, float(n))), up)
    if n % 2:
        found = where(less(x, 0.0), -found, found)
        found = where(equal(x, 0.0), x * 0.5, found)
    return where(o.isnan(x), x, found)


def _upwards(n: int, first: X, second: X, x: X, sign: float = 1.0) -> X:
    """Order n from orders 0 and 1 by f_(k+1) = (2k/x) f_k - sign f_(k-1)."""
    inverse = 2 / x
    for k in range(1, n):
        first, second = second, float(k) * inverse * second - sign * first
    return second


def _downwards(n: int, x: X) -> X:
    """J_n(x) for 0 <= x <= n by Miller's algorithm on g_k = J_k k! / (x/2)^k, which stays near 1,
    made to fit J_0 + 2 J_2 + 2 J_4 + ... = 1.
    """
    start = 2 * ((n + int(math.sqrt(60 * n)) + 12) // 2)

    def step(consts: Sequence[X], carry: Sequence[X], v: Sequence[X]) -> list[X]:
        (half, square), (g, above, total, kept) = consts, carry
        k, even, ours, log = [spread(number, half) for number in v]
        term = o.exp(k * o.log(half) - log) * g
        kept = kept + ours * term
        total = total + even * term
        return [g - square / (k * (k + 1)) * above, g, total, kept]

    half = clipped(0.5 * x, 1e-308, None)
    zero, one = like(x, 0.0), like(x, 1.0)
    orders = [float(k) for k in range(start, 0, -1)]
    columns = [
        orders,
        [2.0 if k % 2 == 0 else 0.0 for k in orders],
        [1.0 if k == n else 0.0 for k in orders],
        [math.lgamma(k + 1) for k in orders],
    ]
    g, _, total, kept = repeated(step, [half, half * half], [one, one, zero, zero], columns)
    return kept / (total + g)


def bessel_y(n: int, x: X) -> X:
    """Y_n(x) for n >= 0 and x > 0; -inf at 0, NaN below."""
    found = _pair(n, x)[1] if n < 2 else _upwards(n, _pair(0, x)[1], _pair(1, x)[1], x)
    found = where(o.isnan(found), -math.inf, found)  # inf - inf, far below the order
    found = where(o.logical_or(o.isnan(x), equal(x, math.inf)), math.nan, found)
    return where(equal(x, 0.0), -math.inf, where(less(x, 0.0), math.nan, found))


# ---- I and K, scaled -----------------------------------------------------------------------------


def bessel_ie(n: int, x: X) -> X:
    """exp(-|x|) I_n(x), n >= 0."""
    a = o.abs(x)
    limit = max(30.0, n * n / 2)
    near = clipped(a, 1e-308, limit)

    def term(consts: Sequence[X], carry: Sequence[X], k: Sequence[X]) -> list[X]:
        (square,), (last, total) = consts, carry
        i = spread(k[0], square)
        last = last * square / (i * (i + float(n)))
        return [last, total + last]

    counts = [float(k) for k in range(1, int(limit) + 46)]
    one = like(x, 1.0)
    series = repeated(term, [near * near * 0.25], [one, one], [counts])[1]
    series = series * o.exp(n * o.log(0.5 * near) - near - math.lgamma(n + 1))

    def knot(consts: Sequence[X], carry: Sequence[X], s: Sequence[X]) -> list[X]:
        (inverse, a), (total,) = consts, carry
        angle = spread(s[0], a) * inverse
        sine = o.sin(0.5 * angle)
        wave = o.exp(-2 * a * sine * sine) * o.cos(float(n) * angle)
        return [total + spread(s[1], a) * wave]

    far = clipped(a, limit, 1e300)
    knots = [0.35 * k for k in range(27)]
    weights = [0.35 / math.pi * (0.5 if k == 0 else 1.0) for k in range(27)]
    inverse = 1 / o.sqrt(far)
    (total,) = repeated(knot, [inverse, far], [like(x, 0.0)], [knots, weights])
    found = where(less(a, limit), series, total * inverse)
    found = where(equal(a, 0.0), 1.0 if n == 0 else 0.0, where(equal(a, math.inf), 0.0, found))
    if n % 2:
        found = where(less(x, 0.0), -found, where(equal(x, 0.0), x, found))
    return where(o.isnan(x), x, found)


def bessel_ke(n: int, x: X) -> X:
    """exp(x) K_n(x) for n >= 0 and x > 0; inf at 0, NaN below."""
    found = _scaled_k(n, x) if n < 2 else _upwards(n, _scaled_k(0, x), _scaled_k(1, x), x, -1.0)
    found = where(equal(x, 0.0), math.inf, where(less(x, 0.0), math.nan, found))
    return where(o.isnan(x), x, where(equal(x, math.inf), 0.0, found))


def _scaled_k(n: int, x: X) -> X:
    """exp(x) K_n(x) of n = 0, 1."""
    near = clipped(x, 1e-308, 1.0)
    log, first = o.log(0.5 * near), _first_near(n, near, 1.0)
    tail = polynomial(near * near * 0.25, _factorials(n, 1.0, _SUMS[n]))
    if n == 0:
        low = tail - (log + EULER_GAMMA) * first
    else:
        low = 1 / near + log * first - 0.25 * near * tail
    far = clipped(x, 1.0, 1e300)

    def knot(consts: Sequence[X], carry: Sequence[X], t: Sequence[X]) -> list[X]:
        (width, far), (total,) = consts, carry
        at = width * spread(t[0], far)
        sine = o.sinh(0.5 * at)
        height = o.exp(-2 * far * sine * sine) * spread(t[1], far)
        return [total + (height if n == 0 else height * o.cosh(at))]

    width = 2 * o.asinh(o.sqrt(22.0 / far))  # there x (cosh t - 1) is 44
    knots = [k / 40 for k in range(41)]
    weights = [(0.5 if k == 0 else 1.0) / 40 for k in range(41)]
    (total,) = repeated(knot, [width, far], [like(x, 0.0)], [knots, weights])
    return where(less(x, 1.0), low * o.exp(near), total * width)
