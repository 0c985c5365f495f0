"""Functions that rearrange: concat, reshape, roll, tile and their kin."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.array_api.array import Array
from gradloom.array_api.dtypes import DType, Raw, promoted, require
from gradloom.array_api.indexing import take
from gradloom.array_api.places import backend_of, place_of, put
from gradloom.array_api.run import function
from gradloom.array_api.searching import searchsorted
from gradloom.array_api.statistical import cumulative_sum
from gradloom.ir.errors import ShapeError
from gradloom.ir.location import user_location


def _joined(name: str, arrays: Any) -> tuple[list[Raw], DType]:
    """Arrays in their common dtype."""
    xs = list(arrays)
    if not xs:
        raise ShapeError(f"{name} takes at least one array", location=user_location())
    for x in xs:
        require(name, "any", x)
    dtype = promoted(name, [x.dtype for x in xs])
    return [x if x.dtype == dtype else x.astype(dtype) for x in xs], dtype


@function
def broadcast_arrays(*arrays: Raw) -> list[Raw]:
    """The arrays in their common shape."""
    if not all(type(x) is np.ndarray for x in arrays):
        return list(np.broadcast_arrays(*arrays))
    shape = np.broadcast_shapes(*[x.shape for x in arrays])  # numpy's own warn when written
    return [np.broadcast_to(x, shape) for x in arrays]


@function
def broadcast_to(x: Raw, /, shape: Any) -> Raw:
    """x in a larger shape, its numbers repeated along new axes and axes of size 1."""
    return np.broadcast_to(x, tuple(shape))


@function
def concat(arrays: Any, /, *, axis: int | None = 0) -> Raw:
    """The arrays one after the other along an axis; flattened first where it is None."""
    xs, _ = _joined("concat", arrays)
    return np.concatenate(xs, axis=axis)


@function
def expand_dims(x: Raw, /, axis: int) -> Raw:
    """x with a new axis of size 1."""
    return np.expand_dims(x, axis)


@function
def flip(x: Raw, /, *, axis: Any = None) -> Raw:
    """x in reverse order along an axis, several, or all."""
    return np.flip(x, axis=axis)


@function
def moveaxis(x: Raw, source: Any, destination: Any, /) -> Raw:
    """x with axes moved to other places."""
    return np.moveaxis(x, source, destination)


@function
def permute_dims(x: Raw, /, axes: Any) -> Raw:
    """x with its axes in another order."""
    return np.transpose(x, tuple(axes))


@function
def reshape(x: Raw, /, shape: Any, *, copy: bool | None = None) -> Raw:
    """The same numbers in C order in another shape; with `copy=False` a needed copy is a
    `ValueError`.
    """
    return np.reshape(x, tuple(shape), copy=copy)


@function
def roll(x: Raw, /, shift: Any, *, axis: Any = None) -> Raw:
    """x moved along axes, what leaves at one end entering at the other."""
    return np.roll(x, shift, axis=axis)


@function
def squeeze(x: Raw, /, axis: Any) -> Raw:
    """x without axes of size 1; raises `ValueError` for an axis of another size."""
    return np.squeeze(x, axis=axis)


@function
def stack(arrays: Any, /, *, axis: int = 0) -> Raw:
    """The arrays, all of one shape, beside each other along a new axis."""
    xs, _ = _joined("stack", arrays)
    return np.stack(xs, axis=axis)


@function
def tile(x: Raw, repetitions: Any, /) -> Raw:
    """x laid out again and again, so many times along each axis."""
    return np.tile(x, tuple(repetitions))


@function
def unstack(x: Raw, /, *, axis: int = 0) -> tuple[Raw, ...]:
    """The parts of x along an axis, without that axis."""
    if not len(x.shape):
        raise ShapeError("unstack: an array without axes has no parts", location=user_location())
    return tuple(np.unstack(x, axis=axis))


@function
def _repeat(x: Raw, repeats: Any, /, *, axis: int | None = None) -> Raw:
    if hasattr(repeats, "astype"):
        repeats = repeats.astype(np.int64)
    return np.repeat(x, repeats, axis=axis)


def repeat(x: Raw, repeats: Any, /, *, axis: int | None = None) -> Raw:
    """Every element along an axis, or of x flattened, so many times in a row.

    Where `repeats` is an array on another backend than numpy, their sum is asked first.
    """
    if hasattr(repeats, "dtype"):
        require("repeat", "integer", repeats)
    if type(repeats) is not Array or backend_of(repeats._value) in ("numpy", "traced"):
        return _repeat(x, repeats, axis=axis)
    flat = reshape(x, (-1,)) if axis is None else x
    along = 0 if axis is None else axis
    ends = cumulative_sum(broadcast_to(repeats, (flat.shape[along],)))
    total = int(ends[-1]) if ends.shape[0] else 0
    steps = Array._of(put(np.arange(total, dtype=ends.dtype), place_of(repeats._value)))
    return take(flat, searchsorted(ends, steps, side="right"), axis=along)
