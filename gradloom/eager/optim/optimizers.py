"""SGD, Adam and AdamW, step for step as torch's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from gradloom.eager.calls import Array, several
from gradloom.eager.optim.optimizer import Optimizer, check_betas, checked
from gradloom.eager.remembered import remembered
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import ArgumentError


@remembered
def _descended(
    w: Tensor, g: Tensor, lr: Tensor, before: Tensor | None, momentum: float, dampening: float,
    decay: float, nesterov: bool, maximize: bool,
) -> tuple[Tensor, ...]:  # fmt: skip
    """A parameter after a step of SGD, and its momentum's buffer, where it has one."""

    def function(w: Array, g: Array, lr: Array, *rest: Array) -> tuple[Array, ...]:
        g = -g if maximize else g
        g = g + decay * w if decay else g
        if not momentum:
            return (w - lr * g,)
        kept = momentum * rest[0] + (1 - dampening) * g if rest else g
        return w - lr * (g + momentum * kept if nesterov else kept), kept

    return several("SGD", function, [w, g, lr, *([] if before is None else [before])])


@remembered
def _adapted(
    w: Tensor, g: Tensor, lr: Tensor, c1: Tensor, c2: Tensor, means: list[Tensor],
    betas: tuple[float, float], eps: float, decay: float, decoupled: bool, maximize: bool,
) -> tuple[Tensor, ...]:  # fmt: skip
    """A parameter after a step of Adam, and its means."""
    b1, b2 = betas

    def function(
        w: Array, g: Array, lr: Array, c1: Array, c2: Array, m: Array, v: Array, *rest: Array
    ) -> tuple[Array, ...]:
        g = -g if maximize else g
        if decay:
            w, g = (w - lr * decay * w, g) if decoupled else (w, g + decay * w)
        m = m + (1 - b1) * (g - m)
        v = b2 * v + (1 - b2) * g * g
        largest = [np.maximum(rest[0], v)] if rest else []
        scale = np.sqrt(largest[0] if rest else v) / c2 + eps
        return w - lr / c1 * m / scale, m, v, *largest

    return several("AdamW" if decoupled else "Adam", function, [w, g, lr, c1, c2, *means])


class SGD(Optimizer):
    """Steps against the gradient, with momentum, decay and Nesterov's variant."""

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-3, momentum: float = 0.0,
        dampening: float = 0.0, weight_decay: float = 0.0, nesterov: bool = False, *,
        maximize: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        checked("SGD", how, lr=lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ArgumentError("Nesterov's variant needs a momentum, and no dampening")
        super().__init__(params, {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
            "nesterov": nesterov, "maximize": maximize,
        })  # fmt: skip

    def _update(self, p: Tensor, grad: Tensor, group: dict[str, Any]) -> None:
        state = self.state.setdefault(p, {})
        before = state.get("momentum_buffer")
        momentum = group["momentum"]
        made = _descended(
            p, grad, self.number(p, group["lr"]), before, momentum, group["dampening"],
            group["weight_decay"], group["nesterov"], group["maximize"],
        )  # fmt: skip
        p.write(made[0]._value, "SGD")
        if momentum:
            state["momentum_buffer"] = made[1]


class Adam(Optimizer):
    """Steps by running means of the gradient and its square."""

    decoupled = False

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 0.0, amsgrad: bool = False, *,
        maximize: bool = False, decoupled_weight_decay: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        checked(type(self).__name__, how, lr=lr, eps=eps, weight_decay=weight_decay)
        check_betas(type(self).__name__, betas)
        self.decoupled = self.decoupled or decoupled_weight_decay
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay,
            "amsgrad": amsgrad, "maximize": maximize,
        })  # fmt: skip

    def _update(self, p: Tensor, grad: Tensor, group: dict[str, Any]) -> None:
        state = self.state.setdefault(p, {"step": 0})
        state["step"] += 1
        b1, b2 = group["betas"]
        names = ["exp_avg", "exp_avg_sq", *(["max_exp_avg_sq"] if group["amsgrad"] else [])]
        for name in names:
            if name not in state:
                state[name] = self.zeros(p)
        count = state["step"]
        lr, c1, c2 = (
            self.number(p, n) for n in (group["lr"], 1 - b1**count, (1 - b2**count) ** 0.5)
        )
        made = _adapted(
            p, grad, lr, c1, c2, [state[n] for n in names], (b1, b2), group["eps"],
            group["weight_decay"], self.decoupled, group["maximize"],
        )  # fmt: skip
        p.write(made[0]._value, type(self).__name__)
        state.update(zip(names, made[1:], strict=True))


class AdamW(Adam):
    """Adam, whose decay does not go through the means."""

    decoupled = True

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 1e-2, amsgrad: bool = False, *,
        maximize: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize, **how)
