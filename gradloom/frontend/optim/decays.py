"""Learning rates that fall (or stay, or rise to their value), in closed form.

Each is a function of the step, from 0; over the epochs of `torch.optim.lr_scheduler` they are
torch's rates.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradloom.frontend.optim.rates import (
    Schedule,
    Step,
    check_count,
    check_rate,
    cosine,
    line,
    schedule,
)
from gradloom.ir.errors import ArgumentError


def constant_lr(lr: float, factor: float = 1.0, total_iters: int = 0) -> Schedule:
    """The same rate at every step; times `factor` at the first `total_iters` (ConstantLR).

    >>> constant_lr(0.1)(7)
    0.1
    """
    check_rate("constant_lr", lr=lr, factor=factor)
    return schedule(
        lambda step: lr * np.where(step < total_iters, factor, 1.0), "constant_lr",
        lr=lr, factor=factor, total_iters=total_iters,
    )  # fmt: skip


def step_decay(lr0: float, factor: float, every: int) -> Schedule:
    """Times `factor` every so many steps (StepLR's gamma and step_size).

    >>> rate = step_decay(1.0, 0.5, every=10)
    >>> rate(9), rate(10), rate(25)
    (1.0, 0.5, 0.25)
    """
    check_rate("step_decay", lr0=lr0, factor=factor)
    check_count("step_decay", every=every)
    return schedule(
        lambda step: lr0 * factor ** (step // every), "step_decay",
        lr0=lr0, factor=factor, every=every,
    )  # fmt: skip


def multistep_decay(lr: float, milestones: Sequence[int], gamma: float = 0.1) -> Schedule:
    """Times `gamma` at each milestone (MultiStepLR)."""
    check_rate("multistep_decay", lr=lr, gamma=gamma)
    at = np.asarray(sorted(milestones), np.int64)
    return schedule(
        lambda step: lr * gamma ** np.sum(step >= at), "multistep_decay",
        lr=lr, milestones=list(milestones), gamma=gamma,
    )  # fmt: skip


def exponential_decay(lr: float, gamma: float) -> Schedule:
    """Times `gamma` at every step (ExponentialLR)."""
    check_rate("exponential_decay", lr=lr, gamma=gamma)
    return schedule(lambda step: lr * gamma**step, "exponential_decay", lr=lr, gamma=gamma)


def linear_lr(
    lr: float, start_factor: float = 1 / 3, end_factor: float = 1.0, total_iters: int = 5
) -> Schedule:
    """From one factor of `lr` to another in `total_iters` steps (LinearLR)."""
    check_rate("linear_lr", lr=lr, start_factor=start_factor, end_factor=end_factor)
    check_count("linear_lr", total_iters=total_iters)
    return schedule(
        lambda step: lr * line(start_factor, end_factor, share_of(step, total_iters)), "linear_lr",
        lr=lr, start_factor=start_factor, end_factor=end_factor, total_iters=total_iters,
    )  # fmt: skip


def linear_decay(lr: float, total_steps: int, min_lr: float = 0.0) -> Schedule:
    """On a line from `lr` to `min_lr` in `total_steps`, and there from then on.

    >>> [linear_decay(1.0, 4)(step) for step in (0, 1, 4, 9)]
    [1.0, 0.75, 0.0, 0.0]
    """
    check_rate("linear_decay", lr=lr, min_lr=min_lr)
    check_count("linear_decay", total_steps=total_steps)
    return schedule(
        lambda step: line(lr, min_lr, share_of(step, total_steps)), "linear_decay",
        lr=lr, total_steps=total_steps, min_lr=min_lr,
    )  # fmt: skip


def polynomial_decay(lr: float, total_iters: int = 5, power: float = 1.0) -> Schedule:
    """Down to 0 in `total_iters` steps, as a power (PolynomialLR)."""
    check_rate("polynomial_decay", lr=lr, power=power)
    check_count("polynomial_decay", total_iters=total_iters)
    return schedule(
        lambda step: lr * (1 - share_of(step, total_iters)) ** power, "polynomial_decay",
        lr=lr, total_iters=total_iters, power=power,
    )  # fmt: skip


def cosine_decay(lr0: float, total_steps: int, min_lr: float = 0.0) -> Schedule:
    """Half a cosine from `lr0` to `min_lr` in `total_steps`, and there from then on.

    >>> [round(cosine_decay(1.0, 10)(step), 3) for step in (0, 5, 10, 15)]
    [1.0, 0.5, 0.0, 0.0]
    """
    check_rate("cosine_decay", lr0=lr0, min_lr=min_lr)
    check_count("cosine_decay", total_steps=total_steps)
    return schedule(
        lambda step: cosine(lr0, min_lr, share_of(step, total_steps)), "cosine_decay",
        lr0=lr0, total_steps=total_steps, min_lr=min_lr,
    )  # fmt: skip


def cosine_annealing(lr: float, T_max: int, eta_min: float = 0.0) -> Schedule:
    """The same, but up again in the next `T_max` steps, and so on (CosineAnnealingLR)."""
    check_rate("cosine_annealing", lr=lr, eta_min=eta_min)
    check_count("cosine_annealing", T_max=T_max)
    return schedule(
        lambda step: cosine(lr, eta_min, step / T_max), "cosine_annealing",
        lr=lr, T_max=T_max, eta_min=eta_min,
    )  # fmt: skip


def warmup(rate: float | Schedule, steps: int, start_factor: float = 0.0) -> Schedule:
    """On a line from `start_factor` of another's first rate up to it in `steps`, then the other,
    from its step 0 on.

    >>> rate = warmup(cosine_decay(1.0, 100), 4)
    >>> [rate(step) for step in (0, 1, 4, 104)]
    [0.0, 0.25, 1.0, 0.0]
    """
    check_count("warmup", steps=steps)
    check_rate("warmup", start_factor=start_factor)
    then = rate if callable(rate) else constant_lr(rate)
    first = then(0)

    def formula(step: Step) -> Step:
        rising = first * line(start_factor, 1.0, share_of(step, steps))
        return np.where(step < steps, rising, then(np.maximum(step - steps, 0)))

    return schedule(formula, "warmup", rate=rate, steps=steps, start_factor=start_factor)


def sequential(rates: Sequence[float | Schedule], milestones: Sequence[int]) -> Schedule:
    """Schedules one after the other, the next from its step 0 at each milestone (SequentialLR)."""
    if len(milestones) != len(rates) - 1 or sorted(set(milestones)) != list(milestones):
        raise ArgumentError(
            f"sequential: {len(rates)} schedules with milestones {list(milestones)}",
            hint="milestones rise, and there is one less than schedules",
        )
    parts = [rate if callable(rate) else constant_lr(rate) for rate in rates]

    def formula(step: Step) -> Step:
        made = parts[0](step)
        for at, part in zip(milestones, parts[1:], strict=True):
            made = np.where(step < at, made, part(np.maximum(step - at, 0)))
        return made

    return schedule(formula, "sequential", rates=list(rates), milestones=list(milestones))


def share_of(step: Step, total: int) -> Step:
    """How much of the way is gone, at most all of it."""
    return np.minimum(step, total) / total
