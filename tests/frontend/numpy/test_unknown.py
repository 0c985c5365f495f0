"""Distinct slices and trimmed arrays are numpy's where the program finds their size."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import gradloom as gl
from tests.frontend.traced import assert_same

BACKENDS = ["numpy", "torch", "jax", "tensorflow"]
ROWS = np.array([[1.0, 2.0, 0.0], [0.0, 3.0, 1.0], [1.0, 2.0, 0.0], [0.0, 1.0, 9.0]])
EDGED = np.array([0.0, 0.0, 1.5, 0.0, 2.0, 0.0])


def compiled_like_numpy(f: Callable[..., Any], x: np.ndarray, backend: str = "numpy") -> None:
    """`f` compiled, where no values are at hand, gives what numpy gives, or both raise."""
    try:
        theirs = f(x.copy())
    except (ValueError, TypeError) as error:
        with pytest.raises(type(error)):
            gl.compile(f, backend=backend)(x)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = gl.compile(f, backend=backend)(x)
    parts = isinstance(theirs, tuple)
    ours = tuple(np.asarray(p) for p in found) if parts else np.asarray(found)
    assert_same(ours, theirs)


def drawn(data: st.DataObject, dims: int, kinds: list[str]) -> np.ndarray:
    """A small array of few different numbers, some of them NaN."""
    dtype = data.draw(st.sampled_from(kinds))
    shape = data.draw(hnp.array_shapes(min_dims=dims, max_dims=dims, min_side=0, max_side=5))
    numbers = data.draw(hnp.arrays("i8", shape, elements=st.integers(0, 2)))
    x = numbers.astype(dtype)
    if dtype == "c16":
        x = x + 1j * data.draw(hnp.arrays("i8", shape, elements=st.integers(0, 1)))
    if dtype in ("f8", "f4") and data.draw(st.booleans()):
        x[data.draw(hnp.arrays("?", shape))] = np.nan
    return x


@given(st.data(), st.booleans(), st.booleans(), st.booleans(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_distinct_slices_are_numpys(
    data: st.DataObject, index: Any, inverse: Any, counts: Any, nan: bool
) -> None:
    x = drawn(data, data.draw(st.integers(1, 3)), ["f8", "f4", "i8", "u1", "?", "c16"])
    axis = data.draw(st.integers(-x.ndim, x.ndim))
    compiled_like_numpy(lambda x: np.unique(x, index, inverse, counts, axis, equal_nan=nan), x)


@given(st.data(), st.sampled_from(["fb", "f", "B", "bf", "x"]))
@settings(max_examples=60, deadline=None)
def test_trimmed_arrays_are_numpys(data: st.DataObject, trim: Any) -> None:
    x = drawn(data, data.draw(st.integers(1, 3)), ["f8", "i8", "u1", "?", "c16"])
    several = st.lists(st.integers(0, x.ndim - 1), unique=True).map(tuple)
    axis = data.draw(st.none() | several | st.integers(-x.ndim, x.ndim))
    compiled_like_numpy(lambda x: np.trim_zeros(x, trim, axis=axis), x)


def test_wide_slices_are_ordered_by_every_element() -> None:
    x = np.random.default_rng(3).integers(0, 2, (40, 37))
    x[20:] = x[:20]
    x[5, -1] ^= 1
    compiled_like_numpy(lambda x: np.unique(x, True, True, True, axis=0), x)


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_backend_finds_the_sizes(backend: str) -> None:
    pytest.importorskip(backend)
    compiled_like_numpy(lambda x: np.unique(x, True, True, True, axis=0), ROWS, backend)
    compiled_like_numpy(lambda x: np.unique(x, axis=1), ROWS, backend)
    compiled_like_numpy(np.trim_zeros, EDGED, backend)
    compiled_like_numpy(lambda x: np.trim_zeros(x, "b"), EDGED * 0, backend)
    compiled_like_numpy(lambda x: np.trim_zeros(x, "f", axis=-1), ROWS[[0, 2]][:, ::-1], backend)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: np.sum(np.unique(x, axis=0) ** 3), ROWS),
        (lambda x: np.sum(np.trim_zeros(x) ** 3 * np.trim_zeros(x)[0]), EDGED),
    ],
)
def test_derivatives_are_those_with_values_at_hand(f: Any, x: np.ndarray) -> None:
    once = gl.grad(f)
    np.testing.assert_allclose(gl.compile(once)(x), once(x))
    twice = gl.grad(lambda x: np.sum(once(x) ** 2))
    np.testing.assert_allclose(gl.compile(twice)(x), twice(x))


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_number_joined_to_nothing_keeps_its_shape(backend: str) -> None:
    pytest.importorskip(backend)

    def f(x: Any) -> Any:
        return np.cumsum(np.concatenate([np.ones((2, 2), bool), x[2:] > 0]), axis=0)

    compiled_like_numpy(f, ROWS[:2], backend)
