"""The continuous distributions of scipy.stats that have closed forms, in their standard form.

The formulas are those of Johnson, Kotz and Balakrishnan, "Continuous Univariate Distributions"
(1994), written so that tails keep their digits.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import Array
from gradloom.frontend.scipy.families import POSITIVE, Family, positive, special

_LOG_2PI: Final = math.log(2 * math.pi)
_ndtr, _ndtri, _log_ndtr = special("ndtr"), special("ndtri"), special("log_ndtr")
_gammaln, _betaln = special("gammaln"), special("betaln")
_gammainc, _gammaincc, _betainc = special("gammainc"), special("gammaincc"), special("betainc")
_xlogy, _xlog1py = special("xlogy"), special("xlog1py")
_expit, _logit, _log_expit = special("expit"), special("logit"), special("log_expit")
_erf, _erfc, _stdtr = special("erf"), special("erfc"), special("stdtr")


def _t_logpdf(y: Array, df: Array) -> Array:
    n = np.where(df == np.inf, 1.0, df)
    inside = -_betaln(np.full_like(n, 0.5), n / 2) - 0.5 * np.log(n)
    found = inside - (n + 1) / 2 * np.log1p(y * y / n)
    return np.where(df == np.inf, _normal(y), found)


def _normal(y: Array) -> Array:
    return -0.5 * y * y - 0.5 * _LOG_2PI


def _lognorm(y: Array, s: Array) -> Array:
    log = np.log(np.where(y > 0, y, 1.0))
    return np.where(y > 0, -0.5 * (log / s) ** 2 - np.log(s) - log - 0.5 * _LOG_2PI, -np.inf)


def _invgamma(y: Array, a: Array) -> Array:
    return np.where(y > 0, -(a + 1) * np.log(y) - _gammaln(a) - 1 / y, -np.inf)


def _cotangent(q: Array) -> Array:
    """That of pi q, with all digits at both ends."""
    return np.cos(math.pi * q) / np.sin(math.pi * np.where(q > 0.5, 1 - q, q))


def _laplace_cdf(y: Array) -> Array:
    return np.where(y > 0, 1 - 0.5 * np.exp(-y), 0.5 * np.exp(y))


def _laplace_ppf(q: Array) -> Array:
    return np.where(q > 0.5, -np.log(2 * (1 - q)), np.log(2 * q))


def _f_logpdf(y: Array, n: Array, m: Array) -> Array:
    front = m / 2 * np.log(m) + n / 2 * np.log(n) - _betaln(n / 2, m / 2)
    return front + _xlogy(n / 2 - 1, y) - (n + m) / 2 * np.log(m + n * y)


def _f_part(a: Array, b: Array, part: Array) -> Array:
    return _betainc(a / 2, b / 2, part)


# ---- the normal distribution between two ends ----------------------------------------------------


def _log_mass(a: Array, b: Array) -> Array:
    """log(ndtr(b) - ndtr(a)), on the side of 0 where it keeps its digits."""
    above = a > 0
    low, high = np.where(above, -b, a), np.where(above, -a, b)
    tail = high <= 0
    left, right = _log_ndtr(np.where(tail, low, -2.0)), _log_ndtr(np.where(tail, high, -1.0))
    one_side = right + np.log1p(-np.exp(left - right))
    both = np.log1p(-_ndtr(low) - _ndtr(-np.where(tail, 1.0, high)))
    return np.where(tail, one_side, both)


def _truncnorm_logpdf(y: Array, a: Array, b: Array) -> Array:
    return _normal(y) - _log_mass(a, b)


def _truncnorm_log(near: bool) -> Any:
    """logcdf, or logsf where not `near` the lower end; what is close to 1 by the other side."""

    def rule(y: Array, a: Array, b: Array) -> Array:
        whole = _log_mass(a, b)
        here, there = _log_mass(a, y) - whole, _log_mass(y, b) - whole
        here, there = (here, there) if near else (there, here)
        most = here > -0.1
        return np.where(most, np.log1p(-np.exp(np.where(most, there, -1.0))), here)

    return rule


CONTINUOUS: Final[dict[str, Family]] = {
    "norm": Family(
        _normal, cdf=_ndtr, sf=lambda y: _ndtr(-y), logcdf=_log_ndtr,
        logsf=lambda y: _log_ndtr(-y), ppf=_ndtri, isf=lambda q: -_ndtri(q),
        mean=lambda: 0.0, var=lambda: 1.0,
    ),
    "halfnorm": Family(
        lambda y: 0.5 * math.log(2 / math.pi) - 0.5 * y * y, support=POSITIVE,
        cdf=lambda y: _erf(y * math.sqrt(0.5)), sf=lambda y: _erfc(y * math.sqrt(0.5)),
        ppf=lambda q: _ndtri((1 + q) / 2), isf=lambda q: -_ndtri(q / 2),
        mean=lambda: math.sqrt(2 / math.pi), var=lambda: 1 - 2 / math.pi,
    ),
    "truncnorm": Family(
        _truncnorm_logpdf, ("a", "b"), lambda a, b: a < b, lambda a, b: (a, b),
        cdf=lambda *xs: np.exp(_truncnorm_log(True)(*xs)),
        sf=lambda *xs: np.exp(_truncnorm_log(False)(*xs)),
        logcdf=_truncnorm_log(True), logsf=_truncnorm_log(False),
    ),
    "lognorm": Family(
        _lognorm, ("s",), positive, POSITIVE,
        cdf=lambda y, s: _ndtr(np.log(y) / s), sf=lambda y, s: _ndtr(-np.log(y) / s),
        logcdf=lambda y, s: _log_ndtr(np.log(y) / s), logsf=lambda y, s: _log_ndtr(-np.log(y) / s),
        ppf=lambda q, s: np.exp(s * _ndtri(q)), isf=lambda q, s: np.exp(-s * _ndtri(q)),
        mean=lambda s: np.exp(s * s / 2), var=lambda s: np.exp(s * s) * np.expm1(s * s),
    ),
    "uniform": Family(
        lambda y: 0.0 * y, support=lambda: (0.0, 1.0), cdf=lambda y: y, ppf=lambda q: q,
        mean=lambda: 0.5, var=lambda: 1 / 12,
    ),
    "expon": Family(
        lambda y: -y, support=POSITIVE, cdf=lambda y: -np.expm1(-y), sf=lambda y: np.exp(-y),
        logsf=lambda y: -y, ppf=lambda q: -np.log1p(-q), isf=lambda q: -np.log(q),
        mean=lambda: 1.0, var=lambda: 1.0,
    ),
    "gamma": Family(
        lambda y, a: _xlogy(a - 1, y) - y - _gammaln(a), ("a",), positive, POSITIVE,
        cdf=lambda y, a: _gammainc(a, y), sf=lambda y, a: _gammaincc(a, y),
        mean=lambda a: a, var=lambda a: a,
    ),
    "invgamma": Family(
        _invgamma, ("a",), positive, POSITIVE,
        cdf=lambda y, a: _gammaincc(a, 1 / y), sf=lambda y, a: _gammainc(a, 1 / y),
    ),
    "chi2": Family(
        lambda y, df: _xlogy(df / 2 - 1, y) - y / 2 - _gammaln(df / 2) - df / 2 * math.log(2),
        ("df",), positive, POSITIVE,
        cdf=lambda y, df: _gammainc(df / 2, y / 2), sf=lambda y, df: _gammaincc(df / 2, y / 2),
        mean=lambda df: df, var=lambda df: 2 * df,
    ),
    "beta": Family(
        lambda y, a, b: _xlog1py(b - 1, -y) + _xlogy(a - 1, y) - _betaln(a, b),
        ("a", "b"), positive, lambda a, b: (0.0, 1.0),
        cdf=lambda y, a, b: _betainc(a, b, y), sf=lambda y, a, b: _betainc(b, a, 1 - y),
        mean=lambda a, b: a / (a + b), var=lambda a, b: a * b / ((a + b) ** 2 * (a + b + 1)),
    ),
    "f": Family(
        _f_logpdf, ("dfn", "dfd"), positive, POSITIVE,
        cdf=lambda y, n, m: _f_part(n, m, n * y / (m + n * y)),
        sf=lambda y, n, m: _f_part(m, n, m / (m + n * y)),
    ),
    "t": Family(
        _t_logpdf, ("df",), positive,
        cdf=lambda y, df: _stdtr(df, y), sf=lambda y, df: _stdtr(df, -y),
    ),
    "cauchy": Family(
        lambda y: -math.log(math.pi) - np.log1p(y * y),
        cdf=lambda y: np.arctan2(1.0, -y) / math.pi, sf=lambda y: np.arctan2(1.0, y) / math.pi,
        ppf=lambda q: -_cotangent(q), isf=_cotangent,
    ),
    "halfcauchy": Family(
        lambda y: math.log(2 / math.pi) - np.log1p(y * y), support=POSITIVE,
        cdf=lambda y: 2 / math.pi * np.arctan(y), sf=lambda y: 2 / math.pi * np.arctan2(1.0, y),
        ppf=lambda q: np.tan(math.pi / 2 * q), isf=lambda q: 1 / np.tan(math.pi / 2 * q),
    ),
    "laplace": Family(
        lambda y: -math.log(2) - np.abs(y), cdf=_laplace_cdf, sf=lambda y: _laplace_cdf(-y),
        ppf=_laplace_ppf, isf=lambda q: -_laplace_ppf(q), mean=lambda: 0.0, var=lambda: 2.0,
    ),
    "logistic": Family(
        lambda y: _log_expit(y) + _log_expit(-y), cdf=_expit, sf=lambda y: _expit(-y),
        logcdf=_log_expit, logsf=lambda y: _log_expit(-y), ppf=_logit, isf=lambda q: -_logit(q),
        mean=lambda: 0.0, var=lambda: math.pi**2 / 3,
    ),
    "pareto": Family(
        lambda y, b: np.log(b) - (b + 1) * np.log(y), ("b",), positive, lambda b: (1.0, np.inf),
        cdf=lambda y, b: -np.expm1(-b * np.log(y)), sf=lambda y, b: y**-b,
        logsf=lambda y, b: -b * np.log(y), ppf=lambda q, b: (1 - q) ** (-1 / b),
        isf=lambda q, b: q ** (-1 / b),
    ),
    "gumbel_r": Family(
        lambda y: -y - np.exp(-y), cdf=lambda y: np.exp(-np.exp(-y)), logcdf=lambda y: -np.exp(-y),
        sf=lambda y: -np.expm1(-np.exp(-y)), ppf=lambda q: -np.log(-np.log(q)),
        isf=lambda q: -np.log(-np.log1p(-q)),
        mean=lambda: np.euler_gamma, var=lambda: math.pi**2 / 6,
    ),
    "gumbel_l": Family(
        lambda y: y - np.exp(y), cdf=lambda y: -np.expm1(-np.exp(y)), logsf=lambda y: -np.exp(y),
        sf=lambda y: np.exp(-np.exp(y)), ppf=lambda q: np.log(-np.log1p(-q)),
        isf=lambda q: np.log(-np.log(q)), mean=lambda: -np.euler_gamma, var=lambda: math.pi**2 / 6,
    ),
    "weibull_min": Family(
        lambda y, c: np.log(c) + _xlogy(c - 1, y) - y**c, ("c",), positive, POSITIVE,
        cdf=lambda y, c: -np.expm1(-(y**c)), sf=lambda y, c: np.exp(-(y**c)),
        logsf=lambda y, c: -(y**c), ppf=lambda q, c: (-np.log1p(-q)) ** (1 / c),
        isf=lambda q, c: (-np.log(q)) ** (1 / c),
    ),
    "rayleigh": Family(
        lambda y: np.where(y < np.inf, np.log(y) - 0.5 * y * y, -np.inf), support=POSITIVE,
        cdf=lambda y: -np.expm1(-0.5 * y * y), sf=lambda y: np.exp(-0.5 * y * y),
        logsf=lambda y: -0.5 * y * y, ppf=lambda q: np.sqrt(-2 * np.log1p(-q)),
        isf=lambda q: np.sqrt(-2 * np.log(q)),
        mean=lambda: math.sqrt(math.pi / 2), var=lambda: 2 - math.pi / 2,
    ),
}  # fmt: skip
"""By scipy's name."""
