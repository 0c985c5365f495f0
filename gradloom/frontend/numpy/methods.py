"""The methods of ufuncs: reduce, accumulate, reduceat, outer and at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.arguments import real, require_shape
from gradloom.frontend.numpy.axes import one_axis
from gradloom.frontend.numpy.folds import UNROLLED, accumulated, folded
from gradloom.frontend.numpy.in_turn import at_in_turn
from gradloom.frontend.numpy.indexing import update
from gradloom.frontend.numpy.lift import Array, as_array, at_hand, lift
from gradloom.frontend.numpy.promotion import loop_dtypes
from gradloom.frontend.numpy.reduce import accumulation_dtype
from gradloom.frontend.numpy.ufuncs import into, scalars
from gradloom.frontend.stores import foreign_target
from gradloom.frontend.trace import no_trace, require_trace
from gradloom.frontend.tracer import Tracer, any_tracer, refuse
from gradloom.ir.errors import ArgumentError, DtypeError, ShapeError
from gradloom.ir.location import user_location
from gradloom.ir.ops.rules import normal_axis
from gradloom.ir.types import Dim, DType

_REDUCTIONS: Final[dict[np.ufunc, Callable[..., Any]]] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
    np.logical_and: np.all,
    np.logical_or: np.any,
}
_RUNNING: Final[dict[np.ufunc, Callable[..., Any]]] = {np.add: np.cumsum, np.multiply: np.cumprod}


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
        if out is not None and dtype is None:
            _require_loop(ufunc, lift(array).dtype, out.dtype)
        made = folded(ufunc, array, axis, dtype, keepdims, initial, where)
        return _fitting(ufunc, scalars(made), out)
    given: dict[str, Any] = {"axis": axis, "keepdims": keepdims}
    if initial is not np._NoValue:
        given["initial"] = initial
    if where is not True:
        given["where"] = where
    if ufunc in (np.add, np.multiply):
        given["dtype"] = accumulation_dtype(ufunc, lift(array).dtype, dtype, out)
    elif dtype is not None:
        array = lift(array).astype(dtype)
    return _fitting(ufunc, reduction(lift(array), **given), out)


def _require_loop(ufunc: np.ufunc, own: DType, target: DType) -> None:
    """Raise where the ufunc has no loop between the array and its target."""
    try:
        ufunc.resolve_dtypes((target, own, None), reduction=True, casting="unsafe")
    except TypeError:
        raise DtypeError(
            f"np.{ufunc.__name__}.reduce of {own} has no loop that fills out= of {target}",
            location=user_location(),
            hint="give out= the dtype of the result",
        ) from None


def _fitting(ufunc: np.ufunc, result: Any, out: Any) -> Any:
    """`result` in `out`, which a reduction asks to be of its shape."""
    if type(out) is Tracer and out.shape != np.shape(result):
        raise ShapeError(
            f"np.{ufunc.__name__}.reduce: out has shape {out.shape} "
            f"and the result {np.shape(result)}",
            location=user_location(),
        )
    return into(ufunc.__name__, result, out)


# ---- accumulate ----------------------------------------------------------------------------------


_WIDENED: Final = (np.add, np.multiply)
"""ufuncs that accumulate small integers in wide ones."""


def _accumulate(
    ufunc: np.ufunc, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None
) -> Any:
    x = as_array(array)
    if not x.ndim:
        raise TypeError("cannot accumulate on a scalar")
    if axis is None and x.ndim > 1:
        raise ArgumentError(f"np.{ufunc.__name__}.accumulate: along one axis, not all of {x.aval}")
    if out is not None and np.ndim(out) != x.ndim:
        require_shape(f"{ufunc.__name__}.accumulate", out, x.shape)
    running = _RUNNING.get(ufunc)
    if running is not None:
        wide = accumulation_dtype(ufunc, x.dtype, dtype, out) if ufunc in _WIDENED else dtype
        return into(ufunc.__name__, running(x, axis=axis, dtype=wide), out)
    axis = one_axis(f"{ufunc.__name__}.accumulate", 0 if axis is None else axis, x.ndim)
    made = accumulated(ufunc, np.moveaxis(x, axis, 0), dtype)
    return into(ufunc.__name__, np.moveaxis(made, 0, axis), out)


# ---- reduceat ------------------------------------------------------------------------------------


def _reduceat(
    ufunc: np.ufunc, array: Any, indices: Any, axis: int = 0, dtype: Any = None, out: Any = None
) -> Any:
    numbers = at_hand(indices) if any_tracer(indices) else np.asarray(indices)
    if numbers is None:
        raise refuse(
            f"np.{ufunc.__name__}.reduceat", "traced indices would make lengths depend on values"
        )
    x = as_array(array)
    if not x.ndim:
        raise TypeError("cannot reduceat on a scalar")
    axis = normal_axis(f"np.{ufunc.__name__}.reduceat", axis, x.ndim)
    moved = np.moveaxis(x, axis, 0)
    if numbers.ndim != 1:
        raise ValueError(f"indices of {numbers.ndim} axes; reduceat takes a list of them")
    real("indices", numbers, np.dtype(float))
    starts = numbers.astype(np.intp).tolist()
    if len(starts) > UNROLLED:
        raise refuse(
            f"np.{ufunc.__name__}.reduceat",
            f"{len(starts)} pieces are not written out",
            "use np.add.at",
        )
    if not starts:
        nothing = _reduce(ufunc, np.ones((1, *moved.shape[1:]), x.dtype), 0, dtype)
        none = np.zeros((0, *moved.shape[1:]), nothing.dtype)
        return into(ufunc.__name__, np.moveaxis(as_array(none), 0, axis), out)
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
        path = require_trace().paths.get(id(a))
        raise foreign_target(f"{ufunc.__name__}.at", a, path)
    if (b is None) != (ufunc.nin == 1):
        raise ValueError("second operand needed for ufunc" if b is None else "extra operand")
    mode = _MODES.get(ufunc)
    other = None if b is None else _stored(a, b)
    ordered = a.dtype.kind != "c" or mode not in ("max", "min")  # no scatter compares complex
    if other is not None and mode is not None and a.dtype.kind != "b" and ordered:
        return update(a, indices, other, mode)
    if other is not None and ufunc == np.subtract and a.dtype.kind != "b":
        return update(a, indices, np.negative(other), "add")
    if other is not None and ufunc == np.divide and a.dtype.kind in "fc":
        return update(a, indices, 1 / other, "multiply")
    return _in_rounds(ufunc, a, indices, b)


def _stored(a: Tracer, b: Any) -> Array | None:
    """The other operand in the array's dtype; None where each step would round its result."""
    given = lift(b)
    result = np.result_type(a.dtype, _tag(given))
    return given.astype(a.dtype) if np.can_cast(result, a.dtype, "same_kind") else None


