"""The price of DP-SGD in privacy, against integrals and against what is known of simple cases."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.examples.privacy import epsilon, renyi
from gradloom.ir.errors import ArgumentError


def renyi_by_integral(rate: float, noise: float, order: int) -> float:
    """The divergence of the mixture (1 - rate) N(0, noise^2) + rate N(1, noise^2) from N(0,
    noise^2), by the trapezium rule far into both tails.
    """
    x = np.linspace(-40 * noise, order + 40 * noise, 400_001)
    log_plain = -(x**2) / (2 * noise**2) - math.log(noise * math.sqrt(2 * math.pi))
    log_ratio = np.logaddexp(math.log1p(-rate), math.log(rate) + (2 * x - 1) / (2 * noise**2))
    value = np.trapezoid(np.exp(log_plain + order * log_ratio), x)
    return float(np.log(value)) / (order - 1)


@pytest.mark.parametrize("rate", [0.01, 0.25, 0.9])
@pytest.mark.parametrize("noise", [0.8, 1.1, 6.0])
@pytest.mark.parametrize("order", [2, 5, 16])
def test_a_step_costs_what_the_integral_says(rate: float, noise: float, order: int) -> None:
    assert renyi(rate, noise, order) == pytest.approx(
        renyi_by_integral(rate, noise, order), rel=1e-6
    )


def test_everybody_in_each_step_is_the_gaussian_mechanism() -> None:
    assert renyi(1.0, 2.0, 10) == 10 / 8
    assert renyi(1 - 1e-12, 2.0, 10) == pytest.approx(10 / 8)


def test_epsilon_is_no_less_than_the_exact_one_of_the_gaussian_mechanism() -> None:
    """Balle and Wang 2018, theorem 8: delta(epsilon) of one step in which everybody takes part."""

    def normal(x: float) -> float:
        return math.erfc(-x / math.sqrt(2)) / 2

    for noise in (1.0, 3.0, 10.0):
        found = epsilon(1.0, noise, 1, 1e-5)
        exact_delta = normal(0.5 / noise - found * noise) - math.exp(found) * normal(
            -0.5 / noise - found * noise
        )
        assert 1e-7 < exact_delta <= 1e-5


@settings(max_examples=25, deadline=None)
@given(st.floats(0.01, 0.9), st.floats(0.7, 20), st.integers(1, 500), st.sampled_from([1e-3, 1e-6]))
def test_more_noise_fewer_steps_and_smaller_shares_cost_less(
    rate: float, noise: float, steps: int, delta: float
) -> None:
    price = epsilon(rate, noise, steps, delta)
    assert 0 <= epsilon(rate, 2 * noise, steps, delta) <= price
    assert epsilon(rate / 2, noise, steps, delta) <= price
    assert price <= epsilon(rate, noise, 2 * steps, delta)
    assert price <= epsilon(rate, noise, steps, delta / 10)


@pytest.mark.parametrize(
    "wrong",
    [(0.0, 1.0, 1, 0.1), (1.1, 1.0, 1, 0.1), (0.5, 0.0, 1, 0.1), (0.5, math.nan, 1, 0.1),
     (0.5, 1.0, 0, 0.1), (0.5, 1.0, 1, 0.0), (0.5, 1.0, 1, 1.0)],
)  # fmt: skip
def test_what_has_no_price_is_an_error(wrong: tuple[float, float, int, float]) -> None:
    with pytest.raises(ArgumentError, match="no privacy has rate="):
        epsilon(*wrong)
