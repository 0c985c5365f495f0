"""A stretch of a cluster's events, recorded from outside."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from gradloom.runtime import chrome, logs
from gradloom.runtime.events import Event
from gradloom.runtime.watch import Shown, Surveyed

_LATE_S: Final = 0.4
"""How long after the end what happened before it is waited for."""


class Spectates(Protocol):
    """One who is shown what happens."""

    def survey(self, timeout_s: float = 10.0) -> Surveyed:
        """How all do."""

    def watch(self, before: bool = False) -> None:
        """Be shown what happens."""

    def rest(self) -> None:
        """Be shown nothing more."""

    def pump(self, seconds: float) -> None:
        """Hear for so long, or until something comes."""


class Recording(NamedTuple):
    """Events in the order in which they were over, by the dispatcher's clock; `zero` is when the
    recording began, `wall` the same by the calendar.
    """

    events: tuple[Event, ...]
    zero: float
    wall: float

    @property
    def dropped(self) -> int:
        """How many events are missing, because somebody had no room for them."""
        return sum(e.number for e in self.events if e.kind == "dropped")

    def write(self, path: str | Path, as_chrome: bool = False) -> None:
        """Write a log: JSON lines (.jsonl), a Chrome trace (.json), else text."""
        if as_chrome or str(path).endswith(".json"):
            chrome.write(path, [e.shifted(-self.zero) for e in self.events])
            return
        is_json = logs.is_json(path)
        with Path(path).open("w", encoding="utf-8") as file:
            file.write(logs.header(is_json, self.wall, self.zero))
            file.writelines(logs.lines(self.events, is_json, self.zero))


def record(
    spectator: Spectates,
    batches: list[Shown],
    seconds: float,
    most: int | None = None,
    before: bool = False,
    told: Callable[[float, int], None] = lambda seconds, events: None,
) -> Recording:
    """What happens in so many seconds, at most so many events. `batches` is where the spectator
    puts what it is shown; `told` is called now and then with the seconds and events so far. Ctrl-C
    ends it early.
    """
    spectator.watch(before)
    begun = spectator.survey()  # answered after the watch has begun everywhere
    end, count, seen = time.monotonic() + seconds, 0, 0
    with contextlib.suppress(KeyboardInterrupt):
        while time.monotonic() < end and (most is None or count < most):
            spectator.pump(min(0.1, max(0.0, end - time.monotonic())))
            count += sum(b.count for b in batches[seen:])
            seen = len(batches)
            told(seconds - (end - time.monotonic()), count)
    took = time.monotonic() - end + seconds
    late = time.monotonic() + _LATE_S
    while time.monotonic() < late:
        spectator.pump(late - time.monotonic())
    spectator.rest()
    events = _ordered(batches)
    kept = [e for e in events if e.end <= begun.now + took]
    return Recording(tuple(kept[:most]), begun.now, begun.now + begun.wall_s)


def _ordered(batches: list[Shown]) -> list[Event]:
    names = logs.Names()
    read = [(shown, logs.read_batch(shown)) for shown in batches]
    for shown, events in read:
        names.learn(shown, events)
    found = [names.named(e) for _, events in read for e in events]
    return sorted(found, key=lambda e: e.end)
