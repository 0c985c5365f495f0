"""Rows: values that are one position of an array along one axis, as `x[i]` leaves them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Node, Operand, Value
from gradloom.ir.types import TensorType


class Row(NamedTuple):
    """`array[..., at, ...]`, the position standing at `axis`."""

    array: Operand
    axis: int
    at: int


Rows = dict[Value, Row]


def rows_of(graph: Graph, least: int) -> tuple[Rows, set[Node]]:
    """The rows that the graph takes of arrays, at least `least` of one, and the nodes that only
    take them. (Of few rows, as in `y[0] + y[1]` of a carried y, the body is made.)
    """
    slices = [node for node in graph.nodes if node.op is o.slice]
    cuts = {node.result: cut for node in slices if (cut := _cut(node)) is not None}
    uses: dict[Operand, list[Node | None]] = {x: [] for x in cuts}
    for node in graph.nodes if cuts else ():
        for x in node.operands:
            if x.__class__ is Value and x in cuts:
                uses[x].append(node)
    for r in graph.results:
        if r.__class__ is Value and r in cuts:
            uses[r].append(None)
    rows: Rows = {}
    takers: set[Node] = set()
    by_array: dict[tuple[Operand, int], dict[int, list[Node]]] = {}
    for x, cut in cuts.items():
        users = [u for u in uses[x] if u is not None and u.op is o.reshape]
        wanted = _without(x.type, cut.axis)
        whole = users and len(users) == len(uses[x])
        if whole and all(u.result.type is wanted for u in users):
            assert x.node is not None
            rows.update((u.result, cut) for u in users)
            by_array.setdefault((cut.array, cut.axis), {}).setdefault(cut.at, []).append(x.node)
            takers.update([x.node, *users])
    for positions in by_array.values():
        if len(positions) < least:
            few = [n for cuts in positions.values() for n in cuts]
            few += [u for n in few for u in uses[n.result] if u is not None]
            takers.difference_update(few)
            for n in few:
                for r in n.results:
                    rows.pop(r, None)
    return rows, takers


def _cut(node: Node) -> Row | None:
    """What a slice takes, when that is one position of one axis and all of the others."""
    attrs, x = node.attrs, node.operands[0]
    bounds = zip(attrs.start, attrs.stop, x.type.shape, strict=True)  # type: ignore[union-attr]
    part = [i for i, (start, stop, d) in enumerate(bounds) if not (start == 0 and stop == d)]
    if len(part) != 1 or any(step != 1 for step in attrs.step):  # type: ignore[union-attr]
        return None
    axis = part[0]
    start, stop = attrs.start[axis], attrs.stop[axis]  # type: ignore[union-attr]
    if not isinstance(start, int) or not isinstance(stop, int) or stop != start + 1:
        return None
    return Row(x, axis, start)


def _without(type: TensorType, axis: int) -> TensorType:
    return type.with_shape([d for i, d in enumerate(type.shape) if i != axis])


def take(row: Row) -> Operand:
    """The row, by a slice and a reshape in the builder in scope."""
    cut = _slice(row.array, row.axis, row.at, row.at + 1, 1)
    result: Operand = o.reshape(cut, shape=_without(cut.type, row.axis).shape)
    return result


def rows_in(column: Sequence[Operand], rows: Rows) -> list[Row] | None:
    """The column's rows, when all of it are rows."""
    found = [rows[x] for x in column if isinstance(x, Value) and x in rows]
    return found if len(found) == len(column) else None


def progression(rows: Sequence[Row]) -> int | None:
    """The step between the rows, when they are of one array and equally far apart; never 0."""
    first, second = rows[0], rows[1]
    step = second.at - first.at
    regular = all(
        r.array is first.array and r.axis == first.axis and r.at == first.at + i * step
        for i, r in enumerate(rows)
    )
    return step if regular and step else None


def stepped(rows: Sequence[Row]) -> Operand | None:
    """An array whose leading axis steps through the rows, without a copy; None when there is
    none.
    """
    step = progression(rows)
    if step is None:
        return None
    array, axis, _ = rows[0]
    low, high = min(rows[0].at, rows[-1].at), max(rows[0].at, rows[-1].at)
    if low or abs(step) != 1 or high + 1 != array.type.shape[axis]:
        array = _slice(array, axis, low, high + 1, abs(step))
    if step < 0:
        array = o.flip(array, axes=(axis,))
    return leading(array, axis)


def leading(array: Operand, axis: int) -> Operand:
    """The array with this axis in front."""
    perm = (axis, *[i for i in range(array.type.ndim) if i != axis])
    result: Operand = o.permute_dims(array, perm=perm) if axis else array
    return result


def _slice(x: Operand, axis: int, start: int, stop: int, step: int) -> Operand:
    shape = x.type.shape
    at = range(len(shape))
    result: Operand = o.slice(
        x,
        start=tuple(start if i == axis else 0 for i in at),
        stop=tuple(stop if i == axis else shape[i] for i in at),
        step=tuple(step if i == axis else 1 for i in at),
    )
    return result


STACKED: Final = 65_536
"""Elements up to which different arrays are stacked to be stepped along: it copies them at every
call, which larger weights do not repay.
"""
