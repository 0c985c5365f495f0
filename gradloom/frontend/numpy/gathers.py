"""Integer arrays as indices: gathered, and scattered so that the last of equal places wins."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.frontend.numpy.axes import fill, ints, permuted, position, reshaped
from gradloom.frontend.numpy.keys import Key, Span
from gradloom.frontend.numpy.lift import broadcast_shapes, cast, lift
from gradloom.frontend.numpy.spans import take_spans
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer
from gradloom.ir import ops as o
from gradloom.ir.errors import IndexOutOfRange, ShapeError
from gradloom.ir.graph import Literal, Operand, literal
from gradloom.ir.location import user_location
from gradloom.ir.ops.rules import INDEX, broadcast
from gradloom.ir.types import Dim, Shape


def widened(base: Operand, key: Key) -> Operand:
    """The array with the axes of size 1 that single truth values index."""
    shape = base.type.shape
    for place in key.ones:
        shape = (*shape[:place], 1, *shape[place:])
    return reshaped(base, shape)


def take(base: Operand, key: Key) -> Operand:
    """`base[key]` where the key holds integer arrays."""
    base = widened(base, key)
    inner = take_spans(base, key.frame(base.type.shape))
    axes, indices = indices_of(base.type.shape, key)
    if isinstance(inner, Literal):
        _, shape = result_order(key, indices[0].type.shape, inner.type.shape)
        return literal(inner.value, inner.type.with_shape(shape))
    gathered = o.gather(inner, *indices, axes=axes)
    order, shape = result_order(key, indices[0].type.shape, inner.type.shape)
    return reshaped(permuted(gathered, order), shape)


def indices_of(base_shape: Shape, key: Key) -> tuple[tuple[int, ...], list[Operand]]:
    """The axes with integer indices, and those as non-negative i64 operands of one shape."""
    axes = tuple(i for i, item in enumerate(key.axes) if not isinstance(item, Span))
    shapes: list[Shape] = [np.shape(key.axes[i]) for i in axes]
    try:
        shape = broadcast_shapes("index arrays", shapes)
    except ShapeError as error:
        raise IndexOutOfRange(
            "shape mismatch: indexing arrays could not be broadcast together with shapes "
            + " ".join(str(tuple(s)) for s in shapes),
            location=user_location(), hint=error.hint,
        ) from None  # fmt: skip
    if 0 in shape:  # then numpy looks at single numbers only
        for i in axes:
            if not np.shape(key.axes[i]):
                _checked(key.axes[i], i, base_shape)
        return axes, [fill(0, INDEX, shape) for _ in axes]
    return axes, [broadcast(_checked(key.axes[i], i, base_shape), shape) for i in axes]


def _checked(item: Any, axis: int, shape: Shape) -> Operand:
    size = shape[axis]
    if not isinstance(size, Dim) and type(item) is not Tracer:
        array = np.asarray(item, np.int64)
        bad = (array < -size) | (array >= size)
        if bad.any():
            raise IndexOutOfRange(
                f"index {array[bad].flat[0]} is out of bounds for axis {axis} with size {size}",
                location=user_location(),
            )
        return lift(np.where(array < 0, array + size, array)).here(require_trace())
    index = cast(lift(item).here(require_trace()), INDEX)
    if isinstance(index, Literal) and int(index.value) >= 0:
        return index
    last: Operand = (
        broadcast(o.dim(size=size), index.type.shape)
        if isinstance(size, Dim)
        else literal(size, index.type)
    )
    zero = literal(0, index.type)
    back = o.add(index, last)
    beyond = o.where(o.less(back, zero), last, back)  # no backend counts from the end once more
    result: Operand = o.where(o.less(index, zero), beyond, index)
    return result


def result_order(key: Key, index_shape: Shape, base_shape: Shape) -> tuple[tuple[int, ...], Shape]:
    """How gather's axes (indices first, then slices) stand in the result, and the result's shape
    with new axes.
    """
    n = len(index_shape)
    spans = [i for i, item in enumerate(key.axes) if isinstance(item, Span)]
    order: list[int] = []
    shape: list[int | Dim] = []
    for entry in key.layout:
        if entry == "index":
            order += range(n)
            shape += index_shape
        elif entry == "new":
            shape.append(1)
        else:
            order.append(n + spans.index(int(entry)))
            shape.append(base_shape[int(entry)])
    return tuple(order), tuple(shape)


def scatter(inner: Operand, key: Key, value: Operand, mode: str) -> Operand:
    """`inner[key] <mode>= value`, where the key's slices have been taken already."""
    axes, indices = indices_of(inner.type.shape, key)
    order, shape = result_order(key, indices[0].type.shape, inner.type.shape)
    updates = fitted(value, shape, indexed=True)
    entries = _entries(key, len(indices[0].type.shape))
    kept = tuple(d for d, entry in zip(shape, entries, strict=True) if entry != "new")
    updates = permuted(reshaped(updates, kept), np.argsort(order).tolist())
    if mode == "set":
        return _set(inner, updates, axes, indices, value.type.size == 1)
    result: Operand = o.scatter(inner, updates, *indices, axes=axes, mode=mode)
    return result


