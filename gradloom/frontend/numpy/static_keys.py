"""Indices of plain whole numbers and slices, read once: `x[3]`, `x[1:, ::2]`, `x[..., None]`."""

from __future__ import annotations

from typing import Any, Final

from gradloom.frontend.numpy.keys import Key, read_key
from gradloom.frontend.numpy.remembered import Recipe, recipe_of, replayed
from gradloom.frontend.numpy.spans import take_basic
from gradloom.frontend.trace import Trace
from gradloom.ir import build
from gradloom.ir.graph import Operand, Value
from gradloom.ir.types import TensorType

_MOST: Final = 20_000
_read: Final[dict[Any, tuple[Key, TensorType]]] = {}
_taken: Final[dict[Any, Recipe]] = {}


def plain(key: Any) -> Any:
    """A key of whole numbers, slices, None and Ellipsis as something that can be looked up; None
    for another.
    """
    if type(key) is not tuple:
        return _part(key)
    parts = [_part(part) for part in key]
    return None if None in parts else tuple(parts)


def _part(part: Any) -> Any:
    if type(part) is int:
        return part
    if type(part) is slice:
        bounds = (part.start, part.stop, part.step)
        fixed = all(b is None or type(b) is int for b in bounds)
        return ("slice", *bounds) if fixed else None
    return "none" if part is None else "dots" if part is Ellipsis else None


def key_of(key: Any, known: Any, type: TensorType) -> Key:
    """`key`, which `plain` gave `known`, read for an array of this type."""
    found = _read.get((known, id(type)))
    if found is None:
        found = (read_key(key, type.shape), type)
        if all(d.__class__ is int for d in type.shape):
            if len(_read) >= _MOST:
                _read.clear()
            _read[known, id(type)] = found
    return found[0]


def taken(base: Operand, key: Key, known: Any, trace: Trace) -> Operand:
    """`base[key]`, by the nodes that such a key added before."""
    if base.__class__ is not Value or build.current() is not trace.builder:
        return take_basic(base, key)
    recipe = _taken.get((known, id(base.type)))
    if recipe is not None:
        return replayed(recipe, [base], trace)
    mark = len(trace.builder.nodes)
    made = take_basic(base, key)
    found = recipe_of([base], made, "array", trace, mark)
    if found is not None:
        if len(_taken) >= _MOST:
            _taken.clear()
        _taken[known, id(base.type)] = found
    return made
