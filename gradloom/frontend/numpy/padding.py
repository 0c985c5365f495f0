"""`np.pad`: one axis after the other, so that later axes pad the corners, as numpy does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy import reduce
from gradloom.frontend.numpy.arguments import real
from gradloom.frontend.numpy.axes import ints, operand, part, reshaped
from gradloom.frontend.numpy.lift import cast, lift
from gradloom.frontend.numpy.rearrange import gathered, known
from gradloom.frontend.numpy.shape import moveaxis
from gradloom.frontend.numpy.views import fresh
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, any_tracer, refuse, wrap
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.errors import CallError, ShapeError
from gradloom.ir.graph import Operand
from gradloom.ir.location import user_location
from gradloom.ir.ops.rules import broadcast

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table

Widths = tuple[int, int]


def pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Tracer:
    """What `np.pad` gives."""
    x = lift(array)
    widths = _widths(pad_width, x.ndim)
    if callable(mode):
        return _by_function(x, widths, mode, kwargs)
    if mode not in _MODES:
        raise ShapeError(f"np.pad: mode {mode!r} is not supported", location=user_location())
    side, options = _MODES[mode]
    if set(kwargs) - set(options):
        raise ShapeError(
            f"np.pad: mode {mode!r} has no option {sorted(set(kwargs) - set(options))}"
        )
    if mode in ("maximum", "minimum") and kwargs.get("stat_length") is not None:
        _require_length(kwargs["stat_length"], x)
    value = x.here(require_trace())
    if not value.type.ndim:
        return fresh(value, x)
    for axis, (low, high) in enumerate(widths):
        if low or high:
            value = side(value, axis, (low, high), x.ndim, **kwargs)
    return fresh(value, x)


def _by_function(
    x: Tracer, widths: list[Widths], function: Callable[..., Any], kwargs: dict[str, Any]
) -> Tracer:
    """x between zeros, which the user's function fills vector by vector, in place."""
    padded = pad(x, widths)
    for axis, pair in enumerate(widths):
        view = moveaxis(padded, axis, -1)
        if any(isinstance(d, Dim) for d in view.shape[:-1]):
            raise refuse("np.pad", "a function as mode is called per vector of a named dimension")
        for place in np.ndindex(*view.shape[:-1]):
            function(view[place], pair, axis, kwargs)
    return padded


def _widths(pad_width: Any, ndim: int) -> list[Widths]:
    if isinstance(pad_width, dict):
        pairs = np.zeros((ndim, 2), np.int64)
        for axis, width in pad_width.items():
            both = width if isinstance(width, tuple) and len(width) == 2 else (width, width)
            if not all(isinstance(w, int) for w in both):
                raise CallError(
                    f"np.pad: the width of axis {axis} is a whole number or a tuple of two, "
                    f"not {width!r}",
                    location=user_location(),
                    hint="give {axis: (before, after)}",
                )
            pairs[axis] = both
    else:
        given = known(pad_width, "the widths of np.pad (they decide the shape)")
        if given.dtype.kind not in "iu":
            raise TypeError("`pad_width` must be of integral type.")
        pairs = np.broadcast_to(given, (ndim, 2))
    if (pairs < 0).any():
        raise ShapeError("np.pad: index can't contain negative values", location=user_location())
    return [(int(a), int(b)) for a, b in pairs]


def _pair(values: Any, axis: int, ndim: int) -> tuple[Any, Any]:
    """The values for the two ends of one axis, from any form that numpy broadcasts to (ndim, 2)."""
    table = np.broadcast_to(lift(values) if any_tracer(values) else np.asarray(values), (ndim, 2))
    return table[axis, 0], table[axis, 1]


def _joined(x: Operand, axis: int, before: Operand | None, after: Operand | None) -> Operand:
    parts = [p for p in (before, x, after) if p is not None]
    result: Operand = o.concatenate(*parts, axis=axis) if len(parts) > 1 else x
    return result


def _slab(x: Operand, axis: int, width: int) -> tuple[int | Dim, ...]:
    return tuple(width if i == axis else d for i, d in enumerate(x.type.shape))


# ---- constants, edges, ramps -------------------------------------------------------------------


