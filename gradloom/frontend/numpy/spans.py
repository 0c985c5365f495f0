"""Slices and whole numbers: what `x[2:, ::-1, 0]` reads, and how it is written."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.frontend.numpy.axes import ints
from gradloom.frontend.numpy.keys import Key, Span
from gradloom.ir import ops as o
from gradloom.ir.graph import Literal, Operand, literal
from gradloom.ir.ops.rules import INDEX
from gradloom.ir.types import Dim, Shape, tensor_type


def _as_spans(key: Key) -> Key:
    return Key(tuple(Span(a, 1, 1) if isinstance(a, int) else a for a in key.axes), (), False)


def take_basic_shape(base: Operand, key: Key) -> Shape:
    """The shape of `base[key]`."""
    return tuple(1 if entry == "new" else key.axes[entry].size for entry in key.layout)  # type: ignore[index]


def take_basic(base: Operand, key: Key) -> Operand:
    """`base[key]` for slices and whole numbers."""
    shape = take_basic_shape(base, key)
    if isinstance(base, Literal):
        return literal(base.value, base.type.with_shape(shape))
    taken = take_spans(base, _as_spans(key))
    result: Operand = taken if taken.type.shape == shape else o.reshape(taken, shape=shape)
    return result


def put_basic(base: Operand, key: Key, value: Operand) -> Operand:
    """`base` with `base[key]` replaced."""
    spans = _as_spans(key)
    shape = tuple(span.size for span in spans.axes)
    if value.type.shape != shape:
        value = o.reshape(value, shape=shape)
    return put_spans(base, spans, value)


def take_spans(base: Operand, key: Key) -> Operand:
    """`base` cut along every axis."""
    shape = base.type.shape
    forward = [_forward(span) for span in key.axes]
    if any(f.size != d for f, d in zip(forward, shape, strict=True)):
        stop = tuple(
            f.first + (f.size - 1) * f.step + 1 if f.size != 0 else f.first for f in forward
        )
        step = tuple(f.step for f in forward)
        base = o.slice(base, start=tuple(f.first for f in forward), stop=stop, step=step)
    back = tuple(axis for axis, span in enumerate(key.axes) if span.step < 0 and span.size != 1)
    result: Operand = o.flip(base, axes=back) if back else base
    return result


def _forward(span: Span) -> Span:
    if span.step > 0:
        return span
    if span.size == 0:
        return Span(0, 0, 1)
    return Span(span.first + (span.size - 1) * span.step, span.size, -span.step)


def put_spans(base: Operand, key: Key, value: Operand) -> Operand:
    """`base` with what `take_spans` gives replaced by `value`."""
    back = tuple(axis for axis, span in enumerate(key.axes) if span.step < 0 and span.size != 1)
    if back:
        value = o.flip(value, axes=back)
    forward = [_forward(span) for span in key.axes]
    if any(f.size == 0 for f in forward):
        return base
    if all(f.size == d and f.step == 1 for f, d in zip(forward, base.type.shape, strict=True)):
        return value
    strided = tuple(axis for axis, f in enumerate(forward) if f.step != 1 and f.size != 1)
    if strided:
        return _put_strided(base, forward, strided, value)
    starts = [_start(f.first) for f in forward]
    result: Operand = o.dynamic_update_slice(base, value, *starts)
    return result


def _start(first: int | Dim) -> Operand:
    if isinstance(first, Dim):
        result: Operand = o.dim(size=first)
        return result
    return literal(first, tensor_type(INDEX, ()))


def _positions(span: Span) -> Any:
    """The positions that a span of a numbered size takes."""
    size: Any = span.size
    return np.arange(size) * span.step + span.first


def _put_strided(
    base: Operand, spans: list[Span], strided: tuple[int, ...], value: Operand
) -> Operand:
    frame = [
        Span(0, d, 1) if axis in strided else s
        for axis, (s, d) in enumerate(zip(spans, base.type.shape, strict=True))
    ]
    inner = take_spans(base, Key(tuple(frame), (), False))
    rows: list[Any] = [_positions(spans[a]) for a in strided]
    grids = np.meshgrid(*rows, indexing="ij")
    rest = [axis for axis in range(base.type.ndim) if axis not in strided]
    moved = o.permute_dims(value, perm=(*strided, *rest)) if value.type.ndim > 1 else value
    made = o.scatter(inner, moved, *[ints(g) for g in grids], axes=strided, mode="set")
    return put_spans(base, Key(tuple(frame), (), False), made)
