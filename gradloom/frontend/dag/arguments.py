"""The arguments of one call: where nodes stand in them, also inside lists, tuples, dicts, sets."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, final

from gradloom.frontend.dag.node import DataNode
from gradloom.ir.errors import ArgumentError

_DEEPEST: Final = 100
"""Containers inside containers that are searched for nodes; a list may even hold itself."""
_EXACT: Final = (list, tuple, dict, OrderedDict, set, frozenset)


@final
class Arguments:
    """A call's arguments with the nodes taken out; `filled` puts values in their places."""

    __slots__ = ("_args", "_kwargs", "nodes")

    def __init__(
        self, args: Sequence[Any], kwargs: Mapping[str, Any], raw: Callable[[Any], DataNode]
    ) -> None:
        """`raw` makes the node of an argument that holds no node."""
        places: dict[DataNode, int] = {}

        def place(node: DataNode) -> _Place:
            return _Place(places.setdefault(node, len(places)))

        def part(argument: Any) -> Any:
            if _holds_node(argument, 0):
                return _part(argument, place, 0)
            return place(raw(argument))

        self._args = tuple([part(argument) for argument in args])
        self._kwargs = {name: part(argument) for name, argument in kwargs.items()}
        self.nodes = tuple(places)

    def filled(self, values: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
        """Positional and keyword arguments, for one value per node."""
        args = [_filled(part, values) for part in self._args]
        return args, {name: _filled(part, values) for name, part in self._kwargs.items()}


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


def _inside(argument: Any) -> Sequence[Any]:
    if isinstance(argument, dict):
        return [*argument, *argument.values()]
    return list(argument) if isinstance(argument, list | tuple | set | frozenset) else ()


def _holds_node(argument: Any, depth: int) -> bool:
    if isinstance(argument, DataNode):
        return True
    return depth < _DEEPEST and any(_holds_node(item, depth + 1) for item in _inside(argument))


def _part(argument: Any, place: Callable[[DataNode], _Place], depth: int) -> Any:
    if isinstance(argument, DataNode):
        return place(argument)
    if not _holds_node(argument, depth):
        return argument
    if isinstance(argument, dict) and any(_holds_node(key, depth) for key in argument):
        raise ArgumentError(
            "a node is the key of a dict", hint="make the dict in a node of its own"
        )
    items = argument.values() if isinstance(argument, dict) else argument
    return _Container(_maker(argument), [_part(item, place, depth + 1) for item in items])


def _maker(argument: Any) -> Callable[[list[Any]], Any]:
    kind = type(argument)
    if kind in (dict, OrderedDict):
        keys = tuple(argument)
        return lambda values: kind(zip(keys, values, strict=True))
    if kind in _EXACT:
        return kind  # of one argument, the items
    if isinstance(argument, tuple) and hasattr(kind, "_fields"):
        return lambda values: kind(*values)
    raise ArgumentError(
        f"a node stands inside a {kind.__name__}, which cannot be made anew with its value",
        hint="nodes stand in lists, tuples, dicts, sets, or as arguments themselves",
    )


def _filled(part: Any, values: Sequence[Any]) -> Any:
    if isinstance(part, _Place):
        return values[part.index]
    if isinstance(part, _Container):
        return part.make([_filled(item, values) for item in part.parts])
    return part
