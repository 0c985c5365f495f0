from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.frontend.numpy.arrays import ALL, REALS, arrays, axes
from tests.frontend.traced import assert_like_numpy, run_symbolic, run_traced

SUMS = (np.sum, np.prod, np.mean)
TRUTHS = (np.any, np.all, np.count_nonzero)
SPREADS = (np.var, np.std)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from((*SUMS, *TRUTHS, *SPREADS)), arrays(ALL), st.booleans())
def test_reductions_over_any_axes_give_numpys_values_and_dtypes(
    data: Any, f: Any, x: np.ndarray, keepdims: bool
) -> None:
    axis = data.draw(axes(x.ndim))
    rtol = 1e-2 if x.dtype == np.float16 else 1e-4 if x.dtype == np.float32 else None
    assert_like_numpy(lambda x: f(x, axis=axis, keepdims=keepdims), x, rtol=rtol)


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from((np.max, np.min, np.ptp)), arrays(REALS), st.booleans())
def test_extrema_give_numpys_values(data: Any, f: Any, x: np.ndarray, keepdims: bool) -> None:
    axis = data.draw(axes(x.ndim))
    assert_like_numpy(lambda x: f(x, axis=axis, keepdims=keepdims), x)


@settings(max_examples=30, deadline=None)
@given(st.data(), st.sampled_from((np.argmax, np.argmin)), arrays(REALS), st.booleans())
def test_positions_of_winners_are_numpys(data: Any, f: Any, x: np.ndarray, keepdims: bool) -> None:
    axis = data.draw(
        st.one_of(st.none(), st.integers(-x.ndim, x.ndim - 1)) if x.ndim else st.none()
    )
    assert_like_numpy(lambda x: f(x, axis=axis, keepdims=keepdims), x)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from((np.sum, np.prod, np.max, np.min)),
    arrays(("float64", "int64", "bool"), 1),
    st.data(),
)
def test_where_and_initial_choose_elements_as_numpy_does(f: Any, x: np.ndarray, data: Any) -> None:
    mask = data.draw(arrays(("bool",), 1, 1).map(lambda m: np.resize(m, x.shape)))
    assert_like_numpy(lambda x, m: f(x, axis=0, where=m, initial=1), x, mask)
    assert_like_numpy(lambda x, m: f(x, axis=0, where=m), x, mask)


@pytest.mark.parametrize("dtype", ["float32", "int64", "complex128", "bool"])
@pytest.mark.parametrize("f", [np.sum, np.prod, np.mean, np.var])
def test_dtype_is_the_accumulator(f: Any, dtype: str) -> None:
    assert_like_numpy(
        lambda x: f(x, axis=0, dtype=dtype), np.array([[1.5, 2.0], [2.5, 0.0]]), rtol=1e-6
    )


@pytest.mark.parametrize("where", [np.array([True, False, True]), np.array([[True], [False]])])
@pytest.mark.parametrize("f", [np.mean, np.var, np.std, np.sum])
def test_where_counts_only_what_it_chooses(f: Any, where: np.ndarray) -> None:
    x = np.arange(6.0).reshape(2, 3) ** 2
    assert_like_numpy(lambda x, m: f(x, where=m), x, where)
    assert_like_numpy(lambda x, m: f(x, axis=1, keepdims=True, where=m), x, where)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x.var(ddof=1),
        lambda x: np.std(x, axis=1, correction=1),
        lambda x: np.var(x, axis=0, mean=np.mean(x, axis=0, keepdims=True)),
        lambda x: np.var(x, ddof=1, correction=1),
        lambda x: np.sum(x, axis=5),
        lambda x: np.sum(x, axis=(0, 0)),
        lambda x: np.max(x[:0]),
        lambda x: np.max(x[:0], initial=3.0),
        lambda x: np.max(x[:0], axis=0, initial=3.0),
        lambda x: np.max(x[:0], axis=1),
        lambda x: np.argmax(x[:0], axis=0),
        lambda x: np.sum(x[:0], axis=0),
        lambda x: np.mean(x, axis=()),
        lambda x: np.amax(x) + np.amin(x),
        lambda x: x.sum(0, keepdims=True),
        lambda x: x.sum().sum(),
        lambda x: [float, type(x.sum())][0] is float,
    ],
)
def test_spellings_and_mistakes_are_numpys(f: Any) -> None:
    assert_like_numpy(f, np.arange(6.0).reshape(2, 3) ** 2)


