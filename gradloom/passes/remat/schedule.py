"""What a plan comes to: the steps with their recomputations in between, and the bytes alive in each
slot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import final

from gradloom.passes.remat.problem import Problem

Plan = Mapping[int, frozenset[int]]
"""Step -> the values that are made anew just before it. The number of steps stands for the end."""


@final
@dataclass(slots=True)
class Instance:
    """One life of a value, from the slot that makes it to its last use; `uses` are all its slots of
    use, in order.
    """

    value: int
    start: int
    end: int
    uses: list[int]


@final
@dataclass(frozen=True, slots=True)
class Schedule:
    """A plan laid out in slots: a recomputation or a step each."""

    live: list[int]
    steps: list[int]
    """For each slot, the step before which, or as which, it runs."""
    made: list[int]
    """Bytes that the slot brings."""
    instances: list[Instance]
    lives: list[list[Instance]]
    """The lives of each value, in order."""

    @property
    def peak(self) -> int:
        """The most bytes alive in one slot."""
        return max(self.live, default=0)


def schedule(problem: Problem, plan: Plan) -> Schedule:
    """Lay out the steps in order, each after what the plan makes anew before it."""
    lives: list[list[Instance]] = [[] for _ in problem.nbytes]
    steps: list[int] = []
    slots: list[tuple[int, Iterable[int], Iterable[int]]] = []
    for step in range(len(problem.uses) + 1):
        for value in sorted(plan.get(step, ()), key=lambda v: problem.producer[v]):
            slots.append((0, problem.uses[problem.producer[value]], (value,)))
            steps.append(step)
        if step < len(problem.uses):
            slots.append((problem.extra[step], problem.uses[step], problem.makes[step]))
            steps.append(step)
    for slot, (_, uses, makes) in enumerate(slots):
        for value in uses:
            last = lives[value][-1]
            last.end = slot
            last.uses.append(slot)
        for value in makes:
            lives[value].append(Instance(value, slot, slot, []))
    for value in problem.returned:
        lives[value][-1].end = len(slots)
        lives[value][-1].uses.append(len(slots))
    instances = [instance for each in lives for instance in each]
    made = [sum(problem.nbytes[v] for v in makes) for _, _, makes in slots]
    return Schedule(_live(problem, slots, instances), steps, made, instances, lives)


def _live(
    problem: Problem,
    slots: list[tuple[int, Iterable[int], Iterable[int]]],
    instances: list[Instance],
) -> list[int]:
    change = [0] * (len(slots) + 2)
    for instance in instances:
        change[instance.start] += problem.nbytes[instance.value]
        change[instance.end + 1] -= problem.nbytes[instance.value]
    totals = accumulate(change)
    return [total + extra for total, (extra, _, _) in zip(totals, slots, strict=False)]
