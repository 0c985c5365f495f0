"""Dead code elimination."""

from __future__ import annotations

from gradloom.ir import found
from gradloom.ir.graph import Graph, Node, Operand
from gradloom.passes.effects import has_effect
from gradloom.passes.rewrite import Rewriter, rewrite_regions
from gradloom.passes.trim import (
    Carries,
    Trim,
    carries_of,
    narrowed,
    place,
    place_carries,
    trim_of,
)  # fmt: skip


def dce(graph: Graph) -> Graph:
    """Drop the nodes that no result needs, nor a size that is used, and that have no effect; in
    regions too, and what loops carry and stack for nobody.
    """
    needed = _needed(graph)
    rewriter = Rewriter(graph)
    for node in graph.nodes:
        if node not in needed:
            continue
        trim = needed[node]
        if trim is None:
            rewriter.keep(node, rewrite_regions(node, dce))
        elif isinstance(trim, Carries):
            place_carries(rewriter, node, trim, dce)
        else:
            place(rewriter, node, trim, dce(narrowed(node.regions[0], trim)))
    return rewriter.finish()


def _needed(graph: Graph) -> dict[Node, Trim | Carries | None]:
    live: set[Operand] = set(graph.results)
    needed: dict[Node, Trim | Carries | None] = {}
    counts = found.holds(graph)
    sizes = {n for r in graph.results for n in found.sizes_in(r.type)} if counts else set()
    for node in reversed(graph.nodes):
        if (
            not live.isdisjoint(node.results)
            or has_effect(node)
            or (sizes and not sizes.isdisjoint(found.found_by(node)))
        ):
            trim = None if counts else trim_of(node, live) or carries_of(node, live)
            needed[node] = trim
            live.update(node.operands if trim is None else trim.read(node))
            if counts:
                sizes |= found.mentioned(node)
    return needed
