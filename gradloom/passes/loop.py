"""Batching one example after another: for what finds sizes that differ between examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradloom.ir import build, found
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.errors import NotSupported
from gradloom.ir.graph import Graph, Node, Operand, Value
from gradloom.ir.ops.scan import Scan
from gradloom.ir.types import TensorType
from gradloom.passes.linearize import emit_copy


def examples_apart(graph: Graph, over: set[Operand]) -> list[Node]:
    """The nodes that each example needs for itself: those that find a size of its own, and all that
    depends on them. `over` are the parameters that differ between examples.
    """
    differs, apart, sizes = set(over), set[Operand](), set[str]()
    nodes = []
    for node in graph.nodes:
        differing = not differs.isdisjoint(node.operands)
        if differing:
            differs.update(node.results)
        if (
            (differing and (node.op is o.nonzero or _calls_one(node)))
            or not apart.isdisjoint(node.operands)
            or (sizes and not sizes.isdisjoint(found.mentioned(node)))
        ):
            nodes.append(node)
            apart.update(node.results)
            sizes.update(name for r in node.results for name in found.sizes_in(r.type))
    return nodes


def _calls_one(node: Node) -> bool:
    """Whether a called region finds a size; loops and choices map their regions themselves."""
    return node.op in _CALLS and found.holds(node.regions[0])


_CALLS = frozenset([o.call, o.custom_jvp, o.custom_vjp])


def loop(
    nodes: Sequence[Node],
    wanted: Sequence[Operand],
    values: Mapping[Operand, Operand],
    over: set[Operand],
    size: int | Dim,
) -> tuple[dict[Operand, Operand], Node]:
    """The `wanted` results of these nodes, stacked by a scan over the examples, and the scan.

    `values` are the mapped operands from outside, of which those in `over` have the leading axis.
    """
    made = {r for node in nodes for r in node.results}
    free = dict.fromkeys(
        x for node in nodes for x in node.operands if isinstance(x, Value) and x not in made
    )
    same = [x for x in free if x not in over]
    stepped = [x for x in free if x in over]
    results = [r for r in dict.fromkeys(wanted) if r in made]
    for r in results:
        _require_fixed(r.type)

    def body(*parameters: Value) -> list[Operand]:
        env: dict[Operand, Operand] = dict(zip([*same, *stepped], parameters, strict=True))
        for node in nodes:
            operands = tuple([env.get(x, x) for x in node.operands])
            env.update(zip(node.results, emit_copy(node, operands).results, strict=True))
        return [env[r] for r in results]

    region = build.graph_of(body, [x.type for x in (*same, *stepped)])
    operands = tuple(values.get(x, x) for x in (*same, *stepped))
    stacked = build.emit(o.scan, operands, Scan(len(same), 0, size), (region,))
    made_last = build.current().nodes[-1]  # it has no results where only asserts are apart
    return dict(zip(results, stacked, strict=True)), made_last


def _require_fixed(type: TensorType) -> None:
    if found.sizes_in(type):
        raise NotSupported(
            f"vmap: each example has a result of another size ({type}), and they do not stack",
            hint="reduce it inside the function, or choose with np.where instead of a mask",
        )
