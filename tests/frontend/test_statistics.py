"""Python's `statistics` on traced floats."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl

SAMPLES = st.lists(st.sampled_from([0.25, 0.5, 1.0, 1.75, 3.0, 8.5]), min_size=3, max_size=6)
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "mean": lambda x: statistics.mean(x),
    "fmean": lambda x: statistics.fmean(x),
    "fmean with weights": lambda x: statistics.fmean(x, range(1, len(x) + 1)),
    "median": lambda x: statistics.median(x),
    "median_low": lambda x: statistics.median_low(x),
    "median_high": lambda x: statistics.median_high(x),
    "variance": lambda x: statistics.variance(x),
    "variance about a centre": lambda x: statistics.variance(x, 1.5),
    "pvariance": lambda x: statistics.pvariance(x),
    "stdev": lambda x: statistics.stdev(x),
    "pstdev": lambda x: statistics.pstdev(x),
    "geometric_mean": lambda x: statistics.geometric_mean(x),
    "harmonic_mean": lambda x: statistics.harmonic_mean(x),
    "quantiles": lambda x: statistics.quantiles(x),
    "quantiles inclusive": lambda x: statistics.quantiles(x, n=3, method="inclusive"),
    "covariance": lambda x: statistics.covariance(x, [v * v for v in x]),
    "correlation": lambda x: statistics.correlation(x, [v * v + i for i, v in enumerate(x)]),
    "linear_regression": lambda x: statistics.linear_regression(range(len(x)), x),
    "linear_regression through 0": lambda x: statistics.linear_regression(
        x, range(len(x)), proportional=True
    ),
}  # fmt: skip


def _same(ours: Any, plain: Any) -> None:
    if isinstance(plain, list | tuple):
        assert len(ours) == len(plain)
        for a, b in zip(ours, plain, strict=True):
            _same(a, b)
        return
    assert type(ours) is type(plain)
    assert ours == pytest.approx(plain, rel=1e-12)


@pytest.mark.parametrize("name", FUNCTIONS)
@settings(max_examples=5, deadline=None)
@given(SAMPLES)
def test_a_statistic_is_pythons(name: str, sample: list[float]) -> None:
    f = FUNCTIONS[name]
    try:
        plain = f(sample)
    except statistics.StatisticsError:  # constant samples have no correlation
        return
    _same(gl.compile(lambda *x: f(list(x)))(*sample), plain)
    x = np.array(sample)
    _same(gl.compile(lambda x: f(list(x)))(x), f(list(x)))


def test_statistics_have_derivatives() -> None:
    slope = gl.grad(lambda x: statistics.pvariance(list(x)) + statistics.median(list(x)))
    x = np.array([1.0, 4.0, 2.5])
    np.testing.assert_allclose(slope(x), 2 * (x - x.mean()) / 3 + np.array([0.0, 0.0, 1.0]))


def test_too_few_points_are_pythons_error() -> None:
    with pytest.raises(statistics.StatisticsError, match="at least 2"):
        gl.trace(lambda x: statistics.stdev([x]), 1.0)


def test_functions_without_a_traced_form_are_refused_by_name() -> None:
    with pytest.raises(gl.NotSupported, match=r"statistics\.mode"):
        gl.trace(lambda x: statistics.mode([x, x]), 1.0)
    with pytest.raises(gl.NotSupported, match="it takes traced floats"):
        gl.trace(lambda x: statistics.mean(list(x)), np.arange(3))
