"""Hypothesis strategies for what stands between the brackets of an array."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp


@st.composite
def keys(draw: st.DrawFn, shape: tuple[int, ...], traced: bool = False) -> Any:
    """A key of any mixture for an array of this shape; now and then one that does not fit."""
    items: list[Any] = []
    axis = 0
    common = draw(hnp.array_shapes(min_dims=0, max_dims=2, max_side=3))
    while axis < len(shape) and draw(st.integers(0, 4)):
        kinds = ["int", "slice", "array", "list", "mask", "new", "truth"]
        kind = draw(st.sampled_from([k for k in kinds if not (traced and k in ("mask", "truth"))]))
        size = shape[axis]
        if kind == "new":
            items.append(None)
        elif kind == "truth":
            items.append(draw(st.sampled_from([True, np.True_, np.array(True)])))
        elif kind == "mask":
            count = draw(st.integers(1, len(shape) - axis))
            mask = draw(hnp.arrays(bool, shape[axis : axis + count]))
            items.append(mask.tolist() if draw(st.booleans()) else mask)
            axis += count
        else:
            items.append(_one(draw, kind, size, common))
            axis += 1
    if draw(st.booleans()):
        items.insert(draw(st.integers(0, len(items))), Ellipsis)
    return items[0] if len(items) == 1 and draw(st.booleans()) else tuple(items)


def _one(draw: st.DrawFn, kind: str, size: int, common: tuple[int, ...]) -> Any:
    if kind == "slice":
        bound = st.none() | st.integers(-size - 2, size + 2)
        return slice(draw(bound), draw(bound), draw(st.sampled_from([None, 1, 2, -1, -2, 3])))
    numbers = st.integers(-size, size - 1) if size else st.just(0)
    numbers = draw(st.sampled_from([numbers, numbers, numbers, st.integers(-size - 1, size)]))
    if kind == "int":
        return draw(st.sampled_from([int, np.int64, np.array]))(draw(numbers))
    shape = draw(st.sampled_from([common, common, tuple(1 for _ in common)]))
    array = draw(hnp.arrays("i8", shape, elements=numbers))
    return (
        array.tolist()
        if kind == "list" and shape
        else array.astype(draw(st.sampled_from(["i8", "i4", "i2"])))
    )


SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, max_side=4) | st.sampled_from(
    [(0,), (2, 0), (0, 3)]
)
"""Shapes of arrays to be indexed."""
