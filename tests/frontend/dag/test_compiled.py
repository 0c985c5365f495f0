"""A DAG of plain numpy calls as one compiled, differentiable function."""

from __future__ import annotations

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.dag import GraphBuilder
from gradloom.frontend.dag.node import DataNode


def _loss(G: GraphBuilder) -> tuple[DataNode, np.ndarray, np.ndarray]:
    x, w = np.linspace(0, 1, 12).reshape(4, 3), np.array([0.5, -1.0, 2.0])
    hidden = G.add(np.matmul)(x, w)
    parts, doubled = G.add(lambda h: (np.tanh(h), 2 * h), n_out=2)(hidden)
    return G.add(lambda a, b: np.sum(a * b))(parts, doubled), x, w


def _plain(x: np.ndarray, w: np.ndarray) -> np.floating:
    return np.sum(np.tanh(x @ w) * 2 * (x @ w))


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_it_gives_what_the_calls_give_for_any_inputs(backend: str) -> None:
    G = GraphBuilder()
    node, x, w = _loss(G)
    f = G.compile(node, backend=backend)
    assert f.reasons == {}
    np.testing.assert_allclose(np.asarray(f(x, w)), node.get(), rtol=1e-12)
    np.testing.assert_allclose(np.asarray(f(3 * x, w)), _plain(3 * x, w), rtol=1e-12)


def test_it_is_differentiated_as_the_plain_function_is() -> None:
    G = GraphBuilder()
    node, x, w = _loss(G)
    found = gl.grad(G.compile(node), argnums=1)(x, w)
    np.testing.assert_allclose(found, gl.grad(_plain, argnums=1)(x, w), rtol=1e-12)


def test_chosen_inputs_vary_and_the_rest_is_as_given() -> None:
    G = GraphBuilder()
    node, x, w = _loss(G)
    hidden = G.node("matmul")
    f = G.compile(node, inputs=[hidden])
    np.testing.assert_allclose(f(x @ w + 1), np.sum(np.tanh(x @ w + 1) * 2 * (x @ w + 1)))
    graph = gl.trace(f, x @ w)
    assert "tanh" in str(graph)
    assert "matmul" not in str(graph)


def test_what_cannot_be_traced_stays_in_python_with_the_reason() -> None:
    G = GraphBuilder()
    a = G.add(np.sin)(np.ones(3))
    b = G.add(lambda a: f"{a.sum():.3f}", alias="written")(a)
    c = G.add(float)(b)
    d = G.add(lambda c, a: c * a, alias="last")(c, a)
    f = G.compile(d)
    assert sorted(f.reasons) == ["float_0", "written_0"]
    assert "is a str" in f.reasons["float_0"]
    np.testing.assert_allclose(f(np.zeros(3)), 0 * np.ones(3))
    np.testing.assert_allclose(
        f(np.full(3, 0.5)), round(3 * np.sin(0.5), 3) * np.sin(np.full(3, 0.5))
    )


def test_several_outputs_are_a_tuple_and_wrong_numbers_of_inputs_are_refused() -> None:
    G = GraphBuilder()
    a = G.add(np.sin)(1.0)
    b = G.add(np.cos)(a)
    assert G.compile(a, b)(0.0) == (0.0, 1.0)
    with pytest.raises(gl.ShapeError, match="1 inputs are due"):
        G.compile(b)(1.0, 2.0)
    H = GraphBuilder()
    with pytest.raises(gl.ArgumentError, match="nothing to compute from"):
        H.compile(H.add(np.sin)(3))


def test_compiling_leaves_no_values_behind() -> None:
    G = GraphBuilder()
    node, *_ = _loss(G)
    G.compile(node)
    assert not any(n.has_value() for step in G.steps for n in step.outputs)
