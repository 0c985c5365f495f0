"""What a `for` goes through, with its items by number, which may be traced."""

from __future__ import annotations

import builtins
from collections.abc import (
    Callable,
    ItemsView,
    Iterable,
    Iterator,
    KeysView,
    Mapping,
    ValuesView,
)
from typing import Any, Final, Protocol, final

import numpy as np

from gradloom.frontend.asserted import require
from gradloom.frontend.growing import State, grown, is_grown, state_of
from gradloom.frontend.staging.branch import truth
from gradloom.frontend.staging.counts import has, nth, turned
from gradloom.frontend.staging.picked import one_of
from gradloom.frontend.staging.rows import rows_of
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, refuse


class Items(Protocol):
    """Items by their number."""

    def at(self, i: Any) -> Any:
        """The item of this number, which may be traced."""

    def has(self, i: Any) -> Any:
        """Whether there is an item of this number."""

    def __iter__(self) -> Iterator[Any]: ...


def _counted(start: Any, i: Any, step: int) -> Any:
    """`start + i * step`"""
    steps = i if step == 1 else i * step
    return steps if type(start) is int and start == 0 else start + steps


@final
class Numbers:
    """range() with a traced bound."""

    def __init__(self, *args: Any) -> None:
        self._start, self._stop = (0, args[0]) if len(args) == 1 else args[:2]
        self._step = args[2] if len(args) > 2 else 1
        if type(self._step) is Tracer:
            raise refuse("range", "its step is traced", "give the step as a number")
        if self._step == 0:
            raise ValueError("range() arg 3 must not be zero")
        for x in (self._start, self._stop):
            if type(x) is Tracer and (x.ndim or x.dtype.kind not in "iu"):
                raise TypeError(f"{x.aval} cannot be interpreted as an integer")

    def at(self, i: Any) -> Any:
        """The item of this number."""
        made = _counted(self._start, i, self._step)
        if type(made) is not Tracer:
            return made
        return Tracer(made.owner, made.astype(np.int64).here(require_trace()), "weak")

    def has(self, i: Any) -> Any:
        """Whether there is such an item."""
        return self.at(i) < self._stop if self._step > 0 else self.at(i) > self._stop

    def __iter__(self) -> Iterator[Any]:
        raise refuse("range", "its bound is traced", "use it as the range of a `for`")


@final
class Rows:
    """The rows of an array."""

    def __init__(self, array: Any) -> None:
        self._array = array

    def at(self, i: Any) -> Any:
        """The item of this number."""
        return self._array[i] if type(self._array) is Tracer else np.take(self._array, i, axis=0)

    def has(self, i: Any) -> Any:
        """Whether there is such an item."""
        return i < len(self._array)

    def __len__(self) -> int:
        return len(self._array)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._array)


@final
class Listed:
    """The items of a list or tuple of equal structures of numbers."""

    def __init__(self, items: Any) -> None:
        self._items = items

    def at(self, i: Any) -> Any:
        """The item of this number."""
        if type(i) is not Tracer:
            return self._items[i]
        rows = rows_of(self._items)
        return one_of(self._items, i) if rows is None else rows.at(i)

    def has(self, i: Any) -> Any:
        """Whether there is such an item."""
        return i < len(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)


@final
class Viewed:
    """The keys, values or items of a dict, or the members of a set."""

    def __init__(self, view: Any) -> None:
        self._view = view
        self._keys = [*getattr(view, "mapping", view)]

    def at(self, i: Any) -> Any:
        """The item of this number, as it is now."""
        now = [*self._view]
        if len(now) != len(self._keys):
            raise RuntimeError("dictionary changed size during iteration")
        return now[i] if type(i) is not Tracer else Listed(now).at(i)

    def has(self, i: Any) -> Any:
        """Whether there is such an item."""
        return i < len(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._view)


@final
class Held:
    """The items of a list with a traced length, which must not change on the way."""

    def __init__(self, items: Any) -> None:
        self._items = items
        self._state = state_of(items)

    @property
    def most(self) -> int:
        """How many there are at most."""
        return self._state.shape.most

    @property
    def length(self) -> Any:
        """How many there are."""
        return self._state.length

    def _held(self) -> State:
        if state_of(self._items) is not self._state:
            raise refuse(
                "for", "it goes through a list with a traced length, which is changed on the way",
                "go through a copy: for v in list(xs)",
            )  # fmt: skip
        return self._state

    def at(self, i: Any) -> Any:
        """The item of this number."""
        return nth(self._held(), i)

    def has(self, i: Any) -> Any:
        """Whether there is such an item."""
        return has(self._held(), i)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)


@final
class Zipped:
    """zip()."""

    def __init__(self, *parts: Any, strict: bool = False) -> None:
        self._parts = [items_of(x) for x in parts]
        self._strict = strict

    def at(self, i: Any) -> Any:
        """The item of this number."""
        return tuple([part.at(i) for part in self._parts])

    def has(self, i: Any) -> Any:
        """Whether there is such an item."""
        if self._strict:
            self._require_equal()
        held: Any = bool(self._parts)
        for part in self._parts:
            held = _both(held, part.has(i))
        return held

    def __iter__(self) -> Iterator[Any]:
        return builtins.zip(*self._parts, strict=self._strict)

    def _require_equal(self) -> None:
        """Let the program raise where one part has more items than another."""
        self._strict = False
        known = [_length(part) for part in self._parts]
        for n in known[1:]:
            if n is not known[0]:
                require(np.equal(n, known[0]), "zip() arguments are not of one length")


