"""A gradient flow at one moment of the run, also between two measured steps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

import numpy as np

from gradloom.viz.flow.layers import Layers

if TYPE_CHECKING:
    from gradloom.viz.flow.flow import GradientFlow

_MOST_DECADES: Final = 16
"""Powers of ten on the scale: as many as f64 holds beside each other; what is beyond stands at an
end.
"""
_LEAST_DECADES: Final = 2


@final
@dataclass(frozen=True, slots=True)
class Scale:
    """The powers of ten at both ends of the scale of norms."""

    low: int
    high: int

    def share(self, norm: float) -> float:
        """Where a norm stands, from 0 to 1: 0 for zero, 1 for infinities and what is no number."""
        if not norm >= 0 or math.isinf(norm):
            return 1.0
        if norm == 0:
            return 0.0
        return min(max((math.log10(norm) - self.low) / (self.high - self.low), 0.0), 1.0)


def scale_of(layers: Layers) -> Scale:
    """A scale that holds all norms of the run."""
    usable = layers.norms[np.isfinite(layers.norms) & (layers.norms > 0)]
    if not usable.size:
        return Scale(-_LEAST_DECADES, 0)
    low, high = math.floor(math.log10(usable.min())), math.ceil(math.log10(usable.max()))
    low = min(low, high - _LEAST_DECADES)
    if high - low > _MOST_DECADES:  # around the middle of them, then, wherever one of them went
        middle = math.floor(math.log10(np.median(usable)))
        low = min(max(low, middle - _MOST_DECADES // 2), high - _MOST_DECADES)
        high = low + _MOST_DECADES
    return Scale(low, high)


@final
@dataclass(frozen=True, slots=True)
class Moment:
    """What is shown then; numbers as in `Layers`. `row` is the measured step that it is, or the
    last one before.
    """

    row: int
    step: int
    loss: float
    norms: tuple[float, ...]
    states: tuple[int, ...]
    passed: tuple[float, ...]
    limits: tuple[float, float]
    """The norms of values from which on they vanish, or explode."""


def moment(flow: GradientFlow, layers: Layers, at: float) -> Moment:
    """The moment `at`, in measured steps from the first (0); norms between two steps are their
    geometric mean, weighted.
    """
    last = len(flow.steps) - 1
    at = min(max(at, 0.0), float(last))
    row = math.floor(at)
    after, share = min(row + 1, last), at - row
    head = _between(flow.norms[[row, after], flow.head.value][:, None], share)[0]
    return Moment(
        row, int(flow.steps[row]), float(flow.losses[row]),
        _between(layers.norms[[row, after]], share),
        tuple(int(s) for s in layers.states[row]),
        _between(layers.passed[[row, after]], share),
        (head * flow.limits.vanishing, head * flow.limits.exploding),
    )  # fmt: skip


def _between(rows: np.ndarray, share: float) -> tuple[float, ...]:
    if share == 0:
        return tuple(float(x) for x in rows[0])
    return tuple(_mean(float(a), float(b), share) for a, b in rows.T)


def _mean(a: float, b: float, share: float) -> float:
    if not (math.isfinite(a) and math.isfinite(b) and a > 0 and b > 0):
        return a if share < 0.5 else b
    return float(10 ** (math.log10(a) * (1 - share) + math.log10(b) * share))
