"""Data as columns: arrays, or trees of arrays, with one row for each example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.signature import flatten, unflatten
from gradloom.ir.errors import ArgumentError, DtypeError, GradloomError, ShapeError

_KINDS: Final = "biufcV"
"""Kinds of dtypes that are numbers; ml_dtypes' own are of kind V."""


@final
@dataclass(frozen=True, slots=True)
class Columns:
    """Arrays of equal length, and how a batch of their rows is handed out."""

    arrays: tuple[np.ndarray, ...]
    tree: Any
    rows: int
    is_single: bool

    def take(self, rows: Any) -> Any:
        """These rows: one array (or tree) where there is one column, else a tuple."""
        columns = unflatten(self.tree, [array[rows] for array in self.arrays])
        return columns[0] if self.is_single else columns


@final
@dataclass(frozen=True, slots=True)
class Windows:
    """Pieces of a long sequence, and the same pieces one place later."""

    sequence: np.ndarray
    window: int
    starts: np.ndarray

    @property
    def rows(self) -> int:
        """How many pieces there are."""
        return len(self.starts)

    def take(self, rows: Any) -> tuple[np.ndarray, np.ndarray]:
        """`(x, y)`, each [rows, window, ...]; y is what follows at each place of x."""
        starts = self.starts[rows]
        first = np.arange(self.window)
        places = starts[:, None] + first
        return self.sequence[places], self.sequence[places + 1]


Rows = Columns | Windows


def columns_of(name: str, arrays: Sequence[Any]) -> Columns:
    """The columns; raises `ShapeError` where lengths differ, `ArgumentError` where there are
    none.
    """
    if not arrays:
        raise ArgumentError(f"{name}: no arrays were given", hint=f"{name}(x, y, batch_size=32)")
    made = [_column(name, x, i) for i, x in enumerate(arrays)]
    leaves, tree = flatten(tuple(made))
    found = [_array(name, leaf) for leaf in leaves]
    if not found:
        raise ArgumentError(f"{name}: the data holds no array", hint="give at least one array")
    lengths = [len(x) for x in found]
    if len(set(lengths)) > 1:
        raise ShapeError(
            f"{name}: the arrays have {_listed(lengths)} rows",
            hint="arrays of one data set have one row for each example",
        )
    return Columns(tuple(found), tree, lengths[0], len(arrays) == 1)


def windows_of(name: str, arrays: Sequence[Any], window: int, stride: int | None) -> Windows:
    """The pieces of one sequence; by default they lie side by side, so that each place is
    predicted once.
    """
    columns = columns_of(name, arrays)
    if len(columns.arrays) != 1:
        raise ArgumentError(
            f"{name}: window= cuts one sequence, and {len(columns.arrays)} arrays were given",
            hint="without window= rows of several arrays stay together",
        )
    width = positive(name, "window", window)
    step = width if stride is None else positive(name, "stride", stride)
    sequence = columns.arrays[0]
    if len(sequence) <= width:
        raise ShapeError(
            f"{name}: a window of {width} and the place after it do not fit into "
            f"a sequence of {len(sequence)}",
            hint=f"window= at most {max(len(sequence) - 1, 0)}",
        )
    return Windows(sequence, width, np.arange(0, len(sequence) - width, step))


def positive(name: str, what: str, value: Any, least: int = 1) -> int:
    """An integer of at least one, or of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ArgumentError(
            f"{name}: {what} is {value!r}", hint=f"{what} is an integer, {least} or more"
        )
    return int(value)


def _column(name: str, x: Any, i: int) -> Any:
    """A list as the array it stands for; refuses a list of arrays, which could be rows or
    columns.
    """
    if isinstance(x, Mapping) or not isinstance(x, list | tuple):
        return x
    if any(np.ndim(item) for item in x if not isinstance(item, list | tuple)):
        raise ArgumentError(
            f"{name}: argument {i} is a {type(x).__name__} of {len(x)} arrays",
            hint="columns are given one by one, rows by np.stack",
        )
    try:
        return np.asarray(x)
    except ValueError as error:
        raise ShapeError(
            f"{name}: argument {i} is a list of rows of different lengths", hint="pad them first"
        ) from error


def _array(name: str, x: Any) -> np.ndarray:
    if isinstance(x, np.ma.MaskedArray):
        raise DtypeError(
            f"{name}: a masked array, whose mask batches would lose", hint="fill it first"
        )
    try:
        array = x if isinstance(x, np.ndarray) else np.asarray(x)
    except GradloomError:
        raise
    except (TypeError, ValueError, RuntimeError) as error:
        raise DtypeError(f"{name}: {type(x).__name__} is no array: {error}") from error
    if array.dtype.kind not in _KINDS or array.dtype.names is not None:
        raise DtypeError(
            f"{name}: an array of {array.dtype} has no numbers", hint="encode it as numbers first"
        )
    if array.ndim == 0:
        raise ShapeError(f"{name}: a single number has no rows", hint="give an array")
    return array


def _listed(lengths: Sequence[int]) -> str:
    return ", ".join(map(str, lengths[:-1])) + f" and {lengths[-1]}"
