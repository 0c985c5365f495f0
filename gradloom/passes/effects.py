"""Which nodes do more than compute: random state, prints, asserts, collectives, host calls, inside
regions too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Node

_ASSERT: Final = frozenset(["assert"])


def has_effect(node: Node) -> bool:
    """Whether the node, or one inside its regions, has an effect: no pass drops it."""
    if node.op.effect is not None:
        return True
    return any(graph_has_effect(region) for region in node.regions)


def graph_has_effect(graph: Graph) -> bool:
    """Whether any node of the graph has an effect."""
    return any(has_effect(node) for node in graph.nodes)


def must_happen_each_time(node: Node) -> bool:
    """Whether doing it once is not the same as doing it twice: it has an effect that is no
    assert.
    """
    return has_effect(node) and not _effects(node) <= _ASSERT


def _effects(node: Node) -> set[str]:
    found = {node.op.effect} if node.op.effect is not None else set[str]()
    return found.union(*(_effects(n) for region in node.regions for n in region.nodes))


def asserts_in(graph: Graph) -> Iterator[Node]:
    """The asserts of a graph and of its regions, in order."""
    for node in graph.nodes:
        if node.op is o.assert_:
            yield node
        for region in node.regions:
            yield from asserts_in(region)


def has_asserts(graph: Graph) -> bool:
    """Whether a graph, or a region in it, asserts anything."""
    return next(asserts_in(graph), None) is not None
