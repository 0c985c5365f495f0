"""Adam and AdamW, step for step as torch's (Kingma and Ba 2015; Loshchilov and Hutter 2019)."""

from __future__ import annotations

from typing import Final

import numpy as np

from gradloom.frontend.optim.groups import Groups
from gradloom.frontend.optim.optimizer import Optimizer
from gradloom.frontend.optim.options import Schedule, check_betas, check_least
from gradloom.frontend.optim.rule import Array, Number, Options, Rule, pulled


def _kept(o: Options, lr: Number) -> dict[str, Number]:
    largest = {"max_exp_avg_sq": 0.0} if o["amsgrad"] else {}
    return {"exp_avg": 0.0, "exp_avg_sq": 0.0, **largest}


def _numbers(o: Options, lr: Number, step: Number) -> tuple[Number, ...]:
    """The rate, and with what the means lack of 1 in it: the step's, and eps (section 2 there:
    one division of arrays less).
    """
    b1, b2 = o["betas"]
    lacking = np.sqrt(1 - b2**step)
    return lr, lr * lacking / (1 - b1**step), o["eps"] * lacking


def _move(
    w: Array, g: Array, kept: tuple[Array, ...], numbers: tuple[Number, ...], o: Options
) -> tuple[Array, ...]:
    lr, rate, eps = numbers
    b1, b2 = o["betas"]
    m, v, *rest = kept
    decay, decoupled = o["weight_decay"], o["decoupled_weight_decay"]
    g = pulled(w, g, 0.0 if decoupled else decay, o["maximize"])
    w = w - lr * decay * w if decay and decoupled else w
    m = m + (1 - b1) * (g - m)
    v = b2 * v + (1 - b2) * g * g
    largest = [np.maximum(rest[0], v)] if rest else []
    size = np.sqrt(largest[0] if rest else v) + eps
    return w - rate * m / size, m, v, *largest


RULE: Final = Rule("Adam", _kept, _numbers, _move)


class Adam(Optimizer):
    """Steps by running means of the gradient and its square.

    >>> import numpy as np
    >>> opt = Adam(lr=0.1)
    >>> state = opt.init(np.zeros(2))
    >>> params, state = opt.update(np.array([3.0, -0.5]), state, np.zeros(2))
    >>> params.round(6)
    array([-0.1,  0.1])
    """

    def __init__(
        self, lr: float | Schedule = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 0.0, amsgrad: bool = False, *,
        maximize: bool = False, decoupled_weight_decay: bool = False, groups: Groups = (),
    ) -> None:  # fmt: skip
        super().__init__(RULE, lr, {
            "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad,
            "maximize": maximize, "decoupled_weight_decay": decoupled_weight_decay,
        }, groups)  # fmt: skip

    def _check(self, o: Options) -> None:
        check_least(self.name, eps=o["eps"], weight_decay=o["weight_decay"])
        check_betas(self.name, o["betas"])


class AdamW(Adam):
    """Adam, whose decay does not go through the means."""

    def __init__(
        self, lr: float | Schedule = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 1e-2, amsgrad: bool = False, *,
        maximize: bool = False, groups: Groups = (),
    ) -> None:  # fmt: skip
        super().__init__(lr, betas, eps, weight_decay, amsgrad, maximize=maximize,
                         decoupled_weight_decay=True, groups=groups)  # fmt: skip
