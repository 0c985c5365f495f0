"""What lists do at places that only the program knows: `xs[i] = v`, `insert`, `pop`, `remove`,
`index`. The list keeps its Python length; its items become those of one structure and dtype.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.builtins.truth import place_of
from gradloom.frontend.chosen import Chosen, options, spread
from gradloom.frontend.staging.choice import choose
from gradloom.frontend.staging.rows import Rows, clamped, held_place, is_unknown, rows_of
from gradloom.frontend.tracer import refuse


def _rows(what: str, items: Sequence[Any]) -> Rows:
    rows = rows_of(items)
    if rows is None:
        raise refuse(
            what, "a traced value says where, and its items are of different kinds",
            "make them numbers or arrays of one shape and dtype",
        )  # fmt: skip
    return rows


def insert_at(items: list[Any], i: Any, item: Any, /) -> None:
    """`list.insert`"""
    if not is_unknown(i):
        items.insert(i, item)
        return
    n = len(items)
    place, numbers = clamped(i, n), np.arange(n + 1)
    order = np.where(numbers < place, numbers, np.where(numbers == place, n, numbers - 1))
    items[:] = _rows("list.insert", [*items, item]).items(order)


def pop_at(items: list[Any], i: Any = -1, /) -> Any:
    """`list.pop`"""
    if not items or not is_unknown(i):
        return items.pop(i)
    place = held_place(i, len(items), "pop")
    taken = _rows("list.pop", items).at(place)
    delete_at(items, place)
    return taken


def delete_at(items: list[Any], i: Any) -> None:
    """`del items[i]`"""
    n = len(items)
    if not items or not is_unknown(i):
        del items[i]
        return
    place, numbers = held_place(i, n, "list assignment"), np.arange(n - 1)
    rows = _rows("del", items)
    items[:] = rows.items(np.where(numbers < place, numbers, numbers + 1))


def set_at(items: list[Any], i: Any, item: Any) -> None:
    """`items[i] = item`"""
    n = len(items)
    if not items or not is_unknown(i):
        items[i] = item
        return
    place, numbers = held_place(i, n, "list assignment"), np.arange(n)
    rows = _rows("list assignment", [*items, item])
    items[:] = rows.items(np.where(numbers == place, n, numbers))


def remove_from(items: list[Any], item: Any, /) -> None:
    """`list.remove`"""
    delete_at(items, place_of(items, item))


PLACED: Final[Mapping[tuple[type, str], Callable[..., Any]]] = {
    (list, "insert"): insert_at, (list, "pop"): pop_at, (list, "remove"): remove_from,
}  # fmt: skip
"""A class and its method's name -> what takes a traced place, the object first."""


@final
class Placed:
    """A list in which a traced place is written."""

    __slots__ = ("_items",)

    def __init__(self, items: list[Any]) -> None:
        self._items = items

    def __setitem__(self, key: Any, item: Any) -> None:
        set_at(self._items, key, item)

    def __delitem__(self, key: Any) -> None:
        delete_at(self._items, key)

    def __getitem__(self, key: Any) -> Any:
        """What `items[key] += item` reads."""
        return _rows("list", self._items).at(key) if is_unknown(key) else self._items[key]


@final
class Keyed:
    """A dict in which a key is written that may be one of several."""

    __slots__ = ("_held",)

    def __init__(self, held: dict[Any, Any]) -> None:
        self._held = held

    def __setitem__(self, key: Any, value: Any) -> None:
        held = self._held
        if type(key) is not Chosen:
            held[key] = value
            return
        for one in [x for x in held if x in options(key)]:
            held[one] = choose(key == one, lambda: value, partial(held.__getitem__, one))
        if any(x not in held for x in options(key)):
            raise refuse(
                "dict[key] = ...", "which key is new, a traced condition decides",
                "begin with all keys: dict.fromkeys(keys, 0.0)",
            )  # fmt: skip

    def __delitem__(self, key: Any) -> None:
        del self._held[key]

    def __getitem__(self, key: Any) -> Any:
        """What `held[key] += value` reads."""
        return self._held[key] if type(key) is not Chosen else spread(key, self._held.__getitem__)
