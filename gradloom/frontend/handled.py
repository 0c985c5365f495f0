"""What the handlers of a program must not catch: checks that are made when it runs, which nothing
raises while it is traced, and refusals, which a program that is not traced never meets.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any, Final

from gradloom.frontend.trace import current_trace
from gradloom.ir.errors import GradloomError, NotSupported
from gradloom.ir.location import user_location

_MARKS: Final = ("_gl_mark", "_gl_tried")
_ALL: Final = (Exception, BaseException)


def marks(frame: FrameType | None) -> Iterator[tuple[FrameType, Any]]:
    """Every `try` with handlers that this frame and its callers have entered."""
    while frame is not None:
        if any(name.startswith(_MARKS) for name in frame.f_code.co_varnames):
            held = frame.f_locals
            for name in frame.f_code.co_varnames:
                mark = held.get(name) if name.startswith(_MARKS) else None
                if mark is not None:
                    yield frame, mark
        frame = frame.f_back


def require_unhandled(kind: type[BaseException], what: str) -> None:
    """Raise where a handler names what a check raises that the program alone can make: it would
    never run. Handlers of every exception are taken for what else may happen.
    """
    trace = current_trace()
    if trace is None or not trace.tries:
        return
    for frame, mark in marks(sys._getframe(1)):
        if mark.is_inside(frame) and any(_names(x, kind) for x in mark.caught_kinds()):
            raise NotSupported(
                f"{what}: the program alone finds out, and the `try` of {frame.f_code.co_name} "
                "catches what that raises",
                location=user_location(),
                hint="ask before: if 0 <= i < len(xs): ...",
            )


def refusal_behind(error: BaseException | None) -> GradloomError | None:
    """The refusal that an exception is, or that numpy has hidden in it: not the program's own."""
    for found in (error, None if error is None else error.__cause__):
        if isinstance(found, GradloomError) and found.is_refusal:
            return found
    return None


def asks_for_refusals(caught: Any) -> bool:
    """Whether a handler names errors of ours, or what is not implemented."""
    if isinstance(caught, tuple):
        return any(map(asks_for_refusals, caught))
    return issubclass(caught, GradloomError | NotImplementedError)


def _names(caught: Any, kind: type[BaseException]) -> bool:
    """Whether a handler of this names a kind of exception."""
    if isinstance(caught, tuple):
        return any(_names(x, kind) for x in caught)
    return caught not in _ALL and issubclass(kind, caught)