def fitted(value: Operand, shape: Shape, indexed: bool = False) -> Operand:
    """`value` broadcast to `shape`; leading axes of size 1 too many are dropped, as numpy's
    assignment does.
    """
    given = value.type.shape
    while len(given) > len(shape) and given[0] == 1:
        given = given[1:]
    if not _broadcasts(given, shape):
        whole = value.type.shape
        raise ShapeError(
            f"shape mismatch: value array of shape {whole} could not be broadcast to indexing "
            f"result of shape {shape}"
            if indexed
            else f"could not broadcast input array from shape {whole} into shape {shape}",
            location=user_location(),
            hint="write as many elements as there are places, or one",
        )
    return broadcast(reshaped(value, given), shape)


def _broadcasts(given: Shape, shape: Shape) -> bool:
    try:
        return broadcast_shapes("assignment", [given, shape]) == shape
    except ShapeError:
        return False


def _entries(key: Key, n: int) -> list[Any]:
    return [e for entry in key.layout for e in ([entry] * n if entry == "index" else [entry])]


# ---- places that occur more than once ------------------------------------------------------------


def _set(
    inner: Operand, updates: Operand, axes: tuple[int, ...], indices: list[Operand], uniform: bool
) -> Operand:
    """numpy's assignment: of several updates for one place the last one wins."""
    arrays: list[Any] = [require_trace().constant_value(i) for i in indices]
    if all(a is not None for a in arrays):
        indices, updates = _last_of_equal(indices, arrays, updates)
    elif not (_are_distinct(indices, arrays) or isinstance(updates, Literal)):
        return _set_by_winner(inner, updates, axes, indices, uniform)
    result: Operand = o.scatter(inner, updates, *indices, axes=axes, mode="set")
    return result


def _are_distinct(indices: list[Operand], arrays: list[Any]) -> bool:
    """Whether no place can occur twice: there is one, or a known index never repeats."""
    if indices[0].type.size == 1:
        return True
    return any(a is not None and np.unique(a).size == a.size for a in arrays)


def _set_by_winner(
    inner: Operand, updates: Operand, axes: tuple[int, ...], indices: list[Operand], uniform: bool
) -> Operand:
    """Every place reads the update with the greatest number among those for it.

    Backends may write equal places in any order, and a derivative would count all of them.
    """
    n = indices[0].type.ndim
    shape, rest = inner.type.shape, updates.type.shape[n:]
    places = tuple(shape[a] for a in axes)
    count = indices[0].type.size
    if not isinstance(count, Dim) and count == 0:
        return inner
    number = reshaped(position(0, (count,)), indices[0].type.shape)
    start = broadcast(fill(-1, INDEX), places)
    winner = o.scatter(start, number, *indices, axes=tuple(range(len(axes))), mode="max")
    hit = o.greater_equal(winner, broadcast(fill(0, INDEX), places))
    rows = reshaped(updates, (count, *rest))
    if isinstance(count, Dim):  # which may turn out to be 0, and then nothing wins
        rows = o.concatenate(rows, fill(0, rows.type.dtype, (1, *rest)), axis=0)
    if uniform:
        new = broadcast(
            reshaped(o.gather(rows, fill(0, INDEX, (1,)), axes=(0,)), (*[1] * len(places), *rest)),
            (*places, *rest),
        )
    else:
        first = broadcast(fill(0, INDEX), places)
        new = o.gather(rows, o.maximum(winner, first), axes=(0,))
    others = [i for i in range(len(shape)) if i not in axes]
    front = permuted(inner, [*axes, *others])
    spread = broadcast(reshaped(hit, (*places, *[1] * len(rest))), front.type.shape)
    made = o.where(spread, new, front)
    return permuted(made, np.argsort([*axes, *others]).tolist())


def _last_of_equal(
    indices: list[Operand], arrays: list[Any], updates: Operand
) -> tuple[list[Operand], Operand]:
    """Where an index is known to occur twice, only its last update."""
    if not arrays[0].size:
        return indices, updates
    flat = np.stack([np.ravel(a) for a in arrays], axis=1)[::-1]
    _, first = np.unique(flat, axis=0, return_index=True)
    if len(first) == len(flat):
        return indices, updates
    keep = np.sort(len(flat) - 1 - first)
    n = indices[0].type.ndim
    rows = o.reshape(updates, shape=(len(flat), *updates.type.shape[n:]))
    kept = o.gather(rows, ints(keep), axes=(0,))
    return [ints(np.ravel(a)[keep]) for a in arrays], kept
