"""From one placement to another, by collectives."""

from __future__ import annotations

from typing import Any, NamedTuple

from gradloom.ir import ops as o
from gradloom.ir.graph import Literal, Operand, literal
from gradloom.ir.ops.rules import INDEX
from gradloom.ir.types import TensorType, tensor_type
from gradloom.passes.sharding.placement import (
    Mesh,
    Place,
    Placement,
    Spec,
    bounds,
    local_type,
    parts,
)


class Worker(NamedTuple):
    """The worker whose program is written."""

    mesh: Mesh
    place: Place


def reshard(operand: Operand, type: TensorType, have: Placement, want: Spec, at: Worker) -> Operand:
    """One worker's part of a value of (global) `type`, placed as `want` says; nodes go to the
    builder in scope.

    What is partial is combined, straight into parts where `want` cuts; then an axis that moves goes
    all-to-all, one that is no longer cut is gathered, and one that is newly cut is sliced, which
    costs nothing.
    """
    if isinstance(operand, Literal):
        return Literal(operand.value, local_type(type, want, at.mesh, at.place))
    spec = list(have.spec)
    for axis in sorted(have.partial):
        operand = _combine(operand, type, have.reduction, spec, want, axis, at)
    for axis in at.mesh:
        old = spec.index(axis) if axis in spec else None
        new = want.index(axis) if axis in want else None
        if old is None or old == new:
            continue
        if new is not None and spec[new] is None:
            operand = _exchange(operand, type, new, old, axis, at)
            spec[new] = axis
        else:
            operand = o.all_gather(
                operand, axis=axis, size=at.mesh[axis], dim=old, **_parts(type, old, axis, at)
            )
        spec[old] = None
    for i, cut in enumerate(want):
        if cut is not None and spec[i] is None:
            operand = _own_part(operand, type, i, cut, at)
    return operand


def _parts(type: TensorType, dim: int, axis: str, at: Worker) -> dict[str, Any]:
    """The attributes that say how an axis is cut where the parts differ."""
    size: Any = type.shape[dim]
    if size % at.mesh[axis] == 0:
        return {}
    return {"parts": parts(size, at.mesh[axis]), "index": at.place[axis]}


def _combine(
    operand: Operand, type: TensorType, reduction: str, spec: list[str | None], want: Spec,
    axis: str, at: Worker,
) -> Operand:  # fmt: skip
    """The sum (maximum, minimum) over a mesh axis; only each worker's part of it where that axis is
    to cut.
    """
    size = at.mesh[axis]
    if axis in want and reduction == "sum" and spec[want.index(axis)] is None:
        dim = want.index(axis)
        spec[dim] = axis
        result: Operand = o.reduce_scatter(
            operand, axis=axis, size=size, dim=dim, **_parts(type, dim, axis, at)
        )
    else:
        result = o.all_reduce(operand, axis=axis, size=size, reduce=reduction)
    return result


def _exchange(
    operand: Operand, type: TensorType, split: int, concat: int, axis: str, at: Worker
) -> Operand:
    """What is cut along one axis, cut along another."""
    size = at.mesh[axis]
    lengths: dict[str, Any] = {}
    if _parts(type, split, axis, at) or _parts(type, concat, axis, at):
        lengths["split_parts"] = parts(type.shape[split], size)  # type: ignore[arg-type]
        lengths["concat_parts"] = parts(type.shape[concat], size)  # type: ignore[arg-type]
        lengths["index"] = at.place[axis]
    result: Operand = o.all_to_all(
        operand, axis=axis, size=size, split=split, concat=concat, **lengths
    )
    return result


def _own_part(operand: Operand, type: TensorType, dim: int, axis: str, at: Worker) -> Operand:
    """This worker's part, along one dimension, of what every worker has whole."""
    shape: Any = operand.type.shape
    scalar = tensor_type(INDEX, ())
    spec = tuple(axis if i == dim else None for i in range(len(shape)))
    own = bounds(type.shape, spec, at.mesh, at.place)[dim]  # type: ignore[arg-type]
    length = own.stop - own.start
    if _parts(type, dim, axis, at):
        index: Operand = literal(own.start, scalar)
    else:  # told by the worker's number, all workers run the same program
        number = o.axis_index(axis=axis, size=at.mesh[axis])
        index = o.multiply(number, literal(length, scalar))
    starts = [index if i == dim else literal(0, scalar) for i in range(len(shape))]
    sizes = tuple(length if i == dim else d for i, d in enumerate(shape))
    result: Operand = o.dynamic_slice(operand, *starts, sizes=sizes)
    return result
