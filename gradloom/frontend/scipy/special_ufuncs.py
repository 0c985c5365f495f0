"""What the ufuncs of scipy.special give on traced values.

They arrive by numpy's protocol, with scipy's own loops for promotion; nothing here imports scipy.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.composites import Composite
from gradloom.frontend.numpy.lift import Array, lift
from gradloom.frontend.scipy import elementary, orders
from gradloom.frontend.scipy.direct import of
from gradloom.frontend.tracer import Tracer, refuse
from gradloom.ir import ops as o

_ROOT2: Final = math.sqrt(2)
Rule = Callable[..., Any]


# ---- gamma and beta ------------------------------------------------------------------------------

_lgamma, _gamma, _betaln = of(o.lgamma), of(o.gamma), of(o.betaln)


def sign_of_gamma(x: Array) -> Array:
    """1 or -1 as gamma(x) is; NaN at the negative whole numbers."""
    whole = np.floor(x)
    sign = np.where((x < 0) & (np.remainder(whole, 2) == 1), -1.0, 1.0)
    sign = np.where(x == 0, np.copysign(np.ones_like(x), x), sign)
    return np.where((x < 0) & (whole == x), np.nan, np.where(np.isnan(x), x, sign))


def _gammaln(x: Array) -> Array:
    return np.where(x == -np.inf, x, _lgamma(x))


def _loggamma(x: Array) -> Array:
    """The real branch: NaN below zero, where scipy has it on the complex one."""
    return np.where(x < 0, np.nan, _lgamma(np.where(x < 0, 1.0, x)))


def _rgamma(x: Array) -> Array:
    """1 / gamma(x), 0 at the poles; the slope there is that of the entire function."""
    pole = (x <= 0) & (np.floor(x) == x)
    safe = np.where(pole, 0.5, x)
    far = np.where(np.abs(safe) > 160, safe, 160.0)
    large = sign_of_gamma(far) * np.exp(-_lgamma(far))
    return np.where(pole, np.zeros_like(x), np.where(np.abs(safe) > 160, large, 1 / _gamma(safe)))


def _beta(a: Array, b: Array) -> Array:
    sign = sign_of_gamma(a) * sign_of_gamma(b) * sign_of_gamma(a + b)
    positive = (a > 0) & (b > 0)
    return np.where(positive, 1.0, sign) * np.exp(_betaln(a, b))


def _poch(z: Array, m: Array) -> Array:
    steps = orders.whole(m)
    if steps is not None and 0 <= steps <= 50:  # also where z is a pole
        made = np.ones_like(z)
        for i in range(steps):
            made = made * (z + i)
        return made
    sign = sign_of_gamma(z + m) * sign_of_gamma(z)
    return sign * np.exp(_lgamma(z + m) - _lgamma(z))


def _binom(n: Array, k: Array) -> Array:
    whole = orders.whole(k)
    if whole is not None and 0 <= whole <= 30:
        made = np.ones_like(n)
        for i in range(1, whole + 1):
            made = made * (n + (i - whole)) / i
        return made
    rest = n - k
    none = ((k < 0) & (np.floor(k) == k)) | ((rest < 0) & (np.floor(rest) == rest))
    safe, other = np.where(none, 0.5, k), np.where(none, 0.5, rest)
    sign = sign_of_gamma(n + 1) * sign_of_gamma(safe + 1) * sign_of_gamma(other + 1)
    inside = np.exp(-_betaln(1 + other, 1 + safe) - np.log(np.abs(n + 1)))
    sign = np.where((other > -1) & (safe > -1), 1.0, sign * sign_of_gamma(n + 2) * np.sign(n + 1))
    return np.where(none, np.zeros_like(inside), sign * inside)


# ---- distributions -------------------------------------------------------------------------------

_gammainc, _gammaincc, _betainc = of(o.gammainc), of(o.gammaincc), of(o.betainc)
_erfc, _erfcx, _erfcinv = of(o.erfc), of(o.erfcx), of(o.erfcinv)


def _ndtr(x: Array) -> Array:
    return 0.5 * _erfc(x * (-1 / _ROOT2))


def _log_ndtr(x: Array) -> Array:
    low = x < -1
    below, above = np.where(low, x, -1.0), np.where(low, -1.0, x)
    tail = np.log(0.5 * _erfcx(below * (-1 / _ROOT2))) - 0.5 * below * below
    return np.where(low, tail, np.log1p(-0.5 * _erfc(above * (1 / _ROOT2))))


def _stdtr(df: Array, t: Array) -> Array:
    """Student's distribution function, by the incomplete beta function."""
    fine = (df > 0) & (df < np.inf) & np.isfinite(t)
    n, x = np.where(fine, df, 1.0), np.where(fine, t, 0.0)
    half = 0.5 * _betainc(0.5 * n, np.full_like(n, 0.5), n / (n + x * x))
    found = np.where(x < 0, half, 1 - half)
    edge = np.where((df == np.inf) | (np.isinf(t) & (df > 0)), _ndtr(t), np.nan)
    return np.where(fine, found, edge)


