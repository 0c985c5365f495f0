"""Programs of the array API inside gradloom's transforms, with and without `Array` arguments."""

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from tests.tree.files import ROOT

xp = gl.array_api
Array = type(xp.zeros(1))
X = np.array([0.3, -1.2, 2.0])


def loss(x: Any) -> Any:
    """A program as users of the standard write it."""
    namespace = x.__array_namespace__()
    y = namespace.exp(-namespace.abs(x)) * 2 + x[::-1]
    return namespace.sum(namespace.where(y > 0, y**2, -y)) / x.shape[0]


def central(f: Any, x: np.ndarray, step: float = 1e-6) -> np.ndarray:
    rows = np.eye(x.size).reshape(x.size, *x.shape) * step
    return np.array([(f(x + r) - f(x - r)) / (2 * step) for r in rows]).reshape(x.shape)


def test_gradients_are_structured_as_the_arguments() -> None:
    found = gl.grad(loss)(xp.asarray(X))
    assert type(found) is Array
    np.testing.assert_allclose(found, central(lambda x: float(loss(xp.asarray(x))), X), rtol=1e-6)
    plain = gl.grad(loss)(X)
    assert type(plain) is np.ndarray
    np.testing.assert_allclose(plain, found)
    value, (a, b) = gl.value_and_grad(lambda x, y: xp.sum(x * y), argnums=(0, 1))(
        xp.asarray(X), {"w": xp.asarray(X + 1)}["w"]
    )
    assert (type(value), type(a), type(b)) == (Array,) * 3
    np.testing.assert_allclose(a, X + 1)


def test_every_transform_takes_and_gives_arrays() -> None:
    x, v = xp.asarray(X), xp.asarray([1.0, 0.0, 2.0])

    def f(x: Any) -> Any:
        return xp.sin(x) * x

    def g(x: Any) -> Any:
        return xp.sum(f(x))

    d1 = np.cos(X) * X + np.sin(X)
    d2 = 2 * np.cos(X) - np.sin(X) * X
    value, tangent = gl.jvp(f, (x,), (v,))
    np.testing.assert_allclose(value, np.sin(X) * X)
    np.testing.assert_allclose(tangent, d1 * v.raw)
    _, pull = gl.vjp(f, x)
    np.testing.assert_allclose(pull(v)[0], d1 * v.raw)
    for jacobian in (gl.jacfwd, gl.jacrev, gl.jacobian):
        found = jacobian(f)(x)
        assert type(found) is Array
        np.testing.assert_allclose(found, np.diag(d1), atol=1e-12)
    np.testing.assert_allclose(gl.hessian(g)(x), np.diag(d2), atol=1e-12)
    np.testing.assert_allclose(gl.hvp(g, (x,), (v,))[0], d2 * v.raw)
    mapped = gl.vmap(gl.grad(g))(xp.stack([x, 2 * x]))
    np.testing.assert_allclose(mapped[0], d1)
    np.testing.assert_allclose(gl.grad(lambda x: gl.grad(g)(x)[1])(x), [0, d2[1], 0], atol=1e-12)
    np.testing.assert_allclose(gl.checkpoint(f)(x), f(x))
    assert gl.eval_shape(f, x).raw.shape == (3,)


def test_a_compiled_function_takes_and_gives_arrays() -> None:
    compiled = gl.compile(lambda x, scale: xp.linalg.inv(x) * scale + xp.eye(2))
    x = xp.asarray([[2.0, 1.0], [0.0, 4.0]])
    found = compiled(x, 3.0)
    assert type(found) is Array
    np.testing.assert_allclose(found, np.linalg.inv(x.raw) * 3 + np.eye(2))
    np.testing.assert_allclose(compiled(x + 1.0, 2.0), np.linalg.inv(x.raw + 1) * 2 + np.eye(2))
    assert "inv" in str(compiled.graph(x, 3.0)) or "solve" in str(compiled.graph(x, 3.0))


def test_arrays_from_outside_are_read_anew_at_every_call() -> None:
    weights = xp.asarray([1.0, 2.0, 3.0])
    f, d = gl.compile(lambda x: xp.sum(x * weights)), gl.grad(lambda x: xp.sum(x * weights))
    x = xp.ones(3)
    assert float(f(x)) == 6
    np.testing.assert_array_equal(d(x), [1, 2, 3])
    weights[1] = 10.0
    assert float(f(x)) == 14
    np.testing.assert_array_equal(d(x), [1, 10, 3])
    weights = weights * 2.0
    assert float(f(x)) == 28
    np.testing.assert_array_equal(d(x), [2, 20, 6])
    assert len(f.explain().splitlines()) == 2  # one program for all


