"""Elements put, added and looked up at places that tensors name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.eager import creation
from gradloom.eager.calls import Array, Number, cast, constant, one
from gradloom.eager.dtypes import INT64
from gradloom.eager.indexing import _axis, _places
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import ArgumentError, ShapeError
from gradloom.ir.location import user_location

INT32: Final = np.dtype(np.int32)


def _along(axis: int, index: Array) -> tuple[Any, ...]:
    return (*[slice(None)] * axis, index)


def index_add(x: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Number = 1) -> Tensor:
    """The tensor with parts of another added at places of an axis."""
    axis = _axis(x, dim)

    def function(a: Array, i: Array, s: Array) -> Array:
        made = a.copy()
        np.add.at(made, _along(axis, i), cast(s if alpha == 1 else s * alpha, a.dtype))
        return made

    return one("index_add", function, [x, index, source])


def index_copy(x: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """The tensor with parts of another at places of an axis."""
    axis = _axis(x, dim)

    def function(a: Array, i: Array, s: Array) -> Array:
        made = a.copy()
        made[_along(axis, i)] = cast(s, a.dtype)
        return made

    return one("index_copy", function, [x, index, source])


def index_fill(x: Tensor, dim: int, index: Tensor, value: Tensor | Number) -> Tensor:
    """The tensor with one number at places of an axis."""
    axis, own = _axis(x, dim), x._value.type.dtype
    given = value if isinstance(value, Tensor) else constant(x._home, value, own)

    def function(a: Array, i: Array, v: Array) -> Array:
        made = a.copy()
        made[_along(axis, i)] = cast(v, own)
        return made

    return one("index_fill", function, [x, index, given])


def index_put(x: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """The tensor with values at places, or added there."""
    keys = list(indices)
    if any(k is None or k.dtype == "bool" for k in keys):
        raise ArgumentError("gt.index_put: indices are tensors of integers", hint="x[mask] = v")

    def function(a: Array, v: Array, *at: Array) -> Array:
        made = a.copy()
        if accumulate:
            np.add.at(made, tuple(at), cast(v, a.dtype))
        else:
            made[tuple(at)] = cast(v, a.dtype)
        return made

    return one("index_put", function, [x, values, *keys])


def put(x: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """The tensor with elements at places of the flattened one."""
    own = tuple(x.shape)

    def function(a: Array, i: Array, s: Array) -> Array:
        made = a.reshape(-1).copy()
        values = cast(s.reshape(-1), a.dtype)
        if accumulate:
            np.add.at(made, i.reshape(-1), values)
        else:
            made[i.reshape(-1)] = values
        return made.reshape(own)

    return one("put", function, [x, index, source])


def masked_scatter(x: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """The tensor with elements of another, in order, where the mask holds; waits for the mask."""
    shape = tuple(x.shape)
    at = np.broadcast_to(mask.array().astype(bool), shape).ravel().nonzero()[0]
    if len(at) > source.shape.numel():
        raise ShapeError(
            f"gt.masked_scatter: {len(at)} places and {source.shape.numel()} elements",
            location=user_location(),
        )

    def function(a: Array, s: Array) -> Array:
        made = a.reshape(-1).copy()
        made[at] = cast(s.reshape(-1)[: len(at)], a.dtype)
        return made.reshape(shape)

    return one("masked_scatter", function, [x, source])


_REDUCTIONS: Final[dict[str, tuple[Any, float]]] = {
    "sum": (np.add, 0), "mean": (np.add, 0), "prod": (np.multiply, 1),
    "amax": (np.maximum, -np.inf), "amin": (np.minimum, np.inf),
}  # fmt: skip


def scatter_reduce(
    x: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """The tensor with elements of another summed, multiplied or compared at places of an axis."""
    if reduce not in _REDUCTIONS:
        raise ArgumentError(
            f"gt.scatter_reduce: reduce={reduce!r}", hint=f"one of {sorted(_REDUCTIONS)}"
        )
    op, first = _REDUCTIONS[reduce]
    axis, shape = _axis(x, dim), tuple(index.shape)
    cut = tuple([slice(0, n) for n in shape])

    def function(a: Array, i: Array, s: Array) -> Array:
        at = _places(i, shape, axis)
        part = cast(s[cut], a.dtype)
        counts = np.zeros_like(a, dtype=INT64)
        np.add.at(counts, at, np.ones(shape, np.int64))
        start: Any = first
        if a.dtype.kind in "iu" and not np.isfinite(first):
            limits = np.iinfo(a.dtype)
            start = limits.min if first < 0 else limits.max
        made = a.copy() if include_self else np.where(counts > 0, a.dtype.type(start), a)
        op.at(made, at, part)
        if reduce != "mean":
            return made
        number = np.maximum(counts + 1 if include_self else counts, 1)
        return made // number if a.dtype.kind in "iu" else made / cast(number, a.dtype)

    return one("scatter_reduce", function, [x, index, src])


def take_along_dim(x: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """Elements by their places along an axis; the other axes are broadcast."""

    def function(a: Array, i: Array) -> Array:
        if dim is None:
            return a.reshape(-1)[i.reshape(-1)]
        axis = _axis(x, dim)
        shape = list(np.broadcast_shapes(
            tuple(1 if k == axis else n for k, n in enumerate(a.shape)),
            tuple(1 if k == axis else n for k, n in enumerate(i.shape))))  # fmt: skip
        whole, wanted = list(shape), list(shape)
        whole[axis], wanted[axis] = a.shape[axis], i.shape[axis]
        return np.take_along_axis(np.broadcast_to(a, whole), np.broadcast_to(i, wanted), axis)

    return one("take_along_dim", function, [x, indices])


def _filled(what: str, key: Callable[..., Any]) -> Callable[..., Tensor]:
    """The tensor with another in a part of it."""

    def function(x: Tensor, src: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        at = key(x, *args, **kwargs)

        def put_there(a: Array, s: Array) -> Array:
            made = a.copy()
            made[at] = cast(s, a.dtype)
            return made

        return one(what, put_there, [x, src])

    return function


def _selected(x: Tensor, dim: int, index: int) -> Any:
    return (*[slice(None)] * _axis(x, dim), index)


def _sliced(
    x: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Any:
    return (*[slice(None)] * _axis(x, dim), slice(start, end, step))


def _diagonal(x: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    first, second = _axis(x, dim1), _axis(x, dim2)
    rows, columns = x.shape[first], x.shape[second]
    count = max(0, min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns))
    if (first, second) != (x.ndim - 2, x.ndim - 1):
        raise ArgumentError("gt.diagonal_scatter: only of the last two axes is offered")
    steps = np.arange(count)
    return (..., steps + max(-offset, 0), steps + max(offset, 0))


def diag_embed(x: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Matrices with the last axis on their diagonal."""
    size = x.shape[-1] + abs(offset)

    def function(a: Array) -> Array:
        made = np.zeros_like(a, shape=(*a.shape[:-1], size, size))
        steps = np.arange(a.shape[-1])
        made[..., steps + max(-offset, 0), steps + max(offset, 0)] = a
        return np.moveaxis(made, (-2, -1), (dim1, dim2))

    return one("diag_embed", function, [x])


