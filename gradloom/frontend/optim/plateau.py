"""A learning rate that falls where a number does not get better."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, final

from gradloom.frontend.optim.optimizer import Optimizer
from gradloom.frontend.optim.options import check_least
from gradloom.ir.errors import ArgumentError, CallError


@final
class ReduceLROnPlateau:
    """Multiplies an optimizer's rate by `factor` after `patience` steps without a better number.

    `step(number)` looks at one, as torch's does. As a callback of `gl.fit` it looks at each epoch's
    `monitor`: "loss", "validation" or a metric's name; the validation loss where there is one and
    nothing is said. Better is by `threshold`, relative ("rel") or not ("abs"). After a fall it
    waits `cooldown` steps; the rate ends at `min_lr`, and stays where it would change by `eps`.

    >>> import gradloom as gl
    >>> opt = gl.optim.SGD(lr=1.0)
    >>> plateau = ReduceLROnPlateau(opt, patience=1)
    >>> for loss in (3.0, 2.0, 2.0, 2.0):
    ...     plateau.step(loss)
    >>> opt.lr
    0.1
    """

    def __init__(
        self, optimizer: Optimizer, mode: Literal["min", "max"] = "min", factor: float = 0.1,
        patience: int = 10, threshold: float = 1e-4, threshold_mode: Literal["rel", "abs"] = "rel",
        cooldown: int = 0, min_lr: float = 0.0, eps: float = 1e-8, *, monitor: str | None = None,
    ) -> None:  # fmt: skip
        what = "ReduceLROnPlateau"
        if not isinstance(optimizer, Optimizer):
            raise CallError(f"{what}: an optimizer is due, not a {type(optimizer).__name__}")
        _require_one_rate(optimizer)
        if not 0 <= factor < 1:
            raise ArgumentError(f"{what}: factor={factor} is not from 0 to below 1")
        if mode not in ("min", "max"):
            raise ArgumentError(f"{what}: mode is {mode!r}", hint='"min" or "max"')
        if threshold_mode not in ("rel", "abs"):
            raise ArgumentError(f"{what}: threshold_mode={threshold_mode!r}", hint='"rel" or "abs"')
        numbers = {"patience": patience, "threshold": threshold, "cooldown": cooldown}
        check_least(what, **numbers, min_lr=min_lr, eps=eps)
        self.optimizer, self.monitor = optimizer, monitor
        self._mode, self._relative = mode, threshold_mode == "rel"
        self._factor, self._patience, self._threshold = factor, patience, threshold
        self._cooldown, self._least, self._eps = cooldown, min_lr, eps
        self.best = math.inf if mode == "min" else -math.inf
        self._bad = self._resting = 0

    def step(self, number: Any) -> None:
        """Look at a number, and lower the rate where it is time."""
        value = float(number)
        better = self._is_better(value)
        self.best = value if better else self.best
        self._bad = 0 if better else self._bad + 1
        if self._resting:
            self._resting, self._bad = self._resting - 1, 0
        if self._bad > self._patience:
            self._resting, self._bad = self._cooldown, 0
            now = float(_require_one_rate(self.optimizer))
            new = max(now * self._factor, self._least)
            if now - new > self._eps:
                self.optimizer.lr = new

    def _is_better(self, value: float) -> bool:
        room = self._threshold if self._mode == "max" else -self._threshold
        due = self.best * (1 + room) if self._relative else self.best + room
        return value > due if self._mode == "max" else value < due

    def on_epoch(self, run: Any) -> None:
        """Look at the epoch's number; raises `ArgumentError` where there is none of that name."""
        name = self.monitor or ("validation" if run.history.validation else "loss")
        series = run.history.series(name)
        if not series:
            raise ArgumentError(
                f"ReduceLROnPlateau: there is no {name!r} to look at",
                hint='monitor="loss", "validation" or the name of a metric',
            )
        self.step(series[-1])

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps of it, the rate too."""
        best = None if math.isinf(self.best) else self.best
        return {
            "best": best, "bad": self._bad, "resting": self._resting, "lr": self.optimizer.lr,
        }  # fmt: skip

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where another one stood."""
        self._bad, self._resting = state["bad"], state["resting"]
        if state["best"] is not None:
            self.best = state["best"]
        self.optimizer.lr = state["lr"]


def _require_one_rate(optimizer: Optimizer) -> Any:
    """The rate that may fall; raises where it is a schedule, or groups have their own."""
    if callable(optimizer.lr):
        raise ArgumentError(
            "ReduceLROnPlateau: the optimizer's rate is a schedule, which falls by itself",
            hint="give the optimizer a number as lr",
        )
    if any(group.lr is not None for group in optimizer.groups):
        raise ArgumentError(
            "ReduceLROnPlateau: groups of the optimizer have rates of their own",
            hint="let all groups have the optimizer's rate",
        )
    return optimizer.lr
