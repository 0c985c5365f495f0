"""Choice and calls: ops whose meaning stands in regions. A region captures nothing; all it needs
are operands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from gradloom.ir import build, hooks
from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError, ShapeError
from gradloom.ir.graph import Graph, Node, Operand, Value, literal
from gradloom.ir.op import Attrs, Op, Regions
from gradloom.ir.ops.guards import guarded, harmless, needs_guard
from gradloom.ir.ops.rules import BOOL, batched, broadcast_in_dim, zeros_like
from gradloom.ir.types import Dim, TensorType

Tangent = Operand | None


def check_region(name: str, region: Graph, types: Sequence[TensorType]) -> None:
    """Raise unless the region takes exactly these types."""
    takes = tuple(p.type for p in region.parameters)
    if takes != tuple(types):
        raise ShapeError(f"{name}: a region takes {list(takes)} and is given {list(types)}")


def check_counts(name: str, operands: int, *counts: int) -> None:
    """Raise unless a loop has at least so many operands (constants, carried values)."""
    if min(counts) < 0 or sum(counts) > operands:
        raise ShapeError(f"{name}: of {operands} operands {counts} cannot be constants and carried")


def result_types(region: Graph) -> tuple[TensorType, ...]:
    """The types of a region's results."""
    return tuple(r.type for r in region.results)


def region_cost(node: Node, sizes: dict[str, int]) -> int:
    """FLOPs of the dearest region, once."""
    return max(sum(n.op.cost(n, sizes) for n in region) for region in node.regions)


def present(tangents: Sequence[Tangent]) -> list[Operand]:
    """The tangents that are not zero."""
    return [t for t in tangents if t is not None]


def marked(tangents: Sequence[Tangent]) -> list[bool]:
    """Which tangents are not zero."""
    return [t is not None for t in tangents]


def spread(values: Sequence[Operand], marks: Sequence[bool]) -> list[Tangent]:
    """One entry per mark: the next value, or None."""
    rest = iter(values)
    return [next(rest) if mark else None for mark in marks]


def materialised(cts: Sequence[Tangent], values: Sequence[Operand]) -> list[Operand]:
    """Cotangents with zeros where there is none."""
    return [zeros_like(v) if ct is None else ct for ct, v in zip(cts, values, strict=True)]


# ---- call ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call(Attrs):
    """The name of the piece, and its kind: "inline" (a plain region), "checkpoint" (recomputed in
    reverse mode).
    """

    name: str
    kind: str = "inline"


def _call_infer(
    attrs: Call, *types: TensorType, regions: tuple[Graph, ...]
) -> tuple[TensorType, ...]:
    check_region("call", regions[0], types)
    return result_types(regions[0])


def _call_jvp(
    node: Node, operands: tuple[Operand, ...], given: Sequence[Tangent]
) -> tuple[Any, Any]:
    (region,), marks = node.regions, marked(given)
    made: Graph = hooks.of("jvp")(region, marks)
    outs = build.emit(call, (*operands, *present(given)), Call(node.attrs.name), (made,))  # type: ignore[union-attr]
    count = len(region.results)
    return outs[:count], spread(outs[count:], [r.type.inexact for r in region.results])


def _call_split(
    node: Node, operands: tuple[Operand, ...], given: Sequence[Tangent]
) -> tuple[Any, Any]:
    (region,), marks = node.regions, marked(given)
    attrs: Any = node.attrs
    parts = hooks.of("split")(region, marks)
    if attrs.kind == "checkpoint":
        results = build.emit(call, operands, attrs, (region,))
        lazy = _recomputing(region, marks, parts)
        outs = build.emit(call, (*operands, *present(given)), attrs, (lazy,))
        return results, spread(outs, parts.active)
    known = build.emit(call, operands, Call(attrs.name), (parts.known,))
    count = len(region.results)
    outs = build.emit(call, (*known[count:], *present(given)), Call(attrs.name), (parts.linear,))
    return known[:count], spread(outs, parts.active)


