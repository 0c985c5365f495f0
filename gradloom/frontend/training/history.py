"""What a training gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.signature import flatten

_NAMES: Final = (
    "losses", "norms", "rates", "seconds", "validation", "metrics", "aux", "skipped", "seed",
)  # fmt: skip


@final
class Trained(tuple[float, float]):
    """`(first_loss, last_loss)`, with the loss of every step and the trained weights."""

    weights: Any
    history: History

    def __new__(cls, history: History) -> Trained:
        """Of a history of at least one step."""
        losses = history.losses
        made = super().__new__(cls, (losses[0], losses[-1]))
        made.history, made.weights = history, history.weights
        return made

    @property
    def first(self) -> float:
        """The loss before the first step."""
        return self[0]

    @property
    def last(self) -> float:
        """The loss before the last step."""
        return self[1]

    @property
    def losses(self) -> list[float]:
        """The loss before each step."""
        return self.history.losses


@final
class History(list[float]):
    """The mean loss of every epoch: a list of numbers, with more about the training.

    By batch: `losses`, before its step, and the `norms` of its gradients. By epoch: `rates` (the
    learning rate of its last step), `seconds`, the mean loss on `validation` data, and `metrics` by
    name. `aux` has what else the objective gave, by name and batch; `skipped` the numbers of
    batches that were left out; `seed` what the order of the data and the keys follow from;
    `stopped` why the training ended early, if it did. `weights` are the trained ones, `averaged`
    their running means where `ema` was given.
    """

    def __init__(self, losses: Sequence[float] = (), seed: int = 0) -> None:
        super().__init__(losses)
        self.losses: list[float] = []
        self.norms: list[float] = []
        self.rates: list[float | None] = []
        self.seconds: list[float] = []
        self.validation: list[float] = []
        self.metrics: dict[str, list[float]] = {}
        self.aux: dict[str, list[float]] = {}
        self.skipped: list[int] = []
        self.seed = seed
        self.stopped: str | None = None
        self.weights: Any = None
        self.averaged: Any = None

    def note(self, loss: float, norm: float, aux: Any) -> None:
        """A batch's numbers; of `aux`, the single numbers by name."""
        self.losses.append(loss)
        self.norms.append(norm)
        for name, value in _numbers(aux):
            self.aux.setdefault(name, []).append(value)

    def state_dict(self) -> dict[str, Any]:
        """Everything but the weights, for a file."""
        return {"epochs": list(self), **{name: getattr(self, name) for name in _NAMES}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on with what another history had."""
        self[:] = state["epochs"]
        for name in _NAMES:
            setattr(self, name, state[name])

    def series(self, name: str) -> list[float]:
        """The numbers by epoch of this name: "loss", "validation", or a metric's."""
        if name == "loss":
            return list(self)
        return self.validation if name == "validation" else self.metrics.get(name, [])


def _numbers(aux: Any) -> list[tuple[str, float]]:
    leaves, structure = flatten(aux)
    pairs = zip(map(_named, structure.paths()), leaves, strict=True)
    return [(name, float(x)) for name, x in pairs if np.ndim(x) == 0 and np.isrealobj(x)]


def _named(path: tuple[Any, ...]) -> str:
    """The name of a number: what follows the place of its part in `aux`."""
    return ".".join(map(str, path[1:])) or "aux"
