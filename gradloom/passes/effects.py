"""Which nodes do more than compute: random state, prints, asserts, collectives, host calls, inside
regions too.
"""

from __future__ import annotations

from gradloom.ir.graph import Graph, Node


def has_effect(node: Node) -> bool:
    """Whether the node, or one inside its regions, has an effect: no pass drops or merges it."""
    if node.op.effect is not None:
        return True
    return any(graph_has_effect(region) for region in node.regions)


def graph_has_effect(graph: Graph) -> bool:
    """Whether any node of the graph has an effect."""
    return any(has_effect(node) for node in graph.nodes)
