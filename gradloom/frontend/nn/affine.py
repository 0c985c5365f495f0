"""Linear maps, and rows of a table that integers name."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.frontend.asserted import is_checked, require
from gradloom.frontend.nn.classes import require_classes
from gradloom.frontend.nn.operands import (
    Array,
    axis_of,
    fixed,
    floating,
    integers,
    named,
    require_shape,
    taken,
)
from gradloom.frontend.tracer import is_tracer
from gradloom.ir.errors import IndexOutOfRange, ShapeError
from gradloom.ir.location import user_location


def linear(x: Any, w: Any, b: Any = None) -> Array:
    """`x @ w + b` for x [..., in], w [in, out] and b [out].

    >>> linear(np.ones((1, 2)), np.array([[1.0], [2.0]]), np.array([0.5]))
    array([[3.5]])
    """
    x, w = floating("linear", x), floating("linear", w)
    if not x.ndim or not w.ndim or x.shape[-1] != w.shape[0]:
        raise ShapeError(
            f"linear: the last axis of x {tuple(x.shape)} and the first of w {tuple(w.shape)} "
            "differ", location=user_location(), hint="w has shape (in, out); did you mean w.T?",
        )  # fmt: skip
    if b is None:
        return x @ w
    b = floating("linear", b)
    require_shape("linear", "the bias", b, w.shape[1:])
    return x @ w + b


def bilinear(x1: Any, x2: Any, w: Any, b: Any = None) -> Array:
    """`x1 @ w[k] @ x2` for each k, plus the bias: x1 [..., i], x2 [..., j], w [k, i, j], b [k]."""
    x1, x2, w = (floating("bilinear", x) for x in (x1, x2, w))
    made = np.einsum("...i,kij,...j->...k", x1, w, x2)
    return made if b is None else made + floating("bilinear", b)


def embedding(table: Any, indices: Any, *, padding_idx: int | None = None) -> Array:
    """The rows of a table [rows, ...] that integers name; the row `padding_idx` gets no gradient.

    >>> embedding(np.eye(3), np.array([2, 0]))
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    table, at = floating("embedding", table), integers("embedding", indices, "indices")
    count = table.shape[0]
    if padding_idx is not None and not named(count) and not -count <= padding_idx < count:
        raise IndexOutOfRange(
            f"embedding: padding_idx {padding_idx} of {count} rows", location=user_location()
        )
    if not named(count):
        _require_rows(at, count)
    rows = taken(table, at, axis=0)
    if padding_idx is None:
        return rows
    skipped = (at == padding_idx % count).reshape((*at.shape, *[1] * (table.ndim - 1)))
    return np.where(skipped, fixed(rows), rows)


def _require_rows(at: Array, count: int) -> None:
    if is_tracer(at):
        if is_checked():
            require(
                (at >= -count) & (at < count),
                f"embedding: an index is none of a table of {count} rows", "IndexOutOfRange",
                f"indices are 0 to {count - 1}",
            )  # fmt: skip
        return
    wrong = at[(at < -count) | (at >= count)]
    if wrong.size:
        raise IndexOutOfRange(
            f"embedding: index {int(wrong.flat[0])} of a table of {count} rows",
            location=user_location(), hint=f"indices are 0 to {count - 1}",
        )  # fmt: skip


def one_hot(indices: Any, num_classes: int, axis: int = -1, dtype: Any = float) -> Array:
    """1 at the place that each integer names, along a new axis, and 0 elsewhere.

    >>> one_hot(np.array([1, 0]), 3)
    array([[0., 1., 0.],
           [1., 0., 0.]])
    """
    at = integers("one_hot", indices, "indices")
    if not is_tracer(at):  # a program is often exported, and no format has asserts
        require_classes("one_hot", at, num_classes)
    place = axis_of("one_hot", axis, at.ndim + 1)
    sizes = [num_classes if i == place else 1 for i in range(at.ndim + 1)]
    return (np.expand_dims(at, place) == np.arange(num_classes).reshape(sizes)).astype(dtype)
