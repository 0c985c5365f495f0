"""Functions that write into an existing array: putmask, place, put and put_along_axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import Array, as_array, at_hand, lift
from gradloom.frontend.numpy.select import along_axis, fitted, index_of
from gradloom.frontend.numpy.views import refuse_overlap
from gradloom.frontend.stores import foreign_target
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, refuse
from gradloom.ir.errors import ShapeError
from gradloom.ir.ops.rules import normal_axis

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table


def _target(name: str, x: Any) -> Array:
    if type(x) is Tracer:
        return x
    raise foreign_target(name, x, require_trace().paths.get(id(x)))


def _cycled(values: Any, position: Any) -> Any:
    """The flat values at these positions, repeated from the start when there are too few."""
    flat = np.ravel(as_array(values))
    return flat[position % flat.shape[0]]


def putmask(a: Any, /, mask: Any, values: Any) -> None:
    """Where the mask holds, write the value at the same position of the repeated values."""
    target = _target("putmask", a)
    if lift(mask).size != target.size:
        raise ShapeError(
            f"np.putmask: a mask of {lift(mask).size} elements for an array of {target.size}"
        )
    position = np.reshape(np.arange(target.size), target.shape)
    given = _cycled(values, position).astype(target.dtype)
    target[...] = np.where(np.reshape(mask, target.shape), given, target)


def place(arr: Any, mask: Any, vals: Any) -> None:
    """The first True of the mask gets the first value, the next the second, and so on, repeated."""
    target = _target("place", arr)
    held = np.ravel(as_array(mask)).astype(bool)
    if held.size != target.size:
        raise ShapeError(f"np.place: a mask of {held.size} elements for an array of {target.size}")
    position = np.maximum(np.cumsum(held) - 1, 0)
    if not lift(vals).size:
        _require_no_place(held)
        return
    if type(vals) is Tracer:
        if vals is target:
            vals = target[...]
        refuse_overlap("np.place", target, vals)
    given = _cycled(vals, position).astype(target.dtype)
    target[...] = np.reshape(np.where(held, given, np.ravel(target)), target.shape)


def _require_no_place(held: Array) -> None:
    """Raise as numpy does where a mask holds somewhere and there are no values to write."""
    mask = at_hand(held)
    if mask is None:
        raise refuse("np.place", "no values for a mask that is not known yet", "give values")
    if mask.any():
        raise ValueError("Cannot insert from an empty array!")


def put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    """Write values (repeated to the number of indices) at indices into the flattened array."""
    target = _target("put", a)
    if np.size(v) == 0:
        return  # numpy writes nothing
    index = fitted(np.ravel(index_of(ind)), target.size, mode)
    flat = np.ravel(target).copy()
    flat[index] = _cycled(v, np.arange(index.shape[0]))
    target[...] = np.reshape(flat, target.shape)


def put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None) -> None:
    """Write values where `indices` (of as many axes as the array) points along one axis."""
    target = _target("put_along_axis", arr)
    if axis is None:
        if lift(indices).ndim != 1:
            raise ValueError("when axis=None, `indices` must have a single dimension.")
        flat = np.ravel(target).copy()
        flat[index_of(indices)] = values
        target[...] = np.reshape(flat, target.shape)
        return
    target[along_axis(target.shape, indices, normal_axis("put_along_axis", axis, target.ndim))] = (
        values
    )


TABLE: Final[Table] = {
    np.putmask: putmask,
    np.place: place,
    np.put: put,
    np.put_along_axis: put_along_axis,
}
