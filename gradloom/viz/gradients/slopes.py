"""Derivatives from element to element, in slices: no Jacobian is ever held whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from gradloom.ir.errors import NotDifferentiable
from gradloom.viz.gradients.layer import Flow
from gradloom.viz.gradients.stage import Stage

WORK: Final = 1 << 24
"""Entries of a Jacobian that are gone through: 16 million, some seconds on numpy."""
SLICE: Final = 1 << 20
"""Entries that are held at once: eight megabytes."""
HELD: Final = 200_000
"""Links of a flow that are kept, those of largest |value|: far more than a page draws."""


def flows_of(
    stage: Stage, values: Mapping[str, np.ndarray], cotangent: np.ndarray
) -> list[Flow] | None:
    """The exact flows into the stage's target from each of its sources; None where the Jacobian has
    more than `WORK` entries that have to be gone through.

    `values` are the layers', `cotangent` is the loss's derivative by the target.
    """
    if stage.is_elementwise:
        return _elementwise(stage, cotangent)
    inputs = [values[name] for name in stage.sources]
    entries = sum(x.size for x in inputs)
    if entries * cotangent.size > WORK:
        return None
    if entries < cotangent.size:
        try:
            return [_forward(stage, x, cotangent, at) for at, x in enumerate(inputs)]
        except NotDifferentiable:  # a rule of the user's own that only goes back
            pass
    return _backward(stage, inputs, cotangent)


def flow_from(
    stage: Stage, values: Mapping[str, np.ndarray], cotangent: np.ndarray, at: int, element: int
) -> Flow:
    """The exact flow from one element of source number `at`, whatever the size."""
    value = values[stage.sources[at]]
    try:
        tangent = np.zeros_like(value)
        tangent.flat[element] = 1
        slopes = stage.push(at, tangent[None]).ravel()
    except NotDifferentiable:
        parts = (
            stage.pull(units)[at].reshape(len(units), -1)[:, element]
            for _, units in _units(cotangent, value.size)
        )
        slopes = np.concatenate(list(parts))
    (targets,) = np.nonzero(slopes)
    flows = _times(slopes[targets], cotangent.ravel()[targets])
    return Flow(
        stage.sources[at], stage.target, np.full(len(targets), element), targets, flows, "exact",
        slopes[targets], selected=element,
    )  # fmt: skip


def flows_to(
    stage: Stage, values: Mapping[str, np.ndarray], cotangent: np.ndarray, element: int
) -> list[Flow]:
    """The exact flows from all sources to one element of the target, whatever the size: one pull.

    `values` are the layers', `cotangent` is the loss's derivative by the target.
    """
    unit = np.zeros_like(cotangent)
    unit.flat[element] = 1
    made: list[Flow] = []
    for name, block in zip(stage.sources, stage.pull(unit[None]), strict=True):
        slopes = block.ravel()
        (sources,) = np.nonzero(slopes)
        targets = np.full(len(sources), element)
        flows = _times(slopes[sources], cotangent.ravel()[targets])
        made.append(Flow(name, stage.target, sources, targets, flows, "exact", slopes[sources]))
    return made


def _elementwise(stage: Stage, cotangent: np.ndarray) -> list[Flow]:
    """The diagonals of all Jacobians at once."""
    made: list[Flow] = []
    for name, block in zip(stage.sources, stage.pull(np.ones_like(cotangent)[None]), strict=True):
        links, slopes = _Links(), block.ravel()
        (at,) = np.nonzero(slopes)
        links.add(at, at, slopes[at], cotangent.ravel())
        made.append(links.flow(name, stage.target))
    return made


def _backward(stage: Stage, inputs: Sequence[np.ndarray], cotangent: np.ndarray) -> list[Flow]:
    """Row by row: one pull per element of the target."""
    parts: list[_Links] = [_Links() for _ in stage.sources]
    ct = cotangent.ravel()
    widest = max((x.size for x in inputs), default=1)
    for start, units in _units(cotangent, widest):
        for links, block in zip(parts, stage.pull(units), strict=True):
            flat = block.reshape(len(units), -1)
            targets, sources = np.nonzero(flat)
            links.add(sources, targets + start, flat[targets, sources], ct)
    return [p.flow(name, stage.target) for p, name in zip(parts, stage.sources, strict=True)]


def _forward(stage: Stage, value: np.ndarray, cotangent: np.ndarray, at: int) -> Flow:
    """Column by column: one push per element of a source."""
    links, ct = _Links(), cotangent.ravel()
    for start, units in _units(value, ct.size):
        flat = stage.push(at, units).reshape(len(units), -1)
        sources, targets = np.nonzero(flat)
        links.add(sources + start, targets, flat[sources, targets], ct)
    return links.flow(stage.sources[at], stage.target)


def _units(like: np.ndarray, other: int) -> Iterator[tuple[int, np.ndarray]]:
    """Unit tensors like this one, and the number of the first, as many at once as a slice allows
    where each makes `other` numbers.
    """
    size = like.size
    count = max(1, min(size, SLICE // max(size, other, 1)))
    for start in range(0, size, count):
        many = min(count, size - start)
        units = np.zeros((many, size), like.dtype)
        units[np.arange(many), np.arange(start, start + many)] = 1
        yield start, units.reshape(many, *like.shape)


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
