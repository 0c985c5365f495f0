"""`while`: a loop whose trip count is known only when it runs; and what loops share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from gradloom.ir import build, hooks
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.errors import DtypeError, NotDifferentiable, ShapeError
from gradloom.ir.graph import Graph, Node, Operand, Value
from gradloom.ir.op import Attrs, Op, Regions
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
from gradloom.ir.ops.rules import BOOL, batched, zeros_like
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
    raise NotDifferentiable(
        "while has a trip count known only at run time, so reverse mode cannot store its steps",
        location=node.location,
        hint="use gl.scan or gl.fori_loop with a static count, or forward mode (gl.jvp, gl.jacfwd)",
    )


def _while_batch(
    attrs: While,
    operands: Sequence[Operand],
    marks: Sequence[bool],
    size: int | Dim,
    regions: tuple[Graph, ...],
) -> tuple[Operand, ...]:
    predicate, body = regions
    n = attrs.consts
    consts, consts_marks = list(operands[:n]), list(marks[:n])
    carry = [batched(x, m, size) for x, m in zip(operands[n:], marks[n:], strict=True)]
    each = [*consts_marks, *[True] * len(carry)]
    mapped_predicate: Graph = hooks.of("vmap")(predicate, each, size)
    asserts: bool = hooks.of("asserts")(body)
    step_of_one: Graph = hooks.of("guarded")(body) if asserts else body
    mapped_body: Graph = hooks.of("vmap")(step_of_one, [True] * asserts + each, size)
    types = [x.type for x in (*consts, *carry)]

    def any_left(*v: Value) -> Operand:
        result: Operand = o.any(build.inline(mapped_predicate, v)[0], axes=(0,))
        return result

    def step(*v: Value) -> Sequence[Operand]:
        (left,) = build.inline(mapped_predicate, v)
        new = build.inline(mapped_body, (left, *v) if asserts else v)
        return [select(left, a, b) for a, b in zip(new, v[n:], strict=True)]

    made = (build.graph_of(any_left, types), build.graph_of(step, types))
    return build.emit(while_, (*consts, *carry), attrs, made)


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
