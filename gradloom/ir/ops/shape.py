"""Movement of elements: views, joins, padding, and arrays that are known from their shape alone.

Nothing is computed here, so every op of operands is linear in them and costs no FLOPs.
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.constants import Constant
from gradloom.ir.dims import Dim, exact_quotient
from gradloom.ir.errors import ShapeError
from gradloom.ir.graph import Literal, Node, Operand, literal
from gradloom.ir.op import WHOLE, Attrs, AxisMap, Linear, Op, Zero
from gradloom.ir.ops.rules import (
    BOOL,
    INDEX,
    broadcast,
    broadcast_in_dim,
    leading,
    require_equal_dtypes,
    require_kind,
    sizes_of_factors,
    sum_to,
    zeros_like,
)
from gradloom.ir.types import DType, Shape, TensorType, check_finite_size, size_of, tensor_type

Ct = tuple[Operand | None, ...]
Marks = tuple[bool, ...]
Types = tuple[TensorType, ...]


@dataclass(frozen=True, slots=True)
class ToShape(Attrs):
    """The shape of the result."""

    shape: Shape


def _shifted_shape(attrs: ToShape, size: int | Dim) -> Shape:
    return (size, *attrs.shape)


# ---- reshape -------------------------------------------------------------------------------------------------------


def _reshape_infer(attrs: ToShape, x: TensorType) -> Types:
    check_finite_size(attrs.shape)
    if size_of(attrs.shape) != x.size:
        given = f"{x.size} elements of {x} and {size_of(attrs.shape)} of shape {attrs.shape}"
        raise ShapeError(f"reshape: sizes differ: {given}")
    return (x.with_shape(attrs.shape),)


def _reshape_axes(attrs: ToShape, x: TensorType) -> AxisMap:
    """Axes that keep their size and their place from the front or from the back are factors; the rest is whole."""
    given, made = x.shape, attrs.shape
    shorter = min(len(given), len(made))
    front = next((i for i in range(shorter) if given[i] != made[i]), shorter)
    back = next((i for i in range(shorter - front) if given[-1 - i] != made[-1 - i]), shorter - front)
    return AxisMap((_ends(len(given), front, back),), (_ends(len(made), front, back),))


def _ends(ndim: int, front: int, back: int) -> tuple[int, ...]:
    middle = (WHOLE,) * (ndim - front - back)
    return (*range(front), *middle, *range(front, front + back))


def _reshape_transpose(node: Node, ct: Operand, linear: Marks) -> Ct:
    return (o.reshape(ct, shape=node.operands[0].type.shape),)


def _reshape_batch(attrs: ToShape, operands: Sequence[Operand], marks: Sequence[bool], size: int | Dim) -> Operand:
    result: Operand = o.reshape(operands[0], shape=_shifted_shape(attrs, size))
    return result


reshape: Final[Op] = Op(
    "reshape", lambda attrs, x: np.reshape(x, attrs.shape), Linear(), attrs=ToShape, axes=_reshape_axes,
    infer=_reshape_infer, transpose=_reshape_transpose, batch=_reshape_batch, view=True,
)  # fmt: skip


# ---- permute_dims --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Perm(Attrs):
    """Axis i of the result is axis `perm[i]` of the operand."""

    perm: tuple[int, ...]


def _permute_axes(attrs: Perm, x: TensorType) -> AxisMap:
    if sorted(attrs.perm) != list(range(x.ndim)):
        raise ShapeError(f"permute_dims: {attrs.perm} is no permutation of the {x.ndim} axes of {x}")
    return AxisMap((tuple(range(x.ndim)),), (attrs.perm,))


def _permute_transpose(node: Node, ct: Operand, linear: Marks) -> Ct:
    perm = node.attrs.perm  # type: ignore[union-attr]
    return (o.permute_dims(ct, perm=tuple(perm.index(i) for i in range(len(perm)))),)


permute_dims: Final[Op] = Op(
    "permute_dims", lambda attrs, x: np.transpose(x, attrs.perm), Linear(), attrs=Perm, axes=_permute_axes,
    transpose=_permute_transpose, view=True,
    batch=leading("permute_dims", lambda attrs: Perm((0, *(p + 1 for p in attrs.perm)))),
)  # fmt: skip


# ---- broadcast_to --------------------------------------------------------------------------------------------------


def _broadcast_axes(attrs: ToShape, x: TensorType) -> AxisMap:
    """An axis of the result is the operand's, or new (no operand has its factor) where that is 1 or missing."""
    lead = len(attrs.shape) - x.ndim
    check_finite_size(attrs.shape)
    fits = lead >= 0 and builtins.all(d in (1, attrs.shape[lead + i]) for i, d in enumerate(x.shape))
    if not fits:
        raise ShapeError(f"broadcast_to: {x} cannot be broadcast to shape {attrs.shape}")
    kept = (lead + i if d == attrs.shape[lead + i] else WHOLE for i, d in enumerate(x.shape))
    return AxisMap((tuple(kept),), (tuple(range(len(attrs.shape))),))


