"""Graphs without their asserts: what is computed a second time does not assert again."""

from __future__ import annotations

from gradloom.ir import ops as o
from gradloom.ir.graph import Graph
from gradloom.passes.rewrite import Rewriter, rewrite_regions


def without_asserts(graph: Graph) -> Graph:
    """The graph without its asserts, in regions too."""
    rewriter = Rewriter(graph)
    for node in graph.nodes:
        if node.op is not o.assert_:
            rewriter.keep(node, rewrite_regions(node, without_asserts))
    return rewriter.finish()
