"""Movement of elements: the same ones in another shape, order, number or array.

Nothing is computed here, so every op is linear in its operands and costs no FLOPs.
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.dims import Dim, exact_quotient
from gradloom.ir.errors import ShapeError
from gradloom.ir.graph import Node, Operand, literal
from gradloom.ir.op import ALL, WHOLE, Attrs, AxisMap, Linear, Op
from gradloom.ir.ops.padding import dilated
from gradloom.ir.ops.rules import (
    broadcast,
    leading,
    require_equal_dtypes,
    sizes_of_factors,
    sum_to,
)
from gradloom.ir.types import Shape, TensorType, check_finite_size, size_of, tensor_type

Ct = tuple[Operand | None, ...]
Marks = tuple[bool, ...]
Types = tuple[TensorType, ...]


@dataclass(frozen=True, slots=True)
class ToShape(Attrs):
    """The shape of the result."""

    shape: Shape


def _shifted_shape(attrs: ToShape, size: int | Dim) -> Shape:
    return (size, *attrs.shape)


# ---- reshape -------------------------------------------------------------------------------------


def _reshape_infer(attrs: ToShape, x: TensorType) -> Types:
    check_finite_size(attrs.shape)
    if size_of(attrs.shape) != x.size:
        given = f"{x.size} elements of {x} and {size_of(attrs.shape)} of shape {attrs.shape}"
        raise ShapeError(f"reshape: sizes differ: {given}")
    return (x.with_shape(attrs.shape),)


def _reshape_axes(attrs: ToShape, x: TensorType) -> AxisMap:
    """Axes that keep size and place, from the front or from the back, are factors; others WHOLE."""
    given, made = x.shape, attrs.shape
    shorter = min(len(given), len(made))
    front = next((i for i in range(shorter) if given[i] != made[i]), shorter)
    back = next(
        (i for i in range(shorter - front) if given[-1 - i] != made[-1 - i]), shorter - front
    )
    return AxisMap((_ends(len(given), front, back),), (_ends(len(made), front, back),))


def _ends(ndim: int, front: int, back: int) -> tuple[int, ...]:
    middle = (WHOLE,) * (ndim - front - back)
    return (*range(front), *middle, *range(front, front + back))


def _reshape_transpose(node: Node, ct: Operand, linear: Marks) -> Ct:
    return (o.reshape(ct, shape=node.operands[0].type.shape),)


def _reshape_batch(
    attrs: ToShape, operands: Sequence[Operand], marks: Sequence[bool], size: int | Dim
) -> Operand:
    result: Operand = o.reshape(operands[0], shape=_shifted_shape(attrs, size))
    return result


reshape: Final[Op] = Op(
    "reshape",
    lambda attrs, x: np.reshape(x, attrs.shape),
    Linear(),
    attrs=ToShape,
    axes=_reshape_axes,
    infer=_reshape_infer,
    transpose=_reshape_transpose,
    batch=_reshape_batch,
    view=True,
)


# ---- permute_dims --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Perm(Attrs):
    """Axis i of the result is axis `perm[i]` of the operand."""

    perm: tuple[int, ...]


def _permute_axes(attrs: Perm, x: TensorType) -> AxisMap:
    if sorted(attrs.perm) != list(range(x.ndim)):
        raise ShapeError(
            f"permute_dims: {attrs.perm} is no permutation of the {x.ndim} axes of {x}"
        )
    return AxisMap((tuple(range(x.ndim)),), (attrs.perm,))


def _permute_transpose(node: Node, ct: Operand, linear: Marks) -> Ct:
    perm = node.attrs.perm  # type: ignore[union-attr]
    return (o.permute_dims(ct, perm=tuple(perm.index(i) for i in range(len(perm)))),)


permute_dims: Final[Op] = Op(
    "permute_dims",
    lambda attrs, x: np.transpose(x, attrs.perm),
    Linear(),
    attrs=Perm,
    axes=_permute_axes,
    transpose=_permute_transpose,
    view=True,
    batch=leading("permute_dims", lambda attrs: Perm((0, *(p + 1 for p in attrs.perm)))),
)


# ---- broadcast_to --------------------------------------------------------------------------------


def _broadcast_axes(attrs: ToShape, x: TensorType) -> AxisMap:
    """A new axis, or one that was 1, has a factor that no operand has."""
    lead = len(attrs.shape) - x.ndim
    check_finite_size(attrs.shape)
    fits = lead >= 0 and builtins.all(
        d in (1, attrs.shape[lead + i]) for i, d in enumerate(x.shape)
    )
    if not fits:
        raise ShapeError(f"broadcast_to: {x} cannot be broadcast to shape {attrs.shape}")
    kept = (lead + i if d == attrs.shape[lead + i] else WHOLE for i, d in enumerate(x.shape))
    return AxisMap((tuple(kept),), (tuple(range(len(attrs.shape))),))


def _broadcast_infer(attrs: ToShape, x: TensorType) -> Types:
    _broadcast_axes(attrs, x)
    return (x.with_shape(attrs.shape),)


def _broadcast_transpose(node: Node, ct: Operand, linear: Marks) -> Ct:
    return (sum_to(ct, node.operands[0].type.shape),)


def _broadcast_batch(
    attrs: ToShape, operands: Sequence[Operand], marks: Sequence[bool], size: int | Dim
) -> Operand:
    (x,) = operands
    inner = x.type.shape[1:]
    ones = (1,) * (len(attrs.shape) - len(inner))
    spread = o.reshape(x, shape=(size, *ones, *inner)) if ones else x
    return broadcast(spread, _shifted_shape(attrs, size))


broadcast_to: Final[Op] = Op(
    "broadcast_to",
    lambda attrs, x: np.broadcast_to(x, attrs.shape),
    Linear(),
    attrs=ToShape,
    axes=_broadcast_axes,
    infer=_broadcast_infer,
    transpose=_broadcast_transpose,
    batch=_broadcast_batch,
    view=True,
)


# ---- concatenate ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Axis(Attrs):
    """One axis."""

    axis: int


def _concatenate_axes(attrs: Axis, *xs: TensorType) -> AxisMap:
    if not xs:
        raise ShapeError("concatenate: there is nothing to join")
    require_equal_dtypes("concatenate", xs)
    ndim = xs[0].ndim
    for x in xs:
        if x.ndim != ndim:
            raise ShapeError(
                f"concatenate: numbers of axes differ: {ndim} of {xs[0]} and {x.ndim} of {x}"
            )
    if not 0 <= attrs.axis < ndim:
        raise ShapeError(f"concatenate: axis {attrs.axis} is out of bounds for {xs[0]}")
    axes = tuple(WHOLE if i == attrs.axis else i for i in range(ndim))
    return AxisMap((axes,) * len(xs), (axes,))


def _concatenate_infer(attrs: Axis, *xs: TensorType) -> Types:
    sizes_of_factors("concatenate", _concatenate_axes(attrs, *xs), xs)
    shape = list(xs[0].shape)
    for x in xs[1:]:
        shape[attrs.axis] = shape[attrs.axis] + x.shape[attrs.axis]
    return (xs[0].with_shape(shape),)


def _concatenate_transpose(node: Node, ct: Operand, linear: Marks) -> Ct:
    axis = node.attrs.axis  # type: ignore[union-attr]
    cts: list[Operand | None] = []
    offset: int | Dim = 0
    for x, mark in zip(node.operands, linear, strict=True):
        end = offset + x.type.shape[axis]
        cts.append(_cut(ct, axis, offset, end) if mark else None)
        offset = end
    return tuple(cts)


def _cut(x: Operand, axis: int, start: int | Dim, stop: int | Dim) -> Operand:
    """x[start:stop] along one axis."""
    shape = x.type.shape
    starts = tuple(start if i == axis else 0 for i in range(len(shape)))
    stops = tuple(stop if i == axis else d for i, d in enumerate(shape))
    result: Operand = o.slice(x, start=starts, stop=stops, step=(1,) * len(shape))
    return result


concatenate: Final[Op] = Op(
    "concatenate",
    lambda attrs, *xs: np.concatenate(xs, axis=attrs.axis),
    Linear((ALL,)),
    attrs=Axis,
    axes=_concatenate_axes,
    infer=_concatenate_infer,
    transpose=_concatenate_transpose,
    variadic=True,
    batch=leading("concatenate", lambda attrs: Axis(attrs.axis + 1)),
)


# ---- slice and flip ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Slice(Attrs):
    """Per axis: `start`, `stop`, `step` with 0 <= start <= stop <= size and step >= 1."""

    start: Shape
    stop: Shape
    step: tuple[int, ...]


def _slice_axes(attrs: Slice, x: TensorType) -> AxisMap:
    bounds = zip(attrs.start, attrs.stop, attrs.step, x.shape, strict=True)
    axes = tuple(
        i if start == 0 and stop == d and step == 1 else WHOLE
        for i, (start, stop, step, d) in enumerate(bounds)
    )
    return AxisMap((axes,), (axes,))


def _slice_infer(attrs: Slice, x: TensorType) -> Types:
    if {len(attrs.start), len(attrs.stop), len(attrs.step)} != {x.ndim}:
        raise ShapeError(f"slice: one start, stop and step are due per axis of {x}, given {attrs}")
    bounds = zip(attrs.start, attrs.stop, attrs.step, x.shape, strict=True)
    for axis, (start, stop, step, d) in enumerate(bounds):
        if not (0 <= start <= stop <= d and step >= 1):
            raise ShapeError(f"slice: {start}:{stop}:{step} does not lie inside axis {axis} of {x}")
    return (
        x.with_shape([_steps(*b) for b in zip(attrs.start, attrs.stop, attrs.step, strict=True)]),
    )


def _steps(start: int | Dim, stop: int | Dim, step: int) -> int | Dim:
    """How many of start, start + step, ... lie before stop."""
    exact = exact_quotient(stop - start, step)
    return exact if exact is not None else (stop - start + (step - 1)) // step


def _slice_numpy(attrs: Slice, x: np.ndarray) -> Any:
    return x[tuple(map(builtins.slice, attrs.start, attrs.stop, attrs.step))]


def _slice_transpose(node: Node, ct: Operand, linear: Marks) -> Ct:
    attrs, x = node.attrs, node.operands[0].type
    assert isinstance(attrs, Slice)
    interior = tuple(s - 1 for s in attrs.step)
    reached = zip(attrs.start, ct.type.shape, interior, strict=True)
    high = tuple(
        d - (start + dilated(n, i)) for d, (start, n, i) in zip(x.shape, reached, strict=True)
    )
    zero = literal(0, tensor_type(x.dtype, ()))
    return (o.pad(ct, zero, low=attrs.start, high=high, interior=interior),)


def _slice_batch(
    attrs: Slice, operands: Sequence[Operand], marks: Sequence[bool], size: int | Dim
) -> Operand:
    result: Operand = o.slice(
        operands[0], start=(0, *attrs.start), stop=(size, *attrs.stop), step=(1, *attrs.step)
    )
    return result


slice: Final[Op] = Op(
    "slice",
    _slice_numpy,
    Linear(),
    attrs=Slice,
    axes=_slice_axes,
    infer=_slice_infer,
    transpose=_slice_transpose,
    batch=_slice_batch,
    view=True,
)


@dataclass(frozen=True, slots=True)
class Axes(Attrs):
    """A sorted set of axes."""

    axes: tuple[int, ...]


def require_axes(name: str, axes: Sequence[int], x: TensorType) -> None:
    """Raise `ShapeError` unless `axes` is a sorted set of axes of x."""
    if list(axes) != sorted(set(axes)) or not builtins.all(0 <= a < x.ndim for a in axes):
        raise ShapeError(f"{name}: {tuple(axes)} is no sorted set of axes of {x}")


def _flip_axes(attrs: Axes, x: TensorType) -> AxisMap:
    require_axes("flip", attrs.axes, x)
    axes = tuple(range(x.ndim))
    return AxisMap((axes,), (axes,), whole=frozenset(attrs.axes))


def _flip_transpose(node: Node, ct: Operand, linear: Marks) -> Ct:
    return (o.flip(ct, axes=node.attrs.axes),)  # type: ignore[union-attr]


flip: Final[Op] = Op(
    "flip",
    lambda attrs, x: np.flip(x, attrs.axes),
    Linear(),
    attrs=Axes,
    axes=_flip_axes,
    transpose=_flip_transpose,
    batch=leading("flip", lambda attrs: Axes(tuple(a + 1 for a in attrs.axes))),
    view=True,
)
