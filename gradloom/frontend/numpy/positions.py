"""Numbers of elements: unravel_index, ravel_multi_index; and sliding windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.asserted import require
from gradloom.frontend.numpy.axes import entries
from gradloom.frontend.numpy.contract import reshaped
from gradloom.frontend.numpy.lift import Array, as_array, at_hand, lift
from gradloom.frontend.numpy.select import index_of
from gradloom.frontend.numpy.shape import sizes_of
from gradloom.frontend.numpy.views import place, read_only, strides_of
from gradloom.frontend.tracer import refuse
from gradloom.ir import ops as o
from gradloom.ir.errors import ShapeError
from gradloom.ir.graph import Operand
from gradloom.ir.location import user_location
from gradloom.ir.ops.rules import INDEX, broadcast, normal_axis
from gradloom.ir.types import Dim, size_of

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table


def _in_order(sizes: Sequence[Any], order: str | None) -> list[int]:
    """The axes, the one that moves fastest first."""
    order = order or "C"
    if order not in ("C", "F"):
        raise ValueError("only 'C' or 'F' order is permitted")
    return list(range(len(sizes)))[:: -1 if order == "C" else 1]


def _whole_numbers(name: str, x: Any) -> Array:
    index: Array = lift(x)
    if index.dtype.kind not in "iu" and not index.size == 0:
        raise TypeError(f"np.{name}: only int indices permitted, not {index.dtype}")
    return index.astype(np.int64)


def _refuse_beyond(name: str, index: Array, size: Any, told: str) -> None:
    """Raise numpy's `ValueError` where one is out of range; when the program runs, if there are no
    values yet.
    """
    value = at_hand(index)
    if value is None or isinstance(size, Dim):
        inside = np.logical_and(index >= 0, index < lift(size))
        require(inside, f"np.{name}: " + told.replace(" {}", ""), "ShapeError")
        return
    bad = (value < 0) | (value >= size)
    if bad.any():
        raise ShapeError(f"np.{name}: " + told.format(value[bad].flat[0]), location=user_location())


def unravel_index(indices: Any, shape: Any, order: str = "C") -> Any:
    """The coordinates of elements given by number, which must be in range."""
    sizes = sizes_of(shape)
    rest = _whole_numbers("unravel_index", index_of(indices))
    if not sizes and rest.ndim:
        raise ValueError("multiple indices are not supported for 0d arrays")
    size = size_of(sizes)
    told = f"index {{}} is out of bounds for array with size {size}"
    if not isinstance(size, Dim) and not size and rest.size:
        raise ValueError("there are no elements to number in an array of size 0")
    _refuse_beyond("unravel_index", rest, size, told)
    found: list[Any] = [None] * len(sizes)
    for axis in _in_order(sizes, order):
        found[axis] = rest % sizes[axis]
        rest = rest // sizes[axis]
    return tuple(found)


def ravel_multi_index(multi_index: Any, dims: Any, mode: Any = "raise", order: str = "C") -> Any:
    """The numbers of elements given by coordinates; with mode="raise" these must be in range."""
    sizes = sizes_of(dims)
    if 0 in sizes:
        raise ShapeError(
            f"np.ravel_multi_index: an array of {sizes} has no elements", hint="give sizes above 0"
        )
    modes = [mode] * len(sizes) if isinstance(mode, str) else list(mode)
    parts = [_whole_numbers("ravel_multi_index", index_of(part)) for part in multi_index]
    if len(parts) != len(sizes) or len(modes) != len(sizes):
        raise ShapeError(f"np.ravel_multi_index: {len(parts)} coordinates for {len(sizes)} axes")
    total: Any = 0
    stride: Any = 1
    for axis in _in_order(sizes, order):
        total = total + _into_range(parts[axis], sizes[axis], modes[axis]) * stride
        stride = stride * sizes[axis]
    return total


def _into_range(index: Any, size: Any, mode: str) -> Any:
    if mode == "wrap":
        return index % size
    if mode == "clip":
        return np.clip(index, 0, size - 1)
    if mode != "raise":
        raise ValueError(f"mode={mode!r} is none of raise, wrap, clip")
    _refuse_beyond("ravel_multi_index", index, size, "invalid entry {} in coordinates array")
    return index


def sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Any:
    """All windows of a shape, a read-only view."""
    if writeable:
        raise refuse(
            "np.lib.stride_tricks.sliding_window_view",
            "its elements share memory, so that writing one writes many",
            "leave writeable=False",
        )
    array = as_array(x)
    sizes = sizes_of(window_shape)
    chosen = range(array.ndim) if axis is None else entries(axis)
    axes = [normal_axis("sliding_window_view", a, array.ndim) for a in chosen]
    if len(axes) != len(sizes):
        raise ValueError("Must provide matching length window_shape and axis")
    left = list(array.shape)
    for a, size in zip(axes, sizes, strict=True):
        _require_room(left[a], size)
        left[a] = left[a] - size + 1

    def read(value: Operand) -> Operand:
        for a, size in zip(axes, sizes, strict=True):
            value = _windows(value, a, size)
        return value

    view, strides = read_only(array, read), strides_of(array)
    return place(view, None if strides is None else [*strides, *(strides[a] for a in axes)])


def _require_room(size: Any, width: Any) -> None:
    if not isinstance(width, Dim) and width < 0:
        raise ValueError("`window_shape` cannot contain negative values")
    if not isinstance(size, Dim) and not isinstance(width, Dim) and width > size:
        raise ValueError("window shape cannot be larger than input array shape")


def _windows(x: Operand, axis: int, width: Any) -> Operand:
    """Windows along one axis, their elements along a new last one."""
    shape = (x.type.shape[axis] - width + 1, width)
    first, second = (o.iota(dtype=INDEX, shape=(n,), axis=0) for n in shape)
    place = o.add(broadcast(reshaped(first, (shape[0], 1)), shape), broadcast(second, shape))
    gathered = o.gather(x, place, axes=(axis,))
    rest = list(range(2, x.type.ndim + 1))
    result: Operand = o.permute_dims(gathered, perm=(*rest[:axis], 0, *rest[axis:], 1))
    return result


TABLE: Final[Table] = {
    np.unravel_index: unravel_index,
    np.ravel_multi_index: ravel_multi_index,
    np.lib.stride_tricks.sliding_window_view: sliding_window_view,
}
