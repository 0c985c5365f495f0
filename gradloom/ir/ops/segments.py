"""The product of the other updates at the same place: what a scattered product's derivative is
made of. No division, so that zeros are right, to every order.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradloom.ir import ops as o
from gradloom.ir.graph import Operand, literal
from gradloom.ir.ops.rules import INDEX, broadcast, broadcast_in_dim
from gradloom.ir.types import Dim, Shape, size_of, tensor_type


def products_of_others(updates: Operand, indices: Sequence[Operand], sizes: Shape) -> Operand:
    """For each update, the product of all others that go to its place, in the updates' shape.

    `sizes` are those of the axes that the index arrays are for.
    """
    shape, places = updates.type.shape, indices[0].type.shape
    count = size_of(places)
    flat: Operand = o.reshape(updates, shape=(count, *shape[len(places) :]))
    each = [o.astype(o.reshape(i, shape=(count,)), dtype=INDEX) for i in indices]
    if isinstance(count, Dim) or any(isinstance(d, Dim) for d in sizes):
        found = _by_pairs(flat, each)
    else:
        found = flat if count == 0 else _by_order(flat, _raveled(each, sizes), count)
    result: Operand = o.reshape(found, shape=shape)
    return result


def _raveled(indices: Sequence[Operand], sizes: Shape) -> Operand:
    place = indices[0]
    for index, size in zip(indices[1:], sizes[1:], strict=True):
        place = place * literal(size, tensor_type(INDEX, place.type.shape)) + index
    return place


def _by_order(x: Operand, place: Operand, count: int) -> Operand:
    """Sorted by place, by the products before and after each update."""
    order = o.argsort(place, axis=0)
    x, place = (o.gather(a, order, axes=(0,)) for a in (x, place))
    others = _products_before(x, place, count, False) * _products_before(x, place, count, True)
    result: Operand = o.gather(others, o.argsort(order, axis=0), axes=(0,))
    return result


def _products_before(x: Operand, place: Operand, count: int, reverse: bool) -> Operand:
    """The product of what stands before each element at its place (after it when `reverse`), by
    doubling (Hillis, Steele 1986).
    """
    shape = x.type.shape
    one = literal(1, x.type)

    def before(values: Operand, by: int) -> Operand:
        same = o.equal(_shifted(place, by, -1, reverse), place)
        here = broadcast_in_dim(same, shape, (0,))
        result: Operand = o.where(here, _shifted(values, by, 1, reverse), one)
        return result

    found, by = before(x, 1), 1
    while by < count:
        found = found * before(found, by)
        by *= 2
    return found


def _shifted(x: Operand, by: int, fill: int, reverse: bool) -> Operand:
    """x moved `by` rows towards the end (`reverse`: the start); `fill` comes in."""
    low = tuple((-by if reverse else by) if i == 0 else 0 for i in range(x.type.ndim))
    value = literal(fill, tensor_type(x.type.dtype, ()))
    result: Operand = o.pad(
        x, value, low=low, high=tuple(-e for e in low), interior=(0,) * x.type.ndim
    )
    return result


def _by_pairs(x: Operand, indices: Sequence[Operand]) -> Operand:
    """The same for named sizes, in the square of the elements."""
    count, *rest = x.type.shape
    pairs: Shape = (count, count)
    rows, columns = (o.iota(dtype=INDEX, shape=pairs, axis=a) for a in (0, 1))
    meet = o.not_equal(rows, columns)
    for index in indices:
        here, there = (broadcast_in_dim(index, pairs, (a,)) for a in (0, 1))
        meet = o.logical_and(meet, o.equal(here, there))
    square: Shape = (*pairs, *rest)
    other = broadcast(o.reshape(x, shape=(1, count, *rest)), square)
    chosen = o.where(broadcast_in_dim(meet, square, (0, 1)), other, literal(1, other.type))
    result: Operand = o.prod(chosen, axes=(1,))
    return result
