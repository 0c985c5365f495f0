"""Choice and loops as ONNX's `If`, `Loop` and `Scan`, whose bodies see the values around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from gradloom.backends.onnx.row import Row, Site
from gradloom.backends.onnx.writer import I64, LAST
from gradloom.ir import ops as o
from gradloom.ir.op import Op
from gradloom.ir.ops.rules import BOOL
from gradloom.ir.types import TensorType, tensor_type


def _own(site: Site, values: Sequence[Any], types: Sequence[TensorType]) -> list[Any]:
    """Results that are made in this scope, each once, with their types stated:
    what a body may hand out.
    """
    made = []
    for value, type in zip(values, types, strict=True):
        given = site.w.node("Identity", value)
        site.w.annotate(given, type)
        made.append(given)
    return made


def _branch(site: Site, i: int) -> Any:
    arguments = [site.full(k) for k in range(1, len(site.node.operands))]
    with site.w.scope() as nodes:
        results = _own(site, site.inline(i, arguments), site.results(i))
    return site.w.subgraph(nodes, [], results, "branch")


def _cond(site: Site) -> Any:
    then, other = _branch(site, 0), _branch(site, 1)
    count = len(site.node.results)
    return site.w.nodes_of("If", site.full(0), outputs=count, then_branch=then, else_branch=other)


def _while(site: Site) -> Any:
    """The predicate is asked before the loop, and again at the end of each turn."""
    w, operands = site.w, [site.full(i) for i in range(len(site.node.operands))]
    consts, carry = operands[: site.attrs.consts], operands[site.attrs.consts :]
    types = [r.type for r in site.node.results]
    (first,) = site.inline(0, operands)
    with w.scope() as nodes:
        turn, going = w.value(tensor_type(I64, ())), w.value(tensor_type(BOOL, ()))
        state = [w.value(t) for t in types]
        after = site.inline(1, [*consts, *state])
        (again,) = site.inline(0, [*consts, *after])
        results = _own(site, [again, *after], [tensor_type(BOOL, ()), *types])
    body = w.subgraph(nodes, [turn, going, *state], results, "body")
    return w.nodes_of("Loop", None, first, *carry, outputs=len(types), body=body)


def _scan(site: Site) -> Any:
    attrs, w = site.attrs, site.w
    n, m = attrs.consts, attrs.consts + attrs.carry
    operands = [site.full(i) for i in range(len(site.node.operands))]
    consts, carry, xs = operands[:n], operands[n:m], operands[m:]
    if attrs.length == 0:
        return _no_steps(site, carry)
    if attrs.counted:
        return _counted(site, consts, carry, xs)
    ticks = (
        []
        if xs
        else [w.node("Range", site.scalar(0, I64), w.number(attrs.length), site.scalar(1, I64))]
    )
    with w.scope() as nodes:
        inputs = [w.value(p.type) for p in site.parameters(0)[n:]]
        unused = [w.value(tensor_type(I64, ())) for _ in ticks]
        results = _own(site, site.inline(0, [*consts, *inputs]), site.results(0))
    body = w.subgraph(nodes, [*inputs, *unused], results, "body")
    given, made = len(xs) + len(ticks), len(results) - attrs.carry
    back = int(attrs.reverse)
    return w.nodes_of(
        "Scan", *carry, *xs, *ticks, outputs=len(results), body=body, num_scan_inputs=given,
        scan_input_directions=[back] * given,
        **({"scan_output_directions": [back] * made} if made else {}),
    )  # fmt: skip


def _counted(site: Site, consts: list[Any], carry: list[Any], xs: list[Any]) -> list[Any]:
    """A `Loop` of as many turns as there are steps; the rows that it lacks are added after it."""
    attrs, w, index = site.attrs, site.w, tensor_type(I64, ())
    last = w.node("Sub", consts[0], site.scalar(1, I64)) if attrs.reverse else None
    with w.scope() as nodes:
        turn, going = w.value(index), w.value(tensor_type(BOOL, ()))
        state = [w.value(p.type) for p in site.parameters(0)[attrs.consts :][: len(carry)]]
        at = w.node("Sub", last, turn) if attrs.reverse else turn
        given = [w.node("Gather", x, at, axis=0) for x in xs]
        after = site.inline(0, [*consts, *state, *given])
        results = _own(site, [going, *after], [tensor_type(BOOL, ()), *site.results(0)])
    body = w.subgraph(nodes, [turn, going, *state], results, "body")
    always = w.constant(True, BOOL)
    made = w.nodes_of("Loop", consts[0], always, *carry, outputs=len(after), body=body)
    missing = w.node("Sub", w.size(attrs.length), w.node("Unsqueeze", consts[0], w.ints(0)))
    rows = [
        _lengthened(site, y, missing, r.type)
        for y, r in zip(made[len(carry) :], site.node.results[len(carry) :], strict=True)
    ]
    return [*made[: len(carry)], *rows]


def _lengthened(site: Site, rows: Any, missing: Any, type: TensorType) -> Any:
    """The rows, turned round when they came last first, and as many of 0 as are missing."""
    w = site.w
    if site.attrs.reverse:
        whole = w.ints(-1), w.ints(-LAST), w.ints(0), w.ints(-1)
        rows = w.node("Slice", rows, *whole)
    parts = [missing, *([w.shape(type.shape[1:])] if type.shape[1:] else [])]
    shape = w.node("Concat", *parts, axis=0)
    return w.node("Concat", rows, w.node("Expand", site.scalar(0, type.dtype), shape), axis=0)


def _no_steps(site: Site, carry: list[Any]) -> list[Any]:
    """The carry as it came, and empty rows."""
    rows = [r.type for r in site.node.results[site.attrs.carry :]]
    empty = [
        site.w.node("Expand", site.scalar(0, t.dtype), site.w.shape(t.shape)) for t in rows
    ]  # fmt: skip
    return [*(site.w.node("Identity", c) for c in carry), *empty]


ROWS: Final[dict[Op, Row]] = {o.cond: Row(_cond), o.while_: Row(_while), o.scan: Row(_scan)}
