"""Values taken apart into leaves: lists, tuples, dicts and registered classes as pytrees, objects
of the user's by their attributes, one of several objects as the number that says which.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any, Final, final

from gradloom.frontend.chosen import VALUE, Chosen, held_by, labels_of, which_of, why_of
from gradloom.frontend.classes import is_users_class
from gradloom.frontend.signature import flatten, unflatten
from gradloom.frontend.tracer import Tracer
from gradloom.ir.errors import GradloomError

_DEEPEST: Final = 8
"""Objects inside each other; what holds itself is left whole."""


@final
@dataclass(frozen=True, slots=True)
class _Object:
    kind: type
    names: tuple[str, ...]
    parts: tuple[Any, ...]
    """The structure of each attribute."""

    @property
    def num_leaves(self) -> int:
        """Those of all attributes."""
        return sum(part.num_leaves for part in self.parts)


Why = Callable[[], GradloomError]


@final
@dataclass(frozen=True, slots=True)
class Several:
    """One of the objects with these labels; `value` is the structure of the one in the graph."""

    labels: tuple[int, ...]
    value: Any
    why: Why = field(compare=False)

    @property
    def num_leaves(self) -> int:
        """The label first, then those of the value."""
        return 1 + (0 if self.value is None else int(self.value.num_leaves))


@final
@dataclass(frozen=True, slots=True)
class Structure:
    """How leaves make a value: a pytree, with other structures in the places of some leaves."""

    tree: Any
    objects: tuple[Any, ...]

    def entries(self) -> list[Any]:
        """The keys of a dict, in the order of its parts."""
        return list(self.tree.entries())

    @property
    def num_children(self) -> int:
        """Those of the pytree."""
        return int(self.tree.num_children)

    @property
    def num_leaves(self) -> int:
        """Those of all of them."""
        return sum(1 if x is None else int(x.num_leaves) for x in self.objects)

    def children(self) -> list[Any]:
        """The structures of what the pytree holds."""
        out, start = [], 0
        for child in self.tree.children():
            inner = self.objects[start : start + child.num_leaves]
            out.append(child if not any(inner) else Structure(child, inner))
            start += child.num_leaves
        return out


def take_apart(value: Any, depth: int = 0) -> tuple[list[Any], Any]:
    """The leaves of a value, and its structure: a pytree's, or a `Structure` of objects."""
    leaves, tree = flatten(value)
    if depth > _DEEPEST or not any(map(_is_open, leaves)):
        return leaves, tree
    if any(map(_is_known, leaves)):
        return take_apart(settled(value), depth)
    out: list[Any] = []
    objects: list[Any] = []
    for x in leaves:
        if type(x) is Chosen:
            held = held_by(x)
            inner, spec = ([], None) if held is None else take_apart(held, depth + 1)
            out += [which_of(x), *inner]
            objects.append(Several(labels_of(x), spec, why_of(x)))
            continue
        if not _is_object(x):
            out.append(x)
            objects.append(None)
            continue
        names = tuple(sorted(vars(x)))
        found = [take_apart(vars(x)[name], depth + 1) for name in names]
        out += [leaf for part, _ in found for leaf in part]
        objects.append(_Object(type(x), names, tuple([spec for _, spec in found])))
    return out, Structure(tree, tuple(objects))


def settled(value: Any) -> Any:
    """The value, with what it certainly is in place of what is one of several elsewhere: by the
    conditions that hold here.
    """
    leaves, tree = flatten(value)
    if not any(map(_is_known, leaves)):
        return value
    return unflatten(tree, [held_by(x) if _is_known(x) else x for x in leaves])


def put_together(structure: Any, leaves: Sequence[Any]) -> Any:
    """The value of this structure with these leaves; its objects are new ones."""
    rest = iter(leaves)
    return _made(structure, rest)


def _made(structure: Any, rest: Any) -> Any:
    if not isinstance(structure, Structure):
        return unflatten(structure, [next(rest) for _ in range(structure.num_leaves)])
    return unflatten(structure.tree, [_part(x, rest) for x in structure.objects])


def _part(of: Any, rest: Any) -> Any:
    if of is None:
        return next(rest)
    if isinstance(of, _Object):
        return _object(of, rest)
    if isinstance(of, Several):
        which = next(rest)
        value = None if of.value is None else _made(of.value, rest)
        return Chosen(of.labels, which, value, of.why)
    return _made(of, rest)


def _object(of: _Object, rest: Any) -> Any:
    made: Any = object.__new__(of.kind)
    vars(made).update({n: _made(part, rest) for n, part in zip(of.names, of.parts, strict=True)})
    return made


def _is_open(x: Any) -> bool:
    return type(x) is Chosen or _is_object(x)


def _is_known(x: Any) -> bool:
    """Whether it is certainly the value that is in the graph."""
    return type(x) is Chosen and labels_of(x) == (VALUE,)


def _is_object(x: Any) -> bool:
    kind = type(x)
    if (
        kind is Tracer
        or isinstance(x, enum.Enum)
        or not is_users_class(kind)
        or not hasattr(x, "__dict__")
    ):
        return False
    new: Any = kind.__new__
    is_plain = new is _NEW or type(new) is FunctionType
    return is_plain and kind.__basicsize__ <= _ROOM and not hasattr(kind, "__slots__")


class _Empty:
    pass


_NEW: Final[Any] = object.__new__
_ROOM: Final = _Empty.__basicsize__
"""The bytes of an object with attributes and nothing else: no list, no exception."""
