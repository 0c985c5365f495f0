"""gl.train: so many steps on the same data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradloom.frontend.data.columns import positive
from gradloom.frontend.optim.averages import EMA
from gradloom.frontend.training.engine import Engine
from gradloom.frontend.training.history import History, Trained
from gradloom.frontend.training.loop import Loop
from gradloom.frontend.training.precision import Scaling
from gradloom.frontend.training.run import Run, listed
from gradloom.frontend.training.settings import OnNaN, Settings
from gradloom.frontend.training.sources import Repeated


def train(
    weights: Any,
    objective: Callable[..., Any],
    steps: int,
    opt: Any,
    *args: Any,
    backend: Any = None,
    device: str | None = None,
    jit: bool = True,
    seed: int = 0,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    precision: str | None = None,
    loss_scale: Scaling | None = None,
    on_nan: OnNaN = "raise",
    has_aux: bool = False,
    ema: EMA | None = None,
    callbacks: Any = (),
) -> Trained:
    """`(first_loss, last_loss)` of so many steps on `objective(*args)`; `.weights` are the trained
    ones, `.losses` all losses.

    `weights` of `gl.params` are ambient in the objective and change in place; any other tree of
    arrays is its first argument, and stays as it is. `opt` is an optimizer of `gl.optim`, or a
    learning rate for plain gradient descent. The other arguments are those of `gl.fit`.

    >>> import numpy as np
    >>> import gradloom as gl
    >>> made = train(np.zeros(3), lambda w: np.sum((w - 1) ** 2), 50, gl.optim.SGD(lr=0.1))
    >>> made.first, round(made.last, 6), made.weights.round(3)
    (3.0, 0.0, array([1., 1., 1.]))
    """
    count = positive("train", "steps", steps)
    settings = Settings(
        "train", backend, device, jit, seed, clip_norm, clip_value, 1, precision, loss_scale,
        on_nan, has_aux, ema,
    )  # fmt: skip
    run = Run(Engine.of(weights, objective, opt, settings), History(seed=seed), 1, count)
    return Trained(Loop(run, Repeated(args, count), lambda run: None, listed(callbacks)).go())
