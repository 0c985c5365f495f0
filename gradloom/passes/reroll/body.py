"""What each operand of a repeated body is: inside, the same every time, carried, or stepped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.graph import Literal, Node, Operand, Value, literal
from gradloom.ir.ops.rules import INDEX
from gradloom.ir.types import tensor_type
from gradloom.passes.reroll.line import Line
from gradloom.passes.reroll.periods import Run
from gradloom.passes.reroll.rows import STACKED, Rows, progression, rows_in

T = TypeVar("T")
Slot = tuple[int, int]
"""A node of the period and which of its results."""
Source = Literal | tuple[str, int | Slot]
"""A literal, or ("inside", slot), ("const", i), ("carry", i), ("xs", i)."""
LAGS: Final = 4
"""Steps that a step may read back: each is one more value to carry."""


@final
@dataclass(slots=True)
class Body:
    """One period: `reads[slot]` says where that node's operands come from, `starts[slot]` where a
    slice that moves from step to step begins along each axis. What is carried is a result of the
    step before, or (by its number) what that step carried.
    """

    run: Run
    nodes: Sequence[Node]
    reads: list[tuple[Source, ...]] = field(default_factory=list)
    starts: dict[int, tuple[Source, ...]] = field(default_factory=dict)
    consts: list[Operand] = field(default_factory=list)
    carry: list[tuple[Operand, Slot | int]] = field(default_factory=list)
    xs: list[tuple[Operand, ...]] = field(default_factory=list)


def understand(line: Line, rows: Rows, run: Run, rolled: set[int]) -> Body | None:
    """The body that the run repeats; None when its periods differ by more than a loop can say.

    What is made at the places in `rolled` becomes rows of another loop, and is due next time.
    """
    body = Body(run, line.nodes[run.start : run.start + run.length])
    made = line.made[line.first[run.start] : line.first[run.stop]].reshape(run.times, -1)
    here = (made[0] >= run.start) & (made[0] < run.start + run.length)
    moved = made - run.length * np.arange(run.times)[:, None]
    inside = (here & (moved == made[0]).all(axis=0)).tolist()  # made by the same node each time
    places = made[0].tolist()
    operand = 0
    for slot, node in enumerate(body.nodes):
        sources: list[Source | None] = []
        for i in range(len(node.operands)):
            place = places[operand] - run.start
            if inside[operand] and len(body.nodes[place].results) == 1:
                sources.append(("inside", (place, 0)))
            else:
                sources.append(_source(body, line, rows, slot, i, made[:, operand]))
            operand += 1
        known = [s for s in sources if s is not None]
        if len(known) < len(sources) or not _moves(body, line, slot):
            return None
        body.reads.append(tuple(known))
    waits = any(line.place(x) in rolled for xs in body.xs for x in xs if isinstance(x, Value))
    return None if waits else body


def _source(
    body: Body, line: Line, rows: Rows, slot: int, which: int, made: np.ndarray
) -> Source | None:
    """Where operand `which` of this node of every period comes from, made at these places."""
    run = body.run
    at = slice(run.start + slot, run.stop, run.length)
    last = int(made[-1])
    if not run.start <= last < run.stop:
        column = tuple([node.operands[which] for node in line.nodes[at]])
        one = column[0]
        if all(x is one for x in column):  # most often, and quickly told
            column = (one,)
        if isinstance(one, Literal) and all(x == one for x in column):
            return one
        if all(_outside(x, line, rows, run) for x in column):
            return _from_outside(body, column, rows)
        return None
    period, place = divmod(last - run.start, run.length)
    lag = run.times - 1 - period
    due = run.start + place + run.length * np.arange(-lag, run.times - lag)
    if lag > min(LAGS, run.times - 2) or not (made[lag:] == due[lag:]).all():
        return None
    single = len(line.nodes[last].results) == 1
    if single and not lag:
        return ("inside", (place, 0))
    column = tuple([node.operands[which] for node in line.nodes[at]])
    indices = {0} if single else {x.index for x in column[lag:] if isinstance(x, Value)}
    if len(indices) > 1 or not all(_outside(x, line, rows, run) for x in column[:lag]):
        return None
    read = (place, indices.pop())
    return ("carry", _carried(body, read, column[:lag])) if lag else ("inside", read)


def _carried(body: Body, slot: Slot, firsts: tuple[Operand, ...]) -> int:
    """The number of what is carried for as many steps as there are first values, oldest first."""
    source: Slot | int = slot
    for first in reversed(firsts):
        source = _number(body.carry, (first, source))
    assert isinstance(source, int)
    return source


def _moves(body: Body, line: Line, slot: int) -> bool:
    """Note how a slice moves from step to step; whether a loop can say it."""
    run = body.run
    if body.nodes[slot].op is not o.slice:
        return True
    attrs: list[Any] = [n.attrs for n in line.nodes[run.start + slot : run.stop : run.length]]
    if all(a == attrs[0] for a in attrs):
        return True
    starts: list[Source] = []
    for numbers in zip(*[a.start for a in attrs], strict=True):
        if not all(isinstance(n, int) for n in numbers):
            return False
        column = tuple([literal(n, tensor_type(INDEX, ())) for n in numbers])
        same = all(n == numbers[0] for n in numbers)
        starts.append(column[0] if same else ("xs", _number(body.xs, column)))
    body.starts[slot] = tuple(starts)
    return all(step == 1 for step in attrs[0].step)


def _outside(x: Operand, line: Line, rows: Rows, run: Run) -> bool:
    """Whether it is there before the run begins (a row: its array)."""
    source: Operand = x
    while isinstance(source, Value) and source in rows:
        source = rows[source].array
    if isinstance(source, Literal) or source.node is None or source.node.op is o.constant:
        return True
    return line.places.get(source, run.stop) < run.start


def _from_outside(body: Body, column: tuple[Operand, ...], rows: Rows) -> Source | None:
    first = column[0]
    if all(x is first or _is_same(x, first, rows) for x in column):
        return ("const", _number(body.consts, first))
    if not _pays(column, rows, body.run.layers):
        return None
    return ("xs", _number(body.xs, column))


def _is_same(x: Operand, y: Operand, rows: Rows) -> bool:
    """Whether both are the same row of an array, or constants of the same content."""
    if not isinstance(x, Value) or not isinstance(y, Value):
        return False
    if x in rows and y in rows:
        return rows[x] == rows[y]
    a, b = x.node, y.node
    return a is not None and b is not None and a.op is b.op is o.constant and a.attrs == b.attrs


def _pays(column: tuple[Operand, ...], rows: Rows, layers: int) -> bool:
    """Whether these are numbers, rows in order, or arrays small enough to be stacked (those of all
    layers).
    """
    if all(isinstance(x, Literal) for x in column):
        return column[0].type.dtype.kind != "V"
    taken = rows_in(column, rows)
    if taken is not None and progression(taken) is not None:
        return True
    sizes = column[0].type.shape
    elements = layers * len(column)
    for d in sizes:
        if not isinstance(d, int):
            return False
        elements *= d
    return elements <= STACKED


def _number(items: list[T], item: T) -> int:
    """The item's number in the list, where it is put if it is new."""
    for i, known in enumerate(items):
        if known == item:
            return i
    items.append(item)
    return len(items) - 1
