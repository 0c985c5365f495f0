"""Arrays made into one, and one made into parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.arguments import dtype_of, integer, require_shape
from gradloom.frontend.numpy.axes import one_axis, reshaped
from gradloom.frontend.numpy.lift import cast, lift
from gradloom.frontend.numpy.overlaps import meets
from gradloom.frontend.numpy.reduce import given
from gradloom.frontend.numpy.shape import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    copy,
    expand_dims,
    moveaxis,
    ravel,
)
from gradloom.frontend.numpy.ufuncs import check_cast, into
from gradloom.frontend.numpy.views import fresh, layout_of
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, refuse
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.errors import ShapeError
from gradloom.ir.location import user_location
from gradloom.ir.types import DType

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table


# ---- joins -------------------------------------------------------------------------------------


def listed(arrays: Any) -> list[Tracer]:
    """A sequence of arrays, or the parts of one array along its first axis."""
    if type(arrays) is Tracer:
        return list(arrays)
    return [lift(x) for x in arrays]


def common_dtype(xs: Sequence[Tracer], dtype: Any, casting: str) -> DType:
    """numpy's dtype of a join; raises as numpy where `casting` does not allow it."""
    made = np.result_type(*[x.dtype for x in xs]) if dtype is None else dtype_of(dtype)
    for x in xs:
        if not np.can_cast(x.dtype, made, casting):  # type: ignore[arg-type]
            raise TypeError(f"np.concatenate: {x.dtype} does not cast to {made} by {casting!r}")
    return made


def concatenate(
    arrays: Any, /, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind"
) -> Any:
    """What `np.concatenate` gives."""
    xs = listed(arrays)
    if dtype is not None and given(out):
        raise TypeError("np.concatenate: takes out= or dtype=, and not both")
    if not xs:
        raise ShapeError(
            "np.concatenate: need at least one array to concatenate", location=user_location()
        )
    if axis is None:
        if type(out) is Tracer and any(meets(out, x) for x in xs):
            raise refuse("np.concatenate", "with axis=None into an array whose memory the parts "
                         "share", "copy before: y.copy()")  # fmt: skip
        xs, axis = [ravel(x) for x in xs], 0
    if any(x.ndim == 0 for x in xs):
        raise ShapeError(
            "np.concatenate: arrays of no axes cannot be concatenated", location=user_location()
        )
    at = one_axis("concatenate", axis, xs[0].ndim)
    _require_fit(xs, at)
    trace = require_trace()
    dtype = common_dtype(
        xs, dtype if dtype is not None else out.dtype if given(out) else None, casting
    )
    if type(out) is Tracer and any(meets(out, x) for x in xs):
        return _in_turn(xs, at, out, casting)
    values = [cast(x.here(trace), dtype) for x in xs]
    made = fresh(values[0] if len(values) == 1 else o.concatenate(*values, axis=at))
    made.layout = "C" if all(layout_of(x) == "C" for x in xs) else None
    made.given = any(x.given for x in xs)
    if given(out):
        require_shape("concatenate", out, made.shape)
    return into("concatenate", made, out)


def _in_turn(xs: Sequence[Tracer], axis: int, out: Tracer, casting: str) -> Tracer:
    """The arrays written into `out`, in whose memory some lie: numpy writes one after the other."""
    whole: Any = sum(x.shape[axis] for x in xs)
    shape = (*xs[0].shape[:axis], whole, *xs[0].shape[axis + 1 :])
    if out.shape != shape:
        raise ShapeError(
            f"np.concatenate: output array of shape {out.shape} is the wrong shape: the arrays "
            f"make {shape}", location=user_location(),
        )  # fmt: skip
    place: Any = 0
    for x in xs:
        check_cast("concatenate", x, out, casting)
        out[(*[slice(None)] * axis, slice(place, place + x.shape[axis]))] = x
        place = place + x.shape[axis]
    return out


def _require_fit(xs: Sequence[Tracer], axis: int) -> None:
    first = xs[0].shape
    for x in xs:
        same_rest = x.ndim == len(first) and all(
            a == b for k, (a, b) in enumerate(zip(x.shape, first, strict=True)) if k != axis
        )
        if not same_rest:
            raise ShapeError(
                f"np.concatenate: parts of shapes {first} and {x.shape} differ beside axis {axis}",
                location=user_location(),
                hint="reshape or index with np.newaxis so that all other sizes are equal",
            )  # fmt: skip


def stack(
    arrays: Any, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind"
) -> Any:
    """What `np.stack` gives."""
    xs = listed(arrays)
    if not xs:
        raise ShapeError("np.stack: need at least one array to stack", location=user_location())
    for x in xs:
        if x.shape != xs[0].shape:
            raise ShapeError(
                f"np.stack: all arrays must have the same shape, got {xs[0].shape} and {x.shape}",
                location=user_location(),
                hint="np.concatenate joins arrays that differ along one axis",
            )
    at = one_axis("stack", axis, xs[0].ndim + 1)
    return concatenate([expand_dims(x, at) for x in xs], at, out, dtype=dtype, casting=casting)


