"""Who shares gradients with whom: nodes at places, and curved edges between them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final, final

from gradloom.viz.animation.particles import Color as Color
from gradloom.viz.animation.theme import EdgeStyle

Point2D = tuple[float, float]
BezierFn = Callable[[float], Point2D]
"""The point of an edge at a share of its way, 0 at its first node and 1 at its second."""
_MOST_ZOOM: Final = 40.0


@final
@dataclass(slots=True)
class Node:
    """A worker: where it stands, what it is called, whether it leads; `radius` in pixels."""

    idx: int
    x: float
    y: float
    label: str
    is_leader: bool = False
    radius: int = 34


@final
@dataclass(frozen=True, slots=True)
class EdgeDescriptor:
    """What a strategy sees of an edge: its ends by number, its weight, its style, its way.

    >>> EdgeDescriptor(2, 0, 0.5, EdgeStyle((0, 0, 0), "circle"), lambda t: (t, t)).key
    (0, 2)
    """

    src_idx: int
    dst_idx: int
    weight: float
    style: EdgeStyle
    bezier_fn: BezierFn

    @property
    def key(self) -> tuple[int, int]:
        """The ends, the smaller number first."""
        return min(self.src_idx, self.dst_idx), max(self.src_idx, self.dst_idx)


@final
@dataclass(slots=True)
class CurvedEdge:
    """An edge as a quadratic Bézier curve with one control point."""

    src: Node
    dst: Node
    weight: float
    style: EdgeStyle
    ctrl_x: float = 0.0
    ctrl_y: float = 0.0

    @property
    def key(self) -> tuple[int, int]:
        """The numbers of its ends, the smaller first."""
        return min(self.src.idx, self.dst.idx), max(self.src.idx, self.dst.idx)

    def bezier_point(self, t: float) -> Point2D:
        """The point at a share of the way."""
        u = 1 - t
        a, b, c = u * u, 2 * u * t, t * t
        return (
            a * self.src.x + b * self.ctrl_x + c * self.dst.x,
            a * self.src.y + b * self.ctrl_y + c * self.dst.y,
        )

    def bezier_points(self, n: int = 40) -> list[Point2D]:
        """`n` + 1 points along the way, both ends among them."""
        return [self.bezier_point(i / n) for i in range(n + 1)]

    def midpoint(self) -> Point2D:
        """The point half way."""
        return self.bezier_point(0.5)

    def to_descriptor(self) -> EdgeDescriptor:
        """What a strategy sees of it."""
        return EdgeDescriptor(
            self.src.idx, self.dst.idx, self.weight, self.style, self.bezier_point
        )


@final
@dataclass(slots=True)
class Graph:
    """Nodes and the edges between them."""

    nodes: list[Node] = field(default_factory=list)
    edges: list[CurvedEdge] = field(default_factory=list)

    def edge_descriptors(self) -> list[EdgeDescriptor]:
        """What a strategy sees."""
        return [edge.to_descriptor() for edge in self.edges]

    def fitted(
        self, left: float, top: float, width: float, height: float, grow: float = 1.0
    ) -> Graph:
        """The same graph, moved and scaled so that it just fits into a rectangle; its nodes become
        `grow` times as large, or smaller where they would touch.
        """
        points = list(_extent(self))
        x0, x1 = min(x for x, _ in points), max(x for x, _ in points)
        y0, y1 = min(y for _, y in points), max(y for _, y in points)
        room = min(width, height) / 2 - 1
        pad = min(max((n.radius for n in self.nodes), default=0) * grow * 1.2, room * 0.5)
        zoom = min((width - 2 * pad) / max(x1 - x0, 1e-9), (height - 2 * pad) / max(y1 - y0, 1e-9))
        zoom = min(zoom, _MOST_ZOOM)
        cx, cy = left + width / 2, top + height / 2

        def moved(x: float, y: float) -> Point2D:
            return cx + (x - (x0 + x1) / 2) * zoom, cy + (y - (y0 + y1) / 2) * zoom

        nodes = [_at(node, *moved(node.x, node.y), grow) for node in self.nodes]
        by_number = {node.idx: node for node in nodes}
        edges = []
        for e in self.edges:
            x, y = moved(e.ctrl_x, e.ctrl_y)
            a, b = by_number[e.src.idx], by_number[e.dst.idx]
            edges.append(CurvedEdge(a, b, e.weight, e.style, x, y))
        return Graph(_apart(nodes), edges)


def _at(node: Node, x: float, y: float, grow: float) -> Node:
    return replace(node, x=x, y=y, radius=max(1, round(node.radius * grow)))


def _extent(graph: Graph) -> Iterator[Point2D]:
    for node in graph.nodes:
        yield node.x, node.y
    for edge in graph.edges:
        yield from edge.bezier_points(12)


def _apart(nodes: list[Node]) -> list[Node]:
    """The nodes, made smaller where they would touch: in place, since edges hold them."""
    nearest = min(
        (
            math.dist((a.x, a.y), (b.x, b.y)) / (a.radius + b.radius)
            for i, a in enumerate(nodes)
            for b in nodes[i + 1 :]
        ),
        default=2.0,
    )
    if nearest < 1.3:  # less than a third of a node's width between two
        for node in nodes:
            node.radius = max(4, int(node.radius * nearest / 1.3))
    return nodes
