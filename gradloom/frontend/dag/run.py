"""A plan carried out: one call after another, values let go as the plan says."""

from __future__ import annotations

import functools
import inspect
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import CodeType, FunctionType
from typing import Any, final

from gradloom.frontend.dag.around import Made, calls_around, inside
from gradloom.frontend.dag.cache import cached
from gradloom.frontend.dag.described import attribute, first_line, nbytes, told
from gradloom.frontend.dag.node import DataNode
from gradloom.frontend.dag.plan import Plan
from gradloom.frontend.dag.step import Step, name_of
from gradloom.ir.errors import Cancelled

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
    around = calls_around()
    for step in plan.steps:
        watch.go_on(plan.graph.name)
        watch.say("running", step.uid)
        with inside((*around, Made(step.uid, plan.graph.name, False))):
            keep(step, attempted(step, watch))
        release(plan.released(step), watch)
        if watch.done is not None:
            watch.done(step)


def keep(step: Step, results: Iterable[Any]) -> None:
    """Give the outputs their values; one that is there already stays as it is."""
    for node, result in zip(step.outputs, results, strict=True):
        if not node.has_value():
            node.fill(result)


def release(nodes: Iterable[DataNode], watch: Watch) -> None:
    """Let these values go."""
    for node in nodes:
        node.drop()
        watch.say("released", node.uid)


def attempted(step: Step, watch: Watch) -> tuple[Any, ...]:
    """The results of a step, tried again as often as it allows, or from its cache."""
    for tries in range(1, step.retries + 2):
        start = time.perf_counter()
        try:
            results = step.computed() if step.cache is None else cached(step, watch.tell)
        except Exception as error:
            if tries <= step.retries:
                time.sleep(step.delay_s)
                continue
            step.tries = tries
            failed(step, error)
            raise
        step.seconds = time.perf_counter() - start
        step.nbytes = sum(map(nbytes, results))
        step.tries, step.error, step.place, step.reason = tries, "", "", ""
        return results
    raise AssertionError("a step is tried at least once")


def failed(step: Step, error: BaseException) -> None:
    """Note on the error where it was and on what, and at the step that there is one."""
    step.error = first_line(error)
    error.add_note(failure(step))


def failure(step: Step) -> str:
    """Where a function failed, and on what: node, function, arguments."""
    lines = [f"in {step.uid} of {step.graph.graph_uid}: {_place(step.call.function)}"]
    if step.node.location is not None:
        lines.append(f"  added at {step.node.location.with_source()}")
    if step.retries:
        lines.append(f"  tried {step.retries + 1} times")
    lines += [f"  with {n.uid}: {told(n.held)}" for n in step.inputs if n.has_value()]
    return "\n".join(lines)


def _place(function: Callable[..., Any]) -> str:
    """The name of a function and where it is written, where Python knows."""
    name = attribute(function, "__qualname__")
    inner = function.func if isinstance(function, functools.partial) else function
    if isinstance(inner, FunctionType):
        inner = inspect.unwrap(inner)
    code = attribute(inner, "__code__")
    place = f" ({code.co_filename}:{code.co_firstlineno})" if isinstance(code, CodeType) else ""
    return (name if isinstance(name, str) else name_of(function)) + place
