"""A plan carried out by others: calls are begun as soon as their arguments are there, and values go
when the last call that uses them is done.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator
from typing import Any, Final, NamedTuple, final

from gradloom.frontend.dag.described import nbytes
from gradloom.frontend.dag.node import DataNode
from gradloom.frontend.dag.plan import Plan
from gradloom.frontend.dag.run import Watch, failed, keep, release
from gradloom.frontend.dag.step import Step
from gradloom.ir.graph import Value

_LISTEN_S: Final = 0.05
"""So often a run that waits for its workers looks whether it was cancelled."""


class Outcome(NamedTuple):
    """How a call ended: with results, or an error; where, how long it took, how often it was
    tried.
    """

    step: Step
    results: tuple[Any, ...] = ()
    error: BaseException | None = None
    seconds: float = 0.0
    tries: int = 1
    place: str = ""
    reason: str = ""


class Crew(ABC):
    """Those who make calls: begun here, heard of later."""

    @abstractmethod
    def begin(self, step: Step) -> None:
        """Have a call made whose arguments are there; returns at once."""

    @abstractmethod
    def next(self, timeout_s: float) -> Outcome | None:
        """A call that has ended, once; None where none does in time."""

    @abstractmethod
    def forget(self, node: DataNode) -> None:
        """No call of the run needs this value any more."""

    @abstractmethod
    def end(self) -> Iterator[Outcome]:
        """Begin no more calls, and wait for those that are being made."""


def work(plan: Plan, watch: Watch, crew: Crew) -> None:
    """Make the values of a plan. When a function raises, no more are begun, those that run are
    waited for and kept, and the first error passes through.
    """
    for step in plan.steps:
        watch.say("activated", step.uid)
    going = _Going(plan, watch, crew)
    try:
        going.go()
    except BaseException:
        for outcome in crew.end():
            going.note(outcome)
        raise


@final
class _Going:
    """What is still to do: which steps wait for how many values, and which values for how many
    steps.
    """

    def __init__(self, plan: Plan, watch: Watch, crew: Crew) -> None:
        self._plan = plan
        self._watch = watch
        self._crew = crew
        self._kept = {value for value in plan.graph.results if isinstance(value, Value)}
        self._uses: dict[DataNode, int] = {}
        self._waits: dict[Step, int] = {}
        self._users: dict[DataNode, list[Step]] = {}
        self._ready: deque[Step] = deque()
        self._under_way = 0
        for step in plan.steps:
            self._expect(step)

    def _expect(self, step: Step) -> None:
        absent = [node for node in step.inputs if not node.has_value()]
        for node in step.inputs:
            self._uses[node] = self._uses.get(node, 0) + 1
        for node in absent:
            self._users.setdefault(node, []).append(step)
        self._waits[step] = len(absent)
        if not absent:
            self._ready.append(step)

    def go(self) -> None:
        """Run everything."""
        while self._ready or self._under_way:
            self._watch.go_on(self._plan.graph.name)
            while self._ready:
                self._crew.begin(self._ready.popleft())
                self._under_way += 1
            outcome = self._crew.next(_LISTEN_S)
            if outcome is not None:
                self._under_way -= 1
                self._finish(outcome)

    def note(self, outcome: Outcome) -> None:
        """Keep what a call gave, and what is known of it."""
        step = outcome.step
        step.place, step.reason, step.tries = outcome.place, outcome.reason, outcome.tries
        if outcome.error is not None:
            failed(step, outcome.error)
            return
        keep(step, outcome.results)
        step.error = ""
        step.seconds, step.nbytes = outcome.seconds, sum(map(nbytes, outcome.results))

    def _finish(self, outcome: Outcome) -> None:
        self.note(outcome)
        if outcome.error is not None:
            raise outcome.error
        step = outcome.step
        self._release(step)
        for node in step.outputs:
            for user in self._users.pop(node, ()):
                self._waits[user] -= 1
                if not self._waits[user]:
                    self._ready.append(user)
        if self._watch.done is not None:
            self._watch.done(step)

    def _release(self, step: Step) -> None:
        going = [node for node in step.outputs if not self._uses.get(node)]
        for node in step.inputs:
            self._uses[node] -= 1
            if not self._uses[node]:
                self._crew.forget(node)
                going += [node] if node.step is not None else []
        release([n for n in going if n.value not in self._kept], self._watch)
