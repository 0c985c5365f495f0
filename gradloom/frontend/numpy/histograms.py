"""Counting: bincount and histograms. Counts have no derivative, sums of weights do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.asserted import require
from gradloom.frontend.numpy.arguments import integer, shown
from gradloom.frontend.numpy.lift import Array, as_array, at_hand, lift
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, wrap
from gradloom.ir import ops as o
from gradloom.ir.errors import CallError, DtypeError, ShapeError
from gradloom.ir.graph import literal
from gradloom.ir.ops.rules import INDEX, broadcast
from gradloom.ir.types import Dim, DType, size_of, tensor_type

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table


def _tally(index: Array, count: Any, weights: Array | None, dtype: DType) -> Array:
    """Per number below `count`, how often it stands in `index` (or the sum of its weights)."""
    trace = require_trace()
    zeros = literal(0, tensor_type(dtype, (count,)))
    if count == 0:
        return wrap(zeros, "array")
    where = index.astype(INDEX).here(trace)
    given = (
        literal(1, tensor_type(dtype, (1,)))
        if weights is None
        else weights.astype(dtype).here(trace)
    )
    made = o.scatter(zeros, broadcast(given, where.type.shape), where, axes=(0,), mode="add")
    return wrap(made, "array")


# ---- whole numbers -------------------------------------------------------------------------------


def bincount(x: Any, /, weights: Any = None, minlength: Any = 0) -> Any:
    """How often each number stands in `x`; with `minlength` given, of numbers below it."""
    index = as_array(x)
    if index.ndim != 1:
        raise ShapeError(f"np.bincount: a vector is due, not an array of {index.ndim} axes")
    if index.dtype.kind not in "iub":
        raise DtypeError(f"np.bincount: numbers of dtype {index.dtype}, and integers are due")
    given = None if weights is None else as_array(weights)
    if given is not None and given.dtype.kind == "c":
        raise DtypeError("np.bincount: complex weights are not defined")
    if given is not None and given.shape != index.shape:
        raise ShapeError(f"np.bincount: {given.shape} weights for {index.shape} numbers")
    minlength = minlength if isinstance(minlength, Dim) else integer("minlength=", minlength)
    if minlength < 0:
        raise ShapeError("np.bincount: 'minlength' must not be negative")
    count = _count_from(index, minlength)
    return _tally(index, count, given, np.dtype(np.int64 if given is None else np.float64))


def _count_from(index: Array, least: int) -> int:
    """One more than the largest number, or `least`; that where no values are at hand."""
    trace = require_trace()
    known = at_hand(index) if least else None
    if known is None and least:
        bounded: Any = index
        told = f"np.bincount: numbers from 0 to {least - 1} are due where minlength={least} decides"
        require(np.logical_and(bounded >= 0, bounded < least), told, "ShapeError")
        return least
    if known is None:
        what = "np.bincount without minlength= (its largest number is a shape)"
        known = np.asarray(trace.value_of(index.here(trace), what))
    if known.size and known.min() < 0:
        raise ShapeError("np.bincount: 'list' argument must have no negative elements")
    return max(least, int(known.max()) + 1 if known.size else 0)


# ---- histograms ----------------------------------------------------------------------------------


def _is_number(bins: Any) -> bool:
    """Whether bins are a number of them; lists of edges may differ in length."""
    return not isinstance(bins, Sequence) and np.ndim(bins) == 0


def _outer(x: Array, limits: Any) -> tuple[Any, Any]:
    """First and last edge: given, or of the elements; half a unit wider when they meet."""
    if limits is not None:
        first, last = limits
        if np.ndim(first) or np.ndim(last):
            raise CallError(
                f"np.histogram: range= is of two numbers, not {shown(first)} and {shown(last)}",
                hint="say range=(lowest, highest)",
            )
        if not (isinstance(first, Tracer) or isinstance(last, Tracer)):
            if first > last:
                raise ValueError("max must be larger than min in range parameter.")
            if not (np.isfinite(first) and np.isfinite(last)):
                raise ValueError(f"supplied range of [{first}, {last}] is not finite")
            return (first, last) if first != last else (first - 0.5, last + 0.5)
    elif x.size == 0:
        return 0, 1
    else:
        first, last = np.min(x), np.max(x)
        if x.dtype.kind in "fc":
            ends = np.logical_and(np.isfinite(first), np.isfinite(last))
            require(ends, "np.histogram: the autodetected range of the elements is not finite")
    meet = np.equal(first, last)
    return np.where(meet, first - 0.5, first), np.where(meet, last + 0.5, last)


def _edges(x: Array, bins: Any, limits: Any, dtype: DType | None) -> Array:
    """The edges, from their number or as given."""
    if _is_number(bins):
        count = integer("bins=", bins)
        if count < 1:
            raise ValueError("`bins` must be positive, when an integer")
        first, last = _outer(x, limits)
        if dtype is None:
            return as_array(np.linspace(first, last, count + 1))
        return as_array(np.linspace(first, last, count + 1, dtype=dtype))
    if np.ndim(bins) != 1:
        raise ValueError("`bins` must be 1d, when an array")
    edges = as_array(bins)
    rises = np.logical_not(edges[:-1] > edges[1:])
    require(rises, "np.histogram: `bins` must increase monotonically, when an array")
    return edges


def _ruled(x: Array, rule: str, limits: Any, weights: Any) -> int:
    """How many bins a rule makes of the values at hand."""
    if weights is not None:
        raise TypeError(
            "Automated estimation of the number of bins is not supported for weighted data"
        )
    trace = require_trace()
    what = f"np.histogram with bins={rule!r} (the number of bins is a shape)"
    value = np.asarray(trace.value_of(lift(x).here(trace), what))
    ends: Any = None if limits is None else tuple(map(at_hand, limits))
    return len(np.histogram_bin_edges(value, rule, ends)) - 1


def _places(x: Array, edges: Array) -> tuple[Array, Array]:
    """The bin of each element (the last one closed), and whether it is in any."""
    count = edges.shape[0] - 1
    below: Any = np.searchsorted(edges, x, side="right")
    place = np.where(x == edges[-1], count - 1, below - 1)
    inside = np.logical_and(x >= edges[0], x <= edges[-1])
    return np.clip(place, 0, count - 1), inside


def _edge_dtype(x: Array, bins: Any, limits: Any) -> DType:
    """numpy's dtype for edges of equal width."""
    ends = _outer(x, limits)
    common = np.result_type(
        *[e.dtype if isinstance(e, Tracer | np.generic) else e for e in ends], x.dtype
    )
    return np.result_type(common, float) if common.kind in "iub" else common


