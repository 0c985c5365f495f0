"""What a timeline shows, before it is placed or drawn: who did what when, and what went where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, final

from gradloom.runtime.events import Event, Role
from gradloom.runtime.fields import session_index
from gradloom.viz.timelines.spans import Span

What = Literal["calls", "fetches", "messages", "programs", "sends", "receives"]
Sign = Literal["call", "put", "join", "leave", "lost", "error", "dropped"]

BUILDING: Final = "building"
"""The kind of work of a program that is made for its backend."""
UNKNOWN: Final = "unknown"
"""The kind of work of a program of which nobody told what it does."""


@final
@dataclass(frozen=True, slots=True)
class Lane:
    """What one process does of one kind; `rows` lie side by side where that overlaps, `at_once` is
    how much did.
    """

    owner: int
    what: What
    rows: int
    at_once: int


@final
@dataclass(frozen=True, slots=True)
class Owner:
    """A client, the dispatcher or a worker; `lanes` are numbers of its lanes."""

    role: Role
    name: str
    lanes: tuple[int, ...]


class Bar(NamedTuple):
    """An event that takes time, in a row of a lane.

    A program is one bar, however many calls or ops it is made of: `parts` are the shares of its
    true length that its kinds of ops are estimated to take.
    """

    event: Event
    lane: int
    row: int
    parts: tuple[tuple[str, float], ...]

    @property
    def span(self) -> Span:
        """When it was."""
        return Span(self.event.start, self.event.end)

    @property
    def dearest(self) -> str:
        """The kind of op that most of its time goes to."""
        return self.parts[0][0] if self.parts else ""


class Mark(NamedTuple):
    """A moment in the life of an owner."""

    sign: Sign
    owner: int
    at: float
    event: Event


class Arrow(NamedTuple):
    """A value on its way from lane to lane; where only one of its ends was heard of, `source` or
    `target` is -1 and the times are those of the other.

    `is_backward` says that it arrived before it left, which clocks of two hosts can make of it.
    """

    source: int
    target: int
    left: float
    arrived: float
    bytes: int
    event: Event
    is_backward: bool = False

    @property
    def span(self) -> Span:
        """When it was on its way."""
        return Span(min(self.left, self.arrived), max(self.left, self.arrived))

    @property
    def is_whole(self) -> bool:
        """Whether both ends are known."""
        return self.source >= 0 and self.target >= 0


@final
@dataclass(frozen=True, slots=True)
class Timeline:
    """All of it, from `window.start` to `window.end`. `whole` is from the first event to the last;
    `kinds` are the kinds of ops, those that took longest first; `notes` are what one should know
    before one believes it.
    """

    name: str
    window: Span
    whole: Span
    owners: tuple[Owner, ...]
    lanes: tuple[Lane, ...]
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    arrows: tuple[Arrow, ...]
    waits: tuple[tuple[int, Span], ...]
    kinds: tuple[str, ...]
    dropped: int
    events: int
    notes: tuple[str, ...]

    def lane(self, owner: int, what: What) -> int:
        """The number of this lane of an owner; -1 where it has none."""
        return next((i for i in self.owners[owner].lanes if self.lanes[i].what == what), -1)


def parts(event: Event) -> tuple[tuple[str, float], ...]:
    """The kinds of work of an event that takes time, with their shares, which add up to 1.

    >>> parts(Event("run", "worker", "w", 0, 1, ops=(("add", 0.125), ("matmul", 0.375))))
    (('matmul', 0.75), ('add', 0.25))
    """
    if event.kind == "build":
        return ((BUILDING, 1.0),)
    if event.kind in ("run", "error"):
        known = [(kind, share) for kind, share in event.ops if 0 < share <= 1]
        total = sum(share for _, share in known)
        if total > 0:
            ordered = sorted(known, key=lambda x: -x[1])
            return tuple((kind, share / total) for kind, share in ordered)
        kind = event.command.rpartition(": ")[2].split(",")[0] if ": " in event.command else ""
        return ((kind or UNKNOWN, 1.0),)
    return ((event.command or event.kind, 1.0),)


def about(event: Event) -> str:
    """An event in a few words."""
    what = event.command or event.kind
    named = {"call": "call", "run": "call", "error": "call", "fetch": "fetch"}.get(event.kind, "")
    numbered = f" #{event.number}" if named and event.number >= 0 else ""
    whose = f", session {session_index(event.session)}" if event.session >= 0 else ""
    return f"{event.kind}: {what}{numbered}{whose}" if event.command else f"{what}{numbered}{whose}"
