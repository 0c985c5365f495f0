"""Medians and quantiles: a sort, and the elements around a place in it.

The places are those of Hyndman and Fan, "Sample quantiles in statistical packages" (1996), under
numpy's names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.asserted import require, require_some
from gradloom.frontend.numpy.arguments import real
from gradloom.frontend.numpy.axes import NO_VALUE, axis_set, fill, operand, part, permuted, reshaped
from gradloom.frontend.numpy.direct import apply
from gradloom.frontend.numpy.lexical import in_order, take_along
from gradloom.frontend.numpy.lift import as_array, cast, lift
from gradloom.frontend.numpy.reduce import finished, given, mean
from gradloom.frontend.numpy.spread import weights_like
from gradloom.frontend.numpy.weighted import weighted
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, wrap
from gradloom.ir import ops as o
from gradloom.ir.errors import ArgumentError, ShapeError
from gradloom.ir.graph import Operand
from gradloom.ir.location import user_location
from gradloom.ir.ops.rules import broadcast
from gradloom.ir.types import Dim, Shape, size_of

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table

_INT: Final = np.dtype(np.int64)
_DOUBLE: Final = np.dtype(np.float64)


# ---- places in a sorted sequence ---------------------------------------------------------------


def _fitted(alpha: float, beta: float) -> Callable[[Any, Any], Any]:
    """Places between elements; alpha and beta are those of the paper."""
    return lambda n, q: n * q + (alpha + q * (1 - alpha - beta)) - 1


def _stepped(shift: float, stays: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Places on elements: the lower one where `stays(part, lower)` holds, else the next."""

    def places(n: Any, q: Any) -> Any:
        at = n * q - 1 - shift
        lower = np.floor(at)
        return np.where(stays(at - lower, lower), lower, lower + 1)

    return places


def _averaged(n: Any, q: Any) -> Any:
    at = n * q - 1
    lower = np.floor(at)
    return np.where(at == lower, lower + 0.5, lower + 1)


METHODS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "linear": lambda n, q: (n - 1) * q,
    "lower": lambda n, q: np.floor((n - 1) * q),
    "higher": lambda n, q: np.ceil((n - 1) * q),
    "nearest": lambda n, q: np.rint((n - 1) * q),
    "midpoint": lambda n, q: 0.5 * (np.floor((n - 1) * q) + np.ceil((n - 1) * q)),
    "inverted_cdf": _stepped(0, lambda part, lower: part == 0),
    "closest_observation": _stepped(
        0.5, lambda part, lower: (part == 0) & (np.remainder(lower, 2) == 1)
    ),
    "averaged_inverted_cdf": _averaged,
    "interpolated_inverted_cdf": _fitted(0, 1),
    "hazen": _fitted(0.5, 0.5),
    "weibull": _fitted(0, 0),
    "median_unbiased": _fitted(1 / 3, 1 / 3),
    "normal_unbiased": _fitted(3 / 8, 3 / 8),
}
"""The place of the q-quantile of n elements, counted from 0."""

_DISCRETE: Final = {"lower", "higher", "nearest", "inverted_cdf", "closest_observation"}
"""The methods whose places are elements."""

_COUNTED: Final = {"averaged_inverted_cdf", "interpolated_inverted_cdf", "weibull"}
"""The methods whose places are whole numbers where n and q are."""


def _between(
    ordered: Operand, n: Any, q: Tracer, method: str, dtype: np.dtype | None, weak: bool
) -> Operand:
    """Quantiles of the first n elements of the sorted last axis; q's axes come first.

    No dtype: elements as they are. Places are counted in q's own dtype, which a half could not.
    """
    trace = require_trace()
    last = ordered.type.ndim - 1
    lead, rest = q.shape, ordered.type.shape[:-1]
    q = wrap(reshaped(q.here(trace), (*lead, *(1,) * len(rest))), "array")
    at = METHODS[method](n, q)
    top = n - 1
    low = np.clip(np.floor(at), 0, top)
    high = np.clip(np.floor(at) + 1, 0, top)
    shape = (*lead, *rest)
    below, above = (
        _element(ordered, operand(i, _INT), shape, last, len(lead)) for i in (low, high)
    )
    if dtype is None:
        return below
    return _mixed(below, above, broadcast(operand(at - np.floor(at)), shape), dtype, weak)


