"""Sums, means, extremes, running sums, and whether any or all hold."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from gradloom.array_api.dtypes import DType, Raw, dtype_of, promoted, require
from gradloom.array_api.run import function
from gradloom.ir.errors import ShapeError
from gradloom.ir.location import user_location


@function
def all(x: Raw, /, *, axis: Any = None, keepdims: builtins.bool = False) -> Raw:
    """Whether all numbers along axes are other than 0; True for none."""
    require("all", "any", x)
    return np.all(x, axis=axis, keepdims=keepdims)


@function
def any(x: Raw, /, *, axis: Any = None, keepdims: builtins.bool = False) -> Raw:
    """Whether one number along axes is other than 0; False for none."""
    require("any", "any", x)
    return np.any(x, axis=axis, keepdims=keepdims)


@function
def max(x: Raw, /, *, axis: Any = None, keepdims: builtins.bool = False) -> Raw:
    """The greatest number along axes; NaN if one is NaN."""
    require("max", "real numeric", x)
    return np.max(x, axis=axis, keepdims=keepdims)


@function
def min(x: Raw, /, *, axis: Any = None, keepdims: builtins.bool = False) -> Raw:
    """The least number along axes; NaN if one is NaN."""
    require("min", "real numeric", x)
    return np.min(x, axis=axis, keepdims=keepdims)


@function
def mean(x: Raw, /, *, axis: Any = None, keepdims: builtins.bool = False) -> Raw:
    """The mean along axes."""
    require("mean", "floating-point", x)
    return np.mean(x, axis=axis, keepdims=keepdims)


@function
def sum(
    x: Raw, /, *, axis: Any = None, dtype: DType | None = None, keepdims: builtins.bool = False
) -> Raw:
    """The sum along axes; of integers in 64 bits unless told otherwise."""
    require("sum", "numeric", x)
    return np.sum(x, axis=axis, dtype=_wider(x, dtype), keepdims=keepdims)


@function
def prod(
    x: Raw, /, *, axis: Any = None, dtype: DType | None = None, keepdims: builtins.bool = False
) -> Raw:
    """The product along axes; of integers in 64 bits unless told otherwise."""
    require("prod", "numeric", x)
    return np.prod(x, axis=axis, dtype=_wider(x, dtype), keepdims=keepdims)


@function
def std(
    x: Raw, /, *, axis: Any = None, correction: float = 0.0, keepdims: builtins.bool = False
) -> Raw:
    """The standard deviation along axes; the sum of squares is divided by n - correction."""
    require("std", "real floating-point", x)
    return np.std(x, axis=axis, ddof=correction, keepdims=keepdims)


@function
def var(
    x: Raw, /, *, axis: Any = None, correction: float = 0.0, keepdims: builtins.bool = False
) -> Raw:
    """The variance along axes; the sum of squares is divided by n - correction."""
    require("var", "real floating-point", x)
    return np.var(x, axis=axis, ddof=correction, keepdims=keepdims)


def _wider(x: Raw, dtype: Any) -> DType:
    """The dtype of a sum of x."""
    if dtype is not None:
        return dtype_of(dtype)
    if x.dtype.kind in "iu":
        return np.dtype(np.int64 if x.dtype.kind == "i" else np.uint64)
    found: DType = x.dtype
    return found


@function
def cumulative_sum(
    x: Raw,
    /,
    *,
    axis: int | None = None,
    dtype: DType | None = None,
    include_initial: builtins.bool = False,
) -> Raw:
    """The sums of the first 1, 2, ... numbers along an axis, after a 0 if asked; only a vector
    may leave the axis out.
    """
    return _running("cumulative_sum", np.cumsum, 0, x, axis, dtype, include_initial)


@function
def cumulative_prod(
    x: Raw,
    /,
    *,
    axis: int | None = None,
    dtype: DType | None = None,
    include_initial: builtins.bool = False,
) -> Raw:
    """The products of the first 1, 2, ... numbers along an axis, after a 1 if asked; only a
    vector may leave the axis out.
    """
    return _running("cumulative_prod", np.cumprod, 1, x, axis, dtype, include_initial)


def _running(
    name: str, rule: Any, first: int, x: Raw, axis: Any, dtype: Any, initial: builtins.bool
) -> Raw:
    require(name, "numeric", x)
    if axis is None and len(x.shape) != 1:
        raise ShapeError(
            f"{name}: axis is due for an array of shape {x.shape}", location=user_location()
        )
    along = 0 if axis is None else axis
    wanted = _wider(x, dtype)
    made = rule(x, axis=along, dtype=wanted)
    if not initial:
        return made
    shape = list(x.shape)
    shape[along] = 1
    return np.concatenate([np.full(shape, first, wanted), made], axis=along)


@function
def diff(
    x: Raw, /, *, axis: int = -1, n: int = 1, prepend: Raw | None = None, append: Raw | None = None
) -> Raw:
    """The differences of neighbours along an axis, taken n times."""
    parts = [p for p in (prepend, x, append) if p is not None]
    for part in parts:
        require("diff", "numeric", part)
    promoted("diff", [p.dtype for p in parts])
    joined = x if len(parts) == 1 else np.concatenate(parts, axis=axis)
    return np.diff(joined, n=n, axis=axis)
