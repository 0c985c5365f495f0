"""The scene of a lazy DAG: a box per call, on demand one per value, and one per other graph that
values come from.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, final

from gradloom.frontend.dag.builder import GraphBuilder
from gradloom.frontend.dag.described import attribute, sizes, told
from gradloom.frontend.dag.node import DataNode
from gradloom.frontend.dag.step import Step
from gradloom.viz.boxes import Box, Edge, Scene
from gradloom.viz.drawn import told as counted
from gradloom.viz.lazy.crowd import crowded
from gradloom.viz.lazy.looks import FONT_SIZE, Style, shape_of
from gradloom.viz.lazy.told import duration, size

MOST_BOXES: Final = 2_000
"""The layout of so many takes seconds, and nobody reads more."""


@final
@dataclass(frozen=True, slots=True)
class Styled:
    """A scene, and how boxes of it are drawn, by id."""

    scene: Scene
    styles: Mapping[str, Style]

    @property
    def description(self) -> str:
        """What is shown, in words."""
        return counted(self.scene)


def styled(
    G: GraphBuilder,
    summary: bool,
    verbose: bool,
    attributes: Mapping[str, Any],
    marked: Iterable[DataNode] = (),
) -> Styled:
    """The picture of a graph before it is placed. `summary` leaves values out, `verbose` writes
    unique names, `marked` nodes have what they depend on outlined.
    """
    steps = G.steps
    data = [] if summary else list(_data(G))
    if len(steps) + len(data) > MOST_BOXES:
        data = []
    lineage = _lineage(G, marked)
    if len(steps) > MOST_BOXES:
        return _crowd(G, attributes, lineage)
    return _Making(G, summary or not data, verbose, attributes, lineage).made(steps, data)


def _crowd(G: GraphBuilder, attributes: Mapping[str, Any], lineage: frozenset[str]) -> Styled:
    """The picture of a graph whose calls are too many for a box each."""
    boxes, edges, ids = crowded(G.steps, MOST_BOXES // 4)
    outlined = {ids[step] for step in G.steps if _step_id(step) in lineage}
    look = attributes["op_node_color"], attributes["op_node_shape"], attributes["op_node_fontsize"]
    styles = {box.id: Style(*look, outlined=box.id in outlined) for box in boxes}
    return Styled(Scene(G.alias or G.graph_uid, tuple(boxes), tuple(edges)), styles)


def _data(G: GraphBuilder) -> Iterator[DataNode]:
    """Every value of the graph that is drawn in full, once."""
    seen: dict[DataNode, None] = {}
    for step in G.steps:
        seen.update(dict.fromkeys([*step.inputs, *step.outputs]))
    return iter(seen)


def _lineage(G: GraphBuilder, nodes: Iterable[DataNode]) -> frozenset[str]:
    """The ids of the boxes that these nodes depend on."""
    found: dict[DataNode, None] = {}
    pending = list(nodes)
    while pending:
        node = pending.pop()
        if node not in found:
            found[node] = None
            pending += node.step.inputs if node.step is not None else ()
    ids = {_data_id(node, G) for node in found}
    for node in found:
        if node.graph is not G:
            ids.add(_graph_id(node.graph))
        elif node.step is not None:
            ids.add(_step_id(node.step))
    return frozenset(ids)


def _step_id(step: Step) -> str:
    return step.uid


def _data_id(node: DataNode, G: GraphBuilder) -> str:
    """Unique names of a graph's own end in a number, these of others do not."""
    return node.uid if node.graph is G else f"{node.uid} ({node.graph.graph_uid})"


def _graph_id(graph: GraphBuilder) -> str:
    return f"({graph.graph_uid})"


