"""`while`: a loop whose trip count is known only when it runs; and what loops share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from gradloom.ir import build, hooks
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.errors import DtypeError, ShapeError
from gradloom.ir.graph import Graph, Node, Operand, Value
from gradloom.ir.op import Attrs, Op, Regions
from gradloom.ir.ops import replay
from gradloom.ir.ops.control import (
    check_counts,
    check_region,
    marked,
    present,
    region_cost,
    result_types,
    select,
    spread,
)
from gradloom.ir.ops.guards import guarded, harmless
from gradloom.ir.ops.linear import Paired
from gradloom.ir.ops.rules import BOOL, batched, zeros_like
from gradloom.ir.ops.turns import turn_of
from gradloom.ir.types import TensorType, tensor_type

Tangent = Operand | None


@dataclass(frozen=True, slots=True)
class While(Attrs):
    """The first `consts` operands are the same in every turn; both regions take them, and the rest
    is carried.
    """

    consts: int


def _while_infer(
    attrs: While, *types: TensorType, regions: tuple[Graph, ...]
) -> tuple[TensorType, ...]:
    check_counts("while", len(types), attrs.consts)
    predicate, body = regions
    check_region("while: predicate", predicate, types)
    check_region("while: body", body, types)
    if result_types(predicate) != (tensor_type(BOOL, ()),):
        raise DtypeError(f"while: the predicate gives {list(result_types(predicate))}, not bool[]")
    carry = types[attrs.consts :]
    if result_types(body) != carry:
        raise ShapeError(
            f"while: the body takes {list(carry)} and gives {list(result_types(body))}"
        )
    return carry


def carry_fixpoint(
    body: Graph,
    consts: Sequence[bool],
    carry: Sequence[bool],
    xs: Sequence[bool],
    step: Callable[..., Sequence[bool]],
) -> list[bool]:
    """The least marks of the carry that hold in every turn, given what one turn does to marks."""
    current = list(carry)
    while True:
        after = step(body, [*consts, *current, *xs])[: len(current)]
        joined = [a or b for a, b in zip(current, after, strict=True)]
        if joined == current:
            return current
        current = joined


def active_results(body: Graph, marks: Sequence[bool]) -> Sequence[bool]:
    """Which results of a body have a tangent when the marked parameters do."""
    found: Sequence[bool] = hooks.of("split")(body, marks).active
    return found


def dependent(body: Graph, marks: Sequence[bool]) -> list[bool]:
    """Which results of a body depend on the marked parameters."""
    over: set[Operand] = {p for p, m in zip(body.parameters, marks, strict=True) if m}
    for node in body:
        if not over.isdisjoint(node.operands):
            over.update(node.results)
    return [r in over for r in body.results]


def _while_jvp(
    node: Node, operands: tuple[Operand, ...], given: Sequence[Tangent]
) -> tuple[Any, Any]:
    attrs: Any = node.attrs
    predicate, body = node.regions
    n, marks = attrs.consts, marked(given)
    active = carry_fixpoint(body, marks[:n], marks[n:], (), active_results)
    pushed: Graph = hooks.of("jvp")(body, [*marks[:n], *active], active)
    d_consts = present(given[:n])
    d_carry = [
        zeros_like(x) if t is None else t
        for x, t, a in zip(operands[n:], given[n:], active, strict=True)
        if a
    ]
    types = [x.type for x in (*operands[:n], *d_consts, *operands[n:], *d_carry)]
    k, m = len(d_consts), len(operands)

    def new_predicate(*v: Value) -> Sequence[Operand]:
        return build.inline(predicate, [*v[:n], *v[n + k : k + m]])

    def new_body(*v: Value) -> Sequence[Operand]:
        return build.inline(pushed, [*v[:n], *v[n + k : k + m], *v[n : n + k], *v[k + m :]])

    regions = (build.graph_of(new_predicate, types), build.graph_of(new_body, types))
    made = build.emit(
        while_, (*operands[:n], *d_consts, *operands[n:], *d_carry), While(n + k), regions
    )
    return made[: m - n], spread(made[m - n :], active)


def _while_split(
    node: Node, operands: tuple[Operand, ...], given: Sequence[Tangent]
) -> tuple[Any, Any]:
    """The loop with some of its carries saved, and its turns made again as a linear call."""
    attrs: Any = node.attrs
    predicate, body = node.regions
    n, marks = attrs.consts, marked(given)
    active = carry_fixpoint(body, marks[:n], marks[n:], (), active_results)
    turn = turn_of(body, marks[:n], active)
    outs, saved = replay.recorded(predicate, body, turn, operands[:n], operands[n:])
    known = (*saved, *(operands[i] for i in turn.consts))
    d_consts = present(given[:n])
    d_carry = [
        zeros_like(x) if t is None else t
        for x, t, a in zip(operands[n:], given[n:], active, strict=True)
        if a
    ]
    k, c = len(known), len(known) + len(d_consts)
    types, sums, ends = ([x.type for x in xs] for xs in (known, d_consts, d_carry))

    def forward(*v: Value) -> Sequence[Operand]:
        return replay.forward(turn, v[:k], v[k:c], v[c:])

    def back(*v: Value) -> Sequence[Operand]:
        return replay.backward(turn, v[:k], sums, v[k:])

    regions = (
        build.graph_of(forward, [*types, *sums, *ends]),
        build.graph_of(back, [*types, *ends]),
    )
    tangents = build.emit(o.linear_call, (*known, *d_consts, *d_carry), Paired(k), regions)
    return outs, spread(tangents, active)


def _while_batch(
    attrs: While,
    operands: Sequence[Operand],
    marks: Sequence[bool],
    size: int | Dim,
    regions: tuple[Graph, ...],
) -> tuple[Operand, ...]:
    """One loop for all examples; where they do not all make the same turns, it goes on until the
    last is done, and the others keep what they have.
    """
    predicate, body = regions
    n = attrs.consts
    consts, fixed = list(operands[:n]), list(marks[:n])
    over = carry_fixpoint(body, fixed, marks[n:], (), dependent)
    together = not dependent(predicate, [*fixed, *over])[0]
    over = over if together else [True] * len(over)
    carry = [
        batched(x, m, size) if each else x
        for x, m, each in zip(operands[n:], marks[n:], over, strict=True)
    ]
    if together:
        same: Graph = hooks.of("vmap")(predicate, [*fixed, *over], size, [False])
        mapped: Graph = hooks.of("vmap")(body, [*fixed, *over], size, over)
        outs = build.emit(while_, (*consts, *carry), attrs, (same, mapped))
        return tuple(batched(x, each, size) for x, each in zip(outs, over, strict=True))
    test: Graph = hooks.of("vmap")(predicate, [*fixed, *over], size)
    turn: Graph = hooks.of("vmap")(guarded(body), [True, *fixed, *over], size)
    (left,) = build.inline(test, [*consts, *carry])
    types = [x.type for x in (*consts, left, *carry)]

    def any_left(*v: Value) -> Operand:
        result: Operand = o.any(v[n], axes=(0,))
        return result

    def step(*v: Value) -> Sequence[Operand]:
        left, old = v[n], v[n + 1 :]
        given = [select(left, x, harmless(x)) for x in old]
        new = build.inline(turn, [left, *v[:n], *given])
        kept = [select(left, a, b) for a, b in zip(new, old, strict=True)]
        return [o.logical_and(left, build.inline(test, [*v[:n], *kept])[0]), *kept]

    made = (build.graph_of(any_left, types), build.graph_of(step, types))
    return build.emit(while_, (*consts, left, *carry), attrs, made)[1:]


def _while_numpy(
    attrs: While, *arrays: Any, regions: tuple[Callable[..., Any], ...]
) -> tuple[Any, ...]:
    predicate, body = regions
    consts, carry = arrays[: attrs.consts], arrays[attrs.consts :]
    while np.all(predicate(*consts, *carry)[0]):
        carry = body(*consts, *carry)
    return tuple(carry)


while_: Final[Op] = Op(
    "while",
    _while_numpy,
    Regions(_while_jvp),
    attrs=While,
    infer=_while_infer,
    split=_while_split,
    batch=_while_batch,
    cost=region_cost,
    variadic=True,
    results=-1,
    regions=2,
)
