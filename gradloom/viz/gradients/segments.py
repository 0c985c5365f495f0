"""The pieces of a program between its layers, and their derivatives.

A layer's segment computes it from the layers just before it: those from which a way leads to it
that passes no other layer. The program's own parameters stand beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, final

import numpy as np

from gradloom.frontend.compile import compile
from gradloom.frontend.run import execute
from gradloom.ir import build
from gradloom.ir.graph import Graph, Node, Operand, Value
from gradloom.passes import batch, linearize, transpose
from gradloom.passes.dce import dce


@final
@dataclass(frozen=True, slots=True)
class Segment:
    """`graph` takes the sources, then all parameters of the program, and gives the target."""

    graph: Graph
    sources: tuple[str, ...]
    target: str
    is_elementwise: bool

    @property
    def others(self) -> int:
        """How many parameters are no sources."""
        return len(self.graph.parameters) - len(self.sources)


def segments_of(graph: Graph, layers: dict[str, Value]) -> list[Segment]:
    """The segment of every layer but the first, in order."""
    names = {value: name for name, value in layers.items()}
    return [_segment(graph, names, value) for value in list(layers.values())[1:]]


def _segment(graph: Graph, names: dict[Value, str], target: Value) -> Segment:
    needed: set[Operand] = {target}
    nodes: list[Node] = []
    for node in reversed(graph.nodes):
        wanted = [r for r in node.results if r in needed and (r is target or r not in names)]
        if wanted:
            nodes.append(node)
            needed.update(node.operands)
    sources = [v for v in names if v in needed and v is not target]
    types = [v.type for v in sources] + [p.type for p in graph.parameters]

    def body(*values: Operand) -> Operand:
        known: dict[Operand, Operand] = dict(
            zip(graph.parameters, values[len(sources) :], strict=True)
        )
        known.update(zip(sources, values, strict=False))
        for node in reversed(nodes):
            made = linearize.emit_copy(node, tuple(known.get(x, x) for x in node.operands))
            for old, new in zip(node.results, made.results, strict=True):
                known.setdefault(old, new)
        return known[target]

    made = build.graph_of(body, types, name=f"segment_{names[target]}")
    names_of_sources = tuple(names[v] for v in sources)
    return Segment(made, names_of_sources, names[target], _is_elementwise(made, len(sources)))


def _is_elementwise(graph: Graph, sources: int) -> bool:
    """Whether only elementwise ops lead from the sources to a result of their shape. Shapes only
    grow on the way, so no element can have met another.
    """
    reached: set[Operand] = set(graph.parameters[:sources])
    for node in graph.nodes:
        if reached.intersection(node.operands):
            if not node.op.elementwise:
                return False
            reached.update(node.results)
    shape = graph.results[0].type.shape
    return all(p.type.shape == shape for p in graph.parameters[:sources])


@final
class Runner:
    """Runs graphs on a backend, each made ready once."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self._ready: dict[int, tuple[Graph, Any]] = {}
        self._made: dict[Hashable, Graph] = {}

    def graph(self, key: Hashable, make: Callable[[], Graph]) -> Graph:
        """The graph of this key, made when it is first asked for."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def __call__(self, graph: Graph, arrays: Sequence[Any]) -> list[np.ndarray]:
        """The flat results."""
        with np.errstate(all="ignore"):  # numbers that are none are shown, not told
            if self._backend in (None, "numpy"):
                return [np.asarray(x) for x in execute(graph, arrays)]
            if id(graph) not in self._ready:  # the graph is held, so that its id stays its own
                ready = compile(lambda *xs: graph(*xs), self._backend)
                self._ready[id(graph)] = (graph, ready)
            ready = self._ready[id(graph)][1]
            made = ready(*arrays)
            return [np.asarray(x) for x in (made if isinstance(made, tuple) else (made,))]


@final
@dataclass(frozen=True, slots=True)
class GraphStage:
    """A segment at one place: `given` are its sources' values and the program's arguments."""

    segment: Segment
    run: Runner
    given: Sequence[Any]

    @property
    def sources(self) -> tuple[str, ...]:
        """The layers just before."""
        return self.segment.sources

    @property
    def target(self) -> str:
        """The layer that the segment computes."""
        return self.segment.target

    @property
    def is_elementwise(self) -> bool:
        """Whether only elementwise ops make it."""
        return self.segment.is_elementwise

    def pull(self, cotangents: np.ndarray) -> list[np.ndarray]:
        """`[many, *target] -> [many, *source]` for each source."""
        return self._at_once(-1, cotangents)

    def push(self, at: int, tangents: np.ndarray) -> np.ndarray:
        """`[many, *source] -> [many, *target]` for source number `at`."""
        return self._at_once(at, tangents)[0]

    def _at_once(self, at: int, units: np.ndarray) -> list[np.ndarray]:
        many = len(units)
        key = (self.segment.target, at, many)
        graph = self.run.graph(key, partial(_mapped, self.segment, at, many))
        if many == 1:
            return [made[None] for made in self.run(graph, [*self.given, units[0]])]
        return self.run(graph, [*self.given, units])


def _mapped(segment: Segment, at: int, many: int) -> Graph:
    """Tangents of source number `at`, or cotangents of the target for -1, `many` at once."""
    one = _pulled(segment) if at < 0 else _pushed(segment, at)
    if many == 1:
        return one
    return batch.vmap(one, [False] * (len(one.parameters) - 1) + [True], many)


def _pulled(segment: Segment) -> Graph:
    """`(sources, parameters, cotangent of the target) -> cotangents of the sources`."""
    marks = [True] * len(segment.sources) + [False] * segment.others
    made = transpose.vjp(segment.graph, marks)
    return dce(Graph(made.parameters, made.nodes, made.results[1:], made.name))


def _pushed(segment: Segment, source: int) -> Graph:
    """`(sources, parameters, tangent of one source) -> tangent of the target`."""
    marks = [i == source for i in range(len(segment.graph.parameters))]
    made = linearize.jvp(segment.graph, marks)
    return dce(Graph(made.parameters, made.nodes, made.results[1:], made.name))
