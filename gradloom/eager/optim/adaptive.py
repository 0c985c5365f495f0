"""Optimizers whose steps have a size of their own for each element, step for step as torch's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gradloom.eager.optim.optimizer import checked
from gradloom.eager.optim.ruled import Ruled
from gradloom.frontend.optim import means, roots, signs
from gradloom.frontend.optim.options import check_betas, check_share


class RMSprop(Ruled):
    """Steps divided by the root of the running mean of squares."""

    rule = roots.RMSPROP

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-2, alpha: float = 0.99, eps: float = 1e-8,
        weight_decay: float = 0.0, momentum: float = 0.0, centered: bool = False, *,
        maximize: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        checked("RMSprop", how, eps=eps, momentum=momentum, weight_decay=weight_decay,
                alpha=alpha)  # fmt: skip
        super().__init__(params, lr, how, momentum=momentum, alpha=alpha, eps=eps,
                         centered=centered, weight_decay=weight_decay,
                         maximize=maximize)  # fmt: skip


class Adagrad(Ruled):
    """Steps divided by the root of the sum of squares."""

    rule = roots.ADAGRAD

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-2, lr_decay: float = 0.0,
        weight_decay: float = 0.0, initial_accumulator_value: float = 0.0, eps: float = 1e-10, *,
        maximize: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        checked("Adagrad", how, lr_decay=lr_decay, weight_decay=weight_decay, eps=eps,
                initial_accumulator_value=initial_accumulator_value)  # fmt: skip
        super().__init__(params, lr, how, lr_decay=lr_decay, eps=eps, weight_decay=weight_decay,
                         initial_accumulator_value=initial_accumulator_value,
                         maximize=maximize)  # fmt: skip


class Adadelta(Ruled):
    """Steps as large as the steps before, divided by the root of the mean of squares."""

    rule = roots.ADADELTA

    def __init__(
        self, params: Iterable[Any], lr: float = 1.0, rho: float = 0.9, eps: float = 1e-6,
        weight_decay: float = 0.0, *, maximize: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        checked("Adadelta", how, eps=eps, weight_decay=weight_decay)
        check_share("Adadelta", rho=rho)
        super().__init__(params, lr, how, rho=rho, eps=eps, weight_decay=weight_decay,
                         maximize=maximize)  # fmt: skip


class _Means(Ruled):
    """Optimizers by running means of the gradient and another."""

    def __init__(
        self, params: Iterable[Any], lr: float, betas: tuple[float, float], eps: float,
        weight_decay: float, maximize: bool, how: dict[str, Any], **more: Any,
    ) -> None:  # fmt: skip
        what = type(self).__name__
        checked(what, how, eps=eps, weight_decay=weight_decay)
        check_betas(what, betas)
        super().__init__(params, lr, how, betas=betas, eps=eps, weight_decay=weight_decay, **more,
                         maximize=maximize)  # fmt: skip


class Adamax(_Means):
    """Adam with the largest gradient in place of the root of squares."""

    rule = means.ADAMAX

    def __init__(
        self, params: Iterable[Any], lr: float = 2e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 0.0, *, maximize: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        super().__init__(params, lr, betas, eps, weight_decay, maximize, how)


class NAdam(_Means):
    """Adam with Nesterov's look ahead (Dozat 2016)."""

    rule = means.NADAM

    def __init__(
        self, params: Iterable[Any], lr: float = 2e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 0.0, momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False, *, maximize: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        super().__init__(params, lr, betas, eps, weight_decay, maximize, how,
                         momentum_decay=momentum_decay,
                         decoupled_weight_decay=decoupled_weight_decay)  # fmt: skip


class RAdam(_Means):
    """Adam whose first steps, of few squares, are made by the mean alone (Liu et al. 2020)."""

    rule = means.RADAM

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 0.0, decoupled_weight_decay: bool = False, *,
        maximize: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        super().__init__(params, lr, betas, eps, weight_decay, maximize, how,
                         decoupled_weight_decay=decoupled_weight_decay)  # fmt: skip


class Rprop(Ruled):
    """Steps by the gradient's sign alone, longer while it stays the same."""

    rule = signs.RPROP

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-2, etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50), *, maximize: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        signs.check_etas("Rprop", etas)
        super().__init__(params, lr, how, etas=etas, step_sizes=step_sizes, maximize=maximize)
