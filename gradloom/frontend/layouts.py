"""How arrays lie in memory: strides, which decide whether numpy's reshape is a view or a copy.

A layout is "C" or "F" (side by side, the last or the first axis fastest), the bytes from one
element to the next along each axis, or None where nothing is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from gradloom.ir.types import Shape, size_of

Strides = tuple[int, ...]
Layout = Literal["C", "F"] | Strides | None


def long_axes(shape: Shape) -> int:
    """How many axes have a size other than 1; none of an array without elements."""
    return 0 if 0 in shape else sum(d != 1 for d in shape)


def strides_of(layout: Layout, shape: Shape, itemsize: int) -> Strides | None:
    """The strides; None where they are not known, or depend on named sizes."""
    if layout is None or not all(isinstance(d, int) for d in shape):
        return None
    if isinstance(layout, tuple):
        return layout
    rank = len(shape)
    after = [shape[i + 1 :] if layout == "C" else shape[:i] for i in range(rank)]
    return tuple([int(size_of(rest)) * itemsize for rest in after])


def layout_of(shape: Shape, strides: Strides, itemsize: int) -> Layout:
    """The layout with these strides: "C" or "F" where elements lie side by side."""
    for order, axes in (("C", reversed(range(len(shape)))), ("F", iter(range(len(shape))))):
        expected: Any = itemsize
        for i in axes:
            if shape[i] != 1 and strides[i] != expected:
                break
            expected = expected * shape[i]
        else:
            return order  # type: ignore[return-value]
    return "C" if 0 in shape else strides


def of_array(x: Any) -> Layout:
    """The layout of an array of numpy's, or of a tensor that tells its strides."""
    if isinstance(x, np.ndarray):
        if x.flags.c_contiguous:
            return "C"
        return "F" if x.flags.f_contiguous else x.strides
    steps = getattr(x, "stride", None)
    if not callable(steps):
        return "C"
    size = x.element_size()
    return layout_of(tuple(x.shape), tuple(step * size for step in steps()), size)


def reshaped(shape: Shape, strides: Strides, wanted: Shape) -> Strides | None:
    """The strides of a reshape that is a view; None where numpy makes a copy.

    Runs of axes, from the left, of equal product on both sides: those of the old shape have to lie
    like one axis.
    """
    if 0 in shape:
        return strides_of("C", wanted, 1)
    old: list[Any] = [(d, s) for d, s in zip(shape, strides, strict=True) if d != 1]
    sizes: Any = wanted
    new: list[int] = [0] * len(wanted)
    i = j = 0
    while i < len(old) and j < len(wanted):
        first, start = i, j
        have, want = old[i][0], sizes[j]
        while have != want:
            if have < want:
                i += 1
                have *= old[i][0]
            else:
                j += 1
                want *= sizes[j]
        for k in range(first, i):
            if old[k][1] != old[k + 1][0] * old[k + 1][1]:
                return None
        step = old[i][1]
        for k in range(j, start - 1, -1):
            new[k], step = step, step * sizes[k]
        i, j = i + 1, j + 1
    return tuple(new)


def copied(layout: Layout, shape: Shape, made: Shape, itemsize: int) -> Layout:
    """The layout of a copy in order "K": the axes in the order of their strides; of an array made
    like another in a shape of its own, only F is kept.
    """
    if layout is None or isinstance(layout, str):
        return layout
    if made != shape:
        return "C"
    perm = sorted(range(len(shape)), key=lambda i: (-abs(layout[i]), i))
    return packed(shape, perm, itemsize)


def packed(shape: Shape, perm: Sequence[int], itemsize: int) -> Layout:
    """Side by side, the last axis of `perm` fastest."""
    sizes: Any = shape
    strides, step = [0] * len(shape), itemsize
    for axis in reversed(perm):
        strides[axis] = step
        step *= sizes[axis]
    return layout_of(shape, tuple(strides), itemsize)


def joint(shapes: Sequence[Shape], strides: Sequence[Strides], shape: Shape, size: int) -> Layout:
    """The layout of a new array that is computed element by element from others: numpy goes along
    memory, and where operands disagree the order is C's.
    """
    rank = len(shape)
    steps = [
        tuple(0 if d == 1 else abs(s) for d, s in zip(own, given, strict=True))
        for own, given in zip(shapes, strides, strict=True)
    ]
    wide = [(0,) * (rank - len(given)) + given for given in steps]
    order = list(range(rank - 1, -1, -1))  # the fastest axis first
    for at in range(1, rank):
        axis, place = order[at], at
        for before in range(at - 1, -1, -1):
            told = [(s[axis], s[order[before]]) for s in wide if s[axis] and s[order[before]]]
            if told and any(other <= own for own, other in told):
                break
            place = before if told else place
        order.insert(place, order.pop(at))
    return packed(shape, order[::-1], size)