def _broadcast_infer(attrs: ToShape, x: TensorType) -> Types:
    _broadcast_axes(attrs, x)
    return (x.with_shape(attrs.shape),)


def _broadcast_transpose(node: Node, ct: Operand, linear: Marks) -> Ct:
    return (sum_to(ct, node.operands[0].type.shape),)


def _broadcast_batch(attrs: ToShape, operands: Sequence[Operand], marks: Sequence[bool], size: int | Dim) -> Operand:
    (x,) = operands
    inner = x.type.shape[1:]
    ones = (1,) * (len(attrs.shape) - len(inner))
    spread = o.reshape(x, shape=(size, *ones, *inner)) if ones else x
    return broadcast(spread, _shifted_shape(attrs, size))


broadcast_to: Final[Op] = Op(
    "broadcast_to", lambda attrs, x: np.broadcast_to(x, attrs.shape), Linear(), attrs=ToShape, axes=_broadcast_axes,
    infer=_broadcast_infer, transpose=_broadcast_transpose, batch=_broadcast_batch, view=True,
)  # fmt: skip


# ---- concatenate ---------------------------------------------------------------------------------------------------


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
            raise ShapeError(f"concatenate: numbers of axes differ: {ndim} of {xs[0]} and {x.ndim} of {x}")
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
    "concatenate", lambda attrs, *xs: np.concatenate(xs, axis=attrs.axis), Linear(((...,),)), attrs=Axis,  # type: ignore[arg-type]
    axes=_concatenate_axes, infer=_concatenate_infer, transpose=_concatenate_transpose, variadic=True,
    batch=leading("concatenate", lambda attrs: Axis(attrs.axis + 1)),
)  # fmt: skip


# ---- pad -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pad(Attrs):
    """Per axis: `interior` copies of the value between neighbours, then `low` before and `high` after (negative: crop)."""

    low: Shape
    high: Shape
    interior: tuple[int, ...]


def _dilated(size: int | Dim, interior: int) -> int | Dim:
    """The size of an axis with `interior` elements put between neighbours."""
    return 0 if size == 0 else size + (size - 1) * interior


def _pad_axes(attrs: Pad, x: TensorType, value: TensorType) -> AxisMap:
    require_equal_dtypes("pad", (x, value))
    if value.ndim:
        raise ShapeError(f"pad: the value is one number, not {value}")
    if {len(attrs.low), len(attrs.high), len(attrs.interior)} != {x.ndim}:
        raise ShapeError(f"pad: one low, high and interior are due per axis of {x}, given {attrs}")
    if builtins.any(i < 0 for i in attrs.interior):
        raise ShapeError(f"pad: interior padding {attrs.interior} is negative")
    edges = zip(attrs.low, attrs.high, attrs.interior, strict=True)
    axes = tuple(i if edge == (0, 0, 0) else WHOLE for i, edge in enumerate(edges))
    return AxisMap((axes, ()), (axes,))


def _pad_infer(attrs: Pad, x: TensorType, value: TensorType) -> Types:
    _pad_axes(attrs, x, value)
    edges = zip(x.shape, attrs.low, attrs.high, attrs.interior, strict=True)
    shape = [_dilated(d, interior) + low + high for d, low, high, interior in edges]
    for axis, size in enumerate(shape):
        if size < 0:
            raise ShapeError(f"pad: axis {axis} of {x} is cropped by more than its size, to {size}")
    return (x.with_shape(shape),)


