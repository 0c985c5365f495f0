"""When each value is alive: last uses, the buffers behind views, and live bytes at every node.

A plan speaks of live results at node boundaries: while a node runs, its operands and its results
are alive, and what is used for the last time is freed after it. Views count once, as the buffer
they look into. Parameters belong to the caller and constants to the graph: neither counts. A node
with regions adds the peak inside its hungriest region.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, final

from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Node, Operand, Value
from gradloom.ir.types import ObjectType


@final
@dataclass(frozen=True, slots=True)
class Buffer:
    """Memory that `root` owns, alive at every node position from `start` to `end`, both included.

    The end of what the graph returns is the number of nodes.
    """

    root: Value
    nbytes: int
    start: int
    end: int


@final
@dataclass(frozen=True, slots=True)
class Liveness:
    """The memory plan of a graph, in bytes; positions count nodes from 0."""

    graph: Graph
    owner: Mapping[Value, Value]
    last_use: Mapping[Value, int]
    buffers: tuple[Buffer, ...]
    live: tuple[int, ...]
    """Bytes alive while each node runs."""

    @property
    def peak(self) -> int:
        """The most bytes that are alive at once."""
        return max(self.live, default=0)

    @property
    def peak_position(self) -> int:
        """The first node position at which that many are; 0 for a graph without nodes."""
        return self.live.index(self.peak) if self.live else 0

    @property
    def peak_node(self) -> Node | None:
        """The node that runs there."""
        return self.graph.nodes[self.peak_position] if self.live else None


def liveness(graph: Graph, sizes: Mapping[str, int] | None = None) -> Liveness:
    """The memory plan of `graph`; named sizes count as `sizes` says (64 when it does not)."""
    owner = owners(graph)
    last_use = _last_uses(graph)
    end: dict[Value, int] = {}
    for value, position in last_use.items():
        root = owner[value]
        end[root] = max(end.get(root, position), position)
    for node in reversed(graph.nodes):
        if may_be_view(node, owner):
            source = owner[node.operands[0]]  # type: ignore[index]
            end[source] = max(end[source], end[node.result])
    buffers = tuple(
        Buffer(r, r.type.nbytes(sizes), i, end[r])
        for i, node in enumerate(graph.nodes)
        for r in node.results
        if owns(r, owner)
    )
    return Liveness(graph, owner, last_use, buffers, _live_bytes(graph, buffers, sizes))


def owns(value: Value, owner: Mapping[Value, Value]) -> bool:
    """Whether the value has memory of its own that a run of the graph allocates."""
    return value.node is not None and owner[value] is value and value.node.op is not o.constant


def may_be_view(node: Node, owner: Mapping[Value, Value]) -> bool:
    """Whether a backend may copy here or look into the operand (as strides happen to be, say).

    A plan then counts both: a buffer for the result, and the operand's for as long.
    """
    source = node.operands[0] if node.op in _SOMETIMES_VIEWS else None
    return isinstance(source, Value) and owner[node.result] is node.result


_SOMETIMES_VIEWS: Final = frozenset({o.reshape, o.dynamic_slice})


def owners(graph: Graph) -> dict[Value, Value]:
    """For each value the one whose buffer it stands in: itself, unless it is a view."""
    owner: dict[Value, Value] = {p: p for p in graph.parameters}
    packed: set[Operand] = set(graph.parameters)
    for node in graph.nodes:
        source = node.operands[0] if node.op.view else None
        viewed = isinstance(source, Value) and (node.op is not o.reshape or source in packed)
        for result in node.results:
            owner[result] = owner[source] if viewed else result  # type: ignore[index]
        if _is_packed(node, packed):
            packed.update(node.results)
    return owner


def _is_packed(node: Node, packed: set[Operand]) -> bool:
    """Whether the results lie in memory in the order of their axes, so that a reshape of them is a
    view.

    numpy gives most results its operands' order; a view other than a reshape is taken to have none.
    """
    if node.op is o.matmul:
        return True
    if node.op.view and node.op is not o.reshape:
        return False
    if not node.op.view and all(_is_line(r) for r in node.results):
        return True
    return all(x in packed for x in node.operands if isinstance(x, Value))


def _is_line(value: Value) -> bool:
    type_: Any = value.type
    return not isinstance(type_, ObjectType) and sum(1 for d in type_.shape if d != 1) <= 1


def _last_uses(graph: Graph) -> dict[Value, int]:
    last = dict.fromkeys(graph.parameters, -1)
    for i, node in enumerate(graph.nodes):
        for x in node.operands:
            if x.__class__ is Value:
                last[x] = i
        last.update(dict.fromkeys(node.results, i))
    last.update((r, len(graph.nodes)) for r in graph.results if isinstance(r, Value))
    return last


def _live_bytes(
    graph: Graph, buffers: tuple[Buffer, ...], sizes: Mapping[str, int] | None
) -> tuple[int, ...]:
    change = [0] * (len(graph.nodes) + 2)
    for buffer in buffers:
        change[buffer.start] += buffer.nbytes
        change[buffer.end + 1] -= buffer.nbytes
    live, total = [], 0
    for i, node in enumerate(graph.nodes):
        total += change[i]
        inside = max((liveness(region, sizes).peak for region in node.regions), default=0)
        live.append(total + inside)
    return tuple(live)
