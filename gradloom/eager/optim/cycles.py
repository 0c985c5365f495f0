"""Learning rates that go up and down again."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from gradloom.eager.optim.optimizer import Optimizer
from gradloom.eager.optim.scheduler import LRScheduler
from gradloom.frontend.optim.cycles import cyclic_height
from gradloom.frontend.optim.rates import CURVES, cosine
from gradloom.ir.errors import ArgumentError


class CosineAnnealingWarmRestarts(LRScheduler):
    """Half a cosine down to `eta_min` in `T_0` epochs, then again, `T_mult` times as long."""

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:  # fmt: skip
        if T_0 <= 0 or T_mult < 1:
            raise ArgumentError(f"CosineAnnealingWarmRestarts: T_0={T_0} and T_mult={T_mult}")
        self.T_0, self.T_i, self.T_mult, self.eta_min = T_0, T_0, T_mult, eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """A point on the cosine."""
        share = self.T_cur / self.T_i
        return [float(cosine(base, self.eta_min, share)) for base in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """An epoch is over; with a number, which may be a fraction, that one begins."""
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur -= self.T_i
                self.T_i *= self.T_mult
        elif epoch < 0:
            raise ArgumentError(f"Expected non-negative epoch, but got {epoch}")
        elif epoch < self.T_0:
            self.T_i, self.T_cur = self.T_0, epoch
        elif self.T_mult == 1:
            self.T_cur = epoch % self.T_0
        else:
            n = int(math.log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
            self.T_cur = epoch - self.T_0 * (self.T_mult**n - 1) / (self.T_mult - 1)
            self.T_i = self.T_0 * self.T_mult**n
        self.last_epoch = math.floor(epoch)
        self._set(self.get_lr())


class _Phase(NamedTuple):
    end: float
    rates: tuple[str, str]
    momenta: tuple[str, str]


def _each(value: Any, groups: list[dict[str, Any]], what: str) -> list[float]:
    given = list(value) if isinstance(value, list | tuple) else [value] * len(groups)
    if len(given) != len(groups):
        raise ArgumentError(f"{what}: {len(given)} numbers for {len(groups)} groups")
    return [float(v) for v in given]


def _momentum(group: dict[str, Any]) -> float | None:
    """A group's momentum, or the first of its betas; None where it has neither."""
    if "betas" in group:
        return float(group["betas"][0])
    return group.get("momentum")


def _set_momentum(group: dict[str, Any], value: float) -> None:
    if "betas" in group:
        group["betas"] = (value, *group["betas"][1:])
    else:
        group["momentum"] = value


class OneCycleLR(LRScheduler):
    """Up to `max_lr`, then far down, in one cycle of batches (Smith and Topin 2017)."""

    def __init__(
        self, optimizer: Optimizer, max_lr: Any, total_steps: int | None = None,
        epochs: int | None = None, steps_per_epoch: int | None = None, pct_start: float = 0.3,
        anneal_strategy: str = "cos", cycle_momentum: bool = True, base_momentum: Any = 0.85,
        max_momentum: Any = 0.95, div_factor: float = 25.0, final_div_factor: float = 1e4,
        three_phase: bool = False, last_epoch: int = -1,
    ) -> None:  # fmt: skip
        if total_steps is None:
            if not epochs or not steps_per_epoch:
                raise ArgumentError(
                    "OneCycleLR: give total_steps, or both epochs and steps_per_epoch"
                )
            total_steps = epochs * steps_per_epoch
        if total_steps <= 0 or not 0 <= pct_start <= 1 or anneal_strategy not in CURVES:
            raise ArgumentError(
                f"OneCycleLR: total_steps={total_steps}, pct_start={pct_start}, "
                f"anneal_strategy={anneal_strategy!r}", hint="'cos' or 'linear'",
            )  # fmt: skip
        self.total_steps = total_steps
        self._anneal, self.cycle_momentum = anneal_strategy, cycle_momentum
        begin, last = pct_start * total_steps - 1, total_steps - 1
        up, down = ("initial_lr", "max_lr"), ("max_lr", "min_lr")
        less, more = ("max_momentum", "base_momentum"), ("base_momentum", "max_momentum")
        self._phases = [_Phase(begin, up, less), _Phase(last, down, more)]
        if three_phase:
            back = 2 * pct_start * total_steps - 2
            self._phases = [
                _Phase(begin, up, less), _Phase(back, ("max_lr", "initial_lr"), more),
                _Phase(last, ("initial_lr", "min_lr"), ("max_momentum", "max_momentum")),
            ]  # fmt: skip
        groups = optimizer.param_groups
        for group, most in zip(groups, _each(max_lr, groups, "max_lr"), strict=True):
            if last_epoch == -1:
                group["max_lr"], group["initial_lr"] = most, most / div_factor
                group["min_lr"] = group["initial_lr"] / final_div_factor
        if cycle_momentum:
            if any(_momentum(group) is None for group in groups):
                raise ArgumentError(
                    "optimizer must support momentum or beta1 with `cycle_momentum` option enabled"
                )
            bounds = [_each(m, groups, "momentum") for m in (base_momentum, max_momentum)]
            for group, low, high in zip(groups, *bounds, strict=True):
                if last_epoch == -1:
                    _set_momentum(group, high)
                    group["max_momentum"], group["base_momentum"] = high, low
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """A point on the cycle; the momentum goes the other way."""
        step = self.last_epoch
        if step > self.total_steps:
            raise ArgumentError(
                f"Tried to step {step} times. The specified number of total steps is "
                f"{self.total_steps}"
            )
        curve = CURVES[self._anneal]
        rates = []
        for group in self.groups:
            start = 0.0
            for phase in self._phases:
                if step <= phase.end or phase is self._phases[-1]:
                    share = (step - start) / (phase.end - start)
                    first, last = phase.rates
                    rates.append(float(curve(group[first], group[last], share)))
                    if self.cycle_momentum:
                        now, then = phase.momenta
                        _set_momentum(group, float(curve(group[now], group[then], share)))
                    break
                start = phase.end
        return rates


