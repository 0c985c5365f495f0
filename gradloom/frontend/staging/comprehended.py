"""Comprehensions whose turns a traced value decides: a turn is recorded as a branch, which is open
while the item that it gives is taken.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator
from types import GeneratorType
from typing import Any, Final, NoReturn, final

from gradloom.frontend.builtins.truth import asked
from gradloom.frontend.growing import Growing, Grown
from gradloom.frontend.staging.advanced import through
from gradloom.frontend.staging.branch import Fork, condition_of, truth
from gradloom.frontend.staging.each import EachItem, EachYielded, Taker, is_new, require_taken
from gradloom.frontend.staging.items import has_traced_end, is_items, items_of, most_of
from gradloom.frontend.staging.objects import content
from gradloom.frontend.trace import current_trace, require_trace
from gradloom.frontend.tracer import refuse
from gradloom.ir.errors import GradloomError, TraceError
from gradloom.ir.location import user_location

_HELD: Final = (True,)
_FAILED: Final = ()


# ---- filters -------------------------------------------------------------------------------------


def sift(test: Any) -> Iterable[bool]:
    """The turns behind a filter: none, one, or one in a branch."""
    test = asked(test)
    held = truth(test)
    if held is None:
        return Sifted(Fork(condition_of(test), ()))
    return _HELD if held else _FAILED


@final
class Sifted:
    """One turn in a branch, which is closed when the next one is asked for."""

    __slots__ = ("_fork",)

    def __init__(self, fork: Fork) -> None:
        self._fork = fork

    def __iter__(self) -> Iterator[bool]:
        return self

    def __next__(self) -> bool:
        fork, frame = self._fork, sys._getframe(1)
        if fork.region is not None:
            fork.close(frame)
            fork.open()
            fork.close(frame)
            raise StopIteration
        require_taken(fork.trace, frame)
        fork.open()
        return True


@final
class Box:
    """A filter's test, held until its turns are asked for."""

    __slots__ = ("_turns",)

    def __init__(self) -> None:
        self._turns: Iterable[bool] = _FAILED

    def holds(self, test: Any) -> bool:
        """Take the test; whether there may be a turn."""
        self._turns = sift(test)
        return self._turns is not _FAILED

    def __iter__(self) -> Iterator[bool]:
        return iter(self._turns)


def box() -> tuple[Box]:
    """One turn, with a new box."""
    return (Box(),)


# ---- turns ---------------------------------------------------------------------------------------


def turns(x: Any) -> Iterable[Any]:
    """What a comprehension goes through."""
    trace = current_trace()
    if trace is None:
        return x  # type: ignore[no-any-return]
    if type(x) is Growing:
        return itertools.chain(x, _Still(x))
    if is_new(x):
        return _Open(EachYielded(x, (), 0, False))
    through(x)
    if type(x) is Grown or is_items(x):
        items = items_of(x)
        if has_traced_end(items):
            if most_of(items) is None:
                raise refuse(
                    "a comprehension", "how many turns it has, the program alone knows",
                    "fill an array of a fixed size in a `for`, and count what is in it",
                )  # fmt: skip
            return _Open(EachItem(items, (), 0, False))
    return x  # type: ignore[no-any-return]


@final
class _Open:
    """Items, each of which may come in a branch."""

    __slots__ = ("_items",)

    def __init__(self, items: EachItem | EachYielded) -> None:
        self._items = items

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        trace = require_trace()
        before = len(trace.regions)
        item = next(self._items)
        if len(trace.regions) > before:
            require_taken(trace, sys._getframe(1))
        return item


@final
class _Still:
    """No item, after those of a list that must not have got a traced length on the way."""

    __slots__ = ("_items",)

    def __init__(self, items: Any) -> None:
        self._items = items

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> NoReturn:
        if type(self._items) is not Growing:
            raise TraceError(
                "a list gets a traced length while a comprehension goes through it",
                location=user_location(), hint="go through a copy: for v in list(xs)",
            )  # fmt: skip
        raise StopIteration


# ---- lists ---------------------------------------------------------------------------------------


def collected(items: GeneratorType[Any, Any, Any], is_passing: bool) -> list[Any]:
    """The list of what a comprehension gives; `is_passing`: nobody keeps it."""
    try:
        made = gathered(items)
    except RuntimeError as error:
        if isinstance(error.__cause__, StopIteration):  # a list would have let it through
            raise error.__cause__ from None
        raise
    return made if type(made) is Grown or not is_passing else [*made]


def gathered(
    items: GeneratorType[Any, Any, Any], is_enough: Callable[[Any], bool] | None = None
) -> Any:
    """What a generator gives, as a list. `is_enough`: whether an item that is there in any case
    ends it.
    """
    made: Any = Growing()
    trace = current_trace()
    regions = [] if trace is None else trace.regions
    before = len(regions)
    try:
        with Taker(items, made).waits(trace):
            for item in items:
                if len(regions) > before:
                    content(made)
                made.append(item)
                if is_enough is not None and len(regions) == before and is_enough(item):
                    break
    except GradloomError:
        raise
    except Exception as error:
        if len(regions) > before:
            raise TraceError(
                f"{type(error).__name__} is raised in a comprehension, under a traced condition: "
                f"{error}",
                location=user_location(), hint="write it as a loop with an `if` that appends",
            ) from error  # fmt: skip
        raise
    return made


def listed(x: Any) -> Any:
    """A generator's items as a list, anything else as it is."""
    return gathered(x) if is_new(x) and current_trace() is not None else x


# ---- generators that nobody keeps ----------------------------------------------------------------


@final
class Passed:
    """A generator of which no more is taken than the function takes that it is passed to."""

    __slots__ = ("items",)

    def __init__(self, items: GeneratorType[Any, Any, Any]) -> None:
        self.items = items


_TAKING: Final = frozenset({any, all, next})


def passed(items: GeneratorType[Any, Any, Any], f: Any) -> Any:
    """A generator expression, written where `f` is called."""
    return Passed(items) if f in _TAKING and current_trace() is not None else items
