"""Sharding: one program for every worker of a mesh, each on its part of the arrays, collectives
written out.

placement.py   how a value lies on the mesh       strategy.py   how an op runs on parts
reshard.py     from one placement to another      simulate.py   all workers in one process, on numpy
stages.py      the programs cut where workers talk
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Final, final

from gradloom.ir import build
from gradloom.ir.build import Builder
from gradloom.ir.errors import ShapeError
from gradloom.ir.graph import Graph, Literal, Node, Operand, Value
from gradloom.ir.types import TensorType
from gradloom.passes.dce import dce
from gradloom.passes.sharding.placement import (
    Mesh,
    Placement,
    Spec,
    checked_spec,
    local_type,
    places,
    replicated,
)
from gradloom.passes.sharding.reshard import Worker, reshard
from gradloom.passes.sharding.strategy import Strategy, local_attrs, operand_specs, strategy

Specs = Sequence[Sequence[str | None] | str | None]


KEPT: Final = "as it is made"
"""In place of a result's spec: the result stays cut as it comes."""


@final
@dataclass(frozen=True, slots=True)
class ShardedGraph:
    """The workers' programs, in order of their numbers: parameters and results are parts, cut as
    the specs say. Node for node they are the same but for sizes; where every cut is even, they are
    one graph.
    """

    graphs: tuple[Graph, ...]
    mesh: dict[str, int]
    in_specs: tuple[Spec, ...]
    out_specs: tuple[Spec, ...]

    @property
    def graph(self) -> Graph:
        """The first worker's program."""
        return self.graphs[0]


def shard(
    graph: Graph,
    mesh: Mesh,
    in_specs: Specs,
    out_specs: Specs | None = None,
    preferred: Mapping[Operand, Spec] | None = None,
) -> ShardedGraph:
    """`graph` for the workers of `mesh` (axis -> size); specs name a mesh axis or None per axis of
    a value.

    Placements flow from the parameters through the ops' axis mappings; an op that has none gets
    whole operands. Parts of an axis differ by one element where it does not divide. Results are
    whole unless `out_specs` cuts them, or says `KEPT`; what no parameter's placement cuts is cut as
    the results that are made of it, or as is `preferred` of a value. Raises `ShapeError` for specs
    that do not fit.
    """
    ins = _checked(in_specs, graph.parameters, mesh, "argument")
    given = out_specs or (None,) * len(graph.results)
    kept = [i for i, spec in enumerate(given) if spec == KEPT]
    asked = [None if i in kept else spec for i, spec in enumerate(given)]
    outs = list(_checked(asked, graph.results, mesh, "result"))
    wanted = _wanted(graph, {**(preferred or {}), **dict(zip(graph.results, outs, strict=True))})
    workers: list[_Sharder] = []
    for place in places(mesh):
        worker = _Sharder(Worker(mesh, place), wanted)
        worker.begin(graph, ins)
        if not workers:
            for i in kept:
                outs[i] = worker.placement(graph.results[i]).spec
        workers.append(worker)
        worker.end(graph, outs)
        if worker.is_even:
            break
    graphs = tuple(w.graph for w in workers) * (1 if len(workers) > 1 else _size(mesh))
    return ShardedGraph(graphs, dict(mesh), ins, tuple(outs))


def _size(mesh: Mesh) -> int:
    return prod(mesh.values())


def _checked(specs: Specs, values: Sequence[Operand], mesh: Mesh, what: str) -> tuple[Spec, ...]:
    if len(specs) != len(values):
        raise ShapeError(f"shard: {len(specs)} specs were given for {len(values)} {what}s")
    return tuple(
        checked_spec(spec, x.type, mesh, f"{what} {i}")
        for i, (spec, x) in enumerate(zip(specs, values, strict=True))
    )


def _wanted(graph: Graph, said: Mapping[Operand, Spec]) -> dict[Operand, Spec]:
    """How values are wanted: as was said, and what nothing else needs as what is made of it."""
    users = Counter(x for node in graph.nodes for x in node.operands)
    users.update(graph.results)
    wanted = {x: spec for x, spec in said.items() if any(spec)}
    for node in reversed(graph.nodes):
        asked = [wanted.get(r) for r in node.results]
        if any(asked):
            for x, spec in zip(node.operands, operand_specs(node, asked), strict=True):
                if users[x] == 1 and any(spec):
                    wanted.setdefault(x, spec)
    return wanted


@final
class _Sharder:
    """Writes one worker's program: knows for each value of the graph its local value and placement,
    and every other placement made of it. `is_even`: every worker's is the same.
    """

    def __init__(self, at: Worker, wanted: Mapping[Operand, Spec]) -> None:
        self.at = at
        self.is_even = True
        self.graph: Graph
        self._wanted = wanted
        self._builder = Builder()
        self._parameters: tuple[Value, ...] = ()
        self._local: dict[Value, tuple[Operand, Placement]] = {}
        self._made: dict[tuple[Value, Spec], Operand] = {}

    def begin(self, graph: Graph, ins: Sequence[Spec]) -> None:
        """Write all nodes."""
        made = []
        for p, spec in zip(graph.parameters, ins, strict=True):
            local = Value(self._type(p.type, spec), name=p.name)
            self._local[p] = local, Placement(spec)
            made.append(local)
        self._parameters = tuple(made)
        with build.scope(self._builder):
            for node in graph.nodes:
                self._run(node)

    def end(self, graph: Graph, outs: Sequence[Spec]) -> None:
        """Bring the results where they are wanted."""
        with build.scope(self._builder):
            results = tuple(
                self._placed(r, spec) for r, spec in zip(graph.results, outs, strict=True)
            )
        nodes = tuple(self._builder.nodes)
        self.graph = dce(Graph(self._parameters, nodes, results, graph.name, graph.notes))

    def placement(self, operand: Operand) -> Placement:
        """How an operand lies; a literal lies as anyone wants."""
        return replicated(operand.type) if isinstance(operand, Literal) else self._local[operand][1]

    def _type(self, type: TensorType, spec: Spec) -> TensorType:
        """The type of this worker's part."""
        for size, axis in zip(type.shape, spec, strict=True):
            if axis is not None and size % self.at.mesh[axis]:
                self.is_even = False
        return local_type(type, spec, *self.at)

    def _placed(self, operand: Operand, spec: Spec) -> Operand:
        """The operand placed as `spec` says, made once."""
        if isinstance(operand, Literal):
            return Literal(operand.value, self._type(operand.type, spec))
        key = (operand, spec)
        if key not in self._made:
            local, have = self._local[operand]
            self._type(operand.type, spec)
            self._made[key] = reshard(local, operand.type, have, spec, self.at)
        return self._made[key]

    def _run(self, node: Node) -> None:
        """Add the node, on parts, with what brings its operands there."""
        self._builder.location = node.location
        mesh, place = self.at
        given = [self.placement(x) for x in node.operands]
        wanted = [self._wanted.get(r) for r in node.results]
        how: Strategy = strategy(node, given, mesh, wanted)
        operands = tuple(
            self._placed(x, spec) for x, spec in zip(node.operands, how.operands, strict=True)
        )
        attrs = local_attrs(node, how, mesh, place)
        results = self._builder.emit(node.op, operands, attrs, node.regions, node.copy)
        for old, new, placement in zip(node.results, results, how.results, strict=True):
            self._type(old.type, placement.spec)
            self._local[old] = new, placement
