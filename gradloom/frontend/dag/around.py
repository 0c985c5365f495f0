"""The calls that are being made around what runs now. One that asks the run that waits for it would
wait for ever; it gets an error instead.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import NamedTuple

from gradloom.ir.errors import ArgumentError


class Made(NamedTuple):
    """A call that is being made: its name, that of the graph whose run makes it, and whether that
    run waits in another thread, with the graphs that it holds. It travels to workers with the call.
    """

    call: str
    graph: str
    is_elsewhere: bool
    holds: frozenset[str] = frozenset()


_around: ContextVar[tuple[Made, ...]] = ContextVar("around", default=())
_held: ContextVar[frozenset[str]] = ContextVar("held", default=frozenset())


def calls_around() -> tuple[Made, ...]:
    """The calls that the running code is part of, the outermost first."""
    return _around.get()


@contextlib.contextmanager
def inside(calls: tuple[Made, ...]) -> Iterator[None]:
    """What runs in the block is part of these calls. In a process of its own a graph cannot be
    asked: graphs do not travel.
    """
    token = _around.set(calls)
    try:
        yield
    finally:
        _around.reset(token)


@contextlib.contextmanager
def holding(graphs: Iterable[str]) -> Iterator[None]:
    """In the block these graphs are locked by the running thread."""
    token = _held.set(_held.get() | frozenset(graphs))
    try:
        yield
    finally:
        _held.reset(token)


def graphs_held() -> frozenset[str]:
    """The graphs that the running thread has locked."""
    return _held.get()


def require_outside(graphs: Iterable[str]) -> None:
    """Raise `ArgumentError` in a call that a run waits for in another thread, where that run holds
    one of these graphs.
    """
    around = _around.get()
    asked = frozenset(graphs) if around else frozenset()
    for made in around:
        both = asked & made.holds if made.is_elsewhere else frozenset()
        if both:
            whose = "whose run" if made.graph in both else f"of which a run of {made.graph}"
            raise ArgumentError(
                f"{made.call} asks {made.graph if made.graph in both else min(both)}, {whose} "
                f"waits for {made.call}",
                hint="make what it asks for one of its arguments",
            )


def require_no_circle(graph: str, calls: Iterator[str]) -> None:
    """Raise `ArgumentError` where one of these calls of a graph is being made already."""
    made = {made.call for made in _around.get() if made.graph == graph}
    for call in calls if made else ():
        if call in made:
            raise ArgumentError(
                f"{call} asks {graph} for what only {call} itself can make",
                hint="make what it asks for one of its arguments",
            )
