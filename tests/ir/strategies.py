"""Types, dimensions, numbers of every bit pattern and attribute values, for tests of the IR."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradloom.ir.dims import Dim, symbol
from gradloom.ir.types import DType, dtype_of, tensor_type

NAMES = ("bool", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f16", "f32", "f64")
EVERY = (*NAMES, "c64", "c128", "bf16", "f8_e4m3fn", "f8_e5m2")
SYMBOLS = ("n", "m", "batch")

dtypes = st.sampled_from(EVERY).map(dtype_of)


@st.composite
def dims(draw: Any, positive: bool = False) -> int | Dim:
    """A polynomial of a few terms, now and then a number."""
    total: int | Dim = draw(st.integers(0, 9))
    for _ in range(draw(st.integers(0, 3))):
        term: int | Dim = draw(st.integers(1 if positive else -4, 4))
        for name in draw(st.lists(st.sampled_from(SYMBOLS), max_size=3)):
            term = term * symbol(name)
        total = total + term
    return total


sizes = st.fixed_dictionaries({name: st.integers(1, 9) for name in SYMBOLS})
shapes = st.lists(dims(positive=True), max_size=4).map(tuple)
types = st.builds(tensor_type, dtypes, shapes)


def scalars_of(dtype: DType) -> st.SearchStrategy[np.generic]:
    """Any bit pattern of this dtype."""
    if dtype.kind == "b":
        return st.booleans().map(np.bool_)
    return st.binary(min_size=dtype.itemsize, max_size=dtype.itemsize).map(
        lambda data: np.frombuffer(data, dtype)[0]
    )


scalars = dtypes.flatmap(scalars_of)
