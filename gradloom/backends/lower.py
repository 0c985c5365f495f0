"""A graph in a backend's own ops: what its table lacks is decomposed, calls without a native
kernel are inlined.
"""

from __future__ import annotations

from typing import Final

from gradloom.backends.backend import Backend
from gradloom.backends.kinds import fits
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.build import Builder
from gradloom.ir.errors import NotSupported
from gradloom.ir.graph import Graph, Literal, Node, Operand, Value
from gradloom.passes.dce import dce

INLINED: Final = frozenset([o.call, o.custom_jvp, o.custom_vjp, o.linear_call])
"""Ops that mean their first region; what else they know matters to transforms only."""


def lower(graph: Graph, backend: Backend) -> Graph:
    """`graph` with every op one that the table has, as far as decompositions reach; the same graph
    if nothing changes.
    """
    if not _needs_lowering(graph, backend):
        return graph
    return dce(_Lowering(backend).graph(graph))  # inlined calls have results that nobody reads


def _needs_lowering(graph: Graph, backend: Backend) -> bool:
    return any(
        _replaced(node, backend) or any(_needs_lowering(region, backend) for region in node.regions)
        for node in graph.nodes
    )


def is_native(node: Node, backend: Backend) -> bool:
    """Whether it is a call that the backend has a kernel for."""
    kind = getattr(node.attrs, "kind", "")
    return node.op is o.call and kind in backend.calls and fits(node)


def _replaced(node: Node, backend: Backend) -> bool:
    if node.op is o.custom_vjp_linear:
        raise NotSupported(
            "custom_vjp_linear waits for its transposition; nothing can run it",
            hint="transpose the graph first: grad and vjp do",
            location=node.location,
        )
    if node.op in INLINED:
        return not is_native(node, backend)
    if node.op.decompose is None or node.op in backend.absences:
        return False
    serves = backend.serves.get(node.op)
    return node.op not in backend.table or (serves is not None and not serves(node))


class _Lowering:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def graph(self, graph: Graph) -> Graph:
        """A copy of `graph`, lowered, regions too."""
        parameters = tuple(Value(p.type, name=p.name) for p in graph.parameters)
        builder = Builder()
        results = self._inline(graph, parameters, builder)
        return Graph(
            parameters, tuple(builder.nodes), results, graph.name, graph.notes, graph.signature
        )

    def _inline(
        self, graph: Graph, arguments: tuple[Operand, ...], builder: Builder
    ) -> tuple[Operand, ...]:
        """Add the graph's nodes to `builder` with the parameters replaced; its results."""
        env: dict[Value, Operand] = dict(zip(graph.parameters, arguments, strict=True))

        def read(operand: Operand) -> Operand:
            return operand if isinstance(operand, Literal) else env[operand]

        for node in graph.nodes:
            operands = tuple(map(read, node.operands))
            env.update(zip(node.results, self._node(node, operands, builder), strict=True))
        return tuple(map(read, graph.results))

    def _node(
        self, node: Node, operands: tuple[Operand, ...], builder: Builder
    ) -> tuple[Operand, ...]:
        if not _replaced(node, self._backend):
            regions = tuple(map(self.graph, node.regions))
            types = tuple(r.type for r in node.results)
            new = Node(node.op, operands, node.attrs, types, regions, node.location, node.copy)
            for old, result in zip(node.results, new.results, strict=True):
                result.name = old.name
            builder.nodes.append(new)
            return new.results
        if node.op in INLINED:
            return self._inline(node.regions[0], operands, builder)
        return self._decomposed(node, operands, builder)

    def _decomposed(
        self, node: Node, operands: tuple[Operand, ...], builder: Builder
    ) -> tuple[Operand, ...]:
        """The node in other ops, which may need lowering themselves."""
        stand_in = Node(
            node.op,
            operands,
            node.attrs,
            tuple(r.type for r in node.results),
            node.regions,
            node.location,
        )
        inner = Builder()
        inner.location = (
            node.location.derived(f"as {node.op.name}") if node.location is not None else None
        )
        with build.scope(inner):
            assert node.op.decompose is not None
            made = node.op.decompose(stand_in)
        results = made if isinstance(made, tuple) else (made,)
        free = {x for x in operands if isinstance(x, Value)}
        parameters = tuple(free)
        return self._inline(
            Graph(parameters, tuple(inner.nodes), tuple(results)), parameters, builder
        )
