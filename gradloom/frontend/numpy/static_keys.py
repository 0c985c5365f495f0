"""Indices of plain whole numbers and slices, read once: `x[3]`, `x[1:, ::2]`, `x[..., None]`."""

from __future__ import annotations

from typing import Any, Final

from gradloom.frontend.numpy.keys import Key, Span, read_key
from gradloom.frontend.numpy.remembered import Recipe, recipe_of, replayed
from gradloom.frontend.numpy.spans import take_basic
from gradloom.frontend.trace import Trace
from gradloom.ir.graph import Operand, Value
from gradloom.ir.types import Shape, TensorType

_MOST: Final = 20_000
_read: Final[dict[Any, tuple[Key, TensorType, bool]]] = {}
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
        read = read_key(key, type.shape)
        found = (read, type, _is_block(read, type.shape))
        if all(d.__class__ is int for d in type.shape):
            if len(_read) >= _MOST:
                _read.clear()
            _read[known, id(type)] = found
    return found[0]


def is_block(key: Key, known: Any, type: TensorType) -> bool:
    """Whether the elements lie side by side in memory that the key takes of an array in C order:
    single elements, then one slice, then whole axes.
    """
    found = None if known is None else _read.get((known, id(type)))
    return _is_block(key, type.shape) if found is None else found[2]


def _is_block(key: Key, shape: Shape) -> bool:
    sizes = [1 if isinstance(axis, int) else axis.size for axis in key.axes]
    wide = next((i for i, size in enumerate(sizes) if size != 1), len(sizes))
    whole = all(s == d for s, d in zip(sizes[wide + 1 :], shape[wide + 1 :], strict=True))
    return whole and all(axis.step == 1 for axis in key.axes[wide:] if isinstance(axis, Span))


def taken(base: Operand, key: Key, known: Any, trace: Trace) -> Operand:
    """`base[key]`, by the nodes that such a key added before."""
    if type(base) is not Value or not trace.builder.is_open:
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
