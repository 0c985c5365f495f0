"""Histograms, counts, covariances and correlations are numpy's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from gradloom.ir.errors import ValueNeeded
from tests.frontend.derivatives import assert_gradient
from tests.frontend.traced import assert_like_numpy, run_traced

RNG = np.random.default_rng(3)
X, Y, V = RNG.normal(size=(3, 4)), RNG.normal(size=(3, 4)), RNG.normal(size=5)
N, W4 = np.array([3, 1, 4, 1, 5]), np.array([1, 2, 3, 1.0])
Z, W = V + 1j * RNG.normal(size=5), np.array([0.5, 1, 2, 0, 1])
ODD = np.array([0, 1, 1, 2.5, 3, 3, 7, np.nan])
STEPS: Any = [[0, 1, 2], [0, 0.5, 1]]
EDGE = np.array([-1, 0, 0.5, 1, 2, -2])
Case = tuple[Callable[..., Any], tuple[Any, ...]]

COUNTS: dict[str, Case] = {
    "bincount": (lambda i: np.bincount(i, minlength=7), (N,)),
    "bincount of weights": (lambda i, w: np.bincount(i, w, minlength=7), (N, W)),
    "bincount of floats": (lambda v: np.bincount(v, minlength=3), (V,)),
    "bincount of constants": (lambda w: np.bincount([1, 2, 1, 0, 1], w, minlength=3), (W,)),
    "digitize": (lambda v: np.digitize(v, [-1, 0, 1]), (EDGE,)),
    "digitize right": (lambda v: np.digitize(v, [-1, 0, 1], right=True), (EDGE,)),
    "digitize falling": (lambda v: np.digitize(v, [1, 0, -1]), (EDGE,)),
    "digitize falling right": (lambda v: np.digitize(v, [1, 0, -1], right=True), (EDGE,)),
    "digitize a scalar": (lambda v: np.digitize(v, [1, 0, -1]), (np.float64(0.5),)),
    "histogram": (np.histogram, (V,)),
    "histogram in a range": (lambda v: np.histogram(v, bins=3, range=(-1, 1)), (V,)),
    "histogram of edges": (lambda v: np.histogram(v, [0, 1, 1, 3, 7]), (ODD,)),
    "histogram of an empty last bin": (lambda v: np.histogram(v, [0, 1, 3, 3]), (ODD,)),
    "histogram as density": (lambda v: np.histogram(v, 5, density=True), (V,)),
    "histogram of weights": (lambda v, w: np.histogram(v, 4, weights=w), (V, W)),
    "histogram of complex weights": (lambda v, z: np.histogram(v, 4, weights=z), (V, Z)),
    "histogram of floats": (lambda v: np.histogram(v, 4), (V.astype("f4"),)),
    "histogram of integers": (lambda i: np.histogram(i, 4), (N,)),
    "histogram of one value": (lambda v: np.histogram(v * 0 + 2, 4), (V,)),
    "histogram of constants": (
        lambda w: np.histogram([1, 2, 3, 4, 5], [0, 2, 6], weights=w, density=True),
        (W,),
    ),
    "histogram of no bins": (lambda v: np.histogram(v, 0), (V,)),
    "histogram of falling edges": (lambda v: np.histogram(v, [1, 0]), (V,)),
    "histogram_bin_edges": (lambda v: np.histogram_bin_edges(v, 4), (V,)),
    "histogram2d": (lambda v, w: np.histogram2d(v, w, 3), (V, W)),
    "histogram2d in ranges": (
        lambda v, w: np.histogram2d(v, w, [2, 3], range=[[-1, 1], [0, 1]]),
        (V, W),
    ),
    "histogram2d as density": (
        lambda v, w: np.histogram2d(v, w, 3, weights=w, density=True),
        (V, W),
    ),
    "histogramdd": (lambda x: np.histogramdd(x, 2), (X,)),
    "histogramdd of edges": (lambda v, w: np.histogramdd([v, w], STEPS), (V, W)),
}
COVARIANCES: dict[str, Case] = {
    "cov": (np.cov, (X,)),
    "cov of a vector": (np.cov, (V,)),
    "cov of two": (np.cov, (X, Y)),
    "cov of two vectors": (np.cov, (V, W)),
    "cov of columns": (lambda x: np.cov(x, rowvar=False), (X,)),
    "cov of two by columns": (lambda x, y: np.cov(x, y, rowvar=False), (X, Y)),
    "cov biased": (lambda x: np.cov(x, bias=True), (X,)),
    "cov weighted": (lambda x, w: np.cov(x, aweights=w), (X, W4)),
    "cov by frequency": (lambda x, w: np.cov(x, fweights=w), (X, np.array([1, 2, 1, 3]))),
    "cov by both": (
        lambda x, w: np.cov(x, fweights=w, aweights=[1, 2, 3, 0.5]),
        (X, np.array([1, 2, 1, 3])),
    ),
    "cov of all degrees": (lambda x, w: np.cov(x, aweights=w, ddof=0), (X, W4)),
    "cov of complex": (lambda z: np.cov(np.stack([z, z * 1j])), (Z,)),
    "cov of floats": (np.cov, (X.astype("f4"),)),
    "corrcoef": (np.corrcoef, (X,)),
    "corrcoef of a vector": (np.corrcoef, (V,)),
    "corrcoef of complex": (lambda z: np.corrcoef(np.stack([z, z.conj()])), (Z,)),
    "corrcoef of two": (np.corrcoef, (V, W)),
}


@pytest.mark.parametrize("name", COUNTS)
def test_counts_are_numpys(name: str) -> None:
    f, arrays = COUNTS[name]
    assert_like_numpy(f, *arrays, rtol=1e-6 if arrays[0].dtype == np.float32 else 1e-12)


@given(st.lists(st.floats(-4, 4), min_size=1, max_size=12), st.integers(1, 6))
@settings(max_examples=40, deadline=None)
def test_histograms_of_any_values_are_numpys(values: list[float], bins: int) -> None:
    assert_like_numpy(lambda x: np.histogram(x, bins, range=(-2, 2)), np.array(values))


@pytest.mark.parametrize("name", COVARIANCES)
def test_covariances_are_numpys(name: str) -> None:
    f, arrays = COVARIANCES[name]
    assert_like_numpy(f, *arrays, rtol=1e-11)


def test_bincount_needs_a_length_or_values() -> None:
    with pytest.raises(ValueNeeded, match="its largest number is a shape"):
        run_traced(np.bincount, N)
    assert_like_numpy(np.bincount, N, values=True)


def test_bins_that_depend_on_values_need_them() -> None:
    with pytest.raises(ValueNeeded, match="the number of bins is a shape"):
        run_traced(lambda v: np.histogram(v, "auto"), V)


def test_sums_of_weights_and_covariances_have_the_derivative_of_finite_differences() -> None:
    assert_gradient(lambda w: np.sum(np.bincount([0, 1, 1, 2, 0], w, minlength=4) ** 2), W)
    assert_gradient(lambda v, w: np.sum(np.histogram(v, 3, weights=w)[0] ** 2), V, W)
    assert_gradient(lambda x: np.sum(np.cov(x) ** 2), X)
    assert_gradient(lambda x, w: np.sum(np.cov(x, aweights=w) ** 2), X, W4)
    assert_gradient(lambda x: np.sum(np.corrcoef(x)[0, 1:] ** 2), X)
