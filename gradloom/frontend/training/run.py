"""A training that is going on, as callbacks see it."""

from __future__ import annotations

from typing import Any, Protocol, final

from gradloom.frontend.training.engine import Engine
from gradloom.frontend.training.history import History


@final
class Run:
    """Where a training is. `epoch` and `batch` count from 0, `step` counts batches of all epochs.

    `loss` is that of the last batch, before its step. `stop(reason)` ends the training after this
    batch or epoch; setting `lr` takes the place of the optimizer's learning rate.
    """

    def __init__(self, engine: Engine, history: History, epochs: int, batches: int | None) -> None:
        self.engine, self.history = engine, history
        self.epochs, self.batches = epochs, batches
        self.epoch = self.batch = self.step = 0
        self.loss = float("nan")

    @property
    def weights(self) -> Any:
        """The weights as they are now, read back from the backend."""
        return self.engine.current()

    @property
    def lr(self) -> float | None:
        """The learning rate of the next step; None where the optimizer has none of its own."""
        return self.engine.lr()

    @lr.setter
    def lr(self, value: float | None) -> None:
        self.engine.rate = value

    @property
    def place(self) -> str:
        """Where this is, for people, who count from 1."""
        return f"step {self.step + 1} (epoch {self.epoch + 1}, batch {self.batch + 1})"

    def stop(self, reason: str) -> None:
        """End the training; `history.stopped` will say why."""
        self.history.stopped = reason


class Callback(Protocol):
    """What a callback may have: any of these methods, called with the `Run`.

    `state_dict()` and `load_state_dict()`, where it has them, go into checkpoints.
    """

    def on_start(self, run: Run) -> None:
        """Before the first step, or the first after resuming."""

    def on_step(self, run: Run) -> None:
        """After a batch."""

    def on_epoch(self, run: Run) -> None:
        """After an epoch, its validation and metrics."""

    def on_end(self, run: Run) -> None:
        """After the last epoch, also when a callback stopped the training."""


def listed(callbacks: Any) -> list[Any]:
    """The callbacks that were given: several, one alone, or none."""
    if callbacks is None:
        return []
    return list(callbacks) if isinstance(callbacks, list | tuple) else [callbacks]
