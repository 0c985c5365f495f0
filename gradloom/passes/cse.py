"""Common subexpression elimination."""

from __future__ import annotations

from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Literal, Node, Operand, Value
from gradloom.passes.effects import must_happen_each_time
from gradloom.passes.rewrite import Rewriter, rewrite_regions


def cse(graph: Graph) -> Graph:
    """Keep the first of any nodes with equal op, operands, attributes, regions and copy number that
    are pure or only assert.
    """
    seen: dict[object, tuple[Value, ...]] = {}
    rewriter = Rewriter(graph)
    for node in graph.nodes:
        regions = rewrite_regions(node, cse)
        if must_happen_each_time(node):
            rewriter.keep(node, regions)
            continue
        key = (node.op, _order(node, rewriter.map(node.operands)), node.attrs, regions, node.copy)
        first = seen.get(key)
        if first is None:
            seen[key] = rewriter.keep(node, regions)
        else:
            rewriter.replace(node, first)
    return rewriter.finish()


def _order(node: Node, operands: tuple[Operand, ...]) -> tuple[Operand, ...]:
    """The operands in one order for both ways of writing a commutative op; only keys use it, no
    node is turned round.
    """
    if node.op.commutative and len(operands) == 2 and _exact(node):
        a, b = operands
        return operands if _rank(a) <= _rank(b) else (b, a)
    return operands


def _rank(operand: Operand) -> int:
    return hash(operand) if isinstance(operand, Literal) else id(operand)


def _exact(node: Node) -> bool:
    """Whether turning the operands round gives the same bits.

    numpy's complex product uses a fused multiply-add, so x*y and y*x differ in the last bit; and of
    0.0 and -0.0 maximum and minimum give the one that a vector unit picks by position.
    """
    kind = node.operands[0].type.dtype.kind
    if node.op is o.multiply:
        return kind != "c"
    return kind in "biu" or node.op not in (o.maximum, o.minimum)
