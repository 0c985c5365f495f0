"""What optimizers share: groups of parameters, their options, and what is kept of each one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from gradloom.eager.calls import one
from gradloom.eager.grads import enable_grad, no_grad
from gradloom.eager.methods import METHODS
from gradloom.eager.tensor import Tensor
from gradloom.frontend.optim.options import check_least
from gradloom.ir.errors import ArgumentError, CallError, NotSupported, StateMismatch

_HOW: Final = frozenset(("foreach", "fused"))
"""Arguments of torch's that say how, and change no number."""


def checked(what: str, how: Mapping[str, Any], **least: float) -> None:
    """Raise where a number is below 0, or an argument asks for what there is not."""
    check_least(what, **least)
    for name, value in how.items():
        if name not in _HOW and name not in ("capturable", "differentiable"):
            raise CallError(f"{what}: there is no argument {name!r}")
        if value and name not in _HOW:
            raise NotSupported(f"{what}: {name}=True is not offered", hint="leave it out")


class Optimizer:
    """Changes parameters by their gradients. Each group has its own options, its `lr` among them.

    Numbers that change from step to step are given to the program as inputs, so that every step is
    the same program.
    """

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise CallError("an optimizer takes a list of parameters, not one", hint="give [x]")
        given = list(params)
        if not given:
            raise ArgumentError("optimizer got an empty parameter list")
        groups = given if isinstance(given[0], dict) else [{"params": given}]
        self.defaults = defaults
        self.param_groups: list[dict[str, Any]] = []
        self.state: dict[Tensor, dict[str, Any]] = {}
        self._hooks: dict[str, list[Callable[..., Any]]] = {"before": [], "after": []}
        for group in groups:
            self.add_param_group(group)
        self._numbers: dict[Any, Tensor] = {}
        self._before: dict[Any, Tensor] = {}

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """More parameters, with options of their own."""
        listed = param_group["params"]
        listed = [listed] if isinstance(listed, Tensor) else list(listed)
        listed = [x[1] if isinstance(x, tuple) else x for x in listed]
        for x in listed:
            if not isinstance(x, Tensor):
                raise CallError(f"an optimizer takes tensors, not {type(x).__name__}")
            if not x.is_leaf:
                raise ArgumentError("can't optimize a non-leaf Tensor", hint="give x.detach()")
        known = {id(p) for p in self._all()}
        if len({id(x) for x in listed}) < len(listed) or any(id(x) in known for x in listed):
            raise ArgumentError("some parameters appear in more than one parameter group")
        made = {**self.defaults, **param_group, "params": listed}
        if isinstance(made.get("lr"), Tensor):
            made["lr"] = float(made["lr"])
        checked(type(self).__name__, {}, lr=made["lr"])
        self.param_groups.append(made)

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> None:
        """Call `hook(optimizer, args, kwargs)` before each step."""
        self._hooks["before"].append(hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> None:
        """Call `hook(optimizer, args, kwargs)` after each step."""
        self._hooks["after"].append(hook)

    def _call_hooks(self, kind: str) -> None:
        for hook in self._hooks[kind]:
            hook(self, (), {})

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients."""
        for p in self._all():
            if set_to_none or p.grad is None:
                p.grad = None
            else:
                METHODS["zero_"](p.grad)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change every parameter that has a gradient."""
        self._call_hooks("before")
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        self._before, self._numbers = self._numbers, {}
        with no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        self._update(p, p.grad, group)
        self._call_hooks("after")
        return loss

    def _update(self, p: Tensor, grad: Tensor, group: dict[str, Any]) -> None:
        raise NotImplementedError

    def _all(self) -> list[Tensor]:
        return [p for group in self.param_groups for p in group["params"]]

    def number(self, p: Tensor, value: float) -> Tensor:
        """A number as an input of the program, in the parameter's dtype; that of the last step,
        where it is the same.
        """
        key = value, p.dtype, id(p._home)
        found = self._numbers.get(key, self._before.get(key))
        if found is None:
            found = Tensor(p._home, p._home.put(np.asarray(value, p._value.type.dtype)))
        self._numbers[key] = found
        return found

    def state_dict(self) -> dict[str, Any]:
        """The options and what is kept of each parameter, by its place."""
        places = {id(p): i for i, p in enumerate(self._all())}
        groups = [
            {**group, "params": [places[id(p)] for p in group["params"]]}
            for group in self.param_groups
        ]
        return {"state": {places[id(p)]: dict(s) for p, s in self.state.items()},
                "param_groups": groups}  # fmt: skip

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on where another optimizer of such parameters was."""
        given = state_dict["param_groups"]
        if len(given) != len(self.param_groups):
            raise StateMismatch(
                f"loaded state dict has {len(given)} parameter groups, and the optimizer "
                f"{len(self.param_groups)}"
            )
        for own, group in zip(self.param_groups, given, strict=True):
            if len(own["params"]) != len(group["params"]):
                raise StateMismatch(
                    f"loaded state dict has a group of {len(group['params'])} parameters where "
                    f"the optimizer has {len(own['params'])}"
                )
        for own, group in zip(self.param_groups, given, strict=True):
            own.update({k: v for k, v in group.items() if k != "params"})
        places = [i for group in given for i in group["params"]]
        params = dict(zip(places, self._all(), strict=True))
        self.state = {params[i]: dict(s) for i, s in state_dict["state"].items()}

    def zeros(self, p: Tensor) -> Tensor:
        """Zeros like a parameter."""
        return one("zeros_like", np.zeros_like, [p])

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {i}")
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return "\n".join([*lines, ")"])
