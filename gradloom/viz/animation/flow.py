"""The film of a schedule: each dot is a transfer, where it is at that time."""

from __future__ import annotations

import bisect
import math
from collections import Counter
from dataclasses import replace
from typing import Final, final

from gradloom.viz.animation.config import RenderConfig
from gradloom.viz.animation.film import Dot, Key, Moment, Spot, Stage, State, Wire
from gradloom.viz.animation.places import spots
from gradloom.viz.animation.schedule import Phase, Schedule, Span, Transfer
from gradloom.viz.animation.shapes import STATES
from gradloom.viz.animation.stages import frame
from gradloom.viz.animation.theme import EdgeStyle, Theme
from gradloom.viz.drawing import Point

PHASES: Final[dict[Phase, str]] = {
    "reduce-scatter": "Reduce-scatter", "all-gather": "All-gather", "reduce": "Reduce",
    "broadcast": "Broadcast", "exchange": "Exchange", "push": "Push", "pull": "Pull",
    "send": "Send",
}  # fmt: skip
"""How phases are called in pictures."""
REST: Final = 0.06
"""The share of the film for which the end is shown before it begins anew."""
_LANE: Final = 4.0
_SMALLEST, _LARGEST = 3.4, 8.0
"""Radii of the dots that say least and most."""


