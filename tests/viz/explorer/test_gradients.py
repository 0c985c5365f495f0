"""Gradient norms of every value on the way."""

import numpy as np
import pytest

import gradloom as gl
from gradloom.viz.explorer.facts import named
from gradloom.viz.explorer.gradients import gradients_of
from tests.viz.explorer.explored import W, X, loss


def test_norms_are_those_of_finite_differences() -> None:
    graph = gl.trace(loss, W, X)
    found = gradients_of(graph, (W, X))
    hidden = np.tanh(X @ W)

    def rest(y: np.ndarray) -> float:
        return float(np.sum(np.tanh(y @ W.T) ** 2))

    step, slope = 1e-6, np.zeros_like(hidden)
    for at in np.ndindex(hidden.shape):
        more, less = hidden.copy(), hidden.copy()
        more[at] += step
        less[at] -= step
        slope[at] = (rest(more) - rest(less)) / (2 * step)
    first = next(id for id, node in named(graph) if node.op.name == "tanh")
    assert found[first] == pytest.approx(np.linalg.norm(slope), rel=1e-6)


def test_the_result_has_norm_one_and_integers_none() -> None:
    graph = gl.trace(lambda x: np.sum(x[np.argsort(x)]), np.array([2.0, 1.0]))
    found = gradients_of(graph, (np.array([2.0, 1.0]),))
    ids = {node.op.name: id for id, node in named(graph)}
    assert found[ids["sum"]] == 1.0
    assert all(graph.nodes[int(id[1:])].results[0].type.inexact for id in found)


def test_what_is_no_loss_is_refused() -> None:
    with pytest.raises(gl.NotDifferentiable, match="the first result is f64"):
        gradients_of(gl.trace(np.tanh, X), (X,))
