"""Pools of 32 x 8 planes of 28 x 28, float32, forward and with the gradient: gradloom's on its
backends against torch's own kernels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import gradloom as gl
from bench.timing import interleaved, table

SHAPE = (32, 8, 28, 28)
POOLS = {
    "max_pool2d(x, 2)": ("max_pool2d", (2,)),
    "max_pool2d(x, 3, 2, 1)": ("max_pool2d", (3, 2, 1)),
    "avg_pool2d(x, 2)": ("avg_pool2d", (2,)),
    "avg_pool2d(x, 3, 2, 1)": ("avg_pool2d", (3, 2, 1)),
}
"""A pool as it is written: its name and options, which are torch's too."""


def ways(name: str, options: tuple[int, ...], with_gradient: bool) -> dict[str, Callable[[], Any]]:
    """Torch's way first."""
    import torch

    torch.set_num_threads(1)
    x = np.random.default_rng(0).standard_normal(SHAPE).astype(np.float32)
    ours, theirs = getattr(gl.nn, name), getattr(torch.nn.functional, name)
    given = torch.from_numpy(x).requires_grad_(with_gradient)

    def torchs_own() -> None:
        made = theirs(given, *options)
        if with_gradient:
            (made * made).sum().backward()
            given.grad = None

    def pool(x: Any) -> Any:
        return ours(x, *options)

    def loss(x: Any) -> Any:
        made = pool(x)
        return np.sum(made * made)

    found: dict[str, Callable[[], Any]] = {"torch": torchs_own}
    for backend in ("numpy", "torch", "jax"):
        f = gl.compile(gl.grad(loss) if with_gradient else pool, backend=backend)
        found[f"gradloom on {backend}"] = lambda f=f: f(x)  # type: ignore[misc]
    return found


def run() -> str:
    """A table for each pool and direction."""
    return "\n".join(
        table(f"{told}, {'gradient' if back else 'forward'}",
              interleaved(ways(*pool, back), 15, 3), "torch", "us")
        for told, pool in POOLS.items() for back in (False, True)
    )  # fmt: skip
