"""What numpy's functions that make arrays give while a trace runs: arrays that traced values can be
stored in.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.frontend.growing import is_grown
from gradloom.frontend.layouts import Layout, long_axes, of_array
from gradloom.frontend.numpy.arguments import copy_mode, dtype_of, dtype_or, integer, one_number
from gradloom.frontend.numpy.arguments import order as read_order
from gradloom.frontend.numpy.create import sizes_made, spread_over
from gradloom.frontend.numpy.dispatch import call_function
from gradloom.frontend.numpy.lift import (
    at_hand,
    broadcast_shapes,
    cast,
    lift,
    result_dtype,
    stacked,
)
from gradloom.frontend.numpy.memory import order_of
from gradloom.frontend.numpy.shape import laid_out, sizes_of
from gradloom.frontend.numpy.views import fresh, layout_of, link
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, View, any_tracer, refuse, wrap
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.errors import ArgumentError, DtypeError
from gradloom.ir.graph import Operand
from gradloom.ir.location import user_location


def traced_copy(result: Any) -> Any:
    """A plain array as a traced one, so that traced values can be stored in it."""
    if type(result) is np.ndarray and result.dtype.kind in "fcbiu":
        made = Tracer(require_trace(), lift(result).here(require_trace()), "array")
        made.layout = of_array(result)
        return made
    return result


def _filled(shape: Any, value: Any, dtype: Any, order: str) -> Any:
    """`np.full` for shapes with named dimensions and traced values."""
    np.empty(0, None if dtype is None else dtype_of(dtype), order)  # type: ignore[call-overload]  # numpy's errors for these two
    sizes = sizes_made(shape)
    x = lift(value)
    wanted = dtype_or(dtype, result_dtype([x]))
    made = fresh(spread_over("full", cast(x.here(require_trace()), wanted), sizes))
    made.layout = "C" if order == "C" else "F"
    return made


def _on_cpu(device: Any) -> None:
    if device not in (None, "cpu"):
        raise ArgumentError(f'Device not understood. Only "cpu" is allowed, but received: {device}')


def _of(value: int) -> Callable[..., Any]:
    """np.zeros, np.ones, np.empty."""

    def replacement(
        original: Any, shape: Any, dtype: Any = float, order: str = "C", *, device: Any = None
    ) -> Any:
        _on_cpu(device)
        return _filled(shape, value, float if dtype is None else dtype, order)

    return replacement


def _full(
    original: Any,
    shape: Any,
    fill_value: Any,
    dtype: Any = None,
    order: str = "C",
    *,
    device: Any = None,
) -> Any:
    _on_cpu(device)
    return _filled(shape, fill_value, dtype, order)


def _array(
    original: Any,
    object: Any,
    dtype: Any = None,
    *,
    copy: Any = True,
    order: Any = "K",
    ndmin: int = 0,
    **kwargs: Any,
) -> Any:
    if is_grown(object):
        object = object.as_array()
        if dtype is None and copy and ndmin < 2 and not kwargs:
            return object
    if not any_tracer(object):
        return _creates(original, object, dtype, copy=copy, order=order, ndmin=ndmin, **kwargs)
    copy, ndmin = copy_mode(copy), integer("ndmin=", ndmin)
    _require_depth(object, kwargs.pop("ndmax", None))
    kwargs.pop("subok", None)
    if kwargs:
        raise TypeError(f"array() got an unexpected keyword argument '{next(iter(kwargs))}'")
    wanted = None if dtype is None else dtype_of(dtype)
    if not copy and _is_array(object, wanted) and order in ("K", "A", None):
        made = object
    elif copy is not None and not copy:
        raise ValueError("Unable to avoid copy while creating an array as requested.")
    else:
        made = _stacked(object, wanted, order)
    return made if made.ndim >= ndmin else made.reshape((1,) * (ndmin - made.ndim) + made.shape)


def _require_depth(object: Any, ndmax: Any) -> None:
    if ndmax is not None and lift(object).ndim > integer("ndmax=", ndmax):
        raise ValueError(f"object would exceed the maximum number of dimensions (ndmax={ndmax})")


def _is_array(x: Any, dtype: Any) -> bool:
    # not `in (None, ...)`: to numpy, float64 equals None
    return type(x) is Tracer and x.kind == "array" and (dtype is None or dtype == x.dtype)


def _stacked(object: Any, dtype: Any, order: Any) -> Any:
    """A new array from a traced value, or from lists of them."""
    made = stacked(object, dtype)
    made = made if dtype is None else made.astype(dtype)
    made = fresh(made.here(require_trace()))
    source = object if type(object) is Tracer else made
    return laid_out(made, source, order or "K") if source.kind == "array" else made


def _asarray(
    original: Any,
    a: Any,
    dtype: Any = None,
    order: Any = None,
    *,
    device: Any = None,
    copy: Any = None,
) -> Any:
    if is_grown(a):
        a = a.as_array()
        if dtype is None:
            return a
    if not any_tracer(a):
        return original(a, dtype, order, device=device, copy=copy)
    _on_cpu(device)
    order = None if order is None else read_order(order, "K")
    wanted = None if dtype is None else dtype_of(dtype)
    if _is_array(a, wanted) and not copy and order in (None, "K", "A"):
        return a
    if _is_array(a, wanted) and not copy:
        return _laid_out(a, order == "C")
    return _array(original, a, dtype, copy=copy, order="K" if order is None else order)


def _checked(original: Any, a: Any, dtype: Any = None, order: Any = None) -> Any:
    if not any_tracer(a):
        return original(a, dtype, order)
    made = _asarray(np.asarray, a, dtype, order)
    value = at_hand(made)
    if value is None:
        raise refuse("np.asarray_chkfinite", "it raises by values that are not known yet",
                     "use np.asarray, and gl.find_nan")  # fmt: skip
    if not np.isfinite(value).all():
        raise ValueError("array must not contain infs or NaNs")
    return made


def _require(original: Any, a: Any, dtype: Any = None, requirements: Any = None) -> Any:
    if not any_tracer(a):
        return original(a, dtype, requirements)
    asked = [requirements] if isinstance(requirements, str) else list(requirements or ())
    names = {r.upper() for r in asked}
    if names - _REQUIREMENTS.keys():
        raise KeyError((names - _REQUIREMENTS.keys()).pop())
    flags = {_REQUIREMENTS[n] for n in names}
    if {"C", "F"} <= flags:
        raise ValueError('Cannot specify both "C" and "F" order')
    made = _asarray(np.asarray, a, dtype, next((f for f in "CF" if f in flags), None))
    kept = made is not a or not flags & {"W", "O"} or (made.alias is None and not made.frozen)
    return made if kept else fresh(made.here(require_trace()), made)


_REQUIREMENTS: Final = {
    **dict.fromkeys(("C", "C_CONTIGUOUS", "CONTIGUOUS"), "C"),
    **dict.fromkeys(("F", "F_CONTIGUOUS", "FORTRAN"), "F"),
    **dict.fromkeys(("A", "ALIGNED"), "A"), **dict.fromkeys(("W", "WRITEABLE"), "W"),
    **dict.fromkeys(("O", "OWNDATA"), "O"), **dict.fromkeys(("E", "ENSUREARRAY"), "E"),
}  # fmt: skip


def _ordered(in_c: bool) -> Callable[..., Any]:
    """ascontiguousarray, asfortranarray: the array itself where it lies so, else a copy."""

    def replacement(original: Any, a: Any, dtype: Any = None) -> Any:
        x = _asarray(np.asarray, a, dtype)
        if type(x) is not Tracer:
            return original(a, dtype)
        return x.reshape(1) if not x.ndim else _laid_out(x, in_c)

    return replacement


def _laid_out(x: Tracer, in_c: bool) -> Tracer:
    """x itself where it is known to lie so in memory, else one that may share x's memory."""
    order: Layout = "C" if in_c else "F"
    known = order_of(x)
    if str(order) in known and (not x.given or long_axes(x.shape) <= 1):
        return x
    made = fresh(x.here(require_trace()))
    made.layout, made.frozen = order, x.frozen
    shares = None if layout_of(x) is None else str(order) in known
    link(x, made, shares, lambda base: View(base, _same, lambda _, value: value))
    return made


