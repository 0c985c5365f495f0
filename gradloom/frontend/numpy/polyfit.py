"""Fits by least squares: np.polyfit, and what the `fit`s of numpy.polynomial share."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import Array, as_array, value_at_hand
from gradloom.ir.errors import DtypeError

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table


def _points(x: Any, y: Any, w: Any) -> tuple[Array, Array, Array | None]:
    """The points and weights as floats; raises `TypeError` where they do not fit, as numpy does."""
    at, rhs = as_array(x) + 0.0, as_array(y) + 0.0
    if at.ndim != 1:
        raise TypeError("expected 1D vector for x")
    if at.size == 0:
        raise TypeError("expected non-empty vector for x")
    if rhs.ndim not in (1, 2):
        raise TypeError("expected 1D or 2D array for y")
    if at.shape[0] != rhs.shape[0]:
        raise TypeError("expected x and y to have same length")
    if w is None:
        return at, rhs, None
    weights = as_array(w) + 0.0
    if weights.dtype.kind == "c" and at.dtype.kind != "c":
        raise DtypeError(f"np.polyfit: weights of {weights.dtype} for numbers of {at.dtype}")
    if weights.ndim != 1:
        raise TypeError("expected a 1-d array for weights")
    if weights.shape[0] != rhs.shape[0]:
        raise TypeError("expected w and y to have the same length")
    return at, rhs, weights


def _warned(rank: Any, order: int, message: str) -> None:
    found = value_at_hand(rank)
    if found is not None and found != order:
        warnings.warn(message, np.exceptions.RankWarning, stacklevel=3)


def polyfit(
    x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None, cov: Any = False
) -> Any:
    """The coefficients of least squares, by np.linalg.lstsq on scaled powers."""
    order = int(deg) + 1
    if deg < 0:
        raise ValueError("expected deg >= 0")
    at, rhs, weights = _points(x, y, w)
    rcond = at.shape[0] * np.finfo(at.dtype).eps if rcond is None else rcond
    lhs = np.vander(at, order)
    if weights is not None:
        lhs = (lhs * weights[:, None]).astype(lhs.dtype)
        rhs = (rhs * (weights[:, None] if rhs.ndim == 2 else weights)).astype(rhs.dtype)
    scale = np.sqrt(np.sum(lhs * lhs, axis=0))
    lhs = lhs / scale
    c, residuals, rank, s = np.linalg.lstsq(lhs, rhs, rcond)
    c = np.transpose(np.transpose(c) / scale)
    if full:
        return c, residuals, rank, s, rcond
    _warned(rank, order, "Polyfit may be poorly conditioned")
    return (c, _covariance(lhs, scale, residuals, cov, order, rhs.ndim)) if cov else c


def _covariance(lhs: Any, scale: Any, residuals: Any, cov: Any, order: int, ndim: int) -> Any:
    base = np.linalg.inv(np.dot(np.transpose(lhs), lhs)) / np.outer(scale, scale)
    factor: Any = 1
    if cov != "unscaled":
        if lhs.shape[0] <= order:
            raise ValueError(
                "the number of data points must exceed order to scale the covariance matrix"
            )
        factor = residuals / (lhs.shape[0] - order)
    return base * factor if ndim == 1 else base[:, :, None] * factor


def fit(
    vander_f: Callable[..., Any],
    x: Any,
    y: Any,
    deg: Any,
    rcond: Any = None,
    full: bool = False,
    w: Any = None,
) -> Any:
    """The coefficients of least squares in a basis: the degree, or the list of degrees to use."""
    degrees = np.asarray(deg)
    if degrees.ndim > 1 or degrees.dtype.kind not in "iu" or degrees.size == 0:
        raise TypeError("deg must be an int or non-empty 1-D array of int")
    if degrees.min() < 0:
        raise ValueError("expected deg >= 0")
    at, rhs, weights = _points(x, y, w)
    highest = int(degrees.max())
    used = np.arange(highest + 1) if degrees.ndim == 0 else np.sort(degrees)
    lhs = vander_f(at, highest)[:, used]
    if weights is not None:
        lhs, rhs = lhs * weights[:, None], np.transpose(np.transpose(rhs) * weights)
    rcond = at.shape[0] * np.finfo(at.dtype).eps if rcond is None else rcond
    scale = np.sqrt(np.sum(np.real(lhs) ** 2 + np.imag(lhs) ** 2, axis=0))
    scale = np.where(scale == 0, np.ones_like(scale), scale)
    c, residuals, rank, s = np.linalg.lstsq(lhs / scale, rhs, rcond)
    c = np.transpose(np.transpose(c) / scale)
    if degrees.ndim:
        row = {int(degree): c[i] for i, degree in enumerate(used)}
        c = np.stack([row.get(i, np.zeros_like(c[0])) for i in range(highest + 1)])
    if full:
        return c, [residuals, rank, s, rcond]
    _warned(rank, used.size, "The fit may be poorly conditioned")
    return c


TABLE: Final[Table] = {np.polyfit: polyfit}
