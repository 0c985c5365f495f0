"""A real run on numpy: how long each node takes, and how much memory the program holds at most."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from gradloom import backends
from gradloom.ir.graph import Graph, Node
from gradloom.ir.interpret import interpret
from gradloom.viz.memory_map.scene import Measured

_RUNS: Final = 3
"""Runs that are timed; the fastest of each node counts, since what disturbs a run only adds."""


def measured(graph: Graph, arrays: Sequence[Any]) -> Measured:
    """The seconds of each node, the fastest of some runs, and the peak of one traced run.

    The peak counts what the compiled program allocates (`tracemalloc`): numpy's workspace too, its
    arguments not.
    """
    inputs = [np.asarray(a) for a in arrays]
    runs = [_seconds(graph, inputs) for _ in range(_RUNS)]
    fastest = tuple(min(times) for times in zip(*runs, strict=True))
    return Measured(fastest, _peak(graph, inputs))


def _seconds(graph: Graph, arrays: Sequence[Any]) -> list[float]:
    """Seconds of each of the graph's own nodes, in order; a node's regions are part of it."""
    own = {id(node) for node in graph.nodes}
    times: list[float] = []
    last = time.perf_counter()

    def on_op(node: Node, inputs: tuple[Any, ...], outputs: tuple[Any, ...]) -> None:
        nonlocal last
        if id(node) in own:
            times.append(time.perf_counter() - last)
            last = time.perf_counter()

    interpret(graph, arrays, on_op)
    return times


def _peak(graph: Graph, arrays: Sequence[Any]) -> int:
    function = backends.get("numpy").build(graph).function
    function(*arrays)  # what is made once, at the first call, is not the run's
    tracing = tracemalloc.is_tracing()
    if not tracing:
        tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        kept = function(*arrays)
        _, peak = tracemalloc.get_traced_memory()
        del kept
    finally:
        if not tracing:
            tracemalloc.stop()
    return max(peak - before, 0)
