"""Graphs that the tests of pictures draw."""

import numpy as np

import gradloom as gl
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.graph import Graph
from gradloom.ir.types import parse_type
from gradloom.viz.scene import Box, Edge, Scene


def loss(w: np.ndarray, x: np.ndarray) -> np.floating:
    """A layer, so that the picture has inputs, a literal, a result."""
    return np.sum(np.tanh(x @ w) ** 2)


def small() -> Graph:
    """The graph of `loss`, with a free size."""
    return gl.trace(loss, gl.spec("f32[3, 2]"), gl.spec("f32[batch, 3]"))


def backward() -> Graph:
    """The loss and its gradient: two results, and nodes that stand for derivatives."""
    return gl.optimize(gl.trace(gl.value_and_grad(loss), np.ones((3, 2)), np.ones((5, 3))))


def looped() -> Graph:
    """A graph whose node has regions."""
    return gl.trace(
        lambda x, xs: gl.scan(lambda at, v: (np.sin(at) * v, at), x, xs), 1.0, np.arange(4.0)
    )


HOSTILE = 'a"];<b>&\n\\N{}'
"""A name that would break DOT or XML if it were not escaped."""


def hostile() -> Graph:
    """A graph whose name and parameter's name are hostile."""
    return build.graph_of(lambda x: o.tanh(x), [parse_type("f64[3]")], [HOSTILE], HOSTILE)


def hostile_scene() -> Scene:
    """A scene with hostile text in every place."""
    boxes = (Box("p0", HOSTILE, (HOSTILE,), "input", HOSTILE), Box("r0", "", (), "output"))
    return Scene(HOSTILE, boxes, (Edge("p0", "r0", HOSTILE),))


def wide(count: int) -> Graph:
    """A graph with many boxes in one layer, all tied to one input and one result."""

    def spread(x: np.ndarray) -> np.ndarray:
        return sum(np.sin(x * float(i + 1)) for i in range(count))

    return gl.trace(spread, np.ones(3))


ALL = {"small": small, "backward": backward, "looped": looped, "hostile": hostile}


def unrolled(turns: int) -> Graph:
    """A graph of two nodes for each turn of a Python loop."""

    def long(x: np.ndarray) -> np.ndarray:
        for _ in range(turns):
            x = np.sin(x) * 0.5
        return x

    return gl.trace(long, np.ones(3))
