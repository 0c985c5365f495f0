"""Memory looked at by strides that a program gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import as_strided

import gradloom as gl
from gradloom.ir.errors import ArgumentError, NotSupported, ShapeError
from tests.frontend.traced import assert_like_numpy, run_traced

AXES = st.lists(st.tuples(st.integers(0, 4), st.integers(-6, 6)), max_size=3)


@settings(max_examples=60, deadline=None)
@given(AXES, st.sampled_from("CF"))
def test_any_strides_inside_the_array_are_those_of_numpy(axes: Any, order: str) -> None:
    reach = [(size - 1) * step for size, step in axes if size]
    inside = min(0, *reach, 0) >= 0 and sum(max(r, 0) for r in reach) < 12
    assume(inside)

    def f(x: Any) -> Any:
        y = np.array(x, order=order)
        seen = as_strided(y, [n for n, _ in axes], [8 * s for _, s in axes], writeable=False)
        y[1, 1] = 50.0
        return seen

    assert_like_numpy(f, np.arange(12.0).reshape(3, 4))


def test_a_write_through_strides_that_do_not_meet_reaches_the_array() -> None:
    def f(x: Any) -> Any:
        y = x.copy()
        diagonal = as_strided(y, (3,), (y.strides[0] + y.itemsize,))
        diagonal += 10
        column = as_strided(y.T, (3,), (y.strides[0],))
        column[...] = -1
        return y

    assert_like_numpy(f, np.arange(9.0).reshape(3, 3))


def test_windows_by_strides_run_on_every_backend_and_have_gradients() -> None:
    def blur(x: Any) -> Any:
        windows = as_strided(x, (4, 4, 3, 3), x.strides * 2)
        return np.mean(windows, (2, 3))

    x = np.random.default_rng(0).random((6, 6))
    for backend in ("numpy", "torch", "jax", "tensorflow"):
        np.testing.assert_allclose(gl.compile(blur, backend=backend)(x), blur(x), rtol=1e-12)
    slopes = gl.grad(lambda x: np.sum(blur(x.copy()) ** 2))(x)
    step = np.zeros_like(x)
    step[2, 3] = 1e-6
    seen = (np.sum(blur(x + step) ** 2) - np.sum(blur(x - step) ** 2)) / 2e-6
    np.testing.assert_allclose(slopes[2, 3], seen, rtol=1e-6)


@pytest.mark.parametrize(
    ("f", "error", "told"),
    [
        (lambda y: as_strided(y, (5,), (8,)), NotSupported, "reaches elements 0 to 4 of 4"),
        (lambda y: as_strided(y[1:], (2,), (-8,)), NotSupported, "reaches elements -1 to 0"),
        (lambda y: as_strided(y, (2,), (4,)), NotSupported, "no multiples of the 8 bytes"),
        (lambda y: as_strided(y[::2], (2,), (8,)), NotSupported, "do not lie side by side"),
        (lambda y: as_strided(y, (2, 2), (8,)), ArgumentError, "must have equal lengths"),
        (lambda y: as_strided(y, (-2,), (8,)), ArgumentError, "negative size"),
        (lambda y: as_strided(y, (3, 2), (8, 8)).sort(), ShapeError, "read-only"),
    ],
)
def test_what_lies_outside_the_array_is_not_looked_at(f: Any, error: Any, told: str) -> None:
    with pytest.raises(error, match=told):
        run_traced(lambda x: f(x.copy()), np.arange(4.0))
