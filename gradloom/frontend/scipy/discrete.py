"""The discrete distributions of scipy.stats that have closed forms, at location 0.

The formulas are those of Johnson, Kemp and Kotz, "Univariate Discrete Distributions" (2005).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import Array
from gradloom.frontend.scipy.families import POSITIVE, Family, special

_gammaln, _betainc = special("gammaln"), special("betainc")
_gammainc, _gammaincc = special("gammainc"), special("gammaincc")
_xlogy, _xlog1py = special("xlogy"), special("xlog1py")


def _chance(p: Array) -> Any:
    return (p >= 0) & (p <= 1)


def _binom_logpmf(k: Array, n: Array, p: Array) -> Array:
    ways = _gammaln(n + 1) - _gammaln(k + 1) - _gammaln(n - k + 1)
    return ways + _xlogy(k, p) + _xlog1py(n - k, -p)


def _nbinom_logpmf(k: Array, n: Array, p: Array) -> Array:
    ways = _gammaln(n + k) - _gammaln(k + 1) - _gammaln(n)
    return ways + n * np.log(p) + _xlog1py(k, -p)


DISCRETE: Final[dict[str, Family]] = {
    "poisson": Family(
        lambda k, mu: _xlogy(k, mu) - _gammaln(k + 1) - mu, ("mu",), lambda mu: mu >= 0, POSITIVE,
        cdf=lambda k, mu: _gammaincc(np.floor(k) + 1, mu),
        sf=lambda k, mu: _gammainc(np.floor(k) + 1, mu),
        mean=lambda mu: mu, var=lambda mu: mu, is_discrete=True,
    ),
    "bernoulli": Family(
        lambda k, p: _xlogy(k, p) + _xlog1py(1 - k, -p), ("p",), _chance, lambda p: (0.0, 1.0),
        cdf=lambda k, p: 1 - p, sf=lambda k, p: p,
        mean=lambda p: p, var=lambda p: p * (1 - p), is_discrete=True,
    ),
    "binom": Family(
        _binom_logpmf, ("n", "p"), lambda n, p: (n >= 0) & (np.floor(n) == n) & _chance(p),
        lambda n, p: (0.0, n),
        cdf=lambda k, n, p: _betainc(n - np.floor(k), np.floor(k) + 1, 1 - p),
        sf=lambda k, n, p: _betainc(np.floor(k) + 1, n - np.floor(k), p),
        mean=lambda n, p: n * p, var=lambda n, p: n * p * (1 - p), is_discrete=True,
    ),
    "geom": Family(
        lambda k, p: _xlog1py(k - 1, -p) + np.log(p), ("p",), lambda p: (p <= 1) & (p > 0),
        lambda p: (1.0, np.inf),
        cdf=lambda k, p: -np.expm1(np.log1p(-p) * np.floor(k)),
        sf=lambda k, p: np.exp(np.log1p(-p) * np.floor(k)),
        logsf=lambda k, p: np.log1p(-p) * np.floor(k),
        mean=lambda p: 1 / p, var=lambda p: (1 - p) / p / p, is_discrete=True,
    ),
    "nbinom": Family(
        _nbinom_logpmf, ("n", "p"), lambda n, p: (n > 0) & (p > 0) & (p <= 1), POSITIVE,
        cdf=lambda k, n, p: _betainc(n, np.floor(k) + 1, p),
        sf=lambda k, n, p: _betainc(np.floor(k) + 1, n, 1 - p),
        mean=lambda n, p: n * (1 - p) / p, var=lambda n, p: n * (1 - p) / p**2, is_discrete=True,
    ),
}  # fmt: skip
"""By scipy's name."""
