"""The solver: its coefficients, its accuracy, its steps, and derivatives through them."""

from typing import Any

import numpy as np
import pytest
from scipy.integrate import RK45

import gradloom as gl
from gradloom.examples.neural_ode import nature
from gradloom.examples.runge_kutta import ERROR, STAGES, attempt, solve

START = np.array([1.0, 2.0])


def turning(y: Any) -> Any:
    """A circle: the solution is the start, turned by as much as the time."""
    return np.stack([-y[..., 1], y[..., 0]], axis=-1)


def test_the_coefficients_are_those_of_scipy() -> None:
    for row, due in zip(STAGES[:5], RK45.A[1:], strict=True):
        assert np.allclose(row, due[: len(row)], rtol=1e-15)
    assert np.allclose(STAGES[5], RK45.B, rtol=1e-15)
    assert np.allclose(np.abs(ERROR), np.abs(RK45.E), rtol=1e-12)


def test_a_step_is_of_order_five() -> None:
    ends = []
    for steps in (8, 16):
        y, h = START, 1 / steps
        for _ in range(steps):
            y, _, _ = attempt(turning, y, turning(y), h)
        ends.append(np.abs(y - turned(1.0)).max())
    assert 2**4.8 < ends[0] / ends[1] < 2**5.3


def turned(angle: float) -> Any:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s], [s, c]]) @ START


@pytest.mark.parametrize("tolerance", [1e-4, 1e-6, 1e-8])
def test_the_error_follows_the_tolerance(tolerance: float) -> None:
    y, tried = solve(turning, START, 6.0, tolerance)
    assert np.abs(y - turned(6.0)).max() < 40 * tolerance
    assert 5 < tried < 400


def test_a_smaller_tolerance_takes_more_steps() -> None:
    tried = [solve(nature, START, 8.0, tolerance)[1] for tolerance in (1e-3, 1e-5, 1e-7)]
    assert tried == sorted(set(tried))


def test_a_step_that_is_too_long_is_taken_back() -> None:
    y, _ = solve(turning, START, 6.0, 1e-8, first=5.0)
    assert np.abs(y - turned(6.0)).max() < 1e-6


def test_no_time_leads_nowhere() -> None:
    y, tried = solve(nature, START, 0.0)
    assert np.array_equal(y, START)
    assert tried == 0


def test_one_while_serves_any_duration() -> None:
    compiled = gl.compile(lambda y, t: solve(nature, y, t, 1e-6), backend="numpy")
    for duration in (0.5, 3.0, 9.0):
        due, tried = solve(nature, START, duration, 1e-6)
        found, steps = compiled(START, duration)
        assert np.allclose(found, due, rtol=1e-12)
        assert steps == tried
    assert "1 compiled" in str(compiled.explain())


def test_a_quantity_that_the_orbit_keeps_is_kept() -> None:
    def kept(y: Any) -> Any:
        return np.sum(y - np.log(y))

    y, _ = solve(nature, START, 20.0, 1e-8)
    assert np.isclose(kept(y), kept(START), rtol=1e-6)


def test_derivatives_go_through_the_steps() -> None:
    """Of a circle, turned: the transpose of the turn."""

    def first(y: Any) -> Any:
        return solve(turning, y, 2.0, 1e-8)[0][0]

    due = np.array([np.cos(2.0), -np.sin(2.0)])
    assert np.allclose(gl.grad(first)(START), due, atol=1e-6)
    assert np.allclose(gl.compile(gl.grad(first), backend="numpy")(START), due, atol=1e-6)


def test_a_vmapped_solution_is_each_alone() -> None:
    starts = np.array([[1.0, 2.0], [0.5, 0.7], [2.5, 1.0]])
    found, tried = gl.vmap(lambda y: solve(nature, y, 4.0, 1e-6))(starts)
    for y, steps, start in zip(found, tried, starts, strict=True):
        due, own = solve(nature, start, 4.0, 1e-6)
        assert np.allclose(y, due, rtol=1e-10)
        assert steps == own
