"""Gradients of functions that read parameters by their names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType, MethodType
from typing import Any, final

import numpy as np

from gradloom.frontend.params.objective import Pure, owner_of, takes_weights
from gradloom.frontend.params.tree import ParamDict, form_of, store_of
from gradloom.frontend.signature import flatten
from gradloom.ir.errors import ArgumentError, NotSupported

Objective = Callable[..., Any]
_MOST = 32
"""Transformed objectives kept per tree of parameters; then the oldest is forgotten."""


@final
@dataclass(frozen=True, slots=True)
class Way:
    """How `weights.grad` runs."""

    backend: Any = None
    jit: bool = False
    dtype: Any = None
    has_aux: bool = False


def grad(
    weights: ParamDict,
    objective: Objective,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    way: Way,
) -> tuple[Any, Any]:
    """`(value, gradients)` of `objective(*args, **kwargs)`."""
    is_first = bool(args) and is_tree_of(args[0], weights)
    if is_first:
        args = args[1:]
    _refuse_own_arrays(weights, args, kwargs)
    explicit = is_first or takes_weights(objective, args, kwargs)
    transformed = _transformed(weights, objective, explicit, way)
    made: tuple[Any, Any] = transformed(weights, *args, **kwargs)
    return made


def _transformed(
    weights: ParamDict, objective: Objective, explicit: bool, way: Way
) -> Callable[..., Any]:
    """What gives value and gradients; the same as before where that is the same objective."""
    from gradloom.frontend.compile import compile
    from gradloom.frontend.transforms import value_and_grad

    kept = store_of(weights).kept
    key = (form_of(weights), explicit, _identity(way), _identity_of(objective))
    found = kept.get(key)
    if found is None:
        found = value_and_grad(Pure(weights, objective, explicit, way.dtype), has_aux=way.has_aux)
        if way.jit or way.backend is not None:
            backend = "numpy" if way.backend is None else way.backend
            found = compile(found, backend, device=_device(weights, backend))
        while len(kept) >= _MOST:
            kept.pop(next(iter(kept)))
        kept[key] = found
    made: Callable[..., Any] = found
    return made


def _device(weights: ParamDict, backend: Any) -> str | None:
    """The device that parameters name, where a framework runs: a program runs on one."""
    named = {s.device: s.path for s in form_of(weights).owners if s.device is not None}
    if backend == "numpy" or not named:
        return None
    if len(named) > 1:
        (a, on_a), (b, on_b), *_ = ((path, device) for device, path in named.items())
        raise NotSupported(
            f"weights.grad: {a!r} lies on {on_a} and {b!r} on {on_b}, and a program runs on one",
            hint="name one device, or run parts of the model as programs of their own",
        )
    return next(iter(named))


def _identity(way: Way) -> tuple[Any, ...]:
    backend = way.backend if isinstance(way.backend, str) else id(way.backend)
    return backend, way.jit, str(way.dtype), way.has_aux


def _identity_of(f: Any) -> tuple[Any, ...]:
    """Equal for objectives that are one function: a lambda in a loop is made anew each time, of the
    same code and variables.
    """
    if type(f) is MethodType:
        return ("method", id(f.__self__), *_identity_of(f.__func__))
    if type(f) is not FunctionType or f.__dict__:
        return ("object", id(f))
    cells = tuple(map(id, f.__closure__ or ()))
    defaults = (*(f.__defaults__ or ()), *(f.__kwdefaults__ or {}).values())
    return (f.__code__, id(f.__globals__), cells, tuple(map(id, defaults)))


# ---- a weight among the arguments ----------------------------------------------------------------


def is_tree_of(x: Any, weights: ParamDict) -> bool:
    """Whether `x` is these weights."""
    return (
        type(x) is ParamDict and store_of(x) is store_of(weights) and form_of(x) is form_of(weights)
    )


def _refuse_own_arrays(weights: ParamDict, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Raise where an argument is a weight's own array, whose gradient there would be lost."""
    if not kwargs and all(type(x) is np.ndarray and x.flags.owndata for x in args):
        own = set(map(id, store_of(weights).values))
        if own.isdisjoint(map(id, args)):
            return
    leaves, spec = flatten((args, kwargs))
    for i, x in enumerate(leaves):
        owner = owner_of(x, weights)
        if owner:
            path = spec.paths()[i]
            where = f"argument {path[1] + 1}" if path[0] == 0 else f"argument {path[1]!r}"
            raise ArgumentError(
                f"weights.grad: {where} is the array of the weight {owner!r}, which would be data "
                "there, without a gradient",
                hint="read the weight by its name inside the objective, or pass a copy",
            )
