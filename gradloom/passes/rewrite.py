"""How a pass makes its graph: go through the nodes in order, keep or replace each, finish.

Nodes are data that never changes, so a node whose operands and regions stay as they are is shared
by both graphs, and a pass that finds nothing to do gives its argument back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import is_
from typing import final

from gradloom.ir.build import Builder
from gradloom.ir.errors import VerifyError
from gradloom.ir.graph import Graph, Node, Operand, Value


@final
class Rewriter:
    """Collects the new graph of a pass; ops called inside `build.scope(rewriter.builder)` add nodes
    to it too.
    """

    __slots__ = ("_names", "builder", "graph")

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.builder = Builder()
        self._names: dict[Value, Operand] = {}

    def map(self, operands: tuple[Operand, ...]) -> tuple[Operand, ...]:
        """What the operands have become; the same tuple when none changed."""
        names = self._names
        if names:
            for x in operands:
                if x.__class__ is Value and x in names:
                    return tuple([names.get(x, x) if x.__class__ is Value else x for x in operands])
        return operands

    def mapped(self, node: Node, regions: tuple[Graph, ...] | None = None) -> Node:
        """The node with its operands mapped and these regions, not yet placed; itself when nothing
        changed.
        """
        operands = self.map(node.operands)
        regions = node.regions if regions is None else regions
        if operands is node.operands and regions is node.regions:
            return node
        types = tuple([r.type for r in node.results])
        new = Node(node.op, operands, node.attrs, types, regions, node.location, node.copy)
        for old, result in zip(node.results, new.results, strict=True):
            result.name = old.name
        return new

    def keep(self, node: Node, regions: tuple[Graph, ...] | None = None) -> tuple[Value, ...]:
        """Place the node with its operands mapped (and new regions, if given); its results in the
        new graph.
        """
        return self.place(node, self.mapped(node, regions))

    def place(self, node: Node, new: Node) -> tuple[Value, ...]:
        """Place what `mapped` gave for a node; its results in the new graph."""
        self.builder.nodes.append(new)
        if new is not node:
            self._names.update(zip(node.results, new.results, strict=True))
        return new.results

    def replace(self, node: Node, values: tuple[Operand, ...]) -> None:
        """Let these operands of the new graph stand where the node's results stood."""
        for old, new in zip(node.results, values, strict=True):
            if new is old:
                continue
            if new.type != old.type:
                raise VerifyError(
                    f"{node.op.name}: a result of {old.type} was replaced by one of {new.type}",
                    location=node.location,
                )
            self._names[old] = new

    def rename(self, names: Mapping[Operand, Operand]) -> None:
        """Let other operands stand for these values, parameters among them."""
        self._names.update({x: y for x, y in names.items() if isinstance(x, Value)})

    def finish(self) -> Graph:
        """The new graph, with the old one's parameters, name, notes and signature; the old one when
        nothing changed.
        """
        graph, nodes = self.graph, self.builder.nodes
        results = self.map(graph.results)
        if (
            results is graph.results
            and len(nodes) == len(graph.nodes)
            and all(map(is_, nodes, graph.nodes))
        ):
            return graph
        return Graph(
            graph.parameters, tuple(nodes), results, graph.name, graph.notes, graph.signature
        )


def rewrite_regions(node: Node, change: Callable[[Graph], Graph]) -> tuple[Graph, ...]:
    """The node's regions with `change` applied to each; the same tuple when none changed."""
    if not node.regions:
        return node.regions
    changed = tuple([change(region) for region in node.regions])
    return (
        node.regions
        if all(new is old for new, old in zip(changed, node.regions, strict=True))
        else changed
    )
