"""Optimizers whose steps have a size of their own for each element, step for step as torch's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from gradloom.eager.calls import Array, several
from gradloom.eager.optim.optimizer import Optimizer, check_betas, checked
from gradloom.eager.remembered import remembered
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import ArgumentError

Options = dict[str, Any]


def _pulled(w: Array, g: Array, decay: float, maximize: bool) -> Array:
    """The gradient, turned round where the largest value is looked for, with the decay in it."""
    g = -g if maximize else g
    return g + decay * w if decay else g


class _Adaptive(Optimizer):
    """Keeps tensors of each parameter by name, beside the count of steps."""

    def _kept(self, p: Tensor, *names: str, first: float = 0.0) -> dict[str, Any]:
        state = self.state.setdefault(p, {"step": 0})
        state["step"] += 1
        for name in names:
            if name not in state:
                zeros = self.zeros(p)
                state[name] = zeros if not first else zeros + first  # type: ignore[operator]
        return state

    def _take(
        self, p: Tensor, state: dict[str, Any], names: tuple[str, ...], made: tuple[Tensor, ...]
    ) -> None:
        p.write(made[0]._value, type(self).__name__)
        state.update(zip(names, made[1:], strict=True))


@remembered
def _by_root(
    w: Tensor, g: Tensor, lr: Tensor, kept: list[Tensor], alpha: float, eps: float, decay: float,
    momentum: float, centered: bool, maximize: bool,
) -> tuple[Tensor, ...]:  # fmt: skip
    def function(w: Array, g: Array, lr: Array, *rest: Array) -> tuple[Array, ...]:
        g = _pulled(w, g, decay, maximize)
        square = alpha * rest[0] + (1 - alpha) * g * g
        made, size = [square], square
        if centered:
            mean = rest[1] + (1 - alpha) * (g - rest[1])
            made.append(mean)
            size = square - mean * mean
        step = g / (np.sqrt(size) + eps)
        if momentum:
            step = momentum * rest[-1] + step
            made.append(step)
        return w - lr * step, *made

    return several("RMSprop", function, [w, g, lr, *kept])


class RMSprop(_Adaptive):
    """Steps divided by the root of the running mean of squares."""

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-2, alpha: float = 0.99, eps: float = 1e-8,
        weight_decay: float = 0.0, momentum: float = 0.0, centered: bool = False, *,
        maximize: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        checked("RMSprop", how, lr=lr, eps=eps, momentum=momentum, weight_decay=weight_decay,
                alpha=alpha)  # fmt: skip
        super().__init__(params, {
            "lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered,
            "weight_decay": weight_decay, "maximize": maximize,
        })  # fmt: skip

    def _update(self, p: Tensor, grad: Tensor, group: Options) -> None:
        names = (
            "square_avg", *(["grad_avg"] if group["centered"] else []),
            *(["momentum_buffer"] if group["momentum"] > 0 else []),
        )  # fmt: skip
        state = self._kept(p, *names)
        made = _by_root(
            p, grad, self.number(p, group["lr"]), [state[n] for n in names], group["alpha"],
            group["eps"], group["weight_decay"], group["momentum"], group["centered"],
            group["maximize"],
        )  # fmt: skip
        self._take(p, state, names, made)


@remembered
def _by_sum(
    w: Tensor, g: Tensor, lr: Tensor, total: Tensor, eps: float, decay: float, maximize: bool
) -> tuple[Tensor, ...]:
    def function(w: Array, g: Array, lr: Array, total: Array) -> tuple[Array, ...]:
        g = _pulled(w, g, decay, maximize)
        total = total + g * g
        return w - lr * g / (np.sqrt(total) + eps), total

    return several("Adagrad", function, [w, g, lr, total])


class Adagrad(_Adaptive):
    """Steps divided by the root of the sum of squares."""

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-2, lr_decay: float = 0.0,
        weight_decay: float = 0.0, initial_accumulator_value: float = 0.0, eps: float = 1e-10, *,
        maximize: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        checked("Adagrad", how, lr=lr, lr_decay=lr_decay, weight_decay=weight_decay, eps=eps,
                initial_accumulator_value=initial_accumulator_value)  # fmt: skip
        super().__init__(params, {
            "lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value, "maximize": maximize,
        })  # fmt: skip

    def _update(self, p: Tensor, grad: Tensor, group: Options) -> None:
        state = self._kept(p, "sum", first=group["initial_accumulator_value"])
        rate = group["lr"] / (1 + (state["step"] - 1) * group["lr_decay"])
        made = _by_sum(
            p, grad, self.number(p, rate), state["sum"], group["eps"], group["weight_decay"],
            group["maximize"],
        )  # fmt: skip
        self._take(p, state, ("sum",), made)


@remembered
def _by_both(
    w: Tensor, g: Tensor, lr: Tensor, square: Tensor, change: Tensor, rho: float, eps: float,
    decay: float, maximize: bool,
) -> tuple[Tensor, ...]:  # fmt: skip
    def function(w: Array, g: Array, lr: Array, square: Array, change: Array) -> tuple[Array, ...]:
        g = _pulled(w, g, decay, maximize)
        square = rho * square + (1 - rho) * g * g
        step = np.sqrt(change + eps) / np.sqrt(square + eps) * g
        return w - lr * step, square, rho * change + (1 - rho) * step * step

    return several("Adadelta", function, [w, g, lr, square, change])


class Adadelta(_Adaptive):
    """Steps as large as the steps before, divided by the root of the mean of squares."""

    def __init__(
        self, params: Iterable[Any], lr: float = 1.0, rho: float = 0.9, eps: float = 1e-6,
        weight_decay: float = 0.0, *, maximize: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        checked("Adadelta", how, lr=lr, eps=eps, weight_decay=weight_decay)
        if not 0 <= rho <= 1:
            raise ArgumentError(f"Adadelta: rho={rho} is not between 0 and 1")
        super().__init__(params, {
            "lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
        })  # fmt: skip

    def _update(self, p: Tensor, grad: Tensor, group: Options) -> None:
        names = ("square_avg", "acc_delta")
        state = self._kept(p, *names)
        made = _by_both(
            p, grad, self.number(p, group["lr"]), state["square_avg"], state["acc_delta"],
            group["rho"], group["eps"], group["weight_decay"], group["maximize"],
        )  # fmt: skip
        self._take(p, state, names, made)


_MEANS: Final = ("exp_avg", "exp_avg_sq")


class _Means(_Adaptive):
    """Optimizers by running means of the gradient and another."""

    def __init__(
        self, params: Iterable[Any], lr: float, betas: tuple[float, float], eps: float,
        weight_decay: float, maximize: bool, how: Options, **more: Any,
    ) -> None:  # fmt: skip
        what = type(self).__name__
        checked(what, how, lr=lr, eps=eps, weight_decay=weight_decay)
        check_betas(what, betas)
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, **more,
            "maximize": maximize,
        })  # fmt: skip


@remembered
def _by_largest(
    w: Tensor, g: Tensor, rate: Tensor, mean: Tensor, largest: Tensor, betas: tuple[float, float],
    eps: float, decay: float, maximize: bool,
) -> tuple[Tensor, ...]:  # fmt: skip
    b1, b2 = betas

    def function(w: Array, g: Array, rate: Array, m: Array, u: Array) -> tuple[Array, ...]:
        g = _pulled(w, g, decay, maximize)
        m = m + (1 - b1) * (g - m)
        u = np.maximum(b2 * u, np.abs(g) + eps)
        return w - rate * m / u, m, u

    return several("Adamax", function, [w, g, rate, mean, largest])


class Adamax(_Means):
    """Adam with the largest gradient in place of the root of squares."""

    def __init__(
        self, params: Iterable[Any], lr: float = 2e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 0.0, *, maximize: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        super().__init__(params, lr, betas, eps, weight_decay, maximize, how)

    def _update(self, p: Tensor, grad: Tensor, group: Options) -> None:
        names = ("exp_avg", "exp_inf")
        state = self._kept(p, *names)
        rate = group["lr"] / (1 - group["betas"][0] ** state["step"])
        made = _by_largest(
            p, grad, self.number(p, rate), state["exp_avg"], state["exp_inf"],
            tuple(group["betas"]), group["eps"], group["weight_decay"], group["maximize"],
        )  # fmt: skip
        self._take(p, state, names, made)


@remembered
def _by_next(
    w: Tensor, g: Tensor, numbers: list[Tensor], means: list[Tensor], betas: tuple[float, float],
    eps: float, decay: float, decoupled: bool, maximize: bool,
) -> tuple[Tensor, ...]:  # fmt: skip
    b1, b2 = betas

    def function(
        w: Array, g: Array, lr: Array, now: Array, following: Array, c2: Array, m: Array, v: Array
    ) -> tuple[Array, ...]:
        if decoupled:
            w = w * (1 - lr * decay)
        g = _pulled(w, g, 0.0 if decoupled else decay, maximize)
        m = m + (1 - b1) * (g - m)
        v = b2 * v + (1 - b2) * g * g
        size = np.sqrt(v / c2) + eps
        return w - now * g / size - following * m / size, m, v

    return several("NAdam", function, [w, g, *numbers, *means])


class NAdam(_Means):
    """Adam with Nesterov's look ahead (Dozat 2016)."""

    def __init__(
        self, params: Iterable[Any], lr: float = 2e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 0.0, momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False, *, maximize: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        super().__init__(params, lr, betas, eps, weight_decay, maximize, how,
                         momentum_decay=momentum_decay,
                         decoupled_weight_decay=decoupled_weight_decay)  # fmt: skip

    def _update(self, p: Tensor, grad: Tensor, group: Options) -> None:
        state = self._kept(p, *_MEANS)
        step, (b1, b2), rate = state["step"], group["betas"], group["lr"]
        now = b1 * (1 - 0.5 * 0.96 ** (step * group["momentum_decay"]))
        following = b1 * (1 - 0.5 * 0.96 ** ((step + 1) * group["momentum_decay"]))
        product = state["mu_product"] = state.get("mu_product", 1.0) * now
        numbers = (
            rate, rate * (1 - now) / (1 - product), rate * following / (1 - product * following),
            1 - b2**step,
        )  # fmt: skip
        made = _by_next(
            p, grad, [self.number(p, n) for n in numbers], [state[n] for n in _MEANS], (b1, b2),
            group["eps"], group["weight_decay"], group["decoupled_weight_decay"],
            group["maximize"],
        )  # fmt: skip
        self._take(p, state, _MEANS, made)


@remembered
def _rectified(
    w: Tensor, g: Tensor, numbers: list[Tensor], means: list[Tensor], betas: tuple[float, float],
    eps: float, decay: float, decoupled: bool, maximize: bool, steady: bool,
) -> tuple[Tensor, ...]:  # fmt: skip
    b1, b2 = betas

    def function(
        w: Array, g: Array, lr: Array, rate: Array, c2: Array, m: Array, v: Array
    ) -> tuple[Array, ...]:
        if decoupled:
            w = w * (1 - lr * decay)
        g = _pulled(w, g, 0.0 if decoupled else decay, maximize)
        m = m + (1 - b1) * (g - m)
        v = b2 * v + (1 - b2) * g * g
        return w - (rate * m * c2 / (np.sqrt(v) + eps) if steady else rate * m), m, v

    return several("RAdam", function, [w, g, *numbers, *means])


class RAdam(_Means):
    """Adam whose first steps, of few squares, are made by the mean alone (Liu et al. 2019)."""

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 0.0, decoupled_weight_decay: bool = False, *,
        maximize: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        super().__init__(params, lr, betas, eps, weight_decay, maximize, how,
                         decoupled_weight_decay=decoupled_weight_decay)  # fmt: skip

    def _update(self, p: Tensor, grad: Tensor, group: Options) -> None:
        state = self._kept(p, *_MEANS)
        step, (b1, b2), rate = state["step"], group["betas"], group["lr"]
        c1, c2 = 1 - b1**step, 1 - b2**step
        most = 2 / (1 - b2) - 1
        length = most - 2 * step * b2**step / c2
        steady = length > 5
        scale = (
            (length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length)
        ) ** 0.5 if steady else 1.0  # fmt: skip
        numbers = (rate, rate / c1 * scale, c2**0.5)
        made = _rectified(
            p, grad, [self.number(p, n) for n in numbers], [state[n] for n in _MEANS], (b1, b2),
            group["eps"], group["weight_decay"], group["decoupled_weight_decay"],
            group["maximize"], steady,
        )  # fmt: skip
        self._take(p, state, _MEANS, made)


@remembered
def _by_sign(
    w: Tensor, g: Tensor, before: Tensor, sizes: Tensor, etas: tuple[float, float],
    limits: tuple[float, float], maximize: bool,
) -> tuple[Tensor, ...]:  # fmt: skip
    def function(w: Array, g: Array, before: Array, size: Array) -> tuple[Array, ...]:
        g = -g if maximize else g
        agree = np.sign(g * before)
        factor = np.where(agree > 0, etas[1], np.where(agree < 0, etas[0], 1.0)).astype(w.dtype)
        size = np.minimum(np.maximum(size * factor, limits[0]), limits[1])
        g = np.where(agree < 0, g * 0, g)
        return w - np.sign(g) * size, g, size

    return several("Rprop", function, [w, g, before, sizes])


class Rprop(_Adaptive):
    """Steps by the gradient's sign alone, longer while it stays the same."""

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-2, etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50), *, maximize: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        checked("Rprop", how, lr=lr)
        if not 0 < etas[0] < 1 < etas[1]:
            raise ArgumentError(f"Rprop: etas {etas} are not below and above 1")
        super().__init__(params, {
            "lr": lr, "etas": etas, "step_sizes": step_sizes, "maximize": maximize,
        })  # fmt: skip

    def _update(self, p: Tensor, grad: Tensor, group: Options) -> None:
        if "step_size" not in self.state.get(p, {}):
            self._kept(p, "step_size", first=group["lr"])["step"] = 0
        state = self._kept(p, "prev", "step_size")
        made = _by_sign(
            p, grad, state["prev"], state["step_size"], tuple(group["etas"]),
            tuple(group["step_sizes"]), group["maximize"],
        )  # fmt: skip
        self._take(p, state, ("prev", "step_size"), made)
