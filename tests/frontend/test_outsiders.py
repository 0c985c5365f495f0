"""Libraries that ask a traced value for its numbers: the error names what the user called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom as gl

scipy = pytest.importorskip("scipy")
cluster = pytest.importorskip("scipy.cluster.hierarchy")
integrate = pytest.importorskip("scipy.integrate")
interpolate = pytest.importorskip("scipy.interpolate")
optimize = pytest.importorskip("scipy.optimize")
sparse = pytest.importorskip("scipy.sparse")
stats = pytest.importorskip("scipy.stats")

X = np.arange(1.0, 6.0)
KEPT = {"simpson": integrate.simpson, "logpdf": stats.norm.logpdf}
BEFORE = (integrate.simpson, stats.norm.logpdf)
CALLS: dict[str, Callable[[Any], Any]] = {
    "scipy.cluster.hierarchy.linkage": lambda x: cluster.linkage(x[:, None]),
    "scipy.interpolate.CubicSpline": lambda x: interpolate.CubicSpline(x, x**2)(2.0),
    "scipy.sparse.csr_matrix": lambda x: sparse.csr_matrix(x[None]).sum(),
    "scipy.integrate.quad": lambda x: integrate.quad(lambda t: t * x[0], 0, 1)[0],
    "scipy.integrate.solve_ivp": lambda x: integrate.solve_ivp(
        lambda t, y: -x[0] * y, (0, 1), [1.0]
    ),
    "scipy.optimize.brentq": lambda x: optimize.brentq(lambda t: t - x[1], 0, 3),
    "scipy.interpolate.PchipInterpolator": lambda x: interpolate.PchipInterpolator(
        X,
        x,
    )(2.0),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_function_that_was_called_is_named_while_it_is_differentiated(name: str) -> None:
    with pytest.raises(gl.NotSupported) as error:
        gl.grad(lambda x: np.sum(CALLS[name](x)))(X)
    assert error.value.message == f"{name} has no traced form: it asks for plain numbers"
    assert error.value.location.function == "<lambda>"
    assert error.value.location.file == __file__
    assert "gl." in error.value.hint or "fixed_quad" in error.value.hint


def test_the_hint_is_that_of_the_function() -> None:
    with pytest.raises(gl.NotSupported) as error:
        gl.grad(lambda x: np.sum(CALLS["scipy.integrate.solve_ivp"](x)))(X)
    assert "gl.scan" in error.value.hint


@pytest.mark.parametrize("name", CALLS)
def test_the_same_where_there_are_no_values(name: str) -> None:
    with pytest.raises(gl.ValueNeeded) as error:
        gl.compile(CALLS[name])(X)
    assert error.value.message == f"{name} has no traced form: it asks for plain numbers"


def test_a_reference_from_before_the_trace_is_told_from_a_function_without_a_form() -> None:
    with pytest.raises(gl.NotSupported, match=r"^scipy\.integrate\.simpson is called by a ref"):
        gl.grad(lambda x: BEFORE[0](x))(X)
    with pytest.raises(gl.NotSupported, match=r"^scipy\.stats\.\w+\.logpdf"):
        gl.grad(lambda x: BEFORE[1](x))(1.0)
    np.testing.assert_array_equal(
        gl.grad(lambda x: KEPT["simpson"](x))(X), gl.grad(lambda x: integrate.simpson(x))(X)
    )


def test_a_librarys_function_is_itself_differentiated_by_its_traced_form() -> None:
    expected = gl.grad(lambda x: integrate.simpson(x))(X)
    np.testing.assert_array_equal(gl.grad(integrate.simpson)(X), expected)
    np.testing.assert_array_equal(gl.compile(KEPT["simpson"])(X), integrate.simpson(X))


def test_the_users_own_question_is_told_as_before() -> None:
    with pytest.raises(gl.TraceError, match="would lose its derivative"):
        gl.grad(lambda x: x * float(x))(1.0)
