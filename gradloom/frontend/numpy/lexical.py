"""The order of elements, complex ones by real and then imaginary part, as numpy's.

NaN stands last: first numbers, then those whose imaginary part is NaN, then those whose real part
is, then those of which both are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.frontend.numpy.axes import choose, fill, position, reshaped, with_ones
from gradloom.frontend.numpy.lift import cast
from gradloom.ir import ops as o
from gradloom.ir.graph import Literal, Operand
from gradloom.ir.ops.rules import INDEX, broadcast


def take_along(x: Operand, index: Operand, axis: int) -> Operand:
    """The elements at non-negative indices along an axis; `index` has x's other axes."""
    if isinstance(x, Literal):
        return Literal(x.value, x.type.with_shape(index.type.shape))
    places = [index if i == axis else position(i, index.type.shape) for i in range(x.type.ndim)]
    result: Operand = o.gather(x, *places, axes=tuple(range(x.type.ndim)))
    return result


def in_order(x: Operand, axis: int) -> Operand:
    """The elements in order along an axis."""
    if x.type.dtype.kind == "c":
        return take_along(x, order_of(x, axis), axis)
    result: Operand = o.sort(x, axis=axis)
    return result


def order_of(x: Operand, axis: int) -> Operand:
    """Where the elements in order stand; equal ones as they came."""
    if x.type.dtype.kind != "c":
        result: Operand = o.argsort(x, axis=axis)
        return result
    real, imag, lost = o.real(x), o.imag(x), nan_rank(x)
    order: Operand = o.argsort(imag, axis=axis)
    for key in (real, lost):
        order = take_along(order, o.argsort(take_along(key, order, axis), axis=axis), axis)
    return order


def nan_rank(x: Operand) -> Operand:
    """0 for numbers, 1 where the imaginary part is NaN, 2 where the real part is, 3 where both."""
    result: Operand = o.add(
        o.multiply(cast(o.isnan(o.real(x)), INDEX), fill(2, INDEX, x.type.shape)),
        cast(o.isnan(o.imag(x)), INDEX),
    )
    return result


# ---- the greater and the less --------------------------------------------------------------------


def _is_nan(x: Operand) -> Operand:
    result: Operand = o.logical_or(o.isnan(o.real(x)), o.isnan(o.imag(x)))
    return result


def _not_behind(x: Operand, y: Operand, greater: bool) -> Operand:
    """Whether x >= y (x <= y) by real and then imaginary part, no NaN being in either."""
    (a, b), (c, d) = ((o.real(z), o.imag(z)) for z in (x, y))
    strictly, weakly = (o.greater, o.greater_equal) if greater else (o.less, o.less_equal)
    clear = o.logical_not(o.logical_or(o.isnan(b), o.isnan(d)))
    first = o.logical_and(strictly(a, c), clear)
    result: Operand = o.logical_or(first, o.logical_and(o.equal(a, c), weakly(b, d)))
    return result


def extreme_of_two(x: Operand, y: Operand, greater: bool) -> Operand:
    """np.maximum (np.minimum) of complex numbers; the first NaN where there is one."""
    first = o.logical_or(_is_nan(x), _not_behind(x, y, greater))
    result: Operand = o.where(first, x, y)
    return result


def place_of_extreme(x: Operand, axis: int, greater: bool) -> Operand:
    """The first position of the greatest (least) complex number along an axis, or of a NaN."""
    reduce, beyond = (o.max, -np.inf) if greater else (o.min, np.inf)
    real, imag = o.real(x), o.imag(x)
    shape = x.type.shape

    def best(part: Operand) -> Operand:
        return broadcast(with_ones(reduce(part, axes=(axis,)), shape, (axis,)), shape)

    level = o.equal(real, best(real))
    side: Any = choose("max", level, imag, fill(beyond, imag.type.dtype))
    wins = o.logical_and(level, o.equal(imag, best(side)))
    rank = choose("max", _is_nan(x), fill(2, INDEX), cast(wins, INDEX))
    result: Operand = o.argmax(rank, axis=axis)
    return result


def extreme(x: Operand, axes: tuple[int, ...], greater: bool) -> Operand:
    """np.max (np.min) of complex numbers over some axes: the first winner, whose derivative it
    has.
    """
    rest = [i for i in range(x.type.ndim) if i not in axes]
    shape = x.type.shape
    if not axes:
        return x
    moved = o.permute_dims(x, perm=(*rest, *axes)) if rest or len(axes) > 1 else x
    count: Any = 1
    for a in axes:
        count = count * shape[a]
    rows = reshaped(moved, (*[shape[i] for i in rest], count))
    at = len(rest)
    place = place_of_extreme(rows, at, greater)
    spread = reshaped(place, (*place.type.shape, 1))
    return reshaped(take_along(rows, spread, at), place.type.shape)
