"""The error for a traced value that is used when no trace runs: where it was made, and where it is
used now.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from gradloom.ir.errors import LeakedTracer, TraceError
from gradloom.ir.location import Location, user_frame, user_location

_HINT = "return it from the traced function instead of keeping it in a list, attribute or global"


def leaked(location: Location | None, found: Any = None) -> LeakedTracer:
    """The error; the value, if not given, is found among the arguments of the calls that led
    here.
    """
    found = _nearest() if found is None else found
    if found is not None and found.owner.alive:
        return LeakedTracer(
            f"a traced value ({found.aval}) is used in another thread than its own",
            location=location or user_location(),
            hint="trace inside the thread: call gl.grad or gl.compile there",
        )
    what = "" if found is None else f" ({found.aval})"
    made = "" if found is None else f"; it was made {told_place(found.origin)}"
    return LeakedTracer(
        f"a traced value{what} is used after its trace has ended{made}",
        location=location or user_location(),
        hint=_HINT,
    )


def not_here(x: Any) -> TraceError:
    """The error for an array that is changed in place outside of its own trace."""
    if not x.owner.alive:
        return leaked(None, x)
    return TraceError(
        f"an array ({x.aval}) of the function around is changed in place inside a function that is "
        "traced by itself (for grad, vmap, scan and the like)",
        location=user_location(),
        hint="return the new values from the inner function, and write them outside of it",
    )


def told_place(place: Location | None) -> str:
    """`at model.py:19 in forward`."""
    return "somewhere unknown" if place is None else f"at {place} in {place.function}"


def _nearest() -> Any:
    """The nearest traced value, up to the user's frame."""
    last = user_frame()
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        found = _traced_in(list(frame.f_locals.values()), 2)
        if found is not None or frame is last:
            return found
        frame = frame.f_back
    return None


def _traced_in(xs: Any, depth: int) -> Any:
    """The first traced value in a list or in lists inside it."""
    for x in xs:
        kind = type(x)
        if kind.__name__ == "Selected" and kind.__module__ == "gradloom.frontend.selection":
            x = x.data
        if type(x).__name__ == "Tracer":
            return x
        if kind in (list, tuple, dict) and depth:
            found = _traced_in(x.values() if kind is dict else x, depth - 1)
            if found is not None:
                return found
    return None
