"""Values taken apart into leaves: lists, tuples, dicts and registered classes as pytrees, objects
of the user's by their attributes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any, Final, final

from gradloom.frontend.classes import is_users_class
from gradloom.frontend.signature import flatten, unflatten
from gradloom.frontend.tracer import Tracer

_DEEPEST: Final = 8
"""Objects inside each other; what holds itself is left whole."""


@final
@dataclass(frozen=True, slots=True)
class _Object:
    kind: type
    names: tuple[str, ...]
    parts: tuple[Any, ...]
    """The structure of each attribute."""


@final
@dataclass(frozen=True, slots=True)
class Structure:
    """How leaves make a value: a pytree, with objects in the places of some leaves."""

    tree: Any
    objects: tuple[_Object | None, ...]


def take_apart(value: Any, depth: int = 0) -> tuple[list[Any], Any]:
    """The leaves of a value, and its structure: a pytree's, or a `Structure` of objects."""
    leaves, tree = flatten(value)
    if depth > _DEEPEST or not any(map(_is_object, leaves)):
        return leaves, tree
    out: list[Any] = []
    objects: list[_Object | None] = []
    for x in leaves:
        if not _is_object(x):
            out.append(x)
            objects.append(None)
            continue
        names = tuple(sorted(vars(x)))
        found = [take_apart(vars(x)[name], depth + 1) for name in names]
        out += [leaf for part, _ in found for leaf in part]
        objects.append(_Object(type(x), names, tuple([spec for _, spec in found])))
    return out, Structure(tree, tuple(objects))


def put_together(structure: Any, leaves: Sequence[Any]) -> Any:
    """The value of this structure with these leaves; its objects are new ones."""
    rest = iter(leaves)
    return _made(structure, rest)


def _made(structure: Any, rest: Any) -> Any:
    if not isinstance(structure, Structure):
        return unflatten(structure, [next(rest) for _ in range(structure.num_leaves)])
    parts = [next(rest) if x is None else _object(x, rest) for x in structure.objects]
    return unflatten(structure.tree, parts)


def _object(of: _Object, rest: Any) -> Any:
    made: Any = object.__new__(of.kind)
    vars(made).update({n: _made(part, rest) for n, part in zip(of.names, of.parts, strict=True)})
    return made


def _is_object(x: Any) -> bool:
    kind = type(x)
    if kind is Tracer or not is_users_class(kind) or not hasattr(x, "__dict__"):
        return False
    new: Any = kind.__new__
    is_plain = new is _NEW or type(new) is FunctionType
    return is_plain and kind.__basicsize__ <= _ROOM and not hasattr(kind, "__slots__")


class _Empty:
    pass


_NEW: Final[Any] = object.__new__
_ROOM: Final = _Empty.__basicsize__
"""The bytes of an object with attributes and nothing else: no list, no exception."""
