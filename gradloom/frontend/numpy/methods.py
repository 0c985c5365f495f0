"""The methods of ufuncs: reduce, accumulate, reduceat, outer and at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.indexing import update
from gradloom.frontend.numpy.lift import Array, as_array, lift
from gradloom.frontend.numpy.promotion import loop_dtypes
from gradloom.frontend.numpy.select import index_of
from gradloom.frontend.numpy.ufuncs import into
from gradloom.frontend.tracer import Tracer, any_tracer, refuse
from gradloom.ir.errors import DtypeError, TraceError
from gradloom.ir.location import user_location
from gradloom.ir.ops.rules import normal_axis
from gradloom.ir.types import Dim

_REDUCTIONS: Final[dict[np.ufunc, Callable[..., Any]]] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
    np.logical_and: np.all,
    np.logical_or: np.any,
}
_RUNNING: Final[dict[np.ufunc, Callable[..., Any]]] = {np.add: np.cumsum, np.multiply: np.cumprod}
_ASSOCIATIVE: Final = frozenset(
    {
        np.add,
        np.multiply,
        np.maximum,
        np.minimum,
        np.fmax,
        np.fmin,
        np.logical_and,
        np.logical_or,
        np.logical_xor,
        np.bitwise_and,
        np.bitwise_or,
        np.bitwise_xor,
        np.logaddexp,
        np.logaddexp2,
        np.hypot,
        np.gcd,
        np.lcm,
    }
)
_UNROLLED: Final = 256
"""So many steps of a ufunc that is not associative are written out; more make no readable graph."""


def call_method(
    ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """What `ufunc.method(*inputs, **kwargs)` gives on traced values."""
    found = _METHODS.get(method)
    if found is None:
        raise refuse(f"np.{ufunc.__name__}.{method}", "this method has no traced form")
    if method in ("reduce", "accumulate", "reduceat") and (ufunc.nin, ufunc.nout) != (2, 1):
        raise ValueError(f"{method} only supported for binary functions")
    kwargs = {name: _single(value) if name == "out" else value for name, value in kwargs.items()}
    return found(ufunc, *inputs, **kwargs)


def _single(out: Any) -> Any:
    return out[0] if isinstance(out, tuple) else out


# ---- reduce --------------------------------------------------------------------------------------


def _reduce(
    ufunc: np.ufunc,
    array: Any,
    axis: Any = 0,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = np._NoValue,
    where: Any = True,
) -> Any:
    reduction = _REDUCTIONS.get(ufunc)
    if reduction is None or (
        ufunc in (np.logical_and, np.logical_or)
        and (dtype is not None or initial is not np._NoValue)
    ):
        return into(
            ufunc.__name__, _folded(ufunc, array, axis, dtype, keepdims, initial, where), out
        )
    given: dict[str, Any] = {"axis": axis, "keepdims": keepdims}
    if initial is not np._NoValue:
        given["initial"] = initial
    if where is not True:
        given["where"] = where
    if ufunc in (np.add, np.multiply):
        given["dtype"] = dtype
    elif dtype is not None:
        array = lift(array).astype(dtype)
    return into(ufunc.__name__, reduction(lift(array), **given), out)


def _folded(
    ufunc: np.ufunc, array: Any, axis: Any, dtype: Any, keepdims: bool, initial: Any, where: Any
) -> Any:
    """Any other reduction, axis by axis."""
    if where is not True:
        raise refuse(
            f"np.{ufunc.__name__}.reduce",
            "where= is not offered here",
            "put the neutral element in with np.where",
        )
    x = as_array(array) if dtype is None else as_array(array).astype(dtype)
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    loop_dtypes(ufunc, (x.dtype, x.dtype))
    if ufunc == np.logical_xor:
        x = x.astype(bool)
    found = sorted(
        (normal_axis(f"np.{ufunc.__name__}.reduce", a, x.ndim) for a in axes), reverse=True
    )
    if len(found) > 1 and ufunc not in _ASSOCIATIVE:
        raise ValueError(
            f"np.{ufunc.__name__}.reduce depends on order, so at most one axis may be given"
        )
    result: Any = x
    for a in found:
        moved = np.moveaxis(result, a, 0)
        if initial is not np._NoValue and a == found[0]:
            first = np.broadcast_to(as_array(initial).astype(moved.dtype), (1, *moved.shape[1:]))
            moved = np.concatenate([first, moved])
        result = _fold(ufunc, moved)
    if keepdims:
        result = np.reshape(result, tuple(1 if i in found else d for i, d in enumerate(x.shape)))
    return result


def _steps(ufunc: np.ufunc, x: Any, limited: bool) -> int:
    size = x.shape[0]
    if isinstance(size, Dim) or (limited and size > _UNROLLED):
        raise refuse(
            f"np.{ufunc.__name__}",
            f"so many steps ({size}) along one axis are not written out",
            "use gl.scan",
        )
    return int(size)


def _fold(ufunc: np.ufunc, x: Any) -> Any:
    """The reduction over the first axis: by halves, or from the left where order matters."""
    count = _steps(ufunc, x, ufunc not in _ASSOCIATIVE)
    if count == 0:
        if ufunc.identity is None:
            raise ValueError(
                f"zero-size array to reduction operation {ufunc.__name__} which has no identity"
            )
        return np.broadcast_to(as_array(ufunc.identity).astype(x.dtype), x.shape[1:])
    if ufunc not in _ASSOCIATIVE:
        result = x[0]
        for i in range(1, count):
            result = ufunc(result, x[i])
        return result
    while count > 1:
        half = count // 2
        joined = ufunc(x[:half], x[half : 2 * half])
        x = np.concatenate([joined, x[2 * half :]]) if count % 2 else joined
        count -= half
    return x[0]


# ---- accumulate ----------------------------------------------------------------------------------


def _accumulate(
    ufunc: np.ufunc, array: Any, axis: int = 0, dtype: Any = None, out: Any = None
) -> Any:
    running = _RUNNING.get(ufunc)
    if running is not None:
        return into(ufunc.__name__, running(lift(array), axis=axis, dtype=dtype), out)
    x = as_array(array) if dtype is None else as_array(array).astype(dtype)
    axis = normal_axis(f"np.{ufunc.__name__}.accumulate", axis, x.ndim)
    moved = np.moveaxis(x, axis, 0)
    scan = _by_doubling if ufunc in _ASSOCIATIVE else _one_by_one
    return into(ufunc.__name__, np.moveaxis(scan(ufunc, moved), 0, axis), out)


def _by_doubling(ufunc: np.ufunc, x: Any) -> Any:
    """Running results in log2(n) steps (Hillis and Steele, "Data parallel algorithms", 1986)."""
    count, step = _steps(ufunc, x, False), 1
    if ufunc in (np.logical_and, np.logical_or, np.logical_xor):
        x = x.astype(bool)
    while step < count:
        x = np.concatenate([x[:step], ufunc(x[:-step], x[step:])])
        step *= 2
    return x


def _one_by_one(ufunc: np.ufunc, x: Any) -> Any:
    rows = [x[i] for i in range(_steps(ufunc, x, True))]
    for i in range(1, len(rows)):
        rows[i] = ufunc(rows[i - 1], rows[i])
    return np.stack(rows)


# ---- reduceat ------------------------------------------------------------------------------------


def _reduceat(
    ufunc: np.ufunc, array: Any, indices: Any, axis: int = 0, dtype: Any = None, out: Any = None
) -> Any:
    if any_tracer(indices):
        raise refuse(
            f"np.{ufunc.__name__}.reduceat", "traced indices would make lengths depend on values"
        )
    x = as_array(array)
    axis = normal_axis(f"np.{ufunc.__name__}.reduceat", axis, x.ndim)
    moved = np.moveaxis(x, axis, 0)
    starts = np.asarray(indices).tolist()
    if len(starts) > _UNROLLED:
        raise refuse(
            f"np.{ufunc.__name__}.reduceat",
            f"{len(starts)} pieces are not written out",
            "use np.add.at",
        )
    ends = [*starts[1:], moved.shape[0]]
    pieces = [_piece(ufunc, moved, i, j, dtype) for i, j in zip(starts, ends, strict=True)]
    return into(ufunc.__name__, np.moveaxis(np.stack(pieces), 0, axis), out)


def _piece(ufunc: np.ufunc, x: Any, start: int, end: Any, dtype: Any) -> Any:
    """The reduction of one stretch; of a single element when it does not go forward."""
    if start < 0 or not start < x.shape[0]:
        raise IndexError(
            f"index {start} out-of-bounds in {ufunc.__name__}.reduceat [0, {x.shape[0]})"
        )
    return _reduce(ufunc, x[start : end if end > start else start + 1], 0, dtype)


# ---- outer and at --------------------------------------------------------------------------------


def _outer(ufunc: np.ufunc, a: Any, b: Any, /, **kwargs: Any) -> Any:
    if ufunc.nin != 2:
        raise ValueError("outer product only supported for binary functions")
    first, second = as_array(a), as_array(b)
    if second.ndim:
        first = np.reshape(first, (*first.shape, *[1] * second.ndim))
    return ufunc(first, second, **kwargs)


_MODES: Final[dict[np.ufunc, str]] = {
    np.add: "add",
    np.multiply: "multiply",
    np.maximum: "max",
    np.minimum: "min",
}


def _at(ufunc: np.ufunc, a: Any, indices: Any, b: Any = None, /) -> None:
    if type(a) is not Tracer:
        raise TraceError(
            f"np.{ufunc.__name__}.at writes a traced value into an array "
            "that the trace neither made nor received",
            location=user_location(),
            hint="make the array inside the traced function (np.zeros, x.copy())",
        )
    mode = _MODES.get(ufunc)
    if mode is not None and a.dtype.kind != "b":
        return update(a, indices, _checked(ufunc, a, b), mode)
    if ufunc == np.subtract:
        return update(a, indices, np.negative(_checked(ufunc, a, b)), "add")
    if ufunc == np.divide and a.dtype.kind in "fc":
        return update(a, indices, 1 / _checked(ufunc, a, b), "multiply")
    return _once(ufunc, a, indices, b)


def _checked(ufunc: np.ufunc, a: Tracer, b: Any) -> Array:
    """The other operand in the array's dtype, when numpy would store the result there."""
    given = lift(b)
    result = np.result_type(a.dtype, _tag(given))
    if not np.can_cast(result, a.dtype, "same_kind"):
        raise DtypeError(
            f"np.{ufunc.__name__}.at: the result is {result} and cannot be written into {a.dtype}",
            location=user_location(),
        )
    return given.astype(a.dtype)


def _tag(x: Array) -> Any:
    return type(x.dtype.type(0).item())(0) if x.kind == "weak" else x.dtype


def _once(ufunc: np.ufunc, a: Tracer, indices: Any, b: Any) -> None:
    """Any other ufunc, where the indices are known to be different from each other."""
    key = indices if isinstance(indices, tuple) else (indices,)
    if len(key) != 1 or isinstance(key[0], slice) or any_tracer(key[0]):
        raise refuse(
            f"np.{ufunc.__name__}.at",
            "indices that may repeat are offered for add, subtract, multiply, maximum, minimum",
        )
    index = index_of(key[0])
    numbers = np.where(index < 0, index + a.shape[0], index)
    if np.unique(numbers).size != numbers.size:
        raise refuse(
            f"np.{ufunc.__name__}.at",
            "repeated indices are offered for add, subtract, multiply, maximum, minimum",
        )
    a[numbers] = ufunc(a[numbers]) if ufunc.nin == 1 else ufunc(a[numbers], b)


_METHODS: Final[dict[str, Callable[..., Any]]] = {
    "reduce": _reduce,
    "accumulate": _accumulate,
    "reduceat": _reduceat,
    "outer": _outer,
    "at": _at,
}
