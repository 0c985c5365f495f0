"""Arrays that a loop writes row by row, `out[t] = h`, and never reads: they are what it stacks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gradloom.ir import ops as o
from gradloom.ir.graph import Literal, Operand
from gradloom.passes.reroll.body import Body, Slot, Source


class Store(NamedTuple):
    """A slot that writes `value` into `array`, side by side along `axis`: the first step at the
    low end, or (`backwards`) at the high one.
    """

    slot: int
    value: Source
    array: Operand
    axis: int
    starts: tuple[Operand, ...]
    backwards: bool


def stores_of(body: Body, last: Sequence[Slot]) -> list[Store]:
    """The stores whose array is used after the last step only; the body carries their arrays
    unchanged from here on, and computes them no more.
    """
    found = [_store(body, slot) for slot, index in last if index == 0]
    stores = [store for store in found if store is not None]
    for store in stores:
        carried = body.reads[store.slot][0]
        assert not isinstance(carried, Literal)
        number = carried[1]
        assert isinstance(number, int)
        body.carry[number] = (store.array, number)
        body.reads[store.slot] = ()
    return stores


def _store(body: Body, slot: int) -> Store | None:
    node, reads = body.nodes[slot], body.reads[slot]
    if node.op is not o.dynamic_update_slice or isinstance(reads[0], Literal):
        return None
    kind, number = reads[0]
    if kind != "carry" or not isinstance(number, int) or body.carry[number][1] != (slot, 0):
        return None
    if not _is_alone(body, slot, number):
        return None
    moving = [i for i, start in enumerate(reads[2:]) if not isinstance(start, Literal)]
    if len(moving) != 1:
        return None
    axis = moving[0]
    places = _places(body, reads[2 + axis])
    width = node.operands[1].type.shape[axis]
    size = node.operands[0].type.shape[axis]
    if places is None or not isinstance(width, int) or not isinstance(size, int):
        return None
    step = places[1] - places[0]
    even = all(p == places[0] + i * step for i, p in enumerate(places))
    low, high = min(places), max(places)
    if not even or abs(step) != width or low < 0 or high + width > size:
        return None
    start = node.operands[2 + axis].type
    first = [Literal(start.dtype.type(low), start) if i == axis else s
             for i, s in enumerate(reads[2:])]  # fmt: skip
    starts = tuple([s for s in first if isinstance(s, Literal)])
    return Store(slot, reads[1], body.carry[number][0], axis, starts, step < 0)


def _is_alone(body: Body, slot: int, number: int) -> bool:
    """Whether nothing else in the body reads the array, before or after the store."""
    reads = [s for i, sources in enumerate(body.reads) for j, s in enumerate(sources)
             if (i, j) != (slot, 0)]  # fmt: skip
    reads += [s for sources in body.starts.values() for s in sources]
    carried = [s for i, (_, s) in enumerate(body.carry) if i != number]
    own: Source = ("carry", number)
    return (
        own not in reads
        and ("inside", (slot, 0)) not in reads
        and number not in carried
        and (slot, 0) not in carried
    )


def _places(body: Body, start: Source) -> list[int] | None:
    """The numbers that a start steps through."""
    assert not isinstance(start, Literal)
    kind, number = start
    if kind != "xs" or not isinstance(number, int):
        return None
    column = body.xs[number]
    numbers = [int(x.value) for x in column if isinstance(x, Literal)]
    return numbers if len(numbers) == len(column) else None


def assembled(store: Store, array: Operand, stacked: Operand) -> Operand:
    """The array after all stores, from the values that the loop stacked."""
    rows: Operand = o.flip(stacked, axes=(0,)) if store.backwards else stacked
    steps, *sizes = rows.type.shape
    axis = store.axis
    if axis:
        rest = range(axis + 1, len(sizes) + 1)
        rows = o.permute_dims(rows, perm=(*range(1, axis + 1), 0, *rest))
    sizes[axis] = steps * sizes[axis]
    rows = o.reshape(rows, shape=tuple(sizes))
    if rows.type == array.type:
        return rows
    result: Operand = o.dynamic_update_slice(array, rows, *store.starts)
    return result
