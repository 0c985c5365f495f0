"""Choosing what to recompute: greedily at the peak, the most relief for the least work, then prune.

At the slot where most is alive, every value that lives across it unused is a candidate: made anew
just before its next use, with or without those of its operands that are dead by then. The order of
the steps stays.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from gradloom.passes.remat.problem import Problem
from gradloom.passes.remat.schedule import Instance, Plan, Schedule, schedule

_DEPTHS: Final = (0, 1, 2)
_DEEPER: Final = (4, 8, 16, 32, 64, 128)
"""How far back dead operands are made anew too; the deeper ones when no shallow one helps."""
_CANDIDATES: Final = 160
"""The largest values across the peak; with both, 1,000 steps take seconds (measured on random
layered graphs).
"""
ROUNDS: Final = 10
"""How often a plan is tried to better; each takes about as long as finding the first."""
_WORK: Final = 50_000
"""Recomputations times steps that all rounds together may come to: about a second."""
Pairs = frozenset[tuple[int, int]]
"""(value, step): make the value anew just before the step."""


@final
@dataclass(frozen=True, slots=True)
class Candidate:
    """Pairs to add to a plan, with the estimated fall of the excess, in byte-slots per unit of
    cost.
    """

    pairs: Pairs
    score: float


def search(problem: Problem, budget: int, rounds: int = ROUNDS) -> tuple[Pairs, int]:
    """A plan and its peak in bytes: within the budget where this search gets there, else the lowest
    peak it saw.

    A plan that fits is tried to better up to `rounds` times (fewer where the problem is large):
    part of it is forgotten and chosen again.
    """
    pairs, peak = _grown(problem, frozenset(), budget)
    if peak > budget:
        return pairs, peak
    best = _pruned(problem, pairs, budget)
    rng = random.Random(0)  # the same plan every time
    for _ in range(min(rounds, _WORK // (len(best) * len(problem.uses))) if best else 0):
        share = rng.uniform(0.1, 0.5)
        kept = frozenset(pair for pair in sorted(best) if rng.random() > share)
        pairs, peak = _grown(problem, _without_unused(problem, kept), budget, rng)
        if peak <= budget:
            pairs = _pruned(problem, pairs, budget)
            if extra_cost(problem, pairs) < extra_cost(problem, best):
                best = pairs
    return best, schedule(problem, plan_of(best)).peak


def _grown(
    problem: Problem, pairs: Pairs, budget: int, rng: random.Random | None = None
) -> tuple[Pairs, int]:
    """The plan with candidates added until it fits; the one of lowest peak when it never does."""
    current = schedule(problem, plan_of(pairs))
    best = (current.peak, pairs)
    while current.peak > budget:
        found = _improved(problem, current, pairs, budget, _DEPTHS, rng)
        found = found or _improved(problem, current, pairs, budget, _DEEPER, rng)
        if found is None:
            break
        pairs, current = found
        best = min(best, (current.peak, pairs), key=lambda item: item[0])
    return best[1], best[0]


def plan_of(pairs: Pairs) -> Plan:
    """The pairs by step."""
    steps: dict[int, set[int]] = {}
    for value, step in pairs:
        steps.setdefault(step, set()).add(value)
    return {step: frozenset(values) for step, values in steps.items()}


def extra_cost(problem: Problem, pairs: Pairs) -> float:
    """What the recomputations cost, in the problem's unit."""
    return sum(problem.costs[problem.producer[value]] for value, _ in pairs)


def _improved(
    problem: Problem,
    current: Schedule,
    pairs: Pairs,
    budget: int,
    depths: Sequence[int],
    rng: random.Random | None,
) -> tuple[Pairs, Schedule] | None:
    """The plan with the best candidate that truly lowers the excess, or the peak, added.

    With `rng` the scores are blurred by up to a half, so that other ways are tried.
    """
    found = _candidates(problem, current, pairs, budget, depths)
    scored = [(c.score * (rng.uniform(0.5, 1.0) if rng else 1.0), c) for c in found]
    candidates = [c for _, c in sorted(scored, key=lambda item: (-item[0], sorted(item[1].pairs)))]
    before = _excess(current, budget)
    for candidate in candidates:
        more = _without_unused(problem, pairs | candidate.pairs)
        changed = schedule(problem, plan_of(more))
        if (_excess(changed, budget), changed.peak) < (before, current.peak):
            return more, changed
    return None


