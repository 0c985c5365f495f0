"""When emitted numpy code may write a result into an operand's memory, and when it drops a value.

An operand's memory may be taken when the program itself allocated it, or its argument was donated,
nothing reads it (or a view of it) after this node, and it has the result's dtype and shape. Other
arguments, constants, returned values and whatever a region might hand on are never written to.
Values in one memory form a group, whose first member allocated it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, final

from gradloom.backends.frees import Plan, frees_of, last_uses
from gradloom.backends.numpy.elementwise import ROWS, Ufunc
from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Node, Value
from gradloom.ir.op import Op

_FRESH: Final[frozenset[Op]] = frozenset(
    [
        *(op for op in ROWS if isinstance(ROWS[op], Ufunc)), o.erf, o.complex, o.where, o.astype,
        o.sum, o.prod, o.max, o.min, o.any, o.all, o.argmax, o.argmin, o.cumulative_sum,
        o.cumulative_prod,
        o.concatenate, o.pad, o.scatter, o.dynamic_update_slice, o.sort, o.argsort, o.matmul,
        o.solve, o.inv,
    ]
)  # fmt: skip
"""Ops whose numpy call allocates its result. Any other op's result might be its operands'
memory.
"""

_WRITABLE_VIEWS: Final[frozenset[Op]] = frozenset([o.reshape, o.permute_dims, o.slice, o.flip])
"""Views whose elements are distinct places of the operand's memory (unlike a broadcast's)."""


def memory_plan(graph: Graph, folded: Mapping[Value, Value], donated: Collection[int] = ()) -> Plan:
    """Which node writes over which operand, and what is dropped where; `donated`: the numbers of
    the parameters whose arrays may be written over.
    """
    last = last_uses(graph, folded)
    given = [p for i, p in enumerate(graph.parameters) if i in donated]
    over = _Groups(graph, last, folded, given).over()
    frees = frees_of(graph, last, folded)
    for node, operand in over.items():  # its name lives on as the result's
        frees[node] = tuple(v for v in frees.get(node, ()) if v is not operand)
    return Plan(frees, over)


@final
class _Groups:
    """Walks the graph once, keeping each value's group and the place where each group is read for
    the last time.
    """

    def __init__(
        self, graph: Graph, last: Mapping[Value, Node], folded: Mapping[Value, Value],
        donated: Sequence[Value],
    ) -> None:  # fmt: skip
        self._graph = graph
        self._folded = folded
        self._group: dict[Value, Value | None] = dict.fromkeys(graph.parameters)
        self._group.update({p: p for p in donated})
        place = {node: i for i, node in enumerate(graph.nodes)}
        never = len(place)
        self._end: dict[Value, int] = {}
        self._last = {v: place[n] for v, n in last.items()}
        self._never = never
        for p in donated:
            self._extend(p)

    def over(self) -> dict[Node, Value]:
        """The operand that each node writes over, for those that may."""
        self._assign()
        found: dict[Node, Value] = {}
        for place, node in enumerate(self._graph.nodes):
            operand = self._taken(node, place)
            if operand is not None:
                found[node] = operand
        return found

    def _assign(self) -> None:
        """Give every value its group (None: memory that is not ours), and every group its last
        place.
        """
        for node in self._graph.nodes:
            if node.results and node.results[0] in self._folded:
                continue
            group = self._inherited(node)
            for result in node.results:
                mine = result if group is _OWN else group
                self._group[result] = mine  # type: ignore[assignment]
                self._extend(result)

    def _extend(self, value: Value) -> None:
        group = self._group[value]
        if group is not None:
            until = self._last.get(value, self._never)
            self._end[group] = max(self._end.get(group, -1), until)

    def _inherited(self, node: Node) -> Value | object | None:
        if node.op in _FRESH:  # of numbers alone numpy makes a number, which nothing can write over
            return _OWN if any(isinstance(x, Value) for x in node.operands) else None
        if node.op in _WRITABLE_VIEWS and isinstance(node.operands[0], Value):
            return self._group.get(self._folded.get(node.operands[0], node.operands[0]))
        for operand in node.operands:
            group = self._group.get(operand) if isinstance(operand, Value) else None
            if group is not None:
                self._end[group] = self._never
        return None

    def _taken(self, node: Node, place: int) -> Value | None:
        if not isinstance(ROWS.get(node.op), Ufunc) or not node.results[0].type.shape:
            return None
        for operand in node.operands:
            if not isinstance(operand, Value) or operand in self._folded:
                continue
            group = self._group[operand]
            if group is None or operand.type != node.results[0].type or self._end[group] != place:
                continue
            return operand
        return None


_OWN: Final = object()
