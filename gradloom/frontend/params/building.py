"""From what `gl.params` is given to a form and its arrays: roles are read, ties are resolved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.cycles import refuse_endless
from gradloom.frontend.params.layout import Branch, Slot, joined, parts_of
from gradloom.frontend.params.roles import Param, Same, as_param
from gradloom.frontend.spec import ShapeDtypeStruct
from gradloom.frontend.still import Still
from gradloom.frontend.tensors import as_numpy
from gradloom.frontend.tracer import is_tracer
from gradloom.ir.errors import ArgumentError, DtypeError, ShapeError
from gradloom.ir.types import dtype_name, is_inexact

_TOP: Final = Param(None)


@final
@dataclass(slots=True)
class _Leaf:
    """A leaf as it was given, before ties are resolved."""

    path: str
    role: Param
    value: Any
    index: int = -1


def build(tree: Mapping[str, Any]) -> tuple[Branch, list[Any], list[tuple[Any, int]]]:
    """The form of a tree of values, its arrays, each a copy of what was given, and what was given
    for each number.
    """
    leaves: list[_Leaf] = []
    try:
        form = _read(tree, "", _TOP, leaves)
    except RecursionError:
        refuse_endless(tree, "params: the tree")
        raise
    assert isinstance(form, Branch)
    _require_own_paths(leaves)
    values = _resolve(leaves)
    found = iter(leaves)
    made = _placed(form, found)
    assert isinstance(made, Branch)
    return made, values, [(leaf.value, leaf.index) for leaf in leaves]


def _read(given: Any, path: str, around: Param, leaves: list[_Leaf]) -> Slot | Branch:
    role, given = _within(around, given)
    if hasattr(type(given), "as_spec"):  # a tree of parameters inside another
        given = given.as_spec()
    parts = None if isinstance(given, Same) else parts_of(given)
    if parts is None:
        leaves.append(_Leaf(path, role, given))
        return Slot(-1, path)
    kind, keys, children, meta = parts
    made = []
    for key, child in zip(keys, children, strict=True):
        inner = role
        if type(key) is Still:  # a module says so of running statistics and frozen parts
            inner = Param(None, False, role.mutable, role.tie, role.device)
        if role.tie is not None:  # a tied tree: each leaf with its own counterpart
            inner = Param(None, inner.trainable, role.mutable, (role.tie, key), role.device)
        made.append(_read(child, joined(path, key), inner, leaves))
    return Branch(kind, keys, tuple(made), meta, path)


def _within(around: Param, given: Any) -> tuple[Param, Any]:
    """The role of a value inside a tree that has one, and the value."""
    own, value = as_param(given), given
    trainable, mutable, tie, device = own.trainable, own.mutable, own.tie, own.device
    while type(value) is Param:
        trainable, mutable = trainable and value.trainable, mutable or value.mutable
        tie = value.tie if tie is None else tie
        device = device or value.device
        value = value.value
    if isinstance(value, Same):
        tie = value
    return Param(
        None,
        trainable and around.trainable,
        mutable or around.mutable,
        around.tie if tie is None else tie,
        device or around.device,
    ), value


def _require_own_paths(leaves: list[_Leaf]) -> None:
    seen: set[str] = set()
    for leaf in leaves:
        if leaf.path in seen:
            raise ArgumentError(
                f"params: two values have the path {leaf.path!r}",
                hint="give them keys that differ as text",
            )
        seen.add(leaf.path)


# ---- ties ----------------------------------------------------------------------------------------


def _resolve(leaves: list[_Leaf]) -> list[Any]:
    """Number the leaves, tied ones alike; the arrays by number."""
    keys = _keys(leaves)
    values: list[Any] = []
    first: dict[Any, _Leaf] = {}
    waiting = []
    for leaf, key in zip(leaves, keys, strict=True):
        if isinstance(leaf.value, Same) and key not in first:
            waiting.append((leaf, key))
            continue
        _number(leaf, first.setdefault(key, leaf), values)
    for leaf, key in waiting:
        if key not in first:
            other = leaf.role.tie.other
            raise ArgumentError(
                f"params: {leaf.path!r} is tied to {_shown(other)}, and no other parameter is that",
                hint="name the other by its path, or give both one key: gl.tied(key, value)",
            )
        _number(leaf, first[key], values)
    return values


def _keys(leaves: list[_Leaf]) -> list[Any]:
    """What tied leaves have in common: the key, or the first leaf that is meant."""
    named = {leaf.path: i for i, leaf in enumerate(leaves)}
    by_array: dict[int, int] = {}
    for i, leaf in enumerate(leaves):
        if not isinstance(leaf.value, Same):
            by_array.setdefault(id(leaf.value), i)

    def key(i: int, seen: tuple[int, ...] = ()) -> Any:
        tie = leaves[i].role.tie
        if i in seen:  # tied to itself
            return ("key", leaves[i].path)
        if tie is None:
            own = by_array[id(leaves[i].value)]
            same = own != i and _is_meant(leaves[i], leaves)
            return key(own, (*seen, i)) if same else ("leaf", i)
        if not isinstance(tie, Same):
            return ("key", _hashable(tie, leaves[i].path))
        other = tie.other.value if type(tie.other) is Param else tie.other
        at = named.get(other) if isinstance(other, str) else by_array.get(id(other))
        if at is None:
            return ("key", other) if isinstance(other, str) else ("array", id(other))
        return key(at, (*seen, i))

    return [key(i) for i in range(len(leaves))]


def _is_meant(leaf: _Leaf, leaves: list[_Leaf]) -> bool:
    """Whether a tie speaks of this leaf's array."""
    ties = [x.role.tie.other for x in leaves if isinstance(x.role.tie, Same)]
    return any((t.value if type(t) is Param else t) is leaf.value for t in ties)


