"""What stands between the brackets of `x[...]`, made explicit: one item per axis, then new axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from gradloom.frontend.numpy.lift import lift, stacked
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, any_tracer, refuse, wrap
from gradloom.ir.dims import Dim
from gradloom.ir.errors import IndexOutOfRange, ShapeError
from gradloom.ir.location import user_location
from gradloom.ir.types import Shape


@final
@dataclass(frozen=True, slots=True)
class Span:
    """A slice of one axis: `size` elements from `first`, every `step`-th (negative: backwards)."""

    first: int | Dim
    size: int | Dim
    step: int


@final
@dataclass(frozen=True, slots=True)
class Key:
    """`axes`: per axis a Span, an int, or an integer array or tracer. `layout`: what the result's
    axes are, in order.

    Layout entries: "new", an axis number (a Span), or "index" (where all integer arrays together
    stand).
    """

    axes: tuple[Any, ...]
    layout: tuple[int | str, ...]
    is_scalar: bool

    @property
    def is_basic(self) -> bool:
        """Whether it is made of slices and whole numbers only, so that the result is a view."""
        return all(isinstance(item, Span | int) for item in self.axes)

    @property
    def is_placed(self) -> bool:
        """Whether every index is one whole number, plain or traced: numpy gives a view then."""
        return all(isinstance(item, Span | int) or _is_number(item) for item in self.axes)


def _is_number(item: Any) -> bool:
    return not isinstance(item, Span) and np.ndim(item) == 0


def read_key(key: Any, shape: Shape) -> Key:
    """The explicit form of `key` for an array of this shape; raises `IndexOutOfRange` as numpy
    does.
    """
    items = _expand(_plain(key), len(shape))
    axes: list[Any] = []
    layout: list[int | str] = []
    arrays: list[int] = []
    gap = False
    for item in items:
        axis = len(axes)
        if item is None:
            layout.append("new")
            gap = gap or bool(arrays)
        elif isinstance(item, slice):
            axes.append(_span(item, shape[axis]))
            layout.append(axis)
        elif isinstance(item, int):
            axes.append(_number(item, axis, shape))
            arrays.append(len(layout))
        else:
            axes.append(item)
            arrays.append(len(layout))
    advanced = any(not isinstance(a, Span | int) for a in axes)
    if advanced:
        place = arrays[0] if len(set(arrays)) == 1 else 0
        layout.insert(place, "index")
    whole = Ellipsis in _kinds(key)
    alone = all(entry == "index" for entry in layout)
    numbers = all(isinstance(a, int) or _is_number(a) for a in axes)
    return Key(tuple(axes), tuple(layout), is_scalar=alone and numbers and not whole)


def _kinds(key: Any) -> list[Any]:
    parts = key if isinstance(key, tuple) else (key,)
    return [p for p in parts if p is Ellipsis]


def _plain(key: Any) -> list[Any]:
    parts = key if isinstance(key, tuple) else (key,)
    out: list[Any] = []
    for part in parts:
        out.extend(_item(part))
    return out


def _item(part: Any) -> list[Any]:
    if part is None or part is Ellipsis or isinstance(part, slice):
        return [part]
    if isinstance(part, Dim):
        return [_not_weak(lift(part))]
    if type(part) is Tracer:
        return _traced_item(part)
    if isinstance(part, bool | np.bool_) or (
        isinstance(part, list | tuple | np.ndarray) and not any_tracer(part)
    ):
        return _array_item(np.asarray(part))
    if isinstance(part, list | tuple):
        return [stacked(part)]
    if hasattr(part, "__index__"):
        return [int(part)]
    raise IndexOutOfRange(
        "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or "
        "boolean arrays are valid indices",
        location=user_location(),
        hint=f"got {type(part).__name__}",
    )


def _traced_item(part: Tracer) -> list[Any]:
    constant = require_trace().constant_of(part)
    if constant is not None:
        return (
            [int(constant)]
            if constant.ndim == 0 and constant.dtype.kind in "iu"
            else _array_item(constant)
        )
    if part.dtype.kind == "b":
        return _array_item(
            np.asarray(part._number("a boolean mask as an index (its count of True is a shape)"))
        )
    if part.dtype.kind not in "iu":
        raise IndexOutOfRange(
            f"an index of dtype {part.dtype}",
            location=user_location(),
            hint="convert it with astype(int)",
        )
    return [_not_weak(part)]


def _not_weak(part: Tracer) -> Tracer:
    """The same number, not weak: a weak one passes for a Python int."""
    return wrap(part.here(require_trace()), "scalar") if part.kind == "weak" else part


def _array_item(array: np.ndarray) -> list[Any]:
    if array.dtype.kind == "b":
        return [_Mask(array)]
    if array.size == 0 and array.dtype.kind == "f":
        array = array.astype(np.intp)
    if array.dtype.kind not in "iu":
        raise IndexOutOfRange(
            f"an index of dtype {array.dtype}",
            location=user_location(),
            hint="convert it with astype(int)",
        )
    return [array]


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Mask:
    array: np.ndarray


def _expand(items: list[Any], ndim: int) -> list[Any]:
    """Ellipsis and missing axes as full slices, masks as their integer arrays."""
    used = sum(
        x.array.ndim if isinstance(x, _Mask) else 1
        for x in items
        if x is not None and x is not Ellipsis
    )
    if used > ndim:
        raise IndexOutOfRange(
            f"too many indices: the array has {ndim} axes, {used} were indexed",
            location=user_location(),
        )
    if sum(x is Ellipsis for x in items) > 1:
        raise IndexOutOfRange(
            "an index can only have a single ellipsis ('...')", location=user_location()
        )
    fill: list[Any] = [slice(None)] * (ndim - used)
    if Ellipsis not in [x for x in items if x is Ellipsis]:
        items = [*items, Ellipsis]
    out: list[Any] = []
    for item in items:
        if item is Ellipsis:
            out += fill
        elif isinstance(item, _Mask):
            if not item.array.ndim:
                raise refuse(
                    "an index that is one truth value",
                    "it has no traced form",
                    "choose with np.where",
                )
            out += list(np.nonzero(item.array))
        else:
            out.append(item)
    return out


def _number(index: int, axis: int, shape: Shape) -> Any:
    size = shape[axis]
    if isinstance(size, Dim):
        if index < 0:
            return _not_weak(lift(size + index))
        if index == 0:
            return index
        raise ShapeError(
            f"index {index} into a dimension {size}, which may be 1",
            location=user_location(),
            hint="give a concrete size",
        )
    if not -size <= index < size:
        raise IndexOutOfRange(
            f"index {index} is out of bounds for axis {axis} with size {size}",
            location=user_location(),
        )
    return index % size


def _span(item: slice, size: int | Dim) -> Span:
    step = 1 if item.step is None else int(item.step)
    if (
        not isinstance(size, Dim)
        and not isinstance(item.start, Dim)
        and not isinstance(item.stop, Dim)
    ):
        steps = range(*item.indices(size))
        return Span(steps.start if len(steps) else 0, len(steps), steps.step)
    return _symbolic_span(item, size, step)


def _symbolic_span(item: slice, size: int | Dim, step: int) -> Span:
    """A slice of a named dimension, where numbers settle it for every size >= 1."""
    if step == -1 and item.start is None and item.stop is None:
        return Span(size - 1, size, -1)
    if step != 1:
        raise ShapeError(
            f"a step of {step} along a dimension {size}",
            location=user_location(),
            hint="give a concrete size",
        )
    start = (
        0
        if item.start is None
        else item.start
        if isinstance(item.start, Dim) or item.start >= 0
        else size + item.start
    )
    stop = (
        size
        if item.stop is None
        else item.stop
        if isinstance(item.stop, Dim) or item.stop >= 0
        else size + item.stop
    )
    if not (start <= stop <= size and start >= 0):
        raise ShapeError(
            f"slice {start}:{stop} of a dimension {size}",
            location=user_location(),
            hint="give a concrete size",
        )
    return Span(start, stop - start, 1)
