"""Which broadcasts need not be made: numpy's trailing alignment lets elementwise ops take the
small operand.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Literal, Node, Operand, Value
from gradloom.ir.types import Dim, Shape


def folded_broadcasts(graph: Graph) -> dict[Value, Value]:
    """The results of `broadcast_to` that no one needs at full size, each with the operand to take
    instead.

    All uses must be elementwise ops whose operands still span the full shape without it. Regions
    are not looked into.
    """
    folded: dict[Value, Value] = {}
    for node in graph.nodes:
        if node.op is o.broadcast_to and isinstance(node.operands[0], Value):
            folded[node.results[0]] = node.operands[0]
    if not folded:
        return folded
    for result in graph.results:
        if isinstance(result, Value):
            folded.pop(result, None)
    for node in graph.nodes:
        _keep_what(node, folded)
    return folded


def _keep_what(node: Node, folded: dict[Value, Value]) -> None:
    """Un-fold what `node` needs at full size. Un-folding more never harms another node, so one
    look at each serves.
    """
    mine = [x for x in node.operands if isinstance(x, Value) and x in folded]
    if not mine:
        return
    if not node.op.elementwise:
        for x in mine:
            folded.pop(x, None)  # an operand may stand there twice
        return
    full = node.results[0].type.shape
    while mine and _spanned(node.operands, folded) != full:
        folded.pop(mine.pop(), None)


def _spanned(operands: Sequence[Operand], folded: dict[Value, Value]) -> Shape | None:
    """The shape that the operands broadcast to when folded ones are taken small."""
    shapes = [folded.get(x, x).type.shape for x in operands if not isinstance(x, Literal)]
    rank = max(map(len, shapes))
    spanned: list[int | Dim] = [1] * rank
    for shape in shapes:
        for axis, size in enumerate(shape, rank - len(shape)):
            if size != 1:
                spanned[axis] = size
    return tuple(spanned)
