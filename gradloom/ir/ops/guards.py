"""Regions that run for some examples of a batch only: where a choice was not taken, or a loop is
done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.errors import NotSupported
from gradloom.ir.graph import Graph, Node, Operand, Value, literal, walk
from gradloom.ir.ops.rules import BOOL, broadcast, zeros_like
from gradloom.ir.types import tensor_type


def chosen(going: Any, a: Operand, b: Operand) -> Operand:
    """`where` with a number as the condition."""
    result: Operand = o.where(broadcast(going, a.type.shape), a, b)
    return result


def harmless(x: Operand) -> Operand:
    """A constant in place of what belongs to no example: its turn or branch is not taken, and must
    not make NaN derivatives.
    """
    return literal(1 if x.type.inexact else 0, x.type)


def guarded(region: Graph) -> Graph:
    """The region with one more parameter before the others: where it is false, no assert inside
    counts and no `while` makes a turn, so that values which belong to no example cannot keep one
    going for ever.
    """

    def body(go: Value, *values: Value) -> Sequence[Operand]:
        names: dict[Operand, Operand] = dict(zip(region.parameters, values, strict=True))
        for node in region.nodes:
            operands = tuple([names.get(x, x) for x in node.operands])
            with build.located(node.location):
                names.update(zip(node.results, _placed(node, operands, go), strict=True))
        return [names.get(r, r) for r in region.results]

    types = [tensor_type(BOOL, ()), *(p.type for p in region.parameters)]
    return build.graph_of(body, types, ["", *(p.name for p in region.parameters)], region.name)


def needs_guard(region: Graph) -> bool:
    """Whether anything in the region depends on whether an example runs it."""
    return any(node.op in (o.while_, o.assert_) for node in walk(region))


def _placed(node: Node, operands: tuple[Operand, ...], go: Operand) -> tuple[Operand, ...]:
    if node.op is o.assert_:
        (holds,) = operands
        axes = tuple(range(holds.type.ndim))
        whole = o.all(holds, axes=axes) if axes else holds
        return build.emit(node.op, (o.logical_or(whole, o.logical_not(go)),), node.attrs)
    if node.op is o.while_:
        return _loop(node, operands, go)
    attrs: Any = node.attrs
    if not any(map(needs_guard, node.regions)):
        return build.current().emit(node.op, operands, attrs, node.regions, node.copy)
    inside = tuple(map(guarded, node.regions))
    if node.op is o.cond:
        return build.emit(o.cond, (operands[0], go, *operands[1:]), None, inside)
    if node.op is o.call:
        return build.emit(o.call, (go, *operands), attrs, inside)
    if node.op is o.scan and attrs.counted:
        count = chosen(go, operands[0], zeros_like(operands[0]))
        return build.emit(o.scan, (count, *operands[1:]), attrs, node.regions)
    if node.op is o.scan:
        more = replace(attrs, consts=attrs.consts + 1)
        return build.emit(o.scan, (go, *operands), more, inside)
    if node.op in (o.custom_jvp, o.custom_vjp, o.custom_vjp_linear):
        return _custom(node, operands, go)
    asserts = [n for region in node.regions for n in walk(region) if n.op is o.assert_]
    if asserts:
        raise NotSupported(
            f"{node.op.name}: an assert inside it cannot be mapped by vmap behind a condition that "
            "differs between examples",
            location=asserts[0].location,
            hint="assert outside of it",
        )
    return build.emit(node.op, operands, attrs, node.regions)


def _custom(node: Node, operands: tuple[Operand, ...], go: Operand) -> tuple[Operand, ...]:
    """A function with a rule of its own; a reverse rule finds `go` among the residuals."""
    inside = [guarded(region) for region in node.regions]
    if node.op is o.custom_vjp and len(inside) > 1:
        forward, count = inside[1], len(node.results)
        given = (*forward.results[:count], forward.parameters[0], *forward.results[count:])
        inside[1] = Graph(forward.parameters, forward.nodes, given, forward.name)
    attrs: Any = node.attrs
    return build.emit(node.op, (go, *operands), attrs, tuple(inside))


def _loop(node: Node, operands: tuple[Operand, ...], go: Operand) -> tuple[Operand, ...]:
    """A `while` that makes no turn where `go` is false; its predicate asserts nothing then."""
    predicate, loop = node.regions
    asked = guarded(predicate) if needs_guard(predicate) else None
    attrs: Any = node.attrs
    types = [tensor_type(BOOL, ()), *(p.type for p in predicate.parameters)]

    def goes_on(go: Value, *v: Value) -> Operand:
        held = build.inline(predicate, v) if asked is None else build.inline(asked, (go, *v))
        result: Operand = o.logical_and(go, held[0])
        return result

    test = build.graph_of(goes_on, types)
    turn = build.graph_of(lambda go, *v: build.inline(loop, v), types)
    more = replace(attrs, consts=attrs.consts + 1)
    return build.emit(o.while_, (go, *operands), more, (test, turn))
