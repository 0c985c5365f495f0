"""Loops: a GRU of 64 steps written as Python's `for`, and with `gl.scan`; first compiled call and
the later ones.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np

import gradloom as gl

STEPS: Final = 64
BATCH: Final = 16
SIZE: Final = 32
CALLS: Final = 20


def cell(h: Any, x: Any, weights: Any) -> Any:
    """The next state of a gated recurrent unit."""
    wz, uz, wr, ur, wh, uh = weights
    z = 1 / (1 + np.exp(-(x @ wz + h @ uz)))
    r = 1 / (1 + np.exp(-(x @ wr + h @ ur)))
    return (1 - z) * h + z * np.tanh(x @ wh + (r * h) @ uh)


def plain(weights: Any, xs: Any, h: Any) -> Any:
    """The sum of squares of the last state, by a Python loop."""
    for t in range(STEPS):
        h = cell(h, xs[t], weights)
    return np.sum(h * h)


def scanned(weights: Any, xs: Any, h: Any) -> Any:
    """The same by `gl.scan`."""
    last, _ = gl.scan(lambda h, x: (cell(h, x, weights), None), h, xs)
    return np.sum(last * last)


def arguments() -> tuple[Any, ...]:
    """Weights, inputs and the first state."""
    rng = np.random.default_rng(0)

    def normal(*shape: int) -> np.ndarray:
        return (rng.standard_normal(shape) * 0.2).astype(np.float32)

    weights = tuple(normal(SIZE, SIZE) for _ in range(6))
    return weights, normal(STEPS, BATCH, SIZE), normal(BATCH, SIZE)


def timed(f: Callable[..., Any]) -> tuple[float, float]:
    """Seconds of the first call, and the least of later ones."""
    given, times = arguments(), []
    for _ in range(CALLS + 1):
        start = time.perf_counter()
        f(*given)
        times.append(time.perf_counter() - start)
    return times[0], min(times[1:])


def main() -> None:
    """Print a table: backend, program, first call, later calls."""
    for backend in ("numpy", "torch", "jax", "tensorflow"):
        if importlib.util.find_spec(backend) is None:
            continue
        gl.compile(np.sin, backend)(np.ones(3))  # the framework's own start
        for name, change in (("forward", lambda f: f), ("value and gradient", gl.value_and_grad)):
            rows = {
                "for": timed(gl.compile(change(plain), backend)),
                "for, not rolled": timed(
                    gl.compile(plain, backend, pipeline="fold,simplify,cse,dce")
                )
                if name == "forward" and "--unrolled" in sys.argv
                else None,
                "gl.scan": timed(gl.compile(change(scanned), backend)),
            }
            for written, found in rows.items():
                if found is not None:
                    first, later = found
                    print(f"{backend} {name}, {written}: {first:.3f} s, {later * 1e3:.3f} ms")


if __name__ == "__main__":
    main()