def _excess(found: Schedule, budget: int) -> int:
    return sum(live - budget for live in found.live if live > budget)


def _without_unused(problem: Problem, pairs: Pairs) -> Pairs:
    """Without the recomputations that nothing uses before the next."""
    while True:
        found = schedule(problem, plan_of(pairs))
        unused = {
            (i.value, found.steps[i.start]) for each in found.lives for i in each[1:] if not i.uses
        }
        if not unused:
            return pairs
        pairs -= unused


def _candidates(
    problem: Problem, current: Schedule, pairs: Pairs, budget: int, depths: Sequence[int]
) -> Iterator[Candidate]:
    live = np.array(current.live)
    slot = int(live.argmax())
    crossing = [
        i
        for i in current.instances
        if i.start < slot < i.end and problem.movable[i.value] and slot not in i.uses
    ]
    crossing.sort(key=lambda i: -problem.nbytes[i.value])
    for instance in crossing[:_CANDIDATES]:
        uses = instance.uses
        at = uses[bisect_left(uses, slot)]
        step = current.steps[at] if at < len(current.steps) else len(problem.uses)
        tried: set[Pairs] = set()
        for depth in depths:
            values, held = _closure(problem, current, instance.value, at, depth)
            new = frozenset((v, step) for v in values)
            if new not in tried and not new & pairs:
                tried.add(new)
                gain = _gain(problem, current, live, instance, at, held, budget)
                cost = extra_cost(problem, new)
                if gain > 0:
                    yield Candidate(new, gain / (cost or 1e-9))


def _closure(
    problem: Problem, current: Schedule, value: int, at: int, depth: int
) -> tuple[set[int], list[Instance]]:
    """The value with operands that are dead at slot `at`, down to `depth`; and the dead ones to
    keep alive instead.
    """
    values, held = {value}, {}
    level = [value]
    while level:
        following = []
        for v in level:
            for u in problem.uses[problem.producer[v]]:
                life = _life_before(current, u, at)
                if life.end >= at or u in values:
                    continue
                if depth and problem.movable[u]:
                    values.add(u)
                    following.append(u)
                else:
                    held[u] = life
        level, depth = following, depth - 1
    return values, [life for u, life in held.items() if u not in values]


def _life_before(current: Schedule, value: int, at: int) -> Instance:
    lives = current.lives[value]
    for life in reversed(lives):
        if life.start < at:
            return life
    return lives[0]


def _gain(
    problem: Problem, current: Schedule, live: np.ndarray, instance: Instance, at: int,
    held: list[Instance], budget: int,
) -> float:  # fmt: skip
    """The estimated fall of the excess: freed between two uses, held longer for its sake, and the
    new slot itself.
    """
    where = bisect_left(instance.uses, at)
    previous = instance.uses[where - 1] if where else instance.start
    low = min([previous + 1, *(life.end + 1 for life in held)])
    window = live[low:at].copy()
    before = np.maximum(window - budget, 0).sum()
    window[previous + 1 - low :] -= problem.nbytes[instance.value]
    longer = 0
    for life in held:
        window[life.end + 1 - low :] += problem.nbytes[life.value]
        longer += problem.nbytes[life.value]
    boundary = (current.live[at] - current.made[at]) if at < len(current.live) else 0
    new_slot = max(boundary + longer - budget, 0)
    return float(before - np.maximum(window - budget, 0).sum() - new_slot)


def _pruned(problem: Problem, pairs: Pairs, budget: int) -> Pairs:
    """Without the recomputations that the budget does not need, the dearest tried first."""
    for pair in sorted(pairs, key=lambda p: (-problem.costs[problem.producer[p[0]]], p)):
        fewer = pairs - {pair}
        if schedule(problem, plan_of(fewer)).peak <= budget:
            pairs = fewer
    return pairs
