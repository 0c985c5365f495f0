"""gl.train: so many steps on the same data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradloom.frontend.data.columns import positive
from gradloom.frontend.training.history import Trained
from gradloom.frontend.training.stepping import stepping


def train(
    weights: Any,
    objective: Callable[..., Any],
    steps: int,
    opt: Any,
    *args: Any,
    backend: Any = None,
    jit: bool = True,
) -> Trained:
    """`(first_loss, last_loss)` of so many steps on `objective(*args)`; `.weights` are the trained
    ones.

    `weights` of `gl.params` are ambient in the objective and change in place; any other tree of
    arrays is its first argument, and stays as it is. `opt` is an optimizer of `gl.optim`, or a
    learning rate for plain gradient descent.

    >>> import numpy as np
    >>> import gradloom as gl
    >>> made = train(np.zeros(3), lambda w: np.sum((w - 1) ** 2), 50, gl.optim.SGD(lr=0.1))
    >>> made.first, round(made.last, 6), made.weights.round(3)
    (3.0, 0.0, array([1., 1., 1.]))
    """
    count = positive("train", "steps", steps)
    step = stepping(weights, objective, opt, backend, jit)
    losses = [step(args) for _ in range(count)]
    return Trained(losses, step.weights)
