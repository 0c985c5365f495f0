"""The figures of a timeline: where each worker's time went, what was on its way meanwhile, which
programs and kinds of ops took it, and who was slower than the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, final

from gradloom.viz.timelines.scene import Arrow, Bar, Timeline
from gradloom.viz.timelines.spans import Span, clipped, common, gaps, total, union

SLOWER: Final = 1.5
"""A straggler's typical run takes so many times that of the others: more than what two cores of
one kind differ by under load, in our own runs.
"""
ENOUGH: Final = 5
"""Runs of a program that a worker must have for a comparison."""


@final
@dataclass(frozen=True, slots=True)
class WorkerFigures:
    """A worker's window, in seconds and bytes.

    `busy_s` is when it ran or built at least one program, `idle_s` the rest; `run_s` and `build_s`
    are sums over its programs. `wait_s` is what its runs waited in its queue, together. Of the
    `transfer_s` when values came or left, it computed during `hidden_s`. `longest_gap` is when it
    was idle for longest.
    """

    name: str
    runs: int
    failed: int
    busy_s: float
    idle_s: float
    run_s: float
    build_s: float
    wait_s: float
    sent: int
    received: int
    transfer_s: float
    hidden_s: float
    longest_gap: Span

    @property
    def busy(self) -> float:
        """The share of the window in which it was busy."""
        window = self.busy_s + self.idle_s
        return self.busy_s / window if window else 0.0

    @property
    def overlap(self) -> float:
        """The share of its transfers' time in which it computed as well."""
        return self.hidden_s / self.transfer_s if self.transfer_s else 0.0


@final
@dataclass(frozen=True, slots=True)
class KindFigures:
    """What a kind of op took on all workers, by the shares of their programs."""

    kind: str
    seconds: float
    share: float


@final
@dataclass(frozen=True, slots=True)
class ProgramFigures:
    """What the runs of a program took on all workers."""

    name: str
    program: str
    runs: int
    seconds: float
    median_s: float
    longest_s: float
    wait_s: float


@final
@dataclass(frozen=True, slots=True)
class Straggler:
    """A worker that is slower than the others at a program: so many times."""

    worker: str
    program: str
    times: float
    median_s: float
    others_s: float


@final
@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a timeline's window; `bytes` are those of all transfers that arrived."""

    seconds: float
    workers: tuple[WorkerFigures, ...]
    kinds: tuple[KindFigures, ...]
    programs: tuple[ProgramFigures, ...]
    stragglers: tuple[Straggler, ...]
    calls: int
    runs: int
    errors: int
    transfers: int
    bytes: int
    imbalance: float
    """What the busiest worker was busy, over what they all were on average."""


def figures(timeline: Timeline) -> Figures:
    """The figures of what the timeline shows; what reaches over its ends counts as far as it is
    inside.
    """
    window = timeline.window
    programs = [b for b in timeline.bars if timeline.lanes[b.lane].what == "programs"]
    runs = [b for b in programs if b.event.kind == "run"]
    workers = tuple(_of_worker(timeline, i, programs) for i in _workers(timeline))
    busy = [w.busy_s for w in workers]
    arrived = [x for x in timeline.arrows if x.source >= 0 or x.target >= 0]
    return Figures(
        window.seconds,
        workers,
        tuple(_kinds(programs, window)),
        tuple(_programs(runs)),
        tuple(_stragglers(runs)),
        sum(m.sign == "call" for m in timeline.marks),
        len(runs),
        sum(m.sign == "error" for m in timeline.marks),
        len(arrived),
        sum(x.bytes for x in arrived),
        max(busy) * len(busy) / sum(busy) if sum(busy) else 1.0,
    )


def _workers(timeline: Timeline) -> list[int]:
    return [i for i, owner in enumerate(timeline.owners) if owner.role == "worker"]


def _of_worker(timeline: Timeline, owner: int, programs: Sequence[Bar]) -> WorkerFigures:
    window = timeline.window
    mine = [b for b in programs if timeline.lanes[b.lane].owner == owner]
    spans = clipped((b.span for b in mine), window)
    busy = union(spans)
    moving = [x for x in timeline.arrows if owner in _ends(timeline, x)]
    flights = union(clipped((x.span for x in moving), window))
    free = gaps(spans, window)
    waits = (span for who, span in timeline.waits if who == owner)
    return WorkerFigures(
        timeline.owners[owner].name,
        sum(b.event.kind == "run" for b in mine),
        sum(b.event.kind == "error" for b in mine),
        total(busy),
        total(free),
        _seconds((b for b in mine if b.event.kind == "run"), window),
        _seconds((b for b in mine if b.event.kind == "build"), window),
        total(clipped(waits, window)),
        sum(x.bytes for x in moving if x.source >= 0 and _ends(timeline, x)[0] == owner),
        sum(x.bytes for x in moving if x.target >= 0 and _ends(timeline, x)[1] == owner),
        total(flights),
        total(common(flights, busy)),
        max(free, key=lambda gap: gap.seconds, default=Span(window.start, window.start)),
    )


def _ends(timeline: Timeline, arrow: Arrow) -> tuple[int, int]:
    """The owners of an arrow's ends; -1 where unknown."""
    a, b = (timeline.lanes[i].owner if i >= 0 else -1 for i in (arrow.source, arrow.target))
    return a, b


def _seconds(bars: Iterable[Bar], window: Span) -> float:
    return total(clipped((b.span for b in bars), window))


def _kinds(bars: Iterable[Bar], window: Span) -> Iterable[KindFigures]:
    seconds: dict[str, float] = {}
    for bar in bars:
        inside = _seconds([bar], window)
        for kind, share in bar.parts:
            seconds[kind] = seconds.get(kind, 0.0) + share * inside
    together = sum(seconds.values())
    for kind, s in sorted(seconds.items(), key=lambda x: (-x[1], x[0])):
        yield KindFigures(kind, s, s / together if together else 0.0)


def _programs(runs: Iterable[Bar]) -> Iterable[ProgramFigures]:
    found: dict[tuple[str, str], list[Bar]] = {}
    for bar in runs:
        found.setdefault((bar.event.program, bar.event.command), []).append(bar)
    made = []
    for (program, name), bars in found.items():
        took = [b.span.seconds for b in bars]
        wait = sum(b.event.wait for b in bars)
        made.append(
            ProgramFigures(name, program, len(bars), sum(took), median(took), max(took), wait)
        )
    return sorted(made, key=lambda x: (-x.seconds, x.name, x.program))


def _stragglers(runs: Iterable[Bar]) -> Iterable[Straggler]:
    """Workers whose median run of a program takes much longer than the median of the others'."""
    found: dict[str, dict[str, list[float]]] = {}
    names: dict[str, str] = {}
    for bar in runs:
        event = bar.event
        found.setdefault(event.program, {}).setdefault(event.who, []).append(bar.span.seconds)
        names[event.program] = event.command
    slow = []
    for program, workers in found.items():
        typical = {who: median(x) for who, x in workers.items() if len(x) >= ENOUGH}
        for who, mine in typical.items():
            others = [x for other, x in typical.items() if other != who]
            if others and mine > SLOWER * median(others) > 0:
                times = mine / median(others)
                slow.append(Straggler(who, names[program], times, mine, median(others)))
    return sorted(slow, key=lambda x: -x.times)
