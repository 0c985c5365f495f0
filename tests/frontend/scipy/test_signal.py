"""scipy.signal's convolutions, filters and trends, traced, beside scipy's own answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from tests.frontend.scipy.agreement import (
    assert_derivatives,
    assert_like_scipy,
)

signal = pytest.importorskip("scipy.signal")

RNG = np.random.default_rng(0)
DTYPES = st.sampled_from(["f4", "f8", "i4", "c8", "c16"])
MODES = st.sampled_from(["full", "same", "valid"])
SIZES = st.integers(1, 5)


def _array(shape: Any, dtype: str) -> np.ndarray[Any, Any]:
    x = RNG.normal(0, 3, tuple(shape))
    return (x + 1j * RNG.normal(size=x.shape) if dtype[0] == "c" else x).astype(dtype)


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(["convolve", "correlate", "fftconvolve", "oaconvolve"]), DTYPES, DTYPES, MODES,
    st.sampled_from(["auto", "direct", "fft"]), st.data(),
)  # fmt: skip
def test_overlaps_are_scipys(
    name: str, first: str, second: str, mode: str, method: str, data: st.DataObject
) -> None:
    axes = data.draw(st.integers(0, 3))
    x, y = (_array(data.draw(st.tuples(*[SIZES] * axes)), d) for d in (first, second))
    more = {"method": method} if name[0] == "c" else {}
    assert_like_scipy("scipy.signal", name, x, y, mode=mode, rtol=1e-4, **more)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["convolve2d", "correlate2d"]), DTYPES, DTYPES, MODES,
    st.sampled_from(["fill", "pad", "wrap", "circular", "symm", "symmetric", "odd"]),
    st.sampled_from([0, 2]), st.tuples(SIZES, SIZES), st.tuples(SIZES, SIZES),
)  # fmt: skip
def test_planes_with_something_around_are_scipys(
    name: str, first: str, second: str, mode: str, boundary: str, fill: int,
    n: tuple[int, int], m: tuple[int, int],
) -> None:  # fmt: skip
    assert_like_scipy(
        "scipy.signal", name, _array(n, first), _array(m, second), mode=mode, boundary=boundary,
        fillvalue=fill, rtol=1e-4,
    )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["fftconvolve", "oaconvolve"]), MODES,
    st.sampled_from([None, 0, 1, (0,), (1, 0), ()]),
    st.sampled_from([((5, 4), (2, 4)), ((5, 4), (2, 1)), ((5, 1), (2, 3)), ((4, 5), (4, 2))]),
)  # fmt: skip
def test_chosen_axes_are_scipys(name: str, mode: str, axes: Any, shapes: Any) -> None:
    x, y = (_array(shape, "f8") for shape in shapes)
    assert_like_scipy("scipy.signal", name, x, y, mode=mode, axes=axes)


@pytest.mark.parametrize("dtype", ["f4", "f8", "c16", "i4"])
@pytest.mark.parametrize(
    "parts", [([1.0, 2], [1.0]), ([1.0, 2, 3], [2.0, 0.5]), ([2.0], [1, 0.3, 0.2]), ([2.0], [4.0])]
)
def test_recursive_filters_are_scipys(dtype: str, parts: Any) -> None:
    b, a = (np.array(part).astype(dtype) for part in parts)
    x, order = _array((6, 3), dtype), max(len(a), len(b)) - 1
    assert_like_scipy("scipy.signal", "lfilter", b, a, x, rtol=1e-5)
    if order:
        state = _array((order, 3), dtype)
        assert_like_scipy("scipy.signal", "lfilter", b, a, x, axis=0, zi=state, rtol=1e-5)


@pytest.mark.parametrize("dtype", ["f4", "f8", "c16", "i4"])
def test_trends_and_analytic_signals_are_scipys(dtype: str) -> None:
    x = _array((7, 3), dtype)
    rtol = 1e-4 if dtype == "f4" else 1e-10
    for more in ({}, {"axis": 0, "bp": [3, 5]}, {"type": "constant"}, {"bp": 9}, {"type": "x"}):
        assert_like_scipy("scipy.signal", "detrend", x, rtol=rtol, **more)
    for more in ({}, {"N": 8, "axis": 0}, {"N": 0}):
        assert_like_scipy("scipy.signal", "hilbert", x, rtol=rtol, **more)


def test_long_signals_are_convolved_by_transforms() -> None:
    x, y = RNG.normal(size=6000), RNG.normal(size=5000)
    made = gl.compile(lambda x, y: signal.convolve(x, y), backend="numpy")(x, y)
    np.testing.assert_allclose(made, np.convolve(x, y), atol=1e-9)


def test_gradients_through_users_names_are_finite_differences() -> None:
    x, k = RNG.normal(size=(5, 4)), RNG.normal(size=(2, 3))
    for mode in ("full", "same", "valid"):
        assert_derivatives(lambda x: np.sin(signal.convolve(x, k, mode)), x)  # noqa: B023
        assert_derivatives(lambda k: np.sin(signal.correlate(x, k, mode)), k)  # noqa: B023
        assert_derivatives(lambda k: np.sin(signal.fftconvolve(x, k, mode)), k)  # noqa: B023
        for around in ("fill", "wrap", "symm"):
            assert_derivatives(lambda x: np.sin(signal.convolve2d(x, k, mode, around)), x)  # noqa: B023
    a = np.array([1.5, 0.3, 0.2])
    assert_derivatives(lambda x: np.sin(signal.lfilter([1.0, 0.5], a, x)), x)
    assert_derivatives(lambda a: np.sin(signal.lfilter([1.0, 0.5], a, x)), a)
    assert_derivatives(lambda x: np.sin(signal.detrend(x, axis=0)), x)
    assert_derivatives(lambda x: np.abs(signal.hilbert(x)), x)


def test_every_example_of_a_batch_gives_the_same() -> None:
    x, k = RNG.normal(size=(5, 4)), RNG.normal(size=3)
    batched = gl.vmap(lambda row: signal.convolve(row, k, "same"))(x)
    np.testing.assert_allclose(batched, [np.convolve(row, k, "same") for row in x], rtol=1e-12)


def test_what_has_no_traced_form_is_refused_by_name() -> None:
    with pytest.raises(gl.NotSupported, match=r"^scipy\.signal\.medfilt: "):
        gl.grad(lambda x: np.sum(signal.medfilt(x)))(np.ones(5))
