"""Learning rates that go up and down again, in closed form."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.frontend.optim.rates import (
    CURVES,
    Schedule,
    Step,
    check_count,
    check_rate,
    cosine,
    schedule,
)
from gradloom.ir.errors import ArgumentError

_FAR = 2**53
"""Steps beyond which floats skip whole numbers."""


def one_cycle(
    max_lr: float, total_steps: int, pct_start: float = 0.3, anneal_strategy: str = "cos",
    div_factor: float = 25.0, final_div_factor: float = 1e4, three_phase: bool = False,
) -> Schedule:  # fmt: skip
    """From `max_lr / div_factor` up to `max_lr`, then far down (Smith and Topin 2018; OneCycleLR).

    Where torch raises, after the last step, the rate stays. The momentum is not changed.

    >>> rate = one_cycle(1.0, 10)
    >>> round(rate(0), 6), rate(2), rate(9) < 1e-4
    (0.04, 1.0, True)
    """
    check_rate("one_cycle", max_lr=max_lr)
    check_count("one_cycle", total_steps=total_steps)
    if not 0 <= pct_start <= 1 or anneal_strategy not in CURVES:
        raise ArgumentError(
            f"one_cycle: pct_start={pct_start}, anneal_strategy={anneal_strategy!r}",
            hint="a share from 0 to 1, and 'cos' or 'linear'",
        )
    first = max_lr / div_factor
    low, up, last = first / final_div_factor, pct_start * total_steps - 1, total_steps - 1
    ends = [(up, first, max_lr), (last, max_lr, low)]
    if three_phase:
        ends = [(up, first, max_lr), (2 * up, max_lr, first), (last, first, low)]
    curve = CURVES[anneal_strategy]

    def formula(step: Step) -> Step:
        made, begin = None, 0.0
        for end, start, stop in ends:
            share = (np.minimum(step, last) - begin) / (end - begin) if end != begin else 1.0
            part = curve(start, stop, share)
            made, begin = part if made is None else np.where(step <= begin, made, part), end
        return made

    return schedule(formula, "one_cycle", max_lr=max_lr, total_steps=total_steps,
                    pct_start=pct_start, anneal_strategy=anneal_strategy,
                    three_phase=three_phase)  # fmt: skip


def cosine_restarts(lr: float, T_0: int, T_mult: int = 1, eta_min: float = 0.0) -> Schedule:
    """Half a cosine down in `T_0` steps, then again, each `T_mult` times as long as the last
    (Loshchilov and Hutter 2017; CosineAnnealingWarmRestarts).
    """
    check_rate("cosine_restarts", lr=lr, eta_min=eta_min)
    check_count("cosine_restarts", T_0=T_0, T_mult=T_mult)
    lengths, begins = [T_0], [0]
    while T_mult > 1 and begins[-1] + lengths[-1] < _FAR:
        begins.append(begins[-1] + lengths[-1])
        lengths.append(lengths[-1] * T_mult)
    length, begin = np.asarray(lengths, np.float64), np.asarray(begins, np.float64)

    def formula(step: Step) -> Any:
        if T_mult == 1:
            return cosine(lr, eta_min, (step % T_0) / T_0)
        began = step >= begin  # both rise, so the last of those that began is the largest
        now, whole = (np.max(np.where(began, x, 0.0)) for x in (begin, length))
        return cosine(lr, eta_min, (step - now) / whole)

    return schedule(formula, "cosine_restarts", lr=lr, T_0=T_0, T_mult=T_mult, eta_min=eta_min)


def cyclic(
    base_lr: float, max_lr: float, step_size_up: int = 2000, step_size_down: int | None = None,
    mode: str = "triangular", gamma: float = 1.0,
) -> Schedule:  # fmt: skip
    """Up and down between two rates, again and again (Smith 2017; CyclicLR).

    `mode`: `"triangular"`, `"triangular2"` (half as high each time) or `"exp_range"` (as high as
    `gamma**step`).
    """
    check_rate("cyclic", base_lr=base_lr, max_lr=max_lr, gamma=gamma)
    down = step_size_up if step_size_down is None else step_size_down
    check_count("cyclic", step_size_up=step_size_up, step_size_down=down)
    if mode not in ("triangular", "triangular2", "exp_range"):
        raise ArgumentError(f"cyclic: mode={mode!r}", hint="triangular, triangular2 or exp_range")
    total = step_size_up + down

    def formula(step: Step) -> Step:
        cycle, height = cyclic_height(step, total, step_size_up / total)
        scale = {"triangular": 1.0, "triangular2": 2.0 ** (1 - cycle), "exp_range": gamma**step}
        return base_lr + (max_lr - base_lr) * height * scale[mode]

    return schedule(formula, "cyclic", base_lr=base_lr, max_lr=max_lr, step_size_up=step_size_up,
                    step_size_down=down, mode=mode, gamma=gamma)  # fmt: skip


def cyclic_height(step: Step, total: float, rising: float) -> tuple[Step, Step]:
    """The number of the cycle, from 1, and how high on it a step is, from 0 to 1."""
    cycle = np.floor(1 + step / total)
    x = 1 + step / total - cycle
    return cycle, np.where(x <= rising, x / rising, (x - 1) / (rising - 1))