def _fdtr(dfn: Array, dfd: Array, x: Array) -> Array:
    fine = (dfn > 0) & (dfd > 0) & (dfn < np.inf) & (dfd < np.inf) & (x >= 0) & (x < np.inf)
    n, m, y = np.where(fine, dfn, 1.0), np.where(fine, dfd, 1.0), np.where(fine, x, 1.0)
    found = _betainc(0.5 * n, 0.5 * m, n * y / (m + n * y))
    return np.where(fine, found, np.nan)


def _bdtr(k: Array, n: Array, p: Array) -> Array:
    whole = np.floor(k)
    fine = (k >= 0) & (p >= 0) & (p <= 1) & (whole <= n) & (n < np.inf)
    inside = fine & (whole < n)
    rest, below = np.where(inside, n - whole, 1.0), np.where(inside, whole, 1.0)
    found = np.where(inside, _betainc(rest, below + 1, 1 - p), 1.0)
    return np.where(fine, found, np.nan)


def _gdtr(part: Callable[..., Array]) -> Callable[[Array, Array, Array], Array]:
    return lambda a, b, x: np.where(x < 0, np.nan, part(b, a * x))


def _pdtr(part: Callable[..., Array]) -> Callable[[Array, Array], Array]:
    return lambda k, m: np.where(k < 0, np.nan, part(np.floor(k) + 1, m))


UFUNCS: Final[dict[str, Rule]] = {
    **elementary.UFUNCS,
    **orders.UFUNCS,
    "erf": of(o.erf), "erfc": _erfc, "erfcx": _erfcx, "erfinv": of(o.erfinv), "erfcinv": _erfcinv,
    "gamma": _gamma, "gammaln": _gammaln, "loggamma": _loggamma, "gammasgn": sign_of_gamma,
    "psi": of(o.digamma), "digamma": of(o.digamma), "rgamma": _rgamma, "beta": _beta,
    "betaln": _betaln, "poch": _poch, "binom": _binom,
    "gammainc": _gammainc, "gammaincc": _gammaincc, "betainc": _betainc,
    "betaincc": lambda a, b, x: _betainc(b, a, 1 - x),
    "ndtr": _ndtr, "ndtri": lambda p: -_ROOT2 * _erfcinv(2 * p), "log_ndtr": _log_ndtr,
    "chdtr": lambda v, x: _gammainc(0.5 * v, 0.5 * x),
    "chdtrc": lambda v, x: _gammaincc(0.5 * v, 0.5 * x),
    "gdtr": _gdtr(_gammainc), "gdtrc": _gdtr(_gammaincc),
    "pdtr": _pdtr(_gammaincc), "pdtrc": _pdtr(_gammainc),
    "stdtr": _stdtr, "fdtr": _fdtr, "bdtr": _bdtr,
    "exp1": of(o.exp1), "expi": of(o.expi), "spence": of(o.spence),
}  # fmt: skip
"""By scipy's name: the function of operands in the dtypes of scipy's loop."""

_COMPLEX: Final = frozenset(
    ("expm1", "log1p", "xlogy", "xlog1py", "exp2", "exp10", "cbrt", "expit", "cosm1")
)
"""Functions that are right for complex operands too."""


def home_of(ufunc: np.ufunc) -> str:
    """The module of a ufunc as users write it: np, or scipy.special."""
    module = sys.modules.get("scipy.special")
    return "scipy.special" if getattr(module, ufunc.__name__, None) is ufunc else "np"


def composite_of(ufunc: np.ufunc) -> Composite | None:
    """The rule for a ufunc of scipy.special; None for one that is not scipy's."""
    module = sys.modules.get("scipy.special")
    name = ufunc.__name__
    if module is None or getattr(module, name, None) is not ufunc:
        return None
    rule = UFUNCS.get(name)
    if rule is None:
        raise refuse(
            f"scipy.special.{name}",
            "this function has no traced form",
            "give it one with gl.custom_jvp, or compute it outside the trace",
        )
    return Composite(_real(name, rule))


def _real(name: str, rule: Rule) -> Rule:
    def checked(*xs: Tracer) -> Any:
        if name not in _COMPLEX and any(lift(x).dtype.kind == "c" for x in xs):
            raise refuse(f"scipy.special.{name}", "complex operands are not offered")
        return rule(*xs)

    return checked
