"""L-BFGS on tensors, by the steps that `gl.optim.LBFGS` makes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, final

from gradloom.eager.grads import enable_grad, no_grad
from gradloom.eager.methods import FUNCTIONS, METHODS
from gradloom.eager.optim.optimizer import Optimizer, checked
from gradloom.eager.shapes import cat, reshape
from gradloom.eager.tensor import Tensor
from gradloom.frontend.optim.curvature import check_search, new_memory, walk
from gradloom.ir.errors import ArgumentError


@final
class _Tensors:
    """The parameters of an optimizer, and the loss that its closure gives."""

    def __init__(self, opt: LBFGS, closure: Callable[[], Any]) -> None:
        self._opt, self._closure = opt, closure
        self._params: list[Tensor] = opt.param_groups[0]["params"]

    def loss(self) -> Any:
        """What the closure gives."""
        with enable_grad():
            return self._closure()

    def look(self) -> tuple[float, Tensor]:
        """The loss and its gradient where the parameters are."""
        return float(self.loss()), self.gradient()

    def gradient(self) -> Tensor:
        """The gradients as one vector; zeros where there is none."""
        parts = [self._opt.zeros(p) if p.grad is None else p.grad for p in self._params]
        return cat([reshape(METHODS["detach"](g), -1) for g in parts])

    def move(self, size: float, direction: Tensor) -> None:
        """Go so far along a direction."""
        at = 0
        for p in self._params:
            count = p.shape.numel()
            part = reshape(METHODS["narrow"](direction, 0, at, count), tuple(p.shape))
            p.write(FUNCTIONS["add"](p, part, alpha=size).operand(), "LBFGS")
            at += count

    def mark(self) -> Callable[[], None]:
        """What goes back to where the parameters are now."""
        start = [METHODS["clone"](p) for p in self._params]

        def back() -> None:
            for p, value in zip(self._params, start, strict=True):
                METHODS["copy_"](p, value)

        return back


class LBFGS(Optimizer):
    """Several evaluations of the loss in each `step(closure)`; one group of parameters."""

    def __init__(
        self, params: Iterable[Any], lr: float = 1.0, max_iter: int = 20,
        max_eval: int | None = None, tolerance_grad: float = 1e-7, tolerance_change: float = 1e-9,
        history_size: int = 100, line_search_fn: str | None = None,
    ) -> None:  # fmt: skip
        checked("LBFGS", {}, lr=lr)
        check_search("LBFGS", line_search_fn)
        super().__init__(params, {
            "lr": lr, "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change,
            "history_size": history_size, "line_search_fn": line_search_fn,
        })  # fmt: skip
        if len(self.param_groups) != 1:
            raise ArgumentError("LBFGS doesn't support per-parameter options (parameter groups)")

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Up to `max_iter` steps; `closure` clears the gradients, and gives the loss."""
        if closure is None:
            raise ArgumentError("LBFGS: step needs a closure that gives the loss")
        group = self.param_groups[0]
        with no_grad():
            kept = self.state.setdefault(group["params"][0], new_memory())
            ground = _Tensors(self, closure)
            first = ground.loss()
            walk(ground, kept, group, float(first), ground.gradient())
        return first
