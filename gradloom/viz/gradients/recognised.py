"""Which framework a program belongs to, and the adapter that looks into its layers."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any, Final

from gradloom.ir.errors import NotSupported
from gradloom.viz.gradients.computed import Computed

_FRAMEWORKS: Final = {
    "keras": "tensorflow", "tensorflow": "tensorflow", "torch": "torch", "jax": "jax",
    "jaxlib": "jax", "flax": "jax", "equinox": "jax",
}  # fmt: skip
"""The framework of what comes from a package; Keras first, whose models may be torch's as well."""
_ADAPTERS: Final = {
    "jax": ("gradloom.viz.gradients.jax.source", "JaxFunction"),
    "tensorflow": ("gradloom.viz.gradients.tensorflow.source", "TensorFlowProgram"),
    "torch": ("gradloom.viz.gradients.torch.source", "TorchProgram"),
}
"""Module and class by framework; the class takes what `Live` takes, except for `backend`."""


def framework_of(program: Any, args: Sequence[Any] = ()) -> str | None:
    """The framework whose object the program is; for a plain function that of its arguments, and of
    what is in their lists and dicts; None for what is numpy's or gradloom's.
    """
    own = [_made_by(part) for part in _parts(program)]
    is_numpy = any(packages & {"gradloom", "numpy"} for packages in own)
    for packages in own if is_numpy else (*own, *map(_made_by, _leaves(args))):
        for package, framework in _FRAMEWORKS.items():
            if package in packages:
                return framework
    return None


def _parts(program: Any) -> Iterator[Any]:
    """The program itself, and what it calls: the function of a partial, the object of a method."""
    yield program
    if isinstance(program, functools.partial):
        yield from _parts(program.func)
    elif hasattr(program, "__self__"):
        yield program.__self__


def _leaves(x: Any) -> Iterator[Any]:
    if isinstance(x, dict):
        x = list(x.values())
    if isinstance(x, list | tuple):
        for part in x:
            yield from _leaves(part)
    else:
        yield x


def _made_by(x: Any) -> set[str]:
    """The packages that define the classes of an object."""
    return {c.__module__.partition(".")[0] for c in type(x).__mro__}


def adapter_of(framework: str, program: Any) -> Callable[..., Computed]:
    """The source that looks into programs of this framework."""
    if framework not in _ADAPTERS:
        raise NotSupported(
            f"{type(program).__name__} is a model of {framework}, whose layers are not looked into",
            hint="write an adapter (gradloom/viz/gradients/source.py), or give a numpy function",
        )
    module, name = _ADAPTERS[framework]
    made: Callable[..., Computed] = getattr(import_module(module), name)
    return made
