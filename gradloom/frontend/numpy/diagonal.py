"""Diagonals, triangles and grids."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.arguments import integer, one_number, real, shown
from gradloom.frontend.numpy.axes import fill, one_axis, operand, permuted, position
from gradloom.frontend.numpy.lift import lift
from gradloom.frontend.numpy.reduce import sum_
from gradloom.frontend.numpy.shape import ravel
from gradloom.frontend.numpy.views import (
    broadcast_view,
    fresh,
    place,
    read_only,
    spread_view,
    strides_of,
)
from gradloom.frontend.stores import foreign_target
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.errors import CallError, ShapeError
from gradloom.ir.graph import Literal, Operand
from gradloom.ir.location import user_location
from gradloom.ir.ops.rules import broadcast
from gradloom.ir.types import Shape

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table


_FLOAT: Final = np.dtype(np.float64)

# ---- diagonals ---------------------------------------------------------------------------------


def _length(rows: int | Dim, columns: int | Dim, k: int) -> int | Dim:
    """The length of the k-th diagonal."""
    rows, columns = rows + min(k, 0), columns - max(k, 0)
    shorter = rows if rows == columns or rows <= columns else columns
    return shorter if isinstance(shorter, Dim) else max(shorter, 0)


def take_diagonal(x: Operand, k: int, first: int, second: int) -> Operand:
    """The k-th diagonal of two axes, as the last axis."""
    rest = [i for i in range(x.type.ndim) if i not in (first, second)]
    size = _length(x.type.shape[first], x.type.shape[second], k)
    if isinstance(x, Literal):
        return Literal(x.value, x.type.with_shape((*(x.type.shape[i] for i in rest), size)))
    steps = position(0, (size,))
    rows, columns = steps + max(-k, 0), steps + max(k, 0)
    axes, indices = (
        ((first, second), (rows, columns)) if first < second else ((second, first), (columns, rows))
    )
    made = o.gather(x, *indices, axes=axes)
    return permuted(made, (*range(1, len(rest) + 1), 0))


def diagonal(a: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Tracer:
    """What `np.diagonal` gives: a read-only view."""
    x = lift(a)
    if x.ndim < 2:
        raise ShapeError(f"np.diagonal: {x.aval} has fewer than 2 axes", location=user_location())
    first, second = one_axis("diagonal", axis1, x.ndim), one_axis("diagonal", axis2, x.ndim)
    if first == second:
        raise ShapeError(
            "np.diagonal: axis1 and axis2 cannot be the same", location=user_location()
        )
    k = integer("offset=", offset)
    view = read_only(x, lambda base: take_diagonal(base, k, first, second))
    strides = strides_of(x)
    if strides is None:
        return view
    rest = [s for i, s in enumerate(strides) if i not in (first, second)]
    return place(view, [*rest, strides[first] + strides[second]])


def trace(
    a: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1, dtype: Any = None, out: Any = None
) -> Any:
    """What `np.trace` gives."""
    return sum_(diagonal(a, offset, axis1, axis2), -1, dtype, out)


def diag(v: Any, k: Any = 0) -> Tracer:
    """What `np.diag` gives: a matrix from a vector, or a vector from a matrix."""
    x = lift(v)
    if x.ndim == 2:
        return diagonal(x, k)
    if x.ndim != 1:
        raise ShapeError(
            f"np.diag: {x.aval} is neither a vector nor a matrix", location=user_location()
        )
    k = integer("k=", k)
    size = x.shape[0] + abs(k)
    shape = (size, size)
    on = o.equal(position(1, shape) - position(0, shape), fill(k, np.dtype(np.int64), shape))
    zero = fill(0, x.dtype)
    low, high = (k, 0) if k > 0 else (0, -k)
    columns = x.here(require_trace())
    if k:
        columns = o.pad(columns, zero, low=(low,), high=(high,), interior=(0,))
    return fresh(o.where(on, broadcast(columns, shape), fill(0, x.dtype, shape)))


def diagflat(v: Any, k: Any = 0) -> Tracer:
    """What `np.diagflat` gives."""
    return diag(ravel(v), k)


def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """What `np.fill_diagonal` does, in place."""
    if type(a) is not Tracer:
        raise foreign_target("fill_diagonal", a, require_trace().paths.get(id(a)))
    if a.ndim < 2:
        raise ShapeError("np.fill_diagonal: array must be at least 2-d", location=user_location())
    if a.ndim > 2 and len(set(a.shape)) > 1:
        raise ShapeError(
            "np.fill_diagonal: all dimensions of input must be of equal length",
            location=user_location(),
        )
    shape = tuple(int(d) for d in a.shape)
    if a.ndim == 2:
        step, end = shape[1] + 1, None if wrap else shape[1] * shape[1]
    else:
        step, end = 1 + int(np.cumprod(shape[:-1]).sum()), None
    places = np.arange(int(np.prod(shape)))[:end:step]
    value: Any = ravel(val)
    if value.shape[0] not in (0, 1):
        value = np.resize(value, (places.size,))
    a[np.unravel_index(places, shape)] = value


# ---- triangles ---------------------------------------------------------------------------------


def _require_whole(k: Any) -> None:
    """Raise for a `k=` between two diagonals, of which numpy makes a mask without meaning."""
    x = lift(one_number("k=", k))
    if x.dtype.kind not in "iub" and (type(k) is Tracer or k != int(real("k=", k, _FLOAT))):
        raise CallError(
            f"k= is the number of a diagonal, not {shown(k)}",
            location=user_location(),
            hint="convert with int(...), or x.astype(int)",
        )


def _triangle(name: str, keeps: Callable[[Operand, Operand], Operand]) -> Callable[..., Any]:
    def handler(m: Any, k: Any = 0) -> Tracer:
        x = lift(m)
        if not x.ndim:
            raise ShapeError(f"np.{name}: the array has no axis", location=user_location())
        _require_whole(k)
        value = x.here(require_trace())
        shape: Shape = value.type.shape if x.ndim > 1 else (x.shape[0], x.shape[0])
        value = broadcast(value, shape)
        distance = position(len(shape) - 1, shape) - position(len(shape) - 2, shape)
        by = broadcast(operand(k, np.dtype(np.int64)), shape)
        return fresh(o.where(keeps(distance, by), value, fill(0, x.dtype, shape)), x)

    handler.__doc__ = f"What `np.{name}` gives."
    return handler


tril: Final = _triangle("tril", lambda distance, k: o.less_equal(distance, k))
triu: Final = _triangle("triu", lambda distance, k: o.greater_equal(distance, k))


def tril_indices_from(arr: Any, k: int = 0) -> Any:
    """What `np.tril_indices_from` gives."""
    return np.tril_indices(_square(arr, "tril_indices_from")[0], k=k, m=lift(arr).shape[-1])  # type: ignore[arg-type]


def triu_indices_from(arr: Any, k: int = 0) -> Any:
    """What `np.triu_indices_from` gives."""
    return np.triu_indices(_square(arr, "triu_indices_from")[0], k=k, m=lift(arr).shape[-1])  # type: ignore[arg-type]


def _square(arr: Any, name: str) -> Any:
    x = lift(arr)
    if x.ndim != 2:
        raise ShapeError(f"np.{name}: input array must be 2-d", location=user_location())
    return x.shape


def diag_indices_from(arr: Any) -> Any:
    """What `np.diag_indices_from` gives."""
    x = lift(arr)
    if x.ndim < 2 or len(set(x.shape)) > 1:
        raise ShapeError(
            "np.diag_indices_from: at least 2 axes of equal length are due",
            location=user_location(),
        )
    return np.diag_indices(x.shape[0], x.ndim)  # type: ignore[arg-type]


# ---- grids -------------------------------------------------------------------------------------


def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    """What `np.meshgrid` gives."""
    if indexing not in ("xy", "ij"):
        raise ShapeError(
            "np.meshgrid: valid values for `indexing` are 'xy' and 'ij'", location=user_location()
        )
    vectors = [ravel(x) for x in xi]
    places = list(range(len(vectors)))
    if indexing == "xy" and len(vectors) > 1:
        places[:2] = [1, 0]
    made = [_along(v, at, len(vectors)) for v, at in zip(vectors, places, strict=True)]
    if not sparse:
        by_place = dict(zip(places, vectors, strict=True))
        shape = tuple(by_place[i].shape[0] for i in range(len(vectors)))
        made = [broadcast_view(m, shape) for m in made]
    if copy:
        return tuple(fresh(m.here(require_trace())) for m in made)
    return made if sparse else tuple(made)  # as numpy has it


def _along(v: Tracer, axis: int, ndim: int) -> Tracer:
    return spread_view(v, tuple(v.shape[0] if i == axis else 1 for i in range(ndim)))


def ix_(*args: Any) -> tuple[Any, ...]:
    """What `np.ix_` gives: vectors of indices, each along an axis of its own."""
    made = []
    for at, given in enumerate(args):
        v = given if type(given) is Tracer else np.asarray(given)
        if v.ndim != 1:
            raise ShapeError("np.ix_: cross index must be 1 dimensional", location=user_location())
        if v.dtype.kind == "b":
            v = np.flatnonzero(
                np.asarray(v._number("np.ix_ of a mask")) if type(v) is Tracer else v
            )
        made.append(v.reshape(tuple(v.shape[0] if i == at else 1 for i in range(len(args)))))
    return tuple(made)


TABLE: Final[Table] = {
    np.diagonal: diagonal, np.trace: trace, np.diag: diag, np.diagflat: diagflat,
    np.fill_diagonal: fill_diagonal, np.tril: tril, np.triu: triu,
    np.tril_indices_from: tril_indices_from, np.triu_indices_from: triu_indices_from,
    np.diag_indices_from: diag_indices_from, np.meshgrid: meshgrid, np.ix_: ix_,
}  # fmt: skip
