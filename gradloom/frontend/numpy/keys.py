"""What stands between the brackets of `x[...]`, made explicit: one item per axis, then new axes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from gradloom.frontend.asserted import require_some
from gradloom.frontend.numpy.lift import at_hand, lift, stacked
from gradloom.frontend.selection import positions_held
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, any_tracer, wrap
from gradloom.ir.dims import Dim
from gradloom.ir.errors import IndexOutOfRange, ShapeError
from gradloom.ir.location import user_location
from gradloom.ir.types import DType, Shape


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
    stand). `ones`: where axes of size 1 are put into the array first; single truth values index
    them. `copies`: numpy gives a copy although no index has axes (`x[np.array(1)]`).
    """

    axes: tuple[Any, ...]
    layout: tuple[int | str, ...]
    is_scalar: bool
    ones: tuple[int, ...] = ()
    copies: bool = False
    is_basic: bool = field(init=False, compare=False)
    """Whether it is made of slices and whole numbers only, so that the result is a view."""

    def __post_init__(self) -> None:
        basic = all(isinstance(item, Span | int) for item in self.axes)
        object.__setattr__(self, "is_basic", basic)

    @property
    def is_placed(self) -> bool:
        """Whether every index is one whole number, plain or traced: numpy gives a view then."""
        return not self.copies and all(
            isinstance(item, Span | int) or _is_number(item) for item in self.axes
        )

    def frame(self, shape: Shape) -> Key:
        """Its slices alone, the other axes in full: what is cut off before arrays index."""
        rows = zip(self.axes, shape, strict=True)
        return Key(tuple(a if isinstance(a, Span) else Span(0, d, 1) for a, d in rows), (), False)


def _is_number(item: Any) -> bool:
    return not isinstance(item, Span) and np.ndim(item) == 0


def read_key(key: Any, shape: Shape) -> Key:
    """The explicit form of `key` for an array of this shape; raises `IndexOutOfRange` as numpy
    does.
    """
    items, ones = _expand(_plain(key), shape)
    for place in ones:
        shape = (*shape[:place], 1, *shape[place:])
    axes: list[Any] = []
    layout: list[int | str] = []
    arrays: list[int] = []
    runs: set[int] = set()
    dots = 0
    for item in items:
        axis = len(axes)
        if item is None:
            layout.append("new")
        elif item is Ellipsis:
            dots = 1  # parts arrays also where it stands for no axis
        elif isinstance(item, slice):
            axes.append(_span(item, shape[axis]))
            layout.append(axis)
        else:
            axes.append(_number(item, axis, shape) if isinstance(item, int) else item)
            arrays.append(len(layout))
            runs.add(len(layout) + dots)
    advanced = any(not isinstance(a, Span | int) for a in axes)
    if advanced:
        place = arrays[0] if len(runs) == 1 else 0
        layout.insert(place, "index")
    whole = Ellipsis in _kinds(key)
    alone = all(entry == "index" for entry in layout)
    numbers = all(isinstance(a, int) or _is_number(a) for a in axes)
    copies = any(isinstance(a, np.ndarray) and not a.ndim for a in axes)
    is_scalar = alone and numbers and not whole
    return Key(tuple(axes), tuple(layout), is_scalar, tuple(ones), copies)


def _kinds(key: Any) -> list[Any]:
    return [p for p in parts_of(key) if p is Ellipsis]


def parts_of(key: Any) -> tuple[Any, ...]:
    """What stands between the brackets, parted by commas."""
    return key if isinstance(key, tuple) else (key,)


def _plain(key: Any) -> list[Any]:
    return [_item(part) for part in parts_of(key)]


def _item(part: Any) -> Any:
    if part is None or part is Ellipsis or isinstance(part, slice):
        return part
    if isinstance(part, Dim):
        return _not_weak(lift(part))
    if type(part) is Tracer:
        return _traced_item(part)
    if isinstance(part, np.bool_) or type(part) is bool:
        return _Mask(np.asarray(part))
    if isinstance(part, list | tuple) and any_tracer(part):
        return _traced_item(stacked(part))
    if isinstance(part, list | tuple | np.ndarray):
        return _array_item(np.asarray(part), type(part) is not np.ndarray)
    if hasattr(part, "__index__"):
        return int(part)
    raise IndexOutOfRange(
        "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or "
        "boolean arrays are valid indices",
        location=user_location(),
        hint=f"got {type(part).__name__}",
    )


