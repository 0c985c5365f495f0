"""An optimizer's own steps: state in memory of its own, parameters in new arrays or in theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, final

import numpy as np

from gradloom.frontend.optim.blocks import Memory, fits
from gradloom.frontend.optim.groups import Group, members
from gradloom.frontend.optim.rule import Array
from gradloom.frontend.optim.state import State
from gradloom.ir.errors import ArgumentError

if TYPE_CHECKING:
    from gradloom.frontend.optim.optimizer import Optimizer


@final
class Kept:
    """The memory of a state; `state` is that state, whose arrays change at each step."""

    def __init__(self, opt: Optimizer, params: Mapping[str, np.ndarray], state: State) -> None:
        self.state: State = {n: dict(x) if isinstance(x, dict) else x for n, x in state.items()}
        self.params = {path: (w.shape, w.dtype) for path, w in params.items()}
        self.order = list(params)
        self.parts: list[tuple[Group, Memory]] = []
        group = members(opt.groups, params)
        opt.check_kept(state, group)
        for number, own in enumerate(opt.groups):
            for dtype in {w.dtype for w in params.values()}:
                chosen = {
                    p: w for p, w in params.items() if group[p] == number and w.dtype == dtype
                }
                if chosen:
                    memory = Memory(opt.rule, own.options, chosen, self.state)
                    self.parts.append((own, memory))

    def is_of(self, params: Mapping[str, np.ndarray]) -> bool:
        """Whether the memory is of such parameters."""
        return self.params == {path: (w.shape, w.dtype) for path, w in params.items()}

    def step(
        self, opt: Optimizer, params: Mapping[str, np.ndarray], grads: Mapping[str, np.ndarray],
        inplace: bool,
    ) -> dict[str, np.ndarray]:  # fmt: skip
        """The new parameters that have gradients; the state is changed."""
        if inplace:
            grads = _apart(grads, params)
        new = {path: params[path] if inplace else np.empty_like(params[path]) for path in grads}
        rates = [opt.rate(group, None, int(self.state["count"])) for group, _ in self.parts]
        made = {
            **self.state, "count": self.state["count"] + 1,
            "step": self.state["step"] + np.asarray([p in grads for p in self.order], np.int64),
        }  # fmt: skip
        for rate, (group, memory) in zip(rates, self.parts, strict=True):
            self._part(opt, group, memory, rate, params, grads, new, made)
        self.state = made
        return new

    def _part(
        self, opt: Optimizer, group: Group, memory: Memory, rate: Any,
        params: Mapping[str, np.ndarray], grads: Mapping[str, np.ndarray],
        new: Mapping[str, np.ndarray], made: State,
    ) -> None:  # fmt: skip
        """The step of one memory's parameters, those with the same count of steps at once."""
        rule, step = opt.rule, made["step"]
        at = {path: i for i, path in enumerate(self.order) if path in memory.places}
        moving = [path for path in memory.places if path in grads]
        for count in dict.fromkeys(int(step[at[path]]) for path in moving):
            chosen = [path for path in moving if step[at[path]] == count]
            running = [float(made[name][at[chosen[0]]]) for name in rule.running]
            running = [float(x) for x in rule.run(group.options, count, *running)]
            for name, x in zip(rule.running, running, strict=True):
                made[name] = made[name].copy()
                made[name][[at[path] for path in chosen]] = x
            numbers = rule.numbers(group.options, rate, count, *running)
            flat = [
                {memory.places[p]: np.ascontiguousarray(x[p]).reshape(-1) for p in chosen}
                for x in (params, grads, new)
            ]
            memory.step(flat[0], flat[1], flat[2], [float(x) for x in numbers])


def _apart(
    grads: Mapping[str, np.ndarray], params: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """The gradients, copied where they lie in a parameter's memory: of `a * b` they are b and a."""
    owners = {_owner(w) for w in params.values()}
    return {path: g.copy() if _owner(g) in owners else g for path, g in grads.items()}


def _owner(x: np.ndarray) -> int:
    while isinstance(x.base, np.ndarray):
        x = x.base
    return id(x)


def kept_step(
    opt: Optimizer, kept: Kept | None, params: Mapping[str, Array], grads: Mapping[str, Array],
    inplace: bool,
) -> tuple[dict[str, Array], State, Kept | None]:  # fmt: skip
    """The new parameters that have gradients, the state, and its memory: of numpy's arrays of f32
    and f64 by blocks, else as `update` does.
    """
    if inplace:
        check_writable(opt.name, params, grads)
    state = opt.state
    assert state is not None
    if opt.rule.sizes is None and fits(params, grads):
        if kept is None or kept.state is not state or not kept.is_of(params):
            kept = Kept(opt, dict(params), state)
        new = kept.step(opt, params, grads, inplace)
        return new, kept.state, kept
    made, state = opt.moved(grads, state, params)
    if inplace:
        for path, x in made.items():
            params[path][...] = x
        made = {path: params[path] for path in made}
    return made, state, None


def check_writable(what: str, params: Mapping[str, Array], grads: Mapping[str, Array]) -> None:
    """Raise where a parameter cannot be written, or two are one array."""
    seen: dict[int, str] = {}
    for path in grads:
        w = params[path]
        if not isinstance(w, np.ndarray) or not w.flags.writeable:
            kind = "a read-only array" if isinstance(w, np.ndarray) else type(w).__name__
            raise ArgumentError(
                f"{what}: parameter {path} is {kind}, which cannot be changed in place",
                hint="leave out inplace=True, and take what step gives",
            )
        if id(w) in seen:
            raise ArgumentError(
                f"{what}: parameters {seen[id(w)]} and {path} are one array",
                hint="gl.tied gives such a parameter one gradient",
            )
        seen[id(w)] = path
