"""Value and gradient of an MLP 784-256-10, batch 128, float32: hand-written numpy, gradloom,
autograd, torch, JAX.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import gradloom as gl
from bench.timing import interleaved, table

BATCH, SIZES = 128, (784, 256, 10)


def data() -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Parameters, images and one-hot labels, all float32."""
    rng = np.random.default_rng(0)
    params = {
        "w1": (rng.standard_normal(SIZES[:2]) / 28).astype(np.float32),
        "b1": np.zeros(SIZES[1], np.float32),
        "w2": (rng.standard_normal(SIZES[1:]) / 16).astype(np.float32),
        "b2": np.zeros(SIZES[2], np.float32),
    }
    x = rng.standard_normal((BATCH, SIZES[0])).astype(np.float32)
    y = np.eye(SIZES[2], dtype=np.float32)[rng.integers(0, SIZES[2], BATCH)]
    return params, x, y


def loss(params: dict[str, Any], x: Any, y: Any, xp: Any = np) -> Any:
    """Cross entropy of a two-layer tanh network, as people write it."""
    h = xp.tanh(x @ params["w1"] + params["b1"])
    scores = h @ params["w2"] + params["b2"]
    scores = scores - xp.max(scores, axis=1, keepdims=True)
    logp = scores - xp.log(xp.sum(xp.exp(scores), axis=1, keepdims=True))
    return -xp.sum(logp * y) / len(x)


def by_hand(
    params: dict[str, np.ndarray], x: np.ndarray, y: np.ndarray
) -> tuple[Any, dict[str, np.ndarray]]:
    """Value and gradient as a careful person writes them: in place where possible, no spare
    temporaries.
    """
    n = np.float32(len(x))
    h = x @ params["w1"]
    h += params["b1"]
    np.tanh(h, out=h)
    scores = h @ params["w2"]
    scores += params["b2"]
    scores -= scores.max(axis=1, keepdims=True)
    e = np.exp(scores)
    total = e.sum(axis=1, keepdims=True)
    scores -= np.log(total)
    value = -np.vdot(scores, y) / n
    e /= total
    e -= y
    e /= n
    grads = {"w2": h.T @ e, "b2": e.sum(axis=0)}
    dh = e @ params["w2"].T
    h *= h
    np.subtract(np.float32(1), h, out=h)
    dh *= h
    grads["w1"], grads["b1"] = x.T @ dh, dh.sum(axis=0)
    return value, grads


def ways() -> dict[str, Callable[[], Any]]:
    """Every way that is installed, as a call without arguments."""
    params, x, y = data()
    step = gl.compile(gl.value_and_grad(loss), backend="numpy")
    eager = gl.value_and_grad(loss)
    found: dict[str, Callable[[], Any]] = {
        "hand-written numpy": lambda: by_hand(params, x, y),
        "gradloom, compiled for numpy": lambda: step(params, x, y),
        "gradloom, value_and_grad": lambda: eager(params, x, y),
    }
    found.update(_autograd(params, x, y))
    found.update(_torch(params, x, y))
    return found


def _autograd(params: Any, x: Any, y: Any) -> dict[str, Callable[[], Any]]:
    try:
        import autograd
        import autograd.numpy as anp
    except ImportError:
        return {}
    step = autograd.value_and_grad(lambda p: loss(p, x, y, anp))
    return {"autograd": lambda: step(params)}


def _torch(params: Any, x: Any, y: Any) -> dict[str, Callable[[], Any]]:
    try:
        import torch
    except ImportError:
        return {}
    torch.set_num_threads(1)
    p = {name: torch.from_numpy(value.copy()).requires_grad_() for name, value in params.items()}
    tx, ty = torch.from_numpy(x), torch.from_numpy(y)

    def step() -> Any:
        for value in p.values():
            value.grad = None
        h = torch.tanh(tx @ p["w1"] + p["b1"])
        value = -(torch.log_softmax(h @ p["w2"] + p["b2"], 1) * ty).sum() / len(tx)
        value.backward()
        return value

    return {"torch eager": step}


def run() -> str:
    """The table."""
    made = ways()
    reference = made["hand-written numpy"]()
    for name in ("gradloom, compiled for numpy", "gradloom, value_and_grad"):
        value, grads = made[name]()
        assert abs(value - reference[0]) < 1e-5
        assert all(np.allclose(grads[k], reference[1][k], atol=1e-5) for k in grads)
        assert all(g.dtype == np.float32 for g in grads.values())
    title = "MLP 784-256-10, batch 128, float32: value and gradient"
    return table(title, interleaved(made, 25, 5), "hand-written numpy")
