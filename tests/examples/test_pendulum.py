"""The pendulum that is fitted is one: it swings at the known pace, and gravity stays."""

import numpy as np
import pytest
from scipy.special import ellipk

import gradloom as gl
from gradloom.examples.pendulum import _COUNT, _PACE, loss, measured, swung


def test_a_small_swing_is_a_cosine_of_the_known_frequency() -> None:
    found = swung(length=0.5, friction=0.0, angle=0.01, gravity=9.81)
    t = _PACE * np.arange(_COUNT)
    np.testing.assert_allclose(found, 0.01 * np.cos(np.sqrt(9.81 / 0.5) * t), atol=3e-5)


def test_a_wide_swing_comes_back_after_the_period_of_the_elliptic_integral() -> None:
    """T = 4 sqrt(length / gravity) K, with K the complete elliptic integral for sin(angle / 2)."""
    angle, steps = 2.2, 40
    period = steps * _PACE
    length = 9.81 * (period / (4 * ellipk(np.sin(angle / 2) ** 2))) ** 2
    found = swung(length=length, friction=0.0, angle=angle, gravity=9.81)
    np.testing.assert_allclose(found[[0, steps, 2 * steps]], angle, rtol=1e-4)
    np.testing.assert_allclose(found[steps // 2], -angle, rtol=1e-4)


def test_friction_takes_height() -> None:
    found = swung(length=1.0, friction=0.3, angle=1.0, gravity=9.81)
    assert np.max(np.abs(found[-40:])) < 0.5


def test_gravity_has_no_gradient_and_the_others_that_of_differences() -> None:
    told = measured(0)
    values = {"length": 0.9, "friction": 0.1, "angle": 1.5}
    value, slopes = gl.params({**values, "gravity": gl.frozen(9.81)}).grad(loss, told)

    def at(**changed: float) -> float:
        return float(np.mean((swung(**{**values, "gravity": 9.81, **changed}) - told) ** 2))

    assert slopes.gravity is None
    assert value == pytest.approx(at())
    for name, x in values.items():
        h = 1e-6
        rise = (at(**{name: x + h}) - at(**{name: x - h})) / (2 * h)
        assert float(slopes[name]) == pytest.approx(rise, rel=1e-5)