def histogram(
    a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    """The count of elements per bin (or their summed weights, or a density), and the edges."""
    x = np.ravel(as_array(a))
    x = x.astype(np.uint8) if x.dtype.kind == "b" else x
    _require_weights(weights, a)
    given = None if weights is None else np.ravel(as_array(weights))
    if isinstance(bins, str):
        bins = _ruled(x, bins, range, weights)
    dtype = _edge_dtype(x, bins, range) if _is_number(bins) else None
    edges = _edges(x, bins, range, dtype)
    place, inside = _places(x.astype(dtype) if dtype is not None else x, edges)
    kept = inside if given is None else np.where(inside, given, given.dtype.type(0))
    counts = _tally(
        place, edges.shape[0] - 1, lift(kept), np.dtype(np.int64) if given is None else given.dtype
    )
    if density:
        return counts / np.diff(edges).astype(np.float64) / np.sum(counts), edges
    return counts, edges


def _require_weights(weights: Any, a: Any) -> None:
    if weights is not None and as_array(weights).shape != lift(a).shape:
        told = f"{as_array(weights).shape} for elements of shape {lift(a).shape}"
        raise ShapeError(f"np.histogram: weights of shape {told}")


def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:
    """The edges that `histogram` would use."""
    _require_weights(weights, a)
    x = np.ravel(as_array(a))
    if isinstance(bins, str):
        bins = _ruled(x, bins, range, weights)
    return _edges(x, bins, range, _edge_dtype(x, bins, range) if _is_number(bins) else None)


def histogramdd(
    sample: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    """Counts over boxes of several coordinates, and the edges of each."""
    points: Array = lift(sample)
    if points.ndim > 2 and not isinstance(sample, list | tuple):
        raise ShapeError(f"np.histogramdd: points in rows are due, not {points.aval}")
    if points.ndim != 2 or isinstance(sample, list | tuple):
        points = np.transpose(np.atleast_2d(points))
    ndim = int(points.shape[1])
    if not ndim:
        raise ValueError("object of too small depth for desired array")
    per_axis = [bins] * ndim if _is_number(bins) else list(bins)
    if len(per_axis) != ndim:
        raise ValueError("The dimension of bins must be equal to the dimension of the sample x.")
    ranges = [None] * ndim if range is None else list(range)
    columns = [points[:, i] for i in _numbers(ndim)]
    edges = [_edges(c, b, r, None) for c, b, r in zip(columns, per_axis, ranges, strict=True)]
    shape = tuple(e.shape[0] - 1 for e in edges)
    if weights is not None and as_array(weights).dtype.kind == "c":
        raise DtypeError(
            "np.histogramdd: complex weights are not defined",
            hint="count by np.real and np.imag of the weights",
        )
    if weights is not None and as_array(weights).shape != points.shape[:1]:
        told = f"weights of shape {as_array(weights).shape} for {points.shape[0]} points"
        raise ShapeError(f"np.histogramdd: {told}")
    flat, kept = _flat_places(columns, edges)
    given = kept.astype(np.float64) if weights is None else np.where(kept, as_array(weights), 0.0)
    counts = np.reshape(_tally(flat, size_of(shape), given, np.dtype(np.float64)), shape)
    if density:
        total = np.sum(counts)
        for i, e in enumerate(edges):
            counts = counts / np.reshape(np.diff(e), (1,) * i + (-1,) + (1,) * (ndim - i - 1))
        counts = counts / total
    return counts, edges


_numbers: Final = range
"""`range`, which numpy's histograms use as an argument's name."""


def _flat_places(columns: list[Array], edges: list[Array]) -> tuple[Any, Any]:
    flat: Any = 0
    kept: Any = True
    for column, e in zip(columns, edges, strict=True):
        place, inside = _places(column, e)
        flat = flat * (e.shape[0] - 1) + place
        kept = np.logical_and(kept, inside)
    return flat, kept


def histogram2d(
    x: Any, y: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    """Counts over rectangles, and the edges of both coordinates."""
    if lift(x).shape != lift(y).shape:
        raise ValueError("x and y must have the same length.")
    if not _is_number(bins) and len(bins) not in (1, 2):
        bins = [bins, bins]
    counts, edges = histogramdd([x, y], bins, range, density, weights)
    return counts, edges[0], edges[1]


TABLE: Final[Table] = {
    np.bincount: bincount,
    np.histogram: histogram,
    np.histogramdd: histogramdd,
    np.histogram2d: histogram2d,
    np.histogram_bin_edges: histogram_bin_edges,
}