def _mixed(a: Operand, b: Operand, t: Operand, dtype: np.dtype, weak: bool) -> Operand:
    """a + t (b - a), counted from the nearer end, so that t = 0 and t = 1 are exact.

    As numpy has it the difference is one of a's dtype, also where that is too small for it, and
    of a weak t only the product is.
    """
    between = cast(o.subtract(b, a), dtype)
    t = cast(t, _DOUBLE if weak else dtype)
    half, one = (fill(c, t.type.dtype, t.type.shape) for c in (0.5, 1))
    up = o.multiply(between, cast(t, dtype))
    down = o.multiply(between, cast(o.subtract(one, t), dtype))
    result: Operand = o.where(
        o.less(t, half), o.add(cast(a, dtype), up), o.subtract(cast(b, dtype), down)
    )
    return result


def _element(ordered: Operand, index: Operand, shape: Shape, axis: int, lead: int) -> Operand:
    """The elements of the last axis at `index`, which has quantile axes before the others."""
    index = broadcast(index, shape)
    count = size_of(shape[:lead])
    moved = permuted(reshaped(index, (count, *shape[lead:])), (*range(1, axis + 1), 0))
    taken = take_along(ordered, moved, axis)
    return reshaped(permuted(taken, (axis, *range(axis))), shape)


# ---- quantiles ---------------------------------------------------------------------------------


def prepared(name: str, a: Any, axis: Any) -> tuple[Operand, tuple[int, ...]]:
    """The array with the reduced axes made one last axis, and those axes."""
    x = operand(a)
    axes = axis_set(name, axis, x.type.ndim)
    kept = [i for i in range(x.type.ndim) if i not in axes]
    moved = permuted(x, (*kept, *axes))
    return reshaped(
        moved, (*(x.type.shape[i] for i in kept), size_of([x.type.shape[i] for i in axes]))
    ), axes


def _fraction(name: str, q: Any, scale: int) -> Tracer:
    """q between 0 and 1, in the dtype in which numpy counts places."""
    given_q = lift(real("q", q, np.dtype(float)))
    traced = type(q) is Tracer
    if not traced:
        array = np.asarray(q)
        if array.size and not ((array >= 0) & (array <= scale)).all():
            raise ShapeError(
                f"np.{name}: q must be in the range [0, {scale}]", location=user_location()
            )
    else:
        bounded: Any = as_array(given_q)
        inside = np.logical_and(bounded >= 0, bounded <= scale)
        require(inside, f"np.{name}: q must be in the range [0, {scale}]", "ShapeError")
    if scale == 100:
        return apply(np.true_divide, [given_q, lift(100)])
    return wrap(operand(given_q, given_q.dtype if given_q.dtype.kind == "f" else _DOUBLE))


def _is_whole(q: Any, dtype: np.dtype) -> bool:
    """Whether q is of whole numbers for numpy, which then asks for the first and last element."""
    return lift(q).dtype.kind in "iub" and not (_is_weak(q) and dtype.kind == "f")


def _is_weak(q: Any) -> bool:
    """Whether q is Python's own number, whose dtype gives way; np.float64 is one, and strong."""
    return type(q) in (int, float) or (type(q) is Tracer and q.kind == "weak")