def _length(items: Items) -> Any:
    if isinstance(items, Held):
        return items.length
    most = most_of(items)
    if most is None or has_traced_end(items):
        raise refuse("zip", "strict=True, and how many items there are is traced", "leave it out")
    return most


def _both(a: Any, b: Any) -> Any:
    if a is False or b is False:
        return False
    if type(a) is Tracer or type(b) is Tracer:
        return np.logical_and(a, b)
    return a and b


@final
class Counted:
    """enumerate()."""

    def __init__(self, iterable: Any, start: int = 0) -> None:
        self._items = items_of(iterable)
        self._start = start

    def at(self, i: Any) -> Any:
        """The item of this number."""
        return self._start + i, self._items.at(i)

    def has(self, i: Any) -> Any:
        """Whether there is such an item."""
        return self._items.has(i)

    def __iter__(self) -> Iterator[Any]:
        return builtins.enumerate(self._items, self._start)


@final
class Unindexed:
    """Anything else that can be gone through."""

    def __init__(self, iterable: Iterable[Any]) -> None:
        self._iterable = iterable

    def at(self, i: Any) -> Any:
        """The item of this number."""
        raise refuse(
            "for", f"a traced value ends the loop, and a {type(self._iterable).__name__} has no "
            "items by number", "go through a range, an array or a list",
        )  # fmt: skip

    has = at

    def __iter__(self) -> Iterator[Any]:
        return iter(self._iterable)


def is_items(x: Any) -> bool:
    """Whether this has items by number."""
    return isinstance(x, _KINDS)


def items_of(x: Any) -> Items:
    """What a `for` goes through, with its items by number where it has them."""
    if is_items(x):
        return x  # type: ignore[no-any-return]
    if is_grown(x):
        return Held(x)
    if type(x) is Tracer or isinstance(x, np.ndarray):
        return Rows(x)
    if isinstance(x, range):
        return Ranged(x)
    if isinstance(x, list | tuple):
        return Listed(x)
    if isinstance(x, _VIEWS):
        return Viewed(x)
    return Unindexed(x)


@final
class Ranged:
    """range() of numbers."""

    def __init__(self, numbers: range) -> None:
        self._numbers = numbers

    def at(self, i: Any) -> Any:
        """The item of this number."""
        return _counted(self._numbers.start, i, self._numbers.step)

    def has(self, i: Any) -> Any:
        """Whether there is such an item."""
        return i < len(self._numbers)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._numbers)

    def backwards(self) -> Ranged:
        """The same numbers from the last to the first."""
        return Ranged(self._numbers[::-1])

    def __reversed__(self) -> Iterator[Any]:
        return reversed(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)


_VIEWS: Final = (dict, set, frozenset, KeysView, ValuesView, ItemsView)
_KINDS: Final = (Numbers, Ranged, Rows, Listed, Viewed, Held, Zipped, Counted, Unindexed)


def _range(*args: Any) -> Any:
    known = [int(x) if type(x) is Tracer and _is_known(x) else x for x in args]
    return Numbers(*known) if any(type(x) is Tracer for x in known) else Ranged(range(*known))


def _is_known(x: Tracer) -> bool:
    return truth(x.reshape(()) == 0) is not None if x.size == 1 else True


def _reversed(x: Any) -> Any:
    """reversed(); of a list as Python has it, since the list may change on the way."""
    if isinstance(x, Numbers):
        raise refuse("reversed", "the bound of the range is traced", "count down: range(n, 0, -1)")
    if isinstance(x, Ranged):
        return x.backwards()
    if is_grown(x):
        return Held(grown(turned(state_of(x))))
    if type(x) is Tracer or isinstance(x, np.ndarray):
        return Rows(x[::-1])
    return Listed(x[::-1]) if isinstance(x, tuple) else builtins.reversed(x)


_BY_NUMBER: Final[Mapping[Any, Callable[..., Any]]] = {
    range: _range, zip: Zipped, enumerate: Counted, reversed: _reversed,
}  # fmt: skip


def by_number(f: Any) -> Callable[..., Any] | None:
    """What stands for a builtin that makes an iterator, where a `for` goes through it."""
    return _BY_NUMBER.get(f) if isinstance(f, type) else None


def has_traced_end(items: Items) -> bool:
    """Whether only the program knows how many items there are."""
    if isinstance(items, Zipped):
        return any(has_traced_end(part) for part in items._parts)
    if isinstance(items, Counted):
        return has_traced_end(items._items)
    return isinstance(items, Numbers | Held)


def most_of(items: Items) -> int | None:
    """How many items there are at most; None where only the program knows."""
    if isinstance(items, Zipped):
        known = [n for n in map(most_of, items._parts) if n is not None]
        return min(known, default=None if items._parts else 0)
    if isinstance(items, Counted):
        return most_of(items._items)
    if isinstance(items, Held):
        return items.most
    return len(items) if isinstance(items, Ranged | Rows | Listed | Viewed) else None
