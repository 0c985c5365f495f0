"""Differences, numerical derivatives and integrals, and interpolation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.arguments import real
from gradloom.frontend.numpy.axes import operand
from gradloom.frontend.numpy.lift import Array, as_array, lift, scalar_if_rank_0
from gradloom.frontend.numpy.special import inexact
from gradloom.frontend.tracer import Tracer, wrap
from gradloom.ir import ops as o
from gradloom.ir.errors import CallError, DtypeError, ShapeError
from gradloom.ir.location import user_location
from gradloom.ir.ops.rules import normal_axis
from gradloom.ir.types import Dim

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table


def _along(axis: int, part: Any) -> tuple[Any, ...]:
    """The index that takes `part` of one axis."""
    return (*[slice(None)] * axis, part)


# ---- differences ---------------------------------------------------------------------------------


def diff(
    a: Any, n: int = 1, axis: int = -1, prepend: Any = np._NoValue, append: Any = np._NoValue
) -> Any:
    """The `n`-th difference of neighbours along one axis."""
    if n == 0:
        return a
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n!r}")
    x = as_array(a)
    if not x.ndim:
        raise ValueError("diff requires input that is at least one dimensional")
    axis = normal_axis("diff", axis, x.ndim)
    ends = [_end(e, x, axis) for e in (prepend, append)]
    if any(e is not None for e in ends):
        x = lift(np.concatenate([e for e in (ends[0], x, ends[1]) if e is not None], axis=axis))
    for _ in range(n):
        ufunc = np.not_equal if x.dtype.kind == "b" else np.subtract
        x = ufunc(x[_along(axis, slice(1, None))], x[_along(axis, slice(None, -1))])
    return x


def _end(end: Any, x: Array, axis: int) -> Any:
    if end is np._NoValue:
        return None
    given = as_array(end)
    shape = (*x.shape[:axis], 1, *x.shape[axis + 1 :])
    return given if given.ndim else np.broadcast_to(given, shape)


def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """The differences of neighbours in the flattened array, with given numbers before and after."""
    x = np.ravel(as_array(ary))
    parts = [x[1:] - x[:-1]]
    for extra, place in ((to_begin, 0), (to_end, len(parts) + 1)):
        if extra is not None:
            given = np.ravel(as_array(extra))
            if not np.can_cast(given.dtype, x.dtype, "same_kind"):
                raise TypeError(
                    f"dtype {given.dtype} of to_begin or to_end does not fit the array's {x.dtype}"
                )
            parts.insert(place, given.astype(x.dtype))
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


# ---- gradient ------------------------------------------------------------------------------------


def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Central differences inside, one-sided at the edges, along each axis asked for."""
    if as_array(f).dtype.kind == "b":
        raise DtypeError(
            "np.gradient: truth values have no differences", hint="convert with astype(int)"
        )
    x = inexact(f)
    chosen = range(x.ndim) if axis is None else (axis,) if np.ndim(axis) == 0 else tuple(axis)
    axes = [normal_axis("gradient", a, x.ndim) for a in chosen]
    if len(set(axes)) != len(axes):
        raise ShapeError(
            f"np.gradient: an axis occurs twice in axis={axis}",
            location=user_location(),
            hint="name every axis once",
        )
    if edge_order > 2:
        raise ValueError("'edge_order' greater than 2 not supported")
    spacings = _spacings(x, axes, varargs)
    parts = tuple(_slope(x, a, h, edge_order) for a, h in zip(axes, spacings, strict=True))
    return parts[0] if len(parts) == 1 else parts


def _spacings(x: Array, axes: list[int], given: tuple[Any, ...]) -> list[Any]:
    """Per axis a number, or the differences of the coordinates."""
    if len(given) not in (0, 1, len(axes)):
        raise TypeError("invalid number of arguments")
    if not given:
        return [1.0] * len(axes)
    if len(given) == 1 and len(axes) > 1:
        if np.ndim(given[0]):
            raise TypeError("invalid number of arguments")
        given = given * len(axes)
    return [_spacing(h, x, a) for h, a in zip(given, axes, strict=True)]


def _spacing(h: Any, x: Array, axis: int) -> Any:
    coordinates = lift(h)
    if not coordinates.ndim:
        return h
    if coordinates.shape != (x.shape[axis],):
        raise ShapeError(
            f"gradient: coordinates of shape {coordinates.shape} "
            f"for an axis of size {x.shape[axis]}"
        )
    # numpy counts in floats: differences of unsigned numbers would wrap round
    whole = coordinates.dtype.kind in "iu"
    differences = np.diff(coordinates.astype(np.float64) if whole else coordinates)
    known = None if type(h) is Tracer else np.diff(np.asarray(h, np.float64 if whole else None))
    even = known is not None and known.size and (known == known[0]).all()
    return known[0] if known is not None and even else differences


