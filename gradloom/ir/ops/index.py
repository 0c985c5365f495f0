"""Reading and writing at positions that are themselves data.

`gather` and `scatter` take one array of positions per indexed axis; the indexed axes go to the
front, as in `np.moveaxis(x, axes, front)[i1, ..., im]`. The frontend wraps negative positions.
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.errors import DtypeError, IndexOutOfRange, ShapeError
from gradloom.ir.graph import Node, Operand
from gradloom.ir.op import WHOLE, Attrs, AxisMap, Linear, Op, Rule
from gradloom.ir.ops.rules import (
    batch_all,
    count,
    require_equal_dtypes,
    require_kind,
    sizes_of_factors,
    zeros_like,
)
from gradloom.ir.ops.segments import products_of_others
from gradloom.ir.types import TensorType

Ct = tuple[Operand | None, ...]
Marks = Sequence[bool]
Types = tuple[TensorType, ...]


@dataclass(frozen=True, slots=True)
class Indexed(Attrs):
    """The axes that the index arrays are for, in their order."""

    axes: tuple[int, ...]


def rest_of(axes: Sequence[int], ndim: int) -> tuple[int, ...]:
    """The axes that are not in `axes`, in order."""
    return tuple(i for i in range(ndim) if i not in axes)


def _check_indices(name: str, axes: tuple[int, ...], x: TensorType, indices: Types) -> int:
    """The number of axes of each index array."""
    valid = len(set(axes)) == len(axes) and builtins.all(0 <= a < x.ndim for a in axes)
    if not axes or not valid:
        raise ShapeError(f"{name}: {axes} are not distinct axes of {x}")
    if len(indices) != len(axes):
        raise ShapeError(f"{name}: {len(indices)} index arrays were given for {len(axes)} axes")
    for index in indices:
        require_kind(f"{name}: an index", index.dtype, "iu")
        if index.shape != indices[0].shape:
            raise ShapeError(f"{name}: shapes of index arrays differ: {indices[0]} and {index}")
    return indices[0].ndim


def _factors(
    axes: tuple[int, ...], x: TensorType, places: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Factors of x's axes (WHOLE where indexed) and of I + the others; I has 0 .. places - 1."""
    others = rest_of(axes, x.ndim)
    named = {axis: places + i for i, axis in enumerate(others)}
    of_x = tuple(named.get(axis, WHOLE) for axis in range(x.ndim))
    return of_x, (*range(places), *named.values())


# ---- gather --------------------------------------------------------------------------------------


def _gather_axes(attrs: Indexed, x: TensorType, *indices: TensorType) -> AxisMap:
    places = _check_indices("gather", attrs.axes, x, indices)
    of_x, of_result = _factors(attrs.axes, x, places)
    return AxisMap((of_x, *(tuple(range(places)),) * len(indices)), (of_result,))


def _require_positions(indices: Sequence[np.ndarray]) -> None:
    """Raise for an index below 0, which numpy would count from the end a second time."""
    for index in indices:
        if np.size(index) and np.min(index) < 0:
            raise IndexOutOfRange(f"an index is out of bounds: {np.min(index)} after wrapping")


def _gather_numpy(attrs: Indexed, x: np.ndarray, *indices: np.ndarray) -> Any:
    _require_positions(indices)
    return np.moveaxis(x, attrs.axes, range(len(attrs.axes)))[indices]


def _gather_transpose(node: Node, ct: Operand, linear: Marks) -> Ct:
    x, *indices = node.operands
    added = o.scatter(zeros_like(x), ct, *indices, axes=node.attrs.axes, mode="add")  # type: ignore[union-attr]
    return (added, *(None,) * len(indices))


def batch_gather(
    attrs: Indexed, operands: Sequence[Operand], marks: Marks, size: int | Dim
) -> Operand:
    """Broadcasts no operand but indices: a batched x alone has one more of the other axes."""
    x, *indices = operands
    shifted = tuple(a + 1 for a in attrs.axes)
    if not builtins.any(marks[1:]):
        made = o.gather(x, *indices, axes=shifted)
        return move_axis(made, indices[0].type.ndim, 0)
    indices = batch_all(indices, marks[1:], size)
    result: Operand = (
        o.gather(x, batch_index(indices[0]), *indices, axes=(0, *shifted))
        if marks[0]
        else o.gather(x, *indices, axes=attrs.axes)
    )
    return result


def batch_index(index: Operand) -> Operand:
    """Positions along the leading axis, in the type of a batched index array."""
    result: Operand = o.iota(dtype=index.type.dtype, shape=index.type.shape, axis=0)
    return result


def move_axis(x: Operand, source: int, target: int) -> Operand:
    """x with one axis moved, as `np.moveaxis`."""
    perm = [i for i in range(x.type.ndim) if i != source]
    perm.insert(target, source)
    result: Operand = x if source == target else o.permute_dims(x, perm=tuple(perm))
    return result


gather: Final[Op] = Op(
    "gather",
    _gather_numpy,
    Linear(),
    attrs=Indexed,
    axes=_gather_axes,
    transpose=_gather_transpose,
    batch=batch_gather,
    variadic=True,
    arity=2,
    domain="0 <= index < size of its axis",
)


# ---- scatter -------------------------------------------------------------------------------------

Mode = Literal["set", "add", "multiply", "max", "min"]
_AT: Final = {
    "add": np.add.at,
    "multiply": np.multiply.at,
    "max": np.maximum.at,
    "min": np.minimum.at,
}
_KINDS: Final = {"set": "biufc", "add": "iufc", "multiply": "iufc", "max": "biuf", "min": "biuf"}


