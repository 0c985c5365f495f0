"""ufunc.at at places that the trace does not know, and folds too long to be written out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradloom as gl
from tests.frontend.numpy.folds import folded
from tests.frontend.traced import run_traced

X = np.linspace(0.5, 2, 24).reshape(4, 6)
PLACES = np.array([0, 2, 2, 5, 1] * 12)


def _written(x: Any, places: Any, count: int) -> Any:
    y = x.copy()
    np.power.at(y, (slice(None), places[:count]), 1.5)
    np.hypot.at(y, (places[:3] % 4, places[2:5]), np.array([1.0, 2.0, 3.0]))
    np.sqrt.at(y[0], places[:count])
    np.subtract.at(y, places[1:3] % 4, x[:2])
    return y


@pytest.mark.parametrize("count", [3, 40])
def test_traced_places_that_repeat_count_each_time(count: int) -> None:
    expected = _written(X, PLACES, count)
    ours = run_traced(lambda x, p: _written(x, p, count), X, PLACES)
    np.testing.assert_allclose(ours, expected, rtol=1e-13)
    compiled = gl.compile(lambda x, p: _written(x, p, count))
    np.testing.assert_allclose(compiled(X, PLACES), expected, rtol=1e-13)


def test_a_place_named_more_often_than_rounds_are_written_out() -> None:
    def f(x: Any) -> Any:
        y = x.copy()
        np.logaddexp.at(y, np.zeros(300, int), 0.5)
        return y

    np.testing.assert_allclose(run_traced(f, X[0]), f(X[0]), rtol=1e-13)


def test_the_gradient_counts_each_time_too() -> None:
    def f(x: Any, places: Any) -> Any:
        y = x.copy()
        np.power.at(y, places, 2.0)
        return np.sum(y)

    x, places = np.array([0.7, 1.3, 0.9, 1.6]), np.array([0, 3, 0])
    expected = np.array([4 * 0.7**3, 1, 1, 2 * 1.6])
    np.testing.assert_allclose(gl.grad(f)(x, places), expected, rtol=1e-12)


@pytest.mark.parametrize("name", ["subtract", "divide", "arctan2", "power", "copysign"])
def test_long_folds_run_in_a_loop_from_the_left(name: str) -> None:
    ufunc, x = getattr(np, name), np.linspace(0.99, 1.01, 300)
    for method in ("reduce", "accumulate"):
        ours = run_traced(lambda x, m=method: getattr(ufunc, m)(x), x)
        np.testing.assert_allclose(ours, folded(ufunc, method, x), rtol=1e-12)
    masked = run_traced(lambda x: ufunc.reduce(x, initial=2.0, where=x > 1), x)
    expected = folded(ufunc, "reduce", x, initial=2.0, where=x > 1)
    np.testing.assert_allclose(masked, expected, rtol=1e-12)


def test_a_tuple_of_traced_places_is_an_index_for_each_axis() -> None:
    def f(x: Any, i: Any, j: Any) -> Any:
        y = x.copy()
        np.add.at(y, (i, j), 10.0)
        return y

    i, j = np.array([0, 3, 0]), np.array([5, 1, 5])
    np.testing.assert_array_equal(gl.compile(f)(X, i, j), f(X, i, j))
