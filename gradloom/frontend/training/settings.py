"""What can be chosen of a training, besides its weights, objective, optimizer and data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, final

import numpy as np

from gradloom.frontend.data.columns import positive
from gradloom.frontend.training.precision import Precision, Scaling, precision_of
from gradloom.ir.errors import ArgumentError

OnNaN = Literal["raise", "skip"]
_CHOICES: Final = ("raise", "skip")


@final
@dataclass(frozen=True, slots=True)
class Settings:
    """See `gl.fit`, whose arguments these are."""

    name: str
    backend: Any = None
    device: str | None = None
    jit: bool = True
    seed: int = 0
    clip_norm: float | None = None
    clip_value: float | None = None
    accumulate: int = 1
    precision: str | None = None
    loss_scale: Scaling | None = None
    on_nan: OnNaN = "raise"
    has_aux: bool = False
    ema: Any = None

    def __post_init__(self) -> None:
        for what in ("clip_norm", "clip_value"):
            value = getattr(self, what)
            if value is not None and not (np.isfinite(value) and value > 0):
                raise ArgumentError(f"{self.name}: {what} is {value}", hint="a number above 0")
        positive(self.name, "accumulate", self.accumulate)
        positive(self.name, "seed", self.seed, least=0)
        if self.on_nan not in _CHOICES:
            raise ArgumentError(f"{self.name}: on_nan is {self.on_nan!r}", hint='"raise" or "skip"')
        _ = self.policy

    @property
    def policy(self) -> Precision:
        """The precision of the weights and the work."""
        return precision_of(self.precision, self.loss_scale)
