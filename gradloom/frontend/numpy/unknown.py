"""What values decide the size of, while there are none yet.

Sets are sorted, with a mask where a new element begins; trimmed arrays have a mask that holds
between the first and the last element that is not zero.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from gradloom.frontend.numpy.lift import lift
from gradloom.frontend.numpy.masked import select
from gradloom.frontend.tracer import refuse
from gradloom.ir.dims import Dim

# ---- sets ----------------------------------------------------------------------------------------


def unique_of_unknown(x: Any, equal_nan: bool) -> tuple[Any, Any, Any, Any]:
    """Distinct elements, where they stand first, which one every element is, and how often."""
    flat: Any = np.ravel(x)
    order: Any = np.argsort(flat, kind="stable")
    row = flat[order]
    new = row[1:] != row[:-1]
    if equal_nan and row.dtype.kind in "fc":
        new = np.logical_and(new, np.logical_not(np.isnan(row[1:]) & np.isnan(row[:-1])))
    mask = lift(np.concatenate([np.ones(min(1, row.shape[0]), bool), new]))
    index, inverse, counts = _told(order, mask)
    return select(row, mask), index, np.reshape(inverse, x.shape), counts


def unique_slices_of_unknown(x: Any, axis: int) -> tuple[Any, Any, Any, Any]:
    """The same of slices along an axis, ordered by their elements; a slice with NaN equals none."""
    rows: Any = np.moveaxis(x, axis, 0)
    width: Any = prod(rows.shape[1:])
    if isinstance(width, Dim):
        raise refuse(
            "np.unique",
            f"slices along axis={axis} of {x.aval} have no fixed number of elements to order by",
            "give the other axes sizes that are numbers",
        )
    rows = np.reshape(rows, (x.shape[axis], width))
    rank: Any = _rank_of_rows(rows)
    order: Any = np.argsort(rank, kind="stable")
    new = rank[order][1:] != rank[order][:-1]
    if x.dtype.kind in "fc":
        new = np.logical_or(new, np.any(np.isnan(rows), axis=1)[order][1:])
    mask = lift(np.concatenate([np.ones(min(1, x.shape[axis]), bool), new]))
    return select(np.take(x, order, axis), mask, axis), *_told(order, mask)


def _told(order: Any, begins: Any) -> tuple[Any, Any, Any]:
    """Where distinct elements stand first, which one every element is, and how often they occur."""
    rank: Any = np.cumsum(begins) - 1
    zeros: Any = lift(np.zeros(order.shape, np.int64))
    inverse, counts = zeros.copy(), zeros.copy()
    inverse[order] = rank
    np.add.at(counts, rank, 1)
    return select(order, begins), inverse, select(lift(counts[rank]), begins)


def _rank_of_rows(rows: Any) -> Any:
    """Numbers that order rows by their first, then their second element, and so on.

    All columns are ranked at once, and pairs of ranks then again: the number of sorts grows with
    the logarithm of the width.
    """
    count, width = rows.shape
    if not width:
        return lift(np.zeros((count,), np.int64))
    rank = _rank(rows)
    while width > 1:
        pairs = np.multiply(rank[:, 0 : width - 1 : 2], count) + rank[:, 1:width:2]
        rank = _rank(pairs if not width % 2 else np.concatenate([pairs, rank[:, -1:]], axis=1))
        width -= width // 2
    return rank[:, 0]


def _rank(x: Any) -> Any:
    """How many distinct elements of its column stand before every element; NaNs are alike."""
    order: Any = np.argsort(x, axis=0, kind="stable")
    row: Any = np.take_along_axis(x, order, axis=0)
    new = _differ(row.real, row.imag) if row.dtype.kind == "c" else _differ(row)
    steps: Any = np.concatenate([np.zeros_like(new, shape=(1, *new.shape[1:])), new])
    steps = steps[: x.shape[0]]
    place: Any = np.argsort(order, axis=0, kind="stable")
    return np.take_along_axis(np.cumsum(steps, axis=0), place, axis=0)


def _differ(*parts: Any) -> Any:
    """Where an element differs from the one above it in one of its parts."""
    found: Any = False
    for part in parts:
        new = part[1:] != part[:-1]
        if part.dtype.kind == "f":
            new = np.logical_and(new, np.logical_not(np.isnan(part[1:]) & np.isnan(part[:-1])))
        found = np.logical_or(found, new)
    return found


# ---- trimmed arrays ------------------------------------------------------------------------------


def trimmed_of_unknown(x: Any, axes: tuple[int, ...], trim: str) -> Any:
    """What stands between the first and the last element that is not zero, along these axes."""
    hits: Any = np.not_equal(x, 0)
    found = x
    for axis in axes:
        held: Any = np.any(hits, axis=tuple(i for i in range(x.ndim) if i != axis))
        inside: Any = np.ones(held.shape, bool)
        if "f" in trim:
            inside = np.logical_and(inside, np.logical_or.accumulate(held))
        if "b" in trim:
            inside = np.logical_and(inside, np.flip(np.logical_or.accumulate(np.flip(held))))
        found = select(found if found is x else found.taken(), lift(inside), axis)
    return found
