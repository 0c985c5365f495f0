"""The graphs of a history as scenes with boxes that keep their names from graph to graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

from gradloom.ir.graph import Graph, Node, Value
from gradloom.ir.names import parameter_names
from gradloom.viz.explorer.lineage import lineages
from gradloom.viz.layout import Layout, layout
from gradloom.viz.motion.lines import place_of, stretches, titled
from gradloom.viz.scene import Box, Edge, Kind, Scene

_FEW: Final = 40
"""Graphs of at most so many nodes show each of them."""
_CUTS: Final = (30, 20, 12, 8)
"""Otherwise boxes are lines of the program, joined to at most so many: the first number that
fits.
"""
_FEW_ENDS: Final = 12
"""More inputs, or more results, than these are one box."""
_FITS: Final = (1400.0, 1000.0)
"""The width and height of a film that still fits a screen."""


@final
@dataclass(frozen=True, slots=True)
class Pictured:
    """A graph of the history, placed. Boxes of equal ids are the same in all of them; `counts`
    says how many nodes a box holds.
    """

    layout: Layout
    edges: tuple[tuple[str, str], ...]
    counts: dict[str, int]


def pictured(graphs: Sequence[Graph]) -> tuple[Pictured, ...]:
    """Every graph of the history, placed, in boxes that are few enough to be read."""
    numbers = [
        [found[f"n{i}"] for i in range(len(graph.nodes))]
        for graph, found in zip(graphs, lineages(graphs), strict=True)
    ]
    most = max((len(graph.nodes) for graph in graphs), default=0)
    ways = [None, *_CUTS] if most <= _FEW else [*_CUTS]
    made: tuple[Pictured, ...] = ()
    for cut in ways:
        made = _placed(graphs, numbers, cut)
        width = max(p.layout.width for p in made)
        height = max(p.layout.height for p in made)
        if width <= _FITS[0] and height <= _FITS[1]:
            break
    return made


def _placed(
    graphs: Sequence[Graph], numbers: Sequence[list[int]], most: int | None
) -> tuple[Pictured, ...]:
    out: list[Pictured] = []
    names: dict[int, str] = {}  # the box that a node of the history was in last
    done: dict[int, Pictured] = {}
    for graph, mine in zip(graphs, numbers, strict=True):
        if id(graph) not in done:
            units = _units(graph, most)
            ids = _named(units, mine, names, len(out))
            names.update((mine[i], ids[k]) for k, unit in enumerate(units) for i in unit)
            done[id(graph)] = _scene(graph, units, ids)
        out.append(done[id(graph)])
    return tuple(out)


def _units(graph: Graph, most: int | None) -> list[list[int]]:
    """The nodes, by position, in boxes."""
    if most is None:
        return [[i] for i in range(len(graph.nodes))]
    places = [(place_of(node.location), _derived(node)) for node in graph.nodes]
    runs = stretches(places, [node.op.name for node in graph.nodes], most)
    return [list(run) for run in runs]


def _derived(node: Node) -> bool:
    return node.location is not None and bool(node.location.note)


def _named(
    units: Sequence[list[int]], numbers: Sequence[int], names: dict[int, str], step: int
) -> list[str]:
    """A box has the name of that box before which most of its nodes come from, if none has it."""
    taken: set[str] = set()
    ids = []
    for k, unit in enumerate(units):
        votes = Counter(names[numbers[i]] for i in unit if numbers[i] in names)
        found = next((name for name, _ in votes.most_common() if name not in taken), "")
        ids.append(found or f"u{step}.{k}")
        taken.add(ids[-1])
    return ids


def _scene(graph: Graph, units: Sequence[list[int]], ids: Sequence[str]) -> Pictured:
    inputs, home = _inputs(graph)
    boxes = list(inputs)
    for unit, name in zip(units, ids, strict=True):
        boxes.append(_box(graph, unit, name))
        home.update((r, name) for i in unit for r in graph.nodes[i].results)
    edges: dict[tuple[str, str], None] = {}
    for unit, name in zip(units, ids, strict=True):
        for i in unit:
            found = (home[x] for x in graph.nodes[i].operands if isinstance(x, Value))
            edges.update(((source, name), None) for source in found if source != name)
    few = len(graph.results) <= _FEW_ENDS
    for i, x in enumerate(graph.results):
        name = f"r{i}" if few else "r"
        if few or i == 0:
            one = "result" if len(graph.results) == 1 else f"result {i}"
            boxes.append(Box(name, one if few else f"{len(graph.results)} results", (), "output"))
        if isinstance(x, Value):
            edges[home[x], name] = None
    scene = Scene(graph.name, tuple(boxes), tuple(Edge(a, b) for a, b in edges))
    counts = {name: len(unit) for unit, name in zip(units, ids, strict=True)}
    return Pictured(layout(scene), tuple(edges), counts)


def _inputs(graph: Graph) -> tuple[list[Box], dict[Value, str]]:
    """The boxes of parameters, and the box that each is in; of many there is one."""
    names = parameter_names(graph.parameters)
    if len(names) > _FEW_ENDS:
        box = Box("p", f"{len(names)} inputs", (), "input", ", ".join(names))
        return [box], dict.fromkeys(graph.parameters, "p")
    boxes = [Box(f"p{i}", name, (), "input") for i, name in enumerate(names)]
    return boxes, {p: f"p{i}" for i, p in enumerate(graph.parameters)}


def _box(graph: Graph, unit: Sequence[int], name: str) -> Box:
    nodes = [graph.nodes[i] for i in unit]
    at = nodes[0].location
    kind: Kind = "derivative" if _derived(nodes[0]) else "region" if nodes[0].regions else "op"
    tip = at.with_source() if at is not None else ""
    if len(unit) == 1:
        return Box(name, nodes[0].op.name, (), kind, tip)
    source = at.source() if at is not None and at.file else ""
    title = titled(source, [node.op.name for node in nodes])
    return Box(name, f"d {title}" if kind == "derivative" else title, (), kind, tip)