@dataclass(frozen=True, slots=True)
class Scattered(Attrs):
    """The axes that the index arrays are for, and how an update meets what is there."""

    axes: tuple[int, ...]
    mode: Mode = "set"


def _scatter_axes(
    attrs: Scattered, x: TensorType, updates: TensorType, *indices: TensorType
) -> AxisMap:
    """Index positions are `whole`: a part of the updates gives no part of the result."""
    if attrs.mode not in _KINDS:
        raise DtypeError(
            f"scatter: there is no mode {attrs.mode!r}", hint="modes: " + ", ".join(_KINDS)
        )
    require_kind(
        f"scatter ({attrs.mode})", require_equal_dtypes("scatter", (x, updates)), _KINDS[attrs.mode]
    )
    places = _check_indices("scatter", attrs.axes, x, indices)
    of_x, of_updates = _factors(attrs.axes, x, places)
    if updates.ndim != len(of_updates):
        raise ShapeError(
            f"scatter: {updates} are no updates of {len(of_updates)} axes: the indices', then "
            f"those of {x} that are not indexed"
        )
    of_index = tuple(range(places))
    return AxisMap(
        (of_x, of_updates, *(of_index,) * len(indices)), (of_x,), whole=frozenset(of_index)
    )


def _scatter_infer(attrs: Scattered, *types: TensorType) -> Types:
    sizes_of_factors("scatter", _scatter_axes(attrs, *types), types)
    return (types[0],)


def _scatter_numpy(
    attrs: Scattered, x: np.ndarray, updates: np.ndarray, *indices: np.ndarray
) -> np.ndarray:
    _require_positions(indices)
    out = np.array(x)
    front = np.moveaxis(out, attrs.axes, range(len(attrs.axes)))
    if attrs.mode == "set":
        front[indices] = updates
    else:
        _AT[attrs.mode](front, indices, updates)
    return out


def _scatter(
    x: Operand, updates: Operand, indices: Sequence[Operand], attrs: Scattered, mode: Mode
) -> Operand:
    result: Operand = o.scatter(x, updates, *indices, axes=attrs.axes, mode=mode)
    return result


def _scatter_jvp(node: Node, tx: Operand | None, tu: Operand | None, *_: None) -> Operand:
    x, updates, *indices = node.operands
    attrs = node.attrs
    assert isinstance(attrs, Scattered)
    dx = zeros_like(x) if tx is None else tx
    if attrs.mode == "multiply":
        dx = _scatter(dx, updates, indices, attrs, "multiply")
        return dx if tu is None else dx + _by_updates(node, tu, attrs)
    du = zeros_like(updates) if tu is None else tu
    if attrs.mode in ("set", "add"):
        return _scatter(dx, du, indices, attrs, attrs.mode)
    return _winners_tangent(node, dx, du, attrs)


def _by_updates(node: Node, du: Operand, attrs: Scattered) -> Operand:
    """A scattered product's tangent by its updates: each with the old element and the others."""
    x, updates, *indices = node.operands
    others = products_of_others(updates, indices, tuple(x.type.shape[a] for a in attrs.axes))
    old = o.gather(x, *indices, axes=attrs.axes)
    return _scatter(zeros_like(x), du * others * old, indices, attrs, "add")


def _winners_tangent(node: Node, dx: Operand, du: Operand, attrs: Scattered) -> Operand:
    """The mean of the tangents of the winners at a place: the old element, updates, or several."""
    x, updates, *indices = node.operands
    there = o.gather(node.result, *indices, axes=attrs.axes)
    stays, wins = o.equal(x, node.result), o.equal(updates, there)
    stay, win = (o.astype(w, dtype=x.type.dtype) for w in (stays, wins))
    winners = _scatter(stay, win, indices, attrs, "add")
    dx, du = o.where(stays, dx, zeros_like(dx)), o.where(wins, du, zeros_like(du))
    return _scatter(dx, du, indices, attrs, "add") / winners


def _scatter_transpose(node: Node, ct: Operand, linear: Marks) -> Ct:
    _, updates, *indices = node.operands
    attrs = node.attrs
    assert isinstance(attrs, Scattered)
    over = zeros_like(updates) if attrs.mode == "set" else updates
    dx = ct if attrs.mode == "add" else _scatter(ct, over, indices, attrs, attrs.mode)
    du = o.gather(ct, *indices, axes=attrs.axes) if linear[1] else None
    return (dx if linear[0] else None, du, *(None,) * len(indices))


def batch_scatter(
    attrs: Scattered, operands: Sequence[Operand], marks: Marks, size: int | Dim
) -> Operand:
    """The batch rule of scatter."""
    x, updates = batch_all(operands[:2], marks[:2], size)
    indices = list(operands[2:])
    axes = tuple(a + 1 for a in attrs.axes)
    if not builtins.any(marks[2:]):
        moved = move_axis(updates, 0, indices[0].type.ndim)
        return _scatter(x, moved, indices, Scattered(axes), attrs.mode)
    indices = batch_all(indices, marks[2:], size)
    return _scatter(
        x, updates, [batch_index(indices[0]), *indices], Scattered((0, *axes)), attrs.mode
    )


def _scatter_cost(node: Node, sizes: dict[str, int]) -> int:
    mode = node.attrs.mode  # type: ignore[union-attr]
    return 0 if mode == "set" else count(node.operands[1].type, sizes)


scatter: Final[Op] = Op(
    "scatter",
    _scatter_numpy,
    Rule(_scatter_jvp),
    attrs=Scattered,
    axes=_scatter_axes,
    infer=_scatter_infer,
    transpose=_scatter_transpose,
    batch=batch_scatter,
    cost=_scatter_cost,
    variadic=True,
    arity=3,
    domain="0 <= index < size of its axis; with mode set no place twice",
)
