"""`scan`: a loop that steps along a leading axis, carrying values and stacking results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from gradloom.ir import build, hooks
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.errors import DtypeError, ShapeError
from gradloom.ir.graph import Graph, Literal, Node, Operand, Value, literal
from gradloom.ir.op import Attrs, Op, Regions
from gradloom.ir.ops.control import (
    check_counts,
    check_region,
    marked,
    materialised,
    present,
    region_cost,
    result_types,
    spread,
)
from gradloom.ir.ops.guards import chosen, guarded, harmless
from gradloom.ir.ops.loops import active_results, carry_fixpoint, dependent
from gradloom.ir.ops.rules import INDEX, batched, zeros_like
from gradloom.ir.ops.source import number
from gradloom.ir.ops.turns import part, unchanging
from gradloom.ir.types import TensorType, tensor_type

Tangent = Operand | None


@dataclass(frozen=True, slots=True)
class Scan(Attrs):
    """Operands are `consts` constants, `carry` carried values, and arrays stepped along their
    leading axis.

    With `counted` the first constant says how many of the `length` steps are made, the first ones
    (in the order of `reverse` too); the rows of the others are 0.
    """

    consts: int
    carry: int
    length: int | Dim
    reverse: bool = False
    counted: bool = False


def _parts(attrs: Any, xs: Sequence[Any]) -> tuple[list[Any], list[Any], list[Any]]:
    """Constants, carry and stepped arrays."""
    n, m = attrs.consts, attrs.consts + attrs.carry
    return list(xs[:n]), list(xs[n:m]), list(xs[m:])


def _scan_infer(
    attrs: Scan, *types: TensorType, regions: tuple[Graph, ...]
) -> tuple[TensorType, ...]:
    check_counts("scan", len(types), attrs.consts, attrs.carry)
    consts, carry, xs = _parts(attrs, types)
    if attrs.counted and consts[:1] != [tensor_type(INDEX, ())]:
        raise DtypeError(f"scan: the number of steps is one i64 number, not {consts[:1]}")
    for x in xs:
        if not x.shape or x.shape[0] != attrs.length:
            raise ShapeError(f"scan: {attrs.length} steps along an array of type {x}")
    check_region("scan", regions[0], [*consts, *carry, *(x.with_shape(x.shape[1:]) for x in xs)])
    results = result_types(regions[0])
    if list(results[: attrs.carry]) != carry:
        raise ShapeError(
            f"scan: the body takes {carry} and gives {list(results[: attrs.carry])}",
            hint="keep the carry's type",
        )
    return (
        *results[: attrs.carry],
        *(y.with_shape((attrs.length, *y.shape)) for y in results[attrs.carry :]),
    )


def _scan_jvp(
    node: Node, operands: tuple[Operand, ...], given: Sequence[Tangent]
) -> tuple[Any, Any]:
    attrs: Any = node.attrs
    (body,) = node.regions
    consts, carry, xs = _parts(attrs, operands)
    t_consts, t_carry, t_xs = _parts(attrs, given)
    active = carry_fixpoint(body, marked(t_consts), marked(t_carry), marked(t_xs), active_results)
    marks = [*marked(t_consts), *active, *marked(t_xs)]
    shown = [*active, *active_results(body, marks)[attrs.carry :]]
    pushed: Graph = hooks.of("jvp")(body, marks, shown)
    d_consts, d_xs = present(t_consts), present(t_xs)
    d_carry = [
        zeros_like(x) if t is None else t
        for x, t, a in zip(carry, t_carry, active, strict=True)
        if a
    ]
    groups = [consts, d_consts, carry, d_carry, xs, d_xs]

    def new_body(*v: Value) -> Sequence[Operand]:
        c, dc, s, ds, x, dx = _take(v, groups)
        out = build.inline(pushed, [*c, *s, *x, *dc, *ds, *dx])
        ends = _take(out, [carry, range(len(body.results) - len(carry)), d_carry])
        return [*ends[0], *ends[2], *ends[1], *out[len(body.results) + len(d_carry) :]]

    operands = tuple(x for group in groups for x in group)
    types = [x.type for group in groups[:4] for x in group] + [slice_type(x) for x in (*xs, *d_xs)]
    new_attrs = replace(attrs, consts=len(consts) + len(d_consts), carry=len(carry) + len(d_carry))
    outs = build.emit(scan, operands, new_attrs, (build.graph_of(new_body, types),))
    s, ds, ys = _take(outs, [carry, d_carry, range(len(body.results) - len(carry))])
    return [*s, *ys], spread([*ds, *outs[len(s) + len(ds) + len(ys) :]], shown)


def _take(values: Sequence[Any], groups: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """`values` cut into runs as long as the groups."""
    out, start = [], 0
    for group in groups:
        out.append(list(values[start : start + len(group)]))
        start += len(group)
    return out


def slice_type(x: Operand) -> TensorType:
    """The type of one step of a stepped array."""
    return x.type.with_shape(x.type.shape[1:])


def _scan_split(
    node: Node, operands: tuple[Operand, ...], given: Sequence[Tangent]
) -> tuple[Any, Any]:
    attrs: Any = node.attrs
    (body,) = node.regions
    consts, _, _ = _parts(attrs, operands)
    t_consts, t_carry, t_xs = _parts(attrs, given)
    active = carry_fixpoint(body, marked(t_consts), marked(t_carry), marked(t_xs), active_results)
    forced = [*active, *[False] * (len(body.results) - attrs.carry)]
    parts = hooks.of("split")(body, [*marked(t_consts), *active, *marked(t_xs)], forced)
    residuals = parts.known.results[len(body.results) :]
    same = unchanging(parts.known, attrs.consts, residuals)
    held = [r for r, fixed in zip(residuals, same, strict=True) if fixed]
    apart = part(parts.known, range(attrs.consts), held)
    invariant = dict(zip(held, build.inline(apart, consts), strict=True))
    stacked = [r for r in residuals if r not in invariant]
    known = Graph(
        parts.known.parameters,
        parts.known.nodes,
        (*parts.known.results[: len(body.results)], *stacked),
    )
    outs = build.emit(scan, operands, attrs, (known,))
    d_carry = [
        zeros_like(x) if t is None else t
        for x, t, a in zip(_parts(attrs, operands)[1], t_carry, active, strict=True)
        if a
    ]
    fixed = [invariant[r] for r in residuals if r in invariant]
    count = consts[:1] if attrs.counted else []
    linear = _ordered_linear(parts, residuals, invariant, len(present(t_consts)), len(d_carry))
    if attrs.counted:
        first = (Value(tensor_type(INDEX, ())), *linear.parameters)
        linear = Graph(first, linear.nodes, linear.results, linear.name)
    total = len(count) + len(fixed) + len(present(t_consts))
    new_attrs = replace(attrs, consts=total, carry=len(d_carry))
    given_linear = (
        *count,
        *fixed,
        *present(t_consts),
        *d_carry,
        *outs[len(body.results) :],
        *present(t_xs),
    )
    tangents = build.emit(scan, given_linear, new_attrs, (linear,))
    return outs[: len(body.results)], spread(tangents, parts.active)


def _ordered_linear(
    parts: Any, residuals: Sequence[Operand], invariant: dict[Any, Any], consts: int, carry: int
) -> Graph:
    """The linear body with its parameters as a scan wants them: fixed residuals and constants,
    carry, stacked, xs.
    """
    linear: Graph = parts.linear
    own, tangents = linear.parameters[: parts.residuals], linear.parameters[parts.residuals :]
    fixed = [p for p, r in zip(own, residuals, strict=True) if r in invariant]
    stacked = [p for p, r in zip(own, residuals, strict=True) if r not in invariant]
    order = (*fixed, *tangents[: consts + carry], *stacked, *tangents[consts + carry :])
    return Graph(order, linear.nodes, linear.results, linear.name)


def _scan_transpose(node: Node, ct: Any, linear: tuple[bool, ...]) -> list[Tangent]:
    """Run the transposed body the other way; cotangents of linear constants are carried and
    summed.
    """
    attrs: Any = node.attrs
    cts = materialised(ct if isinstance(ct, tuple) else (ct,), node.results)
    c_marks, _, x_marks = _parts(attrs, linear)
    consts, carry, xs = _parts(attrs, node.operands)
    made: Graph = hooks.of("transpose_linear")(
        node.regions[0], [*c_marks, *[True] * len(carry), *x_marks]
    )
    fixed = [x for x, m in zip(consts, c_marks, strict=True) if not m]
    stacked = [x for x, m in zip(xs, x_marks, strict=True) if not m]
    sums: list[Operand] = [zeros_like(x) for x, m in zip(consts, c_marks, strict=True) if m]
    ct_carry, ct_ys = cts[: attrs.carry], cts[attrs.carry :]
    groups = [fixed, ct_carry, sums, stacked, ct_ys]

    def body(*v: Value) -> Sequence[Operand]:
        f, c, acc, s, y = _take(v, groups)
        outs = build.inline(made, [*f, *s, *c, *y])
        d_consts, d_carry, d_xs = _take(outs, [sums, carry, [m for m in x_marks if m]])
        return [*d_carry, *(a + d for a, d in zip(acc, d_consts, strict=True)), *d_xs]

    types = [x.type for x in (*fixed, *ct_carry, *sums)] + [
        slice_type(x) for x in (*stacked, *ct_ys)
    ]
    carried = len(ct_carry) + len(sums)
    new_attrs = replace(attrs, consts=len(fixed), carry=carried, reverse=not attrs.reverse)
    operands = tuple(x for group in groups for x in group)
    outs = build.emit(scan, operands, new_attrs, (build.graph_of(body, types),))
    d_carry, d_consts, d_xs = _take(outs, [ct_carry, sums, [m for m in x_marks if m]])
    return [*spread(d_consts, c_marks), *d_carry, *spread(d_xs, x_marks)]


def _scan_batch(
    attrs: Scan,
    operands: Sequence[Operand],
    marks: Sequence[bool],
    size: int | Dim,
    regions: tuple[Graph, ...],
) -> tuple[Operand, ...]:
    consts, carry, xs = _parts(attrs, operands)
    c_marks, s_marks, x_marks = _parts(attrs, marks)
    if attrs.counted and c_marks[0]:
        return _batch_counted(attrs, operands, marks, size, regions)
    over = carry_fixpoint(regions[0], c_marks, s_marks, x_marks, dependent)
    each = [*c_marks, *over, *x_marks]
    out = [*over, *[True] * (len(regions[0].results) - attrs.carry)]
    body: Graph = hooks.of("vmap")(regions[0], each, size, out)
    new_carry = [
        batched(x, m, size) if s else x for x, m, s in zip(carry, s_marks, over, strict=True)
    ]
    new_xs = [swap_leading(x) if m else x for x, m in zip(xs, x_marks, strict=True)]
    outs = build.emit(scan, (*consts, *new_carry, *new_xs), attrs, (body,))
    ends = [batched(x, s, size) for x, s in zip(outs[: attrs.carry], over, strict=True)]
    return (*ends, *(swap_leading(y) for y in outs[attrs.carry :]))


def _batch_counted(
    attrs: Scan,
    operands: Sequence[Operand],
    marks: Sequence[bool],
    size: int | Dim,
    regions: tuple[Graph, ...],
) -> tuple[Operand, ...]:
    """As many steps as the example with the most makes; the others keep their carry, and rows of
    0. Steps are counted by one more carried number.
    """
    n, m = attrs.consts, attrs.consts + attrs.carry
    body = guarded(regions[0])
    longest: Operand = o.max(operands[0], axes=(0,))

    def step(*v: Value) -> Sequence[Operand]:
        at, consts, carry, xs = v[n + 1], v[1 : n + 1], v[n + 2 : m + 2], v[m + 2 :]
        going: Operand = o.less(at, consts[0])
        given = [chosen(going, x, harmless(x)) for x in (*carry, *xs)]
        outs = build.inline(body, [going, *consts, *given])
        rests: list[Operand] = [*carry, *map(zeros_like, outs[attrs.carry :])]
        kept = [chosen(going, a, b) for a, b in zip(outs, rests, strict=True)]
        return [at - 1 if attrs.reverse else at + 1, *kept]

    index = tensor_type(INDEX, ())
    types = [p.type for p in regions[0].parameters]
    made = build.graph_of(step, [index, *types[:n], index, *types[n:]])
    start = longest - 1 if attrs.reverse else number(0)
    given = (longest, *operands[:n], start, *operands[n:])
    over = (False, *marks[:n], False, *marks[n:])
    counted = replace(attrs, consts=n + 1, carry=attrs.carry + 1)
    return _scan_batch(counted, given, over, size, (made,))[1:]


def swap_leading(x: Operand) -> Operand:
    """`x` with its first two axes exchanged."""
    perm = (1, 0, *range(2, x.type.ndim))
    return (
        literal(x.value, x.type.with_shape([x.type.shape[i] for i in perm]))
        if isinstance(x, Literal)
        else o.permute_dims(x, perm=perm)
    )


def _scan_numpy(attrs: Scan, *arrays: Any, regions: tuple[Any, ...]) -> tuple[Any, ...]:
    consts, carry, xs = _parts(attrs, arrays)
    length = int(attrs.length)
    steps = range(int(consts[0]) if attrs.counted else length)
    rows: list[Any] = []
    for i in reversed(steps) if attrs.reverse else steps:
        outs = regions[0](*consts, *carry, *(x[i] for x in xs))
        carry = list(outs[: attrs.carry])
        rows.append(outs[attrs.carry :])
    if attrs.reverse:
        rows.reverse()
    types = [r.type for r in regions[0].graph.results[attrs.carry :]]
    ys = [np.zeros((length, *t.shape), t.dtype) for t in types]
    for i, y in enumerate(ys):
        for place, row in enumerate(rows):
            y[place] = row[i]
    return (*carry, *ys)


def _scan_cost(node: Node, sizes: dict[str, int]) -> int:
    length = node.attrs.length  # type: ignore[union-attr]
    return region_cost(node, sizes) * (length if isinstance(length, int) else 64)


scan: Final[Op] = Op(
    "scan",
    _scan_numpy,
    Regions(_scan_jvp),
    attrs=Scan,
    infer=_scan_infer,
    transpose=_scan_transpose,
    split=_scan_split,
    batch=_scan_batch,
    cost=_scan_cost,
    variadic=True,
    results=-1,
    regions=1,
)
