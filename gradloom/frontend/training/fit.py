"""gl.fit: epochs over a data set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradloom.frontend.data import DataLoader
from gradloom.frontend.data.columns import positive
from gradloom.frontend.signature import flatten
from gradloom.frontend.training.history import History
from gradloom.frontend.training.stepping import stepping
from gradloom.ir.errors import ArgumentError


def fit(
    weights: Any,
    objective: Callable[..., Any],
    *data: Any,
    epochs: int,
    opt: Any,
    batch_size: int | None = None,
    shuffle: bool = True,
    rng: np.random.Generator | None = None,
    seed: int = 0,
    backend: Any = None,
    jit: bool = True,
    on_epoch: Callable[[int, float], None] | None = None,
) -> History:
    """The mean loss of every epoch over `data`: arrays and a `batch_size`, or one `DataLoader`.

    The objective is called with a batch's arrays, as in `gl.train` with its arguments; each batch
    counts by its number of rows. `.weights` of the result are the trained ones.

    >>> import numpy as np
    >>> import gradloom as gl
    >>> x = np.linspace(-1, 1, 64)
    >>> losses = fit(
    ...     np.zeros(2), lambda w, x, y: np.mean((w[0] * x + w[1] - y) ** 2), x, 2 * x + 1,
    ...     epochs=20, opt=gl.optim.Adam(lr=0.1), batch_size=16,
    ... )
    >>> len(losses), losses[-1] < 1e-3, losses.weights.round(1)
    (20, True, array([2., 1.]))
    """
    count = positive("fit", "epochs", epochs)
    loader = _loader(data, batch_size, shuffle, rng, seed)
    step = stepping(weights, objective, opt, backend, jit)
    history = History()
    for epoch in range(count):
        total, rows = 0.0, 0
        for batch in loader:
            size = len(flatten(batch)[0][0])
            total, rows = total + size * step(batch), rows + size
        history.append(total / rows)
        if on_epoch is not None:
            on_epoch(epoch, history[-1])
    history.weights = step.weights
    return history


def _loader(
    data: tuple[Any, ...], batch_size: int | None, shuffle: bool, rng: Any, seed: int
) -> DataLoader:
    if len(data) == 1 and isinstance(data[0], DataLoader):
        if batch_size is not None:
            raise ArgumentError(
                f"fit: batch_size={batch_size} and a DataLoader, which has its own",
                hint="give one of them",
            )
        return data[0]
    return DataLoader(*data, batch_size=batch_size, shuffle=shuffle, rng=rng, seed=seed)
