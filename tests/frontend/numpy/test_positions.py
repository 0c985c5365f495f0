"""Numbers of elements and sliding windows of traced arrays are numpy's."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from gradloom.ir.errors import NotSupported, ShapeError
from tests.frontend.derivatives import assert_gradient
from tests.frontend.traced import assert_like_numpy, run_symbolic, run_traced

X = np.random.default_rng(7).normal(size=(4, 5, 3))
windows = np.lib.stride_tricks.sliding_window_view


@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), st.sampled_from(["C", "F"]))
@settings(max_examples=30, deadline=None)
def test_numbers_and_coordinates_are_numpys(shape: list[int], order: Any) -> None:
    numbers = np.arange(int(np.prod(shape)))[::-1].copy()
    assert_like_numpy(lambda i: np.unravel_index(i, tuple(shape), order), numbers)
    coordinates = np.unravel_index(numbers, tuple(shape), order)
    assert_like_numpy(lambda *c: np.ravel_multi_index(c, tuple(shape), order=order), *coordinates)


@pytest.mark.parametrize("mode", ["wrap", "clip", ("wrap", "clip"), "bad"])
def test_coordinates_out_of_range_are_wrapped_or_clipped(mode: Any) -> None:
    i, j = np.array([-1, 7, 2]), np.array([9, -2, 1])
    assert_like_numpy(lambda i, j: np.ravel_multi_index((i, j), (3, 4), mode=mode), i, j)


def test_the_place_of_the_largest_element_is_a_pair_of_scalars() -> None:
    assert_like_numpy(lambda x: np.unravel_index(np.argmax(x), x.shape), X)


@pytest.mark.parametrize(
    ("shape", "axis"),
    [(3, 0), ((2, 3), (0, 1)), (2, -1), ((2, 2), (1, 1)), ((2, 2, 2), None), (9, 0), (1, 7)],
)
def test_windows_are_numpys(shape: Any, axis: Any) -> None:
    assert_like_numpy(lambda x: windows(x, shape, axis), X)


def test_windows_are_not_written() -> None:
    def f(x: Any) -> None:
        windows(x, 2, axis=0)[0] = 0

    with pytest.raises(ShapeError, match="read-only"):
        run_traced(f, X)
    with pytest.raises(NotSupported, match="share memory"):
        run_traced(lambda x: windows(x, 2, axis=0, writeable=True), X)


def test_windows_over_a_named_axis() -> None:
    result = run_symbolic(lambda x: windows(x, 2, axis=0), ["f64[n,5,3]"], X)
    np.testing.assert_array_equal(result, windows(X, 2, axis=0))


def test_windows_have_the_derivative_of_finite_differences() -> None:
    assert_gradient(lambda x: np.sum(np.max(windows(x, (2, 2), (0, 1)), axis=(-2, -1)) ** 2), X)
