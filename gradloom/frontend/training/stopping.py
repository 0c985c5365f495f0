"""Ending a training that does not get better."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, final

import numpy as np

from gradloom.frontend.data.columns import positive
from gradloom.frontend.training.run import Run
from gradloom.ir.errors import ArgumentError


@final
class EarlyStopping:
    """Ends a training when a number has not become better for `patience` epochs.

    `monitor`: "loss" (of the training), "validation", or the name of a metric; the validation loss
    where there is one and nothing is said. `mode`: "min" or "max"; max for metrics when not given.
    Better is by more than `least`. `restore`: end with the weights of the best epoch.

    >>> import numpy as np
    >>> import gradloom as gl
    >>> stopping = EarlyStopping(patience=2)
    >>> made = gl.fit(
    ...     np.zeros(1), lambda w, x: np.sum((w - x) ** 2), np.ones(1), epochs=100, opt=0.5,
    ...     callbacks=[stopping],
    ... )
    >>> len(made), made.stopped
    (4, 'loss has not become better since epoch 2: it was 0.0')
    """

    def __init__(
        self, patience: int = 5, monitor: str | None = None,
        mode: Literal["min", "max"] | None = None, least: float = 0.0, restore: bool = True,
    ) -> None:  # fmt: skip
        self.patience = positive("EarlyStopping", "patience", patience)
        if mode not in (None, "min", "max"):
            raise ArgumentError(f"EarlyStopping: mode is {mode!r}", hint='"min" or "max"')
        self.monitor, self.mode, self.least, self.restore = monitor, mode, float(least), restore
        self.best: float | None = None
        self.epoch = 0
        self._leaves: list[Any] | None = None

    def on_epoch(self, run: Run) -> None:
        """Look at the number, and stop where it is time."""
        name = self.monitor or ("validation" if run.history.validation else "loss")
        value = monitored(run, name)
        mode = self.mode or ("min" if name in ("loss", "validation") else "max")
        if self._is_better(value, mode):
            self.best, self.epoch = value, run.epoch
            if self.restore:
                self._leaves = [np.array(x) if isinstance(x, np.ndarray) else x
                                for x in run.engine.fetched(run.engine.leaves)]  # fmt: skip
        elif run.epoch - self.epoch >= self.patience:
            run.stop(f"{name} has not become better since epoch {self.epoch}: it was {self.best}")

    def on_end(self, run: Run) -> None:
        """Put the best weights back."""
        if self.restore and self._leaves is not None:
            run.engine.leaves = run.engine.placed(list(self._leaves))

    def _is_better(self, value: float, mode: str) -> bool:
        if self.best is None:
            return True
        return value < self.best - self.least if mode == "min" else value > self.best + self.least

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps of it."""
        return {"best": self.best, "epoch": self.epoch, "leaves": self._leaves}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where another one stood."""
        self.best, self.epoch, self._leaves = state["best"], state["epoch"], state["leaves"]


def monitored(run: Run, name: str) -> float:
    """The last number of this name; raises `ArgumentError` where there is none of it."""
    series = run.history.series(name)
    if not series:
        known = ["loss", *(["validation"] if run.history.validation else []), *run.history.metrics]
        raise ArgumentError(
            f"there is no {name!r} to look at", hint=f"there are {', '.join(known)}"
        )
    return series[-1]
