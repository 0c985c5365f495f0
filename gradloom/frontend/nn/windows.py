"""Windows over the last axes of an array: what pooling and folds share."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from math import prod
from typing import Final

import numpy as np

from gradloom.frontend.nn.operands import Array
from gradloom.ir.errors import ShapeError
from gradloom.ir.location import user_location


def require_axes(what: str, x: Array, axes: int) -> None:
    """Raise where the array is not (channels, *axes), with or without a batch before."""
    if x.ndim not in (axes + 1, axes + 2):
        raise ShapeError(
            f"{what}: expected {axes + 1} axes (unbatched) or {axes + 2} (batched), and the "
            f"input has shape {tuple(x.shape)}", location=user_location(),
        )  # fmt: skip


def places_of(out: int, kernel: int, stride: int, dilation: int = 1) -> np.ndarray:
    """Where each window's elements are along an axis that is padded already."""
    steps: np.ndarray = np.add.outer(np.arange(out) * stride, np.arange(kernel) * dilation)
    return steps


def under(x: Array, places: Sequence[np.ndarray]) -> Array:
    """The elements under each window, as [..., *out, *kernel]: `places` has an array [out, kernel]
    for each of the last axes.
    """
    count = len(places)
    lead = x.ndim - count
    for i, index in enumerate(places):
        axis = lead + 2 * i
        if _side_by_side(index, x.shape[axis]):
            x = x.reshape((*x.shape[:axis], *index.shape, *x.shape[axis + 1 :]))
        else:
            x = np.take(x, index, axis=axis)
    outs = [lead + 2 * i for i in range(count)]
    return np.transpose(x, (*range(lead), *outs, *[i + 1 for i in outs]))


def folded(x: Array, places: Sequence[np.ndarray], ufunc: np.ufunc) -> Array:
    """The elements under each window, put together by a commutative ufunc, as [..., *out].

    Axis by axis, and of steps through the array, not of elements that were laid side by side: with
    numpy the maximum of two, of 200,000 numbers, takes 0.03 ms so, and 3.5 ms along an axis of two.
    """
    lead = x.ndim - len(places)
    for i, index in enumerate(places):
        axis = lead + i
        if index.shape[1] <= TAPS:
            x = functools.reduce(ufunc, [_at(x, tap, axis) for tap in index.T])
        else:
            x = ufunc.reduce(np.take(x, index, axis=axis), axis=axis + 1)
    return x


TAPS: Final = 32
"""Elements of a window that are put together one by one; a program has an op or more for each."""


def tapped(x: Array, places: Sequence[np.ndarray]) -> list[Array]:
    """For each element of a window, in order, that element of every window: [..., *out]."""
    lead = x.ndim - len(places)
    made = [x]
    for i, index in enumerate(places):
        made = [_at(part, tap, lead + i) for part in made for tap in index.T]
    return made


def _at(x: Array, tap: np.ndarray, axis: int) -> Array:
    """The elements at these rising places of an axis, by a slice where they are evenly spaced."""
    steps = set(np.diff(tap).tolist()) or {1}
    if len(steps) > 1 or 0 in steps:
        return np.take(x, tap, axis=axis)
    along = slice(int(tap[0]), int(tap[-1]) + 1, steps.pop())
    return x[(*(slice(None),) * axis, along)]


def _side_by_side(index: np.ndarray, size: int) -> bool:
    """Whether the windows follow each other and have all elements, each once."""
    return index.size == size and bool((index.reshape(-1) == np.arange(size)).all())


def flat(x: Array, axes: int) -> Array:
    """The last axes as one."""
    return x.reshape((*x.shape[: x.ndim - axes], prod(x.shape[x.ndim - axes :])))
