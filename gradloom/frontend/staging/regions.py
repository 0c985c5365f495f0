"""A stretch of a trace that is recorded apart: the branch of an `if`, the turn of a loop.

Its nodes go into a builder of its own. What Python changes meanwhile (arrays written in place,
lists, attributes) is noted before, and put back when the region is closed: the next region starts
from the same state, and the changes become results of the `cond` or `while` that is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.growing import Grown
from gradloom.frontend.staging.places import (
    CONTENT,
    MISSING,
    Handle,
    Place,
    attribute,
    content,
    elements,
)  # fmt: skip
from gradloom.frontend.trace import Trace
from gradloom.frontend.tracer import Tracer
from gradloom.ir import build
from gradloom.ir.errors import TraceError
from gradloom.ir.graph import Graph, Node, Operand, Value
from gradloom.ir.location import user_location
from gradloom.passes.effects import has_effect

_DEEPEST: Final = 60
"""Regions inside each other; a recursion that a traced value ends would open them for ever."""


@final
class Region:
    """A builder on top of its trace's, and what has been changed since it was opened."""

    __slots__ = ("builder", "fact", "outer", "places", "raised", "repeats", "trace")

    def __init__(
        self, trace: Trace, repeats: bool = False, fact: tuple[Operand, bool] | None = None
    ) -> None:
        """`repeats`: it is the turn of a loop. `fact`: a condition, and whether it holds in it."""
        if len(trace.regions) >= _DEEPEST:
            raise TraceError(
                f"{_DEEPEST} branches on traced values inside each other: a recursion that such a "
                "value ends cannot be traced",
                location=user_location(), hint="write it as a loop, or make the depth a number",
            )  # fmt: skip
        self.trace = trace
        self.repeats = repeats
        self.fact = fact
        self.outer = trace.builder
        self.builder = build.Builder()
        self.builder.location = self.outer.location
        self.places: dict[tuple[int, str], Place | Handle] = {}
        self.raised: BaseException | None = None
        self.open()

    def open(self) -> None:
        """Record into it."""
        self.trace.opened = True
        if self.trace.converter is not None:
            self.trace.converter.stir()
        self.trace.regions.append(self)
        self._record_into(self.builder)

    def _record_into(self, builder: build.Builder) -> None:
        self.trace.builder = builder
        build.switch(builder)

    def close(self) -> None:
        """Record into what is around it again; regions still open inside it are left."""
        regions = self.trace.regions
        if self in regions:
            del regions[regions.index(self) :]
            self._record_into(self.outer)

    def note(self, x: Tracer) -> None:
        """Keep how a traced array is, before it is changed."""
        if (id(x), "") not in self.places and self.is_from_outside(x):
            self.places[id(x), ""] = Handle(x)

    def note_place(self, place: Place) -> None:
        """Keep what stands in a list or an attribute, before it is changed."""
        self.places.setdefault(place.key, place)

    def note_content(self, owner: Any) -> None:
        """Keep what a list, dict, set, deque or plain array holds, before it is changed."""
        if (id(owner), CONTENT) not in self.places:
            place = elements(owner) if type(owner) is np.ndarray else content(owner)
            if type(owner) is dict:
                self._take_back(place)
            self.note_place(place)

    def _take_back(self, place: Place) -> None:
        """Let the content of an object's `__dict__` be what it was, where some of its attributes
        have been changed before.
        """
        for (_, name), other in self.places.items():
            if name == CONTENT or not isinstance(other, Place):
                continue
            if getattr(other.owner, "__dict__", None) is place.owner:
                place.saved.pop(name, None)
                if other.saved is not MISSING:
                    place.saved[name] = other.saved

    def note_attribute(self, owner: Any, name: str) -> None:
        """Keep what an attribute holds, before it is changed."""
        whole = id(getattr(owner, "__dict__", None)), CONTENT
        if (id(owner), name) not in self.places and whole not in self.places:
            place = attribute(owner, name)
            if place is not None:
                self.note_place(place)

    def is_from_outside(self, x: Tracer) -> bool:
        """Whether the array was there before the region was opened."""
        return any(x.born is b for b in self.trace.builders() if b is not self.builder)

    def has_made(self, held: Any, around: frozenset[int] = frozenset()) -> bool:
        """Whether values of this region stand in what a container held before its first change, so
        that it was made here as well.
        """
        if type(held) is Tracer:
            return held.born is self.builder
        if not isinstance(held, tuple | list | dict) or type(held) is Grown or id(held) in around:
            return False
        around |= {id(held)}
        noted = self.places.get((id(held), CONTENT))
        if isinstance(noted, Place):
            return self.has_made(noted.saved, around)
        parts = held.values() if isinstance(held, dict) else held
        return any(self.has_made(part, around) for part in parts)

    def restore(self) -> None:
        """Put everything back as it was when the region was opened."""
        for place in reversed(self.places.values()):
            place.restore()


def leave_regions(trace: Trace, depth: int) -> None:
    """Close the regions of the trace but the first `depth`, and put back what was changed there."""
    for region in reversed(trace.regions[depth:]):
        region.close()
        region.restore()


# ---- graphs --------------------------------------------------------------------------------------


def needed(nodes: Sequence[Node], results: Sequence[Operand]) -> list[Node]:
    """The nodes that these results or an effect need."""
    live: set[Operand] = set(results)
    kept: list[Node] = []
    for node in reversed(nodes):
        if has_effect(node) or not live.isdisjoint(node.results):
            live.update(node.operands)
            kept.append(node)
    return kept[::-1]


def captured(
    nodes: Sequence[Node], results: Sequence[Operand], own: Sequence[Value] = ()
) -> list[Value]:
    """The values from outside that nodes and results use, in the order of their use."""
    known: set[Operand] = {*own, *(r for node in nodes for r in node.results)}
    found: dict[Value, None] = {}
    for x in (*(x for node in nodes for x in node.operands), *results):
        if isinstance(x, Value) and x not in known:
            found[x] = None
    return list(found)


def graph_of(
    nodes: Sequence[Node], results: Sequence[Operand], parameters: Sequence[Value], name: str
) -> Graph:
    """A graph of its own, with copies of these nodes and parameters."""
    inner = tuple(Value(p.type, name=p.name) for p in parameters)
    builder = build.Builder()
    with build.scope(builder):
        made = build.inline(Graph(tuple(parameters), tuple(nodes), tuple(results)), inner)
    return Graph(inner, tuple(builder.nodes), made, name)
