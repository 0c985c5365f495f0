"""A `for` whose turns a traced condition decides one by one: through a list with a traced length,
and through a generator that yields under a condition.

A turn is recorded as a branch: `if i < len(xs): body`. Where a generator yields in a branch of its
own, that branch is still open, and the body of the `for` becomes a part of it. So whoever closes a
branch asks the loops that wait for the running generators what their variables are now.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, GeneratorType
from typing import Any, Final, NoReturn, final

from gradloom.frontend.growing import Growing
from gradloom.frontend.staging.advanced import through
from gradloom.frontend.staging.branch import Fork, condition_of, variables_of
from gradloom.frontend.staging.items import Items, has_traced_end, is_items, items_of
from gradloom.frontend.staging.leaks import require_no_globals
from gradloom.frontend.staging.regions import Region
from gradloom.frontend.trace import Trace, current_trace
from gradloom.frontend.tracer import refuse
from gradloom.ir.errors import TraceError, ValueNeeded
from gradloom.ir.location import user_location

Names = tuple[tuple[str, int, int], ...]
_MIXED: Final = "give the loop its own function that returns a list"


class Waiting:
    """A `for` in the user's frame, and the variables that its turns set."""

    __slots__ = ("_frame", "_given", "_names", "_rest", "news")

    def __init__(self, names: Names, rest: int) -> None:
        """`rest`: how many of the variables are set by the body alone, not by the `for` itself."""
        self._names = names
        self._rest = rest
        self._frame: FrameType | None = None
        self._given: dict[str, Any] | None = None
        self.news = False

    def values(self) -> dict[str, Any]:
        """Its variables now."""
        if self._given is not None:
            return self._given
        if not self._names:
            return {}
        assert self._frame is not None
        return variables_of(self._frame, [name for name, _, _ in self._names])

    def give(self, values: dict[str, Any]) -> None:
        """Set its variables, when the loop goes on."""
        self._given = values
        self.news = True

    def enter(self) -> tuple[Any, ...]:
        """The variables with which a turn begins, but for those that the `for` has just set."""
        self.news = False
        return tuple(self.values().values())[: self._rest]

    def finish(self) -> tuple[Any, ...]:
        """The variables after the loop."""
        return tuple(self.values().values())

    def _arrived(self, frame: FrameType) -> None:
        self._frame, self._given, self.news = frame, None, False


# ---- items by number -----------------------------------------------------------------------------


@final
class EachItem(Waiting):
    """The items of lists with a traced length; those that may be missing behind a condition."""

    __slots__ = ("_fork", "_has_jumps", "_items", "_next")

    def __init__(self, items: Items, names: Names, rest: int, has_jumps: bool) -> None:
        super().__init__(names, rest)
        self._items = items
        self._has_jumps = has_jumps
        self._next = 0
        self._fork: Fork | None = None

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        frame = sys._getframe(1)
        self._arrived(frame)
        if self._fork is not None:
            self._close(self._fork, frame)
        held = self._items.has(self._next)
        if held is False:
            raise StopIteration
        if held is not True:
            if self._has_jumps:
                _refuse_jumps()
            self._fork = Fork(condition_of(held), self._names)
            self._fork.before = self.values()
            self._fork.open()
        self._next += 1
        return self._items.at(self._next - 1)

    def _close(self, fork: Fork, frame: FrameType) -> None:
        """Join the turn that has ended with none."""
        self._fork = None
        fork.close(frame)
        fork.open()
        self.give(fork.close(frame, fork.before))
        require_no_globals(frame, fork.before, self.values())


def _refuse_jumps() -> NoReturn:
    raise refuse(
        "for", "a turn stands behind a traced condition, and the loop is left by a `break` or "
        "`return` that Python alone decides", _MIXED,
    )  # fmt: skip


@final
class Still(Waiting):
    """A list whose length is known, and has to be known at the end."""

    __slots__ = ("_items",)

    def __init__(self, items: Any, names: Names) -> None:
        super().__init__(names, 0)
        self._items = items

    def finish(self) -> tuple[Any, ...]:
        """The variables as they are; raises where the list has got a traced length on the way."""
        if type(self._items) is not Growing:
            raise TraceError(
                "a list gets a traced length while a `for` goes through it",
                location=user_location(), hint="go through a copy: for v in list(xs)",
            )  # fmt: skip
        return tuple(variables_of(sys._getframe(1), [name for name, _, _ in self._names]).values())


