"""Which pass changes the answer: every graph of the history is run on the same arrays."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from gradloom.ir.graph import Graph
from gradloom.ir.interpret import interpret
from gradloom.passes import pipeline as pipelines
from gradloom.passes.steps import Step


@final
@dataclass(frozen=True, slots=True)
class Culprit:
    """The first pass whose graph answers otherwise: its place in the pipeline, from 0, and the
    graphs around it.
    """

    position: int
    name: str
    before: Graph
    after: Graph
    result: int
    """The first result that differs."""
    difference: float
    """The largest absolute difference there; nan where only one side is a number, or the shapes or
    dtypes differ.
    """

    def __str__(self) -> str:
        change = f"changes result {self.result} by {self.difference:.3g}"
        return f"pass {self.position}, {self.name}, {change}"


def bisect(
    graph: Graph,
    pipeline: str | Sequence[Step],
    arrays: Sequence[Any],
    *,
    rtol: float = 0.0,
    atol: float = 0.0,
) -> Culprit | None:
    """The first pass in the pipeline that changes the results on these arrays by more than is
    allowed; None if none does.

    Every graph of the history is run, so a change that a later pass takes back is found too.
    """
    _, history = pipelines.run(graph, pipeline)
    expected = interpret(graph, arrays)
    for position, (before, entry) in enumerate(itertools.pairwise(history)):
        if entry.graph is before.graph:
            continue
        for result, (a, b) in enumerate(zip(expected, interpret(entry.graph, arrays), strict=True)):
            if not _agree(a, b, rtol, atol):
                return Culprit(
                    position, entry.name, before.graph, entry.graph, result, _difference(a, b)
                )
    return None


def _agree(a: Any, b: Any, rtol: float, atol: float) -> bool:
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype.kind in "fcV":
        wide = np.complex128 if a.dtype.kind == "c" else np.float64
        return np.allclose(b.astype(wide), a.astype(wide), rtol=rtol, atol=atol, equal_nan=True)
    return np.array_equal(a, b)


def _difference(a: Any, b: Any) -> float:
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or a.dtype != b.dtype or not a.size:
        return float("nan")
    wide = np.complex128 if a.dtype.kind == "c" else np.float64
    with np.errstate(all="ignore"):
        return float(np.abs(a.astype(wide) - b.astype(wide)).max())
