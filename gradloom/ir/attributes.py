"""What an op's attributes may be: the fields of its dataclass, by their annotations.

The closed world: bool, int, float, str, dtype, dimension, type, constant, Python function, None,
tuples of these, and unions.
"""

from __future__ import annotations

import functools
import types as python_types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, Final

import numpy as np

from gradloom.ir.callee import Callee
from gradloom.ir.constants import Constant
from gradloom.ir.types import Dim, TensorType

Hint = Any
_WORDS: Final[dict[Any, str]] = {
    bool: "true or false",
    int: "an integer",
    float: "a float",
    str: "a string",
    np.dtype: "a dtype",
    Dim: "a dimension",
    TensorType: "a type",
    Constant: "a constant",
    Callee: "a Python function",
    type(None): "none",
    Any: "anything",
    tuple: "a tuple",
}


def _origin(hint: Hint) -> Any:
    return typing.get_origin(hint)


@functools.cache
def hints_of(attrs: Any) -> Mapping[str, tuple[Hint, ...]]:
    """The alternatives that each attribute may be, by name, in order."""
    found = typing.get_type_hints(attrs)
    return {f.name: alternatives(found[f.name]) for f in fields(attrs)}


@functools.cache
def required(attrs: Any) -> frozenset[str]:
    """The attributes that have no default."""
    return frozenset(
        f.name for f in fields(attrs) if f.default is MISSING and f.default_factory is MISSING
    )


@functools.cache
def alternatives(hint: Hint) -> tuple[Hint, ...]:
    """A union's members; np.dtype without its parameter."""
    if _origin(hint) in (typing.Union, python_types.UnionType):
        return tuple(a for member in typing.get_args(hint) for a in alternatives(member))
    return (np.dtype,) if _origin(hint) is np.dtype else (hint,)


@functools.cache
def item_hints(hint: Hint) -> tuple[tuple[Hint, ...], ...] | None:
    """What each item of a tuple may be; None where every item may be what `any_item` says."""
    arguments = typing.get_args(hint)
    return (
        None
        if not arguments or arguments[-1] is Ellipsis
        else tuple(alternatives(a) for a in arguments)
    )


@functools.cache
def any_item(hint: Hint) -> tuple[Hint, ...]:
    """What the items of a tuple of any length may be."""
    arguments = typing.get_args(hint)
    return alternatives(arguments[0]) if arguments else (Any,)


def is_tuple(hint: Hint) -> bool:
    """Whether the hint is of tuples."""
    return hint is tuple or _origin(hint) is tuple


def conforms(value: Any, hints: tuple[Hint, ...]) -> bool:
    """Whether a value is one of these; a bool is no integer, and an integer no float."""
    return any(_conforms(value, hint) for hint in hints)


def _conforms(value: Any, hint: Hint) -> bool:
    if hint is Any:
        return True
    if is_tuple(hint):
        return isinstance(value, tuple) and _conforming_items(value, hint)
    if _origin(hint) is typing.Literal:
        return any(type(value) is type(a) and value == a for a in typing.get_args(hint))
    if hint is int:
        return isinstance(value, int | np.integer) and not isinstance(value, bool)
    return isinstance(value, hint)


def _conforming_items(value: tuple[Any, ...], hint: Hint) -> bool:
    each = item_hints(hint)
    if each is None:
        items = any_item(hint)
        return all(conforms(v, items) for v in value)
    return len(each) == len(value) and all(conforms(v, h) for v, h in zip(value, each, strict=True))


def described(hints: tuple[Hint, ...]) -> str:
    """The alternatives in words: `an integer or a dimension`."""
    return " or ".join(dict.fromkeys(map(_described, hints)))


def _described(hint: Hint) -> str:
    if _origin(hint) is typing.Literal:
        return " or ".join(
            f'"{a}"' if isinstance(a, str) else str(a) for a in typing.get_args(hint)
        )
    if is_tuple(hint) and typing.get_args(hint):
        each = item_hints(hint)
        if each is None:
            return f"a tuple of which each is {described(any_item(hint))}"
        return "(" + ", ".join(map(described, each)) + ")"
    return _WORDS.get(hint, getattr(hint, "__name__", str(hint)))