def quantiles(
    name: str,
    a: Any,
    q: Any,
    axis: Any,
    out: Any,
    method: str,
    keepdims: Any,
    weights: Any,
    scale: int,
    skips: bool,
) -> Any:
    """The quantiles of a; `skips` leaves out NaN instead of giving it back."""
    if method not in METHODS:
        raise ShapeError(
            f"np.{name}: {method!r} is not a valid method, use one of {list(METHODS)}",
            location=user_location(),
        )
    if weights is not None and method != "inverted_cdf":
        raise ArgumentError(
            f"np.{name}: only method 'inverted_cdf' supports weights, and this is {method!r}"
        )
    shape = lift(a).shape
    x, axes = prepared(name, a, axis)
    if x.type.dtype.kind == "c":
        raise TypeError("a must be an array of real numbers")
    n: Any = x.type.shape[-1]
    ends = scale == 1 and weights is None and _is_whole(q, x.type.dtype)
    keeps = method in _DISCRETE or (ends and method == "linear")
    if x.type.dtype.kind == "b" and not keeps:
        raise TypeError(
            f"np.{name}: bool has no values between, so method {method!r} has no answer"
        )
    if n == 0 and skips and lift(q).ndim == 0:
        return mean(wrap(x, "array"), -1)
    if n == 0:
        raise ShapeError(
            f"np.{name}: there is no quantile of no elements", location=user_location()
        )
    if "median" not in name and not skips:
        told = f"np.{name}: there is no quantile of no elements"
        require_some(n, told, "IndexOutOfRange")
    fraction = _fraction(name, q, scale)
    lead = fraction.shape
    if fraction.ndim > 2:
        raise ShapeError(f"np.{name}: q must be a scalar or 1d", location=user_location())
    if weights is None:
        ordered = o.sort(x, axis=x.type.ndim - 1)
        counted = _count(ordered, n, skips)
        whole = ends and method in _COUNTED
        if whole and not _is_weak(q) and x.type.dtype.kind in "iu":
            ordered, keeps = cast(ordered, np.result_type(x.type.dtype, _INT)), True
        dtype = None if keeps else _common(x.type.dtype, fraction.dtype, _is_weak(q), whole)
        result = _between(ordered, counted, fraction, method, dtype, _is_weak(q))
    else:
        _require_weights(name, weights, axes if lift(weights).ndim == len(shape) else (0,))
        spread = weights_like(name, lift(a), lift(weights), axis, axes)
        ordered, result = weighted(name, x, prepared(name, spread, axis)[0], fraction, skips)
    result = _with_nan(result, ordered, lead, skips)
    if weights is not None and not keepdims and not given(out):
        return wrap(result, "array")
    return _returned(name, result, out, (*lead, *_ones(shape, axes)) if keepdims else None)


def _common(dtype: np.dtype, other: np.dtype, weak: bool, whole: bool) -> np.dtype:
    """The dtype of what lies between elements."""
    if weak:
        return dtype if dtype.kind == "f" else _DOUBLE
    return np.result_type(dtype, np.int64 if whole else other)


def _require_weights(name: str, weights: Any, axes: tuple[int, ...]) -> None:
    given_weights = as_array(weights)
    if given_weights.dtype.kind == "c":
        raise ArgumentError(f"np.{name}: complex weights have no order")
    require(given_weights >= 0, f"np.{name}: weights must be non-negative")
    total: Any = np.sum(given_weights, axis=axes)
    some = np.logical_and(total > 0, np.isfinite(total))
    require(some, f"np.{name}: weights include NaN or inf, or are all zero")


def _ones(shape: Shape, axes: tuple[int, ...]) -> Shape:
    return tuple(1 if i in axes else d for i, d in enumerate(shape))


def _returned(name: str, result: Operand, out: Any, shape: Shape | None) -> Any:
    """The result; in the shape that keeps axes when one is given, and then always an array."""
    if shape is None or given(out):
        return finished(name, result if shape is None else reshaped(result, shape), out)
    return wrap(reshaped(result, shape), "array")


