"""Windows over the last axes of an array: what pooling and folds share."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from math import prod

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


def summed(x: Array, places: Sequence[np.ndarray]) -> Array:
    """The sum under each window, as [..., *out]: axis by axis, and not of elements laid side by
    side, which would be as many more as windows overlap.
    """
    lead = x.ndim - len(places)
    for i, index in enumerate(places):
        axis, before = lead + i, (slice(None),) * (lead + i)
        if _side_by_side(index, x.shape[axis]):
            x = np.sum(x.reshape((*x.shape[:axis], *index.shape, *x.shape[axis + 1 :])), axis + 1)
        elif len(index):
            step = int(index[1, 0] - index[0, 0]) if len(index) > 1 else 1
            taps = [slice(int(tap[0]), int(tap[-1]) + 1, step) for tap in index.T]
            x = functools.reduce(operator.add, [x[(*before, tap)] for tap in taps])
    return x


def _side_by_side(index: np.ndarray, size: int) -> bool:
    """Whether the windows follow each other and have all elements, each once."""
    return index.size == size and bool((index.reshape(-1) == np.arange(size)).all())


def flat(x: Array, axes: int) -> Array:
    """The last axes as one."""
    return x.reshape((*x.shape[: x.ndim - axes], prod(x.shape[x.ndim - axes :])))
