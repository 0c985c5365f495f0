"""Local algebra: a table of laws, each exact on numpy."""

from __future__ import annotations

from typing import Final

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.build import Builder
from gradloom.ir.graph import Graph, Literal, Node, Operand, Value
from gradloom.passes.laws import Laws, elementwise, integers, shapes
from gradloom.passes.rewrite import Rewriter, rewrite_regions

LAWS: Final[Laws] = {
    op: elementwise.LAWS.get(op, ()) + integers.LAWS.get(op, ()) + shapes.LAWS.get(op, ())
    for op in {**elementwise.LAWS, **integers.LAWS, **shapes.LAWS}
}
_FUEL: Final = 32
"""How often one node may be rewritten in turn; every law makes the node cheaper or shorter, so few
are needed.
"""


def simplify(graph: Graph) -> Graph:
    """Apply the laws until none applies, in one sweep: a node's operands are done before it, its
    replacements with it.

    Recomputed copies (`copy` > 0) stay as they are, for a rematerialisation plan counts on them.
    """
    rewriter = Rewriter(graph)
    with build.scope(rewriter.builder) as builder:
        for node in graph.nodes:
            if node.op is o.assert_ and _holds(rewriter.map(node.operands)[0]):
                continue
            if node.op not in LAWS or node.copy:
                rewriter.keep(node, rewrite_regions(node, simplify))
                continue
            current = rewriter.mapped(node)
            builder.location = node.location
            rewriter.replace(node, (_settled(builder, current, _FUEL),))
    return rewriter.finish()


def _holds(condition: Operand) -> bool:
    """Whether a condition is known to be true, so that nothing is to be asserted."""
    return isinstance(condition, Literal) and bool(condition.value)


def _settled(builder: Builder, node: Node, fuel: int) -> Operand:
    """What the node equals after every law that applies, with the nodes for it placed."""
    mark = len(builder.nodes)
    for law in LAWS.get(node.op, ()) if fuel else ():
        found = law(node)
        if found is None:
            continue
        made = builder.nodes[mark:]
        del builder.nodes[mark:]
        names: dict[Value, Operand] = {}
        for new in made:
            names[new.result] = _settled(builder, _renamed(new, names), fuel - 1)
        return names.get(found, found) if isinstance(found, Value) else found
    builder.nodes.append(node)
    return node.result


def _renamed(node: Node, names: dict[Value, Operand]) -> Node:
    operands = tuple([names.get(x, x) if isinstance(x, Value) else x for x in node.operands])
    return Node(
        node.op, operands, node.attrs, (node.result.type,), node.regions, node.location, node.copy
    )
