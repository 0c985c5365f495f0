"""What a graph costs: FLOPs and bytes moved per node, and the most memory that is alive at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final

from gradloom.ir import dims
from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Node, Value
from gradloom.passes.liveness import liveness


@final
@dataclass(frozen=True, slots=True)
class NodeCost:
    """FLOPs, and bytes read and written; a view moves none."""

    node: Node
    flops: int
    bytes: int


@final
@dataclass(frozen=True, slots=True)
class GraphCost:
    """The cost of every node and of the whole; `str()` gives a table of the dearest."""

    nodes: tuple[NodeCost, ...]
    peak_bytes: int
    peak_node: Node | None

    @property
    def flops(self) -> int:
        """FLOPs in total."""
        return sum(n.flops for n in self.nodes)

    @property
    def bytes(self) -> int:
        """Bytes read and written in total."""
        return sum(n.bytes for n in self.nodes)

    def __str__(self) -> str:
        dearest = sorted(self.nodes, key=lambda n: (-n.flops, -n.bytes))[:_ROWS]
        rows = [("op", "result", "FLOPs", "bytes", "where"), *map(_row, dearest)]
        where = f" at {_name(self.peak_node)}" if self.peak_node is not None else ""
        total = (
            "total",
            f"{len(self.nodes)} nodes",
            short_number(self.flops),
            short_number(self.bytes, "B"),
            "",
        )
        return "\n".join(
            [*_aligned([*rows, total]), f"peak {short_number(self.peak_bytes, 'B')}{where}"]
        )


_ROWS: Final = 20
_PREFIXES: Final = ("", "k", "M", "G", "T", "P")


def cost(graph: Graph, **sizes: int) -> GraphCost:
    """FLOPs and bytes per node and in total, and the peak of live bytes; `sizes` gives numbers to
    named dimensions.

    A loop counts its body once per step; a `while`, whose number of turns nobody knows, once; a
    `cond` its dearer branch.
    """
    plan = liveness(graph, sizes)
    nodes = tuple(NodeCost(n, node_flops(n, sizes), node_bytes(n, sizes)) for n in graph.nodes)
    return GraphCost(nodes, plan.peak, plan.peak_node)


def node_flops(node: Node, sizes: Mapping[str, int]) -> int:
    """FLOPs of one node, its regions' included."""
    if not node.regions:
        return node.op.cost(node, dict(sizes))
    inside = [sum(node_flops(n, sizes) for n in region.nodes) for region in node.regions]
    return _turns(node, sizes) * (sum(inside) if node.op is o.while_ else max(inside))


def node_bytes(node: Node, sizes: Mapping[str, int]) -> int:
    """Bytes read and written by one node, its regions' included; literals and views move none."""
    if node.regions:
        inside = [sum(node_bytes(n, sizes) for n in region.nodes) for region in node.regions]
        return _turns(node, sizes) * max(inside)
    if node.op.view:
        return 0
    moved = (*(x for x in node.operands if isinstance(x, Value)), *node.results)
    return sum(x.type.nbytes(sizes) for x in moved)


def _turns(node: Node, sizes: Mapping[str, int]) -> int:
    if node.op is not o.scan:
        return 1
    length: int | dims.Dim = node.attrs.length  # type: ignore[union-attr]
    if isinstance(length, int):
        return length
    return length.evaluate({name: sizes.get(name, 64) for name in length.symbols})


def _row(item: NodeCost) -> tuple[str, ...]:
    node = item.node
    result = str(node.results[0].type) if node.results else ""
    place = str(node.location) if node.location is not None else ""
    return node.op.name, result, short_number(item.flops), short_number(item.bytes, "B"), place


def _name(node: Node) -> str:
    return f"{node.op.name} ({node.location})" if node.location is not None else node.op.name


def short_number(number: int, unit: str = "") -> str:
    """The number with three digits: 1.23 G."""
    power = min((len(str(number)) - 1) // 3, len(_PREFIXES) - 1)
    return f"{number / 1000**power:.3g} {_PREFIXES[power]}{unit}".rstrip()


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
