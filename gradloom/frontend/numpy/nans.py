"""Reductions that leave NaN out."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.asserted import require
from gradloom.frontend.numpy import reduce, running, spread
from gradloom.frontend.numpy.arguments import one_number, real
from gradloom.frontend.numpy.axes import NO_VALUE, choose, fill, operand
from gradloom.frontend.numpy.direct import truth_of
from gradloom.frontend.numpy.lift import broadcast_shapes, lift
from gradloom.frontend.numpy.reduce import finished, given, mask_of
from gradloom.frontend.tracer import Tracer, wrap
from gradloom.ir import ops as o
from gradloom.ir.errors import CallError, ShapeError
from gradloom.ir.graph import Operand
from gradloom.ir.location import user_location

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table


def _has_nan(x: Tracer) -> bool:
    return x.dtype.kind in "fc"


def replaced(a: Any, value: float) -> Tracer:
    """a with NaN replaced by a number."""
    x = lift(a)
    if not _has_nan(x):
        return x
    given = operand(x)
    return wrap(choose("nan", o.isnan(given), fill(value, x.dtype), given), "array")


def _filled(function: Callable[..., Any], value: float) -> Callable[..., Any]:
    """`function` with NaN read as a number that does not change the result."""

    def handler(a: Any, *args: Any, **kwargs: Any) -> Any:
        return function(replaced(a, value), *args, **kwargs)

    handler.__doc__ = "The reduction with NaN left out."
    return _with_signature(handler, function)


def _with_signature(handler: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """`handler`, which takes what `function` takes, and says so."""
    handler.__signature__ = inspect.signature(function)
    found: Callable[..., Any] = handler
    return found


def _extremum(name: str, function: Callable[..., Any], beyond: float) -> Callable[..., Any]:
    def handler(
        a: Any,
        axis: Any = None,
        out: Any = None,
        keepdims: Any = NO_VALUE,
        initial: Any = NO_VALUE,
        where: Any = NO_VALUE,
    ) -> Any:
        x = lift(a)
        if not _has_nan(x):
            return function(x, axis, out, keepdims, initial, where)
        best = operand(function(replaced(x, beyond), axis, None, keepdims, initial, where))
        if given(initial):
            return finished(name, best, out)
        nothing = reduce.reduced(
            o.all, o.isnan(operand(x)), reduce.axes_of(name, axis, x.ndim), keepdims
        )
        return finished(name, choose(name, nothing, fill(np.nan, x.dtype), best), out)

    handler.__doc__ = f"What `np.{name}` gives: NaN where there is nothing else."
    return handler


def _winner(function: Callable[..., Any], beyond: float) -> Callable[..., Any]:
    def handler(a: Any, axis: Any = None, out: Any = None, *, keepdims: Any = NO_VALUE) -> Any:
        if _has_nan(lift(a)):
            alone = np.all(np.isnan(a), axis=axis)
            require(np.logical_not(alone), "All-NaN slice encountered")
        return function(replaced(a, beyond), axis, out, keepdims=keepdims)

    handler.__doc__ = "The first winner that is no NaN; NaN alone raises when the program runs."
    return handler


def _present(x: Tracer, where: Any) -> Tracer:
    """Where an element counts: it is no NaN, and the user's mask holds."""
    there: Operand = o.logical_not(o.isnan(operand(x)))
    mask = mask_of(where, operand(x))
    return wrap(there if mask is None else o.logical_and(there, mask), "array")


def _require_inexact(dtype: Any, out: Any) -> None:
    """Raise as numpy does where a mean of floats is to be an integer."""
    asked = {"dtype": dtype, "out": out.dtype if given(out) else None}
    for name, found in asked.items():
        if found is not None and np.dtype(found).kind not in "fc":
            raise CallError(f"If a is inexact, then {name} must be inexact, not {np.dtype(found)}")


def _masked(function: Callable[..., Any]) -> Callable[..., Any]:
    """A mean, variance or deviation over the elements that are no NaN."""

    def handler(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        *args: Any,
        where: Any = NO_VALUE,
        **kwargs: Any,
    ) -> Any:
        x = lift(a)
        if not _has_nan(x):
            return function(x, axis, dtype, out, *args, where=where, **kwargs)
        _require_inexact(dtype, out)
        return function(replaced(x, 0), axis, dtype, out, *args, where=_present(x, where), **kwargs)

    handler.__doc__ = "The mean or spread with NaN left out; NaN where too few elements are left."
    return _with_signature(handler, function)


nansum: Final = _filled(reduce.sum_, 0)
nanprod: Final = _filled(reduce.prod, 1)
nanmax: Final = _extremum("nanmax", reduce.max_, -np.inf)
nanmin: Final = _extremum("nanmin", reduce.min_, np.inf)


def nanmean(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = NO_VALUE,
    *,
    where: Any = NO_VALUE,
) -> Any:
    """What `np.nanmean` gives; NaN, with derivative 0, where there is nothing else."""
    x = lift(a)
    if _has_nan(x):
        _require_inexact(dtype, out)
    made = operand(_masked(reduce.mean)(x, axis, dtype, None, keepdims, where=where))
    if _has_nan(x):
        none = operand(np.logical_not(reduce.any_(_present(x, where), axis, keepdims=keepdims)))
        made = choose("nanmean", none, fill(np.nan, made.type.dtype), made)
    return finished("nanmean", made, out)


def _spread(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    masked = _masked(function)

    def handler(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        ddof: Any = 0,
        keepdims: Any = NO_VALUE,
        *,
        where: Any = NO_VALUE,
        mean: Any = NO_VALUE,
        correction: Any = NO_VALUE,
    ) -> Any:
        x = lift(a)
        if correction is not NO_VALUE:
            if ddof != 0:
                raise ValueError("ddof and correction can't be provided simultaneously.")
            ddof = correction
        real("ddof=", one_number("ddof=", ddof), np.dtype(float))
        if _has_nan(x):
            _require_inexact(dtype, out)
        if _has_nan(x) and mean is None:
            raise CallError("mean= is an array, not None", hint="leave it out")
        if _has_nan(x) and given(mean):
            mean = lift(mean).astype(x.dtype)
            if broadcast_shapes(f"np.{name}", [x.shape, mean.shape]) != x.shape:
                raise ShapeError(  # numpy subtracts it in place
                    f"np.{name}: mean= of shape {mean.shape} does not fit into {x.shape}",
                    location=user_location(),
                    hint="give the mean that np.nanmean(x, axis, keepdims=True) gives",
                )
        result = masked(x, axis, dtype, None, ddof, keepdims, where=where, mean=mean)
        if not _has_nan(x):
            return finished("var", operand(result), out)
        there = reduce.sum_(_present(x, where), axis, keepdims=keepdims)
        made = operand(result)
        few = truth_of(lift(there <= ddof))
        return finished("var", choose("nanvar", few, fill(np.nan, made.type.dtype), made), out)

    handler.__doc__ = "The spread with NaN left out; NaN where no more than ddof elements are left."
    return handler


TABLE: Final[Table] = {
    np.nansum: nansum, np.nanprod: nanprod, np.nanmax: nanmax, np.nanmin: nanmin,
    np.nanmean: nanmean, np.nanvar: _spread("nanvar", spread.var),
    np.nanstd: _spread("nanstd", spread.std),
    np.nanargmax: _winner(reduce.argmax, -np.inf), np.nanargmin: _winner(reduce.argmin, np.inf),
    np.nancumsum: _filled(running.cumsum, 0), np.nancumprod: _filled(running.cumprod, 1),
}  # fmt: skip
