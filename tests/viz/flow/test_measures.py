"""Measures are numpy's, also where squares leave the range of the numbers."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gradloom.ir import build
from gradloom.ir.interpret import interpret
from gradloom.ir.types import tensor_type
from gradloom.viz.flow.measures import MEASURES, measured, stacked


def measures(x: np.ndarray, has_examples: bool) -> dict[str, float]:
    """What is measured of an array."""
    type = tensor_type(x.dtype, x.shape)
    graph = build.graph_of(lambda v: stacked(measured(v, has_examples)), [type])
    (found,) = interpret(graph, [x])
    return dict(zip(MEASURES, np.asarray(found).tolist(), strict=True))


NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=64)


@given(arrays(np.float64, (3, 4), elements=NUMBERS))
def test_a_finite_array_has_the_length_that_exact_arithmetic_gives(x: np.ndarray) -> None:
    import math
    from fractions import Fraction

    squares = sum(Fraction(v) ** 2 for v in x.ravel().tolist())
    top = max(abs(v) for v in x.ravel().tolist())
    wanted = float(top) * math.sqrt(squares / Fraction(top) ** 2) if top else 0.0
    got = measures(x, True)
    assert got["norm"] == pytest.approx(wanted, rel=1e-12)
    assert got["largest"] == top
    assert got["zeros"] == pytest.approx(float(np.mean(x == 0)))
    assert got["dead"] == pytest.approx(float(np.mean(np.all(x == 0, axis=0))))
    assert got["nans"] == got["infinities"] == 0


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex64])
@pytest.mark.parametrize("size", [1e-30, 1.0, 1e30])
def test_squares_neither_vanish_nor_overflow(dtype: Any, size: float) -> None:
    x = np.full((2, 2), dtype(size if dtype != np.float16 else np.clip(size, 1e-7, 6e4)))
    wanted = 2 * float(np.abs(x[0, 0].astype(np.complex128)))
    assert measures(x, False)["norm"] == pytest.approx(wanted, rel=1e-6)


def test_what_is_not_finite_is_counted_and_shown_in_the_length() -> None:
    x = np.array([[np.nan, np.inf], [-np.inf, 0.0]])
    got = measures(x, True)
    assert np.isnan(got["norm"])
    assert (got["nans"], got["infinities"], got["zeros"]) == (1, 2, 0.25)
    assert measures(np.array([np.inf, 1.0]), False)["norm"] == np.inf


def test_a_scalar_has_measures_too() -> None:
    assert measures(np.array(-3.0), False)["norm"] == 3.0
    assert measures(np.array(0.0), False)["dead"] == 1.0


def test_a_unit_is_dead_when_no_example_gives_it_anything() -> None:
    x = np.ones((4, 5))
    x[:, 1] = 0
    x[:3, 2] = 0
    assert measures(x, True)["dead"] == 0.2
    assert measures(x, False)["dead"] == pytest.approx(7 / 20)
