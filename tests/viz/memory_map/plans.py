"""Programs whose memory the tests look at."""

import numpy as np

import gradloom as gl
from gradloom.ir.graph import Graph


def deep(x: np.ndarray) -> np.floating:
    """A chain, whose gradient keeps every step."""
    for _ in range(6):
        x = np.sin(np.exp(np.sin(x)))
    return np.sum(x)


def gradient() -> Graph:
    """A gradient of 4,000 bytes a value, which a plan can lower."""
    return gl.optimize(gl.trace(gl.grad(deep), gl.spec("f32[1000]")))


BUDGET = "40KiB"
