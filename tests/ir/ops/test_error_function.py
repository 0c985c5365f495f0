"""The error function of numpy's rows, against math.erf and the process that made its numbers."""

import math
import re
from decimal import Decimal
from inspect import getsource

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradloom.ir.ops.error_function import erf, short_erf
from gradloom.ir.special.error import _erf_over_x
from gradloom.ir.special.pieces import fitted

SINGLE = np.dtype(np.float32)


def exact(x: np.ndarray) -> np.ndarray:
    return np.array([math.erf(v) for v in x.astype(np.float64).ravel()]).reshape(x.shape)


def units(x: np.ndarray) -> np.ndarray:
    """How many units of the last place the results for x are off."""
    wanted = exact(x)
    return np.abs(short_erf(x) - wanted) / np.spacing(np.abs(wanted).astype(np.float32))


def test_single_precision_is_right_to_half_a_unit_of_the_last_place() -> None:
    rng = np.random.default_rng(0)
    x = np.concatenate([np.linspace(-5, 5, 40_001), 10 ** rng.uniform(-30, 1, 20_000)])
    assert units(x.astype(np.float32)).max() < 0.55


@given(st.floats(width=32, min_value=2**-100))
def test_it_is_odd_at_most_one_and_right_at_every_number(x: float) -> None:
    one = np.array([x, -x], np.float32)
    plus, minus = short_erf(one)
    assert plus == -minus
    assert plus <= 1
    assert units(one).max() < 0.55


def test_what_is_not_finite_stays_so() -> None:
    given = np.array([np.inf, -np.inf, np.nan, 0.0, -0.0], np.float32)
    made = erf(given, SINGLE)
    np.testing.assert_array_equal(made, np.array([1, -1, np.nan, 0, 0], np.float32))
    assert np.signbit(made[4])


@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (8192,), (8193,), (5, 2, 1700)])
def test_any_shape_and_layout_is_taken(shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    for one in (x, x.T.copy().T, x[::-1] if shape else x):
        made = erf(one, SINGLE)
        assert (made.shape, made.dtype) == (shape, SINGLE)
        np.testing.assert_allclose(made, exact(one), rtol=1e-7)


@pytest.mark.parametrize("dtype", [np.float64, np.float16, ml_dtypes.bfloat16])
def test_other_floats_are_rounded_once(dtype: type) -> None:
    x = np.linspace(-3, 3, 501).astype(dtype)
    made = erf(x, np.dtype(dtype))
    assert made.dtype == dtype
    unit = float(ml_dtypes.finfo(dtype).eps)
    np.testing.assert_allclose(made.astype(float), exact(x), rtol=unit / 2 * 1.01)


def test_its_coefficients_are_those_of_the_interpolation_that_it_names() -> None:
    series = fitted(_erf_over_x, lambda t: 8 * (t + Decimal(1)), 17)
    powers = np.polynomial.chebyshev.cheb2poly(np.array(series))
    written = re.findall(r"-?0\.\d{8,}", getsource(short_erf))
    np.testing.assert_allclose([float(c) for c in written], powers, rtol=1e-10)
