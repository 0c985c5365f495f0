"""Reductions: sums, products, extrema, means and positions, with numpy's dtypes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.asserted import require_some
from gradloom.frontend.numpy.arguments import dtype_of, integer, shown
from gradloom.frontend.numpy.axes import (
    NO_VALUE,
    axis_set,
    choose,
    count_of,
    fill,
    one_axis,
    operand,
    reshaped,
    same_shape,
    with_ones,
)
from gradloom.frontend.numpy.direct import truth_of
from gradloom.frontend.numpy.lexical import extreme, extreme_of_two, place_of_extreme
from gradloom.frontend.numpy.lift import cast, lift
from gradloom.frontend.numpy.overlaps import meets
from gradloom.frontend.numpy.ufuncs import mask_of as truths
from gradloom.frontend.numpy.ufuncs import write_into
from gradloom.frontend.tracer import Tracer, any_tracer, wrap
from gradloom.ir import ops as o
from gradloom.ir.errors import ArgumentError, CallError, DtypeError, ShapeError
from gradloom.ir.graph import Operand
from gradloom.ir.location import user_location
from gradloom.ir.op import Op
from gradloom.ir.ops.rules import broadcast
from gradloom.ir.types import DType

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table

_F16: Final = np.dtype(np.float16)
_INT: Final = np.dtype(np.int64)
_UINT: Final = np.dtype(np.uint64)
_FLOAT: Final = np.dtype(np.float64)


def given(argument: Any) -> bool:
    """Whether an optional argument was given."""
    return argument is not None and argument is not NO_VALUE


def finished(name: str, result: Operand, out: Any) -> Any:
    """A reduction's result, or `out` with the result in it."""
    if not given(out):
        return wrap(result)
    target = out[0] if isinstance(out, tuple) else out
    if type(target) is Tracer and target.shape != result.type.shape:
        raise ShapeError(
            f"np.{name}: out has shape {target.shape} and the result {result.type.shape}",
            location=user_location(),
        )
    write_into(name, target, wrap(result), "same_kind" if name in _CASTS_STRICTLY else "unsafe")
    return target


_CASTS_STRICTLY: Final = {"ptp", "percentile", "quantile", "nanpercentile", "nanquantile"}
"""Reductions whose last step is an elementwise function; the others cast their result freely."""


def axes_of(name: str, axis: Any, ndim: int) -> tuple[int, ...]:
    """`axis=` of a ufunc's reduction, which takes 0 and -1 also for an array of no axes."""
    if ndim == 0 and type(axis) is int and axis in (0, -1):
        return ()
    return tuple_of_axes(name, axis, ndim)


def tuple_of_axes(name: str, axis: Any, ndim: int) -> tuple[int, ...]:
    """`axis=` where numpy takes one axis or a tuple, and no list."""
    if isinstance(axis, list) or (isinstance(axis, np.ndarray) and axis.ndim):
        what = "list" if isinstance(axis, list) else "vector"
        raise CallError(f"np.{name}: a {what} of axes is not taken", hint="give a tuple of axes")
    if any(isinstance(a, bool) for a in (axis if isinstance(axis, tuple) else (axis,))):
        raise CallError(f"np.{name}: an axis is an integer, not {axis}")
    return axis_set(name, axis, ndim)


def accumulator(dtype: DType) -> DType:
    """The dtype in which numpy sums and multiplies elements of `dtype`."""
    if dtype.kind == "u":
        return _UINT if dtype.itemsize < 8 else dtype
    return _INT if dtype.kind in "bi" and dtype.itemsize < 8 else dtype


def accumulation_dtype(ufunc: np.ufunc, own: DType, dtype: Any, out: Any) -> DType:
    """The dtype in which numpy adds or multiplies: asked for, of the target and the elements
    together, or that of the elements, at least as wide as an integer.
    """
    if dtype is not None:
        return dtype_of(dtype)
    if not given(out):
        return accumulator(own)
    target = out[0] if isinstance(out, tuple) else out
    return ufunc.resolve_dtypes((target.dtype, own, None), reduction=True, casting="unsafe")[1]


def reduced(op: Op, x: Operand, axes: tuple[int, ...], keepdims: Any) -> Operand:
    """A reduction of an operand over a set of axes."""
    if keepdims is not NO_VALUE and not isinstance(keepdims, bool | np.bool_):
        integer("keepdims=", keepdims)  # raises for what is neither true nor false to numpy
    if x.type.dtype.kind == "c" and op in (o.max, o.min):
        result = extreme(x, axes, op is o.max)
    else:
        result = op(x, axes=axes)
    return with_ones(result, x.type.shape, axes) if given(keepdims) and keepdims else result


def mask_of(where: Any, x: Operand) -> Operand | None:
    """`where=` broadcast to the shape of x, or None when it is everywhere."""
    if where is True or where is NO_VALUE:
        return None
    mask = operand(truths(where))
    both = same_shape("where", mask, x)
    if both[0].type.shape != x.type.shape:
        raise ShapeError(
            f"where= of shape {mask.type.shape} does not fit {x.type}", location=user_location()
        )
    return both[0]


