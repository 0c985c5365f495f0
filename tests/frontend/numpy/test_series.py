"""The functions of numpy.polynomial on traced coefficients, where values are unknown."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre, polynomial

import gradloom as gl
from tests.frontend.derivatives import assert_gradient
from tests.frontend.traced import assert_like_numpy

KINDS: Final[dict[str, ModuleType]] = {
    "poly": polynomial, "cheb": chebyshev, "leg": legendre, "herm": hermite, "herme": hermite_e,
    "lag": laguerre,
}  # fmt: skip
COEFFICIENTS = st.lists(st.integers(1, 9), min_size=1, max_size=4).map(np.array)


def function(kind: str, name: str) -> Callable[..., Any]:
    """By the module's name at the time of the call, as programs do."""
    return lambda *args, **kwargs: getattr(KINDS[kind], name.format(kind))(*args, **kwargs)


@pytest.mark.parametrize("kind", KINDS)
@given(c=COEFFICIENTS, d=COEFFICIENTS, m=st.integers(0, 2))
@settings(max_examples=4, deadline=None)
def test_series_are_numpys(kind: str, c: np.ndarray, d: np.ndarray, m: int) -> None:
    for name in ("{}mulx", "{}add", "{}mul", "{}pow", "{}der", "{}2poly", "poly2{}"):
        if name.strip("2{}") == "poly" and kind == "poly":
            continue
        f = function(kind, name)
        more = {"{}add": (d * 10,), "{}mul": (d,), "{}pow": (2,)}.get(name, ())
        assert_like_numpy(lambda x, f=f, more=more: f(x, *more), c * 1.0, rtol=1e-11)
    integral, divide = function(kind, "{}int"), function(kind, "{}div")
    assert_like_numpy(lambda x: integral(x, m, list(range(m)), scl=2), c * 1.0, rtol=1e-11)
    assert_like_numpy(lambda x: integral(np.stack([x, x]), m, axis=1), c * 1.0, rtol=1e-11)
    ours, theirs = gl.trace(divide, c * 1.0, d)(c * 1.0, d), divide(c * 1.0, d)
    for a, b in zip(ours, theirs, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a[: b.size], b, rtol=1e-9, atol=1e-9 * np.abs(c).max())
        np.testing.assert_allclose(a[b.size :], 0, atol=1e-9 * 9**4)


@pytest.mark.parametrize("kind", KINDS)
def test_series_have_derivatives(kind: str) -> None:
    f, integral = function(kind, "{}div"), function(kind, "{}int")
    x = np.array([1.0, 2.0, -1.5, 0.5])
    assert_gradient(lambda c: np.sum(f(c, c[1:3])[0] ** 2) + np.sum(integral(c[:1]) ** 2), x)


def test_a_division_by_a_series_that_ends_in_zero_raises_when_the_program_runs() -> None:
    with pytest.raises(gl.ArgumentError, match="ends in 0"):
        gl.compile(function("poly", "{}div"), "numpy")(np.ones(3), np.array([1.0, 0.0]))
