"""Conditions that are known only when a program runs, and what numpy checks of values."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.frontend.asserted import assert_that
from gradloom.ir.errors import AssertFailed, GradloomError

X = np.array([1.0, 2.0, 3.0])


def test_outside_of_a_trace_it_is_pythons_assert() -> None:
    assert_that(X.any())
    assert_that([0])
    with pytest.raises(AssertFailed, match=r"(?s)^wrong\n.*test_asserted.py:"):
        assert_that(0, "wrong")
    with pytest.raises(AssertFailed, match="assertion failed"):
        assert_that([])


def test_what_is_known_while_tracing_is_settled_there() -> None:
    def f(x: Any) -> Any:
        assert_that(x.shape == (3,), "three")
        assert_that(np.asarray(2), "two")
        return x

    assert "assert" not in str(gl.trace(f, X))
    with pytest.raises(AssertFailed, match="three"):
        gl.trace(f, np.ones(4))


def test_a_condition_is_what_bool_takes() -> None:
    assert "assert" in str(gl.trace(lambda x: [assert_that(x[0]), x][1], X))
    assert gl.compile(lambda x: [assert_that(x[:1]), x][1])(X)[0] == 1
    with pytest.raises(AssertionError):
        gl.compile(lambda x: [assert_that(x[0]), x][1])(X * 0)
    with pytest.raises(ValueError, match="ambiguous"):
        gl.trace(lambda x: [assert_that(x > 0), x][1], X)


def test_a_staged_branch_fails_only_when_it_is_taken() -> None:
    def wrong(x: Any) -> Any:
        assert_that(False, "no way", staged=True)
        return x

    f = gl.compile(lambda x: gl.cond(x[0] > 0, lambda x: x, wrong, x))
    np.testing.assert_array_equal(f(X), X)
    with pytest.raises(AssertFailed, match="no way"):
        f(-X)


def test_values_at_hand_are_asserted_before_python_uses_them() -> None:
    def f(x: Any) -> Any:
        assert_that(x.sum() > 0, "some")
        return x.sum() if x[0] > 0 else x[1] / 0

    assert gl.grad(f)(X)[0] == 1
    with pytest.raises(AssertFailed, match="some"):
        gl.grad(f)(-X)


# ---- what numpy checks ---------------------------------------------------------------------------


def stored(x: Any, mask: Any, values: Any) -> Any:
    y = x.copy()
    y[mask] = values
    return y


CHECKED = {
    "max": lambda x: x[x > 2.5].max(),
    "min": lambda x: np.min(x[x > 2.5]),
    "max along an axis": lambda x: np.max(np.stack([x, x], 1)[x > 2.5], axis=0),
    "ptp": lambda x: np.ptp(x[x > 2.5]),
    "argmax": lambda x: x[x > 2.5].argmax(),
    "argmin": lambda x: np.argmin(np.sort(x[x > 2.5])),
    "maximum.reduce": lambda x: np.maximum.reduce(x[x > 2.5]),
    "quantile of a mask": lambda x: np.quantile(x[x > 2.5], 0.5),
    "nanmax": lambda x: np.nanmax(x[x > 2.5]),
    "first": lambda x: x[x > 2.5][0],
    "last": lambda x: np.flatnonzero(x > 2.5)[-1],
    "second": lambda x: x[x > 1.5][1],
    "two values": lambda x: stored(x, x > 1.5, np.array([7.0, 8.0])),
    "rows of values": lambda x: stored(np.stack([x, x], 1), x > 1.5, np.ones((2, 2))),
    "no values": lambda x: stored(x, x > 3.5, np.zeros(0)),
    "nanargmax": lambda x: np.nanargmax(np.where(x > 2.5, x, np.nan)),
    "nanargmin": lambda x: np.nanargmin(np.stack([np.where(x > 0, x, np.nan)] * 2), axis=1),
    "average": lambda x: np.average(x, weights=x - np.mean(x) + np.floor(x[0])),
    "geomspace": lambda x: np.geomspace(np.floor(x[0]), 10.0, 4),
    "digitize": lambda x: np.digitize(x, x),
    "choose": lambda x: np.choose(np.floor(x).astype(int) % 4, [x, x + 1, x + 2]),
    "ravel_multi_index": lambda x: np.ravel_multi_index((np.floor(x).astype(int),), (4,)),
    "unravel_index": lambda x: np.unravel_index(np.floor(x).astype(int), (4,))[0],
    "quantile": lambda x: np.quantile(x, x[0]),
    "percentile": lambda x: np.percentile(x, 50 * x[0]),
    "histogram": lambda x: np.histogram(x, bins=x)[0],
    "histogram of inf": lambda x: np.histogram(1 / np.floor(x))[0],
    "insert": lambda x: np.insert(x, np.floor(x).astype(int)[:1], 9.0),
    "delete": lambda x: np.delete(x, np.floor(x).astype(int)[:1]),
    "weights": lambda x: np.quantile(x, 0.5, weights=x, method="inverted_cdf"),
    "covariance": lambda x: np.cov(x, aweights=x),
}  # fmt: skip


def outcome(f: Any, x: Any) -> Any:
    """What a call gives, or the error it raises."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return np.asarray(f(x))
        except Exception as error:
            return error


@pytest.mark.parametrize("name", CHECKED)
@settings(max_examples=12)
@given(x=st.lists(st.integers(-8, 9), min_size=3, max_size=3))
def test_a_program_raises_where_numpy_does(name: str, x: list[int]) -> None:
    """Errors only where numpy has one, of a class that is numpy's too, on the user's line."""
    f, array = CHECKED[name], np.array(x) / 2
    compiled = COMPILED.setdefault(name, gl.compile(f))
    due, got = outcome(f, array), outcome(compiled, array)
    if not isinstance(due, Exception):
        assert not isinstance(got, Exception), got
        np.testing.assert_allclose(got, due)
        return
    assert isinstance(got, GradloomError), (due, got)
    assert isinstance(got, ZeroDivisionError | IndexError | ValueError)
    assert type(due) in type(got).__mro__, (due, got)
    assert "test_asserted.py" in str(got)


COMPILED: dict[str, Any] = {}


@pytest.mark.parametrize("name", ["max", "two values", "choose", "first"])
def test_a_batch_raises_where_one_member_does(name: str) -> None:
    f = CHECKED[name]
    rows = np.array([[0.0, 2.5, 3.5], [1.0, 3.0, 3.5]])
    if name in ("two values", "first", "max"):
        np.testing.assert_array_equal(gl.vmap(f)(rows + 0.5), [f(x) for x in rows + 0.5])
    with pytest.raises(GradloomError):
        gl.vmap(f)(np.stack([rows[0], np.array([-9.0, -9.0, -9.0])]))


def test_a_derivative_raises_where_the_function_does() -> None:
    f = gl.compile(gl.grad(lambda x: x[x > 2.5].max() ** 2))
    np.testing.assert_array_equal(f(X), [0, 0, 6])
    with pytest.raises(ValueError, match="zero-size array"):
        f(-X)
    assert "assert" not in str(gl.trace(lambda x: np.max(x[x > 2.5], initial=0.0), X))
