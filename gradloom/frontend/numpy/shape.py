"""Shapes: reshapes, transposes and axes put in or taken out, all views where numpy's are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend import layouts
from gradloom.frontend.numpy.arguments import copy_mode, dtype_of, integer
from gradloom.frontend.numpy.arguments import order as read_order
from gradloom.frontend.numpy.axes import (
    axis_list,
    entries,
    one_axis,
    operand,
    part,
    reshaped,
    whole,
)
from gradloom.frontend.numpy.lift import broadcast_shapes, cast, lift
from gradloom.frontend.numpy.views import (
    broadcast_view,
    fresh,
    layout_of,
    permute_view,
    ravel_view,
    reshape_view,
    spread_view,
)
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, refuse, wrap
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim, exact_quotient
from gradloom.ir.errors import ArgumentError, AxisOutOfRange, ShapeError
from gradloom.ir.location import user_location
from gradloom.ir.types import Shape, size_of

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table


# ---- reshape -----------------------------------------------------------------------------------


def sizes_of(shape: Any) -> Shape:
    """A shape argument as a tuple of sizes."""
    return tuple(d if isinstance(d, Dim) else whole("reshape", d, "a size") for d in entries(shape))


def resolved(x: Tracer, shape: Any) -> Shape:
    """The shape of a reshape of x, its -1 replaced; raises `ShapeError` when the sizes differ."""
    sizes = sizes_of(shape)
    unknown = [i for i, d in enumerate(sizes) if isinstance(d, int) and d < 0]
    if len(unknown) > 1:
        raise ShapeError(
            "np.reshape: can only specify one unknown dimension", location=user_location()
        )
    if not unknown:
        if size_of(sizes) != x.size:
            raise _misfit(x, sizes)
        return sizes
    rest = size_of([d for i, d in enumerate(sizes) if i not in unknown])
    quotient = exact_quotient(x.size, rest)
    if quotient is None:
        raise _misfit(x, sizes)
    return tuple(quotient if i in unknown else d for i, d in enumerate(sizes))


def _misfit(x: Tracer, sizes: Shape) -> ShapeError:
    return ShapeError(
        f"np.reshape: cannot reshape {x.aval}, an array of size {x.size}, into shape {sizes}",
        location=user_location(),
        hint="the sizes have to multiply to that number; -1 stands for the one that is left",
    )


def reshape(a: Any, /, shape: Any, order: str = "C", *, copy: bool | None = None) -> Tracer:
    """What `np.reshape` gives; order "F" by transposes."""
    x = lift(a)
    sizes = resolved(x, shape)
    if read_order(order, "C") == "K":
        raise ArgumentError("np.reshape: order 'K' is not permitted for reshaping")
    if _read_order("np.reshape", x, order) == "F" and x.ndim + len(sizes) > 2:
        back = tuple(range(len(sizes) - 1, -1, -1))
        made = permute_view(
            reshape_view(permute_view(x, range(x.ndim - 1, -1, -1)), sizes[::-1]), back
        )
    else:
        made = reshape_view(x, sizes)
    return fresh(made.here(require_trace())) if copy_mode(copy) else made


def ravel(a: Any, order: str = "C") -> Tracer:
    """What `np.ravel` gives: x as a vector, a view where its elements lie side by side."""
    x = lift(a)
    turned = _read_order("np.ravel", x, order) == "F" and x.ndim > 1
    return ravel_view(permute_view(x, range(x.ndim - 1, -1, -1)) if turned else x)


def _read_order(what: str, x: Tracer, order: str) -> str:
    """ "C" or "F", in which the elements are read; raises where it depends on how x lies in
    memory and a trace does not know that.
    """
    asked = read_order(order, "C")
    if asked in ("C", "F"):
        return asked
    layout = layout_of(x)
    if x.given and layouts.long_axes(x.shape) > 1:
        require_trace().depend_on_layouts()
    if layout in ("C", "F"):
        return str(layout)
    raise refuse(
        f"{what} with order={order!r}",
        "how this array lies in memory is not known in a trace",
        "say order='C' or order='F'",
    )


def flatten(x: Tracer, order: str = "C") -> Tracer:
    """A copy as a vector."""
    return fresh(ravel(x, order).here(require_trace()))


# ---- the order of axes -------------------------------------------------------------------------


def transpose(a: Any, axes: Any = None) -> Tracer:
    """What `np.transpose` gives."""
    x = lift(a)
    if x.kind == "scalar" and (axes is None or not entries(axes)):
        return x
    if axes is None:
        return permute_view(x, range(x.ndim - 1, -1, -1))
    perm = axis_list("transpose", axes, x.ndim)
    if len(perm) != x.ndim:
        raise ShapeError(
            f"np.transpose: axes {tuple(perm)} do not match {x.aval}", location=user_location()
        )
    return permute_view(x, perm)


def matrix_transpose(x: Any, /) -> Tracer:
    """What `np.matrix_transpose` gives: the last two axes swapped."""
    x = lift(x)
    if x.ndim < 2:
        raise ShapeError(
            f"np.matrix_transpose: {x.aval} has fewer than 2 axes", location=user_location()
        )
    return swapaxes(x, -1, -2)


def swapaxes(a: Any, axis1: Any, axis2: Any) -> Tracer:
    """What `np.swapaxes` gives."""
    x = lift(a)
    i, j = one_axis("swapaxes", axis1, x.ndim), one_axis("swapaxes", axis2, x.ndim)
    perm = list(range(x.ndim))
    perm[i], perm[j] = j, i
    return permute_view(x, perm)


def moveaxis(a: Any, source: Any, destination: Any) -> Tracer:
    """What `np.moveaxis` gives."""
    x = lift(a)
    sources, targets = (
        axis_list("moveaxis", entries(axes), x.ndim) for axes in (source, destination)
    )
    if len(sources) != len(targets):
        raise ShapeError(
            f"np.moveaxis: {len(sources)} axes to move and {len(targets)} places for them",
            location=user_location(),
        )
    perm = [i for i in range(x.ndim) if i not in sources]
    for target, from_axis in sorted(zip(targets, sources, strict=True)):
        perm.insert(target, from_axis)
    return permute_view(x, perm)


def rollaxis(a: Any, axis: Any, start: int = 0) -> Tracer:
    """What `np.rollaxis` gives."""
    x = lift(a)
    at = one_axis("rollaxis", axis, x.ndim)
    start = start + x.ndim if start < 0 else start
    if not 0 <= start <= x.ndim:
        raise AxisOutOfRange(
            f"np.rollaxis: start {start} does not lie in [-{x.ndim}, {x.ndim}]",
            location=user_location(),
        )
    perm = [i for i in range(x.ndim) if i != at]
    perm.insert(start - (at < start), at)
    return permute_view(x, perm)


# ---- axes of size 1 ----------------------------------------------------------------------------


def expand_dims(a: Any, axis: Any) -> Tracer:
    """What `np.expand_dims` gives."""
    x = lift(a)
    given = axis if isinstance(axis, tuple | list) else (axis,)
    places = axis_list("expand_dims", given, x.ndim + len(given))
    rest = iter(x.shape)
    return spread_view(
        x, tuple(1 if i in places else next(rest) for i in range(x.ndim + len(places)))
    )


def squeeze(a: Any, axis: Any = None) -> Tracer:
    """What `np.squeeze` gives."""
    x = lift(a)
    if axis is None:
        axes = tuple(i for i, d in enumerate(x.shape) if d == 1)
    else:
        axes = axis_list("squeeze", axis, x.ndim)
    for i in axes:
        if x.shape[i] != 1:
            raise ShapeError(
                f"np.squeeze: axis {i} of {x.aval} has size {x.shape[i]}, not 1",
                location=user_location(),
            )
    return (
        spread_view(x, tuple(d for i, d in enumerate(x.shape) if i not in axes))
        if axes
        else _same(x)
    )


def _same(x: Tracer) -> Tracer:
    return x if x.kind == "array" else wrap(x.here(require_trace()))


def _at_least(ndim: int, place: Any) -> Any:
    def handler(*arys: Any) -> Any:
        made = tuple(_raised(lift(x), ndim, place) for x in arys)
        return made[0] if len(made) == 1 else made

    handler.__doc__ = f"What `np.atleast_{ndim}d` gives."
    return handler


def _raised(x: Tracer, ndim: int, place: Any) -> Tracer:
    if x.ndim >= ndim:
        return x
    return spread_view(x, place(x.shape))


atleast_1d: Final = _at_least(1, lambda shape: (1,))
atleast_2d: Final = _at_least(2, lambda shape: (1,) * (2 - len(shape)) + shape)
atleast_3d: Final = _at_least(
    3, lambda shape: (1, 1, 1) if not shape else (1, *shape, 1) if len(shape) == 1 else (*shape, 1)
)


# ---- broadcasting, copies, conversions ---------------------------------------------------------


def broadcast_to(array: Any, shape: Any, subok: bool = False) -> Tracer:
    """What `np.broadcast_to` gives: a read-only array."""
    x = lift(array)
    sizes = sizes_of(shape)
    if broadcast_shapes("np.broadcast_to", [x.shape, sizes]) != sizes:
        raise ShapeError(
            f"np.broadcast_to: {x.aval} does not broadcast to shape {sizes}",
            location=user_location(),
        )
    return broadcast_view(x if x.kind == "array" else wrap(x.here(require_trace()), "array"), sizes)


def broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Tracer, ...]:
    """What `np.broadcast_arrays` gives."""
    xs = [lift(x) for x in args]
    shape = broadcast_shapes("np.broadcast_arrays", [x.shape for x in xs])
    return tuple(
        x if x.shape == shape and x.kind == "array" else broadcast_to(x, shape) for x in xs
    )


def copy(a: Any, order: str = "K", subok: bool = False) -> Tracer:
    """What `np.copy` gives: an array of its own."""
    x = lift(a)
    return laid_out(fresh(x.here(require_trace())), x, order)


def laid_out(made: Tracer, x: Tracer, order: str) -> Tracer:
    """A new array, with what is known of its memory when it was made from x in this order."""
    asked = read_order(order, "K")
    if asked == "K":
        made.layout = layouts.copied(layout_of(x), x.shape, made.shape, made.itemsize)
    elif asked == "A":
        layout = layout_of(x)
        made.layout = None if layout is None else "F" if layout == "F" else "C"
    else:
        made.layout = "C" if asked == "C" else "F"
    made.given = asked in ("A", "K") and x.given
    return made


def copied(x: Tracer, order: str | None = "C") -> Tracer:
    """What the method `copy` gives; of a scalar, a scalar."""
    return copy(x, order or "C") if x.kind == "array" else wrap(x.here(require_trace()))


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Tracer:
    """What `np.astype` gives."""
    return converted(lift(x), dtype, copy=copy)


def converted(
    x: Tracer,
    dtype: Any,
    order: str = "K",
    casting: str = "unsafe",
    subok: bool = True,
    copy: bool = True,
) -> Tracer:
    """What the method `astype` gives."""
    made, _, _ = dtype_of(dtype), read_order(order, "K"), integer("subok=", subok)
    if not np.can_cast(x.dtype, made, casting):  # type: ignore[arg-type]
        raise TypeError(
            f"Cannot cast array data from {x.dtype!r} to {made!r} according to the rule {casting!r}"
        )
    if x.dtype == made and not copy:
        return x
    result = wrap(cast(x.here(require_trace()), made), "array" if x.kind == "array" else None)
    return laid_out(result, x, order)


def resize(a: Any, new_shape: Any) -> Tracer:
    """What `np.resize` gives: the elements repeated or cut to fill a shape."""
    x = operand(a)
    sizes = sizes_of(new_shape)
    wanted, given = size_of(sizes), x.type.size
    if any(isinstance(d, Dim) for d in (wanted, given)):
        raise refuse("np.resize", "of or to a named dimension", "give concrete sizes")
    if wanted < 0:
        raise ShapeError("np.resize: all sizes must be non-negative", location=user_location())
    if not given or not wanted:
        return fresh(operand(np.zeros(sizes, x.type.dtype)))
    flat = reshaped(x, (given,))
    times = math.ceil(wanted / given)
    if times > 1:
        flat = o.concatenate(*[flat] * times, axis=0)
    return fresh(reshaped(part(flat, 0, 0, wanted), sizes))


TABLE: Final[Table] = {
    np.reshape: reshape, np.ravel: ravel, np.transpose: transpose, np.permute_dims: transpose,
    np.matrix_transpose: matrix_transpose, np.swapaxes: swapaxes, np.moveaxis: moveaxis,
    np.rollaxis: rollaxis, np.expand_dims: expand_dims, np.squeeze: squeeze,
    np.atleast_1d: atleast_1d, np.atleast_2d: atleast_2d, np.atleast_3d: atleast_3d,
    np.broadcast_to: broadcast_to, np.broadcast_arrays: broadcast_arrays, np.copy: copy,
    np.astype: astype, np.resize: resize,
}  # fmt: skip
