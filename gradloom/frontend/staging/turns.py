"""The turns of a `for`: by Python's own iterator while the end is known, by the number of the turn
where it is traced.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, final

from gradloom.frontend.staging.advanced import advance
from gradloom.frontend.staging.items import has_traced_end, items_of, most_of
from gradloom.frontend.trace import require_trace


@final
class Turns:
    """The turns of a `for`."""

    __slots__ = ("_items", "_iterator", "current", "is_traced", "position")

    def __init__(self, iterable: Any) -> None:
        advance(iterable, require_trace())
        self._items = items_of(iterable)
        self.position = 0
        self.current: Any = None
        self._iterator: Iterator[Any] | None = None
        self.is_traced = has_traced_end(self._items)

    def step(self) -> bool:
        """Go to the next item; whether there is one."""
        if self._iterator is None:
            self._iterator = iter(self._items)
        try:
            self.current = next(self._iterator)
        except StopIteration:
            return False
        self.position += 1
        return True

    def ahead(self) -> Iterator[Any] | None:
        """Python's own iterator, for a loop that nothing but its end will end; None where that is
        traced.
        """
        return None if self.is_traced else iter(self._items)

    def item(self, index: Any) -> Any:
        """The item of this turn: the one that `step` went to, or that of a traced number."""
        return self.current if index is None else self._items.at(index)

    def left(self) -> int | None:
        """How many turns there are still at most; None where only the program knows."""
        most = most_of(self._items)
        return None if most is None else max(most - self.position, 0)

    def more(self, index: Any) -> Any:
        """Whether there is an item of this number (None: the next one)."""
        return self._items.has(self.position if index is None else index)
