"""Exceptions on one way of a traced condition: whose they are, and which `try` catches them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, final

from gradloom.frontend.handled import asks_for_refusals, marks, refusal_behind
from gradloom.frontend.staging.regions import Region, leave_regions
from gradloom.frontend.staging.unset import Unset
from gradloom.frontend.trace import current_trace
from gradloom.ir.errors import GradloomError, TraceError
from gradloom.ir.location import Location, user_frame, user_location

Kinds = tuple[Any, ...]


@final
class Mark:
    """A `try` with handlers, as it was entered."""

    __slots__ = ("_errors", "_kinds", "_lines", "depth")

    def __init__(self, lines: tuple[int, int], kinds: Callable[[], Kinds]) -> None:
        """`lines`: the first and last one of what it tries; `kinds`: what its handlers catch."""
        trace = current_trace()
        self.depth = 0
        if trace is not None:
            self.depth, trace.tries = len(trace.regions), True
        self._lines = lines
        self._kinds = kinds
        self._errors: dict[int, list[BaseException]] = {}

    def handler(self, error: BaseException) -> int | None:
        """The number of the handler that catches an exception."""
        return next((k for k, x in enumerate(self._kinds()) if isinstance(error, x)), None)

    def caught_kinds(self) -> Kinds:
        """What each handler catches."""
        return self._kinds()

    @property
    def count(self) -> int:
        """How many handlers there are."""
        return len(self._kinds())

    def caught(self, number: int, error: BaseException) -> None:
        """Keep what a handler catches on one way."""
        self._errors.setdefault(number, []).append(error.with_traceback(None))

    def error(self, number: int) -> Any:
        """What a handler has caught."""
        found = self._errors.get(number, [])
        if len(found) == 1 or (found and len({repr(x) for x in found}) == 1):
            return found[0]
        return Unset(
            "the exception may be one of several: traced conditions decide which",
            "give each a handler of its own", user_location(),
        )  # fmt: skip

    def is_inside(self, frame: FrameType) -> bool:
        """Whether a frame runs what is tried."""
        return self._lines[0] <= frame.f_lineno <= self._lines[1]


def unwind(mark: Mark) -> None:
    """Leave the regions that were opened since, after an exception came out of them.

    Which of the ways came here, only the program knows: that is refused. A refusal goes on.
    """
    trace = current_trace()
    if trace is None:
        return
    error = sys.exception()
    refusal = refusal_behind(error)
    if refusal is not None and not any(map(asks_for_refusals, mark.caught_kinds())):
        raise refusal
    if len(trace.regions) <= mark.depth:
        return
    leave_regions(trace, mark.depth)
    raise TraceError(
        f"an exception under a traced condition is caught outside of it: {error!r}",
        location=user_location(),
        hint="put the `try` into the branch, or the check before the `if`",
    )  # fmt: skip


def is_of_way(region: Region, error: Exception) -> bool:
    """Whether an exception is what this way alone raises, and no refusal of the trace."""
    if isinstance(error, GradloomError | RecursionError | MemoryError | Warning):
        return False
    if isinstance(error.__cause__, GradloomError):  # numpy has hidden it
        return False
    if region.trace.regions[-1:] != [region]:  # it came out of a loop whose end is traced
        return False
    return "Tracer" not in str(error)  # a function in C that wants a number


def require_uncaught(error: BaseException, location: Location | None) -> None:
    """Raise where a function that called this one would catch what is raised under a condition."""
    for frame, mark in marks(sys._getframe(1)):
        if not mark.is_inside(frame) or mark.handler(error) is None:
            continue
        code = frame.f_code
        inner = user_frame()
        if inner is not None and inner.f_code is code:
            raise TraceError(
                f"{type(error).__name__} is raised in an expression under a traced condition, and "
                "caught by the `try` around it",
                location=location,
                hint="write the choice as an `if` statement",
            )
        raise TraceError(
            f"{type(error).__name__} is raised under a traced condition, and caught by the `try` "
            f"of {code.co_name} ({_place(frame)}), which called the function that raises it",
            location=location,
            hint="catch it in the function that raises it, or return what stands for it",
        )


def _place(frame: FrameType) -> str:
    return f"{frame.f_code.co_filename.rpartition('/')[2]}:{frame.f_lineno}"
