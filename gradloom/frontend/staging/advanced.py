"""Iterators: where in a program each has been advanced.

Python advances an iterator once, whatever way the program takes later. So one that is advanced
under a traced condition may not be advanced anywhere else: there its place is not known.
"""

from __future__ import annotations

from typing import Any

from gradloom.frontend.trace import Trace, current_trace
from gradloom.frontend.tracer import Tracer
from gradloom.ir.errors import TraceError
from gradloom.ir.location import user_location


def advance(x: Any, trace: Trace) -> None:
    """Take note that an iterator is advanced here; anything else is let be."""
    kind = type(x)
    if kind is Tracer or not hasattr(kind, "__next__"):
        return
    known = trace.advanced.get(id(x))
    if known is not None and known[1] is not trace.builder:
        raise TraceError(
            f"a {kind.__name__} is advanced under a traced condition and elsewhere: how far it is, "
            "the program alone knows",
            location=user_location(),
            hint="take its items into a list, list(...), and count the place in it",
        )
    trace.advanced[id(x)] = (x, trace.builder)  # kept alive, so that its id stays its own


def through(x: Any) -> Any:
    """What a comprehension, an assignment to several names or a `*` goes through."""
    trace = current_trace()
    if trace is not None:
        advance(x, trace)
    return x


def next_of(x: Any, /, *default: Any) -> Any:
    """What `next` gives."""
    trace = current_trace()
    if trace is not None:
        advance(x, trace)
    return next(x, *default)