def _same(value: Operand) -> Operand:
    return value


def _arange(original: Any, *args: Any, **kwargs: Any) -> Any:
    if any(isinstance(x, Dim) for x in args):
        return _symbolic_arange(*args, **kwargs)
    result = original(*args, **kwargs)
    return traced_copy(result) if result.dtype.kind in "fc" else result


def _symbolic_arange(*args: Any, dtype: Any = None) -> Any:
    start, stop = (0, args[0]) if len(args) == 1 else args[:2]
    step = args[2] if len(args) > 2 else 1
    if step != 1:
        raise TypeError("np.arange over a named dimension has step 1 only")
    require_trace().builder.location = user_location()
    made = wrap(o.iota(dtype=np.dtype(np.int64), shape=(stop - start,), axis=0), "array")
    made = made if start == 0 else made + start
    return made if dtype is None else made.astype(dtype)


def _reached(function: Callable[..., Any]) -> Callable[..., Any]:
    """As `_creates`, of traced ends and lists our function."""

    def replacement(original: Any, *args: Any, **kwargs: Any) -> Any:
        if any_tracer(args) or any_tracer([*kwargs.values()]):
            return call_function(function, args, kwargs)
        return _creates(original, *args, **kwargs)

    return replacement


def _creates(original: Any, *args: Any, **kwargs: Any) -> Any:
    """The original, its float results made traced (integers stay plain: they are sizes and
    indices).
    """
    result = original(*args, **kwargs)
    is_inexact = isinstance(result, np.ndarray) and result.dtype.kind in "fc"
    return traced_copy(result) if is_inexact else result


