"""Adamax, NAdam and RAdam: Adam with other sizes of steps, step for step as torch's."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from gradloom.frontend.optim.groups import Groups
from gradloom.frontend.optim.optimizer import Optimizer
from gradloom.frontend.optim.options import Schedule, check_betas, check_least
from gradloom.frontend.optim.rule import Array, Number, Options, Rule, pulled

Arrays = tuple[Array, ...]
Numbers = tuple[Number, ...]


def _means(o: Options, lr: Number) -> dict[str, Number]:
    return {"exp_avg": 0.0, "exp_avg_sq": 0.0}


def _decayed(w: Array, g: Array, lr: Number, o: Options) -> tuple[Array, Array]:
    """The parameter and its gradient, the decay in one of both."""
    decay, decoupled = o["weight_decay"], o["decoupled_weight_decay"]
    moved = w * (1 - lr * decay) if decay and decoupled else w
    return moved, pulled(w, g, 0.0 if decoupled else decay, o["maximize"])


# ---- Adamax --------------------------------------------------------------------------------------


def _adamax_kept(o: Options, lr: Number) -> dict[str, Number]:
    return {"exp_avg": 0.0, "exp_inf": 0.0}


def _adamax_numbers(o: Options, lr: Number, step: Number) -> Numbers:
    return (lr / (1 - o["betas"][0] ** step),)


def _adamax(w: Array, g: Array, kept: Arrays, numbers: Numbers, o: Options) -> Arrays:
    (rate,), (b1, b2), (m, u) = numbers, o["betas"], kept
    g = pulled(w, g, o["weight_decay"], o["maximize"])
    m = m + (1 - b1) * (g - m)
    u = np.maximum(b2 * u, np.abs(g) + o["eps"])
    return w - rate * m / u, m, u


ADAMAX: Final = Rule("Adamax", _adamax_kept, _adamax_numbers, _adamax)


# ---- NAdam ---------------------------------------------------------------------------------------


def _nadam_momentum(o: Options, step: Number) -> Number:
    return o["betas"][0] * (1 - 0.5 * 0.96 ** (step * o["momentum_decay"]))


def _nadam_run(o: Options, step: Number, product: Number) -> Numbers:
    return (product * _nadam_momentum(o, step),)


def _nadam_numbers(o: Options, lr: Number, step: Number, product: Number) -> Numbers:
    now, following = _nadam_momentum(o, step), _nadam_momentum(o, step + 1)
    return (
        lr, lr * (1 - now) / (1 - product), lr * following / (1 - product * following),
        1 - o["betas"][1] ** step,
    )  # fmt: skip


def _nadam(w: Array, g: Array, kept: Arrays, numbers: Numbers, o: Options) -> Arrays:
    (lr, now, following, lacking), (b1, b2), (m, v) = numbers, o["betas"], kept
    w, g = _decayed(w, g, lr, o)
    m = m + (1 - b1) * (g - m)
    v = b2 * v + (1 - b2) * g * g
    size = np.sqrt(v / lacking) + o["eps"]
    return w - now * g / size - following * m / size, m, v


NADAM: Final = Rule("NAdam", _means, _nadam_numbers, _nadam, {"mu_product": 1.0}, _nadam_run)


# ---- RAdam ---------------------------------------------------------------------------------------


def _radam_numbers(o: Options, lr: Number, step: Number) -> Numbers:
    """Liu et al. 2020, algorithm 2: the variance is known once more than 5 steps count."""
    b1, b2 = o["betas"]
    lacking = 1 - b2**step
    most = 2 / (1 - b2) - 1
    length = most - 2 * step * b2**step / lacking
    steady = length > 5
    whole = np.where(steady, (most - 4) * (most - 2) * length, 1.0)
    square = np.where(steady, (length - 4) * (length - 2) * most / whole, 1.0)
    return lr, lr / (1 - b1**step) * np.sqrt(square), np.sqrt(lacking), 1.0 * steady


def _radam(w: Array, g: Array, kept: Arrays, numbers: Numbers, o: Options) -> Arrays:
    (lr, rate, lacking, steady), (b1, b2), (m, v) = numbers, o["betas"], kept
    w, g = _decayed(w, g, lr, o)
    m = m + (1 - b1) * (g - m)
    v = b2 * v + (1 - b2) * g * g
    step = rate * m
    return w - np.where(steady > 0, step * lacking / (np.sqrt(v) + o["eps"]), step), m, v


RADAM: Final = Rule("RAdam", _means, _radam_numbers, _radam)


# ---- the classes ---------------------------------------------------------------------------------


class _Means(Optimizer):
    def _check(self, o: Options) -> None:
        least = {"eps": o["eps"], "weight_decay": o["weight_decay"]}
        check_least(self.name, **least, momentum_decay=o.get("momentum_decay", 0.0))
        check_betas(self.name, o["betas"])


class Adamax(_Means):
    """Adam with the largest gradient in place of the root of squares (Kingma and Ba 2015, 7.1)."""

    def __init__(
        self, lr: float | Schedule = 2e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 0.0, *, maximize: bool = False,
        groups: Groups = (),
    ) -> None:  # fmt: skip
        super().__init__(ADAMAX, lr, {
            "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
        }, groups)  # fmt: skip


class NAdam(_Means):
    """Adam with Nesterov's look ahead (Dozat 2016)."""

    def __init__(
        self, lr: float | Schedule = 2e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 0.0, momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False, *, maximize: bool = False, groups: Groups = (),
    ) -> None:  # fmt: skip
        options: dict[str, Any] = {
            "betas": betas, "eps": eps, "weight_decay": weight_decay,
            "momentum_decay": momentum_decay, "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
        }  # fmt: skip
        super().__init__(NADAM, lr, options, groups)


class RAdam(_Means):
    """Adam whose first steps, of few squares, are made by the mean alone (Liu et al. 2020)."""

    def __init__(
        self, lr: float | Schedule = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 0.0, decoupled_weight_decay: bool = False, *,
        maximize: bool = False, groups: Groups = (),
    ) -> None:  # fmt: skip
        super().__init__(RADAM, lr, {
            "betas": betas, "eps": eps, "weight_decay": weight_decay,
            "decoupled_weight_decay": decoupled_weight_decay, "maximize": maximize,
        }, groups)  # fmt: skip
