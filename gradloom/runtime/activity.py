"""What the workers of a cluster did between two surveys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, final

from gradloom.runtime.gallery import client_name
from gradloom.runtime.watch import Standing, Surveyed


@final
@dataclass(frozen=True, slots=True)
class WorkerActivity:
    """A worker: shares of the time by kind of op, the rest being idle; counts per second; what it
    has now.
    """

    name: str
    backend: str
    device: str
    pid: int
    ops: dict[str, float]
    idle: float
    runs_per_s: float
    sent_per_s: float
    received_per_s: float
    cpu: float
    value_bytes: int
    values: int
    rss: int
    queued: int
    runs: int
    failed: int
    running: str


@final
@dataclass(frozen=True, slots=True)
class SessionActivity:
    """A session: its share of what all workers did, and its calls."""

    session: int
    name: str
    pid: int
    share: float
    calls_per_s: float
    calls: int
    values: int


@final
@dataclass(frozen=True, slots=True)
class Activity:
    """What was done in so many seconds; `silent` are the workers that gave no answer."""

    seconds: float
    workers: tuple[WorkerActivity, ...]
    sessions: tuple[SessionActivity, ...]
    silent: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The same as an object for JSON."""
        return asdict(self)


def activity(before: Surveyed, after: Surveyed) -> Activity:
    """What was done between two surveys; who is new has done everything since then."""
    known = {(x.name, x.pid): x for x in before.workers}
    pairs = [(known.get((x.name, x.pid)), x) for x in after.workers]
    calls = {x.session: x.calls for x in before.members}
    busy: dict[int, float] = {}
    for old, new in pairs:
        for session, seconds in _grown(old.sessions if old else {}, new.sessions).items():
            busy[int(session)] = busy.get(int(session), 0.0) + seconds
    took, total = max(after.now - before.now, 1e-9), sum(busy.values())
    return Activity(
        took,
        tuple(_of_worker(old, new, took) for old, new in pairs),
        tuple(
            SessionActivity(
                x.session, client_name(x.name, x.session), x.pid,
                busy.get(x.session, 0.0) / total if total else 0.0,
                (x.calls - calls.get(x.session, 0)) / took, x.calls, x.values,
            )
            for x in after.members
        ),
        after.silent,
    )  # fmt: skip


def _of_worker(old: Standing | None, new: Standing, took: float) -> WorkerActivity:
    seconds = took if old is None else max(new.now - old.now, 1e-9)
    past = old if old is not None else Standing(0)
    grown = _grown(past.busy, new.busy)
    scale = 1 / max(seconds, sum(grown.values()))
    ops = {kind: s * scale for kind, s in sorted(grown.items(), key=lambda x: -x[1])}
    return WorkerActivity(
        new.name, new.backend, new.device, new.pid, ops,
        max(0.0, 1.0 - sum(ops.values())),
        (new.runs - past.runs) / seconds,
        (new.sent - past.sent) / seconds,
        (new.received - past.received) / seconds,
        (new.cpu_s - past.cpu_s) / seconds,
        new.value_bytes, new.values, new.rss, new.queued, new.runs, new.failed, new.running,
    )  # fmt: skip


def _grown(old: Mapping[str, float], new: Mapping[str, float]) -> dict[str, float]:
    grown = {kind: s - old.get(kind, 0.0) for kind, s in new.items()}
    return {kind: s for kind, s in grown.items() if s > 0}
