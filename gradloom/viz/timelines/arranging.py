"""From events to a timeline: lanes, bars in rows, marks, and arrows from end to end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Final

from gradloom.ir.errors import ArgumentError
from gradloom.runtime.events import Event, Role
from gradloom.runtime.reading import Heard
from gradloom.viz.timelines.scene import (
    Arrow,
    Bar,
    Lane,
    Mark,
    Owner,
    Sign,
    Timeline,
    What,
    parts,
)
from gradloom.viz.timelines.spans import Span, clipped, depth, rows, total

MOST_ROWS: Final = 8
"""Rows of a lane; what overlaps deeper than that shares the last."""
_LANES: Final[dict[str, What]] = {
    "call": "calls", "put": "calls", "fetch": "fetches", "handle": "messages", "run": "programs",
    "build": "programs", "error": "programs", "send": "sends", "receive": "receives",
}  # fmt: skip
_ORDER: Final = ("calls", "fetches", "messages", "programs", "receives", "sends")
_SIGNS: Final[dict[str, Sign]] = {
    "call": "call", "put": "put", "join": "join", "leave": "leave", "lost": "lost",
    "error": "error", "dropped": "dropped",
}  # fmt: skip
_ROLES: Final[tuple[Role, ...]] = ("client", "dispatcher", "worker")
_COMING: Final = ("join", "leave", "lost")

Who = tuple[int, str]


def timeline_of(
    told: Heard,
    start: float | None = None,
    end: float | None = None,
    workers: Sequence[str] = (),
) -> Timeline:
    """The timeline of events, from `start` to `end` seconds, of these workers (all if none is
    named) and of everybody else. Unless told otherwise it begins with the first thing that anybody
    did, not when clients and workers came.
    """
    kept = _of_workers(told.events, workers)
    whole = _hull(kept)
    window = _window(kept, whole, start, end)
    inside = [e for e in kept if e.end >= window.start and e.start - e.wait <= window.end]
    whos = sorted(_whos(kept), key=_in_order)
    index = {who: i for i, who in enumerate(whos)}
    lanes, bars = _lanes(inside, index)
    owners = tuple(
        Owner(_ROLES[role], name, tuple(i for i, x in enumerate(lanes) if x.owner == o))
        for o, (role, name) in enumerate(whos)
    )
    at = {(lane.owner, lane.what): i for i, lane in enumerate(lanes)}
    arrows = _arrows(inside, index, at)
    dropped = sum(e.number for e in inside if e.kind == "dropped")
    notes = (*told.notes, *_notes(kept, inside, arrows, window, dropped))
    return Timeline(
        told.name, window, whole, owners, tuple(lanes), tuple(bars),
        tuple(_marks(inside, index)), arrows, tuple(_waits(bars, lanes)),
        _kinds(bars, window), dropped, len(inside), notes,
    )  # fmt: skip


# ---- who and when --------------------------------------------------------------------------------


def _of_workers(events: Sequence[Event], workers: Sequence[str]) -> Sequence[Event]:
    if not workers:
        return events
    known = sorted({name for role, name in _whos(events) if _ROLES[role] == "worker"})
    for name in workers:
        if name not in known:
            raise ArgumentError(
                f"there is no worker {name!r} in the log",
                hint=f"its workers are {', '.join(known) or 'none'}",
            )
    others = {*known} - {*workers}
    return [
        e
        for e in events
        if not (e.role == "worker" and e.who in others)
        and not (e.kind in _COMING and e.peer in others)
    ]


def _whos(events: Iterable[Event]) -> set[Who]:
    """Who did anything, and who came without doing anything."""
    whos = {(_ROLES.index(e.role), e.who) for e in events}
    named = {name for _, name in whos}
    for event in events:
        if event.kind == "join" and event.peer and event.peer not in named:
            whos.add((_ROLES.index("worker" if "worker" in event.detail else "client"), event.peer))
    return whos


def _in_order(who: Who) -> tuple[int, list[str | int]]:
    """Clients, dispatcher, workers; by their names, in which numbers count as numbers."""
    pieces = re.split(r"(\d{1,18})", who[1])  # text and digits, in turn
    return who[0], [int(x) if i % 2 else x for i, x in enumerate(pieces)]


def _hull(events: Sequence[Event]) -> Span:
    if not events:
        return Span(0.0, 0.0)
    return Span(min(e.start for e in events), max(e.end for e in events))


def _window(
    events: Sequence[Event], whole: Span, start: float | None, end: float | None
) -> Span:  # fmt: skip
    doing = [e for e in events if e.kind not in _COMING and e.kind != "dropped"]
    hull = _hull(doing) if doing else whole
    window = Span(hull.start if start is None else start, hull.end if end is None else end)
    if not window.start <= window.end:
        raise ArgumentError(
            f"the timeline would begin at {window.start:g} s and end at {window.end:g} s",
            hint=f"the log goes from {whole.start:g} s to {whole.end:g} s",
        )
    return window


# ---- what ----------------------------------------------------------------------------------------


def _lanes(events: Sequence[Event], index: dict[Who, int]) -> tuple[list[Lane], list[Bar]]:
    found: dict[tuple[int, int], list[Event]] = {}
    for event in events:
        what = _LANES.get(event.kind)
        if what is not None and what != "calls":
            place = index[_ROLES.index(event.role), event.who], _ORDER.index(what)
            found.setdefault(place, []).append(event)
    lanes: list[Lane] = []
    bars: list[Bar] = []
    for (owner, _order), inside in sorted(found.items()):
        spans = [Span(e.start, e.end) for e in inside]
        placed = rows(spans)
        at_once = max((n for _, n in depth(spans)), default=1)
        count = min(max(placed) + 1, MOST_ROWS)
        bars += [
            Bar(e, len(lanes), min(row, MOST_ROWS - 1), parts(e))
            for e, row in zip(inside, placed, strict=True)
        ]
        lanes.append(Lane(owner, _LANES[inside[0].kind], count, at_once))
    return lanes, bars


def _marks(events: Iterable[Event], index: dict[Who, int]) -> Iterable[Mark]:
    """Moments; coming and going belongs to those who do, failures to when they ended."""
    names = {name: owner for (_, name), owner in index.items()}
    for event in events:
        sign = _SIGNS.get(event.kind)
        if sign is None:
            continue
        owner = index[_ROLES.index(event.role), event.who]
        if event.kind in _COMING:
            owner = names.get(event.peer, owner)
        yield Mark(sign, owner, event.end, event)


def _waits(bars: Iterable[Bar], lanes: Sequence[Lane]) -> Iterable[tuple[int, Span]]:
    """When runs stood in their owner's queue."""
    for bar in bars:
        if bar.event.wait > 0 and bar.event.kind in ("run", "error"):
            start = bar.event.start
            yield lanes[bar.lane].owner, Span(start - bar.event.wait, start)


