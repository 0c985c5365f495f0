"""Sorts: ascending, NaN last, complex numbers by real and then imaginary part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.arguments import shown
from gradloom.frontend.numpy.axes import one_axis, operand, reshaped
from gradloom.frontend.numpy.lexical import in_order, order_of, take_along
from gradloom.frontend.numpy.lift import cast, lift
from gradloom.frontend.numpy.rearrange import known
from gradloom.frontend.numpy.shape import reshape
from gradloom.frontend.numpy.views import fresh
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, wrap
from gradloom.ir.dims import Dim
from gradloom.ir.errors import CallError, ShapeError
from gradloom.ir.graph import Operand
from gradloom.ir.location import user_location

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


def _require_kind(name: str, kind: Any, stable: Any, known: tuple[str, ...]) -> None:
    """All kinds give the same here, the stable order; wrong ones are told as numpy does."""
    if kind is not None and stable is not None:
        raise ShapeError(
            f"np.{name}: `kind` and `stable` parameters can't be provided at the same time. "
            "Use only one of them.",
            location=user_location(),
        )
    if known is _SORTS and isinstance(kind, str) and kind[:1].lower() in ("q", "m", "h", "s"):
        return  # numpy reads the first letter
    if known is _SELECTS and not isinstance(kind, str):
        raise TypeError(f"select kind must be str, not {type(kind).__name__}")
    if kind is not None and kind not in known:
        raise ShapeError(f"np.{name}: {kind!r} is no kind: {known}", location=user_location())


_SORTS: Final = ("quicksort", "mergesort", "heapsort", "stable")
_SELECTS: Final = ("introselect",)


def sort(
    a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None
) -> Tracer:
    """What `np.sort` gives."""
    _require_kind("sort", kind, stable, _SORTS)
    value, at = _along("sort", a, axis, order)
    return fresh(in_order(value, at), lift(a))


def argsort(
    a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None
) -> Tracer:
    """What `np.argsort` gives; always stable."""
    _require_kind("argsort", kind, stable, _SORTS)
    x = lift(a)
    value, at = _along("argsort", x if x.ndim else reshape(x, (1,)), axis, order)
    return wrap(order_of(value, at), "array")


def partition(
    a: Any, kth: Any, axis: Any = -1, kind: str = "introselect", order: Any = None
) -> Tracer:
    """A partition as `np.partition` promises: the whole sort."""
    _require_kind("partition", kind, None, _SELECTS)
    value, at = _along("partition", a, axis, order)
    _require_kth(kth, value.type.shape[at])
    return fresh(in_order(value, at), lift(a))


def argpartition(
    a: Any, kth: Any, axis: Any = -1, kind: str = "introselect", order: Any = None
) -> Tracer:
    """The order of a partition as `np.argpartition` promises: that of the whole sort."""
    _require_kind("argpartition", kind, None, _SELECTS)
    value, at = _along("argpartition", a, axis, order)
    _require_kth(kth, value.type.shape[at])
    return wrap(order_of(value, at), "array")


def _require_kth(kth: Any, size: int | Dim) -> None:
    places = known(kth, "kth of np.partition")
    if places.dtype.kind not in "iu" or places.ndim > 1:
        raise CallError(
            f"np.partition: kth is a place or a list of them, not {shown(kth)}",
            location=user_location(),
            hint="places are whole numbers: kth=x.shape[axis] // 2",
        )
    for k in np.ravel(places):
        if not isinstance(size, Dim) and size and not -size <= k < size:
            raise ShapeError(
                f"np.partition: kth(={k}) out of bounds ({size})", location=user_location()
            )


def sort_complex(a: Any) -> Tracer:
    """What `np.sort_complex` gives: small integers as complex64, all else as complex128."""
    x = lift(a)
    made = sort(x)
    if x.dtype.kind == "c":
        return made
    small = x.dtype in (np.int8, np.int16, np.uint8, np.uint16)
    wide = np.dtype(np.complex64 if small else np.complex128)
    return wrap(cast(made.here(require_trace()), wide), "array")


def lexsort(keys: Any, axis: Any = -1) -> Tracer:
    """What `np.lexsort` gives: stable sorts by each key, the last key first in rank."""
    rows = [operand(k) for k in (keys if not isinstance(keys, Tracer) else list(keys))]
    if not rows:
        raise TypeError("np.lexsort: need sequence of keys with len > 0")
    for row in rows:
        if row.type.shape != rows[0].type.shape:
            raise ShapeError(
                f"np.lexsort: keys of shapes {rows[0].type.shape} and {row.type.shape} differ",
                location=user_location(),
            )
    if not rows[0].type.shape:
        return wrap(cast(operand(0), _INT))
    at = one_axis("lexsort", axis, rows[0].type.ndim)
    order = order_of(rows[0], at)
    for row in rows[1:]:
        step = order_of(take_along(row, order, at), at)
        order = take_along(order, step, at)
    return wrap(order, "array")


TABLE: Final[Table] = {
    np.sort: sort, np.argsort: argsort, np.partition: partition, np.argpartition: argpartition,
    np.lexsort: lexsort, np.sort_complex: sort_complex,
}  # fmt: skip
