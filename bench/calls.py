"""What a compiled call costs: x + 1 on 4 floats, numpy in and out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import gradloom as gl
from bench.timing import interleaved, table


def run() -> str:
    """The table, in microseconds per call."""
    x = np.arange(4.0)
    f = gl.compile(lambda x: x + 1, backend="numpy")
    found: dict[str, Callable[[], Any]] = {
        "numpy": lambda: x + 1,
        "gradloom, compiled for numpy": lambda: f(x),
    }
    try:
        import jax

        g = jax.jit(lambda x: x + 1)
        found["jax.jit"] = lambda: np.asarray(g(x))
    except ImportError:
        pass
    return table("x + 1 on 4 floats, numpy in and out", interleaved(found, 15, 3000), "numpy", "us")
