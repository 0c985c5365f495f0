"""Gradients of functions that read parameters by their names."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, final

from gradloom.frontend.params import scopes
from gradloom.frontend.params.store import bound
from gradloom.frontend.params.tree import ParamDict, store_of

Objective = Callable[..., Any]


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
    from gradloom.frontend.compile import compile
    from gradloom.frontend.transforms import value_and_grad

    given = value_and_grad(pure(weights, objective), has_aux=way.has_aux)
    if way.jit or way.backend is not None:
        given = compile(given, way.backend or "numpy")
    with ExitStack() as stack:
        stack.enter_context(bound(store_of(weights), None))
        stack.enter_context(names(weights, objective))
        made: tuple[Any, Any] = given(weights, *args, **kwargs)
    return made


def pure(weights: ParamDict, objective: Objective) -> Objective:
    """`f(tree, *args, **kwargs)`: the objective with the values of `tree` for those of `weights`,
    however it reads them: by ambient names, through `weights.w`, or as its first argument.
    """

    def function(tree: ParamDict, /, *args: Any, **kwargs: Any) -> Any:
        with bound(store_of(weights), list(store_of(tree).now())), names(weights, objective):
            if takes_weights(objective, args, kwargs):
                return objective(tree, *args, **kwargs)
            return objective(*args, **kwargs)

    function.__name__ = getattr(objective, "__name__", "objective")
    return function


def names(weights: ParamDict, objective: Objective) -> Any:
    """The scope of the parameters' names in the objective's own module."""
    return scopes.scope(_globals_of(objective), weights.names, weights.__getitem__)


def _globals_of(f: Any) -> dict[str, Any]:
    while True:
        if isinstance(f, functools.partial):
            f = f.func
        elif hasattr(f, "__wrapped__"):
            f = f.__wrapped__
        elif hasattr(f, "__func__"):
            f = f.__func__
        else:
            break
    found = getattr(f, "__globals__", None)
    if found is None:
        called = inspect.getattr_static(type(f), "__call__", None)
        found = getattr(called, "__globals__", {})
    table: dict[str, Any] = found
    return table


def takes_weights(objective: Objective, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether the objective asks for one positional argument more than it is given: the weights."""
    try:
        parameters = inspect.signature(objective).parameters.values()
    except (TypeError, ValueError):
        return False
    required = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
                and p.default is p.empty and p.name not in kwargs]  # fmt: skip
    return len(required) == len(args) + 1
