"""The items of a list as arrays with one row for each, so that a traced number can say which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.asserted import require
from gradloom.frontend.growing import Roots
from gradloom.frontend.numpy.lift import Array, lift
from gradloom.frontend.numpy.views import root_of
from gradloom.frontend.signature import flatten, unflatten
from gradloom.frontend.staging.ends import Leaf, as_type, common, leaf_of
from gradloom.frontend.staging.sharing import Family
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Kind, Tracer
from gradloom.ir import ops as o
from gradloom.ir.graph import Operand, literal
from gradloom.ir.ops.rules import broadcast
from gradloom.ir.types import TensorType, tensor_type

COUNT: Final = tensor_type(np.dtype(np.int64), ())
_FIRST: Final = 8
"""Rows that a list begins with, at least; from there on they double."""


@final
@dataclass(frozen=True, slots=True)
class Column:
    """One leaf of every item, in rows; `leaves`: the ones that they were made of."""

    rows: Array
    kind: Kind
    leaves: tuple[Leaf, ...]


@final
@dataclass(frozen=True, slots=True)
class Rows:
    """The leaves of items of one structure."""

    tree: Any
    columns: tuple[Column, ...]

    def at(self, i: Any, family: Family | None = None) -> Any:
        """The item of a number, which is in range."""
        trace, family = require_trace(), family or Family()
        made = [
            family.made(lift(c.rows[i]).here(trace), c.kind, c.leaves) for c in self.columns
        ]  # fmt: skip
        return unflatten(self.tree, made)

    def items(self, order: Sequence[Any] | Array) -> list[Any]:
        """As many items as there are numbers, of these numbers."""
        family = Family()
        moved = Rows(
            self.tree, tuple([Column(c.rows[order], c.kind, c.leaves) for c in self.columns])
        )
        return [moved.at(i, family) for i in range(len(order))]


def rows_of(items: Sequence[Any]) -> Rows | None:
    """The items in rows; None where they have no common structure, shapes and dtypes."""
    flat = [flatten(x) for x in items]
    if not flat or any(tree != flat[0][1] for _, tree in flat):
        return None
    columns = [_column(leaves) for leaves in zip(*[row for row, _ in flat], strict=True)]
    present = tuple([column for column in columns if column is not None])
    return Rows(flat[0][1], present) if len(present) == len(columns) else None


def _column(given: Sequence[Any]) -> Column | None:
    """Numbers or arrays in rows; None where they have no common type."""
    trace = require_trace()
    leaves = [leaf_of(x, trace) for x in given]
    like = leaves[0]
    for leaf in leaves:
        agreed = common(like, leaf)
        if agreed is None:
            return None
        like = Leaf(None, literal(0, agreed[0]), agreed[1])
    parts = [Tracer(trace, as_type(leaf.held, like.type)) for leaf in leaves]
    return Column(lift(np.stack(parts)), like.kind, tuple(leaves))


# ---- positions -----------------------------------------------------------------------------------


def is_unknown(i: Any) -> bool:
    """Whether an index is traced and not known; one that is no integer is left to Python."""
    if type(i) is not Tracer or i.ndim or i.dtype.kind not in "iu":
        return False
    return require_trace().constant_of(i) is None


def counted(i: Any, n: Any) -> Any:
    """An index from the front: `i + n` where it is negative."""
    return np.where(i < 0, np.add(i, n), i)


def held_place(i: Any, n: Any, what: str) -> Any:
    """An index from the front; an IndexError when the program runs where there is no such item."""
    place = counted(i, n)
    inside = np.logical_and(np.greater_equal(place, 0), np.less(place, n))
    require(inside, f"{what} index out of range", "IndexOutOfRange")
    return place


def clamped(i: Any, n: Any) -> Any:
    """Where `insert` puts an item."""
    return np.minimum(np.maximum(counted(i, n), 0), n)


# ---- more rows than items -----------------------------------------------------------------------


def capacity(most: int) -> int:
    """How many rows are kept for so many items."""
    size = _FIRST
    while size < most:
        size *= 2
    return size


def padded(rows: Operand, size: int) -> Operand:
    """The rows, and zeros up to a size."""
    have, *rest = rows.type.shape
    if have == size:
        return rows
    more = tensor_type(rows.type.dtype, (size - int(have), *rest))
    made: Operand = o.concatenate(rows, nothing(more), axis=0)
    return made


def nothing(type: TensorType) -> Operand:
    """Zeros."""
    return broadcast(literal(0, tensor_type(type.dtype, ())), type.shape)


def roots_of(leaves: Sequence[Leaf]) -> Roots:
    """The traced arrays whose memory these have."""
    return Roots([root_of(leaf.root) for leaf in leaves if leaf.root is not None])
