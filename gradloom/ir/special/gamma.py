"""The gamma function, its logarithm, and the logarithm's derivatives.

Sources: the asymptotic series of Stirling and of psi (NIST DLMF 5.11), the reflection formulas
(DLMF 5.5, 5.15), the Euler-Maclaurin sum of the Hurwitz zeta function (DLMF 25.11.5).
"""

from __future__ import annotations

import functools
import math
from decimal import Decimal
from fractions import Fraction
from typing import Final

from gradloom.ir import ops as o
from gradloom.ir.special.pieces import (
    X,
    both,
    chebyshev,
    clipped,
    equal,
    fitted,
    interval,
    is_whole,
    less,
    like,
    polynomial,
    where,
)  # fmt: skip

_HALF_LOG_2PI: Final = 0.5 * math.log(2 * math.pi)
_STIRLING_FROM: Final = 10.0
_TERMS: Final = 10


@functools.cache
def bernoulli(n: int) -> Fraction:
    """The Bernoulli number B_n."""
    if n == 0:
        return Fraction(1)
    if n % 2 and n > 1:
        return Fraction(0)
    total = sum((math.comb(n + 1, k) * bernoulli(k) for k in range(n)), Fraction(0))
    return -total / (n + 1)


# ---- log gamma -----------------------------------------------------------------------------------


def _series(x: X) -> X:
    """log gamma(x) less its leading terms, for x >= 10: sum B_2k / (2k (2k - 1) x^(2k-1))."""
    coefficients = [float(bernoulli(2 * k) / (2 * k * (2 * k - 1))) for k in range(1, _TERMS + 1)]
    inverse = 1 / x
    return inverse * polynomial(inverse * inverse, coefficients)


def _leading(x: X) -> X:
    result: X = (x - 0.5) * o.log(x) - x + _HALF_LOG_2PI
    return result


def _reference(x: Decimal) -> Decimal:
    """log gamma(x) in many digits."""
    shift, product = x, Decimal(1)
    while shift < 60:
        product *= shift
        shift += 1
    pi = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640629")
    total = (shift - Decimal("0.5")) * shift.ln() - shift + (2 * pi).ln() / 2
    for k in range(1, 30):
        b = bernoulli(2 * k)
        term = Decimal(b.numerator) / b.denominator
        total += term / (2 * k * (2 * k - 1)) / shift ** (2 * k - 1)
    return total - product.ln()


@functools.cache
def _around_its_zeros() -> tuple[float, ...]:
    """log gamma(x) / ((x - 1)(x - 2)) on [1, 3]."""
    return fitted(lambda x: _reference(x) / ((x - 1) * (x - 2)), interval(1.0, 3.0), 30)


def log_gamma_of_one_more(x: X) -> X:
    """log gamma(1 + x) for x in [0, 2], to full precision at its zeros 0 and 1."""
    found = x * (x - 1) * chebyshev(clipped(x, 0.0, 2.0) - 1, _around_its_zeros())
    return where(equal(x, 0.0), 0.0, found)  # not -0


def _product_from(x: X, count: int) -> X:
    """x (x + 1) ... (x + count - 1)."""
    result = x
    for k in range(1, count):
        result = result * (x + float(k))
    return result


def _of_positive(x: X) -> X:
    """log gamma(x) for x > 0."""
    small, middle = less(x, 1.0), less(x, 3.0)
    low = log_gamma_of_one_more(where(small, x, where(middle, x - 1, x - 3)))
    steps = where(middle, where(small, clipped(x, 5e-324, None), 1.0), (x - 1) * (x - 2))
    low = low + where(small, -o.log(steps), o.log(steps))
    shifted = less(x, _STIRLING_FROM)
    y = where(shifted, clipped(x, 5.0, None) + 5, clipped(x, _STIRLING_FROM, 1e300))
    high = _leading(y) + _series(y)
    product = _product_from(clipped(x, 5.0, _STIRLING_FROM), 5)
    high = where(shifted, high - o.log(product), high)
    high = where(less(x, 1e300), high, x * (o.log(clipped(x, 1.0, None)) - 1))
    return where(less(x, 5.0), low, high)


