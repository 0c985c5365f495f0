"""The figures of a timeline: where each worker's time went, what was on its way meanwhile, which
programs and kinds of ops took it, and who was slower than the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
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
    """The figures of a timeline's window; `bytes` are those of all transfers, also
    of those of which one end is known."""

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
    workers = tuple(
        _of_worker(timeline.owners[i].name, work, window)
        for i, work in _work(timeline, programs).items()
    )
    busy = [w.busy_s for w in workers]
    return Figures(
        window.seconds,
        workers,
        tuple(_kinds(programs, window)),
        tuple(_programs(runs)),
        tuple(_stragglers(runs)),
        sum(m.sign == "call" for m in timeline.marks),
        len(runs),
        sum(m.sign == "error" for m in timeline.marks),
        len(timeline.arrows),
        sum(x.bytes for x in timeline.arrows),
        max(busy) * len(busy) / sum(busy) if sum(busy) else 1.0,
    )


@final
@dataclass(frozen=True, slots=True)
class _Work:
    """What belongs to one worker."""

    programs: list[Bar] = field(default_factory=list)
    left: list[Arrow] = field(default_factory=list)
    came: list[Arrow] = field(default_factory=list)
    waits: list[Span] = field(default_factory=list)


def _work(timeline: Timeline, programs: Iterable[Bar]) -> dict[int, _Work]:
    """The work of each worker, by the number of its owner."""
    found = {i: _Work() for i, owner in enumerate(timeline.owners) if owner.role == "worker"}
    others = _Work()
    for bar in programs:
        found.get(timeline.lanes[bar.lane].owner, others).programs.append(bar)
    for arrow in timeline.arrows:
        source, target = _ends(timeline, arrow)
        found.get(source, others).left.append(arrow)
        found.get(target, others).came.append(arrow)
    for owner, span in timeline.waits:
        found.get(owner, others).waits.append(span)
    return found


def _of_worker(name: str, work: _Work, window: Span) -> WorkerFigures:
    spans = clipped((b.span for b in work.programs), window)
    busy = union(spans)
    flights = union(clipped((x.span for x in (*work.left, *work.came)), window))
    free = gaps(spans, window)
    return WorkerFigures(
        name,
        sum(b.event.kind == "run" for b in work.programs),
        sum(b.event.kind == "error" for b in work.programs),
        total(busy),
        total(free),
        _seconds((b for b in work.programs if b.event.kind == "run"), window),
        _seconds((b for b in work.programs if b.event.kind == "build"), window),
        total(clipped(work.waits, window)),
        sum(x.bytes for x in work.left),
        sum(x.bytes for x in work.came),
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