class CyclicLR(LRScheduler):
    """Up and down between two rates, again and again (Smith 2017)."""

    def __init__(
        self, optimizer: Optimizer, base_lr: Any, max_lr: Any, step_size_up: int = 2000,
        step_size_down: int | None = None, mode: str = "triangular", gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None, scale_mode: str = "cycle",
        cycle_momentum: bool = True, base_momentum: Any = 0.8, max_momentum: Any = 0.9,
        last_epoch: int = -1,
    ) -> None:  # fmt: skip
        if scale_fn is None and mode not in ("triangular", "triangular2", "exp_range"):
            raise ArgumentError(f"CyclicLR: mode={mode!r}")
        groups = optimizer.param_groups
        for group, base in zip(groups, _each(base_lr, groups, "base_lr"), strict=True):
            if last_epoch == -1:
                group["lr"] = base
        self.max_lrs = _each(max_lr, groups, "max_lr")
        down = step_size_up if step_size_down is None else step_size_down
        self.total_size = float(step_size_up + down)
        self.step_ratio = step_size_up / self.total_size
        self.mode, self.gamma, self._scale = mode, gamma, scale_fn
        self.scale_mode = (
            scale_mode if scale_fn else "iterations" if mode == "exp_range" else "cycle"
        )
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            if any(_momentum(group) is None for group in groups):
                raise ArgumentError(
                    "optimizer must support momentum or beta1 with `cycle_momentum` option enabled"
                )
            self.base_momentums = _each(base_momentum, groups, "base_momentum")
            self.max_momentums = _each(max_momentum, groups, "max_momentum")
            if last_epoch == -1:
                for group, high in zip(groups, self.max_momentums, strict=True):
                    _set_momentum(group, high)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = _each(base_lr, groups, "base_lr")

    def _factor(self, x: float) -> float:
        if self._scale is not None:
            return self._scale(x)
        if self.mode == "exp_range":
            return float(self.gamma**x)
        return float(2.0 ** (1 - x)) if self.mode == "triangular2" else 1.0

    def get_lr(self) -> list[float]:
        """A point on the way up or down; the momentum goes the other way."""
        number, high = cyclic_height(self.last_epoch, self.total_size, self.step_ratio)
        cycle, height = int(number), float(high)
        scale = self._factor(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            bounds = zip(self.groups, self.base_momentums, self.max_momentums, strict=True)
            for group, low, high in bounds:
                _set_momentum(group, high - (high - low) * height * scale)
        pairs = zip(self.base_lrs, self.max_lrs, strict=True)
        return [base + (most - base) * height * scale for base, most in pairs]
