"""Sets of traced values are numpy's, with the derivative of the first element of each kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import gradloom as gl
from tests.frontend.traced import assert_like_numpy

V = np.array([3.0, -1.0, 3.0, 2.0, np.nan, -1.0, np.nan, 0.0])
W = np.array([2.0, 3.0, 7.0, 3.0])
TWO = (np.intersect1d, np.union1d, np.setdiff1d, np.setxor1d)


def drawn(data: st.DataObject, dims: int = 1) -> np.ndarray:
    """A small array with many equal elements."""
    dtype = data.draw(st.sampled_from(["f8", "f4", "i8", "i2", "u1", "?", "c16"]))
    shape = data.draw(hnp.array_shapes(min_dims=dims, max_dims=dims, min_side=0, max_side=7))
    numbers = data.draw(hnp.arrays("i8", shape, elements=st.integers(0, 3)))
    found = numbers.astype(dtype)
    return found + 1j * (3 - numbers % 2) if dtype == "c16" else found


@given(st.data(), st.booleans(), st.booleans(), st.booleans(), st.booleans())
@settings(max_examples=40, deadline=None)
def test_unique_is_numpys(
    data: st.DataObject, index: bool, inverse: bool, counts: bool, nan: bool
) -> None:
    x = drawn(data, data.draw(st.integers(1, 2)))
    axis = data.draw(st.sampled_from([None, 0, -1, 4])) if x.size else None
    if x.dtype.kind == "f" and x.size and data.draw(st.booleans()):
        x.flat[0] = x.flat[-1] = np.nan
    assert_like_numpy(
        lambda x: np.unique(x, index, inverse, counts, axis, equal_nan=nan), x, values=True
    )


@pytest.mark.parametrize("name", ["unique_all", "unique_counts", "unique_inverse", "unique_values"])
def test_results_of_unique_are_numpys_classes(name: str) -> None:
    f = getattr(np, name)
    seen: list[type] = []

    def noted(x: Any) -> Any:
        found = f(x)
        seen.append(type(found))
        return found

    for x in (V, np.array([[3, 1], [1, 0]])):
        assert_like_numpy(noted, x, values=True)
    assert name == "unique_values" or len(set(seen)) == 1


@given(st.data(), st.sampled_from(TWO), st.booleans())
@settings(max_examples=40, deadline=None)
def test_two_sets_are_numpys(data: st.DataObject, f: Any, unique: bool) -> None:
    x, y = drawn(data), drawn(data)
    if unique and f is not np.union1d:
        x, y = np.unique(x), np.unique(y)
        assert_like_numpy(lambda x, y: f(x, y, assume_unique=True), x, y, values=True)
    assert_like_numpy(f, x, y, values=True)
    if f is np.intersect1d:
        assert_like_numpy(lambda x, y: f(x, y, unique, return_indices=True), x, y, values=True)


@given(st.data(), st.booleans(), st.sampled_from([None, "sort", "table", "tree"]))
@settings(max_examples=40, deadline=None)
def test_membership_is_numpys_without_values(data: st.DataObject, invert: bool, kind: Any) -> None:
    x, y = drawn(data, data.draw(st.integers(0, 2))), drawn(data)
    y = np.concatenate([y] * data.draw(st.sampled_from([1, 4])))
    assert_like_numpy(lambda x, y: np.isin(x, y, invert=invert, kind=kind), x, y)


def test_nan_is_no_member() -> None:
    assert_like_numpy(np.isin, V, V)
    assert_like_numpy(np.isin, V, np.tile(V, 4))


def test_the_derivative_goes_to_the_first_of_equal_elements() -> None:
    x = np.array([2.0, 1.0, 2.0, 5.0])
    g = gl.grad(lambda x: np.sum(np.unique(x) ** 3))(x)
    np.testing.assert_allclose(g, [12.0, 3.0, 0.0, 75.0])
    g = gl.grad(lambda x: np.sum(np.setdiff1d(x, [5.0]) ** 2))(x)
    np.testing.assert_allclose(g, [4.0, 2.0, 0.0, 0.0])
    g = gl.grad(lambda x: np.sum(np.union1d(x, [1.0, 9.0]) ** 2))(x)
    np.testing.assert_allclose(g, [4.0, 2.0, 0.0, 10.0])
    second = gl.grad(lambda x: np.sum(gl.grad(lambda x: np.sum(np.unique(x) ** 3))(x)))(x)
    np.testing.assert_allclose(second, [12.0, 6.0, 0.0, 30.0])


@pytest.mark.parametrize("backend", ["numpy", "torch", "jax", "tensorflow"])
def test_what_has_a_fixed_shape_is_compiled(backend: str) -> None:
    pytest.importorskip(backend)

    def f(x: Any, y: Any) -> Any:
        found, counts = np.unique(x, return_counts=True)
        return (
            np.isin(x, y), found.size, np.sum(found), np.max(counts),
            np.setdiff1d(x, y).sum(), np.intersect1d(x, y).size,
        )  # fmt: skip

    x, y = np.array([3.0, 1.0, 3.0, 0.5, 2.0]), np.array([2.0, 3.0, 8.0])
    for ours, theirs in zip(gl.compile(f, backend=backend)(x, y), f(x, y), strict=True):
        np.testing.assert_allclose(ours, theirs)
