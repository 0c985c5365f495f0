"""Ways of sharing gradients, as an eye sees them: which edges are busy in a frame, and where dots
are on them.

These are sketches in which every edge keeps time with all others; what really moves when, byte by
byte, is a `Schedule`. All of them loop: the frame after the last is the first, and no dot jumps.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol, Self, final, runtime_checkable

from gradloom.ir.errors import ArgumentError
from gradloom.viz.animation.graph import BezierFn, EdgeDescriptor, Point2D
from gradloom.viz.animation.particles import Particle

Pair = tuple[int, int]
_LANE: Final = 9.0
"""Pixels of a picture of scale 2 between an edge and the lane of the dots of one direction."""
_MOST_DOTS: Final = 24
"""Dots one way along an edge, however large its weight."""
_TRAIN: Final = 0.4
"""How much later than the first the last dot of a train leaves, in travel times."""
_Place = Callable[[int, int, float], float]
_FIRST, _SECOND = 0.45, 0.55
"""Shares of the time at which the first phase ends and the second begins; dots rest between."""


@runtime_checkable
class AggregationStrategy(Protocol):
    """What a renderer asks; any class that has these will do.

    >>> isinstance(AllReduceStrategy(), AggregationStrategy)
    True
    """

    @property
    def title(self) -> str:
        """What stands above."""

    @property
    def subtitle(self) -> str:
        """What stands below the title."""

    def get_phase_text(self, frame: int, total_frames: int) -> str:
        """What happens in a frame."""

    def get_edge_alpha(self, src: int, dst: int, frame: int, total_frames: int) -> float:
        """How busy an edge is, 0 to 1."""

    def get_particles(
        self, edges: list[EdgeDescriptor], frame: int, total_frames: int
    ) -> list[Particle]:
        """The dots of a frame."""


@final
class AllReduceStrategy:
    """Every edge is busy both ways: parts are summed (reduce-scatter), then passed on (all-gather).

    >>> AllReduceStrategy().get_phase_text(0, 100)
    'Phase: ReduceScatter'
    """

    title = "AllReduce"
    subtitle = "ReduceScatter → AllGather | every worker with every other"

    def get_phase_text(self, frame: int, total_frames: int) -> str:
        """The phase by name."""
        return ("Phase: ReduceScatter", "Phase: Synchronize", "Phase: AllGather")[
            _phase(_time(frame, total_frames))
        ]

    def get_edge_alpha(self, src: int, dst: int, frame: int, total_frames: int) -> float:
        """1: all edges are busy."""
        return 1.0

    def get_particles(
        self, edges: list[EdgeDescriptor], frame: int, total_frames: int
    ) -> list[Particle]:
        """Dots both ways on all edges, more where the weight is larger."""
        t = _time(frame, total_frames)
        along = _there_and_back(t)
        return [p for e in edges for p in _both_ways(e, along)]


@final
class GossipStrategy:
    """In each round every worker talks to one or two others, drawn by the seed, along edges that
    are there: `edges` are pairs of workers, all of them where None.

    >>> GossipStrategy(n_nodes=4, seed=1).get_phase_text(99, 100)
    'Gossip Round 5/5'
    """

    title = "Gossip"

    def __init__(
        self,
        n_nodes: int = 5,
        n_rounds: int = 5,
        seed: int = 42,
        edges: Iterable[Pair] | None = None,
    ) -> None:
        if n_nodes < 1 or n_rounds < 0:
            raise ArgumentError(
                f"gossip of {n_nodes} nodes in {n_rounds} rounds", hint="give at least 1 and 0"
            )
        self.n_nodes: Final = n_nodes
        self.n_rounds: Final = n_rounds
        self.seed: Final = seed
        every = [(a, b) for a in range(n_nodes) for b in range(a + 1, n_nodes)]
        pairs = every if edges is None else [(min(e), max(e)) for e in edges]
        self._edges = sorted({(a, b) for a, b in pairs if a != b and b < n_nodes})
        self._chosen = edges is not None
        self._rounds = self._draw()

    @property
    def subtitle(self) -> str:
        """How many rounds, from which seed."""
        return f"{self.n_rounds} rounds, seed {self.seed} | each worker with one or two neighbours"

    def on(self, edges: Sequence[Pair]) -> Self:
        """The same on a graph of these edges, unless it has its own."""
        if self._chosen:
            return self
        return type(self)(self.n_nodes, self.n_rounds, self.seed, edges)

    def get_phase_text(self, frame: int, total_frames: int) -> str:
        """The number of the round."""
        if not self.n_rounds:
            return "No rounds"
        return f"Gossip Round {self._round(frame, total_frames)[0] + 1}/{self.n_rounds}"

    def get_edge_alpha(self, src: int, dst: int, frame: int, total_frames: int) -> float:
        """1 where the two talk in this round, else little."""
        return 1.0 if (min(src, dst), max(src, dst)) in self._busy(frame, total_frames) else 0.15

    def get_particles(
        self, edges: list[EdgeDescriptor], frame: int, total_frames: int
    ) -> list[Particle]:
        """Dots both ways where two talk: they leave as the round begins and arrive as it ends."""
        busy = self._busy(frame, total_frames)
        if not busy:
            return []
        along = self._round(frame, total_frames)[1]
        return [p for e in edges if e.key in busy for p in _both_ways(e, along, _trip)]

    def _busy(self, frame: int, total_frames: int) -> set[Pair]:
        return self._rounds[self._round(frame, total_frames)[0]] if self._rounds else set()

    def _round(self, frame: int, total_frames: int) -> tuple[int, float]:
        """Which round it is, and which share of it is over."""
        at = _time(frame, total_frames) * self.n_rounds
        return min(int(at), max(self.n_rounds - 1, 0)), at % 1.0

    def _draw(self) -> list[set[Pair]]:
        drawn = random.Random(self.seed)
        near: dict[int, list[int]] = {i: [] for i in range(self.n_nodes)}
        for a, b in self._edges:
            near[a].append(b)
            near[b].append(a)
        rounds = []
        for _ in range(self.n_rounds):
            talks: set[Pair] = set()
            for node, others in near.items():
                for other in drawn.sample(others, min(drawn.choice((1, 2)), len(others))):
                    talks.add((min(node, other), max(node, other)))
            rounds.append(talks)
        return rounds


@final
class ParameterServerStrategy:
    """Workers push gradients to a server and pull parameters from it: only its edges are busy.

    >>> ParameterServerStrategy().get_edge_alpha(0, 3, 0, 100)
    1.0
    """

    title = "Parameter Server"
    subtitle = "push gradients, pull parameters | all through one server"

    def __init__(self, ps_idx: int = 0) -> None:
        self.ps_idx: Final = ps_idx

    def get_phase_text(self, frame: int, total_frames: int) -> str:
        """The phase by name."""
        return ("Phase: Push ∇L → PS", "Phase: Aggregate", "Phase: Pull θ ← PS")[
            _phase(_time(frame, total_frames))
        ]

    def get_edge_alpha(self, src: int, dst: int, frame: int, total_frames: int) -> float:
        """1 for the server's edges, little for the others."""
        return 1.0 if self.ps_idx in (src, dst) else 0.12

    def get_particles(
        self, edges: list[EdgeDescriptor], frame: int, total_frames: int
    ) -> list[Particle]:
        """Dots to the server, then from it."""
        along = _there_and_back(_time(frame, total_frames))
        dots = []
        for e in edges:
            if self.ps_idx in (e.src_idx, e.dst_idx):
                way = e.bezier_fn if e.dst_idx == self.ps_idx else _reversed(e.bezier_fn)
                dots += _dots(e, way, along, 0.0, _cycle)
        return dots


