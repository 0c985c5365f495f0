"""The graph that follows a plan: recomputed nodes as marked copies, later uses turned to them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from gradloom.ir.graph import Graph, Node, Operand, Value
from gradloom.passes.dce import dce
from gradloom.passes.liveness import owners


def apply_plan(graph: Graph, recompute: Sequence[tuple[Value, int]]) -> Graph:
    """`graph` with each `(value, position)` made anew before the node there, and the views of it
    with it.
    """
    before: dict[int, list[Node]] = defaultdict(list)
    for value, position in recompute:
        assert value.node is not None
        before[position].append(value.node)
    order = {node: i for i, node in enumerate(graph.nodes)}
    views = _views(graph)
    current: dict[Operand, Operand] = {}
    copies: Counter[Node] = Counter()
    nodes: list[Node] = []
    for position in range(len(graph.nodes) + 1):
        for node in sorted(before[position], key=lambda n: order[n]):
            for again in (node, *(v for v in views[node.result] if order[v] < position)):
                copies[again] += 1
                nodes.append(_renewed(again, current, again.copy + copies[again]))
        if position < len(graph.nodes):
            nodes.append(_placed(graph.nodes[position], current))
    results = tuple([current.get(r, r) for r in graph.results])
    new = Graph(graph.parameters, tuple(nodes), results, graph.name, graph.notes, graph.signature)
    return dce(new)


def _views(graph: Graph) -> dict[Value, list[Node]]:
    """The view nodes of each buffer, in order."""
    owner = owners(graph)
    views: dict[Value, list[Node]] = defaultdict(list)
    for node in graph.nodes:
        for result in node.results:
            if owner[result] is not result:
                views[owner[result]].append(node)
    return views


def _renewed(node: Node, current: dict[Operand, Operand], copy: int) -> Node:
    """A copy of the node on what its operands are now; its results stand for the old ones from here
    on.
    """
    types = tuple([r.type for r in node.results])
    operands = tuple([current.get(x, x) for x in node.operands])
    new = Node(node.op, operands, node.attrs, types, node.regions, node.location, copy)
    current.update(zip(node.results, new.results, strict=True))
    return new


def _placed(node: Node, current: dict[Operand, Operand]) -> Node:
    if not any(x in current for x in node.operands):
        return node
    return _renewed(node, current, node.copy)
