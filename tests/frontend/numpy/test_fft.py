"""np.fft on traced arrays is numpy's: lengths, axes, norms and dtypes."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from gradloom.ir.errors import DtypeError
from tests.frontend.derivatives import assert_gradient
from tests.frontend.traced import assert_like_numpy, run_symbolic, run_traced

RNG = np.random.default_rng(5)
X, B = RNG.normal(size=(4, 5)), RNG.normal(size=(3, 4, 5))
ONE = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
MANY = ("fft2", "ifft2", "rfft2", "irfft2", "fftn", "ifftn", "rfftn", "irfftn")
NORMS = st.sampled_from([None, "backward", "ortho", "forward", "bad"])


@given(
    st.sampled_from(ONE),
    st.sampled_from(["f8", "f4", "f2", "c16", "c8", "i4", "?"]),
    st.sampled_from([None, 0, 1, 2, 3, 7, 8]),
    st.sampled_from([-1, 0, 1, 5]),
    NORMS,
)
@settings(max_examples=120, deadline=None)
def test_transforms_along_an_axis_are_numpys(
    name: str, dtype: str, n: Any, axis: int, norm: Any
) -> None:
    x = (X + 1j * X[::-1] if dtype[0] == "c" else X).astype(dtype)
    tolerance = 1e-2 if dtype == "f2" else 1e-5 if dtype in ("f4", "c8") else 1e-12
    assert_like_numpy(
        lambda x: getattr(np.fft, name)(x, n=n, axis=axis, norm=norm), x, rtol=tolerance
    )


@given(
    st.sampled_from(MANY),
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, (3, 7), (-1, 4), (2,), (1, 2, 3)]),
    st.sampled_from([None, (0, 1), (1, 0), (-1,), (0, -1)]),
    NORMS,
)
@settings(max_examples=100, deadline=None)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_transforms_along_several_axes_are_numpys(
    name: str, deep: bool, complex_: bool, s: Any, axes: Any, norm: Any
) -> None:
    x: np.ndarray = B if deep else X
    given = {"s": s, "norm": norm} | ({} if axes is None else {"axes": axes})
    assert_like_numpy(
        lambda x: getattr(np.fft, name)(x, **given), x + 1j if complex_ else x, rtol=1e-12
    )


def test_shifts_are_numpys() -> None:
    for f in (np.fft.fftshift, np.fft.ifftshift):
        assert_like_numpy(f, B)
        assert_like_numpy(lambda x, f=f: f(x, axes=(0, 2)), B)
        assert_like_numpy(lambda x, f=f: f(x, 1), B)


def test_out_is_written() -> None:
    def f(x: Any) -> Any:
        out = np.zeros((4, 5), complex)
        np.fft.fft(x, out=out)
        return out

    assert_like_numpy(f, X + 1j)


def test_a_named_axis_is_transformed() -> None:
    result = run_symbolic(lambda x: np.fft.ifft(np.fft.fft(x)), ["c128[n,m]"], X + 1j)
    np.testing.assert_allclose(result, X + 1j)


def test_real_transforms_refuse_complex_values() -> None:
    with pytest.raises(DtypeError, match=r"take np\.real first"):
        run_traced(np.fft.rfft, X + 1j)


@pytest.mark.parametrize("norm", ["backward", "ortho", "forward"])
def test_transforms_have_the_derivative_of_finite_differences(norm: Any) -> None:
    assert_gradient(lambda x: np.sum(np.abs(np.fft.fft(x, norm=norm)) ** 2), X)
    assert_gradient(lambda x: np.sum(np.sin(np.fft.irfft(np.fft.rfft(x, n=7), n=9, norm=norm))), X)
    assert_gradient(lambda x: np.sum(np.sin(np.real(np.fft.ihfft(x, norm=norm)))), X)
    assert_gradient(lambda x: np.sum(np.sin(np.imag(np.fft.fft2(x, norm=norm)))), X)
    assert_gradient(
        lambda x: np.sum(np.sin(np.fft.irfftn(x, norm=norm) + np.fft.hfft(x, norm=norm))), X
    )
