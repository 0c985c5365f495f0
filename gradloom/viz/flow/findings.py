"""What is wrong with a gradient flow, as data: which place, since which step, and by which rule."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Final, Literal, final

import numpy as np

from gradloom.viz.flow.layers import turns_of
from gradloom.viz.flow.places import Place

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
    which the loss reaches first, and a parameter's with those. A chain of layers multiplies what comes back by a factor each, so what vanishes
    or explodes does so by powers (Pascanu, Mikolov, Bengio: "On the difficulty of training
    recurrent neural networks", ICML 2013, section 2.1).
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


@final
@dataclass(frozen=True, slots=True)
class Finding:
    """A place and what is wrong there; `first` and `count` are the step when it began and in how
    many measured steps it holds, `worst` the share, factor or count behind it.
    """

    trouble: Trouble
    place: Place
    index: int
    first: int
    count: int
    worst: float
    text: str

    def __str__(self) -> str:
        where = f"  {self.place.where}:  {self.place.source}" if self.place.where else ""
        return f"{self.trouble}: {self.place.name}: {self.text}" + (f"\n{where}" if where else "")


def findings(flow: GradientFlow, limits: Thresholds) -> tuple[Finding, ...]:
    """What is wrong, the gravest first, then in the order of the program: of a line of the program
    the place where it begins.
    """
    if not len(flow.steps):
        return ()
    found = [f for i in range(len(flow.places)) for f in _of_place(flow, i, limits)]
    kept = _nearest_the_loss(flow, found)
    return tuple(sorted(kept, key=lambda f: (TROUBLES.index(f.trouble), f.index)))


def _nearest_the_loss(flow: GradientFlow, found: Sequence[Finding]) -> list[Finding]:
    """Of the values of one line in the same trouble the last, where it begins; and none of a
    parameter in another shape, which is told as that parameter.
    """
    roots = _roots(flow)
    line = {i: k for k, mine in enumerate(turns_of(flow, len(flow.places))) for i in mine}
    kept = {
        (f.trouble, line.get(f.index, -1 - f.index)): f
        for f in found
        if f.place.kind == "parameter" or f.index not in roots
    }
    return list(kept.values())


@final
@dataclass(frozen=True, slots=True)
class Head:
    """Where the last parameters enter: a value, and these parameters (all, where none is found)."""

    value: int
    parameters: tuple[int, ...]


def head_of(flow: GradientFlow) -> Head:
    """The head: the last value of more than one number where something made of parameters alone
    meets the batch; the last value of all where there is none.
    """
    values = [i for i, p in enumerate(flow.places) if p.kind == "value"]
    parameters = tuple(i for i, p in enumerate(flow.places) if p.kind == "parameter")
    roots = _roots(flow)
    heads = [
        (link.target, roots[link.source])
        for link in flow.links
        if link.source in roots and link.target not in roots and flow.places[link.target].size > 1
    ]
    if not heads:
        return Head(values[-1] if values else 0, parameters)
    last = max(i for i, _ in heads)
    return Head(last, tuple(sorted({p for i, found in heads if i == last for p in found})))


def _roots(flow: GradientFlow) -> dict[int, frozenset[int]]:
    """The parameters behind each place that is one, or one in another shape."""
    roots = {i: frozenset((i,)) for i, p in enumerate(flow.places) if p.kind == "parameter"}
    for link in flow.links:  # in the order of their targets
        if link.source in roots and flow.places[link.target].op in _RESHAPES:
            roots[link.target] = roots.get(link.target, frozenset()) | roots[link.source]
    return roots


_RESHAPES: Final = frozenset({"broadcast_to", "reshape", "permute_dims", "astype", "slice"})
"""Ops that hand a parameter on without anything of the batch."""


def states(flow: GradientFlow, limits: Thresholds) -> np.ndarray:
    """`[step, place]`: which trouble it is then, as a number of `TROUBLES`, or -1.

    Here every step stands for itself; a finding needs that trouble lasts.
    """
    out = np.full(flow.norms.shape, -1)
    for i in range(len(flow.places)):
        for number in reversed(range(len(TROUBLES))):
            out[_marks(flow, i, TROUBLES[number], limits), i] = number
    return out


def _of_place(flow: GradientFlow, i: int, limits: Thresholds) -> Iterator[Finding]:
    for trouble in TROUBLES:
        marks = _marks(flow, i, trouble, limits)
        count = int(marks.sum())
        lasts = count >= limits.lasting * len(marks) or trouble in ("non-finite", "exploding")
        if count and lasts:
            yield _told(flow, i, trouble, marks, limits)


def _marks(flow: GradientFlow, i: int, trouble: Trouble, limits: Thresholds) -> np.ndarray:
    """Per measured step, whether the place is in this trouble."""
    norms, heads = flow.norms[:, i], _compared(flow, i)
    bad = flow.nans[:, i] + flow.infinities[:, i] > 0
    if trouble == "non-finite":
        return bad
    if trouble == "dead":
        return _dead(flow, i, limits) & ~bad
    usable = ~bad & np.isfinite(norms) & np.isfinite(heads) & (norms > 0)
    if trouble == "vanishing":
        before = i <= flow.head.value  # what is between the head and the loss belongs to the loss
        return usable & (norms < limits.vanishing * heads) & before
    jumps = (_jumps(norms) > limits.jump) & _settled(norms, limits)
    return usable & ((norms > limits.exploding * heads) & (heads > 0) | jumps)


def _head(flow: GradientFlow, i: int) -> tuple[int, ...]:
    """The places that a place is compared with: of its own kind, since a parameter's gradient sums
    over examples, which cancel in the end, and a value's does not.
    """
    is_value = flow.places[i].kind == "value"
    return (flow.head.value,) if is_value else flow.head.parameters


def _compared(flow: GradientFlow, i: int) -> np.ndarray:
    """The greatest norm there, by step."""
    return np.asarray(flow.norms[:, list(_head(flow, i))].max(axis=1))


def _dead(flow: GradientFlow, i: int, limits: Thresholds) -> np.ndarray:
    if flow.places[i].kind == "parameter" or not flow.places[i].has_examples:
        return np.asarray(flow.zeros[:, i] >= 1)
    return np.asarray((flow.dead[:, i] >= limits.dead) & (i <= flow.head.value))


def _settled(norms: np.ndarray, limits: Thresholds) -> np.ndarray:
    return np.arange(len(norms)) >= limits.settled


def _jumps(norms: np.ndarray) -> np.ndarray:
    """Each norm over the median of the usable ones before it; 1 for the first."""
    out, before = np.ones(len(norms)), list[float]()
    for k, norm in enumerate(norms.tolist()):
        if before:
            middle = (before[len(before) // 2] + before[(len(before) - 1) // 2]) / 2
            out[k] = norm / middle
        if isfinite(norm) and norm > 0:
            insort(before, norm)
    return out


def _told(
    flow: GradientFlow, i: int, trouble: Trouble, marks: np.ndarray, limits: Thresholds
) -> Finding:
    first, count = int(flow.steps[np.argmax(marks)]), int(marks.sum())
    worst, text = _words(flow, i, trouble, marks, limits)
    steps = f"in {count} of {len(marks)} measured steps, first in step {first}"
    return Finding(trouble, flow.places[i], i, first, count, worst, f"{text}, {steps}")


def _words(
    flow: GradientFlow, i: int, trouble: Trouble, marks: np.ndarray, limits: Thresholds
) -> tuple[float, str]:
    if trouble == "non-finite":
        nans, infinities = int(flow.nans[marks, i].max()), int(flow.infinities[marks, i].max())
        words = [f"{n} {w}" for n, w in ((nans, "NaN"), (infinities, "infinite")) if n]
        return float(nans + infinities), f"up to {' and '.join(words)} numbers"
    if trouble == "dead":
        shares = flow.dead[marks, i] if flow.places[i].has_examples else flow.zeros[marks, i]
        worst = float(shares.max())
        if worst >= 1:
            return 1.0, "no gradient at all"
        return worst, f"up to {100 * worst:.0f} % of its units get nothing from any example"
    norms = flow.norms[:, i]
    head = " and ".join(flow.places[k].name for k in _head(flow, i)[:3])
    with np.errstate(all="ignore"):
        ratios = (norms / _compared(flow, i))[marks]
    if trouble == "vanishing":
        return float(ratios.min()), f"down to {ratios.min():.1e} of the gradient at {head}"
    ratios = ratios[np.isfinite(ratios)]
    if ratios.size and ratios.max() > limits.exploding:
        return float(ratios.max()), f"up to {ratios.max():.1e} times the gradient at {head}"
    jump = float(_jumps(norms)[marks].max())
    return jump, f"up to {jump:.3g} times its own median before"
