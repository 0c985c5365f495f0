"""Windows over the last axes of an array: what convolutions, pooling and folds share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.eager.calls import Array
from gradloom.eager.tensor import Tensor
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import wrap
from gradloom.ir import ops as o
from gradloom.ir.errors import ArgumentError, ShapeError
from gradloom.ir.graph import literal
from gradloom.ir.location import user_location
from gradloom.ir.op import Op
from gradloom.ir.types import tensor_type


def per_axis(what: str, given: Any, axes: int, least: int = 1) -> tuple[int, ...]:
    """One number per axis, of one for all or a sequence of them."""
    if isinstance(given, int | np.integer):
        numbers = (int(given),) * axes
    else:
        numbers = tuple([int(n) for n in given])
        numbers = numbers * axes if len(numbers) == 1 else numbers
    if len(numbers) != axes or min(numbers, default=least) < least:
        raise ArgumentError(
            f"{what}: {given} is not {axes} numbers of at least {least}",
            location=user_location(), hint="give one number, or one per axis",
        )  # fmt: skip
    return numbers


def applied(op: Op, *xs: Array, **attrs: Any) -> Array:
    """One op of traced arrays, as it is."""
    return wrap(op(*[x.here(require_trace()) for x in xs], **attrs), "array")


def require_axes(what: str, x: Tensor, axes: int) -> None:
    """Raise where the tensor is not (channels, *axes), with or without a batch before."""
    if x.ndim not in (axes + 1, axes + 2):
        raise ShapeError(
            f"{what}: expected {axes + 1} axes (unbatched) or {axes + 2} (batched), and the "
            f"input has shape {tuple(x.shape)}", location=user_location(),
        )  # fmt: skip


def padded(a: Array, edges: Sequence[tuple[int, int]], value: float) -> Array:
    """The array with so many of a value before and after each of its last axes; negative numbers
    take elements off.
    """
    if all(edge == (0, 0) for edge in edges):
        return a
    lead = a.ndim - len(edges)
    low = (*[0] * lead, *[before for before, _ in edges])
    high = (*[0] * lead, *[after for _, after in edges])
    number = literal(value, tensor_type(a.dtype, ()))
    made = o.pad(a.here(require_trace()), number, low=low, high=high, interior=(0,) * a.ndim)
    return wrap(made, "array")


def under(a: Array, places: Sequence[np.ndarray]) -> Array:
    """The elements under each window, as [..., *out, *kernel]: `places` has an array [out, kernel]
    for each of the last axes.
    """
    count = len(places)
    lead = a.ndim - count
    for i, index in enumerate(places):
        a = np.take(a, index, axis=lead + 2 * i)
    outs = [lead + 2 * i for i in range(count)]
    return np.transpose(a, (*range(lead), *outs, *[i + 1 for i in outs]))


def places_of(out: int, kernel: int, stride: int, dilation: int = 1) -> np.ndarray:
    """Where each window's elements are along an axis that is padded already."""
    steps: np.ndarray = np.add.outer(np.arange(out) * stride, np.arange(kernel) * dilation)
    return steps


def flat(a: Array, axes: int) -> Array:
    """The last axes as one."""
    return a.reshape((*a.shape[: a.ndim - axes], int(np.prod(a.shape[a.ndim - axes :]))))
