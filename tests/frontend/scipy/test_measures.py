"""scipy.stats' measures of samples and scipy.spatial.distance, traced, beside scipy itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from tests.frontend.scipy.agreement import assert_derivatives, assert_like_scipy

stats = pytest.importorskip("scipy.stats")
distance = pytest.importorskip("scipy.spatial.distance")

RNG = np.random.default_rng(0)
MEASURES = ("zscore", "sem", "gmean", "hmean", "entropy")
METRICS = (
    "euclidean", "sqeuclidean", "cityblock", "chebyshev", "cosine", "correlation", "canberra",
    "braycurtis",
)  # fmt: skip
DTYPES = st.sampled_from(["f4", "f8", "i4"])
HOME = "scipy.spatial.distance"


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(MEASURES), DTYPES, st.sampled_from([0, 1, -1, None]),
    st.sampled_from([{}, {"keepdims": True}, {"weights": 1}, {"base": 2}, {"ddof": 1}, {"qk": 1}]),
)  # fmt: skip
def test_measures_are_scipys(name: str, dtype: str, axis: int | None, more: dict[str, Any]) -> None:
    x = (np.abs(RNG.normal(0, 3, (3, 4))) + 1).astype(dtype)
    more = {k: x[::-1].copy() if k in ("weights", "qk") else v for k, v in more.items()}
    assert_like_scipy("scipy.stats", name, x, axis=axis, rtol=1e-5, **more)


@pytest.mark.parametrize("name", MEASURES)
def test_measures_at_zero_and_below_are_scipys(name: str) -> None:
    assert_like_scipy("scipy.stats", name, np.array([[1.0, 0], [0, 3], [2, 0]]))
    assert_like_scipy("scipy.stats", name, np.array([2.0, -1.0]))


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(METRICS), DTYPES, st.integers(0, 4), st.integers(1, 3))
def test_distances_are_scipys(metric: str, dtype: str, n: int, size: int) -> None:
    a, b = ((RNG.normal(0, 3, (m, size))).astype(dtype) for m in (n, 2))
    assert_like_scipy(HOME, "cdist", a, b, metric=metric, rtol=1e-6)
    if n:
        assert_like_scipy(HOME, metric, a[0], b[0], rtol=1e-5)
        assert_like_scipy(HOME, "pdist", a, metric=metric, rtol=1e-6)


@pytest.mark.parametrize("n", [0, 1, 3, 5, 6])
def test_forms_of_distances_are_scipys(n: int) -> None:
    rows = RNG.uniform(1, 2, n)
    assert_like_scipy(HOME, "squareform", rows)
    if n != 5:
        assert_like_scipy(HOME, "squareform", distance.squareform(rows))
    assert_like_scipy(HOME, "squareform", rows, force="tovector")


def test_powers_of_differences_are_scipys() -> None:
    a, b = RNG.normal(size=(3, 2)), RNG.normal(size=(4, 2))
    assert_like_scipy(HOME, "cdist", a, b, metric="minkowski", p=3)
    assert_like_scipy(HOME, "cdist", a, b, metric="minkowski", p=1.5, w=np.array([1.0, 2.0]))


def test_gradients_are_finite_differences_and_those_of_equal_rows_are_zero() -> None:
    x = np.abs(RNG.normal(size=(4, 3))) + 0.5
    for name in MEASURES:
        assert_derivatives(lambda x: np.sin(getattr(stats, name)(x)), x)  # noqa: B023
    for metric in METRICS:
        assert_derivatives(lambda x: distance.cdist(x, x[::-1] + 0.3, metric), x)  # noqa: B023
        assert_derivatives(lambda x: distance.squareform(distance.pdist(x, metric)), x)  # noqa: B023
    rows = gl.grad(lambda x: np.sum(distance.cdist(x, x)))(np.ones((2, 3)))
    np.testing.assert_array_equal(rows, 0)


def test_what_has_no_traced_form_is_refused_by_name() -> None:
    x = np.ones((3, 2))
    for metric in ("jaccard", np.dot):
        with pytest.raises(gl.NotSupported, match=r"^scipy\.spatial\.distance\.cdist: metric="):
            gl.grad(lambda x: np.sum(distance.cdist(x, x, metric)))(x)  # noqa: B023
    with pytest.raises(gl.NotSupported, match=r"^scipy\.stats\.zscore: nan_policy='omit'"):
        gl.grad(lambda x: np.sum(stats.zscore(x, nan_policy="omit")))(x)
