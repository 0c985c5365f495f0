"""Functions that make arrays: on numpy, on the backend in use, or inside a running trace."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.array_api.array import Array
from gradloom.array_api.data_types import astype, to_device
from gradloom.array_api.dtypes import DType, Raw, dtype_of, is_number, require
from gradloom.array_api.places import (
    NUMPY,
    Place,
    at,
    backend_of,
    default_place,
    fetched,
    place_of,
    put,
)
from gradloom.array_api.run import function, run, settled
from gradloom.frontend.numpy.lift import lift, stacked
from gradloom.frontend.numpy.views import fresh
from gradloom.frontend.trace import current_trace
from gradloom.frontend.tracer import any_tracer
from gradloom.ir.errors import ShapeError
from gradloom.ir.location import user_location

_DEFAULT = {bool: np.bool_, int: np.int64, float: np.float64, complex: np.complex128}


def _made(array: np.ndarray, device: Any) -> Array:
    """New numbers as an array: where `device` says, or into the trace that runs, so that traced
    values can be written into it. Whole numbers stay plain there: they are sizes and indices.
    """
    trace = current_trace()
    if trace is None:
        return Array._of(put(array, at(default_place(), device)))
    at(NUMPY, device)
    if array.dtype.kind in "iu":
        return Array._of(array)
    return Array._of(fresh(lift(array).here(trace)))


def _sizes(shape: Any) -> tuple[int, ...]:
    given = tuple(shape) if isinstance(shape, tuple | list) else (shape,)
    return tuple([n.__index__() for n in given])


def _dtype(dtype: Any) -> DType:
    return np.dtype(np.float64) if dtype is None else dtype_of(dtype)


# ---- filled --------------------------------------------------------------------------------------


def zeros(shape: Any, *, dtype: DType | None = None, device: Any = None) -> Array:
    """An array of zeros; float64 unless told otherwise."""
    return _filled(shape, 0, _dtype(dtype), device)


def ones(shape: Any, *, dtype: DType | None = None, device: Any = None) -> Array:
    """An array of ones; float64 unless told otherwise."""
    return _filled(shape, 1, _dtype(dtype), device)


def empty(shape: Any, *, dtype: DType | None = None, device: Any = None) -> Array:
    """An array to be written: it holds zeros."""
    return zeros(shape, dtype=dtype, device=device)


def full(
    shape: Any, fill_value: Any, *, dtype: DType | None = None, device: Any = None
) -> Array:
    """An array of one number; of the number's kind in its default width unless told otherwise."""
    if not is_number(fill_value):
        return _spread(shape, asarray(fill_value, dtype=dtype, device=device))
    kind = next(t for t in _DEFAULT if isinstance(fill_value, t))
    wanted = dtype_of(_DEFAULT[kind] if dtype is None else dtype)
    return _filled(shape, fill_value, wanted, device)


def _filled(shape: Any, value: Any, dtype: DType, device: Any) -> Array:
    array = np.full(_sizes(shape), value, dtype)
    trace = current_trace()
    if trace is None:
        return _made(array, device)
    at(NUMPY, device)
    return Array._of(fresh(lift(array).here(trace)))


def _spread(shape: Any, value: Array) -> Array:
    if value.ndim:
        raise ShapeError(
            f"full: fill_value is one number, not of shape {value.shape}", location=user_location()
        )
    made: Array = run(_copies, (value, _sizes(shape)), {})
    return made


def _copies(x: Raw, shape: tuple[int, ...]) -> Raw:
    return np.broadcast_to(x, shape).copy()


def zeros_like(x: Raw, /, *, dtype: DType | None = None, device: Any = None) -> Array:
    """Zeros in the shape, dtype and place of x."""
    return _alike(x, 0, dtype, device)


def ones_like(x: Raw, /, *, dtype: DType | None = None, device: Any = None) -> Array:
    """Ones in the shape, dtype and place of x."""
    return _alike(x, 1, dtype, device)


def empty_like(x: Raw, /, *, dtype: DType | None = None, device: Any = None) -> Array:
    """An array to be written in the shape, dtype and place of x: it holds zeros."""
    return _alike(x, 0, dtype, device)


def full_like(
    x: Raw, /, fill_value: Any, *, dtype: DType | None = None, device: Any = None
) -> Array:
    """One number in the shape, dtype and place of x."""
    if is_number(fill_value):
        return _alike(x, fill_value, dtype, device)
    value = asarray(fill_value, dtype=x.dtype if dtype is None else dtype, device=device)
    return _spread(x.shape, value)


def _alike(x: Raw, value: Any, dtype: Any, device: Any) -> Array:
    require("zeros_like and its kin", "any", x)
    wanted = x.dtype if dtype is None else dtype_of(dtype)
    place = at(place_of(x._value if type(x) is Array else x), device)
    if place == NUMPY:
        return _filled_here(x.shape, value, wanted)
    return Array._of(put(np.full(x.shape, value, wanted), place))


def _filled_here(shape: Any, value: Any, dtype: DType) -> Array:
    trace = current_trace()
    array = np.full(shape, value, dtype)
    return Array._of(array if trace is None else fresh(lift(array).here(trace)))


# ---- sequences -----------------------------------------------------------------------------------


def arange(
    start: Any,
    /,
    stop: Any = None,
    step: Any = 1,
    *,
    dtype: DType | None = None,
    device: Any = None,
) -> Array:
    """start, start + step, ... below stop; whole numbers give int64, others float64."""
    first, last = (0, start) if stop is None else (start, stop)
    return _made(np.arange(first, last, step, None if dtype is None else dtype_of(dtype)), device)


