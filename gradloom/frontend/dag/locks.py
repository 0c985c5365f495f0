"""The locks of graphs that use one another: a run holds those of all whose values it may take."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gradloom.frontend.dag.around import holding, require_outside

if TYPE_CHECKING:
    from gradloom.frontend.dag.builder import GraphBuilder


@contextlib.contextmanager
def all_locked(*graphs: GraphBuilder) -> Iterator[None]:
    """Hold the locks of graphs and of those that they use, however far, in one order of all. Raises
    `ArgumentError` in a call that is made for a run which holds one of them in another thread.
    """
    found: set[GraphBuilder] = set()
    pending = list(graphs)
    while pending:
        one = pending.pop()
        if one not in found:
            found.add(one)
            pending += list(one.sources)
    names = [one.graph_uid for one in found]
    require_outside(names)
    with contextlib.ExitStack() as stack:
        for one in sorted(found, key=lambda one: one.number):
            stack.enter_context(one.lock)
        stack.enter_context(holding(names))
        yield