# ---- places that are looked up -------------------------------------------------------------------


def searchsorted(
    sorted_sequence: Tensor, input: Tensor | Number, *, out_int32: bool = False,
    right: bool = False, side: str | None = None, sorter: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Where elements would stand in a sorted row."""
    ahead = right if side is None else side == "right"
    to = INT32 if out_int32 else INT64
    kind = sorted_sequence._value.type.dtype
    given = input if isinstance(input, Tensor) else constant(sorted_sequence._home, input, kind)

    def function(s: Array, v: Array, *rest: Array) -> Array:
        s = np.take_along_axis(s, rest[0], -1) if rest else s
        if s.ndim == 1:
            return cast(np.searchsorted(s, v, side="right" if ahead else "left"), to)
        below = s[..., None, :] <= v[..., None] if ahead else s[..., None, :] < v[..., None]
        return cast(np.sum(cast(below, INT64), axis=-1), to)

    sorters = [] if sorter is None else [sorter]
    return one("searchsorted", function, [sorted_sequence, given, *sorters])


def bucketize(
    input: Tensor | Number, boundaries: Tensor, *, out_int32: bool = False, right: bool = False
) -> Tensor:
    """Which of the stretches between boundaries elements are in."""
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


def isin(
    elements: Tensor, test_elements: Tensor, *, assume_unique: bool = False, invert: bool = False
) -> Tensor:
    """Which elements are among those of another tensor."""
    return one("isin", lambda a, b: np.isin(a, b, invert=invert), [elements, test_elements])


def _known(x: Tensor, array: np.ndarray) -> Tensor:
    return Tensor(x._home, x._home.put(np.ascontiguousarray(array).reshape(array.shape)))


def unique(
    x: Tensor, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False,
    dim: int | None = None,
) -> Any:  # fmt: skip
    """The different elements in order, or parts along an axis; waits for the tensor."""
    found = np.unique(x.array(), return_inverse=True, return_counts=True, axis=dim)
    values, inverse, counts = found
    inverse = inverse.reshape(-1 if dim is not None else tuple(x.shape))
    made = [
        _known(x, values), *([_known(x, inverse.astype(np.int64))] if return_inverse else []),
        *([_known(x, counts.astype(np.int64))] if return_counts else []),
    ]  # fmt: skip
    return made[0] if len(made) == 1 else tuple(made)


def unique_consecutive(
    x: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The elements, or parts along an axis, without those equal to the one before; waits."""
    array = x.array()
    rows = array.reshape(-1) if dim is None else np.moveaxis(array, dim, 0)
    flat = rows.reshape(len(rows), -1)
    first = np.ones(len(flat), bool)
    first[1:] = (flat[1:] != flat[:-1]).any(axis=1)
    starts = np.flatnonzero(first)
    values = rows[first] if dim is None else np.moveaxis(rows[first], 0, dim)
    inverse = np.cumsum(first) - 1
    inverse = inverse.reshape(tuple(x.shape)) if dim is None else inverse
    counts = np.diff(np.append(starts, len(flat)))
    made = [
        _known(x, values), *([_known(x, inverse)] if return_inverse else []),
        *([_known(x, counts)] if return_counts else []),
    ]  # fmt: skip
    return made[0] if len(made) == 1 else tuple(made)


def argwhere(x: Tensor) -> Tensor:
    """The places of what is not zero, a row each; waits for the tensor."""
    return _known(x, np.argwhere(x.array()).astype(np.int64))


FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    **{f.__name__: f for f in (
        index_add, index_copy, index_fill, index_put, put, masked_scatter, scatter_reduce,
        take_along_dim, diag_embed, unique, unique_consecutive, argwhere)},
    "select_scatter": _filled("select_scatter", _selected),
    "slice_scatter": _filled("slice_scatter", _sliced),
    "diagonal_scatter": _filled("diagonal_scatter", _diagonal),
}  # fmt: skip
"""Functions that are methods too, by torch's name."""
ALONE: Final[dict[str, Callable[..., Any]]] = {
    "searchsorted": searchsorted, "bucketize": bucketize, "isin": isin,
    "scalar_tensor": lambda s, dtype=None: creation.tensor(s, dtype=dtype or "float32"),
}  # fmt: skip
"""Functions alone."""
