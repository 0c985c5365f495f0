"""Small problems that trainings are tried on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.training.program import Step

Array = Any


def lines(rows: int = 64, dtype: Any = np.float64) -> tuple[np.ndarray, np.ndarray]:
    """x, and 2 x + 1."""
    x = np.linspace(-1, 1, rows).astype(dtype)
    return x, (2 * x + 1).astype(dtype)


def line_loss(w: Array, x: Array, y: Array) -> Array:
    """Mean squares of w[0] x + w[1] - y."""
    return np.mean((w[0] * x + w[1] - y) ** 2)


def classes(rows: int = 90, dtype: Any = np.float32) -> tuple[np.ndarray, np.ndarray]:
    """Points around three centres, and which one."""
    rng = np.random.default_rng(0)
    labels = np.arange(rows) % 3
    centres = np.array([[2.0, 0.0], [-2.0, 1.0], [0.0, -2.0]])
    return (centres[labels] + rng.normal(size=(rows, 2))).astype(dtype), labels


def layers(dtype: Any = np.float32) -> dict[str, np.ndarray]:
    """Two layers for them."""
    rng = np.random.default_rng(1)
    return {
        "hidden": rng.normal(size=(2, 8)).astype(dtype),
        "out": (rng.normal(size=(8, 3)) / 3).astype(dtype),
    }


def scores(w: Any, x: Array) -> Array:
    """A score for each class."""
    return np.tanh(x @ w["hidden"]) @ w["out"]


def class_loss(w: Any, x: Array, y: Array) -> Array:
    """Cross-entropy."""
    return gl.nn.cross_entropy(scores(w, x), y)


def hit_rate(w: Any, x: Array, y: Array) -> Array:
    """Accuracy."""
    return gl.metrics.accuracy(scores(w, x), y)


def equal(a: Any, b: Any) -> bool:
    """Whether two trees of arrays are the same to the last bit."""
    xs, ys = leaves(a), leaves(b)
    return len(xs) == len(ys) and all(
        x.dtype == y.dtype and x.shape == y.shape and x.tobytes() == y.tobytes()
        for x, y in zip(xs, ys, strict=True)
    )


def leaves(tree: Any) -> list[np.ndarray]:
    """The arrays of a tree."""
    from gradloom.frontend.signature import flatten

    return [np.asarray(x) for x in flatten(tree)[0]]


@contextmanager
def steps_traced() -> Iterator[list[tuple[int, ...]]]:
    """The shape of the batch's first array for every time that a step is traced. (What a loss
    itself counts changes at each step, traced or not.)
    """
    found: list[tuple[int, ...]] = []
    gradients = Step.gradients

    def noted(self: Step, leaves: Any, args: Any, *rest: Any) -> Any:
        found.append(args[0].shape)
        return gradients(self, leaves, args, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Step, "gradients", noted)
        yield found
