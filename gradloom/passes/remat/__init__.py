"""Rematerialisation: less memory for more work, by computing values anew instead of keeping them.

problem.py    the graph as numbers          schedule.py   what a plan comes to
greedy.py     choosing a plan               apply.py      the graph that follows it
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, final

from gradloom.ir.errors import BudgetError, NotSupported, PipelineError
from gradloom.ir.graph import Graph, Value
from gradloom.passes.dce import dce
from gradloom.passes.liveness import liveness
from gradloom.passes.remat.apply import apply_plan
from gradloom.passes.remat.greedy import extra_cost, search
from gradloom.passes.remat.problem import Problem, problem_of


@final
@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """What to compute anew, and what that comes to, in bytes of live results (parameters are the
    caller's).

    `recompute` holds `(value, position)`: make the value anew just before the node there.
    """

    graph: Graph
    budget: int
    recompute: tuple[tuple[Value, int], ...]
    peak_before: int
    peak: int
    extra_work: float
    """The work of the recomputations over the work of running every node once."""

    def __str__(self) -> str:
        return (
            f"peak {self.peak:,} B (was {self.peak_before:,}, budget {self.budget:,}), "
            f"{len(self.recompute)} values computed anew, {self.extra_work:.1%} more work"
        )


def remat(graph: Graph, *, budget: int | str) -> Graph:
    """The same results, bit for bit, with at most `budget` bytes ("2GiB", "512MiB", a number) of
    live results.

    Recomputed nodes have `copy` > 0, which keeps CSE from undoing it. Raises `BudgetError` with the
    lowest peak found when no plan fits; a graph that fits already is given back.
    """
    allowed = parse_bytes(budget)
    if not graph.symbols and liveness(graph).peak <= allowed:
        return graph
    graph = dce(graph)
    plan = plan_memory(graph, allowed)
    return apply_plan(graph, plan.recompute)


def plan_memory(graph: Graph, budget: int | str) -> MemoryPlan:
    """The plan by which `remat` rewrites the graph; raises `BudgetError` when none was found that
    fits.

    >>> import numpy as np, gradloom as gl
    >>> g = gl.trace(gl.grad(lambda x: np.sum(np.sin(np.exp(np.sin(x))))), gl.spec("f32[1000]"))
    >>> plan_memory(g, "20KiB").peak <= 20 * 1024
    True
    """
    if graph.symbols:
        raise NotSupported(
            f"remat: bytes of the named sizes {', '.join(graph.symbols)} are not known",
            hint="trace with concrete shapes, or specialise the graph first",
        )
    allowed = parse_bytes(budget)
    problem, values = problem_of(graph)
    pairs, peak = search(problem, allowed)
    if peak > allowed:
        raise BudgetError(
            f"remat: no plan within {allowed:,} B was found; the lowest peak found is {peak:,} B",
            hint=f"allow budget={peak}, or make the arrays smaller",
        )
    return _described(graph, allowed, problem, values, pairs)


def _described(
    graph: Graph,
    budget: int,
    problem: Problem,
    values: list[Value],
    pairs: frozenset[tuple[int, int]],
) -> MemoryPlan:
    recompute = tuple((values[v], step) for v, step in sorted(pairs, key=lambda p: (p[1], p[0])))
    peak = liveness(apply_plan(graph, recompute)).peak  # nodes that fell dead count no more
    if peak > budget:
        raise BudgetError(
            f"remat: the rewritten graph holds {peak:,} B, more than the {budget:,} B allowed"
        )
    work = extra_cost(problem, pairs) / (sum(problem.costs) or 1.0)
    return MemoryPlan(graph, budget, recompute, liveness(graph).peak, peak, work)


_UNITS: Final = {"": 1, "b": 1, **{p + "b": 1000**i for i, p in enumerate("kmgt", 1)}} | {
    p + "ib": 1024**i for i, p in enumerate("kmgt", 1)
}
_BYTES: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*")


def parse_bytes(text: int | str) -> int:
    """The number of bytes that `text` writes; raises `PipelineError` for another.

    >>> parse_bytes("1.5KiB"), parse_bytes("2MB"), parse_bytes(7)
    (1536, 2000000, 7)
    """
    if isinstance(text, int):
        return text
    match = _BYTES.fullmatch(text)
    if match is None or match[2].lower() not in _UNITS:
        raise PipelineError(
            f"{text!r} is no number of bytes",
            hint='write "512MiB", "2GiB", "3GB" or a whole number',
        )
    return int(float(match[1]) * _UNITS[match[2].lower()])