# ---- generators ----------------------------------------------------------------------------------


@final
class EachYielded(Waiting):
    """What a generator yields, which may do so under a condition."""

    __slots__ = ("_has_jumps", "_left", "iterator")

    def __init__(
        self, iterator: GeneratorType[Any, Any, Any], names: Names, rest: int, has_jumps: bool
    ) -> None:
        super().__init__(names, rest)
        self.iterator = iterator
        self._has_jumps = has_jumps
        self._left: list[Region] | None = None

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        self._arrived(sys._getframe(1))
        trace = current_trace()
        if trace is None:
            return next(self.iterator)
        if self._left is None:
            self._left = [*trace.regions]
        elif self._left != trace.regions:
            raise _advanced_elsewhere()
        depth = len(trace.waiting)
        trace.waiting.append(self)
        try:
            return next(self.iterator)
        finally:
            del trace.waiting[depth:]
            self._left = [*trace.regions]

    def require_takes(self, frame: FrameType | None) -> None:
        """Raise where it is not this loop that the frame yields to, or it may be left early."""
        if self.iterator.gi_frame is not frame:
            raise _yields_to_python()
        if self._has_jumps:
            _refuse_jumps()


@final
class Taker(Waiting):
    """What takes all that a generator yields, in whatever branch."""

    __slots__ = ("_iterator", "made")

    def __init__(self, iterator: GeneratorType[Any, Any, Any], made: Any) -> None:
        """`made`: the list that it takes them into."""
        super().__init__((), 0)
        self._iterator = iterator
        self.made = made

    @contextmanager
    def waits(self, trace: Trace | None) -> Iterator[None]:
        """Takes what the generator yields meanwhile."""
        waiting = [] if trace is None else trace.waiting
        depth = len(waiting)
        waiting.append(self)
        try:
            yield
        finally:
            del waiting[depth:]

    def require_takes(self, frame: FrameType | None) -> None:
        """Raise where it is not here that the frame yields to."""
        if self._iterator.gi_frame is not frame:
            raise _yields_to_python()


def require_taken(trace: Trace, frame: FrameType) -> None:
    """Raise where nobody takes what a frame yields in a branch."""
    if not trace.waiting:
        raise _yields_to_python()
    trace.waiting[-1].require_takes(frame)


def _advanced_elsewhere() -> TraceError:
    return TraceError(
        "a generator goes on under another traced condition than the one it stopped under",
        location=user_location(), hint="take what it yields first: items = list(generator)",
    )  # fmt: skip


def _yields_to_python() -> ValueNeeded:
    return ValueNeeded(
        "a `yield` under a traced condition: whether there is an item, Python asks here",
        location=user_location(),
        hint="go through the generator by a `for`, or take list(...) of it",
    )


def depth() -> int:
    """How many regions are open."""
    trace = current_trace()
    return 0 if trace is None else len(trace.regions)


def yielded(value: Any, depth: int) -> Any:
    """What a generator yields; `depth`: how many regions were open when it began."""
    trace = current_trace()
    if trace is None or len(trace.regions) == depth:
        return value
    if any(region.repeats for region in trace.regions[depth:]):
        raise _yields_to_python()
    require_taken(trace, sys._getframe(1))
    return value


def is_new(x: Any) -> bool:
    """Whether this is a generator of which nothing has been taken."""
    return type(x) is GeneratorType and inspect.getgeneratorstate(x) == inspect.GEN_CREATED


# ---- the way in ----------------------------------------------------------------------------------


def each(x: Any, names: Names, rest: int, has_jumps: bool) -> tuple[Any, Waiting | None]:
    """What a `for` goes through, and what sets its variables where turns depend on conditions."""
    if type(x) is Growing:
        return x, Still(x, names)
    through(x)
    if is_items(x) or isinstance(x, list):
        items = items_of(x)
        if has_traced_end(items):
            made = EachItem(items, names, rest, has_jumps)
            return made, made
        return x, None
    if is_new(x):
        source = EachYielded(x, names, rest, has_jumps)
        return source, source
    return x, None