def vstack(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    """What `np.vstack` gives: rows one below the other."""
    return concatenate([atleast_2d(x) for x in listed(tup)], 0, dtype=dtype, casting=casting)


def hstack(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    """What `np.hstack` gives: columns side by side."""
    xs = [atleast_1d(x) for x in listed(tup)]
    return concatenate(xs, 0 if xs and xs[0].ndim == 1 else 1, dtype=dtype, casting=casting)


def dstack(tup: Any) -> Any:
    """What `np.dstack` gives: along the third axis."""
    return concatenate([atleast_3d(x) for x in listed(tup)], 2)


def column_stack(tup: Any) -> Any:
    """What `np.column_stack` gives: vectors as columns."""
    xs = listed(tup)
    return concatenate([atleast_2d(x).T if x.ndim < 2 else x for x in xs], 1)


def block(arrays: Any) -> Any:
    """What `np.block` gives: nested lists as blocks of one array."""
    depth = _depth(arrays, ())
    ndim = max(depth, *[lift(x).ndim for x in _leaves(arrays)])
    return copy(_block(arrays, depth, ndim), "C")


def _depth(arrays: Any, place: tuple[int, ...]) -> int:
    if isinstance(arrays, tuple):
        raise TypeError("np.block: only lists nest blocks, not tuples")
    if type(arrays) is Tracer or not isinstance(arrays, list):
        return 0
    if not arrays:
        raise ShapeError(f"np.block: the list at {place} is empty", location=user_location())
    depths = {_depth(x, (*place, i)) for i, x in enumerate(arrays)}
    if len(depths) > 1:
        raise ShapeError(
            f"np.block: lists are nested to different depths at {place}", location=user_location()
        )
    return 1 + depths.pop()


def _leaves(arrays: Any) -> list[Any]:
    if type(arrays) is Tracer or not isinstance(arrays, list):
        return [arrays]
    return [leaf for x in arrays for leaf in _leaves(x)]


def _block(arrays: Any, depth: int, ndim: int) -> Tracer:
    if not depth:
        x = lift(arrays)
        made = reshaped(x.here(require_trace()), (1,) * (ndim - x.ndim) + x.shape)
        return fresh(made)
    made_tracer: Tracer = concatenate([_block(x, depth - 1, ndim) for x in arrays], -depth)
    return made_tracer


# ---- parts -------------------------------------------------------------------------------------


def array_split(ary: Any, indices_or_sections: Any, axis: Any = 0) -> list[Any]:
    """What `np.array_split` gives: views, of equal size where the number of parts divides."""
    x = lift(ary)
    at = one_axis("array_split", axis, x.ndim)
    size = x.shape[at]
    try:
        bounds = [0, *indices_or_sections, size]
    except TypeError:
        bounds = _even_bounds(size, _parts(indices_or_sections))
    return [_cut(x, at, a, b) for a, b in pairwise(bounds)]


def _parts(given: Any) -> int:
    """How many parts; numpy cuts a fraction."""
    return int(given) if isinstance(given, float) else integer("the number of parts", given)


def _even_bounds(size: int | Dim, count: int) -> list[Any]:
    if count <= 0:
        raise ShapeError(
            "np.array_split: number sections must be larger than 0", location=user_location()
        )
    if isinstance(size, Dim):
        each = size // count
        return [each * i for i in range(count + 1)]
    each, extra = divmod(size, count)
    return [i * each + min(i, extra) for i in range(count + 1)]


def _cut(x: Tracer, axis: int, start: Any, stop: Any) -> Any:
    return x[(slice(None),) * axis + (slice(start, stop),)]


def split(ary: Any, indices_or_sections: Any, axis: Any = 0) -> list[Any]:
    """What `np.split` gives; raises `ShapeError` when the parts are not of one size."""
    x = lift(ary)
    if not hasattr(indices_or_sections, "__len__") or type(indices_or_sections) is Tracer:
        count, size = indices_or_sections, x.shape[one_axis("split", axis, x.ndim)]
        if not isinstance(size, Dim) and count > 0 and size % count:
            raise ShapeError(
                f"np.split: axis {axis} of {x.aval} does not divide into {count} equal parts",
                location=user_location(),
            )
    return array_split(x, indices_or_sections, axis)


def _split_along(name: str, axis: Callable[[int], int], least: int) -> Callable[..., Any]:
    def handler(ary: Any, indices_or_sections: Any) -> list[Any]:
        x = lift(ary)
        if x.ndim < least:
            raise ShapeError(
                f"np.{name}: {x.aval} has fewer than {least} axes", location=user_location()
            )
        return split(x, indices_or_sections, axis(x.ndim))

    handler.__doc__ = f"What `np.{name}` gives."
    return handler


vsplit: Final = _split_along("vsplit", lambda ndim: 0, 2)
hsplit: Final = _split_along("hsplit", lambda ndim: 1 if ndim > 1 else 0, 1)
dsplit: Final = _split_along("dsplit", lambda ndim: 2, 3)


def unstack(x: Any, /, *, axis: Any = 0) -> tuple[Any, ...]:
    """What `np.unstack` gives: the parts along an axis."""
    x = lift(x)
    if not x.ndim:
        raise ShapeError(
            "np.unstack: the array must have at least one axis", location=user_location()
        )
    return tuple(moveaxis(x, axis, 0))


TABLE: Final[Table] = {
    np.concatenate: concatenate, np.concat: concatenate, np.stack: stack, np.vstack: vstack,
    np.hstack: hstack, np.dstack: dstack, np.column_stack: column_stack, np.block: block,
    np.array_split: array_split, np.split: split, np.vsplit: vsplit, np.hsplit: hsplit,
    np.dsplit: dsplit, np.unstack: unstack,
}  # fmt: skip
