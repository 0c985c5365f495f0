"""What a run does: which calls in which order, and which value is let go after which of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

from gradloom.backends.frees import freeing_plan
from gradloom.frontend.dag.node import DataNode
from gradloom.frontend.dag.step import Step
from gradloom.ir.graph import Graph, Node, Value


@final
@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of a run in order, as a graph whose results are what stays when it is done."""

    steps: tuple[Step, ...]
    graph: Graph
    nodes: Mapping[Value, DataNode]
    frees: Mapping[Node, tuple[Value, ...]]
    held: frozenset[DataNode]
    """The results of steps that are there before the run, as arguments or beside what it makes."""

    def released(self, step: Step) -> tuple[DataNode, ...]:
        """The nodes whose values go when the step is done."""
        return tuple([self.nodes[value] for value in self.frees.get(step.node, ())])

    @property
    def peak(self) -> int:
        """The most values of steps that are there at once, those from before the run included."""
        live = most = len(self.held)
        for step in self.steps:
            live += sum(node not in self.held for node in step.outputs)
            most = max(most, live)
            live -= len(self.frees.get(step.node, ()))
        return most


def plan_of(name: str, targets: Iterable[DataNode]) -> Plan:
    """The plan that makes these nodes' values be there.

    What stays is what was asked for and what is persisted. A value from before that is an argument
    of a planned call goes after the last of them, as one that the run computes does; one that is no
    argument here is not touched.
    """
    asked = tuple(dict.fromkeys(targets))
    steps = _needed(asked)
    before: dict[DataNode, None] = {}
    nodes: dict[Value, DataNode] = {}
    for step in steps:
        for node in (*step.inputs, *step.outputs):
            nodes[node.value] = node
        before.update(dict.fromkeys(node for node in step.inputs if node.has_value()))
    # An output that is already there keeps its value; nothing of the run lets it go.
    there = [n for step in steps for n in step.outputs if n.has_value() and n not in before]
    kept = dict.fromkeys([*(n for n in asked if n.value in nodes), *there])
    kept.update(dict.fromkeys(n for n in nodes.values() if n.step is not None and n.is_persisted))
    made = {node for step in steps for node in step.outputs}
    parameters = tuple(node.value for node in before if node not in made)
    results = tuple(node.value for node in kept)
    graph = Graph(parameters, tuple([step.node for step in steps]), results, name)
    frees = freeing_plan(graph, {}).frees
    held = frozenset(n for n in [*before, *there] if n.step is not None)
    return Plan(steps, graph, nodes, frees, held)


def graph_of(name: str, steps: Sequence[Step], results: Iterable[DataNode]) -> Graph:
    """These steps as a graph, whose parameters are the arguments that no step of them makes."""
    made = {node for step in steps for node in step.outputs}
    inputs = dict.fromkeys(node for step in steps for node in step.inputs)
    parameters = tuple([node.value for node in inputs if node not in made])
    nodes = tuple([step.node for step in steps])
    return Graph(parameters, nodes, tuple([node.value for node in results]), name)


def _needed(targets: Iterable[DataNode]) -> tuple[Step, ...]:
    """The steps that must run, in order of creation."""
    return steps_before(targets, lambda node: not node.has_value())


def ancestors(targets: Iterable[DataNode]) -> tuple[Step, ...]:
    """All steps that these nodes depend on, in order of creation."""
    return steps_before(targets, lambda node: node.step is not None)


def steps_before(
    targets: Iterable[DataNode], through: Callable[[DataNode], bool]
) -> tuple[Step, ...]:
    """The steps that make these nodes, and their inputs in turn, in order of creation; `through`
    says of a node whether it is made.
    """
    found: set[Step] = set()
    pending = [node for node in targets if through(node)]
    while pending:
        step = pending.pop().step
        assert step is not None  # an argument that was given is always there
        if step not in found:
            found.add(step)
            pending += [node for node in step.inputs if through(node)]
    return tuple(sorted(found, key=lambda step: step.number))