def linspace(
    start: Any,
    stop: Any,
    /,
    num: int,
    *,
    dtype: DType | None = None,
    device: Any = None,
    endpoint: bool = True,
) -> Array:
    """`num` numbers at equal distances from start to stop, the last one included if asked."""
    wanted = None if dtype is None else dtype_of(dtype)
    with np.errstate(all="ignore"):
        made = np.linspace(start, stop, num, endpoint=endpoint, dtype=wanted)
    return _made(made, device)


def eye(
    n_rows: int,
    n_cols: int | None = None,
    /,
    *,
    k: int = 0,
    dtype: DType | None = None,
    device: Any = None,
) -> Array:
    """Ones on the k-th diagonal, zeros beside it."""
    return _made(np.eye(n_rows, n_cols, k=k, dtype=_dtype(dtype)), device)


@function
def tril(x: Raw, /, *, k: int = 0) -> Raw:
    """The lower triangles of matrices, zeros above the k-th diagonal."""
    _require_matrices("tril", x)
    return np.tril(x, k)


@function
def triu(x: Raw, /, *, k: int = 0) -> Raw:
    """The upper triangles of matrices, zeros below the k-th diagonal."""
    _require_matrices("triu", x)
    return np.triu(x, k)


def _require_matrices(name: str, x: Raw) -> None:
    require(name, "any", x)
    if len(x.shape) < 2:
        raise ShapeError(f"{name}: x of shape {x.shape} is no matrix", location=user_location())


@function
def meshgrid(*arrays: Raw, indexing: Any = "xy") -> list[Raw]:
    """The coordinates of the grid that vectors of one dtype span, as one array per vector."""
    for x in arrays:
        require("meshgrid", "any", x)
    if len({x.dtype for x in arrays}) > 1:
        raise ShapeError("meshgrid: the vectors have different dtypes", location=user_location())
    return list(np.meshgrid(*arrays, indexing=indexing))


# ---- from what is there --------------------------------------------------------------------------


def asarray(
    obj: Any, /, *, dtype: DType | None = None, device: Any = None, copy: bool | None = None
) -> Array:
    """An array of numbers, of nested lists of numbers and arrays, or of another array.

    With `copy=True` nothing is shared with `obj`, with `copy=False` a copy is a `ValueError`; with
    None it is made where it is needed. An `Array` stays on its backend.
    """
    wanted = None if dtype is None else dtype_of(dtype)
    if type(obj) is Array:
        return _again(obj, wanted, device, copy)
    if backend_of(obj) is not None:
        return _again(_adopted(obj, at(default_place(), device)), wanted, device, copy)
    if isinstance(obj, tuple | list) and _holds_arrays(obj):
        _require_copy(copy)
        made: Array = run(_nested, (obj, wanted), {})
        return made if type(made) is Array else Array._of(made)
    array = np.array(obj, dtype=wanted, copy=copy)
    if array.dtype.kind == "O" and isinstance(obj, int):
        raise OverflowError(f"asarray: {obj} fits no integer dtype")
    dtype_of(array.dtype)
    return _made(array, device)


def _require_copy(copy: bool | None) -> None:
    if copy is False:
        raise ShapeError("asarray: nested lists are copied", location=user_location())


def _again(x: Array, dtype: DType | None, device: Any, copy: bool | None) -> Array:
    """x itself or a copy, in this dtype on this device."""
    value = x._value
    moved = at(place_of(value), device) != place_of(value)
    same = (dtype is None or dtype == x.dtype) and not moved
    if copy is False and not same:
        raise ShapeError(
            "asarray: another dtype or device is a copy, and copy=False forbids one",
            location=user_location(),
        )
    if same and not copy:
        return Array._of(value)
    wanted = x.dtype if dtype is None else dtype
    made: Array = to_device(astype(x, wanted, copy=bool(copy)), device)
    return made


def _adopted(value: Any, place: Place) -> Array:
    """Another library's or numpy's array at a place; no copy where it is there already."""
    name = backend_of(value)
    if name == "traced":
        return Array._of(settled(value))
    if name == place.backend:
        return Array._of(np.asarray(value) if name == "numpy" else value)
    return Array._of(put(fetched(value), place))


def _holds_arrays(obj: Any) -> bool:
    if isinstance(obj, tuple | list):
        return any(_holds_arrays(x) for x in obj)
    return type(obj) is Array or backend_of(obj) == "traced"


def _nested(obj: Any, dtype: DType | None) -> Raw:
    made = stacked(obj, dtype) if any_tracer(obj, 64) else np.array(obj)
    wanted = dtype_of(made.dtype) if dtype is None else dtype
    return made if made.dtype == wanted else made.astype(wanted)


_nested.__name__ = "asarray"


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> Array:
    """Another library's array, or that of another backend, on the backend in use; memory is
    shared where the two can and `copy` allows it.
    """
    value = x._value if type(x) is Array else x
    place = at(default_place(), device)
    name = backend_of(value)
    if name in ("traced", place.backend):
        return _again(Array._of(value), None, device, copy)
    if name is not None and copy is not False and place.backend != "numpy":
        return _adopted(value, place)
    array = np.from_dlpack(value, device="cpu", copy=copy)
    return Array._of(put(array if array.flags.writeable else array.copy(), place))

