"""Graphs that a transform keeps between calls, so that `grad(f)(x)` traces once where that is safe.

A graph is kept when Python never looked at a value while it was traced, when nothing that `f`
reaches may answer differently next time (a random generator, a file, an unknown library), and as
long as every guard holds. On its second call it is optimised and emitted for numpy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from gradloom import backends
from gradloom.frontend.contents import Contents
from gradloom.frontend.environment import Environment, scan
from gradloom.frontend.guards import checker, reader
from gradloom.frontend.record import Recorded
from gradloom.frontend.run import finish, native, owned
from gradloom.frontend.signature import Leaf, flatten, leaf_of
from gradloom.frontend.trace import current_trace
from gradloom.frontend.tracer import Tracer
from gradloom.frontend.values import settings_in
from gradloom.ir.graph import Graph
from gradloom.passes import pipeline

_MOST: Final = 64
"""Graphs kept per transformed function; then the oldest is forgotten."""
_PLAIN: Final = (bool, int, str, bytes, type(None), np.dtype)


@final
@dataclass(slots=True)
class Kept:
    """A transformed graph, when it may be used again, and its program once that pays."""

    graph: Graph
    holds: Callable[[], bool]
    hidden: Callable[[], tuple[Any, ...]]
    types: tuple[Any, ...]
    contents: Contents
    traced: Graph
    run: Callable[..., Any] | None = None

    def fits(self, hidden: tuple[Any, ...]) -> bool:
        """Whether the hidden inputs still have the types they were traced with."""
        return all(
            isinstance(x, np.ndarray) and (x.dtype, x.shape) == t
            for x, t in zip(hidden, self.types, strict=True)
        )


@final
class Keeper:
    """The graphs of one transformed function, by signature."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self._f = f
        self._kept: dict[Any, Kept] = {}
        self._settled: dict[str, int] = {}

    def key(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Any, list[Any], list[Leaf]] | None:
        """The signature of a call, its leaves and their kinds; None when its graph cannot be
        kept.
        """
        if current_trace() is not None:
            return None
        leaves, tree = flatten((args, kwargs))
        inputs = [leaf_of(x) for x in leaves]
        if any(
            (leaf.type is None and not isinstance(leaf.static, _PLAIN)) or type(x) is Tracer
            for x, leaf in zip(leaves, inputs, strict=True)
        ):
            return None
        return (
            (
                tree,
                tuple(
                    [
                        (x.type, x.kind) if x.type is not None else (type(x.static), x.static)
                        for x in inputs
                    ]
                ),
            ),
            leaves,
            inputs,
        )

    def run(self, found: tuple[Any, list[Any], list[Leaf]]) -> tuple[Any, ...] | None:
        """A tuple of the call's result, when a kept graph fits."""
        key, leaves, inputs = found
        kept = self._kept.get(key)
        if kept is None:
            return None
        hidden = kept.hidden() if kept.holds() else None
        if hidden is None or not kept.fits(hidden) or not kept.contents.same():
            return None
        if kept.run is None:
            kept.graph, _ = pipeline.run(kept.graph, "default")
            kept.run = backends.get("numpy").build(kept.graph).function
        own = [x for x, leaf in zip(leaves, inputs, strict=True) if leaf.type is not None]
        arrays = native(kept.graph, [*own, *hidden])
        return (finish(kept.graph, owned(kept.run(*arrays), arrays)),)

    def environment(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Environment:
        """What the function reaches now, by itself and by functions that its arguments hold."""
        return scan(self._f, settings_in((args, kwargs)))

    def keep(
        self, key: Any, graph: Graph, recorded: Recorded, environment: Environment, then: Contents
    ) -> None:
        """Keep a graph if that is safe; `then`: what the arrays held before the trace."""
        if recorded.looked or recorded.lays or recorded.draws or environment.impure:
            return
        if any(type(x) is Tracer for x in recorded.extras):
            return
        if not then.same():  # the function itself writes into them, so it has to run at every call
            return
        before = self._kept.pop(key, None)
        if before is not None and before.traced == recorded.graph:
            for label in before.contents.changed():
                self._settled[label] = self._settled.get(label, 0) + 1
        if len(self._kept) >= _MOST:
            self._kept.pop(next(iter(self._kept)))
        read = reader(environment, recorded.extras, recorded.parts)
        types = tuple((x.dtype, x.shape) for x in recorded.extras)
        contents = Contents(environment, recorded.inputs, self._settled)
        self._kept[key] = Kept(graph, checker(environment), read, types, contents, recorded.graph)
