"""Running means of parameters, which often do better than the parameters themselves."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from gradloom.frontend.optim.moving import like
from gradloom.frontend.optim.options import check_share
from gradloom.frontend.optim.state import State, copied
from gradloom.frontend.optim.trees import Tree
from gradloom.ir.errors import CallError, StateMismatch


@final
class EMA:
    """The exponential moving average of parameters: `decay * mean + (1 - decay) * params`, from
    the parameters at `init` on. With `warmup`, the decay is at most (1 + n) / (10 + n) after n
    updates, so that the first parameters are soon forgotten.

    `init(params)`, `update(state, params)` and `params(state, like)` are pure; `step(params)` keeps
    the state in `state`, and `averaged(params)` gives the means in the shape of the parameters.

    >>> ema = EMA(decay=0.5)
    >>> for x in (0.0, 1.0, 2.0):
    ...     ema.step({"w": np.full(2, x)})
    >>> ema.averaged({"w": np.zeros(2)})
    {'w': array([1.25, 1.25])}
    """

    def __init__(self, decay: float = 0.999, *, warmup: bool = False) -> None:
        check_share("EMA", decay=decay)
        self.decay, self.warmup = decay, warmup
        self.state: State | None = None

    def __repr__(self) -> str:
        return f"EMA(decay={self.decay}, warmup={self.warmup})"

    def init(self, params: Any) -> State:
        """The state before the first update: a copy of the parameters."""
        means = {path: np.array(x, copy=True) for path, x in Tree.of(params).trained().items()}
        return {"count": np.asarray(0), "mean": means}

    def update(self, state: State, params: Any) -> State:
        """The state after an update."""
        count = state["count"]
        decay: Any = self.decay
        if self.warmup:
            decay = np.minimum(decay, (1 + count) / (10 + count))
        means = {}
        for path, w in _checked(state, params).items():
            mean, share = state["mean"][path], 1 - decay
            share = share.astype(np.abs(mean).dtype) if self.warmup else share
            means[path] = like(mean, mean + share * (w - mean))
        return {"count": like(count, count + 1), "mean": means}

    def params(self, state: State, params: Any) -> Any:
        """The means, and of what has none the given leaves, in the structure of the parameters."""
        _checked(state, params)
        return Tree.of(params).with_leaves(state["mean"])

    def step(self, params: Any) -> None:
        """One more set of parameters; the first begins the mean."""
        self.state = self.init(params) if self.state is None else self.update(self.state, params)

    def averaged(self, params: Any) -> Any:
        """The means in the structure of the parameters."""
        if self.state is None:
            raise CallError("EMA: there is no mean before the first step(params)")
        return Tree.of(params).with_leaves(copied(_checked_state(self.state, params)["mean"]))

    def state_dict(self) -> State:
        """A copy of the state, for a file; empty before the first step."""
        return {} if self.state is None else copied(self.state)

    def load_state_dict(self, state: State) -> None:
        """Go on where another stood."""
        self.state = copied(state) if state else None


def _checked_state(state: State, params: Any) -> State:
    _checked(state, params)
    return state


def _checked(state: State, params: Any) -> dict[str, Any]:
    """The parameters by path; raises where the means are of others."""
    trained = Tree.of(params).trained()
    parted = sorted(set(trained) ^ set(state["mean"]))
    if parted:
        side = "the parameters" if parted[0] in trained else "the means"
        raise StateMismatch(f"EMA: {parted[0]} is only in {side}")
    for path, w in trained.items():
        if np.shape(w) != np.shape(state["mean"][path]):
            raise StateMismatch(
                f"EMA: {path} has shape {np.shape(w)}, and its mean {np.shape(state['mean'][path])}"
            )
    return trained
