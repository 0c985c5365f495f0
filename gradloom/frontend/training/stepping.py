"""One step: the loss, its gradient, and the weights moved against it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

from gradloom.frontend import optim
from gradloom.frontend.compile import compile
from gradloom.frontend.training.objective import arguments
from gradloom.frontend.transforms import value_and_grad


@final
class Named:
    """Weights with names (`gl.params`), which change in place."""

    def __init__(
        self, weights: Any, objective: Callable[..., Any], opt: Any, backend: Any, jit: bool
    ) -> None:
        self.weights, self._objective, self._opt = weights, objective, opt
        self._options = {"backend": backend, "jit": jit}

    def __call__(self, batch: Any) -> float:
        """The loss before the step."""
        given = arguments(self._objective, batch, 0)
        value, grads = self.weights.grad(self._objective, *given, **self._options)
        self.weights.step(grads, self._opt)
        return float(value)


@final
class Tree:
    """Weights as a tree of arrays, of which each step gives a new one."""

    def __init__(
        self, weights: Any, objective: Callable[..., Any], opt: Any, backend: Any, jit: bool
    ) -> None:
        self.weights, self._objective = weights, objective
        self._opt = optim.SGD(lr=opt) if isinstance(opt, float | int) else opt
        both = value_and_grad(objective)
        self._both = compile(both, backend=backend or "numpy") if jit or backend else both

    def __call__(self, batch: Any) -> float:
        """The loss before the step."""
        value, grads = self._both(self.weights, *arguments(self._objective, batch, 1))
        self.weights = self._opt.step(self.weights, grads)
        return float(value)


def stepping(
    weights: Any, objective: Callable[..., Any], opt: Any, backend: Any, jit: bool
) -> Named | Tree:
    """What makes the steps for these weights."""
    kind = Named if hasattr(weights, "grad") and hasattr(weights, "step") else Tree
    return kind(weights, objective, opt, backend, jit)
