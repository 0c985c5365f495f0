"""A name of a module that means another thing in each context: the array that stands under it.

While some thread is inside `with weights:`, an `Ambient` stands in the module's globals under each
name. In that thread (or task) it is the weight of this name, an array in every way that numpy and
Python ask; in all others it is what stood there before, or a `NameError`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Final, NoReturn, final

MISSING: Final = object()


@final
class Scope:
    """Names of one module that mean something else where this scope is entered."""

    __slots__ = ("ambient", "names", "owner", "table")

    def __init__(
        self, table: dict[str, Any], names: frozenset[str], owner: Mapping[str, Any]
    ) -> None:
        self.table = table
        self.names = names
        self.owner = owner  # says what each name means
        self.ambient: dict[str, Ambient] = {}  # what stands in the table


SCOPES: Final[ContextVar[tuple[Scope, ...]]] = ContextVar("ambient scopes", default=())
"""The scopes that this context has entered, the innermost last."""


class Ambient:
    """What stands in a module's globals under one name while any thread has a scope for it."""

    __slots__ = ("__weakref__", "_ambient_holders", "_ambient_name", "_ambient_table",
                 "_ambient_under")  # fmt: skip
    __array_priority__ = 2000.0

    _ambient_name: str
    _ambient_table: dict[str, Any]
    _ambient_under: Any
    _ambient_holders: int

    def __init__(self, table: dict[str, Any], name: str) -> None:
        set_slot = object.__setattr__
        set_slot(self, "_ambient_name", name)
        set_slot(self, "_ambient_table", table)
        set_slot(self, "_ambient_under", table.get(name, MISSING))
        set_slot(self, "_ambient_holders", 0)

    def __getattr__(self, name: str) -> Any:
        return getattr(meaning(self), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(meaning(self), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(meaning(self), name)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """The class of what it means here: isinstance decides branches in programs."""
        found = lookup(self)
        return Ambient if found is MISSING else found.__class__

    @property
    def _ambient_meaning(self) -> Any:
        """What it means here, for generated code that reads it anew."""
        return meaning(self)

    def __repr__(self) -> str:
        found = lookup(self)
        return f"<name {self._ambient_name!r}, not defined here>" if found is MISSING else (
            repr(found)
        )  # fmt: skip

    def __dir__(self) -> list[str]:
        return dir(meaning(self))

    def __copy__(self) -> Any:
        from copy import copy

        return copy(meaning(self))

    def __deepcopy__(self, memo: Any) -> Any:
        from copy import deepcopy

        return deepcopy(meaning(self), memo)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return meaning(self).__reduce_ex__(protocol)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        import numpy as np

        return np.array(meaning(self), dtype=dtype, copy=copy)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return getattr(ufunc, method)(*map(plain, inputs), **plain(kwargs))

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return function(*map(plain, args), **plain(kwargs))


@final
class AmbientObject(Ambient):
    """An ambient name that means something other than an array in some context: a function, a
    class, a module, which are called and entered.
    """

    __slots__ = ()

    def __mro_entries__(self, bases: Any) -> tuple[Any, ...]:
        return (meaning(self),)

    def __instancecheck__(self, x: Any) -> bool:
        return isinstance(x, meaning(self))

    def __subclasscheck__(self, x: Any) -> bool:
        return issubclass(x, meaning(self))


KINDS: Final = frozenset({Ambient, AmbientObject})


def is_ambient(x: object) -> bool:
    """Whether `x` is an ambient name itself (whose class claims to be that of what it means)."""
    return type(x) in KINDS


def lookup(x: Ambient) -> Any:
    """What it means here, or `MISSING`."""
    scope = scope_of(x)
    return x._ambient_under if scope is None else scope.owner[x._ambient_name]


def scope_of(x: Ambient) -> Scope | None:
    """The innermost scope of this context that says what it means."""
    for scope in reversed(SCOPES.get()):
        if scope.table is x._ambient_table and x._ambient_name in scope.names:
            return scope
    return None


def meaning(x: Ambient) -> Any:
    """What it means here; raises `NameError` as a name does that is not there."""
    found = lookup(x)
    if found is MISSING:
        _undefined(x)
    return found


def _undefined(x: Ambient) -> NoReturn:
    name = x._ambient_name
    raise NameError(
        f"name {name!r} is not defined: it is a weight, and its `with` block is not open here",
        name=name,
    )


def itself(x: Any) -> Any:
    """What an ambient name means; anything else as it is."""
    return meaning(x) if type(x) in KINDS else x


def plain(x: Any) -> Any:
    """`x` with what ambient names mean in their place, in lists, tuples and dicts too."""
    kind = type(x)
    if kind in KINDS:
        return meaning(x)
    if kind in (list, tuple):
        made = [plain(y) for y in x]
        changed = any(a is not b for a, b in zip(made, x, strict=True))
        return kind(made) if changed else x
    if kind is dict:
        found = {key: plain(value) for key, value in x.items()}
        return found if any(found[key] is not x[key] for key in x) else x
    return x


# ---- what Python asks of the class ---------------------------------------------------------------


def _asked(function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Ambient, *args: Any, **kwargs: Any) -> Any:
        return function(meaning(self), *map(plain, args), **kwargs)

    return method


def _swapped(function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Ambient, other: Any) -> Any:
        return function(plain(other), meaning(self))

    return method


def _in_place(function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Ambient, other: Any) -> Any:
        before = meaning(self)
        made = function(before, plain(other))
        return self if made is before else made  # the name goes on standing for the weight

    return method


def _special(name: str) -> Callable[..., Any]:
    def method(self: Ambient, *args: Any) -> Any:
        return getattr(meaning(self), name)(*args)

    return method


_BINARY: Final = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or",
                  "xor", "lshift", "rshift")  # fmt: skip
_ASKED: Final[Mapping[str, Callable[..., Any]]] = {
    **{name: getattr(operator, f"__{name}__") for name in (
        "neg", "pos", "abs", "invert", "index", "lt", "le", "eq", "ne", "gt", "ge", "contains",
        "getitem", "setitem", "delitem")},
    "bool": bool, "int": int, "float": float, "complex": complex, "len": len, "iter": iter,
    "reversed": reversed, "hash": hash, "str": str, "format": format, "round": round,
}  # fmt: skip
OF_OBJECTS: Final = ("call", "next", "enter", "exit", "await", "aiter", "anext", "aenter", "aexit",
                      "fspath")  # fmt: skip


def _fill() -> None:
    for name, function in _ASKED.items():
        setattr(Ambient, f"__{name}__", _asked(function))
    for name in OF_OBJECTS:
        setattr(AmbientObject, f"__{name}__", _special(f"__{name}__"))
    for name in (*_BINARY, "divmod"):
        function = divmod if name == "divmod" else getattr(operator, f"__{name}__")
        setattr(Ambient, f"__{name}__", _asked(function))
        setattr(Ambient, f"__r{name}__", _swapped(function))
    for name in _BINARY:
        setattr(Ambient, f"__i{name}__", _in_place(getattr(operator, f"__i{name}__")))


_fill()
