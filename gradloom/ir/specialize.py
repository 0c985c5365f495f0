"""A graph with its named dimensions replaced by numbers."""

from __future__ import annotations

from collections.abc import Mapping

from gradloom.ir import dims
from gradloom.ir.graph import Graph, Literal, Node, Operand, Value
from gradloom.ir.types import TensorType


def specialize(graph: Graph, sizes: Mapping[str, int | dims.Dim]) -> Graph:
    """`graph` for these sizes; types, attributes and literals change, nothing else."""
    return _made_anew(graph, dict(sizes)) if sizes else graph


def copied(graph: Graph) -> Graph:
    """`graph` with nodes and regions of its own, so that both can stand in one graph."""
    return _made_anew(graph, {})


def _made_anew(graph: Graph, table: dict[str, int | dims.Dim]) -> Graph:
    names: dict[Value, Operand] = {}

    def sized(type: TensorType) -> TensorType:
        return type.with_shape([dims.substitute(d, table) for d in type.shape])

    def renamed(operand: Operand) -> Operand:
        return (
            Literal(operand.value, sized(operand.type))
            if isinstance(operand, Literal)
            else names[operand]
        )

    parameters = tuple(Value(sized(p.type), name=p.name) for p in graph.parameters)
    names.update(zip(graph.parameters, parameters, strict=True))
    nodes = []
    for node in graph.nodes:
        attrs = node.attrs.substitute(table) if node.attrs is not None else None
        regions = tuple(_made_anew(region, table) for region in node.regions)
        types = tuple(sized(r.type) for r in node.results)
        new = Node(
            node.op,
            tuple(map(renamed, node.operands)),
            attrs,
            types,
            regions,
            node.location,
            node.copy,
        )
        names.update(zip(node.results, new.results, strict=True))
        nodes.append(new)
    results = tuple(map(renamed, graph.results))
    return Graph(parameters, tuple(nodes), results, graph.name, graph.notes, graph.signature)