def counting_mask(where: Any, x: Operand) -> Operand | None:
    """As `mask_of`, where numpy also counts: no number and no text stands for a truth value."""
    known = where is NO_VALUE or isinstance(where, bool | np.bool_ | np.ndarray | list | tuple)
    if not known and not any_tracer(where):
        raise CallError(
            f"where= is a condition, not {shown(where)}",
            location=user_location(),
            hint="leave it out, or give an array of bool",
        )
    return mask_of(where, x)


def start_of(name: str, initial: Any, dtype: DType) -> Operand:
    """`initial=`, one number that the dtype can hold."""
    x = lift(initial)
    if x.ndim or (x.dtype.kind == "c" and dtype.kind != "c"):
        raise ArgumentError(
            f"np.{name}: initial= is one number of {dtype}, not {x.aval}",
            location=user_location(),
            hint="give a single real number" if x.ndim == 0 else "give a single number",
        )
    return operand(x, dtype)


# ---- sums and products -------------------------------------------------------------------------


def _accumulation(
    name: str, ufunc: np.ufunc, op: Op, on_bool: Op, join: Op, neutral: int
) -> Callable[..., Any]:
    def handler(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: Any = NO_VALUE,
        initial: Any = NO_VALUE,
        where: Any = NO_VALUE,
    ) -> Any:
        x = lift(a)
        value = operand(x, accumulation_dtype(ufunc, x.dtype, dtype, out))
        mask = mask_of(where, value)
        if mask is not None and initial is None:
            raise ShapeError(
                f"np.{name}: without an initial value there is nothing where the mask is False",
                location=user_location(),
                hint="leave initial= out, or give a number",
            )
        if mask is not None:
            value = choose(name, mask, value, fill(neutral, value.type.dtype))
        is_bool = value.type.dtype.kind == "b"
        result = reduced(on_bool if is_bool else op, value, axes_of(name, axis, x.ndim), keepdims)
        if given(initial):
            first = broadcast(start_of(name, initial, result.type.dtype), result.type.shape)
            result = (
                join(result, first)
                if not is_bool
                else (o.logical_or if op is o.sum else o.logical_and)(result, first)
            )
        return finished(name, result, out)

    handler.__doc__ = f"What `np.{name}` gives."
    return handler


sum_: Final = _accumulation("sum", np.add, o.sum, o.any, o.add, 0)
prod: Final = _accumulation("prod", np.multiply, o.prod, o.all, o.multiply, 1)


# ---- extrema and truth -------------------------------------------------------------------------


def _extremum(name: str, op: Op, join: Op) -> Callable[..., Any]:
    def handler(
        a: Any,
        axis: Any = None,
        out: Any = None,
        keepdims: Any = NO_VALUE,
        initial: Any = NO_VALUE,
        where: Any = NO_VALUE,
    ) -> Any:
        value = operand(a)
        axes = axes_of(name, axis, value.type.ndim)
        mask = mask_of(where, value)
        if mask is not None and not given(initial):
            raise ShapeError(
                f"np.{name}: a where mask may be empty, so initial= has to be given",
                location=user_location(),
            )
        if not given(initial):
            told = f"zero-size array to reduction operation {name}imum which has no identity"
            for axis in axes:
                require_some(value.type.shape[axis], f"np.{name}: {told}")
            return finished(name, reduced(op, value, axes, keepdims), out)
        start = start_of(name, initial, value.type.dtype)
        if mask is not None:
            value = choose(name, mask, value, start)
        if any(value.type.shape[i] == 0 for i in axes):
            kept = tuple(
                1 if i in axes else d
                for i, d in enumerate(value.type.shape)
                if keepdims is True or i not in axes
            )
            return finished(name, broadcast(start, kept), out)
        result = reduced(op, value, axes, keepdims)
        first = broadcast(start, result.type.shape)
        if value.type.dtype.kind == "c":
            return finished(name, extreme_of_two(result, first, op is o.max), out)
        return finished(name, join(result, first), out)

    handler.__doc__ = f"What `np.{name}` gives."
    return handler


max_: Final = _extremum("max", o.max, o.maximum)
min_: Final = _extremum("min", o.min, o.minimum)


def _truth(name: str, op: Op, neutral: bool) -> Callable[..., Any]:
    def handler(
        a: Any,
        axis: Any = None,
        out: Any = None,
        keepdims: Any = NO_VALUE,
        *,
        where: Any = NO_VALUE,
    ) -> Any:
        value = truth_of(lift(a))
        mask = mask_of(where, value)
        if mask is not None:
            value = choose(name, mask, value, fill(neutral, value.type.dtype))
        return finished(
            name, reduced(op, value, axes_of(name, axis, value.type.ndim), keepdims), out
        )

    handler.__doc__ = f"What `np.{name}` gives."
    return handler


any_: Final = _truth("any", o.any, False)
all_: Final = _truth("all", o.all, True)