def _time(frame: int, total_frames: int) -> float:
    """The share of the whole that is over, 0 to less than 1; frames after the last begin anew."""
    return (frame % total_frames) / total_frames if total_frames > 0 else 0.0


def _phase(t: float) -> int:
    return 0 if t < _FIRST else 1 if t < _SECOND else 2


def _ease(share: float) -> float:
    """The share of a way after the share of its time, slow at both ends."""
    return share * share * (3 - 2 * share)


def _there_and_back(t: float) -> float:
    """Turns of the dots: one there, a rest, and one back."""
    if t < _FIRST:
        return _ease(t / _FIRST)
    return 1.0 if t < _SECOND else 1.0 - _ease((t - _SECOND) / (1 - _SECOND))


def _cycle(k: int, n: int, along: float) -> float:
    """Where dot `k` of `n` is: evenly spread, and after each turn where one was at first."""
    return ((k + 0.5) / n + along) % 1.0


def _trip(k: int, n: int, along: float) -> float:
    """Where dot `k` of `n` is that leave one after the other, and have all arrived in the end."""
    late = _TRAIN * k / max(n - 1, 1)
    return min(max(along * (1 + _TRAIN) - late, 0.0), 1.0)


def _both_ways(edge: EdgeDescriptor, along: float, place: _Place = _cycle) -> list[Particle]:
    forth = _dots(edge, edge.bezier_fn, along, _LANE, place)
    return forth + _dots(edge, _reversed(edge.bezier_fn), along, _LANE, place)


def _dots(
    edge: EdgeDescriptor, way: BezierFn, along: float, lane: float, place: _Place
) -> list[Particle]:
    count = max(2, min(int(edge.weight * 4), _MOST_DOTS))
    style = edge.style
    return [
        Particle(*_beside(way, place(k, count, along), lane), style.color, style.shape)
        for k in range(count)
    ]


def _reversed(way: BezierFn) -> BezierFn:
    return lambda t: way(1 - t)


def _beside(way: BezierFn, t: float, lane: float) -> Point2D:
    """The point of a way, so many pixels to its right."""
    (x0, y0), (x1, y1) = way(max(t - 0.01, 0.0)), way(min(t + 0.01, 1.0))
    dx, dy = x1 - x0, y1 - y0
    length = math.hypot(dx, dy) or 1.0
    x, y = way(t)
    return x - dy / length * lane, y + dx / length * lane
