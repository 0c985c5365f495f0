"""When a gradient is in trouble: by which rule, and from where on."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Final, Literal, final

import numpy as np

if TYPE_CHECKING:
    from gradloom.viz.flow.flow import GradientFlow

Trouble = Literal["non-finite", "exploding", "vanishing", "dead"]
TROUBLES: Final[tuple[Trouble, ...]] = ("non-finite", "exploding", "vanishing", "dead")
"""In the order in which they are told: the gravest first."""


@final
@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on a gradient counts as bad.

    Sizes are compared with the head's: a value's with the value where the last parameters enter,
    which the loss reaches first, and a parameter's with those. A chain of layers multiplies what
    comes back by a factor each, so what vanishes or explodes does so by powers (Pascanu, Mikolov,
    Bengio: "On the difficulty of training recurrent neural networks", ICML 2013, section 2.1).
    """

    vanishing: float = 1e-4
    """Below this share of the head's norm. Gradient steps are proportional to gradients: the place
    learns in 10,000 steps what the head learns in one. Seven sigmoid layers do it: each multiplies
    by at most 1/4, the greatest slope of a sigmoid, and 4^-7 is 6e-5.
    """
    exploding: float = 1e4
    """Above this many times the head's norm: the same, the other way round."""
    jump: float = 10.0
    """Above this many times the place's own median so far. Training converges where gradients are
    clipped at half to ten times their average (the paper above, section 3.2): ten times is where
    they would be.
    """
    settled: int = 5
    """Measured steps before a median counts: of fewer, one odd number is the median's neighbour."""
    dead: float = 0.5
    """From this share of a value's units that get nothing from any example, half by half of the
    steps; of a parameter all have to be zero, since a batch need not touch every row of a table.
    """
    lasting: float = 0.5
    """The share of the measured steps for which a place vanishes or is dead before it is told: one
    batch says little.
    """


def states(flow: GradientFlow, limits: Thresholds) -> np.ndarray:
    """`[step, place]`: which trouble it is then, as a number of `TROUBLES`, or -1.

    Here every step stands for itself; a finding needs that trouble lasts.
    """
    out = np.full(flow.norms.shape, -1)
    for i in range(len(flow.places)):
        for number in reversed(range(len(TROUBLES))):
            out[marks_of(flow, i, TROUBLES[number], limits), i] = number
    return out


def marks_of(flow: GradientFlow, i: int, trouble: Trouble, limits: Thresholds) -> np.ndarray:
    """Per measured step, whether the place is in this trouble."""
    norms, others = flow.norms[:, i], compared(flow, i)
    bad = flow.nans[:, i] + flow.infinities[:, i] > 0
    if trouble == "non-finite":
        return np.asarray(bad)
    if trouble == "dead":
        return np.asarray(_dead(flow, i, limits) & ~bad)
    usable = ~bad & np.isfinite(norms) & np.isfinite(others) & (norms > 0)
    with np.errstate(over="ignore"):  # a limit beyond all numbers is one that none exceeds
        small, great = limits.vanishing * others, limits.exploding * others
    if trouble == "vanishing":
        before = i <= flow.head.value  # what is between the head and the loss belongs to the loss
        return np.asarray(usable & (norms < small) & before)
    jumping = (jumps(norms) > limits.jump) & _settled(norms, limits)
    return np.asarray(usable & ((norms > great) & (others > 0) | jumping))


def heads(flow: GradientFlow, i: int) -> tuple[int, ...]:
    """The places that a place is compared with: of its own kind, since a parameter's gradient sums
    over examples, which cancel in the end, and a value's does not.
    """
    is_value = flow.places[i].kind == "value"
    return (flow.head.value,) if is_value else flow.head.parameters


def compared(flow: GradientFlow, i: int) -> np.ndarray:
    """The greatest norm there, by step."""
    return np.asarray(flow.norms[:, list(heads(flow, i))].max(axis=1))


def _dead(flow: GradientFlow, i: int, limits: Thresholds) -> np.ndarray:
    if flow.places[i].kind == "parameter" or not flow.places[i].has_examples:
        return np.asarray(flow.zeros[:, i] >= 1)
    return np.asarray((flow.dead[:, i] >= limits.dead) & (i <= flow.head.value))


def _settled(norms: np.ndarray, limits: Thresholds) -> np.ndarray:
    return np.arange(len(norms)) >= limits.settled


def jumps(norms: np.ndarray) -> np.ndarray:
    """Each norm over the median of the usable ones before it; 1 for the first."""
    out, before = np.ones(len(norms)), list[float]()
    for k, norm in enumerate(norms.tolist()):
        if before:
            middle = (before[len(before) // 2] + before[(len(before) - 1) // 2]) / 2
            out[k] = norm / middle
        if isfinite(norm) and norm > 0:
            insort(before, norm)
    return out