def _arrows(
    events: Iterable[Event], index: dict[Who, int], lanes: dict[tuple[int, What], int]
) -> tuple[Arrow, ...]:
    """Transfers: each sending with the receiving of the same flow, or alone."""
    sends: dict[str, list[Event]] = {}
    receives: dict[str, list[Event]] = {}
    for event in events:
        if event.kind in ("send", "receive"):
            (sends if event.kind == "send" else receives).setdefault(event.flow, []).append(event)
    found = [
        _arrow(a, b, index, lanes)
        for flow in sends.keys() | receives.keys()
        for a, b in zip_longest(sends.get(flow, ()), receives.get(flow, ()))
    ]
    return tuple(sorted(found, key=lambda x: (x.left, x.arrived, x.source, x.target)))


def _arrow(
    send: Event | None,
    receive: Event | None,
    index: dict[Who, int],
    lanes: dict[tuple[int, What], int],
) -> Arrow:
    def lane(event: Event, what: What) -> int:
        return lanes[index[_ROLES.index(event.role), event.who], what]

    source = -1 if send is None else lane(send, "sends")
    target = -1 if receive is None else lane(receive, "receives")
    first, last = send or receive, receive or send
    if first is None or last is None:
        raise AssertionError("a transfer has an end")
    return Arrow(
        source, target, first.start, last.end, max(first.bytes, last.bytes), first,
        is_backward=last.end < first.start,
    )  # fmt: skip


def _kinds(bars: Iterable[Bar], window: Span) -> tuple[str, ...]:
    seconds: dict[str, float] = {}
    for bar in bars:
        if bar.event.role != "worker" or bar.event.kind not in ("run", "build", "error"):
            continue
        inside = total(clipped([bar.span], window))
        for kind, share in bar.parts:
            seconds[kind] = seconds.get(kind, 0.0) + share * inside
    return tuple(sorted(seconds, key=lambda kind: (-seconds[kind], kind)))


# ---- what one should know ------------------------------------------------------------------------


def _notes(
    events: Sequence[Event],
    inside: Sequence[Event],
    arrows: Sequence[Arrow],
    window: Span,
    dropped: int,
) -> Iterable[str]:
    outside = len(events) - len(inside)
    if outside:
        come = sum(e.kind == "join" and e.end < window.start for e in events)
        whose = f", {come} of them of who came" if come else ""
        yield f"{outside} events lie before or after what is shown{whose}"
    if dropped:
        yield f"{dropped} events were dropped when this was recorded: bars and sums lack them"
    backward = sum(x.is_backward for x in arrows)
    if backward:
        yield (
            f"{backward} transfers arrive before they leave: clocks of different hosts agree to "
            "about a millisecond; they are dashed"
        )
    half = sum(not x.is_whole for x in arrows)
    if half:
        yield f"{half} transfers are known from one end alone and have no arrow"
