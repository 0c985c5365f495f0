"""Graphs of workers, step by step."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Self, final

from gradloom.ir.errors import ArgumentError
from gradloom.viz.animation.graph import CurvedEdge, Graph, Node, Point2D
from gradloom.viz.animation.theme import Theme

AdjacencyMatrix = Sequence[Sequence[float]]
"""Weights of edges by row and column; 0 where there is none."""


@final
class GraphBuilder:
    """Places nodes, joins them by edges, and builds a graph.

    >>> ring = [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
    >>> graph = GraphBuilder().with_adjacency_matrix(ring, (400, 300), 200).build()
    >>> [node.label for node in graph.nodes], len(graph.edges)
    (['W0', 'W1', 'W2'], 3)
    """

    def __init__(self, theme: Theme | None = None) -> None:
        self._theme = theme or Theme.dark()
        self._nodes: list[Node] = []
        self._edges: list[CurvedEdge] = []

    def with_ring_layout(
        self, n: int, center: Point2D, radius: float, *, labels: Sequence[str] | None = None
    ) -> Self:
        """Place `n` nodes on a circle, clockwise from 12 o'clock."""
        if n < 1:
            raise ArgumentError(f"a ring of {n} nodes", hint="give at least one")
        if labels is not None and len(labels) != n:
            raise ArgumentError(f"{len(labels)} labels for {n} nodes", hint="give one for each")
        angles = [2 * math.pi * i / n - math.pi / 2 for i in range(n)]
        names = labels if labels is not None else [f"W{i}" for i in range(n)]
        return self._placed(
            (center[0] + radius * math.cos(a), center[1] + radius * math.sin(a), label)
            for a, label in zip(angles, names, strict=True)
        )

    def with_custom_positions(self, positions: Iterable[tuple[float, float, str]]) -> Self:
        """Place nodes where each is said to be: (x, y, label)."""
        return self._placed(positions)

    def with_adjacency_matrix(
        self,
        matrix: AdjacencyMatrix,
        center: Point2D,
        radius: float,
        *,
        curvature: float = 0.35,
        labels: Sequence[str] | None = None,
    ) -> Self:
        """Place a node for each row on a circle, and join those whose weight is above 0."""
        self.with_ring_layout(len(matrix), center, radius, labels=labels)
        return self.with_edges_from_matrix(matrix, center, curvature)

    def with_edges_from_matrix(
        self, matrix: AdjacencyMatrix, center: Point2D, curvature: float = 0.35
    ) -> Self:
        """Join the nodes that are placed: an edge for each two with a weight above 0 in either
        direction, the larger of both. It bends away from the centre.
        """
        n = len(self._nodes)
        _check(matrix, n)
        self._edges = []
        for i in range(n):
            for j in range(i + 1, n):
                weight = max(float(matrix[i][j]), float(matrix[j][i]))
                if weight > 0:
                    self._edges.append(self._edge(i, j, weight, center, curvature))
        return self

    def mark_leaders(self, indices: Iterable[int], *, radius: int = 42) -> Self:
        """Make these nodes leaders: larger, with a double ring."""
        for node in self._those(indices):
            node.is_leader, node.radius = True, radius
        return self

    def relabel(self, mapping: Mapping[int, str]) -> Self:
        """Call nodes by other names."""
        for node, label in zip(self._those(mapping), mapping.values(), strict=True):
            node.label = label
        return self

    def build(self) -> Graph:
        """The graph; ArgumentError (a ValueError) where no node was placed."""
        if not self._nodes:
            raise ArgumentError("a graph without nodes", hint="call with_ring_layout first")
        return Graph(list(self._nodes), list(self._edges))

    def _placed(self, positions: Iterable[tuple[float, float, str]]) -> Self:
        nodes = [Node(i, float(x), float(y), label) for i, (x, y, label) in enumerate(positions)]
        for node in nodes:
            if not (math.isfinite(node.x) and math.isfinite(node.y)):
                raise ArgumentError(
                    f"node {node.idx} ({node.label!r}) is at ({node.x}, {node.y})",
                    hint="give finite positions",
                )
        self._nodes, self._edges = nodes, []
        return self

    def _edge(self, i: int, j: int, weight: float, center: Point2D, curvature: float) -> CurvedEdge:
        a, b = self._nodes[i], self._nodes[j]
        mx, my = (a.x + b.x) / 2, (a.y + b.y) / 2
        out_x, out_y = mx - center[0], my - center[1]
        away = math.hypot(out_x, out_y)
        length = math.dist((a.x, a.y), (b.x, b.y))
        if away < 1e-6 * max(length, 1.0):  # through the centre: bend to a side
            out_x, out_y, away = a.y - b.y, b.x - a.x, length or 1.0
        push = length * curvature / away
        style = self._theme.edge_style_for(len(self._edges))
        return CurvedEdge(a, b, weight, style, mx + out_x * push, my + out_y * push)

    def _those(self, indices: Iterable[int]) -> list[Node]:
        wanted = list(indices)
        for i in wanted:
            if not 0 <= i < len(self._nodes):
                raise ArgumentError(
                    f"there is no node {i} among {len(self._nodes)}", hint="they count from 0"
                )
        return [self._nodes[i] for i in wanted]


def _check(matrix: AdjacencyMatrix, n: int) -> None:
    if len(matrix) != n:
        raise ArgumentError(f"a matrix of {len(matrix)} rows for {n} nodes", hint="give one each")
    for i, row in enumerate(matrix):
        if len(row) != n:
            raise ArgumentError(f"row {i} has {len(row)} weights for {n} nodes", hint="give n × n")
        for j, weight in enumerate(row):
            if not math.isfinite(weight):
                raise ArgumentError(f"weight ({i}, {j}) is {weight}", hint="give finite weights")
