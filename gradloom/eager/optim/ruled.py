"""Optimizers that are a rule of `gl.optim`, recorded as one op for each parameter."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from gradloom.eager.calls import Array, several
from gradloom.eager.optim.optimizer import Optimizer, checked
from gradloom.eager.remembered import remembered
from gradloom.eager.tensor import Tensor
from gradloom.frontend.optim.rule import Rule
from gradloom.frontend.optim.rules import RULES

Options = tuple[tuple[str, Any], ...]


@remembered
def _moved(
    what: str, rule: str, w: Tensor, g: Tensor, numbers: list[Tensor], kept: list[Tensor],
    options: Options,
) -> tuple[Tensor, ...]:  # fmt: skip
    """A parameter after a step, and what is kept of it."""
    count, told = len(numbers), dict(options)

    def function(w: Array, g: Array, *rest: Array) -> tuple[Array, ...]:
        return RULES[rule].move(w, g, rest[count:], rest[:count], told)

    return several(what, function, [w, g, *numbers, *kept])


class Ruled(Optimizer):
    """Keeps of each parameter what its rule keeps, beside the count of steps."""

    rule: ClassVar[Rule]

    def __init__(self, params: Iterable[Any], lr: float, how: dict[str, Any], **own: Any) -> None:
        checked(type(self).__name__, how, lr=lr)
        super().__init__(params, {"lr": lr, **own})
        self._own = tuple(own)

    def _update(self, p: Tensor, grad: Tensor, group: dict[str, Any]) -> None:
        rule, (state, step) = self.rule, self._counted(p)
        options = {name: group[name] for name in self._own}
        first = rule.kept(options, group["lr"])
        for name, value in first.items():
            if name not in state:
                zeros = self.zeros(p)
                state[name] = zeros + value if value else zeros
        running = rule.run(options, step, *[state.get(n, x) for n, x in rule.running.items()])
        state.update(zip(rule.running, running, strict=True))
        numbers = [
            self.number(p, float(x)) for x in rule.numbers(options, group["lr"], step, *running)
        ]
        made = _moved(
            type(self).__name__, rule.name, p, grad, numbers, [state[name] for name in first],
            tuple(options.items()),
        )  # fmt: skip
        p.write(made[0]._value, type(self).__name__)
        state.update(zip(first, made[1:], strict=True))

    def _counted(self, p: Tensor) -> tuple[dict[str, Any], int]:
        """What is kept of a parameter, and the number of this step, from 1."""
        state = self.state.setdefault(p, {"step": 0})
        state["step"] += 1
        return state, state["step"]
