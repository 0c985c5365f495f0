"""`x.item()` and `x.tolist()` of traced arrays give Python's numbers, with values or without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import gradloom as gl

DTYPES = st.sampled_from(["?", "i1", "u2", "i8", "f2", "f4", "f8", "c8", "c16"])
ARRAYS = DTYPES.flatmap(lambda d: hnp.arrays(d, hnp.array_shapes(min_dims=0, min_side=0)))
X = np.arange(6.0).reshape(2, 3)


def compiled(f: Callable[..., Any], *args: Any) -> Any:
    return gl.compile(f, backend="numpy")(*args)


@given(ARRAYS)
@settings(max_examples=30, deadline=None)
def test_lists_are_numpys(x: np.ndarray) -> None:
    assert repr(compiled(lambda x: x.tolist(), x)) == repr(x.tolist())


@given(ARRAYS, st.data())
@settings(max_examples=30, deadline=None)
def test_items_are_numpys(x: np.ndarray, data: st.DataObject) -> None:
    sides = st.tuples(*[st.integers(-2, 1)] * x.ndim)
    args = data.draw(st.one_of(st.just(()), st.tuples(st.integers(-3, 3)), sides, st.tuples(sides)))
    try:
        theirs = x.item(*args)
    except (ValueError, IndexError):
        with pytest.raises((ValueError, IndexError)):
            compiled(lambda x: x.item(*args), x)
        return
    ours = compiled(lambda x: x.item(*args), x)
    assert (type(ours), repr(ours)) == (type(theirs), repr(theirs))


def test_they_are_weak_beside_arrays_and_decide_branches() -> None:
    def f(x: Any) -> Any:
        if x.max().item() > 3:
            return x.astype("f4") * x.sum().item()
        return x.astype("f4")

    for scale in (1.0, 0.1):
        ours, theirs = compiled(f, X * scale), f(X * scale)
        assert ours.dtype == theirs.dtype == np.float32
        np.testing.assert_array_equal(ours, theirs)


def test_they_are_batched() -> None:
    ours = gl.vmap(lambda row: row * sum(row.tolist()) + row.min().item())(X)
    np.testing.assert_array_equal(ours, X * X.sum(1, keepdims=True) + X.min(1, keepdims=True))
