"""Order and search beyond the ordinary: complex numbers, NaN, ties, long arrays, open places."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import gradloom as gl
from gradloom.ir.errors import ValueNeeded
from tests.frontend.derivatives import assert_gradient
from tests.frontend.traced import assert_like_numpy, run_traced

PARTS = st.sampled_from([-1.0, 0.0, 1.0, 2.0, np.nan])
Z = np.array([1 + 2j, 1 - 1j, 5j, 1 + 2j, -3 + 0j, 1 - 4j])
BACKENDS = ("numpy", "torch", "jax", "tensorflow")


@given(hnp.arrays("c16", (2, 5), elements=st.builds(complex, PARTS, PARTS)), st.data())
@settings(max_examples=25, deadline=None)
def test_complex_numbers_are_ordered_as_numpys(z: np.ndarray, data: st.DataObject) -> None:
    axis = data.draw(st.sampled_from([0, 1, -1, None]))
    assert_like_numpy(lambda z: np.argsort(z, axis, kind="stable"), z)
    plain = np.where(np.isnan(z), 1 + 1j, z)
    assert_like_numpy(lambda z: np.sort(z, axis), plain)
    for f in (np.max, np.min, np.argmax, np.argmin, np.ptp):
        assert_like_numpy(lambda z, f=f: f(z, axis=axis), plain)
    for f in (np.argmax, np.argmin):
        assert_like_numpy(lambda z, f=f: f(z, axis=axis), z)
    for f in (np.maximum, np.minimum, np.fmax, np.fmin):
        assert_like_numpy(lambda z, f=f: f(z[0], z[1]), plain)
    assert_like_numpy(lambda z: np.partition(z, [0, 2, 4])[:, [0, 2, 4]], plain)


def test_sort_complex_widens_as_numpys() -> None:
    for dtype in ("i1", "u2", "i4", "f4", "f8", "c8", "c16"):
        assert_like_numpy(np.sort_complex, np.array([3, 1, 2]).astype(dtype))


@pytest.mark.parametrize("backend", BACKENDS)
def test_complex_order_and_long_searches_run_on_every_backend(backend: str) -> None:
    pytest.importorskip(backend)
    a = np.sort(np.random.default_rng(0).integers(0, 40, 100)).astype(float)
    a[-3:] = np.nan
    v = np.array([[-1.0, 0, 7.5], [39, 99, np.nan]])

    back = np.arange(100)[::-1]

    def f(z: Any, a: Any, v: Any) -> Any:
        return (
            np.sort(z), np.argmax(z), np.max(z), np.maximum(z, z[::-1]), np.searchsorted(a, v),
            np.searchsorted(a, v, "right"), np.searchsorted(a[::-1], v, sorter=back),
        )  # fmt: skip

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = gl.compile(f, backend=backend)(Z, a, v)
    for one, other in zip(ours, f(Z, a, v), strict=True):
        np.testing.assert_array_equal(one, other)


@given(st.data(), st.integers(17, 70), st.sampled_from(["left", "right"]))
@settings(max_examples=20, deadline=None)
def test_halving_finds_numpys_places(data: st.DataObject, size: int, side: Any) -> None:
    numbers = st.sampled_from([0.0, 1.0, 2.0, 5.0, np.inf, np.nan, -np.inf])
    a = np.sort(data.draw(hnp.arrays("f8", size, elements=numbers)))
    v = data.draw(hnp.arrays("f8", hnp.array_shapes(min_dims=0, max_dims=2), elements=numbers))
    assert_like_numpy(lambda a, v: np.searchsorted(a, v, side), a, v)
    whole = np.nan_to_num(a, posinf=9, neginf=-9).astype(int)
    assert_like_numpy(lambda a, v: np.searchsorted(np.sort(a), v, side), whole, v)


@pytest.mark.parametrize("side", ["left", "right", "middle"])
def test_complex_searches_are_numpys(side: Any) -> None:
    for row in (np.sort(Z), np.sort(np.concatenate([Z] * 4))):
        assert_like_numpy(lambda a, v: np.searchsorted(a, v, side), row, Z * 1.0)


@given(hnp.arrays("c16", st.sampled_from([3, 20]), elements=st.builds(complex, PARTS, PARTS)))
@settings(max_examples=25, deadline=None)
def test_complex_searches_order_nan_as_sort_does(z: np.ndarray) -> None:
    for side in ("left", "right"):
        assert_like_numpy(lambda a, v, s=side: np.searchsorted(a, v, s), np.sort(z), z)


@pytest.mark.parametrize("wrong", [[0, 1, 4], [-1, 2, 2]])
def test_counts_of_numbers_beyond_minlength_raise_when_the_program_runs(wrong: list[int]) -> None:
    count = gl.compile(lambda x: np.bincount(x, minlength=4), backend="numpy")
    np.testing.assert_array_equal(count(np.array([0, 1, 3])), [1, 1, 0, 1])
    with pytest.raises(gl.ShapeError, match="numbers from 0 to 3"):
        count(np.array(wrong))


def test_wrong_kinds_and_sorters_are_told() -> None:
    x = np.array([2.0, 1.0])
    for f in (
        lambda x: np.sort(x, kind="bubble"),
        lambda x: np.sort(x, kind="stable", stable=True),
        lambda x: np.argpartition(x, 5),
        lambda x: np.searchsorted(x, x, sorter=[0]),
        lambda x: np.searchsorted(x, x, sorter=[0.0, 1.0]),
        lambda x: np.unravel_index([7], (2, 2)) if x is None else np.unravel_index(x, (2, 2)),
    ):
        assert_like_numpy(f, x)


def test_ties_and_nan_in_sorts_have_a_derivative() -> None:
    x = np.array([3.0, 1.0, 2.0, 0.5])
    assert_gradient(lambda x: np.sum(np.sort(x) * np.arange(4.0)), x)
    w = np.array([1.0, 10.0, 100.0])
    g = gl.grad(lambda x: np.sum(np.sort(x) * w))(np.array([2.0, 1.0, 2.0]))
    np.testing.assert_array_equal(g, [10.0, 1.0, 100.0])
    z = gl.grad(lambda z: np.real(np.max(z)))(Z)
    np.testing.assert_array_equal(np.flatnonzero(z), [0])


def test_all_nan_raises() -> None:
    x = np.array([[np.nan, np.nan], [1.0, np.nan]])
    for f in (np.nanargmax, np.nanargmin):
        assert_like_numpy(f, x, values=True)
        assert_like_numpy(lambda x, f=f: f(x, axis=1), x, values=True)
    with pytest.raises(ValueError, match="All-NaN"):
        run_traced(np.nanargmax, x[0])


# ---- shapes that depend on values ----------------------------------------------------------------


@given(hnp.arrays("i8", hnp.array_shapes(max_dims=3, max_side=4), elements=st.integers(0, 2)))
@settings(max_examples=30, deadline=None)
def test_positions_of_a_mask_are_numpys(x: np.ndarray) -> None:
    for f in (np.nonzero, np.argwhere, np.flatnonzero, lambda x: np.where(x > 1)):
        assert_like_numpy(f, x, values=True)
    assert_like_numpy(lambda x: x[np.nonzero(x)], x, values=True)
    assert_like_numpy(lambda x: np.sum(x[np.nonzero(x)] * 2), x)
    assert_like_numpy(lambda x: np.sum(np.argwhere(x), axis=0), x)
    assert_like_numpy(lambda x: np.flatnonzero(x).sum(), x)


@given(st.data())
@settings(max_examples=20, deadline=None)
def test_delete_and_insert_take_traced_places(data: st.DataObject) -> None:
    x = np.arange(12.0).reshape(3, 4)
    axis = data.draw(st.sampled_from([None, 0, 1]))
    size = 12 if axis is None else x.shape[axis]
    place = np.asarray(data.draw(st.integers(-size, size - 1)))
    assert_like_numpy(lambda x, i: np.delete(x, i, axis), x, place)
    assert_like_numpy(lambda x, i: np.insert(x, i, 7, axis), x, place)
    places = np.array(data.draw(st.lists(st.integers(-size, size - 1), min_size=2, max_size=4)))
    assert_like_numpy(lambda x, i: np.insert(x, i, -1, axis), x, places)
    assert_like_numpy(lambda x, i: np.delete(x, i, axis), x, places, values=True)
    mask = np.arange(size) % 3 == 1
    assert_like_numpy(lambda x, m: np.delete(x, m, axis), x, mask, values=True)
    assert_like_numpy(lambda x, m: np.delete(x, m, axis).sum(), x, mask)


def test_counts_are_as_long_as_numpys() -> None:
    x = np.array([1, 4, 1])
    for least in (0, 2, 9):
        assert_like_numpy(lambda x, n=least: np.bincount(x, minlength=n), x, values=True)
    assert_like_numpy(np.bincount, np.array([1, -1]), values=True)
    assert_like_numpy(lambda x: np.bincount(x, minlength=9), x)
    with pytest.raises(ValueNeeded, match="largest number is a shape"):
        run_traced(np.bincount, x)
    y = np.random.default_rng(1).normal(size=50)
    for rule in ("auto", "sturges", "fd"):
        assert_like_numpy(lambda y, r=rule: np.histogram(y, r), y, values=True)
        assert_like_numpy(lambda y, r=rule: np.histogram_bin_edges(y, r, (-1, 2)), y, values=True)
