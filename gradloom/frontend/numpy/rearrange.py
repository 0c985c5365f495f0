"""Elements in other places: flipped, rolled, repeated, inserted and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.asserted import require
from gradloom.frontend.numpy.arguments import integer, written
from gradloom.frontend.numpy.axes import (
    axis_list,
    axis_set,
    entries,
    ints,
    one_axis,
    operand,
    part,
    permuted,
    reshaped,
)
from gradloom.frontend.numpy.join import concatenate
from gradloom.frontend.numpy.lift import at_hand, cast, lift
from gradloom.frontend.numpy.shape import ravel, swapaxes
from gradloom.frontend.numpy.unknown import trimmed_of_unknown
from gradloom.frontend.numpy.views import fresh, place, strides_of, view_of
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, wrap
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.errors import CallError, ShapeError
from gradloom.ir.graph import Literal, Operand
from gradloom.ir.location import user_location
from gradloom.ir.ops.rules import INDEX, broadcast

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table


_INT: Final = np.dtype(np.int64)


def known(x: Any, what: str) -> np.ndarray:
    """The numbers of an argument that decides a shape; raises `ValueNeeded` when it has none."""
    if type(x) is Tracer:
        return np.asarray(x._number(what))
    return np.asarray(x)


def is_open(x: Any) -> bool:
    """Whether x is traced and depends on an input."""
    return type(x) is Tracer and require_trace().constant_of(x) is None


def gathered(x: Operand, index: Operand, axis: int) -> Operand:
    """The elements at a vector of non-negative indices along one axis."""
    if isinstance(x, Literal):
        shape = tuple(index.type.shape[0] if i == axis else d for i, d in enumerate(x.type.shape))
        return Literal(x.value, x.type.with_shape(shape))
    made = o.gather(x, index, axes=(axis,))
    order = list(range(1, x.type.ndim))
    order.insert(axis, 0)
    return permuted(made, order)


# ---- flips and turns ---------------------------------------------------------------------------


def flip(m: Any, axis: Any = None) -> Tracer:
    """What `np.flip` gives: a view with some axes reversed."""
    x = lift(m)
    axes = axis_set("flip", axis, x.ndim)
    if not axes:
        return x[(slice(None),) * x.ndim]  # type: ignore[no-any-return]

    def turned(value: Operand) -> Operand:
        result: Operand = value if isinstance(value, Literal) else o.flip(value, axes=axes)
        return result

    view = view_of(x, turned, lambda base, value: turned(value))
    strides = strides_of(x)
    if strides is None:
        return view
    return place(view, [-s if i in axes else s for i, s in enumerate(strides)])


def fliplr(m: Any) -> Tracer:
    """What `np.fliplr` gives."""
    x = lift(m)
    if x.ndim < 2:
        raise ShapeError(f"np.fliplr: {x.aval} has fewer than 2 axes", location=user_location())
    return flip(x, 1)


def flipud(m: Any) -> Tracer:
    """What `np.flipud` gives."""
    x = lift(m)
    if x.ndim < 1:
        raise ShapeError(f"np.flipud: {x.aval} has no axis", location=user_location())
    return flip(x, 0)


def rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Tracer:
    """What `np.rot90` gives: k quarter turns in the plane of two axes."""
    x = lift(m)
    first, second = axis_list("rot90", tuple(axes), x.ndim)
    k = k % 4
    if k == 0:
        return x[...]  # type: ignore[no-any-return]
    if k == 2:
        return flip(x, (first, second))
    if k == 1:
        return swapaxes(flip(x, second), first, second)
    return flip(swapaxes(x, first, second), second)


def roll(a: Any, shift: Any, axis: Any = None) -> Tracer:
    """What `np.roll` gives: what leaves at one end comes in at the other."""
    x = lift(a)
    value = x.here(require_trace())
    if axis is None:
        moved = _rolled(reshaped(value, (x.size,)), _total(shift), 0)
        return fresh(reshaped(moved, x.shape), x)
    axes, shifts = entries(axis), list(entries(shift))
    count = max(len(axes), len(shifts))
    if min(len(axes), len(shifts)) not in (1, count):
        raise ShapeError(
            "np.roll: 'shift' and 'axis' should be scalars or 1D sequences",
            location=user_location(),
        )
    pairs = zip(shifts * (count // len(shifts)), list(axes) * (count // len(axes)), strict=True)
    for by, one in pairs:
        value = _rolled(value, by, one_axis("roll", one, x.ndim))
    return fresh(value, x)


def _total(shift: Any) -> Any:
    return sum(entries(shift))


def _rolled(x: Operand, shift: Any, axis: int) -> Operand:
    size = x.type.shape[axis]
    if is_open(shift):
        return _rolled_by_value(x, shift, axis)
    by = int(known(shift, "the shift of np.roll"))
    if size == 0 or by == 0 or isinstance(x, Literal):
        return x
    if not isinstance(size, Dim):
        by = by % size
        if by == 0:
            return x
    cut = size - by if by > 0 else -by
    result: Operand = o.concatenate(part(x, axis, cut, size), part(x, axis, 0, cut), axis=axis)
    return result


def _rolled_by_value(x: Operand, shift: Any, axis: int) -> Operand:
    """A roll by a traced number, as a gather."""
    size = x.type.shape[axis]
    if size == 0:
        return x
    places = wrap(o.iota(dtype=INDEX, shape=(size,), axis=0))
    count: Any = wrap(o.dim(size=size)) if isinstance(size, Dim) else size
    by = wrap(cast(operand(np.remainder(shift, count)), INDEX))  # unsigned ones have no negative
    index = np.remainder(np.subtract(places, by), count)
    return gathered(x, cast(operand(index), INDEX), axis)


# ---- copies ------------------------------------------------------------------------------------


def tile(A: Any, reps: Any) -> Tracer:
    """What `np.tile` gives."""
    x = lift(A)
    given = np.atleast_1d(known(reps, "the repeats of np.tile"))
    times = tuple(r if r is True else integer("a repeat", r) for r in given.tolist())
    ndim = max(x.ndim, len(times))
    times = (1,) * (ndim - len(times)) + times
    shape = (1,) * (ndim - x.ndim) + tuple(x.shape)
    pairs = list(zip(times, shape, strict=True))
    spread = reshaped(x.here(require_trace()), tuple(d for _, size in pairs for d in (1, size)))
    wide = broadcast(spread, tuple(d for pair in pairs for d in pair))
    return fresh(reshaped(wide, tuple(t * d for t, d in pairs)))


def repeat(a: Any, repeats: Any, axis: Any = None) -> Tracer:
    """What `np.repeat` gives; `repeats` decides the shape, so it has to be known while tracing."""
    x = lift(a)
    value = x.here(require_trace())
    if axis is None:
        value, axis = reshaped(value, (x.size,)), 0
    elif not x.ndim:
        value = reshaped(value, (1,))
    at = one_axis("repeat", axis, value.type.ndim)
    counts = known(repeats, "the repeats of np.repeat (they decide the shape)")
    if counts.size != 1:
        size = value.type.shape[at]
        if counts.ndim != 1 or counts.shape[0] != size:
            raise ShapeError(
                f"np.repeat: {counts.shape} repeats do not fit axis {at} of {value.type}",
                location=user_location(),
            )
        return fresh(gathered(value, ints(np.repeat(np.arange(counts.size), counts)), at))
    return fresh(_repeated(value, int(counts.reshape(())), at))


def _repeated(x: Operand, times: int, axis: int) -> Operand:
    """Each element `times` times along an axis."""
    shape = x.type.shape
    if times < 0:
        raise ShapeError(
            "np.repeat: repeats may not contain negative values", location=user_location()
        )
    spread = reshaped(x, (*shape[: axis + 1], 1, *shape[axis + 1 :]))
    wide = broadcast(spread, (*shape[: axis + 1], times, *shape[axis + 1 :]))
    return reshaped(wide, tuple(d * times if i == axis else d for i, d in enumerate(shape)))


# ---- elements put in and taken out -------------------------------------------------------------


def append(arr: Any, values: Any, axis: Any = None) -> Any:
    """What `np.append` gives."""
    if axis is None:
        return concatenate([ravel(arr), ravel(values)], 0)
    return concatenate([lift(arr), lift(values)], axis)


def _vector(x: Tracer, axis: Any, name: str) -> tuple[Tracer, int]:
    """x and an axis of it; x as a vector when no axis is given."""
    if axis is None:
        return ravel(x), 0
    return x, one_axis(name, axis, x.ndim)


def _places(obj: Any, size: int, name: str) -> Any:
    """Known indices of any form numpy takes: a whole number, a slice, a list, a mask."""
    if isinstance(obj, slice):
        return np.arange(*obj.indices(size))
    places = known(obj, f"the places of np.{name} (they decide the shape)")
    if not places.size and not isinstance(obj, np.ndarray):
        return places.astype(np.int64)  # an empty list has numpy's default dtype, which is no index
    if places.dtype.kind not in "iub":
        raise IndexError("arrays used as indices must be of integer (or boolean) type")
    return places


def delete(arr: Any, obj: Any, axis: Any = None) -> Any:
    """What `np.delete` gives; more than one place has to be known, since equal ones are one."""
    x, at = _vector(lift(arr), axis, "delete")
    size = int(x.shape[at])
    if is_open(obj) and obj.dtype.kind in "iu" and obj.size == 1 and at_hand(obj) is None:
        _require_place("delete", obj, size, size - 1, at)
        left: Any = np.arange(size - 1)
        place = np.reshape(np.where(obj < 0, obj + size, obj), ())
        return fresh(gathered(x.here(require_trace()), operand(left + (left >= place)), at), x)
    if is_open(obj) and obj.dtype.kind == "b" and at_hand(obj) is None:
        return _without(x, obj, at)
    given = _places(obj, size, "delete")
    return fresh(gathered(x.here(require_trace()), ints(np.delete(np.arange(size), given)), at), x)


def insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Tracer:
    """What `np.insert` gives."""
    if isinstance(obj, bool):
        raise CallError(f"np.insert: a place is a whole number, not {obj}", hint="give 0 or 1")
    x, at = _vector(lift(arr), axis, "insert")
    size = int(x.shape[at])
    if is_open(obj) and obj.dtype.kind in "iu" and at_hand(obj) is None:
        return _inserted(x, obj, values, at)
    places = np.asarray(_places(obj, size, "insert"))
    places = np.flatnonzero(places) if places.dtype.kind == "b" else places
    new = operand(written("values", values, x.dtype), x.dtype)
    new = reshaped(new, (1,) * max(0, x.ndim - new.type.ndim) + new.type.shape)
    if places.size == 1 and not -size <= places.reshape(()) <= size:
        raise IndexError(f"index {obj} is out of bounds for axis {at} with size {size}")
    if (
        places.ndim == 0
    ):  # a single place takes `values` with its first axis along `axis`, as in x[:, i] = values
        order = list(range(1, new.type.ndim))
        order.insert(at, 0)
        new = permuted(new, order)
    count = int(new.type.shape[at]) if places.size == 1 else places.size
    new = broadcast(new, tuple(count if i == at else d for i, d in enumerate(x.shape)))
    where = np.full(count, places.reshape(())) if places.size == 1 else places.astype(np.int64)
    order_of = np.insert(np.arange(size), where, np.arange(size, size + count))
    joined = o.concatenate(x.here(require_trace()), new, axis=at)
    return fresh(gathered(joined, ints(order_of), at), x)


def _require_place(name: str, obj: Any, size: Any, last: Any, axis: int) -> None:
    inside = np.logical_and(obj >= -size, obj <= last)
    told = f"np.{name}: a traced index is out of bounds for axis {axis} with size {size}"
    require(inside, told, "IndexOutOfRange")


def _without(x: Tracer, mask: Any, axis: int) -> Any:
    """x without the slices that a mask holds."""
    if mask.shape != (x.shape[axis],):
        raise ShapeError(
            "np.delete: boolean array argument obj to delete must be one dimensional and match "
            f"the axis length of {x.shape[axis]}",
            location=user_location(),
        )
    return x[(*[slice(None)] * axis, np.logical_not(mask))]


def _inserted(x: Tracer, obj: Any, values: Any, axis: int) -> Tracer:
    """Values put in before traced places, which a stable order of all places arranges."""
    size: Any = x.shape[axis]
    new = operand(written("values", values, x.dtype), x.dtype)
    new = reshaped(new, (1,) * max(0, x.ndim - new.type.ndim) + new.type.shape)
    if not obj.ndim:  # as in x[:, i] = values
        new = permuted(new, [*range(1, axis + 1), 0, *range(axis + 1, new.type.ndim)])
    _require_place("insert", obj, size, size, axis)
    count: Any = new.type.shape[axis] if obj.size == 1 else obj.size
    new = broadcast(new, tuple(count if i == axis else d for i, d in enumerate(x.shape)))
    places: Any = np.broadcast_to(np.ravel(np.where(obj < 0, obj + size, obj)), (count,))
    order: Any = np.argsort(np.concatenate([places, np.arange(size)]), kind="stable")
    joined = o.concatenate(new, x.here(require_trace()), axis=axis)
    return fresh(gathered(joined, operand(order, _INT), axis), x)


def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    """What `np.trim_zeros` gives; the program finds the size where no values are at hand."""
    x = lift(filt)
    if trim.lower() not in ("fb", "bf", "f", "b"):
        raise ValueError(f"unexpected character(s) in `trim`: {trim!r}")
    axes = axis_set("trim_zeros", axis, x.ndim)
    if not axes:
        return x
    value = at_hand(x)
    if value is None:
        return trimmed_of_unknown(x, axes, trim.lower())
    mask = value != 0
    return x[
        tuple(_trimmed(mask, i, trim.lower()) if i in axes else slice(None) for i in range(x.ndim))
    ]


def _trimmed(mask: np.ndarray, axis: int, trim: str) -> slice:
    others = tuple(i for i in range(mask.ndim) if i != axis)
    hits = np.flatnonzero(mask.any(axis=others))
    if not hits.size:
        return slice(0, 0)
    first = int(hits[0]) if "f" in trim else 0
    last = int(hits[-1]) + 1 if "b" in trim else mask.shape[axis]
    return slice(first, last)


TABLE: Final[Table] = {
    np.flip: flip, np.fliplr: fliplr, np.flipud: flipud, np.rot90: rot90, np.roll: roll,
    np.tile: tile, np.repeat: repeat, np.append: append, np.delete: delete, np.insert: insert,
    np.trim_zeros: trim_zeros,
}  # fmt: skip
