"""What schedulers of learning rates share, step for step as torch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradloom.eager.optim.optimizer import Optimizer
from gradloom.ir.errors import ArgumentError, CallError


class LRScheduler:
    """Sets each group's `lr`; `step` ends an epoch. Subclasses say `get_lr`, of the rates now."""

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        if not isinstance(optimizer, Optimizer):
            raise CallError(f"{type(optimizer).__name__} is not an Optimizer")
        self.optimizer = optimizer
        for group in optimizer.param_groups:
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise ArgumentError(
                    f"'initial_lr' is in no parameter group, and last_epoch is {last_epoch}"
                )
        self.base_lrs: list[float] = [g["initial_lr"] for g in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._step_count = 0
        self._last_lr: list[float] = []
        self._initial_step()

    def _initial_step(self) -> None:
        self._step_count = 0
        self.step()

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The optimizer's groups."""
        return self.optimizer.param_groups

    def get_lr(self) -> list[float]:
        """The rate of each group at `last_epoch`, made of the rates before."""
        raise NotImplementedError

    def closed(self) -> list[float] | None:
        """The same of the first rates alone; None where there is no such form."""
        return None

    def _of(self, schedule: Callable[[float], Callable[[int], float]]) -> list[float]:
        """What the schedule of each first rate gives at `last_epoch`."""
        return [schedule(base)(self.last_epoch) for base in self.base_lrs]

    def step(self, epoch: int | None = None) -> None:
        """An epoch is over; with a number, that one begins."""
        self._step_count += 1
        if epoch is None:
            self.last_epoch += 1
            rates = self.get_lr()
        else:
            self.last_epoch = epoch
            closed = self.closed()
            rates = self.get_lr() if closed is None else closed
        self._set(rates)

    def _set(self, rates: list[float]) -> None:
        for group, rate in zip(self.groups, rates, strict=True):
            group["lr"] = rate
        self._last_lr = [group["lr"] for group in self.groups]

    def get_last_lr(self) -> list[float]:
        """The learning rate of each group."""
        return self._last_lr

    def state_dict(self) -> dict[str, Any]:
        """Where it stands."""
        return {k: v for k, v in self.__dict__.items() if k != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on where another stood."""
        self.__dict__.update(state_dict)

    def _rates(self) -> list[float]:
        return [group["lr"] for group in self.groups]

    def _times(self, factor: float) -> list[float]:
        return [rate * factor for rate in self._rates()]
