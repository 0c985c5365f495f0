"""Sets of traced values that have none yet: sorted, with a mask where a new element begins."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.frontend.numpy.lift import lift
from gradloom.frontend.numpy.masked import select


def unique_of_unknown(x: Any, equal_nan: bool) -> tuple[Any, Any, Any, Any]:
    """Distinct elements, where they stand first, which one every element is, and how often."""
    flat: Any = np.ravel(x)
    order: Any = np.argsort(flat, kind="stable")
    row = flat[order]
    new = row[1:] != row[:-1]
    if equal_nan and row.dtype.kind in "fc":
        new = np.logical_and(new, np.logical_not(np.isnan(row[1:]) & np.isnan(row[:-1])))
    begins: Any = np.concatenate([np.ones(min(1, row.shape[0]), bool), new])
    mask = lift(begins)
    rank = np.cumsum(begins) - 1
    zeros: Any = lift(np.zeros(row.shape, np.int64))
    inverse, counts = zeros.copy(), zeros.copy()
    inverse[order] = rank
    np.add.at(counts, rank, 1)
    return (
        select(row, mask),
        select(order, mask),
        np.reshape(inverse, x.shape),
        select(lift(counts[rank]), mask),
    )
