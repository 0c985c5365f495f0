"""Events as a Chrome trace, which Perfetto and chrome://tracing show: a process for each client,
worker and dispatcher, a lane for each thing that it does, arrows along calls and transfers.

The format is that of the Trace Event Format document (Google, 2016), its JSON object form.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from gradloom.runtime.events import Event
from gradloom.runtime.fields import session_index

_LANES: Final = {
    "run": "programs", "build": "programs", "error": "programs", "send": "sends",
    "receive": "receives", "call": "calls", "put": "calls", "fetch": "fetches",
}  # fmt: skip
_ORDER: Final = ("messages", "calls", "fetches", "programs", "sends", "receives")
_ROLES: Final = {"client": 0, "dispatcher": 1, "worker": 2}
_SHORTEST_US: Final = 0.001
"""What takes no time is drawn as a nanosecond, so that arrows can begin and end there."""

Entry = dict[str, Any]


def trace(events: Sequence[Event]) -> dict[str, Any]:
    """The trace of some events, as an object for JSON; its times are microseconds from that of the
    events' zero.

    >>> event = Event("run", "worker", "worker-0", 1.0, 1.5, number=3, session=0)
    >>> [entry["ph"] for entry in trace([event])["traceEvents"]]
    ['M', 'M', 'M', 'X']
    """
    drawn = [e for e in events if e.kind != "dropped"]
    owners = sorted({(_ROLES[e.role], e.who) for e in drawn})
    pids = {who: pid for pid, who in enumerate(owners, 1)}
    place = {id(e): (pids[_ROLES[e.role], e.who], _lane(e)) for e in drawn}
    entries = [*_names(pids, set(place.values()), drawn)]
    entries += [_slice(e, *place[id(e)]) for e in drawn]
    entries += _arrows(drawn, place)
    return {
        "traceEvents": entries,
        "displayTimeUnit": "ms",
        "otherData": {"dropped": sum(e.number for e in events if e.kind == "dropped")},
    }


def write(path: str | Path, events: Sequence[Event]) -> None:
    """Write the trace of some events."""
    with Path(path).open("w", encoding="utf-8") as file:
        json.dump(trace(events), file)


def _lane(event: Event) -> int:
    return _ORDER.index(_LANES.get(event.kind, "messages"))


def _names(
    pids: dict[tuple[int, str], int], lanes: set[tuple[int, int]], events: Iterable[Event]
) -> Iterable[Entry]:
    roles = {(_ROLES[e.role], e.who): e.role for e in events}
    for owner, pid in pids.items():
        name = owner[1] if roles[owner] in owner[1] else f"{roles[owner]} {owner[1]}"
        yield _meta("process_name", pid, 0, {"name": name})
        yield _meta("process_sort_index", pid, 0, {"sort_index": pid})
    for pid, lane in sorted(lanes):
        yield _meta("thread_name", pid, lane, {"name": _ORDER[lane]})


def _meta(name: str, pid: int, tid: int, args: Entry) -> Entry:
    return {"ph": "M", "name": name, "pid": pid, "tid": tid, "ts": 0, "args": args}


def _slice(event: Event, pid: int, tid: int) -> Entry:
    return {
        "ph": "X",
        "name": event.command or event.kind,
        "cat": event.kind,
        "pid": pid,
        "tid": tid,
        "ts": _us(event.start),
        "dur": max(_us(event.end - event.start), _SHORTEST_US),
        "args": _details(event),
    }


def _details(event: Event) -> Entry:
    told: Entry = {
        "session": -1 if event.session < 0 else session_index(event.session),
        "number": event.number, "value": event.value,
        "program": event.program, "bytes": event.bytes, "peer": event.peer,
        "detail": event.detail, "waited_us": _us(event.wait),
        "ops": {kind: round(share, 4) for kind, share in event.ops},
    }  # fmt: skip
    return {key: x for key, x in told.items() if x not in (-1, "", {})}


def _arrows(events: Iterable[Event], place: dict[int, tuple[int, int]]) -> Iterable[Entry]:
    """From each call to its run, and from where a value leaves to where it arrives."""
    flows: dict[str, list[Event]] = {}
    for event in events:
        if event.flow:
            flows.setdefault(event.flow, []).append(event)
    for number, (flow, along) in enumerate(sorted(flows.items()), 1):
        if len(along) < 2:
            continue
        kind = flow.partition(" ")[0]
        along.sort(key=_step)
        for i, event in enumerate(along):
            pid, tid = place[id(event)]
            last = i == len(along) - 1
            entry = {
                "ph": "s" if i == 0 else "f" if last else "t",
                "name": kind, "cat": kind, "id": number, "pid": pid, "tid": tid,
                "ts": _us(event.start),
            }  # fmt: skip
            yield {**entry, "bp": "e"} if last else entry


def _step(event: Event) -> tuple[int, float]:
    """Where an event stands on its way: what is asked for, passed on, and done."""
    order = {"call": 0, "send": 0, "handle": 1}
    return order.get(event.kind, 2), event.start


def _us(seconds: float) -> float:
    return round(seconds * 1e6, 3)