def _sine_of_pi(x: X) -> X:
    """|sin(pi x)|, exactly 0 at whole numbers."""
    result: X = o.abs(o.sin(math.pi * (x - o.round(x))))
    return result


def lgamma(x: X) -> X:
    """log |gamma(x)|; infinite at the poles 0, -1, -2, ... and at both infinities."""
    below = less(x, 0.0)
    y = o.abs(x)
    found = _of_positive(y)
    sine = _sine_of_pi(clipped(x, -1e300, 0.0))
    reflected = math.log(math.pi) - o.log(clipped(y, 5e-324, None)) - o.log(sine) - found
    found = where(below, reflected, found)
    pole = o.logical_and(is_whole(x), o.logical_not(less(like(x, 0.0), x)))
    found = where(pole, math.inf, found)
    return where(equal(y, math.inf), y, found)


def correction(x: X) -> X:
    """log gamma(x) - ((x - 1/2) log x - x + log(2 pi)/2) for x > 0."""
    small = clipped(x, 1e-300, _STIRLING_FROM)
    near = o.lgamma(small) - _leading(small)
    return where(less(x, _STIRLING_FROM), near, _series(clipped(x, _STIRLING_FROM, 1e300)))


def betaln(a: X, b: X) -> X:
    """log |gamma(a) gamma(b) / gamma(a + b)|, for positive a and b without large differences."""
    plain = o.lgamma(a) + o.lgamma(b) - o.lgamma(a + b)
    low, high = o.minimum(a, b), o.maximum(a, b)
    positive = less(like(a, 0.0), low)
    infinite = both(positive, equal(high, math.inf), less(low, math.inf))
    large = both(positive, less(like(a, _STIRLING_FROM), high), less(high, math.inf))
    p, q = where(large, low, 1.0), where(large, high, 2 * _STIRLING_FROM)
    share = p / (p + q)
    log_rest = o.log1p(-share)
    near = o.lgamma(clipped(p, 1e-300, _STIRLING_FROM)) + p - p * o.log(p + q)
    far = (p - 0.5) * o.log(share) - 0.5 * o.log(q) + _HALF_LOG_2PI + correction(p)
    far = where(less(p, _STIRLING_FROM), near - 0.5 * log_rest, far)
    far = far + q * log_rest + correction(q) - correction(p + q)
    plain = where(equal(a * b, 0.0), math.inf, plain)
    return where(infinite, -math.inf, where(large, far, plain))


# ---- gamma ---------------------------------------------------------------------------------------


def _gamma_of_positive(x: X) -> X:
    """gamma(x) for x >= 0: Stirling's formula, the power in two halves so that it overflows no
    earlier than the result; below 10 it is stepped down.
    """
    shifted = less(x, _STIRLING_FROM)
    y = where(shifted, x + 10, clipped(x, _STIRLING_FROM, 180.0))
    half = o.power(y, y * 0.5 - 0.25)
    large = half * o.exp(-y) * half * o.exp(_series(y)) * math.sqrt(2 * math.pi)
    return where(shifted, large / _product_from(clipped(x, None, _STIRLING_FROM), 10), large)


def gamma(x: X) -> X:
    """The gamma function; signed infinities at the zeros, NaN at the negative whole numbers."""
    below = less(x, 0.0)
    y = o.abs(x)
    found = _gamma_of_positive(clipped(y, 0.0, 1e300))
    turns = x - o.round(x)
    whole = o.round(clipped(x, -1e15, 1e15))
    odd = equal(whole - 2 * o.floor(whole * 0.5), 1.0)
    sine = o.sin(math.pi * turns)
    sine = where(odd, -sine, sine)
    wide = where(less(y, 1.0), math.pi / sine / (y * found), math.pi / sine / y / found)
    found = where(below, wide, found)  # y gamma(y) is gamma(1 - x)
    found = where(equal(x, 0.0), 1 / x, found)
    found = where(both(below, is_whole(x)), math.nan, found)
    return where(o.isnan(x), x, where(equal(x, math.inf), x, found))


def sign_of_gamma(x: X) -> X:
    """1 or -1 as gamma(x) is, NaN where it is not defined."""
    whole = o.floor(clipped(x, -1e15, 1e15))
    odd = equal(whole - 2 * o.floor(whole * 0.5), 1.0)
    found = where(both(less(x, 0.0), odd), -1.0, 1.0)
    found = where(equal(x, 0.0), o.copysign(like(x, 1.0), x), found)
    return where(both(less(x, 0.0), is_whole(x)), math.nan, where(o.isnan(x), x, found))


