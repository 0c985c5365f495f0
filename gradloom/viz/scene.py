"""What a picture shows, before it is placed or drawn: boxes and the edges between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, final

from gradloom.ir.graph import Graph, Node, Operand, Value
from gradloom.ir.names import parameter_names
from gradloom.ir.scalars import scalar_text

Kind = Literal["input", "op", "derivative", "constant", "output", "region"]

_CONSTANTS: Final = frozenset({"constant", "iota", "dim"})


@final
@dataclass(frozen=True, slots=True)
class Box:
    """A node of the picture: a title, lines below it, and what is told when one points at it."""

    id: str
    title: str
    lines: tuple[str, ...]
    kind: Kind
    tip: str = ""


@final
@dataclass(frozen=True, slots=True)
class Edge:
    """A value on its way from one box to another."""

    source: str
    target: str
    label: str = ""


@final
@dataclass(frozen=True, slots=True)
class Scene:
    """Boxes and edges; `title` stands above."""

    title: str
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]


def scene(graph: Graph) -> Scene:
    """The scene of a graph: parameters, a box per node, results; a region is a line in its node's
    box.
    """
    names = parameter_names(graph.parameters)
    boxes: list[Box] = []
    edges: list[Edge] = []
    home: dict[Value, str] = {}
    for i, parameter in enumerate(graph.parameters):
        home[parameter] = f"p{i}"
        boxes.append(Box(f"p{i}", names[i], (str(parameter.type),), "input"))
    for i, node in enumerate(graph.nodes):
        boxes.append(_box(f"n{i}", node))
        edges += [Edge(home[x], f"n{i}") for x in dict.fromkeys(_values(node.operands))]
        home.update((result, f"n{i}") for result in node.results)
    for i, result in enumerate(graph.results):
        boxes.append(
            Box(
                f"r{i}",
                "result" if len(graph.results) == 1 else f"result {i}",
                (str(result.type),),
                "output",
            )
        )
        edges += [Edge(home[x], f"r{i}") for x in _values((result,))]
    return Scene(graph.name, tuple(boxes), tuple(edges))


def _values(operands: Sequence[Operand]) -> Iterator[Value]:
    return (x for x in operands if isinstance(x, Value))


def _box(id: str, node: Node) -> Box:
    literals = [scalar_text(x.value) for x in node.operands if not isinstance(x, Value)]
    types = [str(r.type) for r in node.results]
    lines = [", ".join(types)] + ([f"with {', '.join(literals)}"] if literals else [])
    lines += [f"{region.name}: {len(region.nodes)} ops" for region in node.regions]
    place = node.location
    tip = place.with_source() if place is not None else ""
    kind: Kind = "region" if node.regions else "constant" if node.op.name in _CONSTANTS else "op"
    if place is not None and place.note:
        kind = "derivative"
    return Box(
        id, node.op.name + (f" (copy {node.copy})" if node.copy else ""), tuple(lines), kind, tip
    )