def _pad_numpy(attrs: Pad, x: np.ndarray, value: Any) -> np.ndarray:
    edges = list(zip(x.shape, attrs.low, attrs.high, attrs.interior, strict=True))
    dilated = [_dilated(d, interior) for d, _, _, interior in edges]
    grown = [n + max(low, 0) + max(high, 0) for n, (_, low, high, _) in zip(dilated, edges, strict=True)]  # type: ignore[operator]
    out = np.full(grown, value, x.dtype)
    inside = (builtins.slice(max(e[1], 0), max(e[1], 0) + n, e[3] + 1) for n, e in zip(dilated, edges, strict=True))  # type: ignore[operator]
    out[tuple(inside)] = x
    crop = (builtins.slice(max(-e[1], 0), n - max(-e[2], 0)) for n, e in zip(grown, edges, strict=True))
    return out[tuple(crop)]


def _is_padding(attrs: Pad, x: TensorType) -> Operand:
    """True where an element of the padded result is the value, False where it comes from x."""
    inside = literal(False, x.with_dtype(BOOL))
    mask: Operand = o.pad(inside, literal(True, tensor_type(BOOL, ())), low=attrs.low, high=attrs.high, interior=attrs.interior)
    return mask


def _pad_transpose(node: Node, ct: Operand, linear: Marks) -> Ct:
    attrs, x = node.attrs, node.operands[0].type
    assert isinstance(attrs, Pad)
    into = _unpad(attrs, x, ct) if linear[0] else None
    if not linear[1]:
        return (into, None)
    edge = o.where(_is_padding(attrs, x), ct, zeros_like(ct))
    return (into, o.sum(edge, axes=tuple(range(x.ndim))))


def _unpad(attrs: Pad, x: TensorType, ct: Operand) -> Operand:
    """What a padded array holds at the elements of x; zero for those that were cropped away."""
    low, high = (tuple(-edge for edge in edges) for edges in (attrs.low, attrs.high))
    inner = ct
    if builtins.any(edge != 0 for edge in low + high):
        zero = literal(0, tensor_type(x.dtype, ()))
        inner = o.pad(ct, zero, low=low, high=high, interior=(0,) * x.ndim)
    if builtins.any(attrs.interior):
        shape = inner.type.shape
        inner = o.slice(inner, start=(0,) * x.ndim, stop=shape, step=tuple(i + 1 for i in attrs.interior))
    return inner


def _pad_batch(attrs: Pad, operands: Sequence[Operand], marks: Sequence[bool], size: int | Dim) -> Operand:
    x, value = operands
    inner = x.type.with_shape(x.type.shape[1:]) if marks[0] else x.type
    shifted = Pad(*((0, *edge) for edge in (attrs.low, attrs.high, attrs.interior)))  # type: ignore[arg-type]
    if not marks[1]:
        result: Operand = o.pad(x, value, low=shifted.low, high=shifted.high, interior=shifted.interior)
        return result
    zero = literal(0, tensor_type(inner.dtype, ()))
    here = shifted if marks[0] else attrs
    padded = o.pad(x, zero, low=here.low, high=here.high, interior=here.interior)
    mask = _is_padding(attrs, inner)
    shape = (size, *mask.type.shape)
    return o.where(broadcast(mask, shape), broadcast_in_dim(value, shape, (0,)), broadcast(padded, shape))  # type: ignore[no-any-return]


pad: Final[Op] = Op(
    "pad", _pad_numpy, Linear(((0, 1),)), attrs=Pad, axes=_pad_axes, infer=_pad_infer, transpose=_pad_transpose,
    batch=_pad_batch, arity=2,
)  # fmt: skip


# ---- slice and flip ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Slice(Attrs):
    """Per axis: `start`, `stop`, `step` with 0 <= start <= stop <= size and step >= 1."""

    start: Shape
    stop: Shape
    step: tuple[int, ...]


def _slice_axes(attrs: Slice, x: TensorType) -> AxisMap:
    bounds = zip(attrs.start, attrs.stop, attrs.step, x.shape, strict=True)
    axes = tuple(
        i if start == 0 and stop == d and step == 1 else WHOLE for i, (start, stop, step, d) in enumerate(bounds)
    )
    return AxisMap((axes,), (axes,))


