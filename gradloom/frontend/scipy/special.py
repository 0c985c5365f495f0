"""The functions of scipy.special that are Python's and not ufuncs, on traced values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import Array, as_array, lift, scalar_if_rank_0
from gradloom.frontend.numpy.special import inexact
from gradloom.frontend.scipy.direct import of
from gradloom.frontend.scipy.special_ufuncs import sign_of_gamma
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, refuse, wrap
from gradloom.ir import ops as o

# ---- sums of exponentials ------------------------------------------------------------------------


def _highest(a: Array, axis: Any) -> Array:
    """The largest of each row as a number without derivative, 0 where it is infinite."""
    real = np.real(a)
    top = np.max(real, axis=axis, keepdims=True, initial=-np.inf)
    held = wrap(o.stop_gradient(lift(top).here(require_trace())))
    return np.where(np.isfinite(held), held, np.zeros_like(held))


def logsumexp(
    a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False
) -> Any:
    """log(sum(b exp(a))), shifted so that nothing overflows."""
    x = inexact(a)
    weights = None if b is None else as_array(b)
    if weights is not None:
        x, weights = np.broadcast_arrays(x, weights)
        dtype = np.result_type(x.dtype, weights.dtype)
        x, weights = x.astype(dtype), weights.astype(dtype)
        x = np.where(weights == 0, x.dtype.type(-np.inf), x)
    top = _highest(x, axis)
    terms = np.exp(x - top)
    if weights is not None:
        terms = terms * weights
    total = np.sum(terms, axis=axis, keepdims=True)
    sign = np.sign(total) if return_sign else None
    if return_sign:
        total = np.abs(total)
    elif total.dtype.kind != "c":
        total = np.where(total < 0, total.dtype.type(np.nan), total)
    found = np.log(total) + top
    if not keepdims:
        found = _without(found, axis)
        sign = None if sign is None else _without(sign, axis)
    found = scalar_if_rank_0(lift(found))
    return found if sign is None else (found, scalar_if_rank_0(lift(sign)))


def _without(x: Array, axis: Any) -> Array:
    return np.squeeze(x, axis=tuple(range(x.ndim)) if axis is None else axis)


def softmax(x: Any, axis: Any = None) -> Any:
    """exp(x) over its sum."""
    a = inexact(x)
    grown = np.exp(a - _highest(a, axis))
    return grown / np.sum(grown, axis=axis, keepdims=True)


def log_softmax(x: Any, axis: Any = None) -> Any:
    """x less logsumexp(x)."""
    a = inexact(x)
    shifted = a - _highest(a, axis)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


# ---- gamma and zeta ------------------------------------------------------------------------------


def polygamma(n: Any, x: Any) -> Any:
    """The n-th derivative of psi; n a number or an array of numbers known when it is traced."""
    if type(n) is Tracer:
        raise refuse("scipy.special.polygamma", "a traced order", "give it as a Python int")
    orders, value = np.asarray(n), _double(x)
    if orders.ndim == 0:
        return wrap(_polygamma(orders[()], value).here(require_trace()), "array")
    shape = np.broadcast_shapes(orders.shape, value.shape)
    made: Any = np.zeros_like(value, shape=shape)
    for order in np.unique(orders):
        made = np.where(orders == order, _polygamma(order, value), made)
    return made


def _polygamma(n: Any, x: Array) -> Array:
    if int(n) != n or n < 0:
        raise refuse("scipy.special.polygamma", f"the order {n} is not a whole number")
    return of(o.digamma)(x) if n == 0 else of(o.polygamma, n=int(n))(x)


def _double(x: Any) -> Array:
    return as_array(x).astype(np.float64)


def zeta(x: Any, q: Any = None, out: Any = None) -> Any:
    """The Riemann zeta function, or Hurwitz's."""
    if out is not None:
        raise refuse("scipy.special.zeta", "out= is not offered")
    s = _double(x)
    found = _riemann(s) if q is None else _hurwitz(s, _double(q))
    return scalar_if_rank_0(lift(found))


def _hurwitz(s: Array, q: Array) -> Array:
    s, q = np.broadcast_arrays(s, q)
    inside, pole = (s > 1) & (q > 0), (q <= 0) & (np.floor(q) == q)
    found = of(o.zeta)(np.where(inside, s, 2.0), np.where(inside, q, 1.0))
    apart = (s > 1) & (q < 0) & (np.floor(q) != q)
    below = np.where((s >= 1) & pole, np.inf, np.where(apart, _below_zero(s, q, apart), np.nan))
    return np.where(inside, found, np.where(s == 1, np.inf, below))


