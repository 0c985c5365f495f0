"""Hooks: functions called before or after a module is, or when its derivatives are known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

from gradloom.eager.function import Context, Function
from gradloom.eager.home import mode
from gradloom.eager.tensor import Tensor

Hook = Callable[..., Any]


@final
class HookHandle:
    """A hook that can be taken away again."""

    def __init__(self, hooks: list[Any], entry: Any) -> None:
        self._hooks, self._entry = hooks, entry

    def remove(self) -> None:
        """Call the hook no more."""
        self._hooks[:] = [e for e in self._hooks if e is not self._entry]

    def __enter__(self) -> HookHandle:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()


@final
class Hooks:
    """A module's hooks by kind, each with whether it gets keyword arguments."""

    def __init__(self) -> None:
        self.before: list[tuple[Hook, bool]] = []
        self.after: list[tuple[Hook, bool]] = []
        self.backward_before: list[tuple[Hook, bool]] = []
        self.backward: list[tuple[Hook, bool]] = []

    def any(self) -> bool:
        """Whether there are some."""
        return bool(self.before or self.after or self.backward_before or self.backward)

    def add(self, kind: str, hook: Hook, with_kwargs: bool, prepend: bool) -> HookHandle:
        """Call the hook from now on."""
        hooks = getattr(self, kind)
        entry = (hook, with_kwargs)
        hooks.insert(0 if prepend else len(hooks), entry)
        return HookHandle(hooks, entry)


def call(module: Any, hooks: Hooks, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What the module's `forward` gives, as its hooks change it."""
    for hook, named in list(hooks.before):
        made = hook(module, args, kwargs) if named else hook(module, args)
        if named and made is not None:
            args, kwargs = made
        elif made is not None:
            args = made if isinstance(made, tuple) else (made,)
    learns = mode.grad and (hooks.backward or hooks.backward_before)
    record = _Passing(module, hooks) if learns else None
    if record is not None:
        args = record.entered(args)
    result = module.forward(*args, **kwargs)
    for hook, named in list(hooks.after):
        made = hook(module, args, kwargs, result) if named else hook(module, args, result)
        result = result if made is None else made
    return result if record is None else record.left(result)


@final
class _Passing:
    """One call of a module: derivatives of its results come in, those of its arguments go out."""

    def __init__(self, module: Any, hooks: Hooks) -> None:
        self.module, self.hooks = module, hooks
        self.outside: tuple[Any, ...] = ()
        self.has_inputs = False

    def entered(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, passed through; where one is learnt, the hooks are called there."""
        self.places = [i for i, x in enumerate(args) if isinstance(x, Tensor)]
        self.count = len(args)
        self.has_inputs = any(args[i].requires_grad for i in self.places)
        if not self.has_inputs:
            return args
        passed = _Through.apply(self._inside, *[args[i] for i in self.places])
        given = list(args)
        for i, x in zip(self.places, passed, strict=True):
            given[i] = x
        return tuple(given)

    def left(self, result: Any) -> Any:
        """The result, passed through."""
        several = isinstance(result, tuple | list)
        listed = list(result) if several else [result]
        places = [i for i, x in enumerate(listed) if isinstance(x, Tensor)]
        if not any(listed[i].requires_grad for i in places):
            return result
        self.results, self.listed = places, len(listed)
        passed = _Through.apply(self._outside, *[listed[i] for i in places])
        for i, x in zip(places, passed, strict=True):
            listed[i] = x
        return type(result)(listed) if several else listed[0]

    def _outside(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        self.outside = _at(self.results, self.listed, grads)
        for hook, _ in list(self.hooks.backward_before):
            made = hook(self.module, self.outside)
            if made is not None:
                self.outside = made if isinstance(made, tuple) else (made,)
        if not self.has_inputs:
            for hook, _ in list(self.hooks.backward):
                hook(self.module, (None,) * self.count, self.outside)
        return tuple([self.outside[i] for i in self.results])

    def _inside(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        inside = _at(self.places, self.count, grads)
        for hook, _ in list(self.hooks.backward):
            made = hook(self.module, inside, self.outside)
            if made is not None:
                inside = made if isinstance(made, tuple) else (made,)
        return tuple([inside[i] for i in self.places])


def _at(places: list[int], count: int, values: tuple[Any, ...]) -> tuple[Any, ...]:
    made: list[Any] = [None] * count
    for i, value in zip(places, values, strict=True):
        made[i] = value
    return tuple(made)


class _Through(Function):
    """Tensors as they are; their derivatives, all at once, as a function changes them."""

    @staticmethod
    def forward(ctx: Context, told: Hook, *xs: Tensor) -> Any:
        """The tensors."""
        ctx.__dict__["told"] = told
        return tuple(xs)

    @staticmethod
    def backward(ctx: Context, *grads: Any) -> Any:
        """What the function makes of their derivatives."""
        return (None, *ctx.told(grads))
