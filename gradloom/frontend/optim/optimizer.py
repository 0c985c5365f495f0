"""What optimizers share: pure `init` and `update`, and `step` that keeps the state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gradloom.frontend.compile import Compiled, compile
from gradloom.frontend.optim.groups import Group, Groups, groups_of, members
from gradloom.frontend.optim.kept import Kept, kept_step
from gradloom.frontend.optim.moving import like, moved, picked
from gradloom.frontend.optim.options import Schedule, check_lr, is_rate
from gradloom.frontend.optim.rule import Array, Number, Options, Rule
from gradloom.frontend.optim.state import State, begun, check_kept, check_state, copied
from gradloom.frontend.optim.trees import Tree, framework, gradients
from gradloom.frontend.trace import current_trace
from gradloom.frontend.tracer import Tracer
from gradloom.ir.errors import ArgumentError, CallError


class Optimizer:
    """Changes parameters, a pytree of arrays, by their gradients.

    `init(params)` gives the first state and `update(grads, state, params)` the next parameters and
    state: pure functions, to be traced, compiled, batched and differentiated. `step(params, grads)`
    does the same with the state that the optimizer keeps.

    `lr` is a number or a function of the step, which counts from 0. `groups` gives parameters
    options of their own. Gradients of complex parameters are `gl.grad`'s: their conjugates are the
    way up.
    """

    def __init__(
        self, rule: Rule, lr: float | Schedule, options: dict[str, Any], groups: Groups = ()
    ) -> None:
        self.rule, self.options, self.lr = rule, options, lr
        self.groups: tuple[Group, ...] = groups_of(self.name, groups, options)
        for group in self.groups:
            if group.lr is not None:
                check_lr(self.name, group.lr)
            self._check(group.options)
        self.state: State | None = None
        self._kept: Kept | None = None
        self._programs: dict[str, Compiled] = {}

    @property
    def name(self) -> str:
        """The optimizer's name."""
        return type(self).__name__

    @property
    def lr(self) -> float | Schedule:
        """The learning rate, of all groups that have none of their own; it may be set."""
        return self._lr

    @lr.setter
    def lr(self, value: float | Schedule) -> None:
        check_lr(self.name, value)
        self._lr = value

    def _check(self, options: Options) -> None:
        """Raise where an option is none."""

    def __repr__(self) -> str:
        lr = getattr(self.lr, "__name__", self.lr)
        told = ", ".join(f"{name}={value!r}" for name, value in self.options.items())
        return f"{self.name}(lr={lr}, {told})"

    # ---- pure ------------------------------------------------------------------------------------

    def init(self, params: Any) -> State:
        """The state before the first step: a pytree of arrays.

        `count` is how many updates were made, `step` how many each parameter took part in; what is
        kept of parameters stands by torch's names, by their paths.
        """
        trained = Tree.of(params).trained()
        group = members(self.groups, trained)
        own = {path: self.groups[i] for path, i in group.items()}
        return begun(self.rule, trained, {
            path: self.rule.kept(g.options, self.rate(g, None, 0)) for path, g in own.items()
        })  # fmt: skip

    def update(
        self, grads: Any, state: State, params: Any, *, lr: Number | None = None
    ) -> tuple[Any, State]:
        """The parameters and the state after a step.

        `lr` takes the place of the optimizer's own. A parameter whose gradient is None stays.
        Raises `ArgumentError`, `ShapeError` or `DtypeError` for trees that differ, with the path.
        """
        tree = Tree.of(params)
        new, made = self.moved(gradients(tree, grads), state, tree.trained(), lr)
        return tree.with_leaves(new), made

    def moved(
        self, grads: Mapping[str, Array], state: State, params: Mapping[str, Array],
        lr: Number | None = None,
    ) -> tuple[dict[str, Array], State]:  # fmt: skip
        """The same by paths: the parameters that have gradients after a step, and the state."""
        check_state(self.name, self.rule, state, params)
        group = members(self.groups, params)
        self.check_kept(state, group)
        taking = np.asarray([path in grads for path in params], np.int64)
        made: State = {
            **state, "count": like(state["count"], state["count"] + 1),
            "step": state["step"] + taking,
        }  # fmt: skip
        new: dict[str, Array] = {}
        for number, own in enumerate(self.groups):
            places = {path: i for i, path in enumerate(params) if group[path] == number}
            if any(path in grads for path in places):
                rate = self.rate(own, lr, state["count"])
                new |= self._group_moved(own, rate, places, params, grads, state, made)
        return new, made

    def check_kept(self, state: State, group: Mapping[str, int]) -> None:
        """Raise where the state lacks something; `group`: the number of each parameter's."""
        names = [list(self.rule.kept(g.options, 0.0)) for g in self.groups]
        check_kept(self.name, state, {path: names[i] for path, i in group.items()})

    def rate(self, group: Group, lr: Number | None, count: Number) -> Number:
        """A group's learning rate at a count of updates."""
        own = group.lr
        if own is None:
            own = self.lr if lr is None else lr
        if not callable(own) or type(own) is Tracer:
            return own
        made = own(count)
        if type(made) is not Tracer and not is_rate(made):
            raise ArgumentError(
                f"{self.name}: the learning rate of step {count} is {made!r}, no finite number",
                hint="a schedule gives a number of at least 0",
            )
        return made

    def _group_moved(
        self, group: Group, lr: Number, places: Mapping[str, int], params: Mapping[str, Array],
        grads: Mapping[str, Array], state: State, made: State,
    ) -> dict[str, Array]:  # fmt: skip
        """The new parameters of a group; what is kept of them goes into `made`."""
        rule, options = self.rule, group.options
        before = [made[name] for name in rule.running]
        step = np.maximum(made["step"], 1)  # of those without a step yet, no number is taken
        running = rule.run(options, step, *before)
        took = np.asarray([path in grads and path in places for path in params])
        for name, x, y in zip(rule.running, running, before, strict=True):
            made[name] = np.where(took, x, y)
        numbers = rule.numbers(options, lr, step, *running)
        new: dict[str, Array] = {}
        for path, place in places.items():
            if path not in grads:
                continue
            w = params[path]
            names = list(rule.kept(options, 0.0))
            kept = tuple([state[name][path] for name in names])
            own = tuple([picked(x, place, w) for x in numbers])
            new[path], *rest = moved(rule, w, grads[path], kept, own, options)
            for name, x in zip(names, rest, strict=True):
                made[name] = {**made[name], path: like(state[name][path], x)}
        return new

    # ---- with a state of its own -----------------------------------------------------------------

    def step(self, params: Any, grads: Any, *, inplace: bool = False) -> Any:
        """The parameters after a step; the state is kept in `state`, whose arrays change.

        With `inplace`, parameters are written into their own memory, and `params` is given back.
        """
        if current_trace() is not None:
            raise CallError(
                f"{self.name}.step keeps its state in the optimizer, which a traced program cannot",
                hint="call init outside, and update(grads, state, params) in the program",
            )
        tree = Tree.of(params)
        trained, given = tree.trained(), gradients(tree, grads)
        if self.state is None:
            self.state = self.init(params)
        check_state(self.name, self.rule, self.state, trained)
        theirs = framework(trained.values())
        if theirs is not None and not inplace:
            made, self.state = self.compiled(theirs)(grads, self.state, params)
            return made
        new, self.state, self._kept = kept_step(self, self._kept, trained, given, inplace)
        return params if inplace else tree.with_leaves(new)

    def compiled(self, backend: str = "auto") -> Callable[[Any, State, Any], tuple[Any, State]]:
        """`update(grads, state, params)` as a program of a backend, compiled once for each
        structure and dtypes. A rate that is a number is an input of it, and may change.
        """
        if backend not in self._programs:
            self._programs[backend] = compile(self._updated, backend)
        program = self._programs[backend]

        def update(grads: Any, state: State, params: Any) -> tuple[Any, State]:
            rate = None if callable(self.lr) else np.float64(self.lr)
            made: tuple[Any, State] = program(grads, state, params, rate)
            return made

        return update

    def _updated(self, grads: Any, state: State, params: Any, lr: Number | None) -> Any:
        return self.update(grads, state, params, lr=lr)

    def state_dict(self) -> State:
        """A copy of the state, for a file; empty before the first step."""
        return {} if self.state is None else copied(self.state)

    def load_state_dict(self, state: State) -> None:
        """Go on where another optimizer of such parameters stood."""
        self.state = copied(state) if state else None
