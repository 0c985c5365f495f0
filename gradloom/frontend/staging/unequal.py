"""Lists that two ways leave with different lengths, as one with a traced length."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol, final

from gradloom.frontend.growing import (
    NONE,
    Growing,
    Grown,
    Roots,
    Shape,
    State,
    grown,
    keep_still,
)
from gradloom.frontend.staging.ends import Ends, Leaf, as_type, common
from gradloom.frontend.staging.regions import Region
from gradloom.frontend.staging.rows import COUNT, capacity, nothing, padded, roots_of
from gradloom.frontend.staging.structure import Structure
from gradloom.frontend.staging.twins import note_twin
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Kind, Tracer
from gradloom.ir import ops as o
from gradloom.ir.graph import Operand, literal
from gradloom.ir.types import TensorType, tensor_type

_LISTS: Final = (list, Growing, Grown)


class Chooser(Protocol):
    """What makes one of two operands, by the way that was taken."""

    regions: tuple[Region, Region]

    def add(self, a: Operand, b: Operand, type: TensorType) -> int:
        """The number of the result that chooses between these."""


@final
@dataclass(frozen=True, slots=True)
class Side:
    """A list at the end of one way: the structure of its items (None: it has none), and either
    their leaves column by column or rows.
    """

    tree: Any
    columns: tuple[Sequence[Leaf] | Operand, ...]
    types: tuple[TensorType, ...]
    kinds: tuple[Kind, ...]
    count: Operand
    least: int
    most: int
    roots: Roots


def side_of(ends: Ends) -> Side | None:
    """A list at the end of a way; None for other things, and for items that have no common type."""
    if ends.state is not None:
        return _of_state(ends, ends.state)
    if type(ends.raw) not in _LISTS or ends.tree is None or isinstance(ends.tree, Structure):
        return None
    trees = ends.tree.children()
    count = literal(len(trees), COUNT)
    if not trees:
        return Side(None, (), (), (), count, 0, 0, NONE)
    if any(tree != trees[0] for tree in trees) or _is_open(trees[0]):
        return None
    width = trees[0].num_leaves
    columns = [ends.leaves[i::width] for i in range(width)]
    agreed = [_agreed(column) for column in columns]
    present = [x for x in agreed if x is not None]
    if len(present) < len(agreed) or not present:
        return None
    types, kinds = zip(*present, strict=True)
    n = len(trees)
    return Side(trees[0], tuple(columns), types, kinds, count, n, n, roots_of(ends.leaves))


def _is_open(tree: Any) -> bool:
    """Whether an item may be changed in place: only tuples hold what a list keeps copies of."""
    return tree.type is not None and (
        not issubclass(tree.type, tuple) or any(map(_is_open, tree.children()))
    )


def _of_state(ends: Ends, state: State) -> Side:
    *rows, count = [leaf.held for leaf in ends.leaves]
    types = tuple([tensor_type(r.type.dtype, r.type.shape[1:]) for r in rows])
    shape = state.shape
    return Side(
        shape.tree, tuple(rows), types, shape.kinds, count, shape.least, shape.most, shape.roots
    )  # fmt: skip


def _agreed(column: Sequence[Leaf]) -> tuple[TensorType, Kind] | None:
    like = column[0]
    for leaf in column:
        agreed = common(like, leaf)
        if agreed is None:
            return None
        like = Leaf(None, literal(0, agreed[0]), agreed[1])
    return like.type, like.kind


# ---- both ways -----------------------------------------------------------------------------------


def unequal(
    choices: Chooser, a: Ends, b: Ends, is_content: bool
) -> Callable[[Sequence[Operand]], Any] | None:
    """What makes a list of which the length is chosen too; None where the two are no such lists.

    `is_content`: the ends are what one list holds, which the maker gives.
    """
    one, other = side_of(a), side_of(b)
    if one is None or other is None or (one.tree is None and other.tree is None):
        return None
    like = one if one.tree is not None else other
    kinds: list[Kind] = []
    types: list[TensorType] = []
    for i in range(len(like.kinds)):
        agreed = _both(one, other, i)
        if agreed is None:
            return None
        types.append(agreed[0])
        kinds.append(agreed[1])
    if one.tree is not None and other.tree is not None and one.tree != other.tree:
        return None
    most = max(one.most, other.most)
    size = max(capacity(most), *[rows_held(side) for side in (one, other)])
    numbers = []
    for i, type in enumerate(types):
        whole = tensor_type(type.dtype, (size, *type.shape))
        made = []
        for region, side in zip(choices.regions, (one, other), strict=True):
            with recorded_in(region):
                made.append(rows_in(side, i, whole))
        numbers.append(choices.add(made[0], made[1], whole))
    count = choices.add(one.count, other.count, COUNT)
    shape = Shape(
        like.tree, tuple(kinds), min(one.least, other.least), most,
        Roots((*one.roots, *other.roots)),
    )  # fmt: skip

    def maker(chosen: Sequence[Operand]) -> Any:
        trace = require_trace()
        keep_still(shape.roots)
        rows = tuple([Tracer(trace, chosen[n]) for n in numbers])
        state = State(rows, Tracer(trace, chosen[count], "weak"), shape)
        if is_content:
            return state
        whole = grown(state)
        note_twin(whole, (a.raw, b.raw))
        return whole

    return maker


def _both(one: Side, other: Side, i: int) -> tuple[TensorType, Kind] | None:
    sides = [side for side in (one, other) if side.tree is not None]
    if any(len(side.kinds) != len(sides[0].kinds) for side in sides):
        return None
    leaves = [Leaf(None, literal(0, side.types[i]), side.kinds[i]) for side in sides]
    return common(leaves[0], leaves[-1])


def rows_held(side: Side) -> int:
    """How many rows a list is kept in; 0 where it is not."""
    rows = [x for x in side.columns if not isinstance(x, tuple | list)]
    return int(rows[0].type.shape[0]) if rows else 0  # type: ignore[union-attr]


def rows_in(side: Side, i: int, whole: TensorType) -> Operand:
    """A column of the list in as many rows as there may be, zeros after the last item."""
    if side.tree is None:
        return nothing(whole)
    column: Any = side.columns[i]
    item = tensor_type(whole.dtype, whole.shape[1:])
    if not isinstance(column, tuple | list):
        rows = tensor_type(whole.dtype, column.type.shape)
        return padded(as_type(column, rows), int(whole.shape[0]))
    parts = [
        o.reshape(as_type(leaf.held, item), shape=(1, *item.shape)) for leaf in column
    ]  # fmt: skip
    stacked = o.concatenate(*parts, axis=0) if len(parts) > 1 else parts[0]
    return padded(stacked, int(whole.shape[0]))


@contextmanager
def recorded_in(region: Region) -> Iterator[None]:
    """Record at the end of a region that was closed."""
    region.open()
    try:
        yield
    finally:
        region.close()
