"""Options of optimizers: what is refused, and how it is said."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradloom.frontend.tracer import Tracer
from gradloom.ir.errors import ArgumentError, CallError

Schedule = Callable[[Any], Any]
"""The learning rate at a step; the first one is step 0."""


def check_least(what: str, **least: Any) -> None:
    """Raise where a number is below 0 or none."""
    for name, value in least.items():
        if type(value) is Tracer:
            continue
        if not isinstance(value, int | float | np.number | np.ndarray) or np.ndim(value):
            raise CallError(f"{what}: {name} is a number, not {type(value).__name__}")
        if not value >= 0:
            raise ArgumentError(f"{what}: invalid {name}: {value}", hint="it is at least 0")


def check_betas(what: str, betas: Any) -> None:
    """Raise where they are not two numbers from 0 to below 1."""
    if not isinstance(betas, tuple | list) or len(betas) != 2:
        raise ArgumentError(f"{what}: betas are two numbers, not {betas!r}")
    if not all(0 <= b < 1 for b in betas):
        raise ArgumentError(f"{what}: betas are from 0 to below 1, not {tuple(betas)}")


def check_share(what: str, **shares: Any) -> None:
    """Raise where a number is not from 0 to 1."""
    for name, value in shares.items():
        if not 0 <= value <= 1:
            raise ArgumentError(f"{what}: {name}={value} is not between 0 and 1")


def is_rate(value: Any) -> bool:
    """Whether it is one finite number."""
    made = np.asarray(value)
    return made.ndim == 0 and made.dtype.kind in "biuf" and bool(np.isfinite(made))


def check_lr(what: str, lr: Any) -> None:
    """Raise where it is neither a number nor a schedule."""
    if callable(lr) and type(lr) is not Tracer:
        return
    if not isinstance(lr, int | float | Tracer) and getattr(lr, "shape", None) != ():
        raise CallError(
            f"{what}: lr is a number or a function of the step, not {type(lr).__name__}",
            hint="parameters are given to init, update and step",
        )
    check_least(what, lr=lr)
    if type(lr) is not Tracer and math.isinf(lr):
        raise ArgumentError(f"{what}: invalid lr: {lr}", hint="it is a finite number")
