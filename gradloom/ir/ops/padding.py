"""Padding: elements put before, after and between those of an array, or taken off its edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.dims import Dim, evaluate
from gradloom.ir.errors import ShapeError
from gradloom.ir.graph import Node, Operand, literal
from gradloom.ir.op import WHOLE, Attrs, AxisMap, Linear, Op
from gradloom.ir.ops.rules import (
    BOOL,
    broadcast,
    broadcast_in_dim,
    require_equal_dtypes,
    zeros_like,
)
from gradloom.ir.types import Shape, TensorType, tensor_type

Ct = tuple[Operand | None, ...]
Types = tuple[TensorType, ...]


@dataclass(frozen=True, slots=True)
class Pad(Attrs):
    """Per axis: `interior` values between neighbours, then `low` before and `high` after.

    A negative `low` or `high` takes elements off. As XLA's Pad.
    """

    low: Shape
    high: Shape
    interior: tuple[int, ...]


def dilated(size: int | Dim, interior: int) -> int | Dim:
    """The size of an axis with `interior` elements put between neighbours."""
    return 0 if size == 0 else size + (size - 1) * interior


def _pad_axes(attrs: Pad, x: TensorType, value: TensorType) -> AxisMap:
    require_equal_dtypes("pad", (x, value))
    if value.ndim:
        raise ShapeError(f"pad: the value is one number, not {value}")
    if {len(attrs.low), len(attrs.high), len(attrs.interior)} != {x.ndim}:
        raise ShapeError(f"pad: one low, high and interior are due per axis of {x}, given {attrs}")
    if any(i < 0 for i in attrs.interior):
        raise ShapeError(f"pad: interior padding {attrs.interior} is negative")
    edges = zip(attrs.low, attrs.high, attrs.interior, strict=True)
    axes = tuple(i if edge == (0, 0, 0) else WHOLE for i, edge in enumerate(edges))
    return AxisMap((axes, ()), (axes,))


def _pad_infer(attrs: Pad, x: TensorType, value: TensorType) -> Types:
    _pad_axes(attrs, x, value)
    edges = zip(x.shape, attrs.low, attrs.high, attrs.interior, strict=True)
    shape = [dilated(d, interior) + low + high for d, low, high, interior in edges]
    for axis, size in enumerate(shape):
        if size < 0:
            raise ShapeError(f"pad: axis {axis} of {x} is cropped by more than its size, to {size}")
    return (x.with_shape(shape),)


def _pad_numpy(attrs: Pad, x: np.ndarray, value: Any) -> np.ndarray:
    grown, inside, kept = [], [], []
    for size, low, high, interior in zip(
        *_numbers(x.shape, attrs.low, attrs.high), attrs.interior, strict=True
    ):
        inner, front = int(dilated(size, interior)), max(low, 0)
        grown.append(front + inner + max(high, 0))
        inside.append(slice(front, front + inner, interior + 1))
        kept.append(slice(max(-low, 0), grown[-1] - max(-high, 0)))
    out = np.full(grown, value, x.dtype)
    out[tuple(inside)] = x
    cropped = out[tuple(kept)]
    return cropped if cropped.size == out.size else cropped.copy()  # holds nothing that was cropped


def _numbers(*shapes: Shape) -> list[tuple[int, ...]]:
    return [tuple(evaluate(d, {}) for d in shape) for shape in shapes]


def _is_padding(attrs: Pad, x: TensorType) -> Operand:
    """True where an element of the padded result is the value, False where it comes from x."""
    inside = literal(False, x.with_dtype(BOOL))
    return _pad(inside, literal(True, tensor_type(BOOL, ())), attrs)


def _pad(x: Operand, value: Operand, attrs: Pad) -> Operand:
    result: Operand = o.pad(x, value, low=attrs.low, high=attrs.high, interior=attrs.interior)
    return result


def value_type(x: TensorType) -> TensorType:
    """The type of one element."""
    return tensor_type(x.dtype, ())


def _pad_transpose(node: Node, ct: Operand, linear: tuple[bool, ...]) -> Ct:
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
    if any(edge != 0 for edge in low + high):
        inner = _pad(ct, literal(0, value_type(x)), Pad(low, high, (0,) * x.ndim))
    if any(attrs.interior):
        shape = inner.type.shape
        inner = o.slice(
            inner, start=(0,) * x.ndim, stop=shape, step=tuple(i + 1 for i in attrs.interior)
        )
    return inner


def _pad_batch(
    attrs: Pad, operands: Sequence[Operand], marks: Sequence[bool], size: int | Dim
) -> Operand:
    x, value = operands
    inner = x.type.with_shape(x.type.shape[1:]) if marks[0] else x.type
    shifted = Pad((0, *attrs.low), (0, *attrs.high), (0, *attrs.interior))
    if not marks[1]:
        return _pad(x, value, shifted)
    padded = _pad(x, literal(0, value_type(inner)), shifted if marks[0] else attrs)
    mask = _is_padding(attrs, inner)
    shape = (size, *mask.type.shape)
    edge = broadcast_in_dim(value, shape, (0,))
    result: Operand = o.where(broadcast(mask, shape), edge, broadcast(padded, shape))
    return result


pad: Final[Op] = Op(
    "pad",
    _pad_numpy,
    Linear(((0, 1),)),
    attrs=Pad,
    axes=_pad_axes,
    infer=_pad_infer,
    transpose=_pad_transpose,
    batch=_pad_batch,
    arity=2,
)
