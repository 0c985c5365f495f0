"""Learning rates that change from epoch to epoch."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from gradloom.eager.optim.cycles import CosineAnnealingWarmRestarts, CyclicLR, OneCycleLR
from gradloom.eager.optim.optimizer import Optimizer
from gradloom.eager.optim.plateau import ReduceLROnPlateau
from gradloom.eager.optim.scheduler import LRScheduler
from gradloom.frontend.optim.decays import (
    constant_lr,
    cosine_annealing,
    exponential_decay,
    linear_lr,
    multistep_decay,
    polynomial_decay,
    step_decay,
)
from gradloom.ir.errors import ArgumentError

Factor = Callable[[int], float]


class _Lambdas(LRScheduler):
    def __init__(
        self, optimizer: Optimizer, lr_lambda: Factor | Sequence[Factor], last_epoch: int = -1
    ) -> None:
        count = len(optimizer.param_groups)
        given = list(lr_lambda) if isinstance(lr_lambda, list | tuple) else [lr_lambda] * count
        if len(given) != count:
            raise ArgumentError(f"Expected {count} lr_lambdas, but got {len(given)}")
        self.lr_lambdas: list[Any] = given
        super().__init__(optimizer, last_epoch)

    def state_dict(self) -> dict[str, Any]:
        """Where it stands; the functions are not in it."""
        hidden = ("optimizer", "lr_lambdas")
        return {k: v for k, v in self.__dict__.items() if k not in hidden}


class LambdaLR(_Lambdas):
    """The first rate times what a function of the epoch gives."""

    def get_lr(self) -> list[float]:
        """The functions' factors."""
        pairs = zip(self.lr_lambdas, self.base_lrs, strict=True)
        return [base * f(self.last_epoch) for f, base in pairs]


class MultiplicativeLR(_Lambdas):
    """The last rate times what a function of the epoch gives."""

    def get_lr(self) -> list[float]:
        """The functions' factors."""
        if self.last_epoch <= 0:
            return self._rates()
        pairs = zip(self.lr_lambdas, self._rates(), strict=True)
        return [rate * f(self.last_epoch) for f, rate in pairs]


class StepLR(LRScheduler):
    """Times `gamma` every `step_size` epochs."""

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """A power of gamma more, at times."""
        turn = self.last_epoch and not self.last_epoch % self.step_size
        return self._times(self.gamma) if turn else self._rates()

    def closed(self) -> list[float]:
        """A power of gamma."""
        return self._of(lambda base: step_decay(base, self.gamma, self.step_size))


