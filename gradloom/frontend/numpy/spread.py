"""Variances, deviations and weighted means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.asserted import require
from gradloom.frontend.numpy.arguments import dtype_or, one_number, real
from gradloom.frontend.numpy.axes import (
    NO_VALUE,
    axis_set,
    choose,
    count_of,
    fill,
    operand,
    permuted,
    reshaped,
    same_shape,
)
from gradloom.frontend.numpy.lift import cast, lift
from gradloom.frontend.numpy.reduce import (
    counted,
    counting_mask,
    divided,
    finished,
    given,
    masked_sum,
    mean,
    sum_,
    tuple_of_axes,
)
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, wrap
from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError, ShapeError
from gradloom.ir.graph import Operand
from gradloom.ir.location import user_location
from gradloom.ir.ops.rules import broadcast
from gradloom.ir.types import DType

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table

_FLOAT: Final = np.dtype(np.float64)


def _spread(
    name: str,
    a: Any,
    axis: Any,
    dtype: Any,
    ddof: Any,
    keepdims: Any,
    where: Any,
    mean: Any,
    correction: Any,
    out: Any,
) -> Operand:
    """The variance, in numpy's steps: only sums are computed in `dtype`."""
    x = operand(a)
    axes = tuple_of_axes(name, axis, x.type.ndim)
    mask = counting_mask(where, x)
    ddof = _subtracted(name, ddof, correction)
    own = x.type.dtype
    kind = _accumulator(own, dtype)
    if given(mean):
        middle = operand(real("mean=", mean, own))
    else:
        middle = _middle(cast(x, kind), axes, mask)
    squares = _squared(_difference(name, x, middle))
    if own.kind in "biu" or dtype is not None:
        squares = cast(squares, kind)
    total = masked_sum(squares, axes, mask, keepdims)
    total = cast(total, out.dtype) if given(out) else total
    count = counted(x, axes, mask, keepdims, _float_of(total))
    return divided(total, count if type(ddof) is int and not ddof else _at_least_zero(count - ddof))


def _subtracted(name: str, ddof: Any, correction: Any) -> Any:
    """What is taken off the count, one number."""
    if correction is not NO_VALUE:
        if ddof != 0:
            raise ShapeError(
                f"np.{name}: ddof and correction cannot both be given", location=user_location()
            )
        return real("correction=", one_number("correction=", correction), _FLOAT)
    return real("ddof=", one_number("ddof=", ddof), _FLOAT)


def _at_least_zero(degrees: Operand) -> Operand:
    result: Operand = o.maximum(degrees, fill(0, degrees.type.dtype, degrees.type.shape))
    return result


def _accumulator(own: DType, dtype: Any) -> DType:
    return dtype_or(dtype, _FLOAT if own.kind in "biu" else own)


def _float_of(x: Operand) -> DType:
    """The dtype in which a sum is divided by a count."""
    return x.type.dtype if x.type.dtype.kind == "f" else _FLOAT


def _middle(x: Operand, axes: tuple[int, ...], mask: Operand | None) -> Operand:
    total = masked_sum(x, axes, mask, True)
    return divided(total, counted(x, axes, mask, True, _float_of(total)))


def _difference(name: str, x: Operand, middle: Operand) -> Operand:
    dtype = np.result_type(x.type.dtype, middle.type.dtype)
    result: Operand = o.subtract(*same_shape(name, cast(x, dtype), cast(middle, dtype)))
    return result


def _root(x: Operand) -> Operand:
    """The square root, chosen so that its derivative at 0 is 0."""
    root = cast(o.sqrt(cast(x, _FLOAT) if x.type.dtype.kind in "biu" else x), x.type.dtype)
    zero = fill(0, x.type.dtype, x.type.shape)
    return choose("std", o.equal(x, zero), zero, root)


def _squared(x: Operand) -> Operand:
    """The square of the absolute value."""
    if x.type.dtype.kind == "c":
        real, imag = o.real(x), o.imag(x)
        return real * real + imag * imag  # type: ignore[no-any-return]
    return o.multiply(x, x)  # type: ignore[no-any-return]


def var(
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
    """What `np.var` gives."""
    made = _spread("var", a, axis, dtype, ddof, keepdims, where, mean, correction, out)
    return finished("var", made, out)


def std(
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
    """What `np.std` gives: the root of the variance."""
    made = _spread("std", a, axis, dtype, ddof, keepdims, where, mean, correction, out)
    target = made.type.dtype if not given(out) else out.dtype
    if target.kind in "biu" and (given(out) or (dtype is not None and made.type.ndim)):
        raise DtypeError(f"np.std: a root does not cast to {target} with casting rule 'same_kind'")
    return finished("std", _root(made), out)


def average(
    a: Any,
    axis: Any = None,
    weights: Any = None,
    returned: bool = False,
    *,
    keepdims: Any = NO_VALUE,
) -> Any:
    """What `np.average` gives: the mean, weighted."""
    x = lift(a)
    axes = axis_set("average", axis, x.ndim)
    keep = False if keepdims is NO_VALUE else keepdims
    if weights is None:
        result = mean(x, axes, keepdims=keep)
        count = wrap(count_of(x.shape, axes, result.dtype), "scalar")
    else:
        w = weights_like("average", x, lift(weights), axis, axes)
        dtype = np.result_type(x.dtype, w.dtype, *(["f8"] if x.dtype.kind in "biu" else []))
        count = sum_(w, axes, dtype, keepdims=keep)
        some = np.not_equal(count, 0)
        told = "np.average: weights sum to zero, so the mean is not defined"
        require(some, told, "NothingToDivideBy")
        result = np.divide(sum_(np.multiply(x, w, dtype=dtype), axes, dtype, keepdims=keep), count)
    if not returned:
        return result
    total = broadcast(cast(count.here(require_trace()), result.dtype), result.shape)
    return result, wrap(total)


def weights_like(name: str, x: Tracer, w: Tracer, axis: Any, axes: tuple[int, ...]) -> Tracer:
    """The weights, broadcast to the shape of x."""
    value = w.here(require_trace())
    if w.shape != x.shape:
        if axis is None:
            raise TypeError("Axis must be specified when shapes of a and weights differ.")
        order = [a % x.ndim for a in (axis if isinstance(axis, tuple) else (axis,))]
        if w.shape != tuple(x.shape[a] for a in order):
            raise ShapeError(
                f"np.{name}: weights {w.shape} do not fit axes {tuple(order)} of {x.aval}",
                location=user_location(),
            )
        value = permuted(value, [order.index(a) for a in axes])
        value = reshaped(value, tuple(d if i in axes else 1 for i, d in enumerate(x.shape)))
    return wrap(broadcast(value, x.shape))


TABLE: Final[Table] = {np.var: var, np.std: std, np.average: average}
