"""Stochastic gradient descent, step for step as torch's."""

from __future__ import annotations

from typing import Final

import numpy as np

from gradloom.frontend.optim.groups import Groups
from gradloom.frontend.optim.optimizer import Optimizer
from gradloom.frontend.optim.options import Schedule, check_least
from gradloom.frontend.optim.rule import Array, Number, Options, Rule, pulled
from gradloom.ir.errors import ArgumentError


def _kept(o: Options, lr: Number) -> dict[str, Number]:
    return {"momentum_buffer": 0.0} if o["momentum"] else {}


def _numbers(o: Options, lr: Number, step: Number) -> tuple[Number, ...]:
    """The rate, and the gradient's share in its buffer, which begins as the first gradient."""
    if not o["dampening"]:
        return (lr,)
    return lr, np.where(step == 1, 1.0, 1.0 - o["dampening"])


def _move(
    w: Array, g: Array, kept: tuple[Array, ...], numbers: tuple[Number, ...], o: Options
) -> tuple[Array, ...]:
    """Sutskever et al. 2013, as torch writes it: the rate is outside the buffer."""
    lr, *share = numbers
    g = pulled(w, g, o["weight_decay"], o["maximize"])
    if not kept:
        return (w - lr * g,)
    buffer = o["momentum"] * kept[0] + (share[0] * g if share else g)
    step = g + o["momentum"] * buffer if o["nesterov"] else buffer
    return w - lr * step, buffer


RULE: Final = Rule("SGD", _kept, _numbers, _move)


def check_nesterov(momentum: float, dampening: float, nesterov: bool) -> None:
    """Raise where Nesterov's variant is asked for without what it needs."""
    if nesterov and (momentum <= 0 or dampening != 0):
        raise ArgumentError("Nesterov's variant needs a momentum, and no dampening")


class SGD(Optimizer):
    """Steps against the gradient, with momentum, decay and Nesterov's variant.

    >>> import numpy as np
    >>> opt = SGD(lr=0.1, momentum=0.9)
    >>> opt.step({"w": np.ones(2)}, {"w": np.ones(2)})
    {'w': array([0.9, 0.9])}
    """

    def __init__(
        self, lr: float | Schedule = 1e-3, momentum: float = 0.0, dampening: float = 0.0,
        weight_decay: float = 0.0, nesterov: bool = False, *, maximize: bool = False,
        groups: Groups = (),
    ) -> None:  # fmt: skip
        super().__init__(RULE, lr, {
            "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
            "nesterov": nesterov, "maximize": maximize,
        }, groups)  # fmt: skip

    def _check(self, o: Options) -> None:
        check_least("SGD", momentum=o["momentum"], weight_decay=o["weight_decay"])
        check_nesterov(o["momentum"], o["dampening"], o["nesterov"])