class MultiStepLR(LRScheduler):
    """Times `gamma` at each milestone."""

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:  # fmt: skip
        self.milestones, self.gamma = Counter(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """A power of gamma more, at a milestone."""
        times = self.milestones[self.last_epoch]
        return self._times(self.gamma**times) if times else self._rates()

    def closed(self) -> list[float]:
        """A power of gamma."""
        at = list(self.milestones.elements())
        return self._of(lambda base: multistep_decay(base, at, self.gamma))


class ConstantLR(LRScheduler):
    """Times a factor, for `total_iters` epochs."""

    def __init__(
        self, optimizer: Optimizer, factor: float = 1 / 3, total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:  # fmt: skip
        if not 0 <= factor <= 1:
            raise ArgumentError("Constant multiplicative factor expected to be between 0 and 1.")
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The factor at first, and its inverse at the end."""
        if self.last_epoch == 0:
            return self._times(self.factor)
        return self._times(1 / self.factor if self.last_epoch == self.total_iters else 1.0)

    def closed(self) -> list[float]:
        """The factor, or not."""
        return self._of(lambda base: constant_lr(base, self.factor, self.total_iters))


class LinearLR(LRScheduler):
    """From one factor to another in `total_iters` epochs."""

    def __init__(
        self, optimizer: Optimizer, start_factor: float = 1 / 3, end_factor: float = 1.0,
        total_iters: int = 5, last_epoch: int = -1,
    ) -> None:  # fmt: skip
        if not 0 < start_factor <= 1 or not 0 <= end_factor <= 1:
            raise ArgumentError("LinearLR: factors are between 0 and 1, the first above 0")
        self.start_factor, self.end_factor = start_factor, end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """A point on the line, by the one before."""
        if self.last_epoch == 0:
            return self._times(self.start_factor)
        if self.last_epoch > self.total_iters:
            return self._rates()
        rise = self.end_factor - self.start_factor
        before = self.total_iters * self.start_factor + (self.last_epoch - 1) * rise
        return self._times(1 + rise / before)

    def closed(self) -> list[float]:
        """A point on the line."""
        factors = self.start_factor, self.end_factor
        return self._of(lambda base: linear_lr(base, *factors, self.total_iters))


class ExponentialLR(LRScheduler):
    """Times `gamma` every epoch."""

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """A power of gamma more."""
        return self._times(self.gamma) if self.last_epoch else self._rates()

    def closed(self) -> list[float]:
        """A power of gamma."""
        return self._of(lambda base: exponential_decay(base, self.gamma))


class PolynomialLR(LRScheduler):
    """Down to 0 in `total_iters` epochs, as a power."""

    def __init__(
        self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1
    ) -> None:
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """A point on the curve, by the one before."""
        if not 0 < self.last_epoch <= self.total_iters:
            return self._rates()
        left = 1 - self.last_epoch / self.total_iters
        before = 1 - (self.last_epoch - 1) / self.total_iters
        return self._times((left / before) ** self.power)

    def closed(self) -> list[float]:
        """A point on the curve."""
        return self._of(lambda base: polynomial_decay(base, self.total_iters, self.power))


class CosineAnnealingLR(LRScheduler):
    """Half a cosine from the first learning rate to `eta_min`, and back."""

    def __init__(
        self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """A point on the cosine, by the one before."""
        epoch, low = self.last_epoch, self.eta_min
        if epoch == 0:
            return self._rates()
        if self._step_count == 1 and epoch > 0:
            return self.closed()
        if (epoch - 1 - self.T_max) % (2 * self.T_max) == 0:
            rise = (1 - math.cos(math.pi / self.T_max)) / 2
            pairs = zip(self._rates(), self.base_lrs, strict=True)
            return [rate + (base - low) * rise for rate, base in pairs]
        turn = 1 + math.cos(math.pi * epoch / self.T_max)
        before = 1 + math.cos(math.pi * (epoch - 1) / self.T_max)
        return [turn / before * (rate - low) + low for rate in self._rates()]

    def closed(self) -> list[float]:
        """A point on the cosine."""
        return self._of(lambda base: cosine_annealing(base, self.T_max, self.eta_min))


class SequentialLR(LRScheduler):
    """Schedulers one after the other, the next from each milestone on."""

    def __init__(
        self, optimizer: Optimizer, schedulers: Sequence[LRScheduler], milestones: Sequence[int],
        last_epoch: int = -1,
    ) -> None:  # fmt: skip
        if len(milestones) != len(schedulers) - 1:
            raise ArgumentError(
                f"SequentialLR: {len(schedulers)} schedulers and {len(milestones)} milestones",
                hint="there is one milestone less than schedulers",
            )
        if any(s.optimizer is not optimizer for s in schedulers):
            raise ArgumentError("SequentialLR: a scheduler is of another optimizer")
        self._schedulers, self._milestones = list(schedulers), list(milestones)
        self.last_epoch = last_epoch + 1
        self.optimizer = optimizer
        for group in self.groups:  # what the schedulers' first steps did is undone
            group["lr"] = group["initial_lr"]
        for scheduler in self._schedulers:
            scheduler.last_epoch -= 1
        self._schedulers[0]._initial_step()
        self._last_lr = self._schedulers[0].get_last_lr()

    def step(self, epoch: int | None = None) -> None:
        """An epoch is over."""
        self.last_epoch += 1
        at = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[at]
        if at and self._milestones[at - 1] == self.last_epoch:
            scheduler.step(0)
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()

    def state_dict(self) -> dict[str, Any]:
        """Where it and its schedulers stand."""
        return _with_inside(self)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on where another stood."""
        _load_inside(self, state_dict)


class ChainedScheduler(LRScheduler):
    """Schedulers that all step at once."""

    def __init__(
        self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None
    ) -> None:
        if not schedulers:
            raise ArgumentError("ChainedScheduler: there is no scheduler")
        self._schedulers = list(schedulers)
        self.optimizer = optimizer or schedulers[0].optimizer
        if any(s.optimizer is not self.optimizer for s in schedulers):
            raise ArgumentError("ChainedScheduler: a scheduler is of another optimizer")
        self._last_lr = self._rates()

    def step(self, epoch: int | None = None) -> None:
        """An epoch is over."""
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = self._rates()

    def state_dict(self) -> dict[str, Any]:
        """Where its schedulers stand."""
        return _with_inside(self)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on where another stood."""
        _load_inside(self, state_dict)


def _with_inside(scheduler: Any) -> dict[str, Any]:
    state = LRScheduler.state_dict(scheduler)
    return {**state, "_schedulers": [s.state_dict() for s in scheduler._schedulers]}


def _load_inside(scheduler: Any, state: dict[str, Any]) -> None:
    scheduler.__dict__.update({k: v for k, v in state.items() if k != "_schedulers"})
    for inside, own in zip(scheduler._schedulers, state["_schedulers"], strict=True):
        inside.load_state_dict(own)


_LRScheduler = LRScheduler

__all__ = [
    "ChainedScheduler", "ConstantLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts",
    "CyclicLR", "ExponentialLR", "LRScheduler", "LambdaLR", "LinearLR", "MultiStepLR",
    "MultiplicativeLR", "OneCycleLR", "PolynomialLR", "ReduceLROnPlateau", "SequentialLR",
    "StepLR",
]  # fmt: skip
