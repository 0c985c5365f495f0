"""A program that failed, run again node by node: what does not depend on the failure is kept.

The results of a program whose graph has the note `APART` fail one by one: it is a fragment of what
somebody recorded op by op, who would have had everything else in an ordinary process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, final

from gradloom.backends.backend import Backend
from gradloom.backends.program import Program, build
from gradloom.ir import found
from gradloom.ir import ops as o
from gradloom.ir.errors import NotSupported
from gradloom.ir.graph import Graph, Node, Operand, Value
from gradloom.passes.effects import must_happen_each_time
from gradloom.runtime import messages as m
from gradloom.runtime.wiring import APART

Tell = Callable[[Exception, Node], m.Failure]


def _require_apart(graph: Graph) -> None:
    """Raise where a failure is one of all results. What prints is not run a second time, and sizes
    that are found while a program runs belong to all of it.
    """
    if APART not in graph.notes or found.holds(graph) or any(map(must_happen_each_time, graph)):
        raise NotSupported(f"{graph.name}: its results fail together")


@final
class Pieces:
    """The nodes of a graph as programs of their own, built when they first run; raises NotSupported
    where a failure is one of all results.
    """

    def __init__(self, graph: Graph, backend: Backend, device: str | None) -> None:
        _require_apart(graph)
        self.graph: Final = graph
        self._backend = backend
        self._device = device
        self._programs: dict[Node, Program] = {}

    def run(self, arguments: Sequence[Any], tell: Tell) -> list[Any]:
        """The graph's results, each a native array, or the Failure that it depends on. Arguments
        may be Failures too; `tell` makes one of what a node raises.
        """
        left = Counter(x for node in self.graph for x in node.operands)
        left.update(self.graph.results)
        known: dict[Operand, Any] = dict(zip(self.graph.parameters, arguments, strict=True))
        broken: tuple[Node, m.Failure] | None = None  # the last assert that did not hold
        for node in self.graph:
            if broken is not None and _is_same_line(broken[0], node):
                made: Any = broken[1]
            else:
                broken, made = None, self._outcome(node, known, tell)
            if not isinstance(made, m.Failure):
                known.update(zip(node.results, made, strict=True))
            else:
                known.update((r, made) for r in node.results)
                broken = (node, made) if node.op is o.assert_ else broken
            _let_go(node, known, left)
        return [known[r] for r in self.graph.results]

    def _outcome(self, node: Node, known: Mapping[Operand, Any], tell: Tell) -> Any:
        """What the node gives, or why it gives nothing."""
        given = [known[x] for x in node.operands if isinstance(x, Value)]
        lost = next((x for x in given if isinstance(x, m.Failure)), None)
        if lost is not None:
            return lost
        try:
            if node not in self._programs:
                self._programs[node] = build(_alone(node), self._backend, self._device)
            return self._programs[node](*given)
        except Exception as e:
            return tell(e, node)


def _alone(node: Node) -> Graph:
    """The node as a graph; its operands, numbers aside, are the parameters."""
    parameters = tuple(Value(x.type) for x in node.operands if isinstance(x, Value))
    following = iter(parameters)
    operands = tuple(next(following) if isinstance(x, Value) else x for x in node.operands)
    types = tuple(r.type for r in node.results)
    copy = Node(node.op, operands, node.attrs, types, node.regions, node.location, node.copy)
    return Graph(parameters, (copy,), copy.results, node.op.name)


def _is_same_line(a: Node, b: Node) -> bool:
    """Whether a call that recorded one node recorded the other, too, as far as the user's lines
    tell: an assert has no results by which one could see what it guards.
    """
    x, y = a.location, b.location
    return x is not None and y is not None and (x.file, x.line) == (y.file, y.line)


def _let_go(node: Node, known: dict[Operand, Any], left: Counter[Operand]) -> None:
    """Forget what no later node needs."""
    left.subtract(node.operands)
    for x in (*node.operands, *node.results):
        if not left[x]:
            known.pop(x, None)
