"""Differences, gradients, integrals, interpolation, overlaps and polynomials are numpy's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from gradloom.ir.errors import NotSupported
from tests.frontend.derivatives import assert_gradient, gradients
from tests.frontend.traced import assert_like_numpy, run_traced

RNG = np.random.default_rng(2)
X, Y, V = RNG.normal(size=(3, 4)), RNG.normal(size=(3, 4)), RNG.normal(size=5)
S, N, B = V.astype("f4"), np.array([3, -1, 4, 1, 5]), np.array([True, False, True, False, True])
Z, P = V + 1j * RNG.normal(size=5), np.cumsum(np.abs(V))
Case = tuple[Callable[..., Any], tuple[Any, ...]]

CASES: dict[str, Case] = {
    "diff": (np.diff, (V,)),
    "diff twice": (lambda x: np.diff(x, 2, axis=0), (X,)),
    "diff of bools": (np.diff, (B,)),
    "diff with a number before": (lambda v: np.diff(v, prepend=0), (V,)),
    "diff with an array after": (lambda x: np.diff(x, append=x[:, :1], axis=1), (X,)),
    "diff promotes": (lambda i: np.diff(i, append=1.5), (N,)),
    "diff of a number": (lambda v: np.diff(v), (np.float64(1),)),
    "ediff1d": (lambda x: np.ediff1d(x, to_begin=0, to_end=[1, 2]), (X,)),
    "ediff1d bare": (np.ediff1d, (N,)),
    "ediff1d of unfit ends": (lambda i: np.ediff1d(i, to_end=1.5), (N,)),
    "gradient": (np.gradient, (V,)),
    "gradient of a matrix": (np.gradient, (X,)),
    "gradient of second order": (lambda x: np.gradient(x, axis=1, edge_order=2), (X,)),
    "gradient with spacings": (lambda x: np.gradient(x, 2.0, 3.0), (X,)),
    "gradient with one spacing": (lambda x: np.gradient(x, 0.5), (X,)),
    "gradient with traced coordinates": (lambda v, p: np.gradient(v, p), (V, P)),
    "gradient with coordinates": (lambda v: np.gradient(v, P, edge_order=2), (V,)),
    "gradient with even coordinates": (lambda v: np.gradient(v, np.arange(5) * 0.5), (V,)),
    "gradient of integers": (np.gradient, (N,)),
    "gradient of floats": (lambda s: np.gradient(s, 0.5), (S,)),
    "gradient of one element": (lambda v: np.gradient(v[:1]), (V,)),
    "trapezoid": (np.trapezoid, (V,)),
    "trapezoid over coordinates": (lambda x, p: np.trapezoid(x, p[:4]), (X, P)),
    "trapezoid over rows": (lambda x, p: np.trapezoid(x, p[:3], axis=0), (X, P)),
    "trapezoid over a matrix": (lambda x, y: np.trapezoid(x, y, axis=0), (X, Y)),
    "trapezoid of integers": (np.trapezoid, (N,)),
    "interp": (lambda v, p: np.interp(v, p, [1, 2, 3, 4, 9.0]), (np.linspace(-1, 9, 17), P)),
    "interp at the points": (lambda p: np.interp(p, p, p * 2), (P,)),
    "interp outside": (lambda v: np.interp(v, [0, 1], [5, 6], left=-1, right=-2), (V,)),
    "interp of complex": (lambda v, z: np.interp(v, [0, 0.1, 0.2, 0.3, 0.4], z), (V, Z)),
    "interp of floats": (lambda s: np.interp(s, [0, 1], [5, 6]), (S,)),
    "interp of a scalar": (lambda s: np.interp(s, [0, 1], [5, 6]), (np.float64(0.3),)),
    "interp with a period": (
        lambda v: np.interp(v, [10, 350, 190], [5, 6, 7], period=360),
        (V * 1000,),
    ),
    "interp with a step": (
        lambda v: np.interp(v, [0, 1, 1], [5, 6, 7]),
        (np.array([0, 0.5, 1, 2]),),
    ),
    "interp at NaN": (lambda v: np.interp(v, [0, 1], [5, 6]), (np.array([np.nan, 0.5]),)),
    "interp through one point": (lambda v: np.interp(v, [0], [5]), (np.array([-1, 0, 1.0]),)),
    "polyval": (lambda v: np.polyval([1, 2, 3], v), (V,)),
    "polyval of traced coefficients": (lambda v: np.polyval(v, 2.0), (V,)),
    "polyval of integers": (lambda i: np.polyval(i, i), (N,)),
    "polyval at a scalar": (lambda s: np.polyval([1, 2], s), (np.float32(2),)),
    "polyadd": (lambda v: np.polyadd(v, [1, 2]), (V,)),
    "polysub": (lambda v: np.polysub([1, 2], v), (V,)),
    "polyadd a number": (lambda s: np.polyadd(s, 2), (S,)),
    "polymul": (lambda v: np.polymul(v, [1, 2]), (V,)),
    "polyder": (lambda v: np.polyder(v, 2), (V,)),
    "polyder of integers": (np.polyder, (N,)),
    "polyint": (np.polyint, (V,)),
    "polyint twice": (lambda s: np.polyint(s, 2, k=[1, 2]), (S,)),
    "polyint with one constant": (lambda i: np.polyint(i, 2, k=3), (N,)),
    "poly": (np.poly, (V,)),
    "poly of integers": (np.poly, (N,)),
    "polyfit": (lambda p, v: np.polyfit(p, v, 2), (P, V)),
    "polyfit weighted": (
        lambda p, x: np.polyfit(p, x, 2, w=np.arange(1.0, 6)),
        (P, RNG.normal(size=(5, 2))),
    ),
    "polyfit with covariance": (lambda p, v: np.polyfit(p, v, 2, cov=True), (P, V)),
    "apply_along_axis": (lambda x: np.apply_along_axis(lambda t: t.sum(), 0, x), (X,)),
    "apply_along_axis to vectors": (
        lambda x: np.apply_along_axis(lambda t: t[::-1] * 2, 1, x),
        (X,),
    ),
    "apply_along_axis to matrices": (
        lambda x: np.apply_along_axis(lambda t: np.outer(t, t), 0, x),
        (X,),
    ),
    "apply_over_axes": (lambda x: np.apply_over_axes(np.sum, x, [0, 1]), (X,)),
}


@pytest.mark.parametrize("name", CASES)
def test_calculus_is_numpys(name: str) -> None:
    f, arrays = CASES[name]
    single = any(getattr(a, "dtype", None) == np.float32 for a in arrays)
    assert_like_numpy(f, *arrays, rtol=1e-6 if single else 1e-9 if "polyfit" in name else 1e-11)


@given(
    st.integers(1, 6),
    st.integers(1, 6),
    st.sampled_from(["full", "same", "valid"]),
    st.sampled_from(["f8", "f4", "c16", "i4", "?"]),
    st.sampled_from(["f8", "c16", "i4"]),
)
@settings(max_examples=60, deadline=None)
def test_overlaps_are_numpys_for_any_sizes(
    n: int, m: int, mode: Any, left: str, right: str
) -> None:
    rng = np.random.default_rng([n, m])
    x, y = (rng.normal(size=n) * 3).astype(left), (rng.normal(size=m) * 3).astype(right)
    assert_like_numpy(lambda x, y: np.convolve(x, y, mode), x, y, rtol=1e-6)
    assert_like_numpy(lambda x, y: np.correlate(x, y, mode), x, y, rtol=1e-6)


@pytest.mark.parametrize("f", [np.emath.log])
def test_results_whose_type_depends_on_values_are_refused(f: Callable[..., Any]) -> None:
    with pytest.raises(NotSupported):
        run_traced(f, V)


def test_calculus_has_the_derivative_of_finite_differences() -> None:
    assert_gradient(lambda v: np.sum(np.gradient(v) ** 2), V)
    assert_gradient(lambda v, p: np.sum(np.gradient(v, p, edge_order=2) ** 2), V, P)
    assert_gradient(lambda v, p: np.trapezoid(v**2, p), V, P)
    assert_gradient(lambda v, k: np.sum(np.sin(np.convolve(v, k, "same"))), V, V[:2])
    assert_gradient(lambda v, k: np.sum(np.sin(np.correlate(v, k))), V, V[:2])
    assert_gradient(lambda p, v: np.sum(np.polyval(p, v)), V, V)
    assert_gradient(lambda p, v: np.sum(np.polyfit(p, v, 2) ** 2), P, V)


def test_interp_has_the_derivative_of_finite_differences() -> None:
    at = np.array([0.05, 0.4, 1.7])
    assert_gradient(lambda x, p, v: np.sum(np.interp(x, p, v) ** 2), at, P, V)


def test_interp_has_a_finite_derivative_at_a_step() -> None:
    given = gradients(
        lambda x: np.sum(np.interp(x, [0.0, 1.0, 1.0], [5.0, 6.0, 7.0])), np.array([0.5, 1.0, 2.0])
    )
    assert np.isfinite(given[0]).all()
