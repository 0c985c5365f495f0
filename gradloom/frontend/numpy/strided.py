"""`np.lib.stride_tricks.as_strided`: an array's memory looked at by other strides."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradloom.frontend.numpy.axes import permuted, reshaped
from gradloom.frontend.numpy.memory import strides as strides_told
from gradloom.frontend.numpy.shape import sizes_of
from gradloom.frontend.numpy.views import Write, place, read_only, view_of
from gradloom.frontend.tracer import Tracer, refuse
from gradloom.ir import ops as o
from gradloom.ir.errors import ArgumentError
from gradloom.ir.graph import Operand, literal
from gradloom.ir.ops.rules import INDEX, broadcast

_NAME = "np.lib.stride_tricks.as_strided"
_COUNTED = 1 << 24  # of more elements it is not looked whether two share memory


def as_strided(
    x: Tracer,
    shape: Any = None,
    strides: Any = None,
    subok: bool = False,
    writeable: bool = True,
) -> Tracer:
    """The view of these strides, in bytes from the first element of x. It may not reach beyond x,
    where a trace knows no memory; where elements meet in memory it is read-only.
    """
    own: tuple[Any, ...] = strides_told(x)
    sizes: tuple[Any, ...] = x.shape if shape is None else sizes_of(shape)
    steps: tuple[Any, ...] = own if strides is None else sizes_of(strides)
    if len(sizes) != len(steps):
        raise ArgumentError(
            f"{_NAME}: shape {sizes} and strides {steps} must have equal lengths",
            hint="give one stride in bytes for each axis",
        )
    if not all(isinstance(d, int) for d in (*x.shape, *sizes)):
        raise refuse(_NAME, "of or to a named dimension", "give concrete sizes")
    if any(d < 0 for d in sizes):
        raise ArgumentError(f"{_NAME}: shape {sizes} has a negative size")
    order = _order_in_memory(x, own)
    counts = _counts(x, sizes, steps)

    def read(base: Operand) -> Operand:
        flat = reshaped(permuted(base, order), (x.size,))
        made: Operand = o.gather(flat, _places(sizes, counts), axes=(0,))
        return made

    if not writeable or _meet(sizes, counts):
        return place(read_only(x, read), steps)
    return place(view_of(x, read, _write(x, order, sizes, counts)), steps)


def _order_in_memory(x: Tracer, own: tuple[Any, ...]) -> tuple[int, ...]:
    """The axes of x in the order in which its elements lie side by side."""
    order = tuple(sorted(range(x.ndim), key=lambda i: (-own[i], i)))
    expected: Any = x.itemsize
    for axis in reversed(order):
        if x.shape[axis] != 1 and own[axis] != expected:
            raise refuse(_NAME, f"the elements of {x.aval} do not lie side by side in memory",
                         "start from a copy: x.copy()")  # fmt: skip
        expected *= x.shape[axis]
    return order


def _counts(x: Tracer, sizes: tuple[int, ...], steps: tuple[int, ...]) -> list[int]:
    """The strides in elements; raises where the view would reach beyond x."""
    if any(step % x.itemsize for step in steps):
        raise refuse(_NAME, f"strides {steps} are no multiples of the {x.itemsize} bytes of "
                     f"{x.dtype}", "count strides in x.itemsize")  # fmt: skip
    counts = [step // x.itemsize for step in steps]
    reach = [(size - 1) * count for size, count in zip(sizes, counts, strict=True)]
    first, last = sum(min(r, 0) for r in reach), sum(max(r, 0) for r in reach)
    if 0 not in sizes and (first < 0 or last >= x.size):
        raise refuse(
            _NAME, f"shape {sizes} with strides {steps} reaches elements {first} to {last} of "
            f"{x.size}", "stay inside the array that is given",
        )  # fmt: skip
    return counts


def _places(sizes: tuple[int, ...], counts: list[int]) -> Operand:
    """Where each element of the view lies, counted in elements."""
    total: Operand = literal(0, o.iota(dtype=INDEX, shape=(1,), axis=0).type.with_shape(sizes))
    for axis, (size, count) in enumerate(zip(sizes, counts, strict=True)):
        if count and size > 1:
            steps = o.iota(dtype=INDEX, shape=sizes, axis=axis)
            total = o.add(total, o.multiply(steps, literal(count, steps.type)))
    return broadcast(total, sizes)


def _meet(sizes: tuple[int, ...], counts: list[int]) -> bool:
    """Whether two elements of the view are one in memory, or too many to tell."""
    if math.prod(sizes) > _COUNTED:
        return True
    offsets = np.zeros(sizes, np.int64)
    for axis, (size, count) in enumerate(zip(sizes, counts, strict=True)):
        steps = np.arange(size) * count
        offsets += steps.reshape(-1, *[1] * (len(sizes) - axis - 1))
    return len(np.unique(offsets)) < offsets.size


def _write(x: Tracer, order: tuple[int, ...], sizes: tuple[int, ...], counts: list[int]) -> Write:
    inverse = tuple(order.index(i) for i in range(len(order)))

    def write(base: Operand, value: Operand) -> Operand:
        lying = permuted(base, order)
        flat = reshaped(lying, (x.size,))
        made = o.scatter(flat, value, _places(sizes, counts), axes=(0,), mode="set")
        return permuted(reshaped(made, lying.type.shape), inverse)

    return write
