"""Regions that run for some examples of a batch only: where a choice was not taken, or a loop is
done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Node, Operand, Value, walk
from gradloom.ir.ops.rules import BOOL, broadcast
from gradloom.ir.types import tensor_type


def chosen(going: Any, a: Operand, b: Operand) -> Operand:
    """`where` with a number as the condition."""
    result: Operand = o.where(broadcast(going, a.type.shape), a, b)
    return result


def guarded(region: Graph) -> Graph:
    """The region with one more parameter before the others: where it is false, no `while` inside
    makes a turn, so that values which belong to no example cannot keep one going for ever.
    """

    def body(go: Value, *values: Value) -> Sequence[Operand]:
        names: dict[Operand, Operand] = dict(zip(region.parameters, values, strict=True))
        builder = build.current()
        for node in region.nodes:
            builder.location = node.location
            operands = tuple([names.get(x, x) for x in node.operands])
            names.update(zip(node.results, _placed(node, operands, go), strict=True))
        return [names.get(r, r) for r in region.results]

    types = [tensor_type(BOOL, ()), *(p.type for p in region.parameters)]
    return build.graph_of(body, types, name=region.name)


def _placed(node: Node, operands: tuple[Operand, ...], go: Operand) -> tuple[Operand, ...]:
    attrs: Any = node.attrs
    if node.op is o.while_:
        predicate, loop = node.regions
        types = [tensor_type(BOOL, ()), *(p.type for p in predicate.parameters)]
        test = build.graph_of(
            lambda go, *v: o.logical_and(go, build.inline(predicate, v)[0]), types
        )
        turn = build.graph_of(lambda go, *v: build.inline(loop, v), types)
        more = replace(attrs, consts=attrs.consts + 1)
        return build.emit(o.while_, (go, *operands), more, (test, turn))
    if not any(inner.op is o.while_ for region in node.regions for inner in walk(region)):
        return build.emit(node.op, operands, attrs, node.regions)
    inside = tuple(map(guarded, node.regions))
    if node.op is o.cond:
        return build.emit(o.cond, (operands[0], go, *operands[1:]), None, inside)
    if node.op is o.call:
        return build.emit(o.call, (go, *operands), attrs, inside)
    if node.op is o.scan and not attrs.counted:
        more = replace(attrs, consts=attrs.consts + 1)
        return build.emit(o.scan, (go, *operands), more, inside)
    return build.emit(node.op, operands, attrs, node.regions)
