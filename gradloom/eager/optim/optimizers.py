"""SGD, Adam and AdamW, step for step as torch's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gradloom.eager.optim.optimizer import checked
from gradloom.eager.optim.ruled import Ruled
from gradloom.eager.tensor import Tensor
from gradloom.frontend.optim import adam, sgd
from gradloom.frontend.optim.options import check_betas


class SGD(Ruled):
    """Steps against the gradient, with momentum, decay and Nesterov's variant."""

    rule = sgd.RULE

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-3, momentum: float = 0.0,
        dampening: float = 0.0, weight_decay: float = 0.0, nesterov: bool = False, *,
        maximize: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        checked("SGD", how, momentum=momentum, weight_decay=weight_decay)
        sgd.check_nesterov(momentum, dampening, nesterov)
        super().__init__(params, lr, how, momentum=momentum, dampening=dampening,
                         weight_decay=weight_decay, nesterov=nesterov,
                         maximize=maximize)  # fmt: skip

    def _counted(self, p: Tensor) -> tuple[dict[str, Any], int]:
        """As torch's, which keeps the buffer alone: where it is, a step was made."""
        state = self.state.setdefault(p, {})
        return state, 2 if state else 1


class Adam(Ruled):
    """Steps by running means of the gradient and its square."""

    rule = adam.RULE

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 0.0, amsgrad: bool = False, *,
        maximize: bool = False, decoupled_weight_decay: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        checked(type(self).__name__, how, eps=eps, weight_decay=weight_decay)
        check_betas(type(self).__name__, betas)
        super().__init__(params, lr, how, betas=betas, eps=eps, weight_decay=weight_decay,
                         amsgrad=amsgrad, maximize=maximize,
                         decoupled_weight_decay=decoupled_weight_decay)  # fmt: skip


class AdamW(Adam):
    """Adam, whose decay does not go through the means."""

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 1e-2, amsgrad: bool = False, *,
        maximize: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize,
                         decoupled_weight_decay=True, **how)  # fmt: skip
