"""RMSprop, Adagrad and Adadelta: steps divided by a root of squares, step for step as torch's."""

from __future__ import annotations

from typing import Final

import numpy as np

from gradloom.frontend.optim.groups import Groups
from gradloom.frontend.optim.optimizer import Optimizer
from gradloom.frontend.optim.options import Schedule, check_least, check_share
from gradloom.frontend.optim.rule import Array, Number, Options, Rule, pulled

Arrays = tuple[Array, ...]
Numbers = tuple[Number, ...]


def _rate(o: Options, lr: Number, step: Number) -> Numbers:
    return (lr,)


# ---- RMSprop -------------------------------------------------------------------------------------


def _rmsprop_kept(o: Options, lr: Number) -> dict[str, Number]:
    wanted = {"grad_avg": o["centered"], "momentum_buffer": o["momentum"] > 0}
    return {"square_avg": 0.0, **{name: 0.0 for name, is_kept in wanted.items() if is_kept}}


def _rmsprop(w: Array, g: Array, kept: Arrays, numbers: Numbers, o: Options) -> Arrays:
    """Tieleman and Hinton 2012, lecture 6.5; centered: Graves 2013, equations 38 to 45."""
    alpha, momentum = o["alpha"], o["momentum"]
    g = pulled(w, g, o["weight_decay"], o["maximize"])
    square = alpha * kept[0] + (1 - alpha) * g * g
    made, size = [square], square
    if o["centered"]:
        mean = kept[1] + (1 - alpha) * (g - kept[1])
        made.append(mean)
        size = square - mean * mean
    step = g / (np.sqrt(size) + o["eps"])
    if momentum > 0:
        step = momentum * kept[-1] + step
        made.append(step)
    return w - numbers[0] * step, *made


RMSPROP: Final = Rule("RMSprop", _rmsprop_kept, _rate, _rmsprop)


class RMSprop(Optimizer):
    """Steps divided by the root of the running mean of squares."""

    def __init__(
        self, lr: float | Schedule = 1e-2, alpha: float = 0.99, eps: float = 1e-8,
        weight_decay: float = 0.0, momentum: float = 0.0, centered: bool = False, *,
        maximize: bool = False, groups: Groups = (),
    ) -> None:  # fmt: skip
        super().__init__(RMSPROP, lr, {
            "alpha": alpha, "eps": eps, "weight_decay": weight_decay, "momentum": momentum,
            "centered": centered, "maximize": maximize,
        }, groups)  # fmt: skip

    def _check(self, o: Options) -> None:
        names = ("alpha", "eps", "weight_decay", "momentum")
        check_least("RMSprop", **{name: o[name] for name in names})


# ---- Adagrad -------------------------------------------------------------------------------------


def _adagrad_kept(o: Options, lr: Number) -> dict[str, Number]:
    return {"sum": o["initial_accumulator_value"]}


def _adagrad_numbers(o: Options, lr: Number, step: Number) -> Numbers:
    return (lr / (1 + (step - 1) * o["lr_decay"]) if o["lr_decay"] else lr,)


def _adagrad(w: Array, g: Array, kept: Arrays, numbers: Numbers, o: Options) -> Arrays:
    """Duchi, Hazan and Singer 2011, figure 1, the diagonal form."""
    g = pulled(w, g, o["weight_decay"], o["maximize"])
    total = kept[0] + g * g
    return w - numbers[0] * g / (np.sqrt(total) + o["eps"]), total


ADAGRAD: Final = Rule("Adagrad", _adagrad_kept, _adagrad_numbers, _adagrad)


class Adagrad(Optimizer):
    """Steps divided by the root of the sum of squares."""

    def __init__(
        self, lr: float | Schedule = 1e-2, lr_decay: float = 0.0, weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0, eps: float = 1e-10, *, maximize: bool = False,
        groups: Groups = (),
    ) -> None:  # fmt: skip
        super().__init__(ADAGRAD, lr, {
            "lr_decay": lr_decay, "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value, "eps": eps,
            "maximize": maximize,
        }, groups)  # fmt: skip

    def _check(self, o: Options) -> None:
        names = ("lr_decay", "weight_decay", "initial_accumulator_value", "eps")
        check_least("Adagrad", **{name: o[name] for name in names})


# ---- Adadelta ------------------------------------------------------------------------------------


def _adadelta_kept(o: Options, lr: Number) -> dict[str, Number]:
    return {"square_avg": 0.0, "acc_delta": 0.0}


def _adadelta(w: Array, g: Array, kept: Arrays, numbers: Numbers, o: Options) -> Arrays:
    """Zeiler 2012, algorithm 1."""
    rho, eps, (square, change) = o["rho"], o["eps"], kept
    g = pulled(w, g, o["weight_decay"], o["maximize"])
    square = rho * square + (1 - rho) * g * g
    step = np.sqrt(change + eps) / np.sqrt(square + eps) * g
    return w - numbers[0] * step, square, rho * change + (1 - rho) * step * step


ADADELTA: Final = Rule("Adadelta", _adadelta_kept, _rate, _adadelta)


class Adadelta(Optimizer):
    """Steps as large as the steps before, divided by the root of the mean of squares."""

    def __init__(
        self, lr: float | Schedule = 1.0, rho: float = 0.9, eps: float = 1e-6,
        weight_decay: float = 0.0, *, maximize: bool = False, groups: Groups = (),
    ) -> None:  # fmt: skip
        super().__init__(ADADELTA, lr, {
            "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
        }, groups)  # fmt: skip

    def _check(self, o: Options) -> None:
        check_least("Adadelta", eps=o["eps"], weight_decay=o["weight_decay"])
        check_share("Adadelta", rho=o["rho"])
