"""Questions about whole numbers that have one answer: is an index of `argmax` negative?"""

from __future__ import annotations

from typing import Final

from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Node, Operand, literal
from gradloom.passes.ranges import Range, Ranges
from gradloom.passes.rewrite import Rewriter


def settle(graph: Graph) -> Graph:
    """Let a choice whose condition has the same answer for all elements be what it chooses, and
    such a comparison be its answer, by what is known of the operands (`gradloom.passes.ranges`).

    An index may be negative in numpy, so each that a program computes is asked; most answers are
    known beforehand. Recomputed copies (`copy` > 0) stay as they are.
    """
    return _settled(graph, Ranges())


def _settled(graph: Graph, ranges: Ranges) -> Graph:
    rewriter = Rewriter(graph)
    for node in graph.nodes:
        ranges.learn(node)
        found = None if node.copy else _answer(node, ranges)
        if found is None:
            rewriter.keep(node, _regions(node, ranges))
        else:
            rewriter.replace(node, rewriter.map((found,)))
    return rewriter.finish()


def _regions(node: Node, ranges: Ranges) -> tuple[Graph, ...]:
    made = []
    for region in node.regions:
        ranges.enter(node, region)
        made.append(_settled(region, ranges))
    same = all(new is old for new, old in zip(made, node.regions, strict=True))
    return node.regions if same else tuple(made)


def _answer(node: Node, ranges: Ranges) -> Operand | None:
    """What the node is known to be."""
    if node.op is o.where:
        answer = _decided(ranges.of(node.operands[0]))
        chosen = None if answer is None else node.operands[1 if answer else 2]
        return chosen if chosen is not None and chosen.type == node.result.type else None
    if node.op in _COMPARISONS:
        answer = _decided(ranges.of(node.result))
        return None if answer is None else literal(answer, node.result.type)
    return None


_COMPARISONS: Final = frozenset((o.less, o.less_equal, o.greater, o.greater_equal))


def _decided(range: Range | None) -> bool | None:
    return None if range not in ((0, 0), (1, 1)) else range == (1, 1)
