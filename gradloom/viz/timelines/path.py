"""What the end of a run waited for: a chain of causes from its last event back to its first.

From the last thing that a client waited for, the chain goes back: to the transfer that brought it,
to the program that ran before that left, to what that program waited for (its arguments, its turn,
its call), and so on. What belongs together by the number of a call or a transfer is known; where
no number tells (which program made the value that a worker sends), the last that was over before
on the same process stands in, as a worker runs one program after another. Each second of the chain
belongs to one link, so that the links add up to the whole.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, final

from gradloom.runtime.events import Event
from gradloom.viz.timelines.scene import Timeline
from gradloom.viz.timelines.spans import Span

Sort = Literal["program", "build", "transfer", "dispatcher", "client", "waiting"]
SORTS: Final[tuple[Sort, ...]] = (
    "program", "build", "transfer", "dispatcher", "client", "waiting",
)  # fmt: skip
_SORTS: Final[dict[str, Sort]] = {
    "run": "program", "error": "program", "build": "build", "handle": "dispatcher",
    "call": "client", "put": "client", "fetch": "waiting", "send": "transfer",
    "receive": "transfer",
}  # fmt: skip


@final
@dataclass(frozen=True, slots=True)
class Link:
    """A stretch of the chain: what took it, and at whom. `is_known` says that the next link back
    is the cause by number, not by order.
    """

    sort: Sort
    who: str
    what: str
    span: Span
    is_known: bool


@final
@dataclass(frozen=True, slots=True)
class Path:
    """The chain, the earliest link first."""

    links: tuple[Link, ...]

    @property
    def seconds(self) -> float:
        """How long the chain is."""
        return self.links[-1].span.end - self.links[0].span.start if self.links else 0.0

    @property
    def known(self) -> float:
        """The share of the chain's time whose causes are known by number."""
        known = sum(x.span.seconds for x in self.links if x.is_known)
        return known / self.seconds if self.seconds else 1.0

    def by_sort(self) -> dict[Sort, float]:
        """The seconds of each sort of link, which add up to those of the chain."""
        return {s: sum(x.span.seconds for x in self.links if x.sort == s) for s in SORTS}


class _Before(NamedTuple):
    """What led to an event: another, and whether that is sure."""

    event: Event
    is_known: bool


def critical(timeline: Timeline) -> Path:
    """The chain of causes of the last thing that was waited for in the timeline's window."""
    events = _events(timeline)
    if not events:
        return Path(())
    waited = [e for e in events if e.kind == "fetch"] or events
    last = max(waited, key=lambda e: (e.end, e.start))
    return Path(tuple(reversed(_chain(last, _Index(events), timeline.window))))


def _events(timeline: Timeline) -> list[Event]:
    window = timeline.window
    found = [b.event for b in timeline.bars]
    found += [m.event for m in timeline.marks if m.sign in ("call", "put")]
    return [e for e in found if e.start >= window.start and e.end <= window.end]


def _chain(last: Event, index: _Index, window: Span) -> list[Link]:
    links: list[Link] = []
    seen: set[int] = set()
    event, at = last, last.end
    while id(event) not in seen and at > window.start:
        seen.add(id(event))
        before = index.before(event)
        cause, is_known = (before.event, before.is_known) if before else (None, False)
        begun = _begin(event, cause)
        if begun < at:
            links.append(_link(event, Span(begun, at), is_known))
        at = min(at, begun)
        if cause is None:
            break
        if cause.end < at:  # nobody recorded anything in between
            links.append(_between(cause, event, Span(cause.end, at), is_known))
            at = cause.end
        event = cause
    return links


def _begin(event: Event, cause: Event | None) -> float:
    """Where an event's own stretch of the chain begins: waiting ends with what it waited for, and
    a transfer is one stretch from its beginning at the sender.
    """
    if event.kind == "fetch" and cause is not None:
        return max(event.start, min(cause.end, event.end))
    if event.kind == "receive" and cause is not None and cause.kind == "send":
        return min(event.end, cause.start)
    return event.start


def _link(event: Event, span: Span, is_known: bool) -> Link:
    return Link(_SORTS[event.kind], event.who, event.command or event.kind, span, is_known)


def _between(cause: Event, event: Event, span: Span, is_known: bool) -> Link:
    """Time in which nothing of the chain was recorded: the client's own program, or a message or
    a run on its way or in a queue.
    """
    if cause.role == event.role == "client" and cause.who == event.who:
        return Link("client", event.who, "between calls", span, is_known)
    what = "in its queue" if event.kind in ("run", "error", "build") else "on the way"
    return Link("waiting", event.who, what, span, is_known)


class _Index:
    """Events by what they have in common, in the order of their ends."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._lists: dict[tuple[object, ...], list[Event]] = {}
        for event in sorted(events, key=lambda e: (e.end, e.start)):
            for key in self._keys(event):
                self._lists.setdefault(key, []).append(event)
        self._ends = {key: [e.end for e in x] for key, x in self._lists.items()}

    def _keys(self, event: Event) -> Iterable[tuple[object, ...]]:
        yield event.kind, event.flow
        if event.kind == "receive":
            yield "arrived", event.who, event.session, event.value
            yield "arguments", event.who, event.session
        if event.kind in ("run", "error", "build"):
            yield "ran", event.who
        if event.kind == "handle":
            yield "handled", event.session
        if event.role == "client" and event.kind in ("call", "put", "fetch"):
            yield "did", event.who

    def before(self, event: Event) -> _Before | None:
        """What led to this event, if anything is known or can be inferred."""
        match event.kind:
            case "fetch":
                arrived = self._last(event.end, "arrived", event.who, event.session, event.value)
                return _first(arrived, True) or _first(self._last(event.start, "did", event.who))
            case "receive":
                left = self._last(math.inf, "send", event.flow)  # it may end after it has arrived
                return _first(left, True) or _first(
                    self._last(event.start, "handled", event.session)
                )
            case "send":
                return _latest(
                    self._last(event.start, "ran", event.who),
                    self._last(event.start, "handled", event.session),
                    self._last(event.start, "did", event.who),
                )
            case "run" | "error" | "build":
                called = self._last(event.start, "handle", f"call {event.session}.{event.number}")
                return _latest(
                    self._last(event.start, "ran", event.who),
                    self._last(event.start, "arguments", event.who, event.session),
                    called or self._last(event.start, "call", event.flow),
                    sure=called,
                )
            case "handle":
                called = self._last(event.start, "call", event.flow) if event.flow else None
                return _first(called, True) or _first(self._last(event.start, "did", event.peer))
        return _first(self._last(event.start, "did", event.who, but=event))

    def _last(self, by: float, *key: object, but: Event | None = None) -> Event | None:
        """The last of the events with this key that was over by then."""
        found = self._lists.get(key)
        if not found:
            return None
        i = bisect_right(self._ends[key], by) - 1
        while i >= 0 and found[i] is but:
            i -= 1
        return found[i] if i >= 0 else None


def _first(event: Event | None, is_known: bool = False) -> _Before | None:
    return None if event is None else _Before(event, is_known)


def _latest(*events: Event | None, sure: Event | None = None) -> _Before | None:
    there: Sequence[Event] = [e for e in events if e is not None]
    if not there:
        return None
    latest = max(there, key=lambda e: e.end)
    return _Before(latest, latest is sure)
