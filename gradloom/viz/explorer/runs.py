"""What a run tells of each node: its time, its numbers, where numbers go bad, how far a backend is
from numpy.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.understand import deviations
from gradloom.ir.graph import Graph, Node
from gradloom.ir.interpret import interpret
from gradloom.ir.specialize import specialize
from gradloom.ir.types import solve_symbols
from gradloom.viz.explorer.facts import named

_TURNS: Final = 5
"""Timed runs; the first, which warms caches, is another."""
_PREVIEW: Final = 120
"""Characters of a value that a page shows."""


@final
@dataclass(frozen=True, slots=True)
class Seen:
    """What a run saw of a node: seconds (those inside its regions too) and calls per run, its last
    value in short, and the extent of its finite numbers.

    `bad` says "NaN" or "infinity" where a value has one; `origin` that its inputs had none.
    """

    seconds: float
    calls: int
    value: str
    least: float | None
    most: float | None
    norm: float | None
    bad: str = ""
    origin: bool = False


def measured(graph: Graph, arrays: Sequence[Any]) -> dict[str, Seen]:
    """What the numpy interpreter sees of every node that runs, by its id; times are medians."""
    graph = sized(graph, arrays)
    ids = {node: id for id, node in named(graph)}
    seen: dict[str, Seen] = {}

    def look(node: Node, inputs: tuple[Any, ...], outputs: tuple[Any, ...]) -> None:
        id = ids.get(node)
        if id is not None:
            before = seen.get(id)
            if before is None or not before.bad:  # of several turns, the first bad one is kept
                seen[id] = _looked(inputs, outputs)

    interpret(graph, arrays, look)
    times, calls = _timed(graph, arrays, ids)
    return {
        id: replace(s, seconds=times.get(id, 0.0), calls=calls.get(id, 0)) for id, s in seen.items()
    }


def sized(graph: Graph, arrays: Sequence[Any]) -> Graph:
    """The graph with the sizes of these arrays; its nodes keep their ids."""
    if not graph.symbols:
        return graph
    sizes = solve_symbols([p.type for p in graph.parameters], [np.shape(a) for a in arrays])
    return specialize(graph, sizes)


def errors(graph: Graph, arrays: Sequence[Any], backend: str) -> dict[str, float]:
    """For each node, the largest difference of a backend's value from numpy's, relative to the
    largest number of that value.
    """
    graph = sized(graph, arrays)
    found = deviations(graph, arrays, backend)
    worst: dict[str, float] = {}
    ids = {node: f"n{i}" for i, node in enumerate(graph.nodes)}
    for value, error in found.items():
        if value.node is not None:
            id = ids[value.node]
            worst[id] = max(worst.get(id, 0.0), error)
    return worst


def _timed(
    graph: Graph, arrays: Sequence[Any], ids: dict[Node, str]
) -> tuple[dict[str, float], dict[str, int]]:
    runs: list[dict[str, float]] = []
    calls: dict[str, int] = {}
    for _ in range(_TURNS):
        spent: dict[str, float] = {}
        calls = {}
        last = time.perf_counter()

        def note(
            node: Node,
            inputs: tuple[Any, ...],
            outputs: tuple[Any, ...],
            spent: dict[str, float] = spent,
            calls: dict[str, int] = calls,
        ) -> None:
            nonlocal last
            now = time.perf_counter()
            id = ids.get(node)
            if id is not None:
                spent[id] = spent.get(id, 0.0) + now - last
                calls[id] = calls.get(id, 0) + 1
            last = time.perf_counter()

        interpret(graph, arrays, note)
        runs.append(_with_inside(spent))
    return {id: median(run.get(id, 0.0) for run in runs) for id in runs[0]}, calls


def _with_inside(spent: dict[str, float]) -> dict[str, float]:
    """Seconds of each node, those of the nodes in its regions included."""
    total = dict(spent)
    for id, seconds in spent.items():
        holder = id
        while "." in holder:
            holder = holder.rsplit(".", 2)[0]
            total[holder] = total.get(holder, 0.0) + seconds
    return total


def _looked(inputs: tuple[Any, ...], outputs: tuple[Any, ...]) -> Seen:
    numbers = [np.asarray(x) for x in outputs]
    bad = _bad(numbers)
    origin = bool(bad) and not _bad([np.asarray(x) for x in inputs])
    least, most, norm = _extent(numbers)
    return Seen(0.0, 0, _preview(numbers), least, most, norm, bad, origin)


def _bad(arrays: Sequence[np.ndarray]) -> str:
    """What is not a finite number in the arrays: "NaN" before "infinity", "" for nothing."""
    kinds = {""}
    for x in arrays:
        if x.dtype.kind in "fcV" and x.dtype.names is None:
            wide = x if x.dtype.kind != "V" else x.astype(np.float64)
            if not np.isfinite(wide).all():
                kinds.add("NaN" if np.isnan(wide).any() else "infinity")
    return "NaN" if "NaN" in kinds else max(kinds)


def _extent(arrays: Sequence[np.ndarray]) -> tuple[float | None, float | None, float | None]:
    """Least, most and Euclidean norm of the first array's finite real numbers."""
    x = next(iter(arrays), np.zeros(0))
    if x.dtype.kind not in "fiubV" or x.dtype.names is not None:
        return None, None, None
    wide = x.astype(np.float64).ravel()
    wide = wide[np.isfinite(wide)]
    if not wide.size:
        return None, None, None
    with np.errstate(all="ignore"):
        return float(wide.min()), float(wide.max()), float(np.linalg.norm(wide))


def _preview(arrays: Sequence[np.ndarray]) -> str:
    texts = [
        np.array2string(x, threshold=6, edgeitems=2, precision=4, separator=", ") for x in arrays
    ]
    text = "; ".join(" ".join(t.split()) for t in texts)
    return text if len(text) <= _PREVIEW else text[: _PREVIEW - 1] + "…"