def _below_zero(s: Array, q: Array, apart: Array) -> Array:
    """For q = f - n < 0 the n first terms are (-1)^s (m - f)^-s for m from 1 to n, a difference of
    two sums; NaN where s is not whole, since these powers are not real.
    """
    s, q = np.where(apart, s, 2.0), np.where(apart, q, -0.5)
    f = q - np.floor(q)
    first = of(o.zeta)(s, 1.0 - f) - of(o.zeta)(s, 1.0 - q)
    return of(o.zeta)(s, f) + np.power(-1.0, s) * first


def _riemann(s: Array) -> Array:
    """By Euler-Maclaurin above 0, by the functional equation below (DLMF 25.4.1)."""
    low = s < 0
    t = np.where(low, 1 - s, np.where(s == 1, 2.0, s))
    found = of(o.zeta)(t, np.ones_like(t))
    even = low & (np.remainder(s, 2) == 0)
    inside = np.where(low, s, -1.5)
    factor = 2 * (2 * np.pi) ** (inside - 1) * np.sin(0.5 * np.pi * np.remainder(inside, 4))
    reflected = factor * of(o.gamma)(1 - inside) * found
    found = np.where(low, np.where(even, 0.0, reflected), found)
    return np.where(s == 1, np.inf, found)


def multigammaln(a: Any, d: Any) -> Any:
    """The logarithm of the gamma function of d dimensions."""
    x = _double(a)
    if not isinstance(d, int | float | np.number) or int(d) != d:
        raise ValueError("d should be a positive integer (dimension)")
    d = int(d)
    total = x * 0 + d * (d - 1) * 0.25 * math.log(math.pi)
    for j in range(1, d + 1):
        total = total + of(o.lgamma)(x - (j - 1) / 2)
    return scalar_if_rank_0(lift(total))


# ---- numbers of choices --------------------------------------------------------------------------


def factorial(n: Any, exact: bool = False, extend: str = "zero") -> Any:
    """gamma(n + 1), 0 below zero."""
    if exact or extend != "zero":
        raise refuse("scipy.special.factorial", "exact= and extend= need numbers")
    x = inexact(n)
    return scalar_if_rank_0(np.where(x < 0, 0.0, of(o.gamma)(np.where(x < 0, 1.0, x) + 1)))


def comb(N: Any, k: Any, *, exact: bool = False, repetition: bool = False) -> Any:
    """How many ways there are to choose k of N."""
    if exact:
        raise refuse("scipy.special.comb", "exact=True needs numbers")
    n, m = _double(N), _double(k)
    if repetition:
        n = n + m - 1
    fine = (m <= n) & (n >= 0) & (m >= 0)
    a, b = np.where(fine, n, 2.0), np.where(fine, m, 1.0)
    found = np.exp(-of(o.betaln)(1 + a - b, 1 + b)) / (a + 1)
    return scalar_if_rank_0(lift(np.where(fine, found, 0.0)))


def perm(N: Any, k: Any, exact: bool = False) -> Any:
    """How many ways there are to order k of N."""
    if exact:
        raise refuse("scipy.special.perm", "exact=True needs numbers")
    n, m = _double(N), _double(k)
    fine = (m <= n) & (n >= 0) & (m >= 0)
    a, b = np.where(fine, n, 2.0), np.where(fine, m, 1.0)
    sign = sign_of_gamma(a + 1) * sign_of_gamma(a - b + 1)
    found = sign * np.exp(of(o.lgamma)(a + 1) - of(o.lgamma)(a - b + 1))
    return scalar_if_rank_0(lift(np.where(fine, found, 0.0)))


def softplus(x: Any, **kwargs: Any) -> Any:
    """log(1 + exp(x))."""
    if kwargs:
        raise refuse("scipy.special.softplus", f"{', '.join(kwargs)}= is not offered")
    return np.logaddexp(0, x)


TABLE: Final[Mapping[str, Callable[..., Any]]] = {
    "logsumexp": logsumexp, "softmax": softmax, "log_softmax": log_softmax,
    "polygamma": polygamma, "zeta": zeta, "multigammaln": multigammaln, "factorial": factorial,
    "comb": comb, "perm": perm, "sinc": np.sinc, "softplus": softplus,
}  # fmt: skip
"""By scipy's name: the function that takes the same arguments."""
