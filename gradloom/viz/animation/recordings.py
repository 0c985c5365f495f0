"""The schedule of what a gradloom cluster did, from its events."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from gradloom.ir.errors import ArgumentError
from gradloom.viz.animation.schedule import Schedule, Span, Transfer

if TYPE_CHECKING:
    from gradloom.runtime.events import Event

_ROLES: Final = ("client", "worker", "dispatcher")


def recorded(events: Iterable[Event], notes: Iterable[str] = ()) -> Schedule:
    """What moved between clients and workers, with its bytes and times, and when workers ran.

    A value's two ends, `send` and `receive`, are one transfer; one of which only an end was
    recorded lasts as long as that end says. The schedule begins with the first of what is shown.
    """
    shown = [e for e in events if _is_sound(e)]
    moves = [e for e in shown if e.kind in ("send", "receive")]
    runs = [e for e in shown if e.kind == "run" and e.role == "worker"]
    if not moves and not runs:
        raise ArgumentError(
            "nothing moves in these events: no send, receive or run is among them",
            hint="record while programs run on the cluster",
        )
    zero = min(e.start for e in moves + runs)
    ends, halves = _joined(moves)
    names = _names(shown, ends)
    numbers = {name: i for i, name in enumerate(names)}
    transfers = tuple(
        sorted(
            (_transfer(numbers[a], numbers[b], pair, zero) for a, b, pair in ends),
            key=lambda t: (t.start, t.end, t.src, t.dst),
        )
    )
    spans = tuple(
        Span(numbers[e.who], "compute", e.start - zero, e.end - zero)
        for e in sorted(runs, key=lambda e: e.start)
    )
    clients = frozenset(numbers[e.who] for e in shown if e.role == "client" and e.who in numbers)
    lost = sum(max(e.number, 0) for e in shown if e.kind == "dropped")
    told = [*notes, *([f"{lost} events are missing"] if lost else [])]
    told += [f"{halves} transfers of unknown senders are left out"] if halves else []
    return Schedule(
        "Recorded run", tuple(names), transfers, spans,
        layout="star" if len(clients) == 1 else "ring", leaders=clients,
        note=", ".join(told),
    )  # fmt: skip


_Pair = Sequence["Event"]


def _is_sound(event: Any) -> bool:
    return math.isfinite(event.start) and math.isfinite(event.end) and event.end >= event.start


def _joined(moves: Iterable[Event]) -> tuple[list[tuple[str, str, _Pair]], int]:
    """Who sends, who receives, and the events of each transfer; and how many transfers are left out
    because nothing says who sent them.
    """
    flows: dict[str, list[Event]] = {}
    for event in moves:
        flows.setdefault(event.flow, []).append(event)
    found: list[tuple[str, str, _Pair]] = []
    for pair in flows.values():
        sender = next((e.who for e in pair if e.kind == "send"), "")
        receiver = next((e.who for e in pair if e.kind == "receive"), "")
        receiver = receiver or next((e.peer for e in pair if e.kind == "send"), "")
        if sender and receiver:
            found.append((sender, receiver, pair))
    return found, len(flows) - len(found)


def _names(events: Sequence[Event], ends: Sequence[tuple[str, str, _Pair]]) -> list[str]:
    """The nodes: clients first, then workers, by name."""
    roles = {e.who: _ROLES.index(e.role) for e in events}
    there = {who for a, b, _ in ends for who in (a, b)}
    there |= {e.who for e in events if e.kind == "run" and e.role == "worker"}
    return sorted(there, key=lambda who: (roles.get(who, len(_ROLES)), len(who), who))


def _transfer(src: int, dst: int, pair: _Pair, zero: float) -> Transfer:
    start = min(e.start for e in pair)
    return Transfer(
        src, dst, max(e.bytes for e in pair), start - zero, max(e.end for e in pair) - zero,
        step=max(0, pair[0].number),
    )  # fmt: skip