def _slice_infer(attrs: Slice, x: TensorType) -> Types:
    if {len(attrs.start), len(attrs.stop), len(attrs.step)} != {x.ndim}:
        raise ShapeError(f"slice: one start, stop and step are due per axis of {x}, given {attrs}")
    bounds = zip(attrs.start, attrs.stop, attrs.step, x.shape, strict=True)
    for axis, (start, stop, step, d) in enumerate(bounds):
        if not (0 <= start <= stop <= d and step >= 1):
            raise ShapeError(f"slice: {start}:{stop}:{step} does not lie inside axis {axis} of {x}")
    return (x.with_shape([_steps(*b) for b in zip(attrs.start, attrs.stop, attrs.step, strict=True)]),)


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
    high = tuple(d - (start + _dilated(n, i)) for d, (start, n, i) in zip(x.shape, reached, strict=True))
    zero = literal(0, tensor_type(x.dtype, ()))
    return (o.pad(ct, zero, low=attrs.start, high=high, interior=interior),)


def _slice_batch(attrs: Slice, operands: Sequence[Operand], marks: Sequence[bool], size: int | Dim) -> Operand:
    result: Operand = o.slice(operands[0], start=(0, *attrs.start), stop=(size, *attrs.stop), step=(1, *attrs.step))
    return result


slice: Final[Op] = Op(
    "slice", _slice_numpy, Linear(), attrs=Slice, axes=_slice_axes, infer=_slice_infer, transpose=_slice_transpose,
    batch=_slice_batch, view=True,
)  # fmt: skip


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
    "flip", lambda attrs, x: np.flip(x, attrs.axes), Linear(), attrs=Axes, axes=_flip_axes, transpose=_flip_transpose,
    batch=leading("flip", lambda attrs: Axes(tuple(a + 1 for a in attrs.axes))), view=True,
)  # fmt: skip


# ---- arrays without operands -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fixed(Attrs):
    """An array that belongs to the program."""

    value: Constant


@dataclass(frozen=True, slots=True)
class Iota(Attrs):
    """The dtype and shape of the result, and the axis along which it counts."""

    dtype: DType
    shape: Shape
    axis: int


@dataclass(frozen=True, slots=True)
class Size(Attrs):
    """A dimension."""

    size: int | Dim


def _same_for_all(op_name: str) -> Any:
    """The batch rule of an op without operands: its result, broadcast."""

    def rule(attrs: Any, operands: Sequence[Operand], marks: Sequence[bool], size: int | Dim) -> Operand:
        from gradloom.ir import build

        (made,) = build.emit(o.by_name(op_name), (), attrs)
        return broadcast(made, (size, *made.type.shape))

    return rule


def _iota_infer(attrs: Iota) -> Types:
    require_kind("iota", attrs.dtype, "iufc")
    check_finite_size(attrs.shape)
    if not 0 <= attrs.axis < len(attrs.shape):
        raise ShapeError(f"iota: there is no axis {attrs.axis} in shape {attrs.shape}")
    return (tensor_type(attrs.dtype, attrs.shape),)


def _iota_numpy(attrs: Iota) -> np.ndarray:
    spread = [1] * len(attrs.shape)
    spread[attrs.axis] = attrs.shape[attrs.axis]  # type: ignore[call-overload]
    counted = np.arange(attrs.shape[attrs.axis]).astype(attrs.dtype)
    return np.broadcast_to(counted.reshape(spread), attrs.shape)  # type: ignore[arg-type]


constant: Final[Op] = Op(
    "constant", lambda attrs: attrs.value.array, Zero(), attrs=Fixed, arity=0,
    infer=lambda attrs: (attrs.value.type,), batch=_same_for_all("constant"),
)  # fmt: skip
iota: Final[Op] = Op(
    "iota", _iota_numpy, Zero(), attrs=Iota, arity=0, infer=_iota_infer, batch=_same_for_all("iota"),
    domain="sizes that the dtype can hold",
)  # fmt: skip
dim: Final[Op] = Op(
    "dim", lambda attrs: np.int64(attrs.size), Zero(), attrs=Size, arity=0,
    infer=lambda attrs: (tensor_type(INDEX, ()),), batch=_same_for_all("dim"),
)  # fmt: skip


def number(size: int | Dim) -> Operand:
    """A dimension as an i64 operand: a literal, or a `dim` node when it is symbolic."""
    if isinstance(size, int):
        return Literal(np.int64(size), tensor_type(INDEX, ()))
    result: Operand = o.dim(size=size)
    return result
