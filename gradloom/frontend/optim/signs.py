"""Rprop and Lion: steps by signs alone."""

from __future__ import annotations

from typing import Final

import numpy as np

from gradloom.frontend.optim.groups import Groups
from gradloom.frontend.optim.optimizer import Optimizer
from gradloom.frontend.optim.options import Schedule, check_betas, check_least
from gradloom.frontend.optim.rule import Array, Number, Options, Rule
from gradloom.ir.errors import ArgumentError

Arrays = tuple[Array, ...]
Numbers = tuple[Number, ...]


# ---- Rprop ---------------------------------------------------------------------------------------


def _rprop_kept(o: Options, lr: Number) -> dict[str, Number]:
    return {"prev": 0.0, "step_size": lr}


def _rprop_numbers(o: Options, lr: Number, step: Number) -> Numbers:
    return ()


def _rprop(w: Array, g: Array, kept: Arrays, numbers: Numbers, o: Options) -> Arrays:
    """Riedmiller and Braun 1993, in torch's variant, where a turn is no step."""
    (before, size), (less, more), (least, most) = kept, o["etas"], o["step_sizes"]
    g = -g if o["maximize"] else g
    agree = np.sign(g * before)
    factor = np.where(agree > 0, more, np.where(agree < 0, less, 1.0)).astype(w.dtype)
    size = np.minimum(np.maximum(size * factor, least), most)
    g = np.where(agree < 0, g * 0, g)
    return w - np.sign(g) * size, g, size


RPROP: Final = Rule("Rprop", _rprop_kept, _rprop_numbers, _rprop)


def check_etas(what: str, etas: tuple[float, float]) -> None:
    """Raise where they do not shrink and grow."""
    if not 0 < etas[0] < 1 < etas[1]:
        raise ArgumentError(f"{what}: etas {etas} are not below and above 1")


class Rprop(Optimizer):
    """Steps by the gradient's sign alone, longer while it stays the same; `lr` is the first."""

    def __init__(
        self, lr: float | Schedule = 1e-2, etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50), *, maximize: bool = False,
        groups: Groups = (),
    ) -> None:  # fmt: skip
        options = {"etas": etas, "step_sizes": step_sizes, "maximize": maximize}
        super().__init__(RPROP, lr, options, groups)

    def _check(self, o: Options) -> None:
        check_etas("Rprop", o["etas"])


# ---- Lion ----------------------------------------------------------------------------------------


def _lion_kept(o: Options, lr: Number) -> dict[str, Number]:
    return {"exp_avg": 0.0}


def _lion_numbers(o: Options, lr: Number, step: Number) -> Numbers:
    return (lr,)


def _lion(w: Array, g: Array, kept: Arrays, numbers: Numbers, o: Options) -> Arrays:
    """Chen et al. 2023, algorithm 2."""
    (lr,), (b1, b2), (m,), decay = numbers, o["betas"], kept, o["weight_decay"]
    g = -g if o["maximize"] else g
    step = np.sign(b1 * m + (1 - b1) * g)
    return w - lr * (step + decay * w if decay else step), b2 * m + (1 - b2) * g


LION: Final = Rule("Lion", _lion_kept, _lion_numbers, _lion)


class Lion(Optimizer):
    """Steps by the sign of a mean of the gradient and its running mean (Chen et al. 2023)."""

    def __init__(
        self, lr: float | Schedule = 1e-4, betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0, *, maximize: bool = False, groups: Groups = (),
    ) -> None:  # fmt: skip
        options = {"betas": betas, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(LION, lr, options, groups)

    def _check(self, o: Options) -> None:
        check_least("Lion", weight_decay=o["weight_decay"])
        check_betas("Lion", o["betas"])
