"""From one placement to another, by collectives."""

from __future__ import annotations

from gradloom.ir import ops as o
from gradloom.ir.graph import Literal, Operand, literal
from gradloom.ir.ops.rules import INDEX
from gradloom.ir.types import TensorType, tensor_type
from gradloom.passes.sharding.placement import Mesh, Placement, Spec, local_type


def reshard(operand: Operand, type: TensorType, have: Placement, want: Spec, mesh: Mesh) -> Operand:
    """One worker's part of a value of (global) `type`, placed as `want` says; nodes go to the
    builder in scope.

    What is partial is combined, straight into parts where `want` cuts; then an axis that moves goes
    all-to-all, one that is no longer cut is gathered, and one that is newly cut is sliced, which
    costs nothing.
    """
    if isinstance(operand, Literal):
        return Literal(operand.value, local_type(type, want, mesh))
    spec = list(have.spec)
    for axis in sorted(have.partial):
        operand = _combine(operand, have.reduction, spec, want, axis, mesh)
    for axis in mesh:
        old = spec.index(axis) if axis in spec else None
        new = want.index(axis) if axis in want else None
        if old is None or old == new:
            continue
        if new is not None and spec[new] is None:
            operand = o.all_to_all(operand, axis=axis, size=mesh[axis], split=new, concat=old)
            spec[new] = axis
        else:
            operand = o.all_gather(operand, axis=axis, size=mesh[axis], dim=old)
        spec[old] = None
    for i, cut in enumerate(want):
        if cut is not None and spec[i] is None:
            operand = _own_part(operand, i, cut, mesh)
    return operand


def _combine(
    operand: Operand, reduction: str, spec: list[str | None], want: Spec, axis: str, mesh: Mesh
) -> Operand:
    """The sum (maximum, minimum) over a mesh axis; only each worker's part of it where that axis is
    to cut.
    """
    size = mesh[axis]
    if axis in want and reduction == "sum" and spec[want.index(axis)] is None:
        dim = want.index(axis)
        spec[dim] = axis
        result: Operand = o.reduce_scatter(operand, axis=axis, size=size, dim=dim)
    else:
        result = o.all_reduce(operand, axis=axis, size=size, reduce=reduction)
    return result


def _own_part(operand: Operand, dim: int, axis: str, mesh: Mesh) -> Operand:
    """This worker's part, along one dimension, of what every worker has whole."""
    shape = operand.type.shape
    part = shape[dim] // mesh[axis]
    scalar = tensor_type(INDEX, ())
    index = o.multiply(o.axis_index(axis=axis, size=mesh[axis]), literal(part, scalar))
    starts = [index if i == dim else literal(0, scalar) for i in range(len(shape))]
    sizes = tuple(part if i == dim else d for i, d in enumerate(shape))
    result: Operand = o.dynamic_slice(operand, *starts, sizes=sizes)
    return result
