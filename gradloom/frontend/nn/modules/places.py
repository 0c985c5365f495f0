"""One part of a module, found by its path: read, changed in a copy, kept from training."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar, final

from gradloom.frontend.nn.modules.fields import declared
from gradloom.frontend.nn.modules.module import Module, remade
from gradloom.ir.errors import ArgumentError
from gradloom.ir.location import user_location

M = TypeVar("M", bound=Module)


@final
class Place(Generic[M]):
    """The part of a module at a path: names of fields, numbers in tuples, keys of dicts, with dots
    between them. The empty path is the module itself.

    >>> import numpy as np
    >>> from gradloom import nn
    >>> model = nn.Sequential(nn.Linear(2, 3, key=0), nn.relu)
    >>> model.at("layers.0.b").set(np.zeros(3)).layers[0].b
    array([0., 0., 0.])
    """

    __slots__ = ("_module", "_path", "_steps")

    def __init__(self, module: M, path: str) -> None:
        self._module, self._path = module, path
        self._steps = [s for s in re.split(r"[.\[\]]+", path) if s]

    def get(self) -> Any:
        """What stands there."""
        found: Any = self._module
        for i in range(len(self._steps)):
            found = self._inside(found, i)
        return found

    def set(self, value: Any) -> M:
        """The module with another value there."""
        return self._changed(lambda now: value)

    def apply(self, f: Callable[[Any], Any]) -> M:
        """The module with `f` of what stands there in its place."""
        return self._changed(f)

    def freeze(self) -> M:
        """The module with this part not trained."""
        return self._restilled(_frozen)

    def unfreeze(self) -> M:
        """The module with this part trained again; buffers stay as they are."""
        return self._restilled(_thawed)

    # ---- on the way ------------------------------------------------------------------------------

    def _inside(self, holder: Any, i: int) -> Any:
        step = self._steps[i]
        if isinstance(holder, Module):
            if step in holder._layout.names:
                return getattr(holder, step)
            raise self._missing(holder, i, holder._layout.names)
        if isinstance(holder, tuple):
            if step.lstrip("-").isdigit() and -len(holder) <= int(step) < len(holder):
                return holder[int(step)]
            raise self._missing(holder, i, range(len(holder)))
        if isinstance(holder, Mapping):
            keys = {str(key): key for key in holder}
            if step in keys:
                return holder[keys[step]]
            raise self._missing(holder, i, keys)
        raise self._missing(holder, i, ())

    def _missing(self, holder: Any, i: int, there: Any) -> ArgumentError:
        where = ".".join(self._steps[:i]) or type(self._module).__name__
        names = ", ".join(map(str, there))
        return ArgumentError(
            f"at({self._path!r}): {where}, a {type(holder).__name__}, has no {self._steps[i]!r}",
            location=user_location(), hint=f"there are {names}" if names else "",
        )  # fmt: skip

    def _changed(self, f: Callable[[Any], Any]) -> M:
        made: M = self._rebuilt(self._module, 0, f)
        return made

    def _rebuilt(self, holder: Any, i: int, f: Callable[[Any], Any]) -> Any:
        """The holder with what the steps from the i-th on lead to replaced."""
        if i == len(self._steps):
            return f(holder)
        value, step = self._rebuilt(self._inside(holder, i), i + 1, f), self._steps[i]
        if isinstance(holder, Module):
            return holder.replace(**{step: value})
        if isinstance(holder, tuple):
            at = range(len(holder))[int(step)]
            items = [value if j == at else x for j, x in enumerate(holder)]
            return type(holder)(*items) if hasattr(holder, "_fields") else tuple(items)
        return type(holder)({k: value if str(k) == step else x for k, x in holder.items()})

    def _restilled(self, change: Callable[[Module, frozenset[str]], Module]) -> M:
        """The module with other parts still: all of a module's, or the field that the path ends
        in.
        """
        found = self.get()
        if isinstance(found, Module):
            return self._changed(lambda module: change(module, frozenset(module._layout.parts)))
        *before, last = self._steps
        place = Place(self._module, ".".join(before))
        holder = place.get()
        if not isinstance(holder, Module) or last not in holder._layout.parts:
            raise ArgumentError(
                f"at({self._path!r}): {'a setting' if isinstance(holder, Module) else 'an item'} "
                "is not frozen by itself", location=user_location(),
                hint="freeze a module, or a field of one that holds arrays",
            )  # fmt: skip
        return place._changed(lambda module: change(module, frozenset({last})))


def _frozen(module: Module, names: frozenset[str]) -> Any:
    return remade(module, {}, module._layout.still | names)


def _thawed(module: Module, names: frozenset[str]) -> Any:
    kinds = declared(type(module))
    buffers = {n for n in names if kinds.get(n) == "still"}
    inner = {n: _thawed_inside(getattr(module, n)) for n in names}
    return remade(module, inner, module._layout.still - names | buffers)


def _thawed_inside(x: Any) -> Any:
    if isinstance(x, Module):
        return _thawed(x, frozenset(x._layout.parts))
    if isinstance(x, tuple) and not hasattr(x, "_fields"):
        return tuple([_thawed_inside(item) for item in x])
    return {key: _thawed_inside(item) for key, item in x.items()} if type(x) is dict else x
