"""Dead code elimination."""

from __future__ import annotations

from gradloom.ir import found
from gradloom.ir.graph import Graph, Node, Operand
from gradloom.passes.effects import has_effect
from gradloom.passes.rewrite import Rewriter, rewrite_regions


def dce(graph: Graph) -> Graph:
    """Drop the nodes that no result needs, nor a size that is used, and that have no effect; in
    regions too.
    """
    needed = _needed(graph)
    rewriter = Rewriter(graph)
    for node in graph.nodes:
        if node in needed:
            rewriter.keep(node, rewrite_regions(node, dce))
    return rewriter.finish()


def _needed(graph: Graph) -> set[Node]:
    live: set[Operand] = set(graph.results)
    needed: set[Node] = set()
    counts = found.holds(graph)
    sizes = {n for r in graph.results for n in found.sizes_in(r.type)} if counts else set()
    for node in reversed(graph.nodes):
        if (
            not live.isdisjoint(node.results)
            or has_effect(node)
            or (sizes and not sizes.isdisjoint(found.found_by(node)))
        ):
            needed.add(node)
            live.update(node.operands)
            if counts:
                sizes |= found.mentioned(node)
    return needed
