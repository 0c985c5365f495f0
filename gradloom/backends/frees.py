"""Where each value is used for the last time, so that emitted source can drop it there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Node, Value


@final
class Plan:
    """What an emitter does about memory: values dropped after a node, and the operand a node
    writes over.
    """

    __slots__ = ("frees", "over")

    def __init__(
        self, frees: Mapping[Node, tuple[Value, ...]], over: Mapping[Node, Value] | None = None
    ) -> None:
        self.frees = frees
        self.over = over or {}


def last_uses(graph: Graph, folded: Mapping[Value, Value]) -> dict[Value, Node]:
    """The node that uses each value last; values that are returned have none, and unused ones
    their producer.
    """
    last: dict[Value, Node] = {}
    for node in graph.nodes:
        for operand in node.operands:
            if isinstance(operand, Value):
                last[folded.get(operand, operand)] = node
        for result in node.results:
            last[result] = node
    for returned in graph.results:
        if isinstance(returned, Value):
            last.pop(returned, None)
    return last


def freeing_plan(graph: Graph, folded: Mapping[Value, Value]) -> Plan:
    """Drop every computed value after its last use; the caller's arguments stay as they are."""
    return Plan(frees_of(graph, last_uses(graph, folded), folded))


def frees_of(
    graph: Graph, last: Mapping[Value, Node], folded: Mapping[Value, Value]
) -> dict[Node, tuple[Value, ...]]:
    """The values to drop after each node; arguments and constants are not the function's to
    drop.
    """
    frees: dict[Node, list[Value]] = {}
    for value, node in last.items():
        kept = value.node is None or value.node.op is o.constant
        if not kept and value not in folded:
            frees.setdefault(node, []).append(value)
    return {node: tuple(values) for node, values in frees.items()}
