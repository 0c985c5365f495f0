"""The film of a strategy on a graph: what the strategy says of each frame."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, final

from gradloom.ir.errors import ArgumentError
from gradloom.viz.animation.config import RenderConfig
from gradloom.viz.animation.film import Dot, Key, Moment, Spot, Stage, State, Wire
from gradloom.viz.animation.graph import CurvedEdge, Graph, Node
from gradloom.viz.animation.stages import frame
from gradloom.viz.animation.strategies import AggregationStrategy, GossipStrategy
from gradloom.viz.animation.theme import Theme
from gradloom.viz.drawing import Point

_ALONG: Final = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74)
"""Where along an edge its weight may stand, the best first."""
_MOST_WEIGHTS: Final = 30
"""Edges up to which their weights are written beside them: more would be a smear."""


@final
class StrategyFilm:
    """A strategy's frames. What the strategy is told of places is in pixels of scale
    `config.scale`; the film's own are those of the picture.
    """

    def __init__(
        self,
        graph: Graph,
        strategy: AggregationStrategy,
        config: RenderConfig | None = None,
        theme: Theme | None = None,
    ) -> None:
        if not graph.nodes:
            raise ArgumentError("a graph without nodes", hint="GraphBuilder builds one with some")
        if not isinstance(strategy, AggregationStrategy):
            raise ArgumentError(
                f"{type(strategy).__name__} is no strategy",
                hint="it needs title, subtitle, get_phase_text, get_edge_alpha and get_particles",
            )
        self.config = config or RenderConfig()
        self.theme = theme or Theme.dark()
        keys = _keys(graph)
        parts = frame(self.config.width, self.config.height, self.theme, [k.text for k in keys])
        k = self.config.scale
        if self.config.fit:
            left, top, width, height = parts.plot
            graph = graph.fitted(left * k, top * k, width * k, height * k, parts.zoom * k / 2)
        self._graph = graph
        pairs = [edge.key for edge in graph.edges]
        self._strategy = strategy.on(pairs) if isinstance(strategy, GossipStrategy) else strategy
        self._calm: tuple[State, ...] = tuple("" for _ in graph.nodes)
        self._edges = graph.edge_descriptors()
        self._numbers = {node.idx: i for i, node in enumerate(graph.nodes)}
        self.stage = Stage(
            self.config.width,
            self.config.height,
            strategy.title,
            strategy.subtitle,
            tuple(_spot(node, k) for node in graph.nodes),
            _labelled([self._wire(edge, k) for edge in graph.edges], graph, k, parts.zoom),
            tuple(keys),
            f"{strategy.title}: {len(graph.nodes)} workers, {len(graph.edges)} edges",
        )

    def moment(self, share: float) -> Moment:
        """The frame at a share of the duration."""
        total = self.config.total_frames
        return self.frame(int(share * total + 1e-9) % total)

    def frame(self, number: int) -> Moment:
        """A frame by its number; the one after the last is the first."""
        total, k = self.config.total_frames, self.config.scale
        number %= total
        strategy = self._strategy
        alphas = (strategy.get_edge_alpha(e.src_idx, e.dst_idx, number, total) for e in self._edges)
        unit = self.config.particle_size / k
        dots = (
            Dot(p.x / k, p.y / k, p.color, p.shape, unit * p.size)
            for p in strategy.get_particles(self._edges, number, total)
        )
        return Moment(
            number / total,
            strategy.get_phase_text(number, total),
            "",
            tuple(min(max(float(a), 0.0), 1.0) for a in alphas),
            self._calm,
            tuple(dots),
        )

    def _wire(self, edge: CurvedEdge, k: int) -> Wire:
        label = f"{edge.weight:.2f}" if len(self._graph.edges) <= _MOST_WEIGHTS else ""
        a, b = self._numbers[edge.src.idx], self._numbers[edge.dst.idx]
        control = edge.ctrl_x / k, edge.ctrl_y / k
        return Wire(
            a, b, _place(edge.src, k), control, _place(edge.dst, k), label, edge.style.color
        )


def _place(node: Node, k: int) -> Point:
    return node.x / k, node.y / k


def _spot(node: Node, k: int) -> Spot:
    return Spot(*_place(node, k), node.radius / k, node.label, node.is_leader)


def _labelled(wires: list[Wire], graph: Graph, k: int, zoom: float) -> tuple[Wire, ...]:
    """The wires with their labels where these touch no node and no other label, or without."""
    taken = [
        (node.x / k, node.y / k, node.radius / k + 4, node.radius / k + 4) for node in graph.nodes
    ]
    half = 17 * zoom, 8 * zoom
    found = []
    for wire in wires:
        places = (wire.at(t) for t in _ALONG) if wire.label else iter(())
        at = next((p for p in places if not any(_touch(p, half, other) for other in taken)), None)
        if at is not None:
            taken.append((*at, *half))
        found.append(replace(wire, label_at=at))
    return tuple(found)


def _touch(at: Point, half: Point, other: tuple[float, float, float, float]) -> bool:
    x, y, across, down = other
    return abs(at[0] - x) < half[0] + across and abs(at[1] - y) < half[1] + down


def _keys(graph: Graph) -> list[Key]:
    return [
        Key(f"{e.src.label} ↔ {e.dst.label}", e.style.color, e.style.shape) for e in graph.edges
    ]