def _slope(x: Array, axis: int, h: Any, edge_order: int) -> Any:
    size = x.shape[axis]
    if not isinstance(size, Dim) and size < edge_order + 1:
        raise ShapeError(
            f"gradient: {edge_order + 1} elements are due along axis {axis}, not {size}"
        )
    y = np.moveaxis(x, axis, -1)
    uneven = np.ndim(h) == 1
    if uneven:
        before, after = h[:-1], h[1:]
        a = -after / (before * (before + after))
        b = (after - before) / (before * after)
        c = before / (after * (before + after))
        inside = a * y[..., :-2] + b * y[..., 1:-1] + c * y[..., 2:]
    else:
        inside = (y[..., 2:] - y[..., :-2]) / (2.0 * h)
    first, last = (_edge(y, h, uneven, edge_order, at_end) for at_end in (False, True))
    result = np.concatenate([first, inside, last], axis=-1).astype(x.dtype)
    return np.moveaxis(result, -1, axis)


def _edge(y: Any, h: Any, uneven: bool, order: int, at_end: bool) -> Any:
    """The one-sided difference at the first or last element, of shape [..., 1]."""
    near, next_, third = (
        y[..., i : i + 1 or None] for i in ((-1, -2, -3) if at_end else (0, 1, 2))
    )
    h1 = h[-1 if at_end else 0] if uneven else h
    if order == 1:
        return (near - next_ if at_end else next_ - near) / h1
    h2 = h[-2 if at_end else 1] if uneven else h
    a = -(2.0 * h1 + h2) / (h1 * (h1 + h2))
    b = (h1 + h2) / (h1 * h2)
    c = -h1 / (h2 * (h1 + h2))
    return -c * third - b * next_ - a * near if at_end else a * near + b * next_ + c * third


# ---- trapezoid -----------------------------------------------------------------------------------


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """The integral by the trapezoidal rule."""
    values = as_array(y)
    at = normal_axis("trapezoid", axis, values.ndim)
    width = dx
    if x is not None:  # where it has other axes than y, `axis` counts in each of them
        coordinates = as_array(x)
        width = np.diff(coordinates, axis=-1 if coordinates.ndim == 1 else axis)
        if coordinates.ndim == 1:
            width = np.reshape(width, (-1,) + (1,) * (values.ndim - at - 1))
    pairs = values[_along(at, slice(1, None))] + values[_along(at, slice(None, -1))]
    return np.sum(width * pairs / 2.0, axis=axis)


# ---- interp --------------------------------------------------------------------------------------


def interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Any:
    """The piecewise linear function through (xp, fp) at x; outside, constant or as given."""
    at, points, values = as_array(x), as_array(xp), as_array(fp)
    for name, array in (("x", at), ("xp", points)):
        if array.dtype.kind == "c":
            raise DtypeError(
                f"np.interp: {name} is {array.dtype}, and only fp may be complex",
                hint=f"take np.real({name})",
            )
    for name, end in (("left", left), ("right", right)) if period is None else ():
        if np.ndim(end):
            raise CallError(f"np.interp: {name} is one number, not an array")
        if end is not None:
            real(f"{name}=", end, values.dtype)
    at = at.astype(np.float64)
    if points.ndim != 1 or values.shape != points.shape:
        raise ShapeError(
            f"interp: xp and fp of shapes {points.shape} and {values.shape}",
            hint="give two vectors of one size",
        )
    if points.shape[0] == 0:
        raise ValueError("array of sample points is empty")
    points = points.astype(np.float64)
    values = values.astype(np.complex128 if values.dtype.kind == "c" else np.float64)
    if period is not None:
        at, points, values = _periodic(at, points, values, period)
        left = right = None
    if values.dtype.kind == "c":  # each part by itself: an infinite one leaves the other as it is
        parts = [operand(_lines(at, points, part)) for part in (values.real, values.imag)]
        result: Any = wrap(o.complex(*parts))
    else:
        result = _lines(at, points, values)
    result = np.where(at < points[0], values[0] if left is None else left, result)
    result = np.where(at > points[-1], values[-1] if right is None else right, result)
    return scalar_if_rank_0(lift(np.where(np.isnan(at), at, result)).astype(values.dtype))


def _lines(at: Array, points: Array, values: Array) -> Any:
    """Inside the points, along the line of the segment that holds `at`; where an infinite value
    makes that NaN, counted from the other end, as numpy does.
    """
    if points.shape[0] == 1:
        return np.broadcast_to(values[0], at.shape)
    j = np.clip(np.searchsorted(points, at, side="right") - 1, 0, points.shape[0] - 2)
    x0, x1, y0, y1 = points[j], points[j + 1], values[j], values[j + 1]
    width = np.where(x1 == x0, 1.0, x1 - x0)
    slope = (y1 - y0) / width
    line, back = y0 + slope * (at - x0), y1 + slope * (at - x1)
    flat = (at == x0) | (np.isnan(back) & (y0 == y1))
    line = np.where(np.isnan(line), np.where(flat, y0, back), line)
    return np.where(at == x1, y1, line)


def _periodic(at: Array, points: Array, values: Array, period: Any) -> tuple[Array, Array, Array]:
    if not isinstance(period, Tracer) and period == 0:
        raise ValueError("period must be a non-zero value")
    period = np.abs(period)
    points = points % period
    order = np.argsort(points)
    points, values = points[order], values[order]
    points = np.concatenate([points[-1:] - period, points, points[:1] + period])
    return at % period, points, np.concatenate([values[-1:], values, values[:1]])


TABLE: Final[Table] = {
    np.diff: diff,
    np.ediff1d: ediff1d,
    np.gradient: gradient,
    np.trapezoid: trapezoid,
    np.interp: interp,
}
