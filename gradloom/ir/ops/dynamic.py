"""Windows at computed places: read and written whole, moved inside where they would stick out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.dims import Dim, evaluate
from gradloom.ir.errors import ShapeError
from gradloom.ir.graph import Node, Operand
from gradloom.ir.op import WHOLE, Attrs, AxisMap, Linear, Op
from gradloom.ir.ops.index import Indexed, Scattered, batch_gather, batch_scatter, rest_of
from gradloom.ir.ops.rules import (
    INDEX,
    batch_all,
    batched,
    broadcast,
    require_equal_dtypes,
    zeros_like,
)
from gradloom.ir.ops.source import number
from gradloom.ir.types import Shape, TensorType, tensor_type

Ct = tuple[Operand | None, ...]
Marks = Sequence[bool]
Types = tuple[TensorType, ...]


@dataclass(frozen=True, slots=True)
class Sizes(Attrs):
    """The size of the window along each axis."""

    sizes: Shape


def _window_axes(name: str, x: TensorType, window: Shape, starts: Types) -> tuple[int, ...]:
    """Factors of x and of the window alike: axes that the window has in full; the rest is whole."""
    if not len(window) == len(starts) == x.ndim:
        given = f"{len(window)} and {len(starts)}"
        raise ShapeError(f"{name}: one size and start are due per axis of {x}, given {given}")
    for start in starts:
        if start != tensor_type(INDEX, ()):
            raise ShapeError(f"{name}: a start is one i64 number, not {start}")
    for axis, (size, d) in enumerate(zip(window, x.shape, strict=True)):
        if not 0 <= size <= d:
            raise ShapeError(f"{name}: a window of {size} does not fit into axis {axis} of {x}")
    return tuple(
        i if size == d else WHOLE for i, (size, d) in enumerate(zip(window, x.shape, strict=True))
    )


def _window(starts: Sequence[Any], window: Shape, shape: Shape) -> tuple[slice, ...]:
    """The window, its starts clamped so that it lies inside."""
    sizes, limits = ([evaluate(d, {}) for d in dims] for dims in (window, shape))
    fits = zip(starts, sizes, limits, strict=True)
    places = [min(max(int(start), 0), limit - size) for start, size, limit in fits]
    return tuple(slice(p, p + size) for p, size in zip(places, sizes, strict=True))


def _inner_indices(
    starts: Sequence[Operand], shape: Shape, window: Shape, size: int | Dim
) -> tuple[tuple[int, ...], list[Operand]]:
    """The axes that the window does not have in full, and batched positions along them."""
    axes = tuple(i for i, (n, d) in enumerate(zip(window, shape, strict=True)) if n != d)
    places = (size, *(window[a] for a in axes))
    indices = []
    for at, axis in enumerate(axes):
        last = number(shape[axis] - window[axis])
        start = starts[axis]
        clamped = o.minimum(o.maximum(start, zeros_like(start)), broadcast(last, start.type.shape))
        spread = broadcast(o.reshape(clamped, shape=(size, *(1,) * len(axes))), places)
        indices.append(spread + o.iota(dtype=INDEX, shape=places, axis=at + 1))
    return axes, indices


def _slice_axes(attrs: Sizes, x: TensorType, *starts: TensorType) -> AxisMap:
    axes = _window_axes("dynamic_slice", x, attrs.sizes, starts)
    return AxisMap((axes, *((),) * len(starts)), (axes,))


def _slice_infer(attrs: Sizes, x: TensorType, *starts: TensorType) -> Types:
    _slice_axes(attrs, x, *starts)
    return (x.with_shape(attrs.sizes),)


def _slice_transpose(node: Node, ct: Operand, linear: Marks) -> Ct:
    x, *starts = node.operands
    return (o.dynamic_update_slice(zeros_like(x), ct, *starts), *(None,) * len(starts))


def _slice_batch(
    attrs: Sizes, operands: Sequence[Operand], marks: Marks, size: int | Dim
) -> Operand:
    x, *starts = operands
    if not any(marks[1:]):
        result: Operand = o.dynamic_slice(x, number(0), *starts, sizes=(size, *attrs.sizes))
        return result
    shape = x.type.shape[1:] if marks[0] else x.type.shape
    axes, indices = _inner_indices(batch_all(starts, marks[1:], size), shape, attrs.sizes, size)
    if not axes:
        return batched(x, marks[0], size)
    made = batch_gather(Indexed(axes), [x, *indices], [marks[0], *(True,) * len(axes)], size)
    order = (*axes, *rest_of(axes, len(shape)))
    back: Operand = o.permute_dims(made, perm=(0, *(1 + order.index(i) for i in range(len(shape)))))
    return back


dynamic_slice: Final[Op] = Op(
    "dynamic_slice",
    lambda attrs, x, *starts: x[_window(starts, attrs.sizes, x.shape)],
    Linear(),
    attrs=Sizes,
    axes=_slice_axes,
    infer=_slice_infer,
    transpose=_slice_transpose,
    batch=_slice_batch,
    variadic=True,
    arity=1,
)


def _update_axes(attrs: None, x: TensorType, update: TensorType, *starts: TensorType) -> AxisMap:
    require_equal_dtypes("dynamic_update_slice", (x, update))
    axes = _window_axes("dynamic_update_slice", x, update.shape, starts)
    return AxisMap((axes, axes, *((),) * len(starts)), (axes,))


def _update_infer(attrs: None, *types: TensorType) -> Types:
    _update_axes(attrs, *types)
    return (types[0],)


def _update_numpy(x: np.ndarray, update: np.ndarray, *starts: Any) -> np.ndarray:
    out = np.array(x)
    out[_window(starts, np.shape(update), out.shape)] = update
    return out


def _update_transpose(node: Node, ct: Operand, linear: Marks) -> Ct:
    _, update, *starts = node.operands
    dx = o.dynamic_update_slice(ct, zeros_like(update), *starts) if linear[0] else None
    du = o.dynamic_slice(ct, *starts, sizes=update.type.shape) if linear[1] else None
    return (dx, du, *(None,) * len(starts))


def _update_batch(
    attrs: None, operands: Sequence[Operand], marks: Marks, size: int | Dim
) -> Operand:
    x, update = batch_all(operands[:2], marks[:2], size)
    starts = operands[2:]
    if not any(marks[2:]):
        result: Operand = o.dynamic_update_slice(x, update, number(0), *starts)
        return result
    shape, window = x.type.shape[1:], update.type.shape[1:]
    axes, indices = _inner_indices(batch_all(starts, marks[2:], size), shape, window, size)
    if not axes:
        return update
    moved = o.permute_dims(update, perm=(0, *(1 + i for i in (*axes, *rest_of(axes, len(shape))))))
    return batch_scatter(Scattered(axes), [x, moved, *indices], [True] * (2 + len(axes)), size)


dynamic_update_slice: Final[Op] = Op(
    "dynamic_update_slice",
    _update_numpy,
    Linear(((0, 1),)),
    axes=_update_axes,
    infer=_update_infer,
    transpose=_update_transpose,
    batch=_update_batch,
    variadic=True,
    arity=2,
)