def _hashable(key: Any, path: str) -> Any:
    try:
        hash(key)
    except TypeError:
        raise ArgumentError(
            f"params: {path!r} is tied by a key of type {type(key).__name__}, which has no hash",
            hint='a key is a name, as in gl.tied("embedding", value)',
        ) from None
    return key


def _shown(other: Any) -> str:
    if isinstance(other, str):
        return repr(other)
    return f"an array {getattr(other, 'shape', '')}".strip()


def _number(leaf: _Leaf, first: _Leaf, values: list[Any]) -> None:
    if first is leaf:
        leaf.index = len(values)
        values.append(as_value(leaf.value, leaf.path, leaf.role.trainable))
        return
    leaf.index = first.index
    if isinstance(leaf.value, Same):
        leaf.role = first.role
        return
    value, own = values[first.index], as_value(leaf.value, leaf.path, leaf.role.trainable)
    if value.shape != own.shape or value.dtype != own.dtype:
        raise ShapeError(
            f"params: {leaf.path!r} {own.dtype}{list(own.shape)} is tied to {first.path!r} "
            f"{value.dtype}{list(value.shape)}",
            hint="tied parameters are one array",
        )
    same = (leaf.role.trainable, leaf.role.mutable) == (first.role.trainable, first.role.mutable)
    if not same:
        raise ArgumentError(
            f"params: {leaf.path!r} is tied to {first.path!r}, and only one of them is trained",
            hint="give both the same role",
        )


def _placed(node: Slot | Branch, leaves: Iterator[_Leaf]) -> Slot | Branch:
    if isinstance(node, Slot):
        leaf = next(leaves)
        role = leaf.role
        return Slot(leaf.index, leaf.path, role.trainable, role.mutable, role.device)
    children = tuple([_placed(child, leaves) for child in node.children])
    return Branch(node.kind, node.keys, children, node.meta, node.path)


# ---- values --------------------------------------------------------------------------------------


def as_value(given: Any, path: str, trainable: bool) -> Any:
    """A copy of a value as an array; a traced one stays as it is. Raises `DtypeError`."""
    if is_tracer(given) or isinstance(given, ShapeDtypeStruct):
        return given
    if isinstance(given, np.ma.MaskedArray):
        raise DtypeError(
            f"params: {path!r} is a masked array, whose mask would be lost", hint="fill it first"
        )
    try:
        array = np.array(as_numpy(given))
        name = dtype_name(array.dtype)
    except (TypeError, ValueError, RuntimeError) as error:
        raise DtypeError(
            f"params: {path!r} is {_kind(given)}, not an array of numbers",
            hint="parameters are arrays, numbers, and dicts, lists and tuples of them",
        ) from error
    if trainable and not is_inexact(array.dtype):
        raise DtypeError(
            f"params: {path!r} is {name}, which has no derivative",
            hint=f"make it a float, or say gl.frozen({_short(given)}) or gl.buffer(...)",
        )
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _kind(given: Any) -> str:
    return repr(given) if isinstance(given, str) else f"a {type(given).__name__}"


def _short(given: Any) -> str:
    return repr(given) if isinstance(given, int) else "..."
