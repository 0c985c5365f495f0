"""A plan carried out: one call after another, values let go as the plan says."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, final

from gradloom.frontend.dag.cache import cached
from gradloom.frontend.dag.described import nbytes, told
from gradloom.frontend.dag.node import DataNode
from gradloom.frontend.dag.plan import Plan
from gradloom.frontend.dag.step import Step
from gradloom.ir.errors import ArgumentError, Cancelled

Log = Callable[[str], object]


@final
@dataclass(slots=True)
class Watch:
    """What a run tells, and what may end it: `log` gets a line for each event, `stop` is set from
    another thread, `done` is called after each step.
    """

    log: Log | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    done: Callable[[Step], object] | None = None

    def say(self, event: str, uid: str) -> None:
        """One line of what happens to a step or value, for whoever listens."""
        self.tell(f"{event} {uid}")

    def tell(self, line: str) -> None:
        """One line, for whoever listens."""
        if self.log is not None:
            self.log(line)

    def go_on(self, name: str) -> None:
        """Raise `Cancelled` once the run is to stop."""
        if self.stop.is_set():
            raise Cancelled(
                f"the run of {name} was cancelled",
                hint="what is computed so far is kept; the next run goes on from there",
            )


def run_plan(plan: Plan, watch: Watch) -> None:
    """Make the values of a plan, each call in turn. Whatever a function raises passes through, with
    a note of where it was; what was computed before stays.
    """
    for step in plan.steps:
        watch.say("activated", step.uid)
    for step in plan.steps:
        watch.go_on(plan.graph.name)
        watch.say("running", step.uid)
        keep(step, _alone(step, watch))
        release(plan.released(step), watch)
        if watch.done is not None:
            watch.done(step)


def _alone(step: Step, watch: Watch) -> tuple[Any, ...]:
    """The results of a step, which does not ask for them itself meanwhile."""
    if step.runs:
        raise ArgumentError(f"{step.uid} asks for its own value while it is computed")
    step.runs = True
    try:
        return attempted(step, watch)
    finally:
        step.runs = False


def keep(step: Step, results: Iterable[Any]) -> None:
    """Give the outputs their values; one that is there already stays as it is."""
    for node, result in zip(step.outputs, results, strict=True):
        if not node.has_value():
            if node.is_persisted:
                _keep_rows(result)
            node.fill(result)


def _keep_rows(value: Any) -> None:
    """Ask a Spark table to keep its rows, which it would compute anew for each reader."""
    names = "rdd", "columns", "count", "persist"
    if all(hasattr(type(value), name) for name in names) and not getattr(value, "is_cached", False):
        value.persist()


def release(nodes: Iterable[DataNode], watch: Watch) -> None:
    """Let these values go."""
    for node in nodes:
        node.drop()
        watch.say("released", node.uid)


def attempted(step: Step, watch: Watch) -> tuple[Any, ...]:
    """The results of a step, tried again as often as it allows, or from its cache."""
    for left in range(step.retries, -1, -1):
        start = time.perf_counter()
        try:
            results = step.computed() if step.cache is None else cached(step, watch.tell)
        except Exception as error:
            if left:
                time.sleep(step.delay_s)
                continue
            error.add_note(failure(step))
            raise
        step.seconds = time.perf_counter() - start
        step.nbytes = sum(map(nbytes, results))
        return results
    raise AssertionError("a step is tried at least once")


def failure(step: Step) -> str:
    """Where a function failed, and on what: node, function, arguments."""
    lines = [f"in {step.uid} of {step.graph.graph_uid}: {_place(step.call.function)}"]
    if step.node.location is not None:
        lines.append(f"  added at {step.node.location.with_source()}")
    if step.retries:
        lines.append(f"  tried {step.retries + 1} times")
    lines += [f"  with {n.uid}: {told(n.content)}" for n in step.inputs if n.has_value()]
    return "\n".join(lines)


def _place(function: Callable[..., Any]) -> str:
    """The name of a function and where it is written, where Python knows."""
    name = getattr(function, "__qualname__", None) or repr(function)
    inner = inspect.unwrap(getattr(function, "func", function))
    code = getattr(inner, "__code__", None)
    return f"{name} ({code.co_filename}:{code.co_firstlineno})" if code is not None else str(name)
