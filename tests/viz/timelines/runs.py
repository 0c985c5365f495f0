"""Events that the tests of timelines are about."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from gradloom.runtime import logs
from gradloom.runtime.events import Event
from gradloom.runtime.reading import heard
from gradloom.viz.timelines.arranging import timeline_of
from gradloom.viz.timelines.scene import Timeline

OPS = (("matmul", 0.75), ("tanh", 0.25))
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"


def run(start: float, end: float, who: str = "worker-0", **others: Any) -> Event:
    """A program's run."""
    told: dict[str, Any] = {"command": "step: matmul, tanh", "program": "ab12", "ops": OPS}
    return Event("run", "worker", who, start, end, **{**told, **others})


def moved(number: int, a: str, b: str, left: float, arrived: float, size: int) -> list[Event]:
    """Both ends of a transfer between workers; the receiver's part is the last tenth."""
    begun = left + 0.9 * (arrived - left)
    same: dict[str, Any] = {
        "session": 3, "number": number, "value": 7, "bytes": size, "peer": b,
    }  # fmt: skip
    return [
        Event("send", "worker", a, left, max(left, arrived), **same),
        Event("receive", "worker", b, min(begun, arrived), arrived, **same),
    ]


def one_call() -> list[Event]:
    """A client calls, a worker waits, builds and runs, the client fetches: 10 s in all."""
    same: dict[str, Any] = {"session": 3, "number": 0}
    value: dict[str, Any] = {"session": 3, "number": 0, "value": 9, "bytes": 800}
    return [
        Event("join", "dispatcher", "dispatcher", -5.0, -5.0, peer="worker-0", detail="a worker"),
        Event("join", "dispatcher", "dispatcher", -5.0, -5.0, peer="worker-1", detail="a worker"),
        Event("call", "client", "client-3", 0.0, 0.0, **same, command="step: matmul, tanh"),
        Event("fetch", "client", "client-3", 0.0, 10.0, **value),
        Event("handle", "dispatcher", "dispatcher", 1.0, 1.5, **same, command="Call",
              peer="client-3", detail="worker-0"),
        Event("build", "worker", "worker-0", 3.0, 4.0, **same),
        run(4.0, 8.0, wait=2.0, **same),
        Event("send", "worker", "worker-0", 8.5, 9.5, **value, peer="client-3"),
        Event("receive", "client", "client-3", 10.0, 10.0, **value, peer="client-3"),
    ]  # fmt: skip


def timeline(events: list[Event], **window: Any) -> Timeline:
    """The timeline of some events."""
    return timeline_of(heard(events), **window)


def write(path: Path, events: list[Event]) -> Path:
    """A log of these events, of the kind that its name says."""
    is_json = logs.is_json(path)
    with path.open("w", encoding="utf-8") as file:
        file.write(logs.header(is_json, 0.0, 0.0))
        file.writelines(logs.lines(events, is_json, 0.0))
    return path


def busy(workers: int, count: int, seed: int = 0) -> list[Event]:
    """A busy cluster: about so many events, of programs, transfers, calls and failures."""
    chance = random.Random(seed)
    free = [0.0] * workers
    events: list[Event] = []
    at = 0.0
    while len(events) < count:
        n, w = len(events), chance.randrange(workers)
        at += chance.expovariate(workers * 400)
        same: dict[str, Any] = {"session": n % 2, "number": n}
        start = max(free[w], at + 0.001)
        free[w] = start + chance.lognormvariate(-6, 0.5)
        kind = chance.choice(["matmul", "exp", "sum", "add", "sqrt"])
        events.append(Event("call", "client", f"client-{n % 2}", at, at, **same))
        events.append(Event("handle", "dispatcher", "dispatcher", at, at + 1e-4, **same))
        if w and chance.random() < 0.3:
            events += moved(n, f"worker-{w}", "worker-0", start, start + 1e-3, 1 << (n % 24))
        events.append(
            run(start, free[w], f"worker-{w}", **same, wait=start - at, ops=((kind, 1.0),))
        )
        if n % 97 == 0:
            events.append(Event("error", "worker", f"worker-{w}", start, start, detail=HOSTILE))
    return sorted(events, key=lambda e: e.end)
