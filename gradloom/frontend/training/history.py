"""What a training gives back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final


@final
class Trained(tuple[float, float]):
    """`(first_loss, last_loss)`, with every loss and the trained weights."""

    losses: list[float]
    weights: Any

    def __new__(cls, losses: Sequence[float], weights: Any) -> Trained:
        """Of the losses of every step, in order."""
        made = super().__new__(cls, (losses[0], losses[-1]))
        made.losses, made.weights = list(losses), weights
        return made

    @property
    def first(self) -> float:
        """The loss before the first step."""
        return self[0]

    @property
    def last(self) -> float:
        """The loss before the last step."""
        return self[1]


@final
class History(list[float]):
    """The mean loss of every epoch, with what else was seen and the trained weights."""

    def __init__(self, losses: Sequence[float] = (), weights: Any = None) -> None:
        super().__init__(losses)
        self.weights = weights
