"""Hypothesis strategies for the arrays that numpy functions are tried on."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

FLOATS = ("float64", "float32")
REALS = ("float64", "float32", "int64", "int8", "uint8", "bool")
ALL = (*REALS, "complex128", "float16")


def elements(dtype: str) -> st.SearchStrategy[Any]:
    """Numbers that neither overflow nor lose much when they are summed and multiplied."""
    kind = np.dtype(dtype).kind
    if kind == "b":
        return st.booleans()
    if kind in "iu":
        return st.integers(0 if kind == "u" else -4, 4)
    halves = st.integers(-8, 8).map(lambda n: n / 2)
    return halves if kind == "f" else st.builds(complex, halves, halves)


@st.composite
def arrays(
    draw: st.DrawFn,
    dtypes: tuple[str, ...] = REALS,
    min_dims: int = 0,
    max_dims: int = 3,
    min_side: int = 1,
) -> np.ndarray:
    """An array of one of these dtypes."""
    dtype = draw(st.sampled_from(dtypes))
    shape = draw(
        hnp.array_shapes(min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=4)
        if max_dims
        else st.just(())
    )
    return draw(hnp.arrays(dtype, shape, elements=elements(dtype)))


def axes(ndim: int) -> st.SearchStrategy[Any]:
    """What `axis=` takes for an array of `ndim` axes: none, one, some."""
    one = st.integers(-ndim - (ndim == 0), max(ndim - 1, 0)) if ndim else st.just(0)
    several = st.lists(st.integers(0, max(ndim - 1, 0)), unique=True, max_size=ndim).map(tuple)
    return st.one_of(st.none(), one, several) if ndim else st.none()
