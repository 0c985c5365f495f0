"""Reading and writing by index: slices are views, integer arrays gather and scatter, masks
become choices.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.frontend.numpy.keys import Key, Span, read_key
from gradloom.frontend.numpy.lift import broadcast_shapes, cast, lift
from gradloom.frontend.numpy.views import is_in_order
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, View, wrap
from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError, GradloomError, IndexOutOfRange, ShapeError
from gradloom.ir.graph import Literal, Operand, literal
from gradloom.ir.location import user_location
from gradloom.ir.ops.rules import INDEX, broadcast
from gradloom.ir.types import Dim, Shape, tensor_type


def getitem(x: Tracer, key: Any) -> Any:
    """`x[key]`."""
    trace = require_trace()
    trace.builder.location = user_location(2)
    try:
        read = read_key(key, x.shape)
        if read.is_basic:
            return _view(x, read)
        if read.is_scalar:
            return wrap(_take(x.here(trace), read), "scalar")
        if read.is_placed and x.kind == "array" and x.owner is trace:
            return _placed_view(x, read)
        return wrap(_take(x.here(trace), read), "array")
    except GradloomError as error:
        error.location = error.location or trace.builder.location
        raise


def _view(x: Tracer, key: Key) -> Tracer:
    trace = require_trace()
    if key.is_scalar:
        return wrap(take_basic(x.here(trace), key), "weak" if x.kind == "weak" else "scalar")
    if x.owner is not trace:
        return wrap(take_basic(x.here(trace), key), "array")
    view = View(
        x, lambda base: take_basic(base, key), lambda base, value: put_basic(base, key, value)
    )
    made = Tracer(trace, take_basic(x.value, key), "array", view, x.frozen)
    made.in_order = is_in_order(x) and _is_block(key, x.shape)
    return made


def _placed_view(x: Tracer, key: Key) -> Tracer:
    """`x[i, 1:]` with a traced whole number i, which numpy gives as a view."""
    view = View(x, lambda base: _take(base, key), lambda base, value: put(base, key, value))
    return Tracer(require_trace(), _take(x.value, key), "array", view, x.frozen)


def _is_block(key: Key, shape: Shape) -> bool:
    """Whether the elements lie side by side in memory: single elements, then one slice, then
    whole axes.
    """
    sizes = [1 if isinstance(axis, int) else axis.size for axis in key.axes]
    wide = next((i for i, size in enumerate(sizes) if size != 1), len(sizes))
    whole = all(s == d for s, d in zip(sizes[wide + 1 :], shape[wide + 1 :], strict=True))
    return whole and all(axis.step == 1 for axis in key.axes[wide:] if isinstance(axis, Span))


def setitem(x: Tracer, key: Any, value: Any) -> None:
    """`x[key] = value`, seen by every view and base of x."""
    trace = require_trace()
    trace.builder.location = user_location(2)
    try:
        if type(key) is Tracer and key.dtype.kind == "b" and _fits_mask(x, key, value):
            x.write(_masked(x, key, lift(value)))
            return
        read = read_key(key, x.shape)
        x.write(put(x.here(trace), read, _converted(lift(value), x)))
    except GradloomError as error:
        error.location = error.location or trace.builder.location
        raise


def put(base: Operand, key: Key, value: Operand) -> Operand:
    """`base` with `base[key]` replaced by `value`, which broadcasts to it."""
    if key.is_basic:
        return put_basic(base, key, _fit(value, take_basic_shape(base, key)))
    frame = Key(
        tuple(
            a if isinstance(a, Span) else _whole(d)
            for a, d in zip(key.axes, base.type.shape, strict=True)
        ),
        (),
        False,
    )
    inner = take_spans(base, frame)
    return put_spans(base, frame, _scatter(inner, key, value, "set"))


def update(x: Tracer, key: Any, value: Any, mode: str) -> None:
    """`x[key] <mode>= value` with repeated indices counted each time, as `np.add.at` does."""
    trace = require_trace()
    read = read_key(key, x.shape)
    base, given = x.here(trace), _converted(lift(value), x)
    if read.is_basic:
        now = take_basic(base, read)
        combine = {"add": o.add, "multiply": o.multiply, "max": o.maximum, "min": o.minimum}[mode]
        x.write(put_basic(base, read, combine(now, _fit(given, now.type.shape))))
        return
    frame = Key(
        tuple(
            a if isinstance(a, Span) else _whole(d)
            for a, d in zip(read.axes, base.type.shape, strict=True)
        ),
        (),
        False,
    )
    x.write(put_spans(base, frame, _scatter(take_spans(base, frame), read, given, mode)))


# ---- masks ---------------------------------------------------------------------------------------


def _fits_mask(x: Tracer, mask: Tracer, value: Any) -> bool:
    shape = np.shape(value) if type(value) is not Tracer else value.shape
    return tuple(mask.shape) == tuple(x.shape[: mask.ndim]) and (
        not shape or (len(shape) <= x.ndim - mask.ndim)
    )


def _masked(x: Tracer, mask: Tracer, value: Tracer) -> Operand:
    trace = require_trace()
    base, keep = x.here(trace), mask.here(trace)
    spread = (
        o.reshape(keep, shape=(*mask.shape, *[1] * (x.ndim - mask.ndim)))
        if mask.ndim < x.ndim
        else keep
    )
    given = _fit(_converted(value, x), base.type.shape)
    result: Operand = o.where(broadcast(spread, base.type.shape), given, base)
    return result


def _converted(value: Tracer, target: Tracer) -> Operand:
    """The value in the target's dtype, as numpy's assignment casts ("unsafe", but no complex
    into real).
    """
    if value.dtype.kind == "c" and target.dtype.kind != "c":
        raise DtypeError(
            f"a complex value cannot be stored in {target.dtype}",
            location=user_location(),
            hint="take np.real first",
        )
    return cast(value.here(require_trace()), target.dtype)


def _fit(value: Operand, shape: Shape) -> Operand:
    """`value` broadcast to `shape`; leading axes of size 1 too many are dropped, as numpy's
    assignment does.
    """
    given = value.type.shape
    while len(given) > len(shape) and given[0] == 1:
        given = given[1:]
    if given != value.type.shape:
        value = o.reshape(value, shape=given)
    if broadcast_shapes("assignment", [given, shape]) != shape:
        raise ShapeError(
            f"a value of shape {given} does not fit into shape {shape}", location=user_location()
        )
    return broadcast(value, shape)


# ---- slices and whole numbers --------------------------------------------------------------------


def _whole(size: int | Dim) -> Span:
    return Span(0, size, 1)


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
    made = o.scatter(inner, moved, *[_constant(g) for g in grids], axes=strided, mode="set")
    return put_spans(base, Key(tuple(frame), (), False), made)


def _constant(array: np.ndarray) -> Operand:
    return lift(np.ascontiguousarray(array, np.int64)).here(require_trace())


# ---- integer arrays ------------------------------------------------------------------------------


def _indices(base_shape: Shape, key: Key) -> tuple[tuple[int, ...], list[Operand]]:
    """The axes with integer indices, and those as non-negative i64 operands of one shape."""
    axes = tuple(i for i, item in enumerate(key.axes) if not isinstance(item, Span))
    given = [_checked(key.axes[i], i, base_shape) for i in axes]
    shape = broadcast_shapes("index arrays", [g.type.shape for g in given])
    return axes, [broadcast(g, shape) for g in given]


def _checked(item: Any, axis: int, shape: Shape) -> Operand:
    size = shape[axis]
    if not isinstance(size, Dim) and type(item) is not Tracer:
        array = np.asarray(item, np.int64)
        bad = (array < -size) | (array >= size)
        if bad.any():
            raise IndexOutOfRange(
                f"index {array[bad].flat[0]} is out of bounds for axis {axis} with size {size}",
                location=user_location(),
            )
        return lift(np.where(array < 0, array + size, array)).here(require_trace())
    index = cast(lift(item).here(require_trace()), INDEX)
    if isinstance(index, Literal) and int(index.value) >= 0:
        return index
    last: Operand = (
        broadcast(o.dim(size=size), index.type.shape)
        if isinstance(size, Dim)
        else literal(size, index.type)
    )
    result: Operand = o.where(o.less(index, literal(0, index.type)), index + last, index)
    return result


def _take(base: Operand, key: Key) -> Operand:
    spans = tuple(
        a if isinstance(a, Span) else _whole(d)
        for a, d in zip(key.axes, base.type.shape, strict=True)
    )
    inner = take_spans(base, Key(spans, (), False))
    axes, indices = _indices(base.type.shape, key)
    gathered = o.gather(inner, *indices, axes=axes)
    order, shape = _result_order(key, indices[0].type.shape, inner.type.shape)
    if order != tuple(range(len(order))):
        gathered = o.permute_dims(gathered, perm=order)
    result: Operand = gathered if gathered.type.shape == shape else o.reshape(gathered, shape=shape)
    return result


def _result_order(key: Key, index_shape: Shape, base_shape: Shape) -> tuple[tuple[int, ...], Shape]:
    """How gather's axes (indices first, then slices) stand in the result, and the result's shape
    with new axes.
    """
    n = len(index_shape)
    spans = [i for i, item in enumerate(key.axes) if isinstance(item, Span)]
    order: list[int] = []
    shape: list[int | Dim] = []
    for entry in key.layout:
        if entry == "index":
            order += range(n)
            shape += index_shape
        elif entry == "new":
            shape.append(1)
        else:
            order.append(n + spans.index(int(entry)))
            shape.append(base_shape[int(entry)])
    return tuple(order), tuple(shape)


def _scatter(inner: Operand, key: Key, value: Operand, mode: str) -> Operand:
    axes, indices = _indices(inner.type.shape, key)
    order, shape = _result_order(key, indices[0].type.shape, inner.type.shape)
    updates = _fit(value, shape)
    squeezed = tuple(
        d
        for d, entry in zip(shape, _entries(key, len(indices[0].type.shape)), strict=True)
        if entry != "new"
    )
    if squeezed != shape:
        updates = o.reshape(updates, shape=squeezed)
    inverse = tuple(int(i) for i in np.argsort(order))
    if inverse != tuple(range(len(inverse))):
        updates = (
            literal(updates.value, updates.type.with_shape([squeezed[i] for i in inverse]))
            if isinstance(updates, Literal)
            else o.permute_dims(updates, perm=inverse)
        )
    if mode == "set":
        indices, updates = _last_of_equal(indices, updates)
    result: Operand = o.scatter(inner, updates, *indices, axes=axes, mode=mode)
    return result


def _entries(key: Key, n: int) -> list[Any]:
    return [e for entry in key.layout for e in ([entry] * n if entry == "index" else [entry])]


def _last_of_equal(indices: list[Operand], updates: Operand) -> tuple[list[Operand], Operand]:
    """Where an index is known to occur twice, only its last update: numpy's assignment lets the
    last one win.
    """
    arrays: list[Any] = [require_trace().constant_value(i) for i in indices]
    if any(a is None for a in arrays) or not arrays[0].size:
        return indices, updates
    flat = np.stack([np.ravel(a) for a in arrays], axis=1)[::-1]
    _, first = np.unique(flat, axis=0, return_index=True)
    if len(first) == len(flat):
        return indices, updates
    keep = np.sort(len(flat) - 1 - first)
    n = indices[0].type.ndim
    rows = o.reshape(updates, shape=(len(flat), *updates.type.shape[n:]))
    kept = o.gather(rows, _constant(keep), axes=(0,))
    return [_constant(np.ravel(a)[keep]) for a in arrays], kept
