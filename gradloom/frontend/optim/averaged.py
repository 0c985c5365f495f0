"""ASGD: descent whose averages are kept beside it, step for step as torch's."""

from __future__ import annotations

from typing import Final

import numpy as np

from gradloom.frontend.optim.groups import Groups
from gradloom.frontend.optim.optimizer import Optimizer
from gradloom.frontend.optim.options import Schedule, check_least
from gradloom.frontend.optim.rule import Array, Number, Options, Rule, pulled

Arrays = tuple[Array, ...]
Numbers = tuple[Number, ...]


def _kept(o: Options, lr: Number) -> dict[str, Number]:
    return {"ax": 0.0}


def _numbers(o: Options, lr: Number, step: Number) -> Numbers:
    """The rate and the average's share, which torch computes at the end of the step before."""
    before = step - 1
    eta = lr / (1 + o["lambd"] * lr * before) ** o["alpha"]
    return eta, 1 / np.maximum(1, before - o["t0"])


def _asgd(w: Array, g: Array, kept: Arrays, numbers: Numbers, o: Options) -> Arrays:
    """Polyak and Juditsky 1992, with the rate of Bottou 2012, section 5.2."""
    eta, share = numbers
    g = pulled(w, g, o["weight_decay"], o["maximize"])
    w = w * (1 - o["lambd"] * eta) - eta * g
    return w, kept[0] + share * (w - kept[0])


ASGD_RULE: Final = Rule("ASGD", _kept, _numbers, _asgd)


class ASGD(Optimizer):
    """Descent with a falling rate; `state["ax"]` has the means of the parameters since step `t0`.

    With a schedule each step takes its own rate; torch takes that of the step before.
    """

    def __init__(
        self, lr: float | Schedule = 1e-2, lambd: float = 1e-4, alpha: float = 0.75,
        t0: float = 1e6, weight_decay: float = 0.0, *, maximize: bool = False, groups: Groups = (),
    ) -> None:  # fmt: skip
        super().__init__(ASGD_RULE, lr, {
            "lambd": lambd, "alpha": alpha, "t0": t0, "weight_decay": weight_decay,
            "maximize": maximize,
        }, groups)  # fmt: skip

    def _check(self, o: Options) -> None:
        check_least("ASGD", **{n: o[n] for n in ("lambd", "alpha", "t0", "weight_decay")})
