"""A plan carried out: by this thread, by an executor, or by a cluster."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from gradloom.frontend.dag.clustered import ClusterCrew, session_of
from gradloom.frontend.dag.parallel import Executor, Pool, executor_of
from gradloom.frontend.dag.plan import Plan
from gradloom.frontend.dag.run import Watch, run_plan
from gradloom.frontend.dag.traced import Programs
from gradloom.frontend.dag.work import work

if TYPE_CHECKING:
    from gradloom.runtime.client import Client


class Memory:
    """The programs of a graph's calls, for the session that they went to last."""

    def __init__(self) -> None:
        self._programs: Programs | None = None

    def of(self, session: Client) -> Programs:
        """Those for a session."""
        if self._programs is None or self._programs.session is not session:
            self._programs = Programs(session)
        return self._programs


def carry_out(
    plan: Plan,
    watch: Watch,
    executor: Executor | str | None,
    max_workers: int | None,
    memory: Memory,
) -> None:
    """Make the values of a plan. A cluster, a session of one or "cluster" has calls made by its
    workers; what stays here runs in `max_workers` threads.
    """
    if executor is None:
        run_plan(plan, watch)
        return
    session = session_of(executor)
    kind: Any = executor if session is None else "threads"
    with executor_of(kind, max_workers) as pool, contextlib.ExitStack() as stack:
        crew = stack.enter_context(contextlib.closing(Pool(pool, plan.graph.name, watch)))
        if session is None:
            work(plan, watch, crew)
            return
        there = ClusterCrew(memory.of(session), crew, watch)
        work(plan, watch, stack.enter_context(contextlib.closing(there)))