def count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """What `np.count_nonzero` gives."""
    value = cast(truth_of(lift(a)), _INT)
    kept = False if axis is None and not keepdims else keepdims
    result = reduced(o.sum, value, axes_of("count_nonzero", axis, value.type.ndim), kept)
    return wrap(result)


def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: Any = NO_VALUE) -> Any:
    """What `np.ptp` gives: the largest less the smallest."""
    largest = max_(a, axis, None, keepdims)
    if type(out) is Tracer and meets(out, lift(a)):
        finished("ptp", operand(largest), out)  # numpy keeps it there, and looks for the smallest
    result = np.subtract(largest, min_(a, axis, None, keepdims))
    return finished("ptp", operand(result), out)


def _winner(name: str, op: Op) -> Callable[..., Any]:
    def handler(a: Any, axis: Any = None, out: Any = None, *, keepdims: Any = NO_VALUE) -> Any:
        value = operand(a)
        shape = value.type.shape
        _require_index_target(name, out)
        if axis is None:
            value, at = reshaped(value, (value.type.size,)), 0
        else:
            at = one_axis(name, axis, max(value.type.ndim, 1))
            value = value if shape else reshaped(value, (1,))
        require_some(value.type.shape[at], f"np.{name}: attempt to get {name} of an empty sequence")
        if value.type.dtype.kind == "c":
            result = place_of_extreme(value, at, op is o.argmax)
        else:
            result = op(value, axis=at)
        if given(keepdims) and keepdims:
            result = with_ones(result, shape, range(len(shape)) if axis is None else (at,))
        return finished(name, result, out)

    handler.__doc__ = f"What `np.{name}` gives: the first position of the winner."
    return handler


def _require_index_target(name: str, out: Any) -> None:
    if given(out) and not np.can_cast(out.dtype, _INT, "safe"):
        raise DtypeError(
            f"np.{name}: out is {out.dtype}, which does not cast to int64 safely",
            location=user_location(),
        )


argmax: Final = _winner("argmax", o.argmax)
argmin: Final = _winner("argmin", o.argmin)


# ---- means -------------------------------------------------------------------------------------


def _mean_dtypes(x: Operand, dtype: Any, out: Any) -> tuple[DType, DType]:
    """The dtypes of the sum and of the result: with a target, that of the target."""
    if given(out):
        wide = _mean_dtypes(x, dtype, None)[0]
        if dtype is None and wide == x.type.dtype:
            wide = accumulation_dtype(np.add, wide, None, out)
        return wide, out.dtype
    if dtype is not None:
        return dtype_of(dtype), dtype_of(dtype)
    if x.type.dtype.kind in "biu":
        return _FLOAT, _FLOAT
    return (np.dtype(np.float32), _F16) if x.type.dtype == _F16 else (x.type.dtype, x.type.dtype)


def divided(total: Operand, by: Operand) -> Operand:
    """A sum over a count; integer sums are divided as floats and cut, as numpy does."""
    dtype = total.type.dtype
    wide = _FLOAT if dtype.kind in "biu" else dtype
    result: Operand = o.divide(*same_shape("mean", cast(total, wide), cast(by, wide)))
    return cast(result, dtype)


def counted(
    x: Operand, axes: tuple[int, ...], mask: Operand | None, keepdims: Any, dtype: DType
) -> Operand:
    """How many elements are reduced: a number, or an array where a mask chooses."""
    if mask is None:
        return count_of(x.type.shape, axes, dtype)
    return cast(reduced(o.sum, cast(mask, _INT), axes, keepdims), dtype)


def masked_sum(x: Operand, axes: tuple[int, ...], mask: Operand | None, keepdims: Any) -> Operand:
    """The sum of the elements that the mask chooses."""
    if mask is not None:
        x = choose("sum", mask, x, fill(0, x.type.dtype))
    if x.type.dtype.kind == "b":
        return reduced(o.any, x, axes, keepdims)
    return reduced(o.sum, x, axes, keepdims)


def mean(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = NO_VALUE,
    *,
    where: Any = NO_VALUE,
) -> Any:
    """What `np.mean` gives; float16 is summed in float32."""
    x = operand(a)
    axes = tuple_of_axes("mean", axis, x.type.ndim)
    wide, narrow = _mean_dtypes(x, dtype, out)
    value = cast(x, wide)
    mask = counting_mask(where, value)
    total = masked_sum(value, axes, mask, keepdims)
    total = cast(total, narrow) if given(out) else total
    kind = _FLOAT if total.type.dtype.kind in "biu" else total.type.dtype
    count = counted(value, axes, mask, keepdims, kind)
    return finished("mean", cast(divided(total, count), narrow), out)


TABLE: Final[Table] = {
    np.sum: sum_, np.prod: prod, np.max: max_, np.min: min_, np.amax: max_, np.amin: min_,
    np.any: any_, np.all: all_, np.count_nonzero: count_nonzero, np.ptp: ptp, np.argmax: argmax,
    np.argmin: argmin, np.mean: mean,
}  # fmt: skip
