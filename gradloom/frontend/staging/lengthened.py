"""Lists that get longer from turn to turn of a loop in the graph: as many rows are carried as there
may be items after the last turn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

from gradloom.frontend.growing import Roots, Shape, State, keep_still
from gradloom.frontend.staging.ends import Ends, Leaf, common, ends_of
from gradloom.frontend.staging.regions import Region
from gradloom.frontend.staging.rows import capacity
from gradloom.frontend.staging.unequal import Side, recorded_in, rows_held, rows_in, side_of
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Kind, Tracer, refuse
from gradloom.ir.graph import Operand, literal
from gradloom.ir.types import TensorType, tensor_type

_MOST: Final = 1_000_000
"""Items at most that a list may come to have in a loop; a mistake beyond it."""


@final
@dataclass(frozen=True, slots=True)
class Recorded:
    """The region in which a turn was recorded, and how many turns there are at most (None: the
    program alone knows).
    """

    region: Region
    most: int | None


def may_lengthen(first: Ends, entered: Ends, last: Ends) -> bool:
    """Whether a turn leaves a list with a length that is traced, or another one."""
    if any(x.tree is None for x in (first, entered, last)):
        return False
    sides = [side_of(x) for x in (first, entered, last)]
    if any(side is None for side in sides) or all(s is not None and s.tree is None for s in sides):
        return False
    is_traced = entered.state is not None or last.state is not None
    return is_traced or entered.tree.num_children != last.tree.num_children


def lengthened(
    first: Ends, entered: Ends, last: Ends, turns: Recorded, make: Callable[[State], Any]
) -> tuple[Ends, Ends] | None:
    """The list before the loop and after a turn, both with as many rows as there may be items after
    all turns; None where their items do not agree or nobody knows how many turns there are. `make`:
    what makes the list of what it holds.
    """
    one, begun, ended = side_of(first), side_of(entered), side_of(last)
    assert one is not None
    assert begun is not None
    assert ended is not None
    agreed = _agreed([side for side in (one, begun, ended) if side.tree is not None])
    more = max(ended.most - begun.most, 0)
    if agreed is None or (turns.most is None and more):
        return None
    most = max(one.most, begun.most, one.most + more * (turns.most or 0))
    if most > _MOST:
        return None
    keep_still(ended.roots)
    known = {id(x): x for x in (*one.roots, *ended.roots) if turns.region.is_from_outside(x)}
    least = min(one.least, begun.least) if ended.least >= begun.least else 0
    tree = next(side.tree for side in (one, begun, ended) if side.tree is not None)
    shape = Shape(tree, tuple([kind for _, kind in agreed]), least, most, Roots(known.values()))
    types, trace = [type for type, _ in agreed], require_trace()
    before = ends_of(make(_held(one, shape, types)), trace)
    with recorded_in(turns.region):
        after = ends_of(make(_held(ended, shape, types)), trace)
    return before, after


def as_state(xs: list[Any]) -> State:
    """A list whose length is known, as one that may get a traced one."""
    side = side_of(ends_of(xs, require_trace()))
    if side is None or side.tree is None:
        raise refuse(
            "a list", "it is joined with one whose length is traced, and its items are of "
            "different kinds", "make all items of one structure, shape and dtype",
        )  # fmt: skip
    keep_still(side.roots)
    shape = Shape(side.tree, side.kinds, side.least, side.most, side.roots)
    return _held(side, shape, list(side.types))


def hint_of(last: Ends) -> str:
    """What to do where a list cannot get longer."""
    if side_of(last) is None:
        return "make all its items of one structure, shape and dtype"
    return "bound the turns: a `for` through a range of as many as there may be, with a `break`"


def _agreed(sides: list[Side]) -> list[tuple[TensorType, Kind]] | None:
    """The types and kinds that the items of all these lists can have."""
    like = sides[0]
    if any(side.tree != like.tree for side in sides):
        return None
    out = []
    for i in range(len(like.kinds)):
        leaf = Leaf(None, literal(0, like.types[i]), like.kinds[i])
        for side in sides[1:]:
            agreed = common(leaf, Leaf(None, literal(0, side.types[i]), side.kinds[i]))
            if agreed is None:
                return None
            leaf = Leaf(None, literal(0, agreed[0]), agreed[1])
        out.append((leaf.type, leaf.kind))
    return out


def _held(side: Side, shape: Shape, types: list[TensorType]) -> State:
    """A list in as many rows as it may come to need."""
    trace, size = require_trace(), capacity(shape.most)
    rows = []
    for i, type in enumerate(types):
        whole = tensor_type(type.dtype, (max(size, rows_held(side)), *type.shape))
        rows.append(Tracer(trace, _first(rows_in(side, i, whole), size)))
    count = Tracer(trace, side.count, "weak")
    return State(tuple(rows), count, shape)


def _first(rows: Operand, size: int) -> Operand:
    """So many of the rows: the others hold no items."""
    if rows.type.shape[0] == size:
        return rows
    trace = require_trace()
    made: Operand = Tracer(trace, rows)[:size].here(trace)
    return made