def _constant(
    x: Operand, axis: int, widths: Widths, ndim: int, constant_values: Any = 0
) -> Operand:
    # One number, or a pair, numpy casts freely.
    if not any_tracer(constant_values) and np.size(constant_values) > 2:
        real("constant_values=", constant_values, x.type.dtype)
    ends = [operand(v, x.type.dtype) for v in _pair(constant_values, axis, ndim)]
    ends = [reshaped(e, ()) for e in ends]
    zeros = (0,) * ndim
    edges = [tuple(w if i == axis else 0 for i in range(ndim)) for w in widths]
    made = o.pad(x, ends[0], low=edges[0], high=zeros, interior=zeros) if widths[0] else x
    result: Operand = (
        o.pad(made, ends[1], low=zeros, high=edges[1], interior=zeros) if widths[1] else made
    )
    return result


def _empty(x: Operand, axis: int, widths: Widths, ndim: int) -> Operand:
    return _constant(x, axis, widths, ndim)


def _ends(x: Operand, axis: int) -> tuple[Operand, Operand]:
    size = x.type.shape[axis]
    _require_elements(x, axis)
    return part(x, axis, 0, 1), part(x, axis, size - 1, size)


def _require_elements(x: Operand, axis: int) -> None:
    if x.type.shape[axis] == 0:
        raise ShapeError(
            f"np.pad: axis {axis} of {x.type} is empty and has no values to extend",
            location=user_location(),
        )


def _edge(x: Operand, axis: int, widths: Widths, ndim: int) -> Operand:
    first, last = _ends(x, axis)
    return _filled(x, axis, widths, first, last)


def _filled(x: Operand, axis: int, widths: Widths, first: Operand, last: Operand) -> Operand:
    """x with both ends filled by slabs of width 1, broadcast."""
    before, after = (
        broadcast(e, _slab(x, axis, w)) if w else None
        for e, w in zip((first, last), widths, strict=True)
    )
    return _joined(x, axis, before, after)


def _linear_ramp(x: Operand, axis: int, widths: Widths, ndim: int, end_values: Any = 0) -> Operand:
    ends = _pair(end_values, axis, ndim)
    made = [
        _ramp(e, edge, axis, w) if w else None
        for e, edge, w in zip(ends, _ends(x, axis), widths, strict=True)
    ]
    after = made[1] if made[1] is None else o.flip(made[1], axes=(axis,))
    return _joined(x, axis, made[0], after)


def _ramp(end: Any, edge: Operand, axis: int, width: int) -> Operand:
    """From `end` to just before the edge in equal steps."""
    from gradloom.frontend.numpy.create import linspace

    dtype = edge.type.dtype
    shape = tuple(d for i, d in enumerate(edge.type.shape) if i != axis)
    made = linspace(
        lift(end).astype(dtype),
        wrap(reshaped(edge, shape), "array"),
        width,
        endpoint=False,
        dtype=dtype,
        axis=axis,
    )
    return operand(made)


# ---- what the array itself holds ---------------------------------------------------------------


def _mirror(name: str, skip: int) -> Callable[..., Operand]:
    def side(
        x: Operand, axis: int, widths: Widths, ndim: int, reflect_type: str = "even"
    ) -> Operand:
        size = x.type.shape[axis]
        _require_elements(x, axis)
        if not isinstance(size, Dim) and max(widths) > size - skip:
            return _mirrored_far(x, axis, widths, name, reflect_type)
        before = _flipped(part(x, axis, skip, skip + widths[0]), axis) if widths[0] else None
        after = (
            _flipped(part(x, axis, size - skip - widths[1], size - skip), axis)
            if widths[1]
            else None
        )
        if reflect_type == "odd":
            first, last = _ends(x, axis)
            before, after = _turned(before, first), _turned(after, last)
        return _joined(x, axis, before, after)

    return side


def _flipped(x: Operand, axis: int) -> Operand:
    result: Operand = o.flip(x, axes=(axis,))
    return result


def _turned(side: Operand | None, edge: Operand) -> Operand | None:
    """Twice the edge less the mirrored values; of truth values numpy keeps whether that is 0."""
    if side is None:
        return None
    edge = broadcast(edge, side.type.shape)
    if side.type.dtype.kind == "b":
        either: Operand = o.logical_or(edge, side)
        return either
    return edge + edge - side


def _mirrored_far(x: Operand, axis: int, widths: Widths, name: str, reflect_type: str) -> Operand:
    """A mirror that is wider than the array: a gather, or reflections of reflections where odd."""
    if reflect_type == "odd" and x.type.shape[axis] != 1:
        return _odd_steps(x, axis, widths, 0 if name == "symmetric" else 1)
    return _by_index(x, axis, widths, name)