def _recomputing(region: Graph, marks: Sequence[bool], parts: Any) -> Graph:
    """Tangents from primals and tangents, all values computed anew, as copies that CSE keeps
    apart.
    """
    count, primals = len(region.results), [p.type for p in region.parameters]
    tangents = [t for t, mark in zip(primals, marks, strict=True) if mark]

    def body(*values: Value) -> Sequence[Operand]:
        known = build.inline(again, values[: len(primals)], copies=1)
        return build.inline(parts.linear, [*known[count:], *values[len(primals) :]], copies=1)

    again: Graph = hooks.of("without_asserts")(parts.known)
    return build.graph_of(body, [*primals, *tangents], name=f"recompute_{region.name}")


def _call_transpose(node: Node, ct: Any, linear: tuple[bool, ...]) -> list[Tangent]:
    attrs: Any = node.attrs
    cts = ct if isinstance(ct, tuple) else (ct,)
    made: Graph = hooks.of("transpose_linear")(node.regions[0], linear)
    known = [x for x, mark in zip(node.operands, linear, strict=True) if not mark]
    outs = build.emit(
        call, (*known, *materialised(cts, node.results)), Call(attrs.name, attrs.kind), (made,)
    )
    return spread(outs, linear)


def _call_batch(
    attrs: Call,
    operands: Sequence[Operand],
    marks: Sequence[bool],
    size: int | Dim,
    regions: tuple[Graph, ...],
) -> tuple[Operand, ...]:
    made: Graph = hooks.of("vmap")(regions[0], marks, size)
    return build.emit(call, tuple(operands), attrs, (made,))


def _call_numpy(
    attrs: Call, *arrays: Any, regions: tuple[Callable[..., Any], ...]
) -> tuple[Any, ...]:
    return tuple(regions[0](*arrays))


call: Final[Op] = Op(
    "call",
    _call_numpy,
    Regions(_call_jvp),
    attrs=Call,
    infer=_call_infer,
    transpose=_call_transpose,
    split=_call_split,
    batch=_call_batch,
    cost=region_cost,
    variadic=True,
    results=-1,
    regions=1,
)

# ---- cond ----------------------------------------------------------------------------------------


def _cond_infer(
    attrs: None, *types: TensorType, regions: tuple[Graph, ...]
) -> tuple[TensorType, ...]:
    if types[0].dtype != BOOL or types[0].shape != ():
        raise DtypeError(
            f"cond: the predicate is {types[0]}, not bool[]", hint="reduce it with np.all or np.any"
        )
    for region in regions:
        check_region("cond", region, types[1:])
    first, second = map(result_types, regions)
    if first != second:
        raise ShapeError(
            f"cond: the branches give {list(first)} and {list(second)}",
            hint="make both branches give one type",
        )
    return first


def _cond_jvp(
    node: Node, operands: tuple[Operand, ...], given: Sequence[Tangent]
) -> tuple[Any, Any]:
    marks = marked(given[1:])
    active = _union_active(node.regions, marks)
    made = tuple(hooks.of("jvp")(region, marks, active) for region in node.regions)
    outs = build.emit(cond, (*operands, *present(given)), None, made)
    count = len(active)
    return outs[:count], spread(outs[count:], active)


def _union_active(regions: Sequence[Graph], marks: Sequence[bool]) -> tuple[bool, ...]:
    each = [hooks.of("split")(region, marks).active for region in regions]
    return tuple(map(any, zip(*each, strict=True)))


def _cond_split(
    node: Node, operands: tuple[Operand, ...], given: Sequence[Tangent]
) -> tuple[Any, Any]:
    marks = marked(given[1:])
    active = _union_active(node.regions, marks)
    parts = [hooks.of("split")(region, marks, active) for region in node.regions]
    count = len(active)
    residual_types = [[r.type for r in p.known.results[count:]] for p in parts]
    known = tuple(
        _with_all_residuals(p.known, count, residual_types, i) for i, p in enumerate(parts)
    )
    linear = tuple(_taking_all_residuals(p.linear, residual_types, i) for i, p in enumerate(parts))
    outs = build.emit(cond, operands, None, known)
    tangents = build.emit(cond, (operands[0], *outs[count:], *present(given)), None, linear)
    return outs[:count], spread(tangents, active)


