"""Searches: places in sorted arrays, and the positions where a mask holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.asserted import require
from gradloom.frontend.numpy.axes import fill, operand, position, reshaped, same_shape
from gradloom.frontend.numpy.direct import truth_of
from gradloom.frontend.numpy.lexical import nan_rank
from gradloom.frontend.numpy.lift import at_hand, cast, lift
from gradloom.frontend.numpy.masked import select
from gradloom.frontend.numpy.rearrange import gathered, known
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, refuse, wrap
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.errors import ShapeError
from gradloom.ir.graph import Operand
from gradloom.ir.location import user_location
from gradloom.ir.ops.rules import broadcast

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table

_INT: Final = np.dtype(np.int64)


def searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Any:
    """What `np.searchsorted` gives: how many elements stand before each value."""
    if side not in ("left", "right"):
        raise ShapeError(
            f"np.searchsorted: side must be 'left' or 'right', not {side!r}",
            location=user_location(),
        )
    x, values = lift(a), lift(v)
    if x.ndim != 1:
        raise ShapeError(f"np.searchsorted: {x.aval} is no vector", location=user_location())
    dtype = np.result_type(x.dtype, values.dtype)
    edges, wanted = operand(x, dtype), operand(values, dtype)
    if sorter is not None:
        edges = gathered(edges, _sorter(sorter, x.shape[0]), 0)
    size = x.shape[0]
    few = isinstance(size, Dim) or size <= _FEW
    found = (_counted if few else _halved)(edges, wanted, side == "left")
    return wrap(found, "array" if values.kind == "array" and values.ndim else None)


def _sorter(sorter: Any, size: Any) -> Operand:
    order = lift(sorter)
    if order.dtype.kind not in "iu":
        raise TypeError("np.searchsorted: sorter must only contain integers")
    if order.shape != (size,):
        raise ShapeError(
            f"np.searchsorted: sorter.size {order.size} must equal a.size {size}",
            location=user_location(),
        )
    return operand(order, _INT)


_FEW: Final = 16
"""Up to so many elements every one is compared with every value; more are halved step by step."""


def _before(left: Operand, right: Operand, strictly: bool) -> Operand:
    """Whether an element stands before a value: NaN stands behind all numbers."""
    if left.type.dtype.kind == "c":
        return _before_complex(left, right, strictly)
    found: Operand = (o.less if strictly else o.less_equal)(left, right)
    if left.type.dtype.kind != "f":
        return found
    beyond = o.isnan(right)
    also = o.logical_and(beyond, o.logical_not(o.isnan(left))) if strictly else beyond
    result: Operand = o.logical_or(found, also)
    return result


def _before_complex(left: Operand, right: Operand, strictly: bool) -> Operand:
    keys = [[nan_rank(z), o.real(z), o.imag(z)] for z in (left, right)]
    result = _before(keys[0].pop(), keys[1].pop(), strictly)
    for a, b in zip(*map(reversed, keys), strict=True):
        first = _before(a, b, True)
        equal = o.logical_not(o.logical_or(first, _before(b, a, True)))
        result = o.logical_or(first, o.logical_and(equal, result))
    return result


def _counted(edges: Operand, wanted: Operand, left: bool) -> Operand:
    """All pairs compared."""
    shape = (*wanted.type.shape, edges.type.shape[0])
    right = broadcast(reshaped(wanted, (*wanted.type.shape, 1)), shape)
    before = _before(broadcast(edges, shape), right, left)
    result: Operand = o.sum(cast(before, _INT), axes=(len(shape) - 1,))
    return result


def _halved(edges: Operand, wanted: Operand, left: bool) -> Operand:
    """The place found bit by bit: a power of two is added where the element there stands before."""
    size = int(edges.type.shape[0])
    shape = wanted.type.shape
    place: Operand = fill(0, _INT, shape)
    last = fill(size, _INT, shape)
    one = fill(1, _INT, shape)
    for bit in reversed(range(size.bit_length())):
        tried: Operand = o.add(place, fill(1 << bit, _INT, shape))
        there = o.subtract(o.minimum(tried, last), one)
        passed = _before(o.gather(edges, there, axes=(0,)), wanted, left)
        fits = o.less_equal(tried, last)
        place = o.where(o.logical_and(passed, fits), tried, place)
    return place


def digitize(x: Any, bins: Any, right: bool = False) -> Any:
    """What `np.digitize` gives, for bins that rise or fall."""
    values, edges = lift(x), lift(bins)
    if values.dtype.kind == "c":
        raise TypeError("x may not be complex")
    if edges.dtype.kind == "c":
        raise TypeError("bins may not be complex")
    if edges.ndim != 1:
        raise ShapeError(f"np.digitize: bins {edges.aval} are no vector", location=user_location())
    side = "left" if right else "right"
    rising = searchsorted(edges, values, side)
    falling = edges.shape[0] - searchsorted(edges[::-1], values, side)
    if type(bins) is not Tracer or require_trace().constant_of(bins) is not None:
        return rising if _rises(np.asarray(known(bins, "bins"))) else falling
    rises, sinks = np.all(edges[1:] >= edges[:-1]), np.all(edges[1:] <= edges[:-1])
    told = "np.digitize: bins must be monotonically increasing or decreasing"
    require(np.logical_or(rises, sinks), told, "ShapeError")
    falls = edges[0] > edges[-1]
    made = o.where(*same_shape("digitize", operand(falls), operand(falling), operand(rising)))
    return wrap(made, rising.kind)


def _rises(bins: np.ndarray) -> bool:
    """Whether bins rise; raises `ShapeError` for those that neither rise nor fall."""
    steps = np.diff(bins)
    if (steps >= 0).all():
        return True
    if not (steps <= 0).all():
        raise ShapeError(
            "np.digitize: bins must be monotonically increasing or decreasing",
            location=user_location(),
        )
    return False


# ---- where a mask holds ------------------------------------------------------------------------


def _truth(a: Any) -> Any:
    x: Any = lift(a)
    return wrap(truth_of(x), "array")


def nonzero(a: Any) -> Any:
    """What `np.nonzero` gives; without values, positions that select in place."""
    mask = _truth(a)
    if not mask.ndim:
        raise ShapeError(
            "Calling nonzero on 0d arrays is not allowed. Use np.atleast_1d(scalar).nonzero() "
            "instead.",
            location=user_location(),
        )
    value = at_hand(mask)
    if value is not None:
        return np.nonzero(value)
    shape = mask.shape
    return tuple(select(wrap(position(i, shape), "array"), mask) for i in range(len(shape)))


def flatnonzero(a: Any) -> Any:
    """What `np.flatnonzero` gives."""
    return nonzero(np.ravel(_truth(a)))[0]


def argwhere(a: Any) -> Any:
    """What `np.argwhere` gives."""
    mask = _truth(a)
    value = at_hand(mask)
    if value is not None:
        return np.argwhere(value)
    columns = [wrap(position(i, mask.shape), "array") for i in range(mask.ndim)]
    if not columns:
        raise refuse("np.argwhere", "a single traced truth value has no rows", "use np.where")
    return select(np.stack(columns, axis=-1), mask)


TABLE: Final[Table] = {
    np.searchsorted: searchsorted, np.digitize: digitize, np.nonzero: nonzero,
    np.flatnonzero: flatnonzero, np.argwhere: argwhere,
}  # fmt: skip
