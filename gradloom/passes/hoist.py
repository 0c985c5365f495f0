"""What a loop computes anew at every step and is the same each time, computed once before it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from gradloom.ir import found
from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Literal, Node, Operand, Value
from gradloom.ir.op import Op
from gradloom.passes.effects import has_effect
from gradloom.passes.rewrite import Rewriter, rewrite_regions

CHEAP: Final[frozenset[Op]] = frozenset([o.constant, o.iota, o.dim, o.broadcast_to])
"""Ops whose results a backend often never makes: they move with what needs them."""


def hoist(graph: Graph) -> Graph:
    """Move what depends on a scan's constants alone out of it; in regions too, from the inside out.

    Only of scans that make a step: what stands in a loop that may not run must not run before it.
    """
    if found.holds(graph) or not any(node.regions for node in graph.nodes):
        return graph
    rewriter = Rewriter(graph)
    for node in graph.nodes:
        regions = rewrite_regions(node, hoist)
        attrs: Any = node.attrs
        runs = node.op is o.scan and not attrs.counted and attrs.length not in (0, 1)
        fixed = _fixed(node, regions[0]) if runs else []
        if fixed:
            _moved(rewriter, node, regions[0], fixed)
        else:
            rewriter.keep(node, regions)
    return rewriter.finish()


def _fixed(node: Node, body: Graph) -> list[Node]:
    """The nodes of the body to move: those that are the same at every step, but for cheap ones that
    nothing moved needs.
    """
    count: int = node.attrs.consts  # type: ignore[union-attr]
    same: set[Operand] = set(body.parameters[:count])
    nodes = []
    for inner in body.nodes:
        if has_effect(inner) or inner.copy:
            continue
        if all(isinstance(x, Literal) or x in same for x in inner.operands):
            nodes.append(inner)
            same.update(inner.results)
    wanted: set[Operand] = set()
    kept = []
    for inner in reversed(nodes):
        if inner.op not in CHEAP or not wanted.isdisjoint(inner.results):
            kept.append(inner)
            wanted.update(inner.operands)
    return kept[::-1]


def _moved(rewriter: Rewriter, node: Node, body: Graph, fixed: list[Node]) -> None:
    """Place the fixed nodes before the scan, which gets their results as constants."""
    attrs: Any = node.attrs
    operands = rewriter.map(node.operands)
    outside: dict[Operand, Operand] = dict(
        zip(body.parameters[: attrs.consts], operands, strict=False)
    )
    moved = set(fixed)
    for inner in fixed:
        types = tuple([r.type for r in inner.results])
        reads = tuple([outside.get(x, x) for x in inner.operands])
        new = Node(inner.op, reads, inner.attrs, types, inner.regions, inner.location, inner.copy)
        rewriter.builder.nodes.append(new)
        outside.update(zip(inner.results, new.results, strict=True))
    rest = [n for n in body.nodes if n not in moved]
    read = {x for n in rest for x in n.operands} | set(body.results)
    made = [r for inner in fixed for r in inner.results if r in read]
    parameters = [Value(r.type) for r in made]
    inside = Rewriter(body)
    inside.rename(dict(zip(made, parameters, strict=True)))
    for inner in rest:
        inside.keep(inner)
    results = inside.map(body.results)
    given = (*parameters, *body.parameters)
    region = Graph(given, tuple(inside.builder.nodes), results, body.name, body.notes)
    scan = replace(attrs, consts=attrs.consts + len(made))
    types = tuple([r.type for r in node.results])
    extra = tuple([outside[r] for r in made])
    loop = Node(o.scan, (*extra, *operands), scan, types, (region,), node.location, node.copy)
    rewriter.builder.nodes.append(loop)
    rewriter.replace(node, loop.results)
