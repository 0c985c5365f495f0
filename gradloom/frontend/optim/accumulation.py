"""Gradients of several batches for one step."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from gradloom.frontend.flow import cond
from gradloom.frontend.optim.moving import like
from gradloom.frontend.optim.optimizer import Optimizer
from gradloom.frontend.optim.rates import check_count
from gradloom.frontend.optim.rule import Array, Number
from gradloom.frontend.optim.state import State, copied
from gradloom.frontend.optim.trees import Tree, gradients
from gradloom.frontend.tracer import Tracer


@final
class Accumulated:
    """See `accumulate`."""

    def __init__(self, opt: Optimizer, every: int) -> None:
        check_count("accumulate", every=every)
        self.opt, self.every = opt, every
        self.state: State | None = None

    def __repr__(self) -> str:
        return f"accumulate({self.opt!r}, every={self.every})"

    def init(self, params: Any) -> State:
        """The state before the first gradients."""
        trained = Tree.of(params).trained()
        sums = {path: np.zeros_like(w) for path, w in trained.items()}
        seen = np.zeros(len(trained), np.int64)
        return {"gathered": np.asarray(0), "seen": seen, "sum": sums, "opt": self.opt.init(params)}

    def update(
        self, grads: Any, state: State, params: Any, *, lr: Number | None = None
    ) -> tuple[Any, State]:
        """The gradients added to those before; each `every`-th time, a step by their mean."""
        tree = Tree.of(params)
        given, trained = gradients(tree, grads), tree.trained()
        took = np.asarray([path in given for path in trained], np.int64)
        sums = {path: x + given[path] if path in given else x for path, x in state["sum"].items()}
        made = {
            **state, "gathered": like(state["gathered"], state["gathered"] + 1),
            "seen": state["seen"] + took, "sum": sums,
        }  # fmt: skip
        is_due = made["gathered"] == self.every
        if type(is_due) is Tracer:
            new, made = cond(
                is_due,
                lambda params, state: self._stepped(params, state, list(given), lr),
                lambda params, state: (params, state),
                trained, made,
            )  # fmt: skip
        elif is_due:
            moving = [path for path, n in zip(trained, made["seen"], strict=True) if n]
            new, made = self._stepped(trained, made, moving, lr)
        else:
            new = trained
        return tree.with_leaves(new), made

    def _stepped(
        self, params: dict[str, Array], state: State, moving: list[str], lr: Number | None
    ) -> tuple[dict[str, Array], State]:
        means = {path: state["sum"][path] / self.every for path in moving}
        new, opt = self.opt.moved(means, state["opt"], params, lr)
        zeros = {path: np.zeros_like(x) for path, x in state["sum"].items()}
        counts = {name: np.zeros_like(state[name]) for name in ("gathered", "seen")}
        return {**params, **new}, {**counts, "sum": zeros, "opt": opt}

    def step(self, params: Any, grads: Any) -> Any:
        """The parameters after these gradients; the state is kept in `state`."""
        if self.state is None:
            self.state = self.init(params)
        made, self.state = self.update(grads, self.state, params)
        return made

    def state_dict(self) -> State:
        """A copy of the state, for a file; empty before the first step."""
        return {} if self.state is None else copied(self.state)

    def load_state_dict(self, state: State) -> None:
        """Go on where another stood."""
        self.state = copied(state) if state else None


def accumulate(opt: Optimizer, every: int) -> Accumulated:
    """An optimizer that steps by the mean of `every` gradients, and stays in between.

    A gradient that is None counts as zeros, and where all of them are, the parameter takes no part;
    in a traced program, where the last one is.

    >>> from gradloom.frontend.optim.sgd import SGD
    >>> opt, w = accumulate(SGD(lr=1.0), every=2), np.zeros(1)
    >>> for g in (1.0, 3.0, 5.0):
    ...     w = opt.step(w, np.full(1, g))
    >>> w
    array([-2.])
    """
    return Accumulated(opt, every)
