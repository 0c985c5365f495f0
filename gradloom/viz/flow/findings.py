"""What is wrong with a gradient flow, as data: which place, since which step, and by which rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from gradloom.viz.flow.head import roots_of
from gradloom.viz.flow.layers import turns_of
from gradloom.viz.flow.places import Place
from gradloom.viz.flow.troubles import (
    TROUBLES,
    Thresholds,
    Trouble,
    compared,
    heads,
    jumps,
    marks_of,
)

if TYPE_CHECKING:
    from gradloom.viz.flow.flow import GradientFlow


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
    """What is wrong, the gravest and earliest first, then in the order in which gradients pass: of
    a line of the program the place where it begins.
    """
    if not len(flow.steps):
        return ()
    found = [f for i in range(len(flow.places)) for f in _of_place(flow, i, limits)]
    kept = _nearest_the_loss(flow, found)
    return tuple(sorted(kept, key=_order))


def _order(found: Finding) -> tuple[int, int, bool, int]:
    """Gravity, then when it began, then the way that gradients go: from the loss to the front."""
    is_parameter = found.place.kind == "parameter"
    return TROUBLES.index(found.trouble), found.first, is_parameter, -found.index


def _nearest_the_loss(flow: GradientFlow, found: Sequence[Finding]) -> list[Finding]:
    """Of the values of one line in the same trouble the last, where it begins; and none of a
    parameter in another shape, which is told as that parameter.
    """
    roots = roots_of(flow)
    line = {i: k for k, mine in enumerate(turns_of(flow, len(flow.places))) for i in mine}
    kept = {
        (f.trouble, line.get(f.index, -1 - f.index)): f
        for f in found
        if f.place.kind == "parameter" or f.index not in roots
    }
    return list(kept.values())


def _of_place(flow: GradientFlow, i: int, limits: Thresholds) -> Iterator[Finding]:
    for trouble in TROUBLES:
        marks = marks_of(flow, i, trouble, limits)
        count = int(marks.sum())
        lasts = count >= limits.lasting * len(marks) or trouble in ("non-finite", "exploding")
        if count and lasts:
            yield _told(flow, i, trouble, marks, limits)


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
    head = " and ".join(flow.places[k].name for k in heads(flow, i)[:3])
    with np.errstate(all="ignore"):
        ratios = (norms / compared(flow, i))[marks]
    if trouble == "vanishing":
        return float(ratios.min()), f"down to {ratios.min():.1e} of the gradient at {head}"
    ratios = ratios[np.isfinite(ratios)]
    if ratios.size and ratios.max() > limits.exploding:
        return float(ratios.max()), f"up to {ratios.max():.1e} times the gradient at {head}"
    jump = float(jumps(norms)[marks].max())
    return jump, f"up to {jump:.3g} times its own median before"
