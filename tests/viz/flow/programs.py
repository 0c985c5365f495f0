"""Losses whose gradients the tests measure, and flows of known numbers."""

from typing import Any

import numpy as np

from gradloom.viz.flow.flow import GradientFlow, Rows
from gradloom.viz.flow.places import Link, Place
from gradloom.viz.flow.troubles import Thresholds

HOSTILE = "</script><img src=x onerror=alert(1)>"


def deep(params: Any, x: np.ndarray, y: np.ndarray) -> Any:
    """Sigmoid layers, one after the other: what comes back vanishes."""
    h = x
    for w, b in params["hidden"]:
        h = 1 / (1 + np.exp(-(h @ w + b)))
    return np.mean((h @ params["out"] - y) ** 2)


def rectified(params: Any, x: np.ndarray, y: np.ndarray) -> Any:
    """Layers with units that can die."""
    h = x
    for w, b in params["hidden"]:
        h = np.maximum(h @ w + b, 0)
    return np.mean((h @ params["out"] - y) ** 2)


def residual(params: Any, x: np.ndarray, y: np.ndarray) -> Any:
    """Values that several nodes read."""
    h = x @ params["in"]
    for w, v in params["blocks"]:
        h = h + np.tanh(h @ w) @ v
    return np.mean((h @ params["out"] - y) ** 2)


def layers(count: int, scale: float = 1.0, width: int = 4, dtype: Any = np.float64) -> Any:
    """Parameters of `deep` and `rectified`."""
    rng = np.random.default_rng(7)
    hidden = [
        ((scale * rng.normal(size=(width, width))).astype(dtype), np.zeros(width, dtype))
        for _ in range(count)
    ]
    return {"hidden": hidden, "out": rng.normal(size=(width, 1)).astype(dtype)}


def blocks(count: int, width: int = 4) -> Any:
    """Parameters of `residual`."""
    rng = np.random.default_rng(8)
    pairs = [tuple(rng.normal(size=(2, width, width)) / 2) for _ in range(count)]
    return {"in": rng.normal(size=(width, width)), "blocks": pairs,
            "out": rng.normal(size=(width, 1))}  # fmt: skip


def batch(count: int = 6, width: int = 4, dtype: Any = np.float64) -> tuple[np.ndarray, np.ndarray]:
    """Examples and what they should give."""
    rng = np.random.default_rng(9)
    x, y = rng.normal(size=(count, width)), rng.normal(size=(count, 1))
    return x.astype(dtype), y.astype(dtype)


NAMES = ("w", "v", "matmul", "tanh", "head", "loss")


def made(norms: Any, *, dead: Any = 0.0, zeros: Any = 0.0, nans: Any = 0.0) -> GradientFlow:
    """A flow of two parameters and a chain `matmul`, `tanh`, `head`, `loss` with these norms by
    step; w enters at the first, v at the head.
    """
    table = np.asarray(norms, float)
    places = tuple(
        Place(name, "parameter" if i < 2 else "value", "" if i < 2 else name,
              (3, 4) if i < 5 else (), "float64", "" if i < 2 else "/m/model.py", i,
              "f", "" if i < 2 else f"line {i}", 2 <= i < 5)
        for i, name in enumerate(NAMES)
    )  # fmt: skip
    rows = Rows("made", "numpy", Thresholds())
    rows.places = places
    rows.links = (Link(0, 2), Link(2, 3), Link(3, 4), Link(1, 4), Link(4, 5))
    shape = table.shape
    measures = [table, table, *(np.broadcast_to(x, shape) for x in (zeros, dead, nans)),
                np.zeros(shape)]  # fmt: skip
    for step in range(shape[0]):
        row = np.stack([m[step] for m in measures], axis=1)
        rows.add(step, float(step), 0.0, row, np.zeros(0), [-1] * 5)
    return rows.flow()