@final
class _Making:
    """Boxes and edges in order of creation, which is an order of the edges too."""

    def __init__(
        self,
        G: GraphBuilder,
        summary: bool,
        verbose: bool,
        attributes: Mapping[str, Any],
        marked: frozenset[str],
    ) -> None:
        self._graph = G
        self._summary = summary
        self._verbose = verbose
        self._attributes = attributes
        self._marked = marked
        self._boxes: dict[str, Box] = {}
        self._styles: dict[str, Style] = {}
        self._edges: dict[tuple[str, str], int] = {}

    def made(self, steps: Iterable[Step], data: Iterable[DataNode]) -> Styled:
        drawn = {_data_id(node, self._graph) for node in data}
        for step in steps:
            for node in step.inputs:
                self._input(node, step, drawn)
            self._step(step)
            for node in step.outputs:
                if _data_id(node, self._graph) in drawn:
                    self._data(node)
                    self._edge(_step_id(step), _data_id(node, self._graph))
        edges = tuple(Edge(a, b, count=n) for (a, b), n in self._edges.items())
        title = self._graph.alias or self._graph.graph_uid
        boxes = tuple(self._boxes.values())
        return Styled(Scene(title, boxes, edges, rows=self._rows()), self._styles)

    def _rows(self) -> tuple[tuple[str, ...], ...]:
        """The boxes of each rank, which stand side by side."""
        found: dict[object, list[str]] = {}
        for id, style in self._styles.items():
            if style.rank is not None:
                found.setdefault(style.rank, []).append(id)
        return tuple(map(tuple, found.values()))

    def _input(self, node: DataNode, step: Step, drawn: set[str]) -> None:
        source = "" if node.step is None else _step_id(node.step)
        if node.graph is not self._graph:
            source = _graph_id(node.graph)
            self._other(source, node.graph)
        if _data_id(node, self._graph) in drawn:
            self._data(node)
            if source and node.graph is not self._graph:
                self._edge(source, _data_id(node, self._graph))
            self._edge(_data_id(node, self._graph), _step_id(step))
        elif source:
            self._edge(source, _step_id(step))

    def _edge(self, source: str, target: str) -> None:
        pair = source, target
        self._edges[pair] = self._edges.get(pair, 0) + (pair not in self._edges)

    def _put(self, box: Box, style: Style) -> None:
        outlined = box.id in self._marked
        self._styles[box.id] = Style(style.color, style.shape, style.fontsize, outlined, style.rank)
        wide = math.ceil(len(box.title) * max(0.0, style.fontsize / FONT_SIZE - 1))
        title = " " * (wide // 2) + box.title + " " * (wide - wide // 2)  # room for a large font
        self._boxes[box.id] = Box(box.id, title, box.lines, box.kind, box.tip, group=box.group)

    def _step(self, step: Step) -> None:
        title = step.uid if self._verbose else step.name
        look, of = step.look, self._attributes
        style = Style(
            look.color or of["op_node_color"],
            shape_of(look.shape) if look.shape else of["op_node_shape"],
            look.fontsize or of["op_node_fontsize"],
            rank=look.rank,
        )
        box = Box(_step_id(step), title, tuple(self._lines(step)), "op", _tip(step))
        self._put(box, style)

    def _lines(self, step: Step) -> Iterator[str]:
        if self._summary and self._attributes["persist_record_shape"]:
            there = [_sizes(node) for node in step.outputs if node.has_value()]
            kept = any(node.is_persisted for node in step.outputs)
            if there or kept:
                yield ", ".join(there) or "kept"
        if step.error:
            yield f"failed: {step.error}"
        elif step.seconds is not None:
            yield duration(step.seconds) + (f", {size(step.nbytes)}" if step.nbytes else "")
        where = [step.place] if step.place else []
        where += [f"{step.tries} tries"] if step.tries > 1 else []
        if where:
            yield ", ".join(where)

    def _data(self, node: DataNode) -> None:
        id, of = _data_id(node, self._graph), self._attributes
        if id in self._boxes:
            return
        title = node.uid if self._verbose else node.alias or "data"
        there = node.has_value()
        lines = (_sizes(node),) if there else ("kept",) if node.is_persisted else ()
        kind = "input" if node.step is None else "output" if there else "constant"
        tip = f"{node.uid}: {told(node.held)}" if there else f"{node.uid}: to be computed"
        style = Style(of["data_node_color"], of["data_node_shape"], of["data_node_fontsize"])
        self._put(Box(id, title, lines, kind, tip), style)  # type: ignore[arg-type]  # of three

    def _other(self, id: str, graph: GraphBuilder) -> None:
        of = self._attributes
        style = Style(of["graph_node_color"], of["graph_node_shape"], of["graph_node_fontsize"])
        title = graph.graph_uid if self._verbose else graph.alias or graph.graph_uid
        tip = f"another graph: {len(graph)} calls"
        if id not in self._boxes:
            self._put(Box(id, title, (), "group", tip, group=True), style)


def _sizes(node: DataNode) -> str:
    return sizes(node.held, counted=node.is_persisted)


def _tip(step: Step) -> str:
    lines = [step.uid]
    if step.node.location is not None:
        lines.append(step.node.location.with_source())
    if step.place:
        lines.append(f"made by {step.place}" if not step.reason else f"made here: {step.reason}")
    doc = attribute(step.call.function, "__doc__")
    lines += [doc.strip().splitlines()[0]] if isinstance(doc, str) and doc.strip() else []
    return "\n".join(lines)
