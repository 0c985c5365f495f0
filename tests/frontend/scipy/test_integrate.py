"""scipy.integrate's rules for samples, traced, beside scipy's own answers."""

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

integrate = pytest.importorskip("scipy.integrate")

NAMES = ("trapezoid", "simpson", "cumulative_trapezoid", "cumulative_simpson", "romb")
RNG = np.random.default_rng(0)
RTOL = {"f2": 2e-2, "f4": 1e-5, "c8": 1e-5}
DTYPES = st.sampled_from(["f2", "f4", "f8", "i4", "c8", "c16", "?"])


def _samples(shape: tuple[int, ...], dtype: str) -> np.ndarray[Any, Any]:
    y = RNG.normal(0, 3, shape)
    return (y + 1j * RNG.normal(size=shape) if dtype[0] == "c" else y).astype(dtype)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(NAMES), DTYPES, st.integers(1, 9), st.integers(-2, 2), st.booleans())
def test_equal_steps_are_scipys(name: str, dtype: str, n: int, axis: int, wide: bool) -> None:
    y = _samples((n, n) if wide else (n,), dtype)
    assert_like_scipy("scipy.integrate", name, y, dx=0.3, axis=axis, rtol=RTOL.get(dtype))


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(NAMES[:-1]), DTYPES, st.sampled_from(["f4", "f8", "i8"]), st.integers(2, 9),
    st.sampled_from(["row", "column", "whole", "short"]),
)  # fmt: skip
def test_given_places_are_scipys(name: str, dtype: str, of: str, n: int, how: str) -> None:
    x = np.sort(RNG.permutation(30)[:n]).astype(of)
    y, axis = _samples((n, 2) if how == "column" else (2, n), dtype), 0 if how == "column" else 1
    x = x * np.array([[1], [2]], of) if how == "whole" else x[:-1] if how == "short" else x
    assert_like_scipy("scipy.integrate", name, y, x=x, axis=axis, rtol=RTOL.get(dtype))


@pytest.mark.parametrize("n", [1, 2, 3, 6])
def test_first_values_are_scipys(n: int) -> None:
    y = _samples((n, 2), "f8")
    for initial in (0, 1.5):
        assert_like_scipy("scipy.integrate", "cumulative_trapezoid", y, axis=0, initial=initial)
        assert_like_scipy("scipy.integrate", "cumulative_simpson", y, axis=0, initial=initial)
    assert_like_scipy(
        "scipy.integrate", "cumulative_simpson", y, axis=0, initial=np.ones((1, 2)),
        dx=np.array([[1.0, 2.0]]),
    )  # fmt: skip


def test_places_that_fall_are_refused_as_by_scipy() -> None:
    x = np.array([0.0, 2.0, 1.0])
    with pytest.raises(ValueError, match=r"^scipy\.integrate\.cumulative_simpson: .*increasing"):
        gl.grad(lambda x: np.sum(integrate.cumulative_simpson(x, x=x)))(x)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("n", [5, 9])
def test_gradients_by_samples_and_by_steps_are_finite_differences(name: str, n: int) -> None:
    y = RNG.normal(size=n)
    assert_derivatives(lambda y: np.sin(getattr(integrate, name)(y, dx=0.3)), y)
    assert_derivatives(lambda h: np.sin(getattr(integrate, name)(y, dx=h)), np.array(0.7))
    if name != "romb":
        x = np.sort(RNG.uniform(0, 3, n))
        assert_derivatives(lambda x: np.sin(getattr(integrate, name)(y, x=x)), x)
        assert_derivatives(lambda x: np.sin(getattr(integrate, name)(y[:-1], x=x[:-1])), x)


def test_quadrature_has_a_derivative_by_its_limits_and_by_what_the_function_closes_over() -> None:
    def f(b: Any) -> Any:
        return integrate.fixed_quad(lambda t: np.exp(-b * t), 0.0, b)[0]

    assert_derivatives(f, np.array(0.8))
    assert_derivatives(lambda c: integrate.fixed_quad(lambda t: t**2 * c, 0, 1)[0], np.array(2.0))


@pytest.mark.parametrize("name", ["quad", "odeint", "solve_ivp"])
def test_solvers_are_refused_by_name_with_a_way_out(name: str) -> None:
    calls: dict[str, Any] = {
        "quad": lambda x: integrate.quad(np.sin, 0.0, x)[0],
        "odeint": lambda x: integrate.odeint(lambda y, t: -y, x, np.linspace(0, 1, 3))[-1, 0],
        "solve_ivp": lambda x: integrate.solve_ivp(lambda t, y: -y, (0, 1), [x]).y[0, -1],
    }
    with pytest.raises(gl.NotSupported, match=rf"^scipy\.integrate\.{name}: ") as refused:
        gl.grad(calls[name])(1.0)
    assert ("fixed_quad" if name == "quad" else "gl.scan") in refused.value.hint


def test_every_example_of_a_batch_gives_the_same() -> None:
    y = RNG.normal(size=(3, 5))
    rows = gl.vmap(lambda row: integrate.simpson(row[:4]))(y)
    np.testing.assert_allclose(rows, integrate.simpson(y[:, :4]), rtol=1e-12)
