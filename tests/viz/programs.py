"""Programs of every kind that a picture may be asked for; the golden scenes are theirs.

Lines may be added below, and changed: golden scenes hold no line numbers.
"""

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any, Final

import numpy as np

import gradloom as gl
from gradloom.ir.graph import Graph
from gradloom.passes.sharding import shard
from tests.viz.pictured import unrolled


def layer(weights: Any, x: Any) -> Any:
    """A dense layer."""
    return np.tanh(x @ weights[0] + weights[1])


def model_loss(params: Any, x: Any, y: Any) -> Any:
    """A perceptron with squared error."""
    for weights in params:
        x = layer(weights, x)
    return np.mean((x - y) ** 2)


def _params() -> Any:
    sizes = [4, 8, 8, 2]
    return [(np.ones((a, b)), np.zeros(b)) for a, b in pairwise(sizes)]


def mlp() -> Graph:
    """A perceptron of three layers."""
    return gl.trace(model_loss, _params(), np.ones((5, 4)), np.ones((5, 2)))


def mlp_gradient() -> Graph:
    """The loss and the gradient of the perceptron."""
    made = gl.trace(gl.value_and_grad(model_loss), _params(), np.ones((5, 4)), np.ones((5, 2)))
    return gl.optimize(made)


def scanned() -> Graph:
    """A recurrent network, step by step."""

    def cell(h: Any, x: Any) -> Any:
        h = np.tanh(h * 0.5 + x)
        return h, h

    return gl.trace(lambda h, xs: gl.scan(cell, h, xs), np.zeros(3), np.ones((7, 3)))


def looped_while() -> Graph:
    """A loop whose number of turns nobody knows."""

    def root(x: Any) -> Any:
        return gl.while_loop(lambda y: abs(y * y - x) > 1e-6, lambda y: (y + x / y) / 2, x)

    return gl.trace(root, 2.0)


def choice() -> Graph:
    """A choice between two branches."""

    def either(x: Any) -> Any:
        return gl.cond(np.sum(x) > 0, np.sin, lambda y: y * 2 + 1, x)

    return gl.trace(either, np.ones(3))


def checkpointed() -> Graph:
    """The gradient through a part that is computed again."""

    def loss(w: Any, x: Any) -> Any:
        return np.sum(gl.checkpoint(lambda w, x: np.tanh(x @ w) ** 2)(w, x))

    return gl.trace(gl.grad(loss), np.ones((3, 2)), np.ones((4, 3)))


def batched() -> Graph:
    """A function over a batch."""
    return gl.trace(gl.vmap(lambda v, w: np.sum(v * w) / 2, (0, None)), np.ones((4, 3)), np.ones(3))


def convolved() -> Graph:
    """The gradient of a convolution."""

    def loss(kernel: Any, signal: Any) -> Any:
        return np.sum(np.maximum(np.convolve(signal, kernel, "valid"), 0) ** 2)

    return gl.optimize(gl.trace(gl.grad(loss), np.ones(3), np.ones(16)))


def softmax(scores: Any) -> Any:
    """Shares that sum to one."""
    raised = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    return raised / np.sum(raised, axis=-1, keepdims=True)


def heads(x: Any, w: Any) -> Any:
    """Attention over a sequence."""
    q, k, v = x @ w[0], x @ w[1], x @ w[2]
    return softmax(q @ k.T / np.sqrt(8.0)) @ v


def attention() -> Graph:
    """Two blocks of attention, with what is added around them."""

    def blocks(ws: Any, x: Any) -> Any:
        for w in ws:
            x = x + heads(x, w)
        return x

    weights = [[np.ones((8, 8)) for _ in range(3)] for _ in range(2)]
    return gl.trace(blocks, weights, np.ones((6, 8)))


def sharded() -> Graph:
    """One device's part of two layers that are cut by columns and rows, with its collectives."""
    whole = gl.trace(
        lambda x, a, b: np.tanh(x @ a) @ b, np.ones((4, 6)), np.ones((6, 8)), np.ones((8, 2))
    )
    cuts = [(None, None), (None, "x"), ("x", None)]
    return shard(whole, {"x": 2}, cuts, [(None, None)]).graph


def symbolic() -> Graph:
    """Sizes that are names."""

    def loss(w: Any, x: Any) -> Any:
        return np.mean(np.concatenate([x, x * 2]) @ w, axis=0)

    return gl.trace(loss, gl.spec("f32[features, 3]"), gl.spec("f32[batch, features]"))


def long() -> Graph:
    """Five thousand nodes."""
    return unrolled(2_500)


PROGRAMS: Final[dict[str, Callable[[], Graph]]] = {
    make.__name__: cache(make)
    for make in (
        mlp, mlp_gradient, scanned, looped_while, choice, checkpointed, batched, convolved,
        attention, sharded, symbolic, long,
    )
}  # fmt: skip
"""Programs by name, each traced once."""
