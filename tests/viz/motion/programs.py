"""Programs that the tests of films show."""

from typing import Any

import numpy as np

import gradloom as gl
from gradloom.ir.graph import Graph
from gradloom.viz.motion.film import Film, frame_at

HOSTILE = "</script><img src=x onerror=alert(1)>"


def loss(params: Any, x: np.ndarray, y: np.ndarray) -> Any:
    """Layers in a loop, then lines by themselves."""
    h = x
    for w, b in params:
        h = np.tanh(h @ w + b)
    r = h - y
    return np.mean(r**2)


def trained(layers: int = 3) -> Graph:
    """The gradient of `loss`, optimised; its history is that of the default pipeline."""
    params = [(np.ones((8, 8)), np.zeros(8)) for _ in range(layers)]
    batch = np.ones((16, 8)), np.ones((16, 8))
    return gl.optimize(gl.trace(gl.value_and_grad(loss), params, *batch))


def wasteful(w: Any, x: Any) -> Any:
    """What passes find work in."""
    return np.sum(np.tanh(x @ w + 0.0) * 1.0 + np.tanh(x @ w))


def rewritten() -> Graph:
    """A small graph with a history in which nodes go, stay and come."""
    return gl.optimize(gl.trace(gl.grad(wasteful), np.ones((3, 2)), np.ones((4, 3))))


def times(film: Film, count: int = 23) -> list[float]:
    """Moments spread over a film, both ends among them."""
    return [film.seconds * i / (count - 1) for i in range(count)]


def same(film: Film, a: float, b: float) -> bool:
    """Whether the film shows the same at both times, up to rounding."""
    one, other = frame_at(film, a), frame_at(film, b)
    if one.dots or other.dots:
        return False
    for x, y in zip(one.cards, other.cards, strict=True):
        if (x is None) != (y is None) or (x and y and not np.allclose(x, y)):
            return False
    return [w is None for w in one.wires] == [w is None for w in other.wires]
