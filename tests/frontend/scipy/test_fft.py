"""scipy.fft, traced, beside scipy's own answers."""

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

fft = pytest.importorskip("scipy.fft")

ONE = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
MANY = tuple(f"{name}{end}" for name in ONE for end in ("2", "n"))
COSINES = ("dct", "idct", "dst", "idst")
NORMS = st.sampled_from([None, "backward", "ortho", "forward"])
RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 4))


def _array(shape: tuple[int, ...], dtype: str) -> np.ndarray[Any, Any]:
    x = RNG.normal(0, 3, shape)
    return (x + 1j * RNG.normal(size=shape) if dtype[0] == "c" else x).astype(dtype)


def _rtol(dtype: str) -> float:
    return 1e-5 if dtype in ("f2", "f4", "c8") else 1e-12


DTYPES = st.sampled_from(["f2", "f4", "f8", "i4", "?", "c8", "c16"])


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(ONE), DTYPES, NORMS, st.sampled_from([None, 0, 1, 2, 5, 9]),
    st.integers(-2, 2), st.integers(1, 6),
)  # fmt: skip
def test_transforms_of_an_axis_are_scipys(
    name: str, dtype: str, norm: str, n: int | None, axis: int, size: int
) -> None:
    x = _array((size, 4), dtype)
    assert_like_scipy("scipy.fft", name, x, n=n, axis=axis, norm=norm, rtol=_rtol(dtype))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(MANY), DTYPES, NORMS,
    st.sampled_from([
        {}, {"s": (4, 5), "axes": (0, 2)}, {"s": (2, -1)}, {"s": 4, "axes": 1}, {"axes": (0, 0)},
        {"axes": (2, 0)}, {"s": (2,), "axes": (0, 1)}, {"axes": 5},
    ]),
)  # fmt: skip
def test_transforms_of_axes_are_scipys(
    name: str, dtype: str, norm: str, more: dict[str, Any]
) -> None:
    x = _array((2, 3, 4), dtype)
    assert_like_scipy("scipy.fft", name, x, norm=norm, rtol=_rtol(dtype), **more)


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(COSINES), DTYPES, NORMS, st.integers(0, 5), st.integers(-2, 1),
    st.sampled_from([None, True, False]), st.sampled_from([None, 1, 2, 6]),
)  # fmt: skip
def test_cosine_and_sine_transforms_are_scipys(
    name: str, dtype: str, norm: str, kind: int, axis: int, orthogonalize: bool | None,
    n: int | None,
) -> None:  # fmt: skip
    assert_like_scipy(
        "scipy.fft", name, _array((3, 4), dtype), type=kind, norm=norm, axis=axis, n=n,
        orthogonalize=orthogonalize, rtol=_rtol(dtype),
    )  # fmt: skip


@pytest.mark.parametrize("name", [f"{name}n" for name in COSINES])
@pytest.mark.parametrize("more", [{}, {"s": (2, 5), "norm": "ortho"}, {"s": 5, "axes": 1}])
def test_cosine_and_sine_transforms_of_axes_are_scipys(name: str, more: dict[str, Any]) -> None:
    for dtype in ("f4", "f8", "c16"):
        for kind in (1, 2, 3, 4):
            x = _array((3, 4), dtype)
            assert_like_scipy("scipy.fft", name, x, type=kind, rtol=_rtol(dtype), **more)


def test_shifts_are_scipys() -> None:
    assert_like_scipy("scipy.fft", "fftshift", X)
    assert_like_scipy("scipy.fft", "ifftshift", X, axes=1)


def test_gradients_through_users_names_are_finite_differences() -> None:
    weights = RNG.normal(size=(3, 4))
    for name in (*COSINES, "dctn", "idstn"):
        for kind in (1, 2, 3, 4):
            assert_derivatives(lambda x: np.sin(getattr(fft, name)(x, kind)) * weights, X)  # noqa: B023
    for name in ("fft", "ifft2", "rfftn"):
        assert_derivatives(lambda x: np.abs(getattr(fft, name)(x)) ** 2, X)  # noqa: B023
    assert_derivatives(lambda x: fft.irfft(x) ** 3, X)
    assert_derivatives(lambda x: fft.hfftn(x + 1j * x) ** 3, X)


def test_every_example_of_a_batch_gives_the_same() -> None:
    rows = RNG.normal(size=(3, 5))
    for kind in (1, 2, 3, 4):
        batched = gl.vmap(lambda row: fft.dst(row, kind))(rows)  # noqa: B023
        np.testing.assert_allclose(batched, fft.dst(rows, kind), atol=1e-12)