def _traced_item(part: Tracer) -> Any:
    constant = require_trace().constant_of(part)
    if constant is not None:
        return (
            int(constant)
            if constant.ndim == 0 and constant.dtype.kind in "iu"
            else _array_item(constant, False)
        )
    if part.dtype.kind == "b":
        value = at_hand(part)
        return _Open(part) if value is None else _Mask(value)
    if part.dtype.kind not in "iu":
        raise _no_index(part.dtype)
    return _not_weak(part)


def _no_index(dtype: DType) -> IndexOutOfRange:
    return IndexOutOfRange(
        "arrays used as indices must be of integer (or boolean) type",
        location=user_location(),
        hint=f"this index is {dtype}: convert it with astype(int)",
    )


def _not_weak(part: Tracer) -> Tracer:
    """The same number, not weak: a weak one passes for a Python int."""
    return wrap(part.here(require_trace()), "scalar") if part.kind == "weak" else part


def _array_item(array: np.ndarray, listed: bool) -> Any:
    """A mask or integers; an empty list has no dtype of its own."""
    if array.dtype.kind == "b":
        return _Mask(array)
    if listed and array.size == 0:
        array = array.astype(np.intp)
    if array.dtype.kind not in "iu":
        raise _no_index(array.dtype)
    return array


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Mask:
    array: np.ndarray


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Open:
    """A mask without values."""

    array: Tracer


def _axes_used(item: Any) -> int:
    if item is None or item is Ellipsis:
        return 0
    return item.array.ndim if isinstance(item, _Mask | _Open) else 1


def _expand(items: list[Any], shape: Shape) -> tuple[list[Any], list[int]]:
    """Ellipsis and missing axes as full slices, masks as their integer arrays; and where axes of
    size 1 are due for single truth values.
    """
    used = sum(map(_axes_used, items))
    if used > len(shape):
        raise IndexOutOfRange(
            f"too many indices for array: array is {len(shape)}-dimensional, but {used} were "
            "indexed",
            location=user_location(),
            hint=f"the array has shape {tuple(shape)}",
        )
    dots = sum(item is Ellipsis for item in items)
    if dots > 1:
        raise IndexOutOfRange(
            "an index can only have a single ellipsis ('...')", location=user_location()
        )
    out: list[Any] = []
    ones: list[int] = []
    axis = 0
    for item in items if dots else [*items, *[slice(None)] * (len(shape) - used)]:
        if item is Ellipsis:
            out += [item, *[slice(None)] * (len(shape) - used)]
            axis += len(shape) - used
            continue
        if isinstance(item, _Mask | _Open):
            out += _positions(item.array, shape[axis : axis + item.array.ndim], axis)
            if not item.array.ndim:
                ones.append(axis + len(ones))
        else:
            out.append(item)
        axis += _axes_used(item)
    return out, ones


def _positions(mask: Any, shape: Shape, axis: int) -> list[Any]:
    """Where a mask holds, an array per axis; of a single truth value, along an axis of size 1."""
    if type(mask) is np.ndarray and not mask.ndim:
        return [np.zeros(int(mask), np.int64)]
    for i, (size, given) in enumerate(zip(shape, mask.shape, strict=True)):
        if given and size != given:  # numpy lets an axis of size 0 index any
            raise IndexOutOfRange(
                f"boolean index did not match indexed array along axis {axis + i}; size of axis is "
                f"{size} but size of corresponding boolean axis is {given}",
                location=user_location(),
                hint="make the mask of the array that it indexes (x[x > 0])",
            )
    return list(np.nonzero(mask)) if type(mask) is np.ndarray else _found(mask)


def _found(mask: Tracer) -> list[Any]:
    """The positions that a program finds, along each axis."""
    flat: Any = np.reshape(mask, (mask.size,))
    rest: Any = wrap(positions_held(flat.here(require_trace())), "array")
    rows: list[Any] = []
    for size in reversed(mask.shape or (1,)):
        rows.append(rest % size)
        rest = rest // size
    return rows[::-1]


def _number(index: int, axis: int, shape: Shape) -> Any:
    size = shape[axis]
    if isinstance(size, Dim):
        told = f"index {index} is out of bounds for axis {axis}: the mask holds too few elements"
        found = require_some(size, told, "IndexOutOfRange", index + 1 if index >= 0 else -index)
        if index < 0:
            return _not_weak(lift(size + index))
        if found and index:
            return _not_weak(lift(index))
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
