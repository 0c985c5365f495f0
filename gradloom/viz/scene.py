"""The scene of a graph: a box for everything that is not inside a closed group, the sums of what
flows between boxes, and a frame around every open group.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import final

from gradloom.ir.errors import ArgumentError
from gradloom.ir.graph import Graph, Value
from gradloom.viz.boxes import Box as Box
from gradloom.viz.boxes import Edge as Edge
from gradloom.viz.boxes import Frame as Frame
from gradloom.viz.boxes import Kind as Kind
from gradloom.viz.boxes import Scene as Scene
from gradloom.viz.groups import MOST_BOXES, Group, grouped, opening, shown
from gradloom.viz.node_box import end_box, node_box
from gradloom.viz.uses import ends_by_id, flows, nodes_by_id
from gradloom.viz.weights import weights


def scene(
    graph: Graph,
    opened: Iterable[str] | None = None,
    most: int = MOST_BOXES,
    tree: Group | None = None,
) -> Scene:
    """The scene of a graph in which these groups stand open, by their ids; when nothing is said,
    the outermost, while at most `most` boxes are shown.

    Boxes have the ids of what they stand for; an open node with regions has a box of its own in its
    frame, "n12.op", where values go into the op itself. `tree` is `grouped(graph)`, for whoever has
    it already. Raises `ArgumentError` for an id that
    is no group's.

    >>> import numpy as np, gradloom as gl
    >>> [box.title for box in scene(gl.trace(lambda x: np.sin(x) * 2, np.ones(3))).boxes]
    ['x', 'sin', 'multiply', 'result']
    """
    tree = tree or grouped(graph)
    open_ids = opening(tree, most) if opened is None else frozenset(opened) | {tree.id}
    unknown = open_ids - {group.id for group in tree.walk()}
    if unknown:
        raise ArgumentError(
            f"there is no group {min(unknown)!r} in {graph.name}",
            hint="groups have the ids that gradloom.viz.groups.grouped(graph) gives them",
        )
    # What goes into the op itself of an open node, the predicate of a cond, needs a box to go to.
    heads = {id: f"{id}.op" for id in open_ids if id[0] == "n"}
    edges = _edges(graph, shown(tree, open_ids) | heads)
    ends = {end for edge in edges for end in (edge.source, edge.target)}
    made = _Making(graph, tree, open_ids, ends)
    made.contents(tree, "")
    return Scene(graph.name, tuple(made.boxes), edges, tuple(made.frames))


def _edges(graph: Graph, box: Mapping[str, str]) -> tuple[Edge, ...]:
    """What flows between boxes, each value once."""
    values: dict[tuple[str, str], dict[Value, None]] = {}
    for source, target, value in flows(graph):
        ends = box[source], box[target]
        if ends[0] != ends[1]:
            values.setdefault(ends, {})[value] = None
    return tuple(
        Edge(a, b, _label(len(flown)), len(flown), sum(value.type.nbytes() for value in flown))
        for (a, b), flown in values.items()
    )


def _label(count: int) -> str:
    return "" if count == 1 else f"{count} values"


@final
class _Making:
    """Boxes and frames of the groups that stand open, in program order."""

    def __init__(self, graph: Graph, tree: Group, opened: frozenset[str], ends: set[str]) -> None:
        self.boxes: list[Box] = []
        self.frames: list[Frame] = []
        self._opened = opened
        self._ends = ends
        self._nodes = nodes_by_id(graph)
        self._named = ends_by_id(graph)
        self._weights = weights(tree, self._nodes, self._named)

    def contents(self, group: Group, frame: str) -> None:
        """All that is in an open group, in its frame."""
        for item in group.items:
            if isinstance(item, str):
                self.boxes.append(self._box(item, frame))
            elif item.id in self._opened:
                self._open(item, frame)
            else:
                self.boxes.append(self._closed(item, frame))

    def _box(self, id: str, frame: str) -> Box:
        node = self._nodes.get(id)
        return end_box(id, *self._named[id], frame) if node is None else node_box(id, node, frame)

    def _open(self, group: Group, frame: str) -> None:
        weight, tip = self._weights[group.id], self._tip(group)
        sums = weight.count, weight.flops, weight.bytes
        self.frames.append(Frame(group.id, group.title, group.kind, frame, tip, *sums))
        head = f"{group.id}.op"
        if head in self._ends:
            box = node_box(head, self._nodes[group.id], group.id)
            self.boxes.append(replace(box, lines=(), group=False))
        self.contents(group, group.id)

    def _closed(self, group: Group, frame: str) -> Box:
        if group.id in self._nodes:
            return self._box(group.id, frame)
        weight = self._weights[group.id]
        sums = weight.count, weight.flops, weight.bytes
        kind, tip = weight.kind, self._tip(group)
        return Box(group.id, group.title, weight.lines, kind, tip, frame, *sums, True)

    def _tip(self, group: Group) -> str:
        weight = self._weights[group.id]
        return "\n".join(
            text for text in (group.title, weight.told, ", ".join(weight.lines)) if text
        )
