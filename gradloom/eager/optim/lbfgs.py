"""L-BFGS: steps by the curvature that the last steps showed (Nocedal and Wright, 7.2 and 3.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from gradloom.eager.grads import enable_grad, no_grad
from gradloom.eager.methods import FUNCTIONS, METHODS
from gradloom.eager.optim.optimizer import Optimizer, checked
from gradloom.eager.optim.search import Found, strong_wolfe
from gradloom.eager.shapes import cat, reshape
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import ArgumentError


def _dot(a: Tensor, b: Tensor) -> float:
    return float(FUNCTIONS["dot"](a, b))


def _largest(x: Tensor) -> float:
    return float(FUNCTIONS["max"](FUNCTIONS["abs"](x)))


class LBFGS(Optimizer):
    """Several evaluations of the loss in each `step(closure)`; one group of parameters."""

    def __init__(
        self, params: Iterable[Any], lr: float = 1.0, max_iter: int = 20,
        max_eval: int | None = None, tolerance_grad: float = 1e-7, tolerance_change: float = 1e-9,
        history_size: int = 100, line_search_fn: str | None = None,
    ) -> None:  # fmt: skip
        checked("LBFGS", {}, lr=lr)
        if line_search_fn not in (None, "strong_wolfe"):
            raise ArgumentError("LBFGS: line_search_fn is None or 'strong_wolfe'")
        super().__init__(params, {
            "lr": lr, "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change,
            "history_size": history_size, "line_search_fn": line_search_fn,
        })  # fmt: skip
        if len(self.param_groups) != 1:
            raise ArgumentError("LBFGS doesn't support per-parameter options (parameter groups)")

    def _gradient(self) -> Tensor:
        zeros = self.zeros
        parts = [zeros(p) if p.grad is None else p.grad for p in self._all()]
        return cat([reshape(METHODS["detach"](g), -1) for g in parts])

    def _move(self, size: float, direction: Tensor) -> None:
        at = 0
        for p in self._all():
            count = p.shape.numel()
            part = reshape(METHODS["narrow"](direction, 0, at, count), tuple(p.shape))
            p.write(FUNCTIONS["add"](p, part, alpha=size).operand(), "LBFGS")
            at += count

    def _set(self, values: list[Tensor]) -> None:
        for p, value in zip(self._all(), values, strict=True):
            METHODS["copy_"](p, value)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Up to `max_iter` steps; `closure` clears the gradients, and gives the loss."""
        if closure is None:
            raise ArgumentError("LBFGS: step needs a closure that gives the loss")
        with no_grad():
            return self._step(closure)

    def _loss(self, closure: Callable[[], Any]) -> Any:
        with enable_grad():
            return closure()

    def _step(self, closure: Callable[[], Any]) -> Any:
        group = self.param_groups[0]
        kept = self.state.setdefault(self._all()[0], {"func_evals": 0, "n_iter": 0})
        first = self._loss(closure)
        loss = float(first)
        evaluations = 1
        kept["func_evals"] += 1
        gradient = self._gradient()
        if _largest(gradient) <= group["tolerance_grad"]:
            return first
        for i in range(1, group["max_iter"] + 1):
            kept["n_iter"] += 1
            direction = self._direction(kept, gradient)
            before, kept["prev_flat_grad"], kept["prev_loss"] = loss, gradient, loss
            total = float(FUNCTIONS["sum"](FUNCTIONS["abs"](gradient)))
            size = min(1.0, 1.0 / total) * group["lr"] if kept["n_iter"] == 1 else group["lr"]
            slope = _dot(gradient, direction)
            if slope > -group["tolerance_change"]:
                kept["t"] = size
                break
            found = self._moved(closure, i, loss, gradient, direction, size, slope)
            loss, gradient, size = found.loss, found.gradient, found.size
            kept["t"] = size
            evaluations += found.evaluations
            kept["func_evals"] += found.evaluations
            if (
                i == group["max_iter"] or evaluations >= group["max_eval"]
                or _largest(gradient) <= group["tolerance_grad"]
                or _largest(direction) * abs(size) <= group["tolerance_change"]
                or abs(loss - before) < group["tolerance_change"]
            ):  # fmt: skip
                break
        return first

    def _moved(
        self, closure: Callable[[], Any], i: int, loss: float, gradient: Tensor,
        direction: Tensor, size: float, slope: float,
    ) -> Found:  # fmt: skip
        """One step along a direction: of this size, or as the search finds."""
        group = self.param_groups[0]
        if group["line_search_fn"] is None:
            self._move(size, direction)
            if i == group["max_iter"]:
                return Found(loss, gradient, size, 0)
            made = float(self._loss(closure))
            return Found(made, self._gradient(), size, 1)
        start = [METHODS["clone"](p) for p in self._all()]

        def at(t: float) -> tuple[float, Tensor, float]:
            self._move(t, direction)
            made = float(self._loss(closure))
            found = self._gradient()
            self._set(start)
            return made, found, _dot(found, direction)

        longest = _largest(direction)
        found = strong_wolfe(at, size, longest, loss, gradient, slope, group["tolerance_change"])
        self._move(found.size, direction)
        return found

    def _direction(self, kept: dict[str, Any], gradient: Tensor) -> Tensor:
        """Against the gradient, by the curvature that is known."""
        if kept["n_iter"] == 1:
            kept.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
            kept["d"] = FUNCTIONS["neg"](gradient)
            return kept["d"]  # type: ignore[no-any-return]
        y = FUNCTIONS["sub"](gradient, kept["prev_flat_grad"])
        s = FUNCTIONS["mul"](kept["d"], kept["t"])
        curved = _dot(y, s)
        if curved > 1e-10:
            if len(kept["old_dirs"]) == self.param_groups[0]["history_size"]:
                for name in ("old_dirs", "old_stps", "ro"):
                    kept[name].pop(0)
            kept["old_dirs"].append(y)
            kept["old_stps"].append(s)
            kept["ro"].append(1.0 / curved)
            kept["H_diag"] = curved / _dot(y, y)
        q = FUNCTIONS["neg"](gradient)
        shares = []
        past = list(zip(kept["old_dirs"], kept["old_stps"], kept["ro"], strict=True))
        for y, s, ro in reversed(past):
            share = _dot(s, q) * ro
            shares.append(share)
            q = FUNCTIONS["add"](q, y, alpha=-share)
        q = FUNCTIONS["mul"](q, kept["H_diag"])
        for (y, s, ro), share in zip(past, reversed(shares), strict=True):
            q = FUNCTIONS["add"](q, s, alpha=share - _dot(y, q) * ro)
        kept["d"] = q
        return q  # type: ignore[no-any-return]
