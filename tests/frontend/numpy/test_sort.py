from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.frontend.numpy.quantile import METHODS
from tests.frontend.numpy.arrays import REALS, arrays, axes
from tests.frontend.traced import assert_like_numpy, run_symbolic, run_traced


@settings(max_examples=40, deadline=None)
@given(st.data(), arrays(REALS, 1))
def test_sorts_are_numpys(data: Any, x: np.ndarray) -> None:
    axis = data.draw(st.one_of(st.none(), st.integers(-x.ndim, x.ndim - 1)))
    assert_like_numpy(lambda x: np.sort(x, axis=axis), x)
    assert_like_numpy(lambda x: np.argsort(x, axis=axis, kind="stable"), x)


def test_sort_puts_nan_last_and_the_method_sorts_in_place() -> None:
    def f(x: Any) -> Any:
        y = x.copy()
        y.sort(axis=0)
        return np.sort(x), y

    assert_like_numpy(f, np.array([[3.0, np.nan, 1.0], [0.0, 2.0, np.nan]]))


@settings(max_examples=20, deadline=None)
@given(arrays(("float64", "int64"), 1, 2, min_side=3), st.integers(-2, 2))
def test_partitions_keep_their_promise(x: np.ndarray, kth: int) -> None:
    made = run_traced(lambda x: np.partition(x, kth), x)
    place = kth % x.shape[-1]
    np.testing.assert_array_equal(made[..., place], np.sort(x)[..., place])
    order = run_traced(lambda x: x.argpartition(kth), x)
    np.testing.assert_array_equal(np.take_along_axis(x, order, -1)[..., place], made[..., place])


def test_lexsort_ranks_the_last_key_first() -> None:
    a, b = np.array([1, 1, 0, 2, 0]), np.array([3.0, 1.0, 2.0, 0.0, 2.0])
    assert_like_numpy(lambda a, b: np.lexsort((a, b)), a, b)
    assert_like_numpy(lambda a, b: np.lexsort((b, a)), a, b)
    assert_like_numpy(lambda m: np.lexsort(m), np.array([[1, 1, 0], [2, 2, 2]]))


@settings(max_examples=40, deadline=None)
@given(
    arrays(("float64", "int64", "float32"), 1, 1),
    arrays(("float64", "int8")),
    st.sampled_from(["left", "right"]),
)
def test_searches_count_the_elements_before(a: np.ndarray, v: np.ndarray, side: Any) -> None:
    assert_like_numpy(lambda a, v: np.searchsorted(a, v, side), np.sort(a), v)
    assert_like_numpy(lambda v: np.searchsorted(np.sort(a), v, side), v)
    order = np.argsort(a)
    assert_like_numpy(lambda a, v: a.searchsorted(v, side, order), a, v)
    for bins in (np.sort(a), np.sort(a)[::-1].copy()):
        if np.unique(bins).size == bins.size:
            assert_like_numpy(lambda v, b: np.digitize(v, b, right=side == "right"), v, bins)
            assert_like_numpy(lambda v, b=bins: np.digitize(v, b, right=side == "right"), v)


def test_functions_whose_result_shape_depends_on_values_are_numpys() -> None:
    x = np.array([[0.0, 2.0], [3.0, 0.0]])
    for f in (
        np.nonzero,
        np.argwhere,
        np.flatnonzero,
        lambda x: x.nonzero(),
        lambda x: x[np.nonzero(x)],
    ):
        assert_like_numpy(f, x, values=True)


# ---- quantiles ---------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.data(), arrays(("float64", "int64", "float32", "int8", "bool")), st.booleans())
def test_medians_are_numpys(data: Any, x: np.ndarray, keepdims: bool) -> None:
    axis = data.draw(axes(x.ndim).filter(lambda a: a != ()))
    assert_like_numpy(lambda x: np.median(x, axis=axis, keepdims=keepdims), x)


QS: list[Any] = [0.0, 0.3, 0.5, 1.0, [0.1, 0.25, 0.75], [[0.2, 0.9]], 1]


@settings(max_examples=60, deadline=None)
@given(
    st.data(),
    arrays(("float64", "int64", "float32"), 1),
    st.sampled_from(sorted(METHODS)),
    st.sampled_from(QS),
    st.booleans(),
)
def test_quantiles_are_numpys_by_every_method(
    data: Any, x: np.ndarray, method: Any, q: Any, keepdims: bool
) -> None:
    axis = data.draw(axes(x.ndim).filter(lambda a: a != ()))
    rtol = 1e-5 if x.dtype == np.float32 else 1e-12
    assert_like_numpy(
        lambda x: np.quantile(x, q, axis=axis, method=method, keepdims=keepdims), x, rtol=rtol
    )
    percent = np.multiply(q, 100).tolist()
    assert_like_numpy(lambda x: np.percentile(x, percent, axis=axis, method=method), x, rtol=rtol)


@pytest.mark.parametrize("f", [np.nanquantile, np.quantile])
@pytest.mark.parametrize("q", [0.5, [0.0, 0.2, 1.0]])
def test_nan_is_left_out_or_given_back(f: Any, q: Any) -> None:
    x = np.array([[1.0, np.nan, 3.0, 7.0], [np.nan] * 4, [4.0, 2.0, 8.0, 1.0]])
    for method in ("linear", "lower", "hazen"):
        assert_like_numpy(lambda x, m=method: f(x, q, axis=1, method=m), x)
    assert_like_numpy(lambda x: f(x, q), x)
    assert_like_numpy(lambda x: np.nanmedian(x, axis=1), x)


def test_quantiles_take_a_traced_fraction() -> None:
    x = np.array([3.0, 1.0, 4.0, 1.5, 9.0])
    assert_like_numpy(lambda x, q: np.quantile(x, q), x, np.float64(0.3))
    assert_like_numpy(lambda x, q: np.percentile(x, q), x, np.array([10.0, 80.0]))


def test_quantiles_of_named_dimensions() -> None:
    x = np.arange(15.0).reshape(5, 3) ** 2 % 7
    for f in (lambda x: np.median(x, axis=0), lambda x: np.quantile(x, 0.3, axis=0)):
        np.testing.assert_allclose(run_symbolic(f, ["f64[n,3]"], x), f(x))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.quantile(x, 1.5),
        lambda x: np.percentile(x, -1),
        lambda x: np.quantile(x, 0.5, method="nonsense"),
        lambda x: np.quantile(x[:0], 0.5),
        lambda x: np.median(x, axis=3),
        lambda x: np.partition(x, 9),
        lambda x: np.searchsorted(x[None], 1.0),
        lambda x: np.sort(x, axis=2),
    ],
)
def test_mistakes_raise_as_in_numpy(f: Any) -> None:
    assert_like_numpy(f, np.arange(4.0))


def test_places_are_told_in_one_number_or_one_for_each_axis() -> None:
    i = np.array([[3, 7], [22, 0]])
    for order in ("C", "F"):
        assert_like_numpy(lambda i, o=order: np.unravel_index(i, (2, 3, 4), o), i)
        a, b = np.array([0, 1, 1]), np.array([2, 0, 3])
        assert_like_numpy(lambda a, b, o=order: np.ravel_multi_index((a, b), (2, 4), order=o), a, b)
    assert_like_numpy(
        lambda a: np.ravel_multi_index((a, a), (2, 3), mode=("wrap", "clip")), np.array([-1, 5])
    )
    assert_like_numpy(
        lambda x: np.unravel_index(np.argmax(x), x.shape), np.array([[1.0, 5.0], [7.0, 2.0]])
    )
    assert_like_numpy(lambda x: np.unravel_index(x, (2, 3)), np.array([1.5]))
