"""Orders at random, and choices from arrays."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import Array
from gradloom.frontend.random.discrete import randint
from gradloom.frontend.random.families import gumbel
from gradloom.frontend.random.keys import (
    checked_key,
    checked_shape,
    drawn,
    is_number,
    public,
    split,
)
from gradloom.frontend.random.uniform import fraction
from gradloom.frontend.tracer import is_tracer, refuse
from gradloom.ir.dims import Dim
from gradloom.ir.errors import DtypeError, ShapeError
from gradloom.ir.types import Shape, is_inexact

_ROUND: Final = 2**32 - 1
"""A round of sorting by 32-bit keys leaves elements with equal keys in order; so many rounds are
made that the chance of two elements with equal keys in all of them is below 1 / size, as in JAX.
"""


def _rounds(name: str, size: Any) -> int:
    if isinstance(size, Dim):
        raise refuse(
            f"gl.random.{name}", f"the number of rounds depends on the size, which is {size}",
            "trace with a size that is a number",
        )  # fmt: skip
    return math.ceil(3 * math.log(max(1, size)) / math.log(_ROUND))


def _orders(name: str, key: Any, shape: Shape, size: Any, axis: int) -> list[Array]:
    """The order that each round of sorting brings, by stable sorts along the axis."""
    found = []
    for _ in range(_rounds(name, size)):
        key, now = split(key)
        words = drawn(name, now, shape, 32).astype(np.int64)
        found.append(np.argsort(words, axis=axis, kind="stable"))
    return found


def _shuffled_range(name: str, key: Any, size: Any) -> Array:
    """0 to size - 1 in random order."""
    orders = _orders(name, key, (size,), size, 0)
    if not orders:
        return np.arange(size)
    made = orders[0]
    for order in orders[1:]:
        made = made[order]
    return made


@public
def permutation(key: Any, x: Any, axis: int = 0, independent: bool = False) -> Array:
    """`x` in random order along an axis, or `np.arange(x)` of a number.

    With `independent` every vector along the axis is put into an order of its own. Equal to
    `jax.random.permutation`.

    >>> from gradloom.frontend.random import key
    >>> permutation(key(0), 5)
    array([0, 1, 4, 3, 2])
    """
    checked_key("permutation", key)
    if is_number(x) or isinstance(x, Dim):
        return _shuffled_range("permutation", key, x if isinstance(x, Dim) else int(x))
    array: Array = x if is_tracer(x) else np.asarray(x)
    if not array.ndim:
        raise DtypeError(
            "gl.random.permutation takes an integer or an array with axes, "
            f"and got a {'traced ' if is_tracer(x) else ''}{array.dtype} number",
            hint="the size of the result must be known: pass a Python int",
        )
    axis = _axis("permutation", axis, array)
    if not independent or array.ndim == 1:
        return np.take(array, _shuffled_range("permutation", key, array.shape[axis]), axis=axis)
    for order in _orders("permutation", key, array.shape, array.size, axis):
        array = np.take_along_axis(array, order, axis=axis)
    return array


def _axis(name: str, axis: int, array: Array) -> int:
    if not -array.ndim <= axis < array.ndim:
        raise ShapeError(f"gl.random.{name}: there is no axis {axis} in shape {array.shape}")
    return axis % int(array.ndim)


@public
def choice(
    key: Any, a: Any, shape: Any = (), replace: bool = True, p: Any = None, axis: int = 0
) -> Array:
    """Elements of `a` (or of `np.arange(a)`) along an axis, drawn with probabilities `p`.

    Equal to `jax.random.choice`; with `p`, where no running sum is within rounding of a draw. The
    elements have derivatives, `p` has none.

    >>> from gradloom.frontend.random import key
    >>> choice(key(0), np.array([10, 20, 30]), (4,))
    array([10, 30, 30, 30])
    """
    checked_key("choice", key)
    sizes, number = checked_shape("choice", shape), is_number(a) or isinstance(a, Dim)
    array: Array = None if number else a if is_tracer(a) else np.asarray(a)
    if not number and not array.ndim:
        raise DtypeError("gl.random.choice takes an integer or an array with axes")
    axis = 0 if number else _axis("choice", axis, array)
    count = a if number else array.shape[axis]
    draws = math.prod(sizes)
    _check_count(count, draws, replace)
    if p is None:
        places = _even(key, sizes, count, draws, replace)
    else:
        places = _weighted(key, _weights(p, count), sizes, draws, replace)
    places = places.reshape(sizes)
    return places if number else np.take(array, places, axis=axis)


def _check_count(count: Any, draws: Any, replace: bool) -> None:
    if draws == 0 or isinstance(count, Dim):
        return
    if count <= 0:
        raise ShapeError("gl.random.choice: there is nothing to choose from")
    if not replace and not (isinstance(draws, int) and draws <= count):
        raise ShapeError(
            f"gl.random.choice: {draws} draws without replacement from {count} elements"
        )


def _even(key: Any, sizes: Shape, count: Any, draws: Any, replace: bool) -> Array:
    if replace:
        return randint(key, sizes, 0, count)
    return _shuffled_range("choice", key, count)[:draws]


def _weights(p: Any, count: Any) -> Array:
    weights: Array = p if is_tracer(p) else np.asarray(p)
    if weights.shape != (count,):
        raise ShapeError(
            f"gl.random.choice: p has shape {weights.shape} for {count} elements to choose from"
        )
    return weights if is_inexact(weights.dtype) else weights.astype(np.float64)


def _weighted(key: Any, p: Array, sizes: Shape, draws: Any, replace: bool) -> Array:
    if not replace:
        noisy = gumbel(key, p.shape, p.dtype) + np.log(p)
        return np.argsort(-noisy, kind="stable")[:draws]
    sums = np.cumsum(p)
    at = sums[-1] * (1 - fraction("choice", key, sizes, p.dtype))
    return np.searchsorted(sums, at).astype(np.int64)
