"""The modules that a program calls: their names, and those that cannot be looked into."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any, Final

import torch
from torch import nn

from gradloom.ir.errors import ArgumentError, NotSupported

_PARALLEL: Final = frozenset({
    "DataParallel", "DistributedDataParallel", "FullyShardedDataParallel", "FSDPModule",
})  # fmt: skip
_CARRY: Final = (nn.Identity, nn.Flatten, nn.Unflatten)
"""Modules whose output is their input, in another shape."""
_DROP: Final = (nn.modules.dropout._DropoutNd,)
_NORMALIZE: Final = (nn.modules.batchnorm._NormBase,)


def is_shell(program: Any) -> bool:
    """Whether it is what `torch.compile` puts around a module."""
    return isinstance(program, nn.Module) and "_orig_mod" in program._modules


def plain(program: Any) -> Any:
    """The program without its compiled shell."""
    while is_shell(program):
        program = program._modules["_orig_mod"]
    return program


def roots_of(program: Any) -> dict[str, nn.Module]:
    """The modules that a program is known to reach, by name: itself (""), those that a function
    reads from outside, or the module whose method it is.
    """
    if isinstance(program, nn.Module):
        return {"": program}
    if isinstance(program, functools.partial):
        return roots_of(program.func)
    own = getattr(program, "__self__", None)
    if isinstance(own, nn.Module):
        return {"": own}
    if not inspect.isfunction(program):
        return {}
    read = inspect.getclosurevars(program)
    return {
        name: plain(value)
        for name, value in {**read.globals, **read.nonlocals}.items()
        if isinstance(value, nn.Module)
    }


def names_of(roots: dict[str, nn.Module]) -> dict[int, str]:
    """Qualified names by identity; a module that stands in two places has the first one's."""
    names: dict[int, str] = {}
    for prefix, root in roots.items():
        for name, module in root.named_modules():
            parts = [p for p in (prefix, *name.split(".")) if p and p != "_orig_mod"]
            names.setdefault(id(module), ".".join(parts))
    return names


def modules_of(roots: dict[str, nn.Module]) -> Iterator[nn.Module]:
    """Every module once."""
    seen: set[int] = set()
    for root in roots.values():
        for module in root.modules():
            if id(module) not in seen:
                seen.add(id(module))
                yield module


def check_modules(roots: dict[str, nn.Module]) -> None:
    """Raises where a module cannot be run as it is without being changed."""
    for module in modules_of(roots):
        kind = type(module).__name__
        if {c.__name__ for c in type(module).__mro__} & _PARALLEL:
            raise NotSupported(
                f"{kind} runs copies of a module on several devices",
                hint="give the module inside (`.module`), on one device",
            )
        for name, weight in module.named_parameters(recurse=False):
            if nn.parameter.is_lazy(weight):
                raise ArgumentError(
                    f"{kind}.{name} has no shape yet", hint="call the module once before"
                )
            if weight.is_meta:
                raise ArgumentError(f"{kind}.{name} is on the meta device: it has no numbers")


def computes(module: nn.Module) -> bool:
    """Whether its output is more than its input in another shape."""
    if isinstance(module, _DROP):
        return bool(module.training and module.p > 0)
    return not isinstance(module, _CARRY)


def floating_weight(roots: dict[str, nn.Module]) -> torch.Tensor | None:
    """The first weight that is a float: what the module's own numbers are."""
    for module in modules_of(roots):
        for weight in module.parameters(recurse=False):
            if weight.is_floating_point():
                return weight
    return None


def is_training(roots: dict[str, nn.Module]) -> bool:
    """Whether some module does otherwise in training: draws numbers, or keeps statistics."""
    kinds = (*_DROP, *_NORMALIZE)
    return any(m.training and isinstance(m, kinds) for m in modules_of(roots))


def title_of(program: Any) -> str:
    """A module's class, a function's name."""
    if isinstance(program, functools.partial):
        return title_of(program.func)
    named: Callable[..., Any] = type(program) if isinstance(program, nn.Module) else program
    return str(getattr(named, "__name__", type(program).__name__))
