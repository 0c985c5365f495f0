"""What each operand of a repeated body is: inside, the same every time, carried, or stepped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar, final

from gradloom.ir.graph import Literal, Node, Operand, Value
from gradloom.passes.reroll.periods import Places, Run
from gradloom.passes.reroll.rows import STACKED, Row, Rows, progression

T = TypeVar("T")
Slot = tuple[int, int]
"""A node of the period and which of its results."""
Source = Literal | tuple[str, int | Slot]
"""A literal, or ("inside", slot), ("const", i), ("carry", i), ("xs", i)."""


@final
@dataclass(slots=True)
class Body:
    """One period: `reads[slot]` says where that node's operands come from."""

    run: Run
    nodes: Sequence[Node]
    reads: list[tuple[Source, ...]] = field(default_factory=list)
    consts: list[Operand] = field(default_factory=list)
    carry: list[tuple[Operand, Slot]] = field(default_factory=list)
    xs: list[tuple[Operand, ...]] = field(default_factory=list)


def understand(
    nodes: Sequence[Node], places: Places, rows: Rows, run: Run, rolled: set[int]
) -> Body | None:
    """The body that the run repeats; None when its periods differ by more than a loop can say.

    What is made at the places in `rolled` becomes rows of another loop, and is due next time.
    """
    body = Body(run, nodes[run.start : run.start + run.length])
    for slot in range(run.length):
        at = range(run.start + slot, run.stop, run.length)
        columns = zip(*[nodes[i].operands for i in at], strict=True)
        sources = [_source(body, column, places, rows) for column in columns]
        if any(s is None for s in sources):
            return None
        body.reads.append(tuple(s for s in sources if s is not None))
    waits = any(places.get(x, -1) in rolled for xs in body.xs for x in xs if isinstance(x, Value))
    return None if waits else body


def _source(body: Body, column: tuple[Operand, ...], places: Places, rows: Rows) -> Source | None:
    run, first, second = body.run, column[0], column[1]
    if any(x.type != first.type for x in column):
        return None
    if isinstance(first, Literal) and all(x == first for x in column):
        return first
    inner = [_inside(x, places, run) for x in column]
    outside = [_outside(x, places, rows, run) for x in column]
    if all(outside):
        return _from_outside(body, column, rows)
    period, slot = inner[1] or (-1, (0, 0))
    if isinstance(second, Literal) or period not in (0, 1):
        return None
    lag = 1 - period
    if any(at != (i - lag, slot) for i, at in enumerate(inner) if i >= lag):
        return None
    if lag == 0:
        return ("inside", slot)
    return ("carry", _number(body.carry, (first, slot))) if outside[0] else None


def _inside(x: Operand, places: Places, run: Run) -> tuple[int, Slot] | None:
    """The period and slot that make it."""
    place = places.get(x, -1) if isinstance(x, Value) else -1
    if not run.start <= place < run.stop:
        return None
    assert isinstance(x, Value)
    period, slot = divmod(place - run.start, run.length)
    return period, (slot, x.index)


def _outside(x: Operand, places: Places, rows: Rows, run: Run) -> bool:
    """Whether it is there before the run begins (a row: its array)."""
    if isinstance(x, Literal):
        return True
    source = rows[x].array if x in rows else x
    while isinstance(source, Value) and source in rows:
        source = rows[source].array
    if isinstance(source, Literal):
        return True
    return source.node is None or places.get(source, run.stop) < run.start


def _from_outside(body: Body, column: tuple[Operand, ...], rows: Rows) -> Source | None:
    first = column[0]
    if all(x is first for x in column):
        return ("const", _number(body.consts, first))
    if not _pays(column, rows):
        return None
    return ("xs", _number(body.xs, column))


def _pays(column: tuple[Operand, ...], rows: Rows) -> bool:
    """Whether these are numbers, rows in order, or arrays small enough to be stacked."""
    if all(isinstance(x, Literal) for x in column):
        return column[0].type.dtype.kind != "V"
    taken = rows_in(column, rows)
    if taken is not None and progression(taken) is not None:
        return True
    sizes = column[0].type.shape
    elements = len(column)
    for d in sizes:
        if not isinstance(d, int):
            return False
        elements *= d
    return elements <= STACKED


def rows_in(column: Sequence[Operand], rows: Rows) -> list[Row] | None:
    """The column's rows, when all of it are rows."""
    found = [rows[x] for x in column if isinstance(x, Value) and x in rows]
    return found if len(found) == len(column) else None


def _number(items: list[T], item: T) -> int:
    """The item's number in the list, where it is put if it is new."""
    for i, known in enumerate(items):
        if known == item:
            return i
    items.append(item)
    return len(items) - 1
