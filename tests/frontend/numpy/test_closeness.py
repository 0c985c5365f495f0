"""Questions about numbers, roundings and special functions of traced arrays are numpy's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import gradloom as gl
from gradloom.ir.errors import NotSupported
from tests.frontend.derivatives import assert_gradient, gradients
from tests.frontend.traced import assert_like_numpy, run_traced

RNG = np.random.default_rng(1)
V, N = RNG.normal(size=5), np.array([3, -1, 4, 1, 5])
X, S = RNG.normal(size=(3, 4)), V.astype("f4")
Z, ODD = V + 1j * RNG.normal(size=5), np.array([1, np.nan, np.inf, -np.inf, 0, -0.0])
ODD_COMPLEX = np.array([complex(a, b) for a, b in zip(ODD, ODD[::-1], strict=True)])
Case = tuple[Callable[..., Any], tuple[Any, ...]]

QUESTIONS: dict[str, Case] = {
    "isclose": (np.isclose, (X, X + 1e-9)),
    "isclose of infinities": (np.isclose, (ODD, ODD)),
    "isclose of NaN": (lambda x, y: np.isclose(x, y, equal_nan=True), (ODD, ODD)),
    "isclose of integers": (lambda x: np.isclose(x, x + 1), (N,)),
    "isclose of a scalar": (lambda s: np.isclose(s, 1.0), (np.float64(1),)),
    "isposinf": (np.isposinf, (ODD,)),
    "isneginf": (np.isneginf, (ODD,)),
    "isposinf of integers": (np.isposinf, (N,)),
    "isposinf of complex": (np.isposinf, (Z,)),
    "isin": (lambda i: np.isin(i, [1, 5, 7]), (N,)),
    "isin inverted": (lambda i: np.isin(i, [1, 5, 7], invert=True), (N,)),
    "iscomplex": (np.iscomplex, (Z,)),
    "iscomplex of reals": (np.iscomplex, (V,)),
    "isreal": (np.isreal, (Z,)),
    "isreal of reals": (np.isreal, (V,)),
    "array_equal of shapes": (lambda x: np.array_equal(x, x[:2]), (X,)),
    "array_equiv of shapes": (lambda x: np.array_equiv(x, x[:2]), (X,)),
    "nan_to_num": (np.nan_to_num, (ODD,)),
    "nan_to_num given": (lambda x: np.nan_to_num(x, nan=1, posinf=2, neginf=-3.0), (ODD,)),
    "nan_to_num of floats": (lambda x: np.nan_to_num(x, posinf=1e3), (ODD.astype("f4"),)),
    "nan_to_num of complex": (lambda x: np.nan_to_num(x, posinf=9, neginf=-9), (ODD_COMPLEX,)),
    "nan_to_num of integers": (np.nan_to_num, (N,)),
    "nan_to_num of a scalar": (np.nan_to_num, (np.float32("nan"),)),
    "angle": (np.angle, (Z,)),
    "angle of reals": (np.angle, (ODD,)),
    "angle of integers": (np.angle, (N,)),
    "angle in degrees": (lambda x: np.angle(x, deg=True), (Z,)),
    "angle of floats": (np.angle, (S,)),
    "emath of complex": (np.emath.sqrt, (Z,)),
}
SPECIAL: dict[str, Case] = {
    "round bool": (np.round, (V > 0,)),
    "fix": (np.fix, (V * 3,)),
    "fix integers": (np.fix, (N,)),
    "sinc": (np.sinc, (np.array([0, 0.001, -0.02, 0.5, 1, 2]),)),
    "sinc of integers": (np.sinc, (N,)),
    "sinc of a scalar": (np.sinc, (np.float32(0.3),)),
    "i0": (np.i0, (np.linspace(-20, 20, 11),)),
    "i0 of integers": (np.i0, (N,)),
    "i0 of complex": (np.i0, (Z,)),
    "unwrap": (np.unwrap, (V * 10,)),
    "unwrap rows": (lambda x: np.unwrap(x, axis=0, discont=4), (X * 10,)),
    "unwrap integers": (lambda i: np.unwrap(i, period=4), (N,)),
    "unwrap integers by an odd period": (lambda i: np.unwrap(i, period=5), (N,)),
    "unwrap floats": (np.unwrap, (S * 10,)),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_questions_are_answered_as_by_numpy(name: str) -> None:
    f, arrays = QUESTIONS[name]
    assert_like_numpy(f, *arrays)


@pytest.mark.parametrize("name", SPECIAL)
def test_special_functions_are_numpys(name: str) -> None:
    f, arrays = SPECIAL[name]
    assert_like_numpy(f, *arrays, rtol=1e-6 if arrays[0].dtype == np.float32 else 1e-12)


@given(
    hnp.arrays(
        st.sampled_from(["f8", "f4", "c16", "i4", "u1"]), 4, elements=st.integers(0, 100).map(float)
    ),
    st.integers(-3, 3),
)
@settings(max_examples=50, deadline=None)
def test_round_is_numpys(x: np.ndarray, decimals: int) -> None:
    y = x if x.dtype.kind in "iu" else (x / 7).astype(x.dtype)
    assert_like_numpy(lambda x: np.round(x, decimals), y, rtol=1e-15)


def test_whether_all_are_close_is_a_traced_bool() -> None:
    for f in (np.allclose, np.array_equal, np.array_equiv):
        assert bool(run_traced(f, X, X)) is True
        assert bool(run_traced(f, X, X + 1)) is False
    assert bool(run_traced(lambda x: np.array_equal(x, x, equal_nan=True), ODD)) is True
    assert bool(run_traced(lambda x: np.array_equal(x, x), ODD)) is False


def test_emath_of_reals_is_refused_because_the_dtype_depends_on_values() -> None:
    with pytest.raises(NotSupported, match="depends on values"):
        run_traced(np.emath.sqrt, V)


def test_nan_to_num_without_copy_writes_in_place() -> None:
    def f(x: Any) -> Any:
        y = x.copy()
        np.nan_to_num(y, copy=False)
        return y

    assert_like_numpy(f, ODD)


def test_derivatives_at_zero_are_finite() -> None:
    np.testing.assert_array_equal(gradients(lambda x: np.sum(np.sinc(x)), np.zeros(2))[0], 0)
    np.testing.assert_array_equal(gradients(lambda x: np.sum(np.angle(x)), np.zeros(2))[0], 0)


def test_special_functions_have_the_derivative_of_finite_differences() -> None:
    assert_gradient(lambda x: np.sum(np.sinc(x)), np.array([0.3, 1.2, 0.01, 0.015]))
    assert_gradient(lambda x: np.sum(np.i0(x)), np.array([0.3, -2.0, 9.0]))
    assert_gradient(lambda x: np.sum(np.unwrap(x) ** 2), V * 9)
    assert_gradient(lambda x: np.sum(np.angle(x + 1j * x**2)), V)
    assert_gradient(lambda x: np.sum(np.nan_to_num(x) ** 2), V)


def test_answers_are_pythons_bools_where_numpys_are() -> None:
    for f in (np.allclose, np.array_equal, np.array_equiv):
        assert type(gl.compile(lambda x, f=f: f(x, x), backend="numpy")(V)) is bool
        assert type(gl.trace(lambda x, f=f: f(x, x + 1), V)(V)) is bool


@given(st.sampled_from(["f2", "f4", "f8"]), st.floats(0, 1), st.sampled_from([2, 2.0, -1, True]))
@settings(max_examples=25, deadline=None)
def test_pythons_numbers_stay_weak_in_tolerances(dtype: str, rtol: float, b: Any) -> None:
    x = np.array([1.0, 1.5, -2.0], dtype)
    assert_like_numpy(lambda x: np.isclose(x, b, rtol=rtol, atol=0), x)
    assert_like_numpy(lambda x: np.isclose(x, b, rtol=0.4999999999999999, atol=0), x)


@pytest.mark.parametrize("other", ["a", b"a", {}, {1}, None])
def test_numbers_equal_no_text_and_no_container(other: Any) -> None:
    for x in (N, N[0], np.array(3), np.zeros((2, 0))):
        assert_like_numpy(lambda x: x == other, x)
        assert_like_numpy(lambda x: x != other, x)
