"""Reading and writing parts: `x[...]`, `x[...] = value`, take, take_along_axis, nonzero."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from gradloom.array_api.array import Array
from gradloom.array_api.dtypes import (
    Raw,
    is_number,
    promoted,
    require,
    require_scalar,
)
from gradloom.array_api.places import backend_of, place_of, put
from gradloom.array_api.run import function, run
from gradloom.ir.errors import DtypeError, IndexOutOfRange, NotSupported, ShapeError
from gradloom.ir.location import user_location

# ---- x[key] --------------------------------------------------------------------------------------


def getitem(x: Array, key: Any, /) -> Array:
    """x[key]: integers, slices, `...`, None, masks, and arrays of integers."""
    if _is_elsewhere(x) and _is_switch(key):
        spread: Array = run(_read, (x, (None,)), {})
        return getitem(spread, slice(0, int(bool(key))))
    read: Array = run(_read, (x, _key(x, key)), {})
    return read


def setitem(x: Array, key: Any, value: Any, /) -> None:
    """x[key] = value; raises `TypeError` for a value whose dtype x's cannot hold.

    On numpy and in traces the write is made in place; on other backends x takes a new tensor.
    """
    value = _fitting(x, value)
    own_memory(x)
    if not _is_elsewhere(x):
        run(_write, (x, _key(x, key), value), {})
    elif not _is_switch(key):
        x._value = run(_written, (x, _key(x, key), value), {})._value
    elif bool(key):
        setitem(x, ..., value)


def own_memory(x: Array) -> None:
    """Give x memory of its own where numpy's may not be written: what `broadcast_to` gives."""
    if type(x._value) is np.ndarray and not x._value.flags.writeable:
        x._value = x._value.copy()


def _is_elsewhere(x: Array) -> bool:
    return backend_of(x._value) not in ("numpy", "traced")


def _read(x: Raw, key: Any) -> Raw:
    return x[key]


def _write(x: Raw, key: Any, value: Any) -> None:
    x[key] = value


def _written(x: Raw, key: Any, value: Any) -> Raw:
    made = x.copy()
    made[key] = value
    return made


_read.__name__ = "__getitem__"
_write.__name__ = _written.__name__ = "__setitem__"


def _fitting(x: Array, value: Any) -> Any:
    """The value to be written, where x lives."""
    if is_number(value):
        require_scalar("__setitem__", value, x.dtype)
        if backend_of(x._value) in ("numpy", "traced"):
            return value
        return Array._of(put(np.asarray(value, x.dtype), place_of(x._value)))
    require("__setitem__", "any", value)
    if promoted("__setitem__", [x.dtype, value.dtype]) != x.dtype:
        raise DtypeError(
            f"__setitem__: {value.dtype} does not fit into {x.dtype}",
            location=user_location(), hint="convert the value with astype first",
        )  # fmt: skip
    return value


def _key(x: Array, key: Any) -> Any:
    """The key with slices of plain numbers; where x is another backend's, masks become the
    places where they hold, because its programs have fixed shapes.
    """
    parts = [_plain(p) for p in (key if isinstance(key, tuple) else (key,))]
    if _is_elsewhere(x) and any(_is_mask(p) for p in parts):
        return _places(x, parts)
    return tuple(parts) if isinstance(key, tuple) else parts[0]


def _plain(part: Any) -> Any:
    if isinstance(part, slice):
        ends = (part.start, part.stop, part.step)
        return slice(*[None if e is None else operator.index(e) for e in ends])
    return part


def _is_mask(part: Any) -> bool:
    return isinstance(part, bool) or getattr(part, "dtype", None) == np.dtype(bool)


def _is_switch(part: Any) -> bool:
    """Whether a key is one truth value: all of x, under a new axis, or nothing of it."""
    return _is_mask(part) and not getattr(part, "ndim", 0)


def _places(x: Array, parts: list[Any]) -> tuple[Any, ...]:
    out: list[Any] = []
    for i, part in enumerate(parts):
        if _is_switch(part):
            raise NotSupported(
                "x[...] with a single truth value among other indices is not offered here",
                location=user_location(), hint="branch on it with an if",
            )  # fmt: skip
        if not _is_mask(part):
            out.append(part)
            continue
        before, after = (sum(map(_axes_of, side)) for side in (parts[:i], parts[i + 1 :]))
        start = x.ndim - after - part.ndim if Ellipsis in map(_kind, parts[:i]) else before
        if start < 0 or x.shape[start : start + part.ndim] != part.shape:
            raise IndexOutOfRange(
                f"a mask of shape {part.shape} does not lie on x of shape {x.shape}",
                location=user_location(),
            )
        out += nonzero(part)
    return tuple(out)


def _kind(part: Any) -> Any:
    """`...` itself, or the class: a comparison of arrays would be one of numbers."""
    return part if part is Ellipsis else type(part)


def _axes_of(part: Any) -> int:
    """How many axes of x an index speaks of."""
    if part is None or part is Ellipsis:
        return 0
    return int(part.ndim) if _is_mask(part) else 1


# ---- functions -----------------------------------------------------------------------------------


@function
def take(x: Raw, indices: Raw, /, *, axis: int | None = None) -> Raw:
    """The elements at `indices` along an axis, which only a vector may leave out."""
    require("take", "any", x)
    require("take", "integer", indices)
    if axis is None and len(x.shape) != 1:
        raise ShapeError(
            f"take: axis is due for an array of shape {x.shape}", location=user_location()
        )
    if len(indices.shape) != 1:
        raise ShapeError(
            f"take: indices must be one-dimensional, not {indices.shape}",
            location=user_location(), hint="x[indices] takes arrays of any shape",
        )  # fmt: skip
    return np.take(x, indices, axis=axis)


@function
def take_along_axis(x: Raw, indices: Raw, /, *, axis: int = -1) -> Raw:
    """Of every vector along an axis, the elements at the vector of `indices` beside it."""
    require("take_along_axis", "any", x)
    require("take_along_axis", "integer", indices)
    if len(x.shape) != len(indices.shape):
        raise ShapeError(
            f"take_along_axis: x of shape {x.shape} and indices of shape {indices.shape} differ "
            "in rank", location=user_location(),
        )  # fmt: skip
    return np.take_along_axis(x, indices, axis)


@function
def _nonzero(x: Raw, /) -> tuple[Raw, ...]:
    return tuple(np.nonzero(x))


@function
def _first_places(x: Raw, /, count: int) -> tuple[Raw, ...]:
    """The places of the `count` numbers that are not 0, in C order."""
    order = np.argsort(np.ravel(x == np.zeros((), x.dtype)), kind="stable")[:count]
    places = []
    for size in reversed(x.shape):
        places.append(order % size if size else order)
        order = order // size if size else order
    return tuple(reversed(places))


@function
def count_nonzero(x: Raw, /, *, axis: Any = None, keepdims: bool = False) -> Raw:
    """How many numbers are not 0, along axes."""
    require("count_nonzero", "any", x)
    return np.sum(x != np.zeros((), x.dtype), axis=axis, dtype=np.int64, keepdims=keepdims)


def nonzero(x: Raw, /) -> tuple[Raw, ...]:
    """The places of the numbers that are not 0: one array of positions per axis.

    On other backends than numpy their count is asked first, and decides the program.
    """
    require("nonzero", "any", x)
    if not len(x.shape):
        raise ShapeError("nonzero: an array without axes has no places", location=user_location())
    if type(x) is not Array or backend_of(x._value) in ("numpy", "traced"):
        found: tuple[Raw, ...] = _nonzero(x)
        return found
    return _first_places(x, int(count_nonzero(x)))
