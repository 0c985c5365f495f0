"""LARS and LAMB, for large batches: each parameter's step is as long as its norm says."""

from __future__ import annotations

from typing import Final

import numpy as np

from gradloom.frontend.optim.groups import Groups
from gradloom.frontend.optim.optimizer import Optimizer
from gradloom.frontend.optim.options import Schedule, check_betas, check_least
from gradloom.frontend.optim.rule import Array, Number, Options, Rule

Arrays = tuple[Array, ...]
Numbers = tuple[Number, ...]


def _norm(x: Array) -> Array:
    return np.sqrt(np.sum(x * x))


def _ratio(over: Array, under: Array) -> Array:
    """A norm over another; 1 where one of both is 0, so that such a parameter moves as others."""
    known = (over > 0) & (under > 0)
    return np.where(known, over / np.where(known, under, 1), 1).astype(over.dtype)


def _lars_kept(o: Options, lr: Number) -> dict[str, Number]:
    return {"momentum_buffer": 0.0}


def _lars_numbers(o: Options, lr: Number, step: Number) -> Numbers:
    return (lr,)


def _lars(w: Array, g: Array, kept: Arrays, numbers: Numbers, o: Options) -> Arrays:
    """You, Gitman and Ginsburg 2017, algorithm 1; a parameter of zeros has the plain rate."""
    decay, g = o["weight_decay"], -g if o["maximize"] else g
    ours = _norm(w)
    theirs = _norm(g) + decay * ours + o["eps"]
    local = np.where(ours > 0, o["trust_coefficient"] * ours / theirs, 1).astype(w.dtype)
    buffer = o["momentum"] * kept[0] + numbers[0] * local * (g + decay * w if decay else g)
    return w - buffer, buffer


LARS_RULE: Final = Rule("LARS", _lars_kept, _lars_numbers, _lars, elementwise=False)


class LARS(Optimizer):
    """Momentum whose rate in each parameter is its norm over its gradient's (You et al. 2017)."""

    def __init__(
        self, lr: float | Schedule = 1.0, momentum: float = 0.9, weight_decay: float = 0.0,
        trust_coefficient: float = 1e-3, eps: float = 1e-8, *, maximize: bool = False,
        groups: Groups = (),
    ) -> None:  # fmt: skip
        super().__init__(LARS_RULE, lr, {
            "momentum": momentum, "weight_decay": weight_decay,
            "trust_coefficient": trust_coefficient, "eps": eps, "maximize": maximize,
        }, groups)  # fmt: skip

    def _check(self, o: Options) -> None:
        names = ("momentum", "weight_decay", "trust_coefficient", "eps")
        check_least("LARS", **{name: o[name] for name in names})


def _lamb_kept(o: Options, lr: Number) -> dict[str, Number]:
    return {"exp_avg": 0.0, "exp_avg_sq": 0.0}


def _lamb_numbers(o: Options, lr: Number, step: Number) -> Numbers:
    b1, b2 = o["betas"]
    return lr, 1 - b1**step, 1 - b2**step


def _lamb(w: Array, g: Array, kept: Arrays, numbers: Numbers, o: Options) -> Arrays:
    """You et al. 2020, algorithm 2, with phi(x) = x."""
    (lr, c1, c2), (b1, b2), (m, v) = numbers, o["betas"], kept
    decay, g = o["weight_decay"], -g if o["maximize"] else g
    m = m + (1 - b1) * (g - m)
    v = b2 * v + (1 - b2) * g * g
    step = m / c1 / (np.sqrt(v / c2) + o["eps"])
    step = step + decay * w if decay else step
    return w - lr * _ratio(_norm(w), _norm(step)) * step, m, v


LAMB_RULE: Final = Rule("LAMB", _lamb_kept, _lamb_numbers, _lamb, elementwise=False)


class LAMB(Optimizer):
    """Adam whose step in each parameter is as long as the parameter (You et al. 2020)."""

    def __init__(
        self, lr: float | Schedule = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-6, weight_decay: float = 0.0, *, maximize: bool = False,
        groups: Groups = (),
    ) -> None:  # fmt: skip
        super().__init__(LAMB_RULE, lr, {
            "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
        }, groups)  # fmt: skip

    def _check(self, o: Options) -> None:
        check_least("LAMB", eps=o["eps"], weight_decay=o["weight_decay"])
        check_betas("LAMB", o["betas"])
