"""One epoch of a data set, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradloom.frontend.data.columns import Rows, columns_of, positive, windows_of
from gradloom.ir.errors import ArgumentError


def batches(
    *arrays: Any,
    batch_size: int | None,
    shuffle: bool = False,
    rng: np.random.Generator | None = None,
    drop_last: bool = False,
    window: int | None = None,
    stride: int | None = None,
) -> Iterator[Any]:
    """One epoch of `arrays` in batches of rows: an array for one, a tuple for several.

    A tree of arrays gives batches of the same structure. `shuffle` takes the order from `rng` (else
    another order at each call). With `window`, the one array is a sequence: batches are `(x, y)`,
    pieces [batch, window] and what follows at each place; pieces start every `stride` places
    (`window` when not given). `batch_size=None` is one batch of everything. Raises at once for
    arguments that do not fit.

    >>> import numpy as np
    >>> for x, y in batches(np.arange(5.0), np.arange(5), batch_size=2):
    ...     print(x, y)
    [0. 1.] [0 1]
    [2. 3.] [2 3]
    [4.] [4]
    >>> x, y = next(batches(np.arange(9), batch_size=2, window=4))
    >>> y
    array([[1, 2, 3, 4],
           [5, 6, 7, 8]])
    """
    rows = rows_of("batches", arrays, window, stride)
    size = size_of("batches", batch_size, rows.rows)
    order = None
    if shuffle:
        order = generator("batches", rng).permutation(rows.rows)
    return cut(rows, size, order, drop_last, 0)


def rows_of(name: str, arrays: tuple[Any, ...], window: int | None, stride: int | None) -> Rows:
    """What the batches are made of."""
    if window is not None:
        return windows_of(name, arrays, window, stride)
    if stride is not None:
        raise ArgumentError(f"{name}: stride={stride} without window=", hint="give window= too")
    return columns_of(name, arrays)


def size_of(name: str, batch_size: int | None, rows: int) -> int:
    """The number of rows of a whole batch."""
    return max(rows, 1) if batch_size is None else positive(name, "batch_size", batch_size)


def generator(name: str, rng: Any) -> np.random.Generator:
    """The generator given, or a new one; an integer is its seed."""
    if rng is None or isinstance(rng, int | np.integer):
        return np.random.default_rng(rng)
    if not isinstance(rng, np.random.Generator):
        raise ArgumentError(
            f"{name}: rng is {type(rng).__name__}", hint="rng=np.random.default_rng(0)"
        )
    return rng


def count(rows: int, size: int, drop_last: bool) -> int:
    """How many batches an epoch has."""
    return rows // size if drop_last else -(-rows // size)


def cut(
    rows: Rows, size: int, order: np.ndarray | None, drop_last: bool, first: int
) -> Iterator[Any]:
    """The batches from number `first` on, in this order of the rows."""
    for i in range(first, count(rows.rows, size, drop_last)):
        start, stop = i * size, min((i + 1) * size, rows.rows)
        yield rows.take(np.arange(start, stop) if order is None else order[start:stop])
