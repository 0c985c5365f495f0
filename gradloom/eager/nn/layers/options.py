"""Modules of functions: their options are given when they are made, and kept as attributes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from gradloom.eager.nn.module import Module
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import CallError

REQUIRED: Final = object()
"""The default of an option that has none."""


def bound(
    name: str, options: dict[str, Any], args: Sequence[Any], kwargs: dict[str, Any]
) -> dict[str, Any]:
    """Every option by name: those given in order or by name, the defaults of the others."""
    given = {**dict(zip(options, args, strict=False)), **kwargs}
    unknown = [key for key in given if key not in options]
    lacking = [key for key, value in {**options, **given}.items() if value is REQUIRED]
    if len(args) > len(options) or unknown or lacking:
        told = f"no option {unknown[0]!r}" if unknown else f"{len(args)} arguments"
        told = f"{lacking[0]!r} is missing" if lacking else told
        raise CallError(f"{name}: {told}", hint=f"options: {', '.join(options) or 'none'}")
    return {**options, **given}


def module_of(
    name: str, function: Callable[..., Any], text: Callable[[Any], str] | None = None,
    kept: Sequence[str] = (), **options: Any,
) -> type[Module]:  # fmt: skip
    """The module of a function. `text` is what its text says besides, of the module; options named
    in `kept` are tensors that are saved with it.
    """

    def __init__(self: Module, *args: Any, **kwargs: Any) -> None:
        Module.__init__(self)
        for key, value in bound(name, options, args, kwargs).items():
            if key in kept:
                self.register_buffer(key, value)
            else:
                setattr(self, key, value)

    def forward(self: Module, *xs: Tensor) -> Any:
        return function(*xs, **{key: getattr(self, key) for key in options})

    body: dict[str, Any] = {
        "__init__": __init__, "forward": forward,
        "__doc__": function.__doc__ or f"The module of `{name}`.",
    }  # fmt: skip
    if text is not None:
        body["extra_repr"] = text
    return type(name, (Module,), body)


def shown(*names: str, **plain: Any) -> Callable[[Any], str]:
    """The text of these options as `name=value`; of those in `plain` only where they differ."""

    def text(module: Any) -> str:
        parts = [f"{name}={getattr(module, name)!r}" for name in names]
        changed = [name for name, value in plain.items() if getattr(module, name) != value]
        parts += [f"{name}={getattr(module, name)!r}" for name in changed]
        return ", ".join(parts)

    return text