def _count(ordered: Operand, n: Any, skips: bool) -> Any:
    """How many elements count: all, or (NaN left out) one number per row, at least 1."""
    if not skips or not ordered.type.inexact:
        return wrap(o.dim(size=n)) if isinstance(n, Dim) else n
    present = cast(o.logical_not(o.isnan(ordered)), _INT)
    return np.maximum(wrap(o.sum(present, axes=(ordered.type.ndim - 1,)), "array"), 1)


def _with_nan(result: Operand, ordered: Operand, lead: Shape, skips: bool) -> Operand:
    """NaN where a row has one (they are sorted last); rows of NaN alone give NaN by themselves."""
    if skips or not ordered.type.inexact:
        return result
    axis = ordered.type.ndim - 1
    last = take_last(ordered, axis)
    rest = ordered.type.shape[:-1]
    bad = broadcast(o.isnan(reshaped(last, rest)), (*lead, *rest))
    lost: Operand = fill(np.nan, result.type.dtype, result.type.shape)
    if ordered.type.dtype.kind == "c":  # which part is NaN stays to be seen
        lost = cast(broadcast(reshaped(last, rest), (*lead, *rest)), result.type.dtype)
    made: Operand = o.where(bad, lost, result)
    return made


def take_last(x: Operand, axis: int) -> Operand:
    """The last element along an axis, kept as size 1."""
    size = x.type.shape[axis]
    return part(x, axis, size - 1, size)


def _quantile_function(name: str, scale: int, skips: bool) -> Callable[..., Any]:
    absent: Any = NO_VALUE if skips else False

    def handler(
        a: Any,
        q: Any,
        axis: Any = None,
        out: Any = None,
        overwrite_input: bool = False,
        method: str = "linear",
        keepdims: Any = absent,
        *,
        weights: Any = None,
    ) -> Any:
        keeps = given(keepdims) and keepdims
        return quantiles(name, a, q, axis, out, method, keeps, weights, scale, skips)

    handler.__doc__ = f"What `np.{name}` gives."
    return handler


percentile: Final = _quantile_function("percentile", 100, False)
quantile: Final = _quantile_function("quantile", 1, False)
nanpercentile: Final = _quantile_function("nanpercentile", 100, True)
nanquantile: Final = _quantile_function("nanquantile", 1, True)


# ---- medians -----------------------------------------------------------------------------------


def _median_function(name: str, skips: bool) -> Callable[..., Any]:
    absent: Any = NO_VALUE if skips else False

    def handler(
        a: Any,
        axis: Any = None,
        out: Any = None,
        overwrite_input: bool = False,
        keepdims: Any = absent,
    ) -> Any:
        shape = lift(a).shape
        x, axes = prepared(name, a, axis)
        if x.type.shape[-1] == 0:
            return finished(name, operand(mean(wrap(x, "array"), -1)), out)
        ordered = in_order(x, x.type.ndim - 1)
        result = _middle(ordered, _count(ordered, x.type.shape[-1], skips))
        result = _with_nan(result, ordered, (), skips)
        return _returned(
            name, result, out, _ones(shape, axes) if given(keepdims) and keepdims else None
        )

    handler.__doc__ = f"What `np.{name}` gives."
    return handler


def _middle(ordered: Operand, n: Any) -> Operand:
    """The mean of the two elements in the middle of the first n of the last axis."""
    rest = ordered.type.shape[:-1]
    axis = ordered.type.ndim - 1
    places = (np.floor_divide(n - 1, 2), np.floor_divide(n, 2))
    pair = [_element(ordered, operand(p, _INT), rest, axis, 0) for p in places]
    shape = (1, *rest)
    both = o.concatenate(*[reshaped(p, shape) for p in pair], axis=0)
    return operand(mean(wrap(both, "array"), 0))


median: Final = _median_function("median", False)
nanmedian: Final = _median_function("nanmedian", True)

TABLE: Final[Table] = {
    np.percentile: percentile, np.quantile: quantile, np.nanpercentile: nanpercentile,
    np.nanquantile: nanquantile, np.median: median, np.nanmedian: nanmedian,
}  # fmt: skip
