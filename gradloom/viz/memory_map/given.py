"""What a picture of memory is of: one graph, or the graphs before and after a plan."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, final

from gradloom.ir.errors import ArgumentError, NotSupported
from gradloom.ir.graph import Graph, Value
from gradloom.passes.dce import dce
from gradloom.passes.liveness import liveness
from gradloom.passes.remat import MemoryPlan, parse_bytes, plan_memory
from gradloom.passes.remat.apply import apply_plan

_REMAT: Final = "remat"


@final
@dataclass(frozen=True, slots=True)
class Given:
    """A graph as it runs; with a plan also the graph before it, and what the plan says."""

    graph: Graph
    before: Graph | None = None
    budget: int | None = None
    plan: MemoryPlan | None = None

    @property
    def dropped(self) -> frozenset[Value]:
        """Values of the graph before that the plan frees and computes anew."""
        return (
            frozenset(v for v, _ in self.plan.recompute) if self.plan is not None else frozenset()
        )


def given(what: Any, budget: int | str | None = None) -> Given:
    """What `what` stands for: a `Graph`, a `MemoryPlan`, or a function that was compiled.

    A graph that does not keep to the budget is planned; `BudgetError` where no plan was found.
    """
    allowed = parse_bytes(budget) if budget is not None else None
    if isinstance(what, MemoryPlan):
        return _planned(what, allowed if allowed is not None else what.budget)
    if isinstance(what, Graph):
        return _of_graph(what, allowed)
    history = getattr(what, "history", None)
    if not isinstance(history, tuple):
        raise ArgumentError(
            f"a picture of the memory of {type(what).__name__!r}",
            hint="give a graph (gl.trace), a plan (gl.plan_memory) or a compiled function",
        )
    if not history:
        raise ArgumentError(
            "a compiled function that was never called has no program yet", hint="call it once"
        )
    return _of_history(history, allowed)


def _of_graph(graph: Graph, allowed: int | None) -> Given:
    if allowed is None:
        return Given(graph)
    if graph.symbols:
        raise NotSupported(
            f"a budget for the named sizes {', '.join(graph.symbols)}, whose bytes are not known",
            hint="trace with concrete shapes, or leave the budget out",
        )
    graph = dce(graph)
    if liveness(graph).peak <= allowed:
        return Given(graph, budget=allowed)
    return _planned(plan_memory(graph, allowed), allowed)


def _planned(plan: MemoryPlan, budget: int) -> Given:
    if not plan.recompute:
        return Given(plan.graph, None, budget, plan)
    return Given(apply_plan(plan.graph, plan.recompute), plan.graph, budget, plan)


def _of_history(history: tuple[Any, ...], allowed: int | None) -> Given:
    """The last graph; before and after the last remat where the history has one."""
    last: Graph = history[-1][1]
    for (_, before, _), (name, after, _) in reversed(list(pairwise(history))):
        if name.partition("(")[0] == _REMAT:
            budget = allowed if allowed is not None else _budget_in(name)
            return Given(last, before if after is not before else None, budget)
    return _of_graph(last, allowed)


def _budget_in(step: str) -> int | None:
    """The budget that a step of a pipeline says: `remat(budget=2MiB)`."""
    _, _, text = step.partition("budget=")
    return parse_bytes(text.rstrip(")").strip("'\"")) if text else None
