"""Which element of an array is meant."""

from __future__ import annotations

import numpy as np

from gradloom.ir.errors import IndexOutOfRange


def element_at(shape: tuple[int, ...], at: tuple[int, ...]) -> int:
    """The flat index of an element of the input: of one index per axis, or of a flat index. Raises
    `IndexOutOfRange`.

    >>> element_at((2, 3), (1, 0)), element_at((2, 3), (5,))
    (3, 5)
    """
    if len(at) == len(shape):
        for axis, (i, n) in enumerate(zip(at, shape, strict=True)):
            if not 0 <= i < n:
                raise IndexOutOfRange(f"axis {axis} of the input has {n}, and no {i}")
        return int(np.ravel_multi_index(at, shape)) if shape else 0
    size = int(np.prod(shape))
    if len(at) == 1:
        if not 0 <= at[0] < size:
            raise IndexOutOfRange(f"the input has {size} elements, and no element {at[0]}")
        return at[0]
    raise IndexOutOfRange(
        f"the input has {len(shape)} axes, and {len(at)} indices were given",
        hint=f"its shape is {shape}; give one index per axis",
    )