# ---- psi and its derivatives ---------------------------------------------------------------------


def _cotangent_of_pi(x: X) -> X:
    """cot(pi x), to full precision at its zeros; 1 at its poles, where it is not used."""
    turns = x - o.round(x)
    r = o.abs(turns)
    wide = less(like(r, 0.25), r)
    angle = o.tan(math.pi * where(wide, 0.5 - r, where(equal(r, 0.0), 0.25, r)))
    result: X = o.copysign(where(wide, angle, 1 / angle), turns)
    return result


def digamma(x: X) -> X:
    """The derivative of log gamma; of zero a signed infinity, NaN at the other poles."""
    below = less(x, 0.0)
    y = where(equal(x, 0.0), 1.0, o.abs(x))
    shifted = less(y, _STIRLING_FROM)
    z = where(shifted, y + 10, y)
    inverse = 1 / z
    square = inverse * inverse
    coefficients = [float(-bernoulli(2 * k) / (2 * k)) for k in range(1, _TERMS + 1)]
    found = o.log(z) - 0.5 * inverse + square * polynomial(square, coefficients)
    steps = like(y, 0.0)
    for k in range(10):
        steps = steps + 1 / (clipped(y, None, _STIRLING_FROM) + float(k))
    found = where(shifted, found - steps, found)
    reflected = found + 1 / y - math.pi * _cotangent_of_pi(x)  # of psi(1 - x)
    found = where(below, reflected, found)
    found = where(both(below, is_whole(x)), math.nan, found)
    found = where(equal(x, 0.0), -1 / x, found)
    return where(equal(x, math.inf), x, where(equal(x, -math.inf), math.nan, found))


_EULER_STEPS: Final = 10
_EULER_TERMS: Final = 12


def zeta(s: X, q: X) -> X:
    """The sum of (q + k)^-s over k = 0, 1, ..., for s > 1 and q > 0."""
    total: X = o.power(q, -s)
    for k in range(1, _EULER_STEPS):
        total = total + o.power(q + float(k), -s)
    end = q + float(_EULER_STEPS)
    last = o.power(end, -s)
    total = total + o.power(end, 1 - s) / (s - 1) + 0.5 * last
    rising, power = s, last / end
    square = 1 / (end * end)
    for k in range(1, _EULER_TERMS + 1):
        factor = float(bernoulli(2 * k) / math.factorial(2 * k))
        total = total + factor * rising * power
        rising = rising * (s + float(2 * k - 1)) * (s + float(2 * k))
        power = power * square
    return total


def _cotangent_derivative(n: int) -> list[int]:
    """The polynomial p with d^n/du^n cot(u) = p(cot u)."""
    p = [0, 1]
    for _ in range(n):
        slope = [k * c for k, c in enumerate(p)][1:]
        turned = [0] * (len(slope) + 2)
        for k, c in enumerate(slope):  # d cot = -(1 + cot^2)
            turned[k] -= c
            turned[k + 2] -= c
        p = turned
    return p


def polygamma(n: int, x: X) -> X:
    """The n-th derivative of psi, n >= 1: by the zeta function, below zero by reflection."""
    below = less(x, 0.0)
    y = where(below, 1 - x, x)
    y = where(equal(x, 0.0), 1.0, y)
    sign = -1.0 if n % 2 == 0 else 1.0
    found = sign * math.factorial(n) * zeta(like(y, n + 1.0), y)
    cotangent = _cotangent_of_pi(x)
    polynomial_ = polynomial(cotangent, [float(c) for c in _cotangent_derivative(n)])
    # psi_n(1 - x) + (-1)^(n+1) psi_n(x) = (-1)^n pi d^n/dx^n cot(pi x)
    reflected = -sign * found - math.pi ** (n + 1) * polynomial_
    found = where(below, reflected, found)
    pole = both(is_whole(x), o.logical_not(less(like(x, 0.0), x)))
    found = where(pole, sign * math.inf, found)
    return where(o.isnan(x), x, found)
