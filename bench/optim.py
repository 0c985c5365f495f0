"""A step of Adam in float32: numpy by hand, gradloom, torch.

Three sets of parameters: an MLP's 4 arrays (0.2 million elements), a transformer's 148 (10.8
million, 98 of them biases and scales), and one of 4 million.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import gradloom as gl
from bench.timing import interleaved, table

SETS: dict[str, list[tuple[int, ...]]] = {
    "MLP 784-256-10": [(784, 256), (256,), (256, 10), (10,)],
    "transformer, 12 layers of 256": [
        *[s for _ in range(12) for s in (
            (256, 768), (768,), (256, 256), (256,), (256, 1024), (1024,), (1024, 256), (256,),
            (256,), (256,), (256,), (256,),
        )],
        (5000, 256), (256,), (256,), (256, 128),
    ],
    "one array of 4 million": [(2000, 2000)],
}  # fmt: skip


def arrays(shapes: list[tuple[int, ...]], seed: int) -> list[np.ndarray]:
    """Random arrays of float32."""
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(s).astype(np.float32) for s in shapes]


def by_hand(params: list[np.ndarray], grads: list[np.ndarray]) -> Callable[[], None]:
    """Adam as a careful person writes it: whole arrays, in place, one temporary of each size."""
    means = [np.zeros_like(w) for w in params]
    squares = [np.zeros_like(w) for w in params]
    spare = [(np.empty_like(w), np.empty_like(w)) for w in params]
    count = 0

    def step() -> None:
        nonlocal count
        count += 1
        rate, lacking = 1e-3 / (1 - 0.9**count), (1 - 0.999**count) ** 0.5
        for w, g, m, v, (a, b) in zip(params, grads, means, squares, spare, strict=True):
            np.subtract(g, m, out=a)
            a *= 0.1
            m += a
            np.multiply(g, g, out=a)
            a *= 0.001
            v *= 0.999
            v += a
            np.sqrt(v, out=a)
            a /= lacking
            a += 1e-8
            np.divide(m, a, out=b)
            b *= rate
            w -= b

    return step


def of_torch(shapes: list[tuple[int, ...]], **how: Any) -> Callable[[], None] | None:
    """torch's, where it is installed."""
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)
    params = [torch.from_numpy(x).requires_grad_() for x in arrays(shapes, 0)]
    for w, g in zip(params, arrays(shapes, 1), strict=True):
        w.grad = torch.from_numpy(g)
    return torch.optim.Adam(params, **how).step


def ways(shapes: list[tuple[int, ...]]) -> dict[str, Callable[[], Any]]:
    """A step of each, on arrays of its own."""
    grads = arrays(shapes, 1)
    pure, own = arrays(shapes, 0), arrays(shapes, 0)
    opt, other = gl.optim.Adam(), gl.optim.Adam()
    made: dict[str, Callable[[], Any] | None] = {
        "numpy by hand, in place": by_hand(arrays(shapes, 0), grads),
        "gradloom, in place": lambda: opt.step(own, grads, inplace=True),
        "gradloom, new parameters": lambda: other.step(pure, grads),
        "torch, foreach": of_torch(shapes, foreach=True),
        "torch, fused": of_torch(shapes, fused=True),
    }
    return {name: way for name, way in made.items() if way is not None}


def run() -> str:
    """The tables."""
    return "\n".join(
        table(
            f"A step of Adam, float32: {name}", interleaved(ways(shapes)), "numpy by hand, in place"
        )
        for name, shapes in SETS.items()
    )
