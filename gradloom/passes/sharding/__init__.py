"""Sharding: one program for every worker of a mesh, each on its part of the arrays, collectives
written out.

placement.py   how a value lies on the mesh       strategy.py   how an op runs on parts
reshard.py     from one placement to another      simulate.py   all workers in one process, on numpy
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from gradloom.ir import build
from gradloom.ir.build import Builder
from gradloom.ir.errors import ShapeError
from gradloom.ir.graph import Graph, Literal, Node, Operand, Value
from gradloom.passes.dce import dce
from gradloom.passes.sharding.placement import (
    Mesh,
    Placement,
    Spec,
    checked_spec,
    local_type,
    replicated,
)
from gradloom.passes.sharding.reshard import reshard
from gradloom.passes.sharding.strategy import Strategy, strategy

Specs = Sequence[Sequence[str | None] | None]


@final
@dataclass(frozen=True, slots=True)
class ShardedGraph:
    """The program of one worker: parameters and results are its parts, cut as the specs say."""

    graph: Graph
    mesh: dict[str, int]
    in_specs: tuple[Spec, ...]
    out_specs: tuple[Spec, ...]


def shard(
    graph: Graph, mesh: Mesh, in_specs: Specs, out_specs: Specs | None = None
) -> ShardedGraph:
    """`graph` for the workers of `mesh` (axis -> size); specs name a mesh axis or None per axis of
    a value.

    Placements flow from the parameters through the ops' axis mappings; an op that has none, or does
    not divide, gets whole operands. Results are whole unless `out_specs` cuts them. Raises
    `ShapeError` for specs that do not fit.
    """
    ins = _checked(in_specs, graph.parameters, mesh, "argument")
    outs = _checked(out_specs or (None,) * len(graph.results), graph.results, mesh, "result")
    parameters = tuple(
        Value(local_type(p.type, spec, mesh), name=p.name)
        for p, spec in zip(graph.parameters, ins, strict=True)
    )
    workers = _Sharder(mesh)
    for p, local, spec in zip(graph.parameters, parameters, ins, strict=True):
        workers.define(p, local, Placement(spec))
    with build.scope(workers.builder):
        for node in graph.nodes:
            workers.run(node)
        results = tuple(
            workers.placed(r, spec) for r, spec in zip(graph.results, outs, strict=True)
        )
    nodes = tuple(workers.builder.nodes)
    local_graph = Graph(parameters, nodes, results, graph.name, graph.notes)
    return ShardedGraph(dce(local_graph), dict(mesh), ins, outs)


def _checked(specs: Specs, values: Sequence[Operand], mesh: Mesh, what: str) -> tuple[Spec, ...]:
    if len(specs) != len(values):
        raise ShapeError(f"shard: {len(specs)} specs were given for {len(values)} {what}s")
    return tuple(
        checked_spec(spec, x.type, mesh, f"{what} {i}")
        for i, (spec, x) in enumerate(zip(specs, values, strict=True))
    )


@final
class _Sharder:
    """Knows for each value of the graph its local value and placement, and every other placement
    made of it.
    """

    def __init__(self, mesh: Mesh) -> None:
        self.mesh = mesh
        self.builder = Builder()
        self._local: dict[Value, tuple[Operand, Placement]] = {}
        self._made: dict[tuple[Value, Spec], Operand] = {}

    def define(self, value: Value, local: Operand, placement: Placement) -> None:
        """Say what a value of the graph is on one worker."""
        self._local[value] = (local, placement)

    def placement(self, operand: Operand) -> Placement:
        """How an operand lies; a literal lies as anyone wants."""
        return replicated(operand.type) if isinstance(operand, Literal) else self._local[operand][1]

    def placed(self, operand: Operand, spec: Spec) -> Operand:
        """The operand placed as `spec` says, made once."""
        if isinstance(operand, Literal):
            return Literal(operand.value, local_type(operand.type, spec, self.mesh))
        key = (operand, spec)
        if key not in self._made:
            local, have = self._local[operand]
            self._made[key] = reshard(local, operand.type, have, spec, self.mesh)
        return self._made[key]

    def run(self, node: Node) -> None:
        """Add the node, on parts, with what brings its operands there."""
        self.builder.location = node.location
        how: Strategy = strategy(node, [self.placement(x) for x in node.operands], self.mesh)
        operands = tuple(
            self.placed(x, spec) for x, spec in zip(node.operands, how.operands, strict=True)
        )
        results = self.builder.emit(node.op, operands, how.attrs, node.regions, node.copy)
        for old, new, placement in zip(node.results, results, how.results, strict=True):
            self.define(old, new, placement)
