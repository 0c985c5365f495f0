"""L-BFGS on pytrees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, final

import numpy as np

from gradloom.frontend.optim.curvature import Told, check_search, new_memory, walk
from gradloom.frontend.optim.moving import like
from gradloom.frontend.optim.options import check_least, check_lr
from gradloom.frontend.optim.rule import Array
from gradloom.frontend.optim.trees import Tree, gradients
from gradloom.frontend.transforms import value_and_grad
from gradloom.ir.errors import ArgumentError, CallError, StateMismatch

ValueAndGrad = Callable[[Any], tuple[Any, Any]]


class Minimum(NamedTuple):
    """Where `minimize` ended. `is_flat`: whether the gradient is below its tolerance."""

    params: Any
    loss: float
    iterations: int
    evaluations: int
    is_flat: bool


@final
class LBFGS:
    """Steps by the curvature that the last steps showed, several in each `step`.

    `step(params, value_and_grad)` makes up to `max_iter` of them; `minimize(f, params)` begins anew
    and goes on until the gradient is flat or nothing changes any more. Options and numbers are
    torch's.

    >>> opt = LBFGS(line_search_fn="strong_wolfe")
    >>> def rosenbrock(p):
    ...     return (1 - p["x"]) ** 2 + 100 * (p["y"] - p["x"] ** 2) ** 2
    >>> found = opt.minimize(rosenbrock, {"x": np.array(-1.0), "y": np.array(2.0)})
    >>> float(found.params["x"].round(6)), found.loss < 1e-12
    (1.0, True)
    """

    def __init__(
        self, lr: float = 1.0, max_iter: int = 20, max_eval: int | None = None,
        tolerance_grad: float = 1e-7, tolerance_change: float = 1e-9, history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:  # fmt: skip
        check_lr("LBFGS", lr)
        if callable(lr):
            raise CallError("LBFGS: lr is a number", hint="its steps find their own sizes")
        check_search("LBFGS", line_search_fn)
        check_least("LBFGS", tolerance_grad=tolerance_grad, tolerance_change=tolerance_change,
                    max_iter=max_iter, history_size=history_size)  # fmt: skip
        self.lr = lr
        self.options: dict[str, Any] = {
            "max_iter": max_iter, "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change,
            "history_size": history_size, "line_search_fn": line_search_fn,
        }  # fmt: skip
        self.state: dict[str, Any] = new_memory()

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.options.items())
        return f"LBFGS(lr={self.lr}, {told})"

    def step(self, params: Any, function: ValueAndGrad) -> Any:
        """The parameters after up to `max_iter` steps; `function(params)` gives the loss and its
        gradients, as `gl.value_and_grad(loss)` does.
        """
        if not callable(function):
            raise CallError(
                f"LBFGS: step takes a function of the parameters, not {type(function).__name__}",
                hint="opt.step(params, gl.value_and_grad(loss))",
            )
        return self._walked(_Trees(params, function), self.options)[0]

    def minimize(self, f: Callable[[Any], Any], params: Any, max_iter: int = 1000) -> Minimum:
        """Where `f(params)`, a scalar, is least, from these parameters on, after at most so many
        steps. The history begins anew.
        """
        self.state = new_memory()
        options = {**self.options, "max_iter": max_iter, "max_eval": max_iter * 5 // 4}
        made, told = self._walked(_Trees(params, value_and_grad(f)), options)
        return Minimum(made, *told)

    def _walked(self, ground: _Trees, options: dict[str, Any]) -> tuple[Any, Told]:
        before = self.state.get("d")
        if before is not None and before.shape != ground.at.shape:
            raise StateMismatch(
                f"LBFGS: the state is of {before.size} numbers, and the parameters have "
                f"{ground.at.size}"
            )
        kept = _copied(self.state)
        told = walk(ground, kept, {**options, "lr": float(self.lr)}, *ground.look())
        self.state = kept
        return ground.params(), told

    def state_dict(self) -> dict[str, Any]:
        """A copy of the state, for a file."""
        return _copied(self.state)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where another stood."""
        self.state = _copied(state)


def _copied(state: dict[str, Any]) -> dict[str, Any]:
    return {
        name: list(x) if isinstance(x, list) else np.copy(x) if isinstance(x, np.ndarray) else x
        for name, x in state.items()
    }


@final
class _Trees:
    """Parameters as one vector, of complex ones the real parts and then the imaginary ones."""

    def __init__(self, params: Any, function: ValueAndGrad) -> None:
        self._tree, self._function = Tree.of(params), function
        self._trained = self._tree.trained()
        if not any(np.size(w) for w in self._trained.values()):
            raise ArgumentError("LBFGS: there are no parameters of floats")
        self.at = _joined(list(self._trained.values()))

    def params(self) -> Any:
        """The pytree of where it is."""
        made, begin = {}, 0
        for path, w in self._trained.items():
            size = np.size(w)
            part = self.at[begin : begin + size].reshape(np.shape(w))
            begin += size
            if np.iscomplexobj(w):
                part = part + 1j * self.at[begin : begin + size].reshape(np.shape(w))
                begin += size
            made[path] = np.array(like(w, part))
        return self._tree.with_leaves(made)

    def look(self) -> tuple[float, np.ndarray]:
        """The loss and its gradient where the parameters are."""
        value, grads = self._function(self.params())
        if np.shape(value) != ():
            raise CallError(f"LBFGS: the loss is a scalar, and has shape {np.shape(value)}")
        given = gradients(self._tree, grads)
        parts = [np.conj(given.get(path, np.zeros_like(w))) for path, w in self._trained.items()]
        return float(value), _joined(parts).astype(self.at.dtype)

    def move(self, size: float, direction: np.ndarray) -> None:
        """Go so far along a direction."""
        self.at = self.at + size * direction

    def mark(self) -> Callable[[], None]:
        """What goes back to where the parameters are now."""
        start = self.at

        def back() -> None:
            self.at = start

        return back


def _joined(arrays: list[Array]) -> np.ndarray:
    parts = [
        part.reshape(-1)
        for x in map(np.asarray, arrays)
        for part in ((x.real, x.imag) if x.dtype.kind == "c" else (x,))
    ]
    return np.concatenate(parts)
