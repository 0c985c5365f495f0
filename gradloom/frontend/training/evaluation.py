"""Means over a data set: of the loss, and of metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, final

import numpy as np

from gradloom.frontend.compile import compile
from gradloom.frontend.data import DataLoader
from gradloom.frontend.opened import OPENED
from gradloom.frontend.signature import flatten, unflatten
from gradloom.frontend.training.engine import Engine
from gradloom.frontend.training.reading import Reading
from gradloom.frontend.training.run import Run
from gradloom.frontend.training.sources import rows_in, source_of
from gradloom.ir.errors import ArgumentError, CallError


def evaluate(
    weights: Any,
    function: Callable[..., Any],
    *data: Any,
    batch_size: int | None = None,
    backend: Any = None,
    jit: bool = True,
) -> Any:
    """The mean over `data` of what `function` gives for its batches, each by its number of rows.

    The function is called as an objective is, with `training=False` and `key=None` where its
    signature has them; it gives a number, or a tree of them.

    >>> import numpy as np
    >>> import gradloom as gl
    >>> def score(w, x, y):
    ...     return {"accuracy": gl.metrics.accuracy(x @ w, y)}
    >>> x, y = np.eye(3), np.array([0, 1, 1])
    >>> evaluate(np.eye(3), score, x, y, batch_size=2)
    {'accuracy': 0.6666666666666666}
    """
    reading = Reading.of(weights, function)
    judge = compile(reading.judge, backend or "numpy") if jit or backend else reading.judge
    source = source_of("evaluate", data, batch_size, False, None, 0)
    with reading.scope(weights):
        return mean(
            (judge(weights, reading.arguments(batch)), rows_in(batch))
            for batch in source.epoch(0, 0)
        )


def mean(parts: Iterable[tuple[Any, int]]) -> Any:
    """The mean of trees of numbers, each counted so many times."""
    total: list[Any] = []
    structure, rows = None, 0
    for made, size in parts:
        leaves, structure = flatten(made)
        values = [_value(x) * size for x in leaves]
        total = values if not rows else [a + b for a, b in zip(total, values, strict=True)]
        rows += size
    if structure is None:
        raise ArgumentError("evaluate: there is no batch", hint="the data is empty")
    return unflatten(structure, [_plain(x / rows) for x in total])


def _value(x: Any) -> Any:
    return np.asarray(x, np.result_type(x, np.float64))


def _plain(x: Any) -> Any:
    return float(x) if np.ndim(x) == 0 else x


@final
class Judges:
    """The loss and metrics of a training, taken at the end of each epoch: on `validation` data
    where there is some, else metrics on the training data.
    """

    def __init__(
        self, engine: Engine, metrics: Any, validation: Any,
        training: tuple[Any, ...], batch_size: int | None,
    ) -> None:  # fmt: skip
        self._has_loss = validation is not None
        self._names = tuple(metrics)
        if not isinstance(metrics, Mapping) or not all(map(callable, metrics.values())):
            raise CallError("metrics are functions by name", hint='metrics={"accuracy": score}')
        self._readings = [
            *([engine.reading] if self._has_loss else []),
            *[Reading.of(engine.weights, f) for f in metrics.values()],
        ]
        self._data: Any = None
        if self._readings:
            data = _data_of(validation) if self._has_loss else training
            size = None if isinstance(data[0], DataLoader) else batch_size
            self._data = source_of("fit", data, size, False, None, 0)
        self._engine = engine
        compiled = engine.settings.jit or engine.settings.backend is not None
        backend = engine.settings.backend or "numpy"
        self._judge = (
            compile(self._all, backend, device=engine.settings.device) if compiled else self._all
        )

    def _all(self, leaves: Any, batch: tuple[Any, ...]) -> list[Any]:
        work, form = self._engine.step.precision.for_work, self._engine.step.form
        tree = work(form.tree(leaves))
        made = [r.judge(tree, r.arguments(work(batch))) for r in self._readings]
        return [_loss_of(made[0], self._engine), *made[1:]] if self._has_loss else made

    def __call__(self, run: Run) -> None:
        """Take them, and note them in the history."""
        if not self._readings:
            return
        engine, parts = self._engine, []
        with engine.reading.scope(engine.weights):
            for batch in self._data.epoch(0, 0):
                given = engine.placed(batch if isinstance(batch, tuple) else (batch,))
                parts.append((engine.fetched(self._judge(engine.leaves, given)), rows_in(batch)))
        values = mean(parts)
        if self._has_loss:
            run.history.validation.append(values.pop(0))
        for name, value in zip(self._names, values, strict=True):
            run.history.metrics.setdefault(name, []).append(value)


def _loss_of(made: Any, engine: Engine) -> Any:
    return made[0] if engine.settings.has_aux else made


def _data_of(validation: Any) -> tuple[Any, ...]:
    """Arrays in a tuple or list, a loader, or one array or tree."""
    return tuple(validation) if isinstance(validation, tuple | list) else (validation,)


OPENED[Judges] = lambda judges: [
    (f"._readings[{i}]", "", reading) for i, reading in enumerate(judges._readings)
]