@final
class ScheduleFilm:
    """A schedule, slowed down so that it fills the duration of `config`."""

    def __init__(
        self,
        schedule: Schedule,
        config: RenderConfig | None = None,
        theme: Theme | None = None,
    ) -> None:
        self.schedule: Final = schedule
        self.config = config or RenderConfig()
        self.theme = theme or Theme.dark()
        keys = tuple(self._keys())
        width, height = self.config.width, self.config.height
        parts = frame(width, height, self.theme, [k.text for k in keys])
        self._zoom = parts.zoom
        self.stage = Stage(
            width, height, schedule.name, self._subtitle(),
            spots(schedule, parts.plot, parts.zoom, self.theme.font_weight_size / 2 * parts.zoom),
            (), keys, self._description(),
        )  # fmt: skip
        self.stage = _wired(self.stage, schedule)
        self._wires = {(w.src, w.dst): i for i, w in enumerate(self.stage.wires)}
        self._has_norms = any(math.isfinite(t.norm) for t in schedule.transfers)
        self._largest = max((self._weight(t) for t in schedule.transfers), default=0.0)
        self._by_start = sorted(schedule.transfers, key=lambda t: t.start)
        self._starts = [t.start for t in self._by_start]
        self._longest = max((t.seconds for t in schedule.transfers), default=0.0)
        self._spans: list[list[Span]] = [[] for _ in schedule.nodes]
        for span in sorted(schedule.spans, key=lambda s: s.start):
            self._spans[span.node].append(span)

    @property
    def slowed(self) -> float:
        """How many times longer the film is than what it shows."""
        shown = self.schedule.duration
        return self.config.duration * (1 - REST) / shown if shown > 0 else 1.0

    def seconds(self, share: float) -> float:
        """The time in the schedule at a share of the film."""
        return min((share % 1.0) / (1 - REST), 1.0) * self.schedule.duration

    def moment(self, share: float) -> Moment:
        """What passes at a share of the film."""
        now = self.seconds(share)
        active = self.active(now)
        alphas = [0.0] * len(self.stage.wires)
        for t in active:
            if t.src != t.dst:
                alphas[self._wires[min(t.src, t.dst), max(t.src, t.dst)]] = 1.0
        return Moment(
            share % 1.0, *self._words(now, active), tuple(alphas),
            tuple(self._state(spans, now) for spans in self._spans),
            tuple(self._dot(t, now) for t in active if t.src != t.dst),
        )  # fmt: skip

    def active(self, now: float) -> list[Transfer]:
        """The transfers under way at a time of the schedule."""
        first = bisect.bisect_left(self._starts, now - self._longest)
        last = bisect.bisect_right(self._starts, now)
        return [t for t in self._by_start[first:last] if now < t.end]

    def look(self, transfer: Transfer) -> EdgeStyle:
        """The style of a transfer's dot: by its shard where there are few, else by its phase."""
        return self.theme.edge_style_for(self._look(transfer))

    def size(self, transfer: Transfer) -> float:
        """The radius of a transfer's dot: its area grows with the norm of what is moved, or with
        its bytes where no norms are known.
        """
        share = math.sqrt(self._weight(transfer) / self._largest) if self._largest > 0 else 0.4
        room = min((s.radius for s in self.stage.spots), default=_LARGEST)
        most = max(min(_LARGEST * self._zoom, room), 3.0)
        least = min(_SMALLEST * self._zoom, most * 0.6)
        return least + (most - least) * share

    def _weight(self, transfer: Transfer) -> float:
        if not self._has_norms:
            return float(transfer.bytes)
        return max(transfer.norm, 0.0) if math.isfinite(transfer.norm) else 0.0

    def _look(self, transfer: Transfer) -> int:
        styles = len(self.theme.edge_styles)
        if self._by_shard and transfer.shard >= 0:
            return transfer.shard
        if transfer.phase == "send":
            return transfer.src % styles
        return list(PHASES).index(transfer.phase) % styles

    @property
    def _by_shard(self) -> bool:
        return 1 < self.schedule.shards <= len(self.theme.edge_styles)

    def _dot(self, transfer: Transfer, now: float) -> Dot:
        took = transfer.seconds
        x, y = self.place(transfer, (now - transfer.start) / took if took > 0 else 0.5)
        style = self.look(transfer)
        return Dot(x, y, style.color, style.shape, self.size(transfer), self.tip(transfer))

    def stops(self) -> list[float]:
        """Shares of the film at which a step begins."""
        begun: dict[tuple[str, int], float] = {}
        for t in self._by_start:
            begun.setdefault((t.phase, t.step), t.start)
        whole = self.schedule.duration or 1.0
        return sorted({0.0, *(start / whole * (1 - REST) for start in begun.values())})

    def place(self, transfer: Transfer, share: float) -> Point:
        """Where a transfer's dot is when a share of its time is over."""
        wire, backward = self.way(transfer)
        return between(wire, self.stage.spots, share, backward, _LANE * self._zoom)

    def way(self, transfer: Transfer) -> tuple[Wire, bool]:
        """The wire of a transfer, and whether it goes from the wire's end to its start."""
        pair = min(transfer.src, transfer.dst), max(transfer.src, transfer.dst)
        return self.stage.wires[self._wires[pair]], transfer.src > transfer.dst

    def tip(self, t: Transfer) -> str:
        """What is told of a transfer."""
        names = self.schedule.nodes
        shard = f", shard {t.shard}" if t.shard >= 0 and self.schedule.shards > 1 else ""
        norm = f", norm {t.norm:.3g}" if math.isfinite(t.norm) else ""
        moved = f"{sized(t.bytes)} in {timed(t.seconds)}"
        return f"{names[t.src]} → {names[t.dst]}: {PHASES[t.phase].lower()}{shard}, {moved}{norm}"

    def _words(self, now: float, active: list[Transfer]) -> tuple[str, str]:
        """What happens, and more about it."""
        clock = f"at {timed(now)}"
        if not active:
            return self._calm(now), clock
        phase, count = Counter(t.phase for t in active).most_common(1)[0]
        those = [t for t in active if t.phase == phase]
        moved = sorted({t.bytes for t in those})
        each = sized(moved[0]) if len(moved) == 1 else f"{sized(moved[0])} to {sized(moved[-1])}"
        note = f"{count} × {each}  ·  {clock}"
        if phase == "send":
            return PHASES[phase], note
        steps = sorted({t.step for t in those})
        which = (
            f"step {steps[0] + 1}"
            if len(steps) == 1
            else f"steps {steps[0] + 1} to {steps[-1] + 1}"
        )
        return f"{PHASES[phase]}, {which} of {self._steps}", note

    def _calm(self, now: float) -> str:
        if now >= self.schedule.duration:
            return "Done"
        states = {self._state(spans, now) for spans in self._spans}
        if states & {"compute", "straggle"}:
            return "Compute" if not self._starts or now < self._starts[0] else "Wait"
        return "Nothing moves"

    @property
    def _steps(self) -> int:
        return max((t.step for t in self.schedule.transfers), default=0) + 1

    def _state(self, spans: list[Span], now: float) -> State:
        i = bisect.bisect_right(spans, now, key=lambda s: s.start) - 1
        if i < 0:
            return ""
        return spans[i].state if now < spans[i].end or spans[i].state == "done" else _after(spans)

    def _subtitle(self) -> str:
        s = self.schedule
        parts = [f"{len(s.nodes)} nodes"]
        if s.size:
            parts.append(f"{sized(s.size)} each")
        parts.append(f"{sized(s.bytes)} in {len(s.transfers)} transfers, {timed(s.duration)}")
        parts.append(f"shown {_times(self.slowed)}")
        return "  ·  ".join(parts + ([s.note] if s.note else []))

    def _description(self) -> str:
        s = self.schedule
        return (
            f"{s.name}: {len(s.nodes)} nodes, {len(s.transfers)} transfers of {sized(s.bytes)} "
            f"together, in {timed(s.duration)}"
        )

    def _keys(self) -> list[Key]:
        looks: dict[int, str] = {}
        for t in self.schedule.transfers:
            shard = self._by_shard and t.shard >= 0
            text = f"shard {t.shard}" if shard else PHASES[t.phase].lower()
            if t.phase == "send" and not shard:
                text = f"from {self.schedule.nodes[t.src]}"[:18]
            looks.setdefault(self._look(t), text)
        keys = []
        for number, text in sorted(looks.items()):
            style = self.theme.edge_style_for(number)
            keys.append(Key(text, style.color, style.shape))
        if any(math.isfinite(t.norm) for t in self.schedule.transfers):
            keys.append(Key("larger: longer gradient"))
        elif len({t.bytes for t in self.schedule.transfers}) > 1:
            keys.append(Key("larger: more bytes"))
        seen = {span.state for span in self.schedule.spans}
        return keys + [Key(text, state=state) for state, text in STATES.items() if state in seen]


