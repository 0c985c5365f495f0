"""The arguments of one call: where nodes stand in them, also inside containers.

Searched are lists, tuples, dicts, sets, deques, arrays of objects and dataclasses. One that holds a
node is made anew with its value; the same container in two places is the same one again.
"""

from __future__ import annotations

import copy
import dataclasses
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.dag.node import DataNode
from gradloom.frontend.dag.readable import check_readable
from gradloom.ir.errors import ArgumentError

_DEEPEST: Final = 100
"""Containers inside containers that a node may stand in; making them anew is recursive."""
_ITEMS: Final = (list, tuple, set, frozenset, deque)
_EXACT: Final = (list, tuple, set, frozenset)
_NOTHING: Final = ()


@final
class Arguments:
    """A call's arguments with the nodes taken out; `filled` puts values in their places."""

    __slots__ = ("_args", "_kwargs", "beside", "nodes")

    def __init__(
        self, args: Sequence[Any], kwargs: Mapping[str, Any], raw: Callable[[Any], DataNode]
    ) -> None:
        """`raw` makes the node of an argument that holds no node."""
        parts = _Parts(raw)
        self._args = tuple([parts.of_argument(argument) for argument in args])
        self._kwargs = {name: parts.of_argument(argument) for name, argument in kwargs.items()}
        self.nodes = tuple(parts.places)
        self.beside = tuple(parts.beside)
        """What stands beside nodes in containers."""

    def filled(self, values: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
        """Positional and keyword arguments, for one value per node."""
        made: dict[_Container, Any] = {}
        args = [_filled(part, values, made) for part in self._args]
        return args, {name: _filled(part, values, made) for name, part in self._kwargs.items()}


@final
class _Place:
    """Where the value of node number `index` goes."""

    __slots__ = ("index",)

    def __init__(self, index: int) -> None:
        self.index = index


@final
class _Container:
    """A container to be made anew from its parts."""

    __slots__ = ("make", "parts")

    def __init__(self, make: Callable[[list[Any]], Any], parts: list[Any]) -> None:
        self.make = make
        self.parts = parts


@final
class _Parts:
    """Arguments taken apart, each container once."""

    __slots__ = ("_made", "_open", "_raw", "beside", "places")

    def __init__(self, raw: Callable[[Any], DataNode]) -> None:
        self._raw = raw
        self.places: dict[DataNode, int] = {}
        self.beside: list[Any] = []
        self._made: dict[int, _Container] = {}
        self._open: list[int] = []

    def of_argument(self, argument: Any) -> _Place | _Container:
        """An argument as a whole: one that holds no node is a node itself."""
        if isinstance(argument, DataNode) or not _holds_node(argument):
            return self._place(argument if isinstance(argument, DataNode) else self._raw(argument))
        made: _Container = self._part(argument)
        return made

    def _place(self, node: DataNode) -> _Place:
        node.check_there()
        return _Place(self.places.setdefault(node, len(self.places)))

    def _part(self, item: Any) -> Any:
        if isinstance(item, DataNode):
            return self._place(item)
        if not _holds_node(item):
            check_readable(item, "a part of an argument")
            self.beside.append(item)
            return item
        if id(item) not in self._made:
            self._check(item)
            self._open.append(id(item))
            make = _maker(item)
            self._made[id(item)] = _Container(make, [self._part(x) for x in _values(item)])
            self._open.pop()
        return self._made[id(item)]

    def _check(self, item: Any) -> None:
        if id(item) in self._open:
            raise ArgumentError(f"a {type(item).__name__} that holds itself holds a node")
        if len(self._open) == _DEEPEST:
            raise ArgumentError(
                f"a node stands inside more than {_DEEPEST} containers",
                hint="make the inner ones in a node of their own",
            )
        if isinstance(item, dict) and any(_holds_node(key) for key in item):
            raise ArgumentError(
                "a node is the key of a dict", hint="make the dict in a node of its own"
            )


def _values(item: Any) -> Iterable[Any]:
    """What a container holds, of a dict the values; nothing of what is no container."""
    if isinstance(item, dict):
        return item.values()
    if isinstance(item, _ITEMS):
        return item
    if isinstance(item, np.ndarray) and item.dtype.kind == "O":
        return item.reshape(-1)
    if hasattr(type(item), "__dataclass_fields__") and not isinstance(item, type):
        names = (field.name for field in dataclasses.fields(item))
        return [item.__dict__[name] for name in names if name in getattr(item, "__dict__", ())]
    return _NOTHING


def _holds_node(argument: Any) -> bool:
    """Whether a node stands in it at any depth; a list may even hold itself."""
    seen: set[int] = set()
    pending = [argument]
    while pending:
        item = pending.pop()
        if isinstance(item, DataNode):
            return True
        inside = _values(item)
        if inside is not _NOTHING and id(item) not in seen:
            seen.add(id(item))
            pending.extend([*inside, *item] if isinstance(item, dict) else inside)
    return False


def _maker(argument: Any) -> Callable[[list[Any]], Any]:
    kind = type(argument)
    if kind in (dict, OrderedDict):
        keys = tuple(argument)
        return lambda values: kind(zip(keys, values, strict=True))
    if kind is defaultdict:
        keys, factory = tuple(argument), argument.default_factory
        return lambda values: defaultdict(factory, zip(keys, values, strict=True))
    if kind in _EXACT:
        return kind  # of one argument, the items
    if kind is deque:
        most = argument.maxlen
        return lambda values: deque(values, most)
    if kind is np.ndarray:
        shape = argument.shape
        return lambda values: _array(shape, values)
    if isinstance(argument, tuple) and hasattr(kind, "_fields"):
        return lambda values: kind(*values)
    if hasattr(kind, "__dataclass_fields__"):
        return lambda values: _changed(argument, values)
    raise ArgumentError(
        f"a node stands inside a {kind.__name__}, which cannot be made anew with its value",
        hint="nodes stand in lists, tuples, dicts, sets, or as arguments themselves",
    )


def _array(shape: tuple[int, ...], values: list[Any]) -> np.ndarray:
    array = np.empty(len(values), object)
    for i, value in enumerate(values):
        array[i] = value
    return array.reshape(shape)


def _changed(argument: Any, values: list[Any]) -> Any:
    """A copy of a dataclass with other values, without a call of its `__init__`."""
    made = copy.copy(argument)
    names = [f.name for f in dataclasses.fields(argument) if f.name in argument.__dict__]
    made.__dict__.update(zip(names, values, strict=True))
    return made


def _filled(part: Any, values: Sequence[Any], made: dict[_Container, Any]) -> Any:
    if isinstance(part, _Place):
        return values[part.index]
    if not isinstance(part, _Container):
        return part
    if part not in made:
        made[part] = part.make([_filled(item, values, made) for item in part.parts])
    return made[part]
