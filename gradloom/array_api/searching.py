"""Searching and sorting: argmax, searchsorted, where, sort and their kin."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.array_api.dtypes import Raw, is_weak, promoted, require
from gradloom.array_api.elementwise import operands
from gradloom.array_api.run import function, numeric
from gradloom.ir.errors import ShapeError
from gradloom.ir.location import user_location


@function
def argmax(x: Raw, /, *, axis: int | None = None, keepdims: bool = False) -> Raw:
    """The place of the first greatest number along an axis, or in x flattened."""
    require("argmax", "real numeric", x)
    return np.argmax(x, axis=axis, keepdims=keepdims)


@function
def argmin(x: Raw, /, *, axis: int | None = None, keepdims: bool = False) -> Raw:
    """The place of the first least number along an axis, or in x flattened."""
    require("argmin", "real numeric", x)
    return np.argmin(x, axis=axis, keepdims=keepdims)


@numeric
def where(condition: Raw, x1: Any, x2: Any, /) -> Raw:
    """x1 where the condition holds, x2 elsewhere."""
    require("where", "boolean", condition)
    a, b = operands("where", "any", x1, x2)
    return np.where(condition, a, b)


@numeric
def searchsorted(
    x1: Raw, x2: Any, /, *, side: Any = "left", sorter: Raw | None = None
) -> Raw:
    """Where in x1, sorted or sorted by `sorter`, each of x2 would have to be put in."""
    require("searchsorted", "real numeric", x1)
    if len(x1.shape) != 1:
        raise ShapeError(
            f"searchsorted: x1 must be a vector, not of shape {x1.shape}",
            location=user_location(),
        )
    if side not in ("left", "right"):
        raise ShapeError(
            f"searchsorted: side is {side!r}, and can be 'left' or 'right'",
            location=user_location(),
        )
    if not is_weak(x2):
        require("searchsorted", "real numeric", x2)
        promoted("searchsorted", [x1.dtype, x2.dtype])
    if sorter is not None:
        require("searchsorted", "integer", sorter)
    return np.searchsorted(x1, x2, side=side, sorter=sorter)


@function
def sort(x: Raw, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Raw:
    """x in ascending or descending order along an axis."""
    require("sort", "real numeric", x)
    made = np.sort(x, axis=axis, kind="stable" if stable else None)
    return np.flip(made, axis=axis) if descending else made


@function
def argsort(x: Raw, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Raw:
    """The places of x in ascending or descending order; of equal numbers the first comes first
    if `stable`.
    """
    require("argsort", "real numeric", x)
    kind: Any = "stable" if stable else None
    if not descending:
        return np.argsort(x, axis=axis, kind=kind)
    backwards = np.flip(np.argsort(np.flip(x, axis=axis), axis=axis, kind=kind), axis=axis)
    return x.shape[axis] - 1 - backwards