def _odd_steps(x: Operand, axis: int, widths: Widths, skip: int) -> Operand:
    """Odd reflections of what is there, in whole periods of the array, until both sides are full.

    `skip`: how many elements at the edge are not repeated.
    """
    period, (left, right) = int(x.type.shape[axis]) - skip, widths
    while left or right:
        size = int(x.type.shape[axis])
        whole = (size - skip) // period * period
        low, high = min(whole, left), min(whole, right)
        first, last = _ends(x, axis)
        before = _flipped(part(x, axis, skip, skip + low), axis) if low else None
        after = _flipped(part(x, axis, size - skip - high, size - skip), axis) if high else None
        x = _joined(x, axis, _turned(before, first), _turned(after, last))
        left, right = left - low, right - high
    return x


def _by_index(x: Operand, axis: int, widths: Widths, name: str) -> Operand:
    index = np.pad(np.arange(int(x.type.shape[axis])), widths, mode=name)  # type: ignore[call-overload]
    return gathered(x, ints(index), axis)


def _wrap(x: Operand, axis: int, widths: Widths, ndim: int) -> Operand:
    size = x.type.shape[axis]
    _require_elements(x, axis)
    if not isinstance(size, Dim) and max(widths) > size:
        return _by_index(x, axis, widths, "wrap")
    before = part(x, axis, size - widths[0], size) if widths[0] else None
    after = part(x, axis, 0, widths[1]) if widths[1] else None
    return _joined(x, axis, before, after)


def _statistic(f: Callable[..., Any]) -> Callable[..., Operand]:
    def side(x: Operand, axis: int, widths: Widths, ndim: int, stat_length: Any = None) -> Operand:
        size = x.type.shape[axis]
        _require_elements(x, axis)
        lengths = (size, size) if stat_length is None else _lengths(stat_length, axis, ndim, size)
        first, last = part(x, axis, 0, lengths[0]), part(x, axis, size - lengths[1], size)
        made = [_as_dtype(f(wrap(e, "array"), axis=axis, keepdims=True), x) for e in (first, last)]
        return _filled(x, axis, widths, made[0], made[1])

    return side


def _require_length(stat_length: Any, x: Tracer) -> None:
    """Raise where an extreme would be one of no elements, also along axes that are not padded."""
    for axis, size in enumerate(x.shape):
        if 0 in _lengths(stat_length, axis, x.ndim, size):
            raise ShapeError(
                "np.pad: stat_length of 0 yields no value for padding", location=user_location()
            )


def _lengths(stat_length: Any, axis: int, ndim: int, size: Any) -> tuple[Any, Any]:
    if isinstance(stat_length, tuple) and stat_length == (None, None):
        return size, size
    pair = np.rint(np.broadcast_to(np.asarray(stat_length), (ndim, 2))[axis])
    if (pair < 0).any():
        raise ShapeError("np.pad: index can't contain negative values", location=user_location())
    return (
        (int(pair[0]), int(pair[1]))
        if isinstance(size, Dim)
        else (min(int(pair[0]), size), min(int(pair[1]), size))
    )


def _as_dtype(value: Any, x: Operand) -> Operand:
    """A statistic in the array's dtype, rounded for whole numbers."""
    made = operand(value)
    if x.type.dtype.kind in "iu" and made.type.dtype.kind == "f":
        made = o.round(made)
    return cast(made, x.type.dtype)


def _median(x: Tracer, axis: int, keepdims: bool) -> Any:
    from gradloom.frontend.numpy.quantile import median

    return median(x, axis, keepdims=keepdims)


_MODES: Final[dict[str, tuple[Callable[..., Operand], tuple[str, ...]]]] = {
    "constant": (_constant, ("constant_values",)), "edge": (_edge, ()), "empty": (_empty, ()),
    "linear_ramp": (_linear_ramp, ("end_values",)), "reflect": (_mirror("reflect", 1),
    ("reflect_type",)), "symmetric": (_mirror("symmetric", 0), ("reflect_type",)), "wrap": (_wrap,
    ()), "maximum": (_statistic(reduce.max_), ("stat_length",)),
    "minimum": (_statistic(reduce.min_), ("stat_length",)), "mean": (_statistic(reduce.mean),
    ("stat_length",)), "median": (_statistic(_median), ("stat_length",)),
}  # fmt: skip
"""What pads the ends of one axis, and the options that numpy allows for the mode."""

TABLE: Final[Table] = {np.pad: pad}
