"""Softmax and its kin: exponentials of an axis against their sum, which never overflow."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.frontend.nn.operands import Array, axis_of, fixed, floating, named, zero
from gradloom.frontend.nn.pieces import piece

Axis = int | tuple[int, ...] | None


def is_empty(x: Array) -> bool:
    """Whether it is known to have no elements."""
    return not any(map(named, x.shape)) and 0 in x.shape


def highest(x: Array, axis: Axis) -> Array:
    """The largest along an axis as a constant; -inf of nothing."""
    if is_empty(x):
        return np.sum(fixed(x), axis=axis, keepdims=True) - x.dtype.type(np.inf)
    return fixed(np.max(x, axis=axis, keepdims=True))


def shift(x: Array, axis: Axis) -> Array:
    """The largest along an axis as a constant, 0 where it is infinite."""
    top = highest(x, axis)
    return np.where(np.isfinite(top), top, zero(x))


def along(x: Array, axis: Axis) -> Array:
    """exp(x) over its sum."""
    raised = np.exp(x - highest(x, axis))
    return raised / np.sum(raised, axis=axis, keepdims=True)


def log_along(x: Array, axis: Axis) -> Array:
    """x less the logarithm of the sum of exp(x)."""
    if is_empty(x):
        return x
    shifted = x - highest(x, axis)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


@piece("softmax")
def _softmax(x: Array) -> Array:
    return along(x, -1)


@piece("log_softmax")
def _log_softmax(x: Array) -> Array:
    return log_along(x, -1)


def _by_last(kernel: Any, whole: Any, what: str, x: Any, axis: Axis) -> Array:
    x = floating(what, x)
    if not isinstance(axis, int | np.integer) or x.dtype.kind == "c":
        return whole(x, axis)
    at = axis_of(what, axis, x.ndim)
    if at == x.ndim - 1:
        return kernel(x)
    return np.moveaxis(kernel(np.moveaxis(x, at, -1)), -1, at)


def softmax(x: Any, axis: Axis = -1) -> Array:
    """exp(x) over its sum along an axis, several, or all (None).

    >>> softmax(np.array([0.0, 0.0]))
    array([0.5, 0.5])
    """
    return _by_last(_softmax, along, "softmax", x, axis)


def log_softmax(x: Any, axis: Axis = -1) -> Array:
    """The logarithm of `softmax`, exact where that is near 0."""
    return _by_last(_log_softmax, log_along, "log_softmax", x, axis)


def softmin(x: Any, axis: Axis = -1) -> Array:
    """The softmax of -x."""
    return softmax(-floating("softmin", x), axis)


def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """log(sum(exp(x))) along an axis, several, or all (None); -inf of nothing but -inf.

    >>> print(round(float(logsumexp(np.array([1000.0, 1000.0]))), 4))
    1000.6931
    """
    x = floating("logsumexp", x)
    for one in () if axis is None else np.atleast_1d(axis):
        axis_of("logsumexp", one, x.ndim)
    top = shift(x, axis)
    total = np.sum(np.exp(x - top), axis=axis, keepdims=True)
    some = np.where(total == 0, x.dtype.type(1), total)
    made = np.where(total == 0, x.dtype.type(-np.inf), np.log(some) + top)
    if keepdims:
        return made
    return np.squeeze(made, axis=tuple(range(x.ndim)) if axis is None else axis)
