"""Programs that the tests of the explorer look into."""

from typing import Any

import numpy as np

import gradloom as gl
from gradloom.ir.graph import Graph

X = np.linspace(-1.0, 1.0, 15).reshape(5, 3)
W = np.linspace(0.1, 0.6, 6).reshape(3, 2)


def layer(x: Any, w: Any) -> Any:
    """A layer, so that the graph has a function in it."""
    return np.tanh(x @ w)


def loss(w: Any, x: Any) -> Any:
    """Two layers and a number."""
    y = layer(x, w)
    return np.sum(layer(y, w.T) ** 2)


def slopes() -> Any:
    """The loss with its gradient."""
    return gl.value_and_grad(loss)


def history() -> Graph:
    """The optimised graph of the loss and its gradient, with its history."""
    return gl.optimize(gl.trace(slopes(), W, X))


def bad(x: Any) -> Any:
    """A program whose first bad number comes from its second op."""
    y = x * 2
    z = np.log(y)
    return np.sum(z - z)


def looped() -> Graph:
    """A loop, whose body runs four times."""

    def turns(x: Any, xs: Any) -> Any:
        return gl.scan(lambda at, v: (np.sin(at) * v, at), x, xs)

    return gl.optimize(gl.trace(turns, 1.0, np.arange(4.0)), "dce")


def long(nodes: int) -> Graph:
    """A program of about so many nodes that is one function."""

    def chain(x: Any) -> Any:
        y = x
        for i in range(nodes // 3):
            y = np.tanh(y) * x + float(i)
        return np.sum(y)

    return gl.trace(chain, np.ones(3))
