"""A function that reads parameters by their names, as a pure function of their values."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from types import FunctionType
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.arity import explained
from gradloom.frontend.environment import scan
from gradloom.frontend.opened import OPENED, Row
from gradloom.frontend.params import scopes
from gradloom.frontend.params.ambient import is_ambient
from gradloom.frontend.params.casting import cast
from gradloom.frontend.params.store import bound
from gradloom.frontend.params.tree import ParamDict, form_of, store_of
from gradloom.frontend.record import as_called
from gradloom.frontend.signature import flatten, unflatten
from gradloom.frontend.trace import current_trace
from gradloom.frontend.tracer import READ_ONLY, Tracer, is_tracer
from gradloom.ir.errors import TraceError

Objective = Callable[..., Any]
_HINT: Final = "a function of the data, which reads the weights by name or has them first"


@final
class Pure:
    """`f(tree, *args, **kwargs)`: the objective with the values of `tree` for those of `weights`,
    however it reads them: by ambient names, through `weights.w`, or (`explicit`) as its first
    argument; None: where it asks for one argument more than it is given. `dtype`: floats are cast
    to it on the way in.

    Names that the module has itself are shadowed, except for an `explicit` objective.
    """

    def __init__(
        self,
        weights: ParamDict,
        objective: Objective,
        explicit: bool | None = None,
        dtype: Any = None,
    ) -> None:
        self.__name__ = getattr(objective, "__name__", "objective")
        self._weights, self._objective = weights, objective
        self._explicit, self._dtype = explicit, dtype

    def __call__(self, tree: ParamDict, /, *args: Any, **kwargs: Any) -> Any:
        """The objective's result."""
        tree = cast(tree, self._dtype) if self._dtype is not None else tree
        values = list(store_of(tree).now())
        for x in values:
            if type(x) is Tracer:
                x.frozen = READ_ONLY
        if self._dtype is not None:
            args, kwargs = cast(args, self._dtype), cast(kwargs, self._dtype)
        explicit = self._explicit
        if explicit is None:
            explicit = takes_weights(self._objective, args, kwargs)
        given = (tree, *args) if explicit else args
        with bound(store_of(self._weights), self._spread(values)), self.names():
            sources = self._refuse_captured() if current_trace() is not None else {}
            told = f"{len(args)} arguments, nor the weights and these"
            with explained(self._objective, given, kwargs, told, _HINT):
                leaves, spec = flatten(as_called(self._objective)(*given, **kwargs))
        if sources:
            self._refuse_unread(values, leaves, sources)
        return unflatten(spec, leaves)  # without names, which mean nothing outside

    def _spread(self, values: list[Any]) -> list[Any]:
        """The values of a part of a tree at the places of the whole."""
        whole = list(store_of(self._weights).values)
        for slot, value in zip(form_of(self._weights).owners, values, strict=True):
            whole[slot.index] = value
        return whole

    def names(self) -> AbstractContextManager[None]:
        """The scope of the parameters' names in the objective's own module."""
        return names(self._weights, self._objective, shadows=not self._explicit)

    def reached(self) -> Iterator[Row]:
        """The objective, for a walk that finds no weights in it: they are arguments."""
        with bound(store_of(self._weights), None), self.names():
            yield "._objective", "", self._objective

    def _refuse_captured(self) -> dict[int, str]:
        """Raise where the objective reads a weight's array other than through the weights: numpy
        would compute with it unseen. The arrays that weights were made from and that it reads: how
        it writes them, by the number of the weight.
        """
        with bound(store_of(self._weights), None):
            env = scan(self._objective)
        arrays = {id(x): x for x in env.keep if isinstance(x, np.ndarray) and not is_ambient(x)}
        sources: dict[int, str] = {}
        for identity, label in env.paths.items():
            found = arrays.get(identity)
            owner = owner_of(found, self._weights)
            number = store_of(self._weights).number_of_source(found)
            if number is not None:
                sources[number] = label
            if owner:
                raise TraceError(
                    f"{label} is the array of the weight {owner!r}, read around the weights: its "
                    "part of the gradient would be lost",
                    hint=f"read it as {owner.partition('.')[0]} or weights.{owner} inside the "
                    "objective, or take a copy of it before, for a constant",
                )
        return sources

    def _refuse_unread(self, values: list[Any], leaves: list[Any], sources: dict[int, str]) -> None:
        """Raise where the objective reads the array that a weight was made from, and not the
        weight: a gradient of zeros would say that the loss does not depend on it.
        """
        trace = current_trace()
        nodes = [n for b in trace.builders() for n in b.nodes] if trace is not None else []
        read = {id(x) for node in nodes for x in node.operands}
        read |= {id(x.value) for x in leaves if type(x) is Tracer}
        for slot, value in zip(form_of(self._weights).owners, values, strict=True):
            label = sources.get(slot.index)
            if label and slot.trainable and type(value) is Tracer and id(value.value) not in read:
                raise TraceError(
                    f"the objective reads {label}, the array that the weight {slot.path!r} was "
                    "made from, and not the weight",
                    hint=f"read it as weights.{slot.path}: a variable of a function around hides "
                    "the name",
                )


def names(
    weights: ParamDict, objective: Objective, shadows: bool = True
) -> AbstractContextManager[None]:
    """The scope of the parameters' names in the objective's own module; `shadows`: also of those
    that the module has itself.
    """
    table, found = globals_of(objective), weights.names
    if not shadows:
        found = found - {n for n in found if n in table and not is_ambient(table[n])}
    return scopes.scope(table, found, weights) if found else nullcontext()


def owner_of(x: Any, weights: ParamDict) -> str:
    """The path of the weight whose memory an array is, or shares; else ""."""
    if is_ambient(x) or not isinstance(x, np.ndarray) or is_tracer(x):
        return ""
    values = store_of(weights).values
    for slot in form_of(weights).owners:
        own = values[slot.index]
        if x is own:
            return slot.path
        if not x.flags.owndata and isinstance(own, np.ndarray) and np.may_share_memory(x, own):
            return slot.path
    return ""


def globals_of(f: Any) -> dict[str, Any]:
    """The globals of the module that a function, method or callable object was written in."""
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
    if type(objective) is FunctionType and not objective.__dict__:  # as below, in a tenth the time
        code, defaults = objective.__code__, len(objective.__defaults__ or ())
        asked = code.co_varnames[: code.co_argcount - defaults]
        return sum(name not in kwargs for name in asked) == len(args) + 1
    try:
        parameters = inspect.signature(objective).parameters.values()
    except (TypeError, ValueError):
        return False
    required = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
                and p.default is p.empty and p.name not in kwargs]  # fmt: skip
    return len(required) == len(args) + 1


OPENED[Pure] = Pure.reached