def _like(function: Callable[..., Any]) -> Callable[..., Any]:
    """zeros_like and its kin give writable traced arrays also for plain ones."""

    def replacement(original: Any, *args: Any, **kwargs: Any) -> Any:
        if any_tracer(args) or any_tracer([*kwargs.values()]):
            return call_function(function, args, kwargs)
        return traced_copy(original(*args, **kwargs))

    return replacement


def _fromiter(original: Any, iter: Any, dtype: Any, count: int = -1) -> Any:
    values = list(iter if count < 0 else itertools.islice(iter, count))
    if not any_tracer(values):
        return _creates(original, values, dtype, count)
    if len(values) < count:
        raise ValueError(f"iterator too short: {len(values)} elements of {count}")
    if any(np.ndim(v) for v in values):
        raise ArgumentError(
            "np.fromiter: an element is one number, and one of these is an array",
            hint="join arrays with np.stack",
        )
    return _stacked(values, dtype_of(dtype), "C")


def _kaiser(original: Any, M: Any, beta: Any) -> Any:
    if not any_tracer([M, beta]):
        return original(M, beta)
    count = float(M)
    given = lift(one_number("beta", beta))
    if given.dtype.kind == "c":
        raise DtypeError("np.kaiser: beta is complex", hint="take np.real(beta)")
    beta = given.astype(np.float64)
    if count == 1:
        return traced_copy(np.ones(1))
    half = (count - 1) / 2.0
    inside = np.sqrt(1 - ((np.arange(0, count) - half) / half) ** 2.0)
    return np.i0(beta * inside) / np.i0(beta)


def _broadcast_shapes(original: Any, *shapes: Any) -> Any:
    return broadcast_shapes("np.broadcast_shapes", [sizes_of(s) for s in shapes])


def _isscalar(original: Any, x: Any) -> bool:
    return x.kind != "array" if type(x) is Tracer else bool(original(x))


TABLE: Final[dict[str, Callable[..., Any]]] = {
    "array": _array, "asarray": _asarray, "asanyarray": _asarray, "asarray_chkfinite": _checked,
    "ascontiguousarray": _ordered(True), "asfortranarray": _ordered(False), "require": _require,
    "zeros": _of(0), "ones": _of(1), "empty": _of(0), "full": _full, "arange": _arange,
    "eye": _creates, "identity": _creates, "tri": _creates, "fromfunction": _creates,
    "indices": _creates,
    "linspace": _reached(np.linspace), "logspace": _reached(np.logspace),
    "geomspace": _reached(np.geomspace), "diag": _reached(np.diag), "fromiter": _fromiter,
    "zeros_like": _like(np.zeros_like), "ones_like": _like(np.ones_like),
    "empty_like": _like(np.empty_like), "full_like": _like(np.full_like), "copy": _like(np.copy),
    "broadcast_shapes": _broadcast_shapes, "isscalar": _isscalar, "kaiser": _kaiser,
}  # fmt: skip
"""The name in numpy -> what it does in a trace; the original comes first among the arguments."""
