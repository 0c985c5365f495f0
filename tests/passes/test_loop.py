"""vmap of programs in which each example finds a size of its own."""

from __future__ import annotations

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir import ops as o
from tests.ir.test_found import positives


def _total(x):
    return np.exp(positives()(x * 1.5)[1]) + np.sum(np.tanh(x))


X = np.array([[1.0, -2.0, 0.5], [-1.0, -2.0, -3.0], [0.1, 0.2, 0.3]])


def test_it_is_a_loop_over_the_examples():
    np.testing.assert_allclose(gl.vmap(_total)(X), [_total(x) for x in X])
    np.testing.assert_allclose(gl.vmap(gl.grad(_total))(X), [gl.grad(_total)(x) for x in X])
    np.testing.assert_allclose(
        gl.vmap(gl.vmap(_total))(X[:, None] * [[1.0], [2.0]]),
        [[_total(x), _total(2 * x)] for x in X],
    )


def test_its_derivatives_are_those_of_a_python_loop():
    def by_vmap(x):
        return gl.vmap(_total)(x).sum()

    def by_loop(x):
        return _total(x[0]) + _total(x[1]) + _total(x[2])

    np.testing.assert_allclose(gl.grad(by_vmap)(X), gl.grad(by_loop)(X))
    np.testing.assert_allclose(gl.compile(gl.grad(by_vmap))(X), gl.grad(by_loop)(X))
    np.testing.assert_allclose(gl.hessian(by_vmap)(X), gl.hessian(by_loop)(X))


def test_only_what_depends_on_the_size_is_in_the_loop():
    graph = gl.trace(gl.vmap(_total), X)
    (scan,) = [node for node in graph.nodes if node.op is o.scan]
    inside = {node.op.name for node in scan.regions[0].nodes}
    assert "nonzero" in inside
    assert "tanh" not in inside
    text = gl.vmap(_total).explain(X)
    assert "nonzero: a loop over the examples" in text
    assert " 0 fell back" not in text


def test_results_of_different_sizes_are_refused():
    with pytest.raises(gl.NotSupported, match="each example has a result of another size"):
        gl.vmap(lambda x: positives()(x)[0])(X)


def test_a_mask_that_all_examples_share_needs_no_loop():
    w = np.array([1.0, -1.0, 2.0])
    mapped = gl.vmap(lambda x, w: positives()(w)[0].sum() * x, in_axes=(0, None))
    np.testing.assert_allclose(mapped(X, w), 6.0 * X)
    assert "0 fell back" in mapped.explain(X, w)
