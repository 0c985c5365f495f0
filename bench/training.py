"""A step of training, loss to updated weights: gradloom's against hand-written numpy, torch eager
and `torch.compile`. An MLP 784-256-10 at batch 128 and a small CNN on 28 x 28 images, float32.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import gradloom as gl
from bench import mlp
from bench.timing import interleaved, table
from gradloom.frontend.training.engine import Engine
from gradloom.frontend.training.settings import Settings

RATE = 0.01
CHANNELS = 8


def engine_step(weights: Any, loss: Any, opt: Any, batch: Any, backend: str) -> Callable[[], Any]:
    """One step of gl.fit without its loop: batch in, loss out, weights moved."""
    made = Engine.of(weights, loss, opt, Settings("bench", backend=backend))
    return lambda: made.take(batch, 0, True).loss


# ---- the MLP -------------------------------------------------------------------------------------


def mlp_loss(w: Any, x: Any, y: Any) -> Any:
    """Cross entropy of labels."""
    return gl.nn.cross_entropy(np.tanh(x @ w["w1"] + w["b1"]) @ w["w2"] + w["b2"], y)


class ByHand:
    """Adam as a careful person writes it: one pass over memory that is there already."""

    def __init__(self, params: dict[str, np.ndarray]) -> None:
        self.params = {k: v.copy() for k, v in params.items()}
        self.m = {k: np.zeros_like(v) for k, v in params.items()}
        self.v = {k: np.zeros_like(v) for k, v in params.items()}
        self.t = 0

    def step(self, x: np.ndarray, y: np.ndarray) -> float:
        """The loss before the step."""
        value, grads = mlp.by_hand(self.params, x, y)
        self.t += 1
        rate, root = RATE / (1 - 0.9**self.t), np.float32(np.sqrt(1 - 0.999**self.t))
        for k, g in grads.items():
            m, v = self.m[k], self.v[k]
            m *= np.float32(0.9)
            m += np.float32(0.1) * g
            v *= np.float32(0.999)
            g *= g
            g *= np.float32(0.001)
            v += g
            np.sqrt(v, out=g)
            g /= root
            g += np.float32(1e-8)
            np.divide(m, g, out=g)
            g *= np.float32(rate)
            self.params[k] -= g
        return float(value)


def mlp_ways() -> dict[str, Callable[[], Any]]:
    """Every way of a step with Adam."""
    params, x, y = mlp.data()
    labels = y.argmax(1)
    by_hand = ByHand(params)
    found: dict[str, Callable[[], Any]] = {"hand-written numpy": lambda: by_hand.step(x, y)}
    for backend in ("numpy", "torch", "jax"):
        step = engine_step(params, mlp_loss, gl.optim.Adam(lr=RATE), (x, labels), backend)
        found[f"gradloom on {backend}"] = step
    import torch

    net = torch.nn.Sequential(torch.nn.Linear(784, 256), torch.nn.Tanh(), torch.nn.Linear(256, 10))
    return {**found, **torch_ways(net, torch.from_numpy(x), torch.from_numpy(labels))}


def torch_ways(net: Any, x: Any, y: Any) -> dict[str, Callable[[], Any]]:
    """The same step in torch, eager and compiled (the loss and its gradients; Adam is foreach)."""
    import copy

    import torch

    torch.set_num_threads(1)

    def way(net: Any, forward: Any) -> Callable[[], Any]:
        opt = torch.optim.Adam(net.parameters(), lr=RATE)

        def step() -> float:
            opt.zero_grad()
            value = torch.nn.functional.cross_entropy(forward(x), y)
            value.backward()
            opt.step()
            return float(value.detach())

        return step

    other = copy.deepcopy(net)
    return {"torch eager": way(net, net), "torch.compile": way(other, torch.compile(other))}


# ---- the CNN -------------------------------------------------------------------------------------


def cnn_weights() -> dict[str, np.ndarray]:
    """Two convolutions and a linear layer."""
    rng = np.random.default_rng(0)
    shapes = {"c1": (CHANNELS, 1, 3, 3), "c2": (2 * CHANNELS, CHANNELS, 3, 3), "w": (784, 10)}
    return {k: (rng.standard_normal(s) / 8).astype(np.float32) for k, s in shapes.items()}


def cnn_loss(w: Any, x: Any, y: Any) -> Any:
    """Convolution, relu and pooling, twice; then scores."""
    h = gl.nn.max_pool2d(gl.nn.relu(gl.nn.conv2d(x, w["c1"], pad=1)), 2)
    h = gl.nn.max_pool2d(gl.nn.relu(gl.nn.conv2d(h, w["c2"], pad=1)), 2)
    return gl.nn.cross_entropy(h.reshape(len(x), -1) @ w["w"], y)


def cnn_ways() -> dict[str, Callable[[], Any]]:
    """Every way of a step with Adam at batch 32."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((32, 1, 28, 28)).astype(np.float32)
    y = rng.integers(0, 10, 32)
    found = {
        f"gradloom on {backend}": engine_step(
            cnn_weights(), cnn_loss, gl.optim.Adam(lr=RATE), (x, y), backend
        )
        for backend in ("numpy", "torch", "jax")
    }
    import torch
    from torch import nn

    net = nn.Sequential(
        nn.Conv2d(1, CHANNELS, 3, padding=1, bias=False), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(CHANNELS, 2 * CHANNELS, 3, padding=1, bias=False), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(784, 10, bias=False),
    )  # fmt: skip
    return {**torch_ways(net, torch.from_numpy(x), torch.from_numpy(y)), **found}


def run() -> str:
    """Both tables."""
    mlps = table(
        "A training step with Adam: MLP 784-256-10, batch 128, float32",
        interleaved(mlp_ways(), 25, 3), "hand-written numpy",
    )  # fmt: skip
    cnns = table(
        "A training step with Adam: two convolutions, batch 32 of 28 x 28, float32",
        interleaved(cnn_ways(), 15, 2), "torch eager",
    )  # fmt: skip
    return f"{mlps}\n{cnns}"