def _times(slowed: float) -> str:
    """How much slower or faster something is shown.

    >>> _times(1312.4), _times(0.5)
    ('1,300 × slower', '2 × faster')
    """
    factor, word = (slowed, "slower") if slowed >= 1 else (1 / slowed, "faster")
    digits = 1 - math.floor(math.log10(factor)) if factor >= 1 else 0
    return f"{round(factor, digits):,.10g} × {word}"


def _after(spans: list[Span]) -> State:
    """What a node does between the spans that are known of it."""
    return "done" if spans[-1].state == "done" else "wait"


def between(
    wire: Wire, nodes: tuple[Spot, ...], share: float, backward: bool, lane: float
) -> Point:
    """The point at a share of the way between the rims of two nodes, beside the wire, on its right
    as one goes.
    """
    a, b = nodes[wire.src], nodes[wire.dst]
    length = math.dist(wire.start, wire.end) or 1.0
    near, far = min(a.radius / length, 0.45), 1 - min(b.radius / length, 0.45)
    t = near + (far - near) * (1 - share if backward else share)
    (x0, y0), (x1, y1) = wire.at(max(t - 0.01, 0.0)), wire.at(min(t + 0.01, 1.0))
    dx, dy = x1 - x0, y1 - y0
    side = lane / (math.hypot(dx, dy) or 1.0) * (-1 if backward else 1)
    x, y = wire.at(t)
    return x - dy * side, y + dx * side


def _wired(stage: Stage, schedule: Schedule) -> Stage:
    """The stage with a wire for each pair; those of a ring bend a little outwards."""
    points = [(s.x, s.y) for s in stage.spots]
    cx = sum(x for x, _ in points) / max(len(points), 1)
    cy = sum(y for _, y in points) / max(len(points), 1)
    n = len(points)
    wires = []
    for a, b in schedule.pairs:
        # Neighbours on a ring are joined by arcs of it: the control point is twice as far from the
        # chord as the arc's middle.
        near = schedule.layout == "ring" and b - a in (1, n - 1)
        bend = math.tan(math.pi / (2 * n)) if near else 0.0
        (x0, y0), (x1, y1) = points[a], points[b]
        mx, my = (x0 + x1) / 2, (y0 + y1) / 2
        away = math.hypot(mx - cx, my - cy) or 1.0
        push = math.dist(points[a], points[b]) * bend / away
        control = mx + (mx - cx) * push, my + (my - cy) * push
        wires.append(Wire(a, b, points[a], control, points[b]))
    return replace(stage, wires=tuple(wires))


def sized(count: int) -> str:
    """Bytes in a few characters.

    >>> sized(26214400), sized(0)
    ('26.2 MB', '0 B')
    """
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} B"


def timed(seconds: float) -> str:
    """Seconds in a few characters.

    >>> timed(0.00214), timed(0.0)
    ('2.14 ms', '0 s')
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if abs(seconds) >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs" if seconds else "0 s"
