"""`linear_call`: forward mode is its function, reverse mode the transpose that it brings along."""

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.errors import ShapeError
from gradloom.ir.types import parse_type

VECTOR, MATRIX = parse_type("f64[3]"), parse_type("f64[3,3]")
k, x = np.arange(9.0).reshape(3, 3) / 4, np.array([1.0, -2.0, 0.5])


def product(factor=1.0):
    """sin(k) @ x, with a transpose that is `factor` times the right one."""
    forward = build.graph_of(
        lambda k, x: o.matmul(o.sin(k), o.reshape(x, shape=(3, 1))), [MATRIX, VECTOR]
    )
    forward = build.graph_of(
        lambda k, x: o.reshape(build.inline(forward, (k, x))[0], shape=(3,)), [MATRIX, VECTOR]
    )

    def back(k, ct):
        turned = o.permute_dims(o.sin(k), perm=(1, 0))
        return o.reshape(o.matmul(turned, o.reshape(ct * factor, shape=(3, 1))), shape=(3,))

    regions = (forward, build.graph_of(back, [MATRIX, VECTOR]))
    return build.graph_of(
        lambda k, x: o.linear_call(k, x, regions=regions, known=1)[0], [MATRIX, VECTOR], ["k", "x"]
    )


def test_forward_mode_is_the_function_and_reverse_mode_the_transpose_given():
    f = product(factor=10.0)
    np.testing.assert_allclose(f(k, x), np.sin(k) @ x)
    np.testing.assert_allclose(gl.jvp(lambda x: f(k, x), (x,), (x,))[1], np.sin(k) @ x)
    _, pull = gl.vjp(lambda x: f(k, x), x)
    np.testing.assert_allclose(pull(x)[0], 10 * np.sin(k).T @ x)


def test_derivatives_by_what_is_known_are_those_of_the_function():
    f = product()
    _, pull = gl.vjp(f, k, x)
    np.testing.assert_allclose(pull(x)[0], np.cos(k) * np.outer(x, x))
    d = np.ones((3, 3))
    np.testing.assert_allclose(gl.jvp(f, (k, x), (d, x))[1], (np.cos(k) * d) @ x + np.sin(k) @ x)
    second = gl.grad(lambda k: np.sum(gl.grad(lambda x: np.sum(f(k, x)))(x)))(k)
    np.testing.assert_allclose(second, np.cos(k))


def test_batches_equal_a_loop():
    f, ks, xs = product(), np.stack([k, -k]), np.stack([x, 2 * x])
    np.testing.assert_allclose(gl.vmap(f)(ks, xs), [f(k, x), f(-k, 2 * x)])
    np.testing.assert_allclose(gl.vmap(lambda x: f(k, x))(xs), [f(k, x), f(k, 2 * x)])


def test_backends_inline_the_function():
    for name in ("numpy", "torch", "jax", "tensorflow"):
        if pytest.importorskip(name):
            np.testing.assert_allclose(gl.compile(product(), name)(k, x), np.sin(k) @ x)


def test_the_transpose_must_have_the_types_that_it_turns_round():
    region = build.graph_of(lambda k, x: x, [MATRIX, VECTOR])
    wrong = build.graph_of(lambda k, ct: o.sum(ct, axes=(0,)), [MATRIX, VECTOR])
    with pytest.raises(ShapeError, match="its transpose gives"):
        build.graph_of(
            lambda k, x: o.linear_call(k, x, regions=(region, wrong), known=1), [MATRIX, VECTOR]
        )
