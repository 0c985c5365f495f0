"""Derivatives from element to element, in slices: no Jacobian is ever held whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from math import prod
from typing import Any, Final

import numpy as np

from gradloom.ir.errors import NotDifferentiable
from gradloom.ir.graph import Graph
from gradloom.viz.gradients.layer import Flow
from gradloom.viz.gradients.segments import Runner, Segment, mapped, pulled, pushed

WORK: Final = 1 << 24
"""Entries of a Jacobian that are gone through: 16 million, some seconds on numpy."""
SLICE: Final = 1 << 20
"""Entries that are held at once: eight megabytes."""
HELD: Final = 200_000
"""Links of a flow that are kept, those of largest |value|: far more than a page draws."""


def flows_of(
    segment: Segment, run: Runner, given: Sequence[Any], cotangent: np.ndarray
) -> list[Flow] | None:
    """The exact flows into the segment's target from each of its sources; None where the Jacobian
    has more than `WORK` entries.

    `given` are the segment's inputs, `cotangent` the loss's derivative by its target.
    """
    sizes = [np.size(x) for x in given[: len(segment.sources)]]
    if sum(sizes) * cotangent.size > WORK:
        return None
    if sum(sizes) < cotangent.size:
        try:
            return [_forward(segment, run, given, cotangent, i) for i in range(len(sizes))]
        except NotDifferentiable:  # a rule of the user's own that only goes back
            pass
    return _backward(segment, run, given, cotangent)


def flow_from(
    segment: Segment,
    run: Runner,
    given: Sequence[Any],
    cotangent: np.ndarray,
    at: int,
    element: int,
) -> Flow:
    """The exact flow from one element of source number `at`, whatever the size."""
    graph = run.graph((segment.target, at), partial(pushed, segment, at))
    tangent = np.zeros(np.shape(given[at]), np.asarray(given[at]).dtype)
    tangent.flat[element] = 1
    slopes = np.asarray(run(graph, [*given, tangent])[0]).reshape(1, -1)
    rows, columns = np.nonzero(slopes)
    values = _times(slopes[rows, columns], cotangent.ravel()[columns])
    return Flow(
        segment.sources[at], segment.target, np.full(len(rows), element), columns, values, "exact",
        slopes[rows, columns], selected=element,
    )  # fmt: skip


def _backward(
    segment: Segment, run: Runner, given: Sequence[Any], cotangent: np.ndarray
) -> list[Flow]:
    """Row by row: one pull per element of the target."""
    parts: list[_Links] = [_Links() for _ in segment.sources]
    ct = cotangent.ravel()
    widest = max(np.size(x) for x in given[: len(segment.sources)])
    for start, units, graph in _units(segment, run, -1, cotangent, widest):
        for links, block in zip(parts, run(graph, [*given, units]), strict=True):
            flat = block.reshape(len(units), -1)
            targets, sources = np.nonzero(flat)
            links.add(sources, targets + start, flat[targets, sources], ct)
    return [p.flow(name, segment.target) for p, name in zip(parts, segment.sources, strict=True)]


def _forward(
    segment: Segment, run: Runner, given: Sequence[Any], cotangent: np.ndarray, at: int
) -> Flow:
    """Column by column: one push per element of a source."""
    links, ct = _Links(), cotangent.ravel()
    for start, units, graph in _units(segment, run, at, np.asarray(given[at]), ct.size):
        flat = run(graph, [*given, units])[0].reshape(len(units), -1)
        sources, targets = np.nonzero(flat)
        links.add(sources + start, targets, flat[sources, targets], ct)
    return links.flow(segment.sources[at], segment.target)


def _units(
    segment: Segment, run: Runner, at: int, like: np.ndarray, other: int
) -> Iterator[tuple[int, np.ndarray, Graph]]:
    """Unit tensors like this one, as many at once as a slice allows, and the graph that takes them:
    tangents of source number `at`, or cotangents of the target for -1.
    """
    size = prod(like.shape)
    count = max(1, min(size, SLICE // max(size, other, 1)))
    for start in range(0, size, count):
        many = min(count, size - start)
        units = np.zeros((many, size), like.dtype)
        units[np.arange(many), np.arange(start, start + many)] = 1
        graph = run.graph((segment.target, at, many), partial(_mapped, segment, at, many))
        yield start, units.reshape(many, *like.shape), graph


def _mapped(segment: Segment, at: int, many: int) -> Graph:
    return mapped(pulled(segment) if at < 0 else pushed(segment, at), many)


class _Links:
    """Triplets as they come, the largest kept."""

    def __init__(self) -> None:
        self._held = tuple(np.zeros(0, np.int64) for _ in range(2)), (np.zeros(0), np.zeros(0))
        self._total = 0

    def add(self, sources: Any, targets: Any, slopes: Any, ct: np.ndarray) -> None:
        (s, t), (v, d) = self._held
        self._total += len(slopes)
        values = _times(slopes, ct[targets])
        flow = Flow(
            "", "", np.concatenate([s, sources]), np.concatenate([t, targets]),
            np.concatenate([v, values]), "exact", np.concatenate([d, slopes]),
        ).largest(HELD)  # fmt: skip
        assert flow.slopes is not None
        self._held = (flow.sources, flow.targets), (flow.values, flow.slopes)

    def flow(self, source: str, target: str) -> Flow:
        (s, t), (v, d) = self._held
        order = np.lexsort((t, s))
        return Flow(source, target, s[order], t[order], v[order], "exact", d[order], self._total)


def _times(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.asarray(a * b)
