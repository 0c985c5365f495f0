"""Names put into a module's globals, and taken out when the last who needs them leaves."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from gradloom.frontend.opened import OPENED, Row
from gradloom.frontend.params.ambient import (
    MISSING,
    OF_OBJECTS,
    SCOPES,
    Ambient,
    AmbientObject,
    Scope,
    is_ambient,
    lookup,
    scope_of,
)

_LOCK: Final = threading.Lock()
_SET_CLASS: Final = vars(object)["__class__"].__set__  # the class's own says what it stands for


def enter(table: dict[str, Any], names: frozenset[str], owner: Mapping[str, Any]) -> Scope:
    """Let these names of a module mean what `owner` says, in this context."""
    scope = Scope(table, names, owner)
    objects = {name for name in names if _is_object(owner[name])}
    with _LOCK:
        for name in names:
            held = table.get(name, MISSING)
            if not is_ambient(held):
                objects |= {name} if _is_object(held) else set()
                table[name] = held = Ambient(table, name)
            if name in objects:
                _SET_CLASS(held, AmbientObject)
            _count(held, 1)
            scope.ambient[name] = held
    SCOPES.set((*SCOPES.get(), scope))
    return scope


def leave(scope: Scope) -> None:
    """Undo `enter`: the module's own names are back when nobody needs them otherwise."""
    SCOPES.set(tuple([s for s in SCOPES.get() if s is not scope]))
    table = scope.table
    with _LOCK:
        for name, held in scope.ambient.items():
            _count(held, -1)
            if held._ambient_holders > 0:
                continue
            now = table.get(name, MISSING)
            if now is not held and now is not MISSING:
                continue  # the program gave the name another value, which stays
            if held._ambient_under is not MISSING:
                table[name] = held._ambient_under
            elif now is held:
                del table[name]


def _is_object(x: Any) -> bool:
    """Whether Python asks more of it than of arrays and lists."""
    found = {name for kind in type(x).__mro__ for name in vars(kind)}
    return any(f"__{name}__" in found for name in OF_OBJECTS)


def _count(held: Ambient, by: int) -> None:
    object.__setattr__(held, "_ambient_holders", held._ambient_holders + by)


@contextmanager
def scope(table: dict[str, Any], names: frozenset[str], owner: Mapping[str, Any]) -> Iterator[None]:
    """Inside, these names of a module mean what `owner` says."""
    entered = enter(table, names, owner)
    try:
        yield
    finally:
        leave(entered)


def _rows(x: Ambient) -> list[Row] | None:
    """What an ambient name means here, for a walk over a function's surroundings."""
    found, entered = lookup(x), scope_of(x)
    rows = OPENED.get(type(entered.owner)) if entered is not None else None
    if found is MISSING or (rows is not None and entered and rows(entered.owner) is None):
        return None  # the walk leaves the owner out as well
    return [("._ambient_meaning", "", found)]


OPENED[Ambient] = OPENED[AmbientObject] = _rows