def _with_all_residuals(
    region: Graph, count: int, types: Sequence[Sequence[TensorType]], mine: int
) -> Graph:
    """The known branch, also giving zeros for the other branch's residuals."""
    own = region.results[count:]
    each = [own if i == mine else tuple(literal(0, t) for t in ts) for i, ts in enumerate(types)]
    return Graph(
        region.parameters,
        region.nodes,
        (*region.results[:count], *(r for rs in each for r in rs)),
        region.name,
    )


def _taking_all_residuals(region: Graph, types: Sequence[Sequence[TensorType]], mine: int) -> Graph:
    """The linear branch, also taking the other branch's residuals."""
    count = len(types[mine])
    own, tangents = region.parameters[:count], region.parameters[count:]
    each = [own if i == mine else tuple(Value(t) for t in ts) for i, ts in enumerate(types)]
    return Graph(
        (*(p for ps in each for p in ps), *tangents), region.nodes, region.results, region.name
    )


def _cond_transpose(node: Node, ct: Any, linear: tuple[bool, ...]) -> list[Tangent]:
    cts = ct if isinstance(ct, tuple) else (ct,)
    made = tuple(hooks.of("transpose_linear")(region, linear[1:]) for region in node.regions)
    known = [x for x, mark in zip(node.operands, linear, strict=True) if not mark]
    outs = build.emit(cond, (*known, *materialised(cts, node.results)), None, made)
    return spread(outs, linear)


def _cond_batch(
    attrs: None,
    operands: Sequence[Operand],
    marks: Sequence[bool],
    size: int | Dim,
    regions: tuple[Graph, ...],
) -> tuple[Operand, ...]:
    if not marks[0]:
        made = tuple(hooks.of("vmap")(region, marks[1:], size) for region in regions)
        return build.emit(cond, tuple(operands), None, made)
    whole = [batched(x, m, size) for x, m in zip(operands[1:], marks[1:], strict=True)]
    outs = [_branch_of_some(operands[0], region, whole, i == 0) for i, region in enumerate(regions)]
    return tuple(select(operands[0], a, b) for a, b in zip(*outs, strict=True))


def _branch_of_some(
    pred: Operand, region: Graph, operands: Sequence[Operand], taken: bool
) -> tuple[Operand, ...]:
    """A branch that some members of a batch take, run for all; its asserts count for those."""
    given = [_safe(pred, x, taken) for x in operands]
    if needs_guard(region):
        region = guarded(region)
        given.insert(0, pred if taken else o.logical_not(pred))
    made: Graph = hooks.of("vmap")(region, [True] * len(given), pred.type.shape[0])
    return build.inline(made, given)


def _safe(pred: Operand, x: Operand, taken: bool) -> Operand:
    """`x` where this branch is taken, else a harmless constant."""
    return select(pred, x, harmless(x)) if taken else select(pred, harmless(x), x)


def select(pred: Operand, a: Operand, b: Operand) -> Operand:
    """`where` with a predicate that has only the leading axis."""
    result: Operand = o.where(broadcast_in_dim(pred, a.type.shape, (0,)), a, b)
    return result


def _cond_numpy(
    pred: Any, *arrays: Any, regions: tuple[Callable[..., Any], ...]
) -> tuple[Any, ...]:
    return tuple(regions[0 if np.all(pred) else 1](*arrays))


cond: Final[Op] = Op(
    "cond",
    _cond_numpy,
    Regions(_cond_jvp),
    infer=_cond_infer,
    transpose=_cond_transpose,
    split=_cond_split,
    batch=_cond_batch,
    cost=region_cost,
    variadic=True,
    results=-1,
    regions=2,
)
