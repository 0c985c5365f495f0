"""What rematerialisation decides about, as plain numbers: steps that make and use values of so many
bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

from gradloom.ir.graph import Graph, Node, Value
from gradloom.passes.cost import node_bytes, node_flops
from gradloom.passes.effects import has_effect
from gradloom.passes.liveness import liveness, may_be_view, owners, owns

FLOPS_PER_BYTE: Final = 4
"""What moving a byte costs in FLOPs: numpy on one core multiplies matrices at about 30 GFLOP/s and
adds at 6.5 GB/s.
"""


@final
@dataclass(frozen=True, slots=True)
class Problem:
    """Values and steps by number. A value has bytes, a producing step, and may be movable: made
    anew at will.

    `uses[i]` and `makes[i]` are the values that step i needs alive and brings; `extra[i]` bytes are
    alive in it alone. `returned` values stay to the end. `costs[i]` is what running step i once
    more costs, in any unit.
    """

    nbytes: Sequence[int]
    producer: Sequence[int]
    movable: Sequence[bool]
    uses: Sequence[Sequence[int]]
    makes: Sequence[Sequence[int]]
    extra: Sequence[int]
    costs: Sequence[float]
    returned: Sequence[int]


def problem_of(graph: Graph) -> tuple[Problem, list[Value]]:
    """The problem that a graph without named sizes poses, and the value behind each number.

    A view is its owner: who uses it uses that.
    """
    owner = owners(graph)
    values = [r for node in graph.nodes for r in node.results if owns(r, owner)]
    number = {value: i for i, value in enumerate(values)}
    held = _held(graph, owner)
    step = {node: i for i, node in enumerate(graph.nodes)}
    fixed = set(held.values())

    def behind(operands: Sequence[object]) -> list[int]:
        roots = dict.fromkeys(owner[x] for x in operands if isinstance(x, Value))
        for root in list(roots):
            while root in held:
                root = held[root]
                roots[root] = None
        return [number[root] for root in roots if root in number]

    problem = Problem(
        nbytes=[v.type.nbytes() for v in values],
        producer=[step[_producer(v)] for v in values],
        movable=[_is_movable(_producer(v)) and v not in fixed for v in values],
        uses=[behind(node.operands) for node in graph.nodes],
        makes=[[number[r] for r in node.results if r in number] for node in graph.nodes],
        extra=[max((liveness(r).peak for r in node.regions), default=0) for node in graph.nodes],
        costs=[node_flops(n, {}) + FLOPS_PER_BYTE * node_bytes(n, {}) for n in graph.nodes],
        returned=behind(graph.results),
    )
    return problem, values


def _held(graph: Graph, owner: dict[Value, Value]) -> dict[Value, Value]:
    """Results of reshapes that numpy may make as views, with the buffers that they then hold."""
    return {
        node.result: owner[node.operands[0]]  # type: ignore[index]
        for node in graph.nodes
        if may_be_view(node, owner)
    }


def _producer(value: Value) -> Node:
    assert value.node is not None
    return value.node


def _is_movable(node: Node) -> bool:
    return len(node.results) == 1 and not node.regions and not has_effect(node)
