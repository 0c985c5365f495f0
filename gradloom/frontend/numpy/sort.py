"""Order: sorts, searches, and the positions where a mask holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn

import numpy as np

from gradloom.frontend.numpy.axes import one_axis, operand, position, reshaped, same_shape
from gradloom.frontend.numpy.lift import cast, lift
from gradloom.frontend.numpy.rearrange import gathered, known
from gradloom.frontend.numpy.shape import reshape
from gradloom.frontend.numpy.views import fresh
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, refuse, wrap
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.errors import ShapeError
from gradloom.ir.graph import Literal, Operand
from gradloom.ir.location import user_location
from gradloom.ir.ops.rules import broadcast

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table

_INT: Final = np.dtype(np.int64)


# ---- sorts -------------------------------------------------------------------------------------


def _along(name: str, a: Any, axis: Any, order: Any) -> tuple[Operand, int]:
    if order is not None:
        raise ShapeError(
            f"np.{name}: cannot specify order when the array has no fields",
            location=user_location(),
        )
    value = operand(a)
    if axis is None:
        return reshaped(value, (value.type.size,)), 0
    return value, one_axis(name, axis, value.type.ndim)


def sort(
    a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None
) -> Tracer:
    """What `np.sort` gives."""
    value, at = _along("sort", a, axis, order)
    return fresh(o.sort(value, axis=at), lift(a))


def argsort(
    a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None
) -> Tracer:
    """What `np.argsort` gives; always stable."""
    x = lift(a)
    value, at = _along("argsort", x if x.ndim else reshape(x, (1,)), axis, order)
    return wrap(o.argsort(value, axis=at), "array")


def partition(
    a: Any, kth: Any, axis: Any = -1, kind: str = "introselect", order: Any = None
) -> Tracer:
    """A partition as `np.partition` promises: the whole sort."""
    value, at = _along("partition", a, axis, order)
    _require_kth(kth, value.type.shape[at])
    return fresh(o.sort(value, axis=at), lift(a))


def argpartition(
    a: Any, kth: Any, axis: Any = -1, kind: str = "introselect", order: Any = None
) -> Tracer:
    """The order of a partition as `np.argpartition` promises: that of the whole sort."""
    value, at = _along("argpartition", a, axis, order)
    _require_kth(kth, value.type.shape[at])
    return wrap(o.argsort(value, axis=at), "array")


def _require_kth(kth: Any, size: int | Dim) -> None:
    for k in np.ravel(known(kth, "kth of np.partition")):
        if not isinstance(size, Dim) and size and not -size <= k < size:
            raise ShapeError(
                f"np.partition: kth(={k}) out of bounds ({size})", location=user_location()
            )


def take_along(x: Operand, index: Operand, axis: int) -> Operand:
    """The elements at non-negative indices along an axis; `index` has x's other axes."""
    if isinstance(x, Literal):
        return Literal(x.value, x.type.with_shape(index.type.shape))
    places = [index if i == axis else position(i, index.type.shape) for i in range(x.type.ndim)]
    result: Operand = o.gather(x, *places, axes=tuple(range(x.type.ndim)))
    return result


def sort_complex(a: Any) -> NoReturn:
    """Refused: graphs have no order of complex numbers."""
    raise refuse(
        "np.sort_complex",
        "complex numbers are not sorted in a graph",
        "sort real parts or absolute values",
    )


def lexsort(keys: Any, axis: Any = -1) -> Tracer:
    """What `np.lexsort` gives: stable sorts by each key, the last key first in rank."""
    rows = [operand(k) for k in (keys if not isinstance(keys, Tracer) else list(keys))]
    if not rows:
        raise TypeError("np.lexsort: need sequence of keys with len > 0")
    if not rows[0].type.shape:
        return wrap(cast(operand(0), _INT))
    at = one_axis("lexsort", axis, rows[0].type.ndim)
    order = o.argsort(rows[0], axis=at)
    for row in rows[1:]:
        step = o.argsort(take_along(row, order, at), axis=at)
        order = take_along(order, step, at)
    return wrap(order, "array")


# ---- searches ----------------------------------------------------------------------------------


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
        edges = gathered(edges, operand(sorter, _INT), 0)
    shape = (*wanted.type.shape, edges.type.shape[0])
    left = broadcast(edges, shape)
    right = broadcast(reshaped(wanted, (*wanted.type.shape, 1)), shape)
    # All pairs are compared: no op searches, and this has a rule in every backend.
    before = (o.less if side == "left" else o.less_equal)(left, right)
    if dtype.kind == "f":  # NaN stands behind all numbers
        beyond = o.isnan(right)
        before = o.logical_or(
            before,
            o.logical_and(beyond, o.logical_not(o.isnan(left))) if side == "left" else beyond,
        )
    return wrap(
        o.sum(cast(before, _INT), axes=(len(shape) - 1,)),
        "array" if values.kind == "array" and values.ndim else None,
    )


def digitize(x: Any, bins: Any, right: bool = False) -> Any:
    """What `np.digitize` gives, for bins that rise or fall."""
    values, edges = lift(x), lift(bins)
    if values.dtype.kind == "c":
        raise TypeError("x may not be complex")
    if edges.ndim != 1:
        raise ShapeError(f"np.digitize: bins {edges.aval} are no vector", location=user_location())
    side = "left" if right else "right"
    rising = searchsorted(edges, values, side)
    falling = edges.shape[0] - searchsorted(edges[::-1], values, side)
    if type(bins) is not Tracer or require_trace().constant_of(bins) is not None:
        return rising if _rises(np.asarray(known(bins, "bins"))) else falling
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


def _mask(x: Any, name: str) -> np.ndarray:
    """The truth of each element; raises `ValueNeeded` where the trace has no values."""
    why = f"np.{name} (its result is as long as it finds elements;  np.where(mask, a, b) is not)"
    return np.asarray(known(x, why) != 0)


def nonzero(a: Any) -> tuple[np.ndarray, ...]:
    """What `np.nonzero` gives, where values are at hand."""
    return np.nonzero(_mask(a, "nonzero"))


def flatnonzero(a: Any) -> np.ndarray:
    """What `np.flatnonzero` gives, where values are at hand."""
    return np.flatnonzero(_mask(a, "flatnonzero"))


def argwhere(a: Any) -> np.ndarray:
    """What `np.argwhere` gives, where values are at hand."""
    return np.argwhere(_mask(a, "argwhere"))


TABLE: Final[Table] = {
    np.sort: sort, np.argsort: argsort, np.partition: partition, np.argpartition: argpartition,
    np.lexsort: lexsort, np.sort_complex: sort_complex, np.searchsorted: searchsorted,
    np.digitize: digitize, np.nonzero: nonzero, np.flatnonzero: flatnonzero, np.argwhere: argwhere,
}  # fmt: skip
