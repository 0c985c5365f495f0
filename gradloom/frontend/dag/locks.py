"""The locks of graphs that use one another: a run holds those of all whose values it may take."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradloom.frontend.dag.builder import GraphBuilder


@contextlib.contextmanager
def all_locked(*graphs: GraphBuilder) -> Iterator[None]:
    """Hold the locks of graphs and of those that they use, however far, in one order of all."""
    found: set[GraphBuilder] = set()
    pending = list(graphs)
    while pending:
        one = pending.pop()
        if one not in found:
            found.add(one)
            pending += list(one.sources)
    with contextlib.ExitStack() as stack:
        for one in sorted(found, key=lambda one: one.number):
            stack.enter_context(one.lock)
        yield