def test_out_receives_the_result_and_is_returned() -> None:
    def f(x: Any) -> Any:
        out = np.zeros(3)
        returned = np.sum(x, axis=0, out=out)
        assert returned is out
        return out

    assert_like_numpy(f, np.arange(6.0).reshape(2, 3))


def test_average_is_weighted_as_in_numpy() -> None:
    x, w = np.arange(6.0).reshape(2, 3), np.array([1.0, 2.0, 4.0])
    assert_like_numpy(lambda x, w: np.average(x, axis=1, weights=w), x, w)
    assert_like_numpy(lambda x: np.average(x, axis=0, returned=True), x)
    assert_like_numpy(
        lambda x, w: np.average(x, axis=1, weights=w, returned=True, keepdims=True), x, w
    )
    assert_like_numpy(lambda x, w: np.average(x, weights=w), x, w)
    assert_like_numpy(lambda x: np.average(x, axis=(1, 0), weights=np.arange(6).reshape(3, 2)), x)
    assert_like_numpy(lambda x: np.average(x), np.arange(5))


def test_nan_wins_every_extremum() -> None:
    x = np.array([[1.0, np.nan, 3.0], [4.0, 5.0, 6.0]])
    for f in (np.max, np.min, np.argmax, np.argmin, np.sum, np.median, np.ptp):
        assert_like_numpy(lambda x, f=f: f(x, axis=1), x)


def test_named_dimensions_are_counted_when_they_are_known() -> None:
    x = np.arange(12.0).reshape(4, 3)
    for f in (np.mean, np.std, np.sum, np.max, np.argmax):
        ours = run_symbolic(lambda x, f=f: f(x, axis=0), ["f64[n,3]"], x)
        np.testing.assert_allclose(ours, f(x, axis=0))
        np.testing.assert_allclose(run_symbolic(lambda x, f=f: f(x), ["f64[n,3]"], x), f(x))


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from((np.cumsum, np.cumprod)), arrays(REALS))
def test_running_sums_and_products_are_numpys(data: Any, f: Any, x: np.ndarray) -> None:
    axis = data.draw(
        st.one_of(st.none(), st.integers(-x.ndim, x.ndim - 1)) if x.ndim else st.none()
    )
    assert_like_numpy(lambda x: f(x, axis=axis), x)


@pytest.mark.parametrize("f", [np.cumulative_sum, np.cumulative_prod])
def test_array_api_running_sums_start_where_asked(f: Any) -> None:
    x = np.arange(1.0, 7.0).reshape(2, 3)
    assert_like_numpy(lambda x: f(x, axis=1, include_initial=True), x)
    assert_like_numpy(lambda x: f(x[0]), x)
    assert_like_numpy(lambda x: f(x), x)
    assert_like_numpy(lambda x: f(x.astype(np.int8), axis=0, dtype=np.float32), x)


NAN_FREE = (
    np.nansum,
    np.nanprod,
    np.nanmean,
    np.nanvar,
    np.nanstd,
    np.nanmax,
    np.nanmin,
    np.nanmedian,
)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(NAN_FREE), arrays(("float64", "int64"), 1))
def test_nan_reductions_leave_nan_out(data: Any, f: Any, x: np.ndarray) -> None:
    if x.dtype.kind == "f":
        mask = data.draw(st.lists(st.booleans(), min_size=x.size, max_size=x.size))
        x = np.where(np.reshape(mask, x.shape), np.nan, x)
    axis = data.draw(axes(x.ndim).filter(lambda a: a != ()))
    assert_like_numpy(lambda x: f(x, axis=axis), x)


@pytest.mark.parametrize("f", [np.nanargmax, np.nanargmin, np.nancumsum, np.nancumprod])
def test_nan_positions_and_running_sums_leave_nan_out(f: Any) -> None:
    x = np.array([[1.0, np.nan, 3.0], [np.nan, 5.0, 2.0]])
    assert_like_numpy(lambda x: f(x, axis=1), x)
    assert_like_numpy(lambda x: f(x), x)


def test_scalars_come_back_as_numpy_scalars() -> None:
    assert type(run_traced(np.sum, np.arange(3.0))) is np.float64
    assert type(run_traced(np.any, np.arange(3.0))) is np.bool
    assert type(run_traced(lambda x: np.sum(x, keepdims=True), np.float32(2.0))) is np.float32