def _tag(x: Array) -> Any:
    return type(x.dtype.type(0).item())(0) if x.kind == "weak" else x.dtype


def _in_rounds(ufunc: np.ufunc, a: Tracer, indices: Any, b: Any) -> None:
    """Any other ufunc: a place that is named n times takes n rounds; places that are not known yet
    are taken in turn.
    """
    places = _places(a, indices)
    if places is None:
        at_in_turn(ufunc, a, indices, b)
        return
    flat, shape = places
    order = np.argsort(flat, kind="stable")
    first = np.searchsorted(flat[order], flat[order])
    turn = np.empty_like(flat)
    turn[order] = np.arange(flat.size) - first
    rounds = int(turn.max(initial=-1)) + 1
    if rounds > UNROLLED:
        at_in_turn(ufunc, a, indices, b)
        return
    loop_dtypes(ufunc, (a.dtype,) if b is None else (a.dtype, as_array(b).dtype))
    given = None if b is None else np.reshape(np.broadcast_to(as_array(b), shape), -1)
    made: Any = np.reshape(np.copy(lift(a)), -1)
    for i in range(rounds):
        chosen = np.flatnonzero(turn == i)
        now = made[flat[chosen]]
        made[flat[chosen]] = ufunc(now) if given is None else ufunc(now, given[chosen])
    whole: Any = a
    whole[...] = np.reshape(made, a.shape)


def _places(a: Tracer, indices: Any) -> tuple[Any, tuple[int, ...]] | None:
    """The flat positions in an array that an index names, and the shape of what it takes; None
    where they are not known yet.
    """
    known = [_known(part) for part in (indices if isinstance(indices, tuple) else (indices,))]
    if any(part is NotImplemented for part in known) or any(isinstance(d, Dim) for d in a.shape):
        return None
    with no_trace():
        places = np.arange(int(a.size)).reshape(a.shape)[tuple(known)]
        return np.ravel(places), np.shape(places)


def _known(part: Any) -> Any:
    """A part of an index in plain numbers; NotImplemented where the trace has none."""
    if part is None or part is Ellipsis or isinstance(part, slice):
        return part
    if not any_tracer(part):
        return np.asarray(part, None if np.size(part) else np.intp)
    found = at_hand(part)
    return NotImplemented if found is None else found


_METHODS: Final[dict[str, Callable[..., Any]]] = {
    "reduce": _reduce,
    "accumulate": _accumulate,
    "reduceat": _reduceat,
    "outer": _outer,
    "at": _at,
}
