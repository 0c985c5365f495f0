"""Short compositions of numpy's functions that scipy.special has, safe at their edges."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import Array


def expit(x: Array) -> Array:
    """1 / (1 + exp(-x)), without overflow and with all digits of small results."""
    if x.dtype.kind == "c":
        return 1 / (1 + np.exp(-x))
    below = x < 0
    part = np.exp(np.where(below, x, -x))
    return np.where(below, part, 1.0) / (1 + part)


def _logit(p: Array) -> Array:
    near = np.abs(p - 0.5) < 0.25
    s = np.where(near, 2 * (p - 0.5), 0.0)
    far = np.where(near, 0.25, p)
    return np.where(near, np.log1p(s) - np.log1p(-s), np.log(far) - np.log1p(-far))


def _log_expit(x: Array) -> Array:
    return -np.logaddexp(np.zeros_like(x), -x)


def _times(f: Callable[..., Any], low: float) -> Callable[[Array, Array], Array]:
    """x f(y), and 0 at x = 0 also where f is not finite."""

    def rule(x: Array, y: Array) -> Array:
        if y.dtype.kind == "c":
            odd = (x == 0) & ~np.isnan(y)
        else:
            odd = (x == 0) & ((y <= low) | (y == np.inf))
        return x * f(np.where(odd, low + 1.0, y))

    return rule


_xlogy: Final = _times(np.log, 0.0)
_xlog1py: Final = _times(np.log1p, -1.0)


def _entr(x: Array) -> Array:
    inside = x > 0
    value = -x * np.log(np.where(inside, x, 1.0))
    return np.where(inside | np.isnan(x), value, np.where(x == 0, 0.0, -np.inf))


def _rel_entr(x: Array, y: Array) -> Array:
    inside = (x > 0) & (y > 0)
    a, b = np.where(inside, x, 1.0), np.where(inside, y, 1.0)
    ratio = a / b
    near = (ratio > 0.5) & (ratio < 2)
    usual = (ratio > 0) & (ratio < np.inf)
    close = np.log1p(np.where(near, (a - b) / b, 0.0))
    wide = np.where(usual, np.log(np.where(usual, ratio, 1.0)), np.log(a) - np.log(b))
    value = a * np.where(near, close, wide)
    unknown = np.isnan(x) | np.isnan(y)
    edge = np.where((x == 0) & (y >= 0), 0.0, np.inf)
    return np.where(inside, value, np.where(unknown, np.nan, edge))


def _kl_div(x: Array, y: Array) -> Array:
    inside = (x >= 0) & (y >= 0)
    relative = _rel_entr(x, y)
    return np.where(inside & np.isfinite(relative), relative - x + y, relative)


def _huber(delta: Array, r: Array) -> Array:
    size = np.abs(r)
    value = np.where(size <= delta, 0.5 * r * r, delta * (size - 0.5 * delta))
    return np.where(delta < 0, np.inf, value)


def _pseudo_huber(delta: Array, r: Array) -> Array:
    none = (delta == 0) | (r == 0)
    v = np.where(none, 0.0, r) / np.where(none, 1.0, delta)
    value = np.where(none, 0.0, delta * delta) * np.expm1(0.5 * np.log1p(v * v))
    return np.where(delta < 0, np.inf, value)


def _boxcox(log: Callable[[Array], Array]) -> Callable[[Array, Array], Array]:
    def rule(x: Array, lmbda: Array) -> Array:
        flat = np.abs(lmbda) < 1e-19
        safe = np.where(flat, 1.0, lmbda)
        value = log(x)
        bend = 0.5 * np.where(np.isfinite(value), value, 0.0) ** 2  # the slope by lmbda
        return np.where(flat, value + lmbda * bend, np.expm1(safe * value) / safe)

    return rule


def _inverse_boxcox(exp: Callable[[Array], Array]) -> Callable[[Array, Array], Array]:
    def rule(x: Array, lmbda: Array) -> Array:
        flat = lmbda == 0
        safe = np.where(flat, 1.0, lmbda)
        slope = np.log1p(safe * np.where(flat, 0.0, x)) / safe
        bend = 0.5 * np.where(np.isfinite(x), x, 0.0) ** 2
        return exp(np.where(flat, x - lmbda * bend, slope))

    return rule


def _cosm1(x: Array) -> Array:
    half = np.sin(0.5 * x)
    return -2 * half * half


def _exprel(x: Array) -> Array:
    """(exp(x) - 1) / x; near 0 its series, of which six terms are exact."""
    near = np.abs(x) < 1e-3
    s = np.where(near, x, 0.0)
    series = 1 + s / 2 * (1 + s / 3 * (1 + s / 4 * (1 + s / 5 * (1 + s / 6))))
    far = np.where(near, 1.0, x)
    ratio = np.expm1(far) / far
    return np.where(near, series, np.where(x == np.inf, x, ratio))


def _powm1(x: Array, y: Array) -> Array:
    """x^y - 1, with all digits near x = 1."""
    inside = x > 0
    sharp = inside & (x != 1) & np.isfinite(y)
    part = np.expm1(np.where(sharp, y, 0.0) * np.log(np.where(sharp, x, 1.0)))
    return np.where(sharp, part, np.power(x, y) - 1)


def _of_degrees(f: Callable[..., Any], turned: bool) -> Callable[[Array], Array]:
    """A trigonometric function of degrees, exact at multiples of 90."""

    def rule(x: Array) -> Array:
        whole = np.round(x / 90)
        rest = (x - 90 * whole) * (math.pi / 180)
        return f(rest, np.remainder(whole + (1 if turned else 0), 4))

    return rule


def _sine(rest: Array, quarter: Array) -> Array:
    odd = np.remainder(quarter, 2) == 1
    value: Array = np.where(odd, np.cos(rest), np.sin(rest))
    return np.where(quarter >= 2, -value, value)


def _tangent(rest: Array, quarter: Array) -> Array:
    odd = np.remainder(quarter, 2) == 1
    value = np.tan(rest)
    pole = odd & (value == 0)
    inverse = -1 / np.where(odd & ~pole, value, 1.0)
    return np.where(pole, np.inf, np.where(odd, inverse, value))


def _mean(x: Array, y: Array) -> tuple[Array, Array, Array]:
    """The arithmetic-geometric mean, and the sum of 2^n c_n^2 / 2 beside it."""
    total, weight = np.zeros_like(x), 0.5
    for _ in range(14):  # doubles the digits each time; 14 are enough from 1e-300 on
        weight *= 2
        x, y, c = 0.5 * (x + y), np.sqrt(x * y), 0.5 * (x - y)
        total = total + weight * c * c
    return x, y, total


def _ellipk(m: Array) -> Array:
    """The complete elliptic integral of the first kind, by the arithmetic-geometric mean."""
    inside = m < 1
    rest = np.sqrt(1 - np.where(inside, m, 0.0))
    found = (math.pi / 2) / _mean(np.ones_like(m), rest)[0]
    return np.where(inside, found, np.where(m == 1, np.inf, np.nan))


def _ellipe(m: Array) -> Array:
    """That of the second kind (Abramowitz and Stegun, 17.6.4)."""
    inside = m < 1
    safe = np.where(inside, m, 0.0)
    mean, _, total = _mean(np.ones_like(m), np.sqrt(1 - safe))
    found = (math.pi / 2) / mean * (1 - 0.5 * safe - total)
    return np.where(inside, found, np.where(m == 1, 1.0, np.nan))


UFUNCS: Final[dict[str, Callable[..., Any]]] = {
    "expit": expit, "logit": _logit, "log_expit": _log_expit, "xlogy": _xlogy,
    "xlog1py": _xlog1py, "entr": _entr, "rel_entr": _rel_entr, "kl_div": _kl_div,
    "huber": _huber, "pseudo_huber": _pseudo_huber, "boxcox": _boxcox(np.log),
    "boxcox1p": _boxcox(np.log1p), "inv_boxcox": _inverse_boxcox(np.exp),
    "inv_boxcox1p": _inverse_boxcox(np.expm1), "cosm1": _cosm1, "exprel": _exprel,
    "cbrt": np.cbrt, "exp2": np.exp2, "exp10": lambda x: np.power(10.0, x), "expm1": np.expm1,
    "log1p": np.log1p, "round": np.rint, "powm1": _powm1,
    "sindg": _of_degrees(_sine, False), "cosdg": _of_degrees(_sine, True),
    "tandg": _of_degrees(_tangent, False),
    "radian": lambda d, m, s: (d + m / 60 + s / 3600) * (math.pi / 180),
    "ellipk": _ellipk, "ellipe": _ellipe, "ellipkm1": lambda p: _ellipk_near_one(p),
}  # fmt: skip


def _ellipk_near_one(p: Array) -> Array:
    inside = p > 0
    found = (math.pi / 2) / _mean(np.ones_like(p), np.sqrt(np.where(inside, p, 1.0)))[0]
    return np.where(inside, found, np.where(p == 0, np.inf, np.nan))
