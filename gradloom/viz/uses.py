"""What flows where in a graph: every use of a value as a pair of ids, into regions and out of them.

Ids are those of `gradloom.viz.groups`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, final

from gradloom.ir.graph import Graph, Node, Operand, Value
from gradloom.ir.names import parameter_names

_BRANCHES: Final = "cond"
_LOOP: Final = "while"


@final
class Flow(NamedTuple):
    """A value on its way from one id to another."""

    source: str
    target: str
    value: Value


def nodes_by_id(graph: Graph, prefix: str = "n") -> dict[str, Node]:
    """Every node of the graph and of the regions in it, by its id."""
    found: dict[str, Node] = {}
    for i, node in enumerate(graph.nodes):
        id = f"{prefix}{i}"
        found[id] = node
        for k, region in enumerate(node.regions):
            found |= nodes_by_id(region, f"{id}.{k}.")
    return found


def ends_by_id(graph: Graph, prefix: str = "") -> dict[str, tuple[str, Operand]]:
    """Every parameter and result, of the graph and of the regions in it, by its id: what it is
    called, and what it is.
    """
    names = parameter_names(graph.parameters)
    found: dict[str, tuple[str, Operand]] = {
        f"{prefix}p{i}": (names[i], x) for i, x in enumerate(graph.parameters)
    }
    for i, result in enumerate(graph.results):
        name = "result" if len(graph.results) == 1 else f"result {i}"
        found[f"{prefix}r{i}"] = name, result
    for i, node in enumerate(graph.nodes):
        for k, region in enumerate(node.regions):
            found |= ends_by_id(region, f"{prefix or 'n'}{i}.{k}.")
    return found


def flows(graph: Graph, prefix: str = "") -> Iterator[Flow]:
    """Every use of a value, in program order; a node with regions hands on to its regions'
    parameters, and its users take from its regions' results.

    >>> import numpy as np, gradloom as gl
    >>> [flow[:2] for flow in flows(gl.trace(lambda x: np.sin(x) * 2, np.ones(3)))]
    [('p0', 'n0'), ('n0', 'n1'), ('n1', 'r0')]
    """
    home: dict[Value, list[str]] = {p: [f"{prefix}p{i}"] for i, p in enumerate(graph.parameters)}
    for i, node in enumerate(graph.nodes):
        id = f"{prefix or 'n'}{i}"
        for operand, targets in zip(node.operands, _targets(node, id), strict=True):
            yield from _uses(operand, targets, home)
        for k, region in enumerate(node.regions):
            yield from flows(region, f"{id}.{k}.")
        for j, value in enumerate(node.results):
            home[value] = _sources(node, id, j)
    for i, result in enumerate(graph.results):
        yield from _uses(result, [f"{prefix}r{i}"], home)


def _uses(operand: Operand, targets: Sequence[str], home: dict[Value, list[str]]) -> Iterator[Flow]:
    if isinstance(operand, Value):
        for source in home[operand]:
            for target in targets:
                yield Flow(source, target, operand)


def _targets(node: Node, id: str) -> list[list[str]]:
    """Where each operand goes: into the node, or to a parameter of each region that runs."""
    targets: list[list[str]] = [[] for _ in node.operands]
    for k, region in _running(node):
        # What leads and is no parameter is for the op itself: the predicate of a cond.
        leading = len(node.operands) - len(region.parameters)
        for i in range(len(region.parameters) if leading in (0, 1) else 0):
            targets[leading + i].append(f"{id}.{k}.p{i}")
    return [found or [id] for found in targets]


def _sources(node: Node, id: str, result: int) -> list[str]:
    """Where a result comes from: the node, or a result of each region that may give it."""
    giving = _running(node)
    if node.op.name == _LOOP:
        giving = giving[1:]  # the first region says whether to go on
    found = [
        f"{id}.{k}.r{result}" for k, region in giving if len(region.results) == len(node.results)
    ]
    return found or [id]


def _running(node: Node) -> list[tuple[int, Graph]]:
    """The regions that run with the node; those after the first of a custom op are its rules."""
    regions = list(enumerate(node.regions))
    return regions if node.op.name in (_BRANCHES, _LOOP) else regions[:1]