def test_arrays_made_inside_are_written_with_traced_values() -> None:
    def f(x: Any) -> Any:
        made, filled = xp.zeros((2, 3)), xp.asarray([1.0, 2.0, 3.0])
        made[0, :] = x
        made[1, xp.asarray([0, 2])] = x[1:] * 2.0
        made += filled
        filled *= x
        rows = xp.asarray([[x[0], 1.0], [2.0, x[2]]])
        return xp.sum(made**2) + xp.sum(filled) + xp.linalg.det(rows) + xp.sum(xp.full(2, x[0]))

    found = gl.grad(f)(xp.asarray(X))
    np.testing.assert_allclose(found, central(lambda x: float(f(xp.asarray(x))), X), rtol=1e-6)


def test_a_derivative_leaves_an_argument_that_is_written_alone() -> None:
    def f(x: Any) -> Any:
        x += 1.0
        return xp.sum(x**2)

    given = xp.asarray(X.copy())
    np.testing.assert_allclose(gl.grad(f)(given), 2 * (X + 1))
    np.testing.assert_array_equal(given, X)


def test_integers_made_inside_are_sizes_and_places() -> None:
    def f(x: Any) -> Any:
        return xp.sum(xp.reshape(x, (int(xp.asarray(3)), -1))[xp.arange(3)[1:], 0])

    np.testing.assert_array_equal(gl.grad(f)(xp.asarray(X)), [0, 1, 1])


def test_a_traced_number_may_stand_beside_arrays() -> None:
    found = gl.grad(lambda s: xp.sum(xp.asarray(X, dtype=xp.float32) * s))(2.0)
    assert abs(float(found) - X.sum()) < 1e-6
    assert gl.grad(lambda x: xp.sum(xp.clip(x, 0.0, 1.0)))(xp.asarray(X)).dtype == xp.float64
    np.testing.assert_allclose(
        gl.grad(lambda s: xp.sum(xp.where(xp.asarray(X > 0), s, 0.0)))(1.0), 2
    )


def test_numbers_of_traced_arrays_are_refused_where_there_are_none() -> None:
    with pytest.raises(gl.GradloomError):
        gl.compile(lambda x: xp.zeros(int(xp.sum(x))))(xp.ones(3))
    with pytest.raises(gl.TraceError, match="memory"):
        gl.trace(lambda x: x.__dlpack__(), xp.ones(3))


def test_a_traced_set_is_as_long_as_the_program_finds() -> None:
    graph = gl.trace(lambda x: xp.unique_values(x), gl.ShapeDtypeStruct((3,), np.float64))
    np.testing.assert_array_equal(graph(np.array([2.0, 1.0, 2.0])), [1.0, 2.0])
    count = gl.trace(lambda x: len(xp.unique_values(x)), gl.ShapeDtypeStruct((3,), np.float64))
    assert count(np.array([2.0, 1.0, 2.0])) == 2


def test_traced_values_have_numpys_namespace() -> None:
    seen = []

    def f(x: Any) -> Any:
        seen.append(x.__array_namespace__())
        return seen[-1].sum(x)

    gl.grad(f)(X)
    gl.grad(f)(xp.asarray(X))
    assert seen == [np, xp]


PROGRAM = """
import gradloom as gl
from scipy.special import logsumexp
xp = gl.array_api
x = xp.asarray([1.0, 2.0, 3.0])
print(type(logsumexp(x)) is type(x), abs(float(logsumexp(x)) - 3.4076059644443806) < 1e-12)
print(xp.max(xp.abs(gl.grad(logsumexp)(x) - xp.exp(x - logsumexp(x)))) < 1e-12)
"""


def test_functions_of_scipy_that_follow_the_standard_are_differentiated() -> None:
    pytest.importorskip("scipy")
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM],
        cwd=ROOT,
        env={**os.environ, "SCIPY_ARRAY_API": "1"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert run.stdout.split() == ["True", "True", "Array(True,", "dtype=bool)"]
