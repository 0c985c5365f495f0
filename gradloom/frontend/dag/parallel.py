"""A plan carried out by an executor: calls that do not need one another run at the same time."""

from __future__ import annotations

import contextlib
import multiprocessing
import queue
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any, Final, Protocol, final

from gradloom.frontend.dag.described import nbytes
from gradloom.frontend.dag.node import DataNode
from gradloom.frontend.dag.plan import Plan
from gradloom.frontend.dag.run import Watch, failure, keep, release
from gradloom.frontend.dag.run import attempted as here
from gradloom.frontend.dag.step import Step
from gradloom.ir.errors import ArgumentError, CallError
from gradloom.ir.graph import Value
from gradloom.ir.ops.called import spread

_LISTEN_S: Final = 0.05
"""So often a run that waits for its workers looks whether it was cancelled."""


class Executor(Protocol):
    """What runs functions elsewhere: `concurrent.futures`' executors, a Dask client, and others
    whose futures have `result()` and, so that nobody waits in vain, `add_done_callback(f)`.
    """

    def submit(self, function: Callable[..., Any], /, *args: Any) -> Any:
        """A future of `function(*args)`."""


@contextlib.contextmanager
def executor_of(which: Executor | str, max_workers: int | None) -> Iterator[Executor]:
    """The executor itself; or "threads" or "processes" of this host, while the run lasts.

    Processes are spawned: functions and values travel by pickle, so functions stand at the top of a
    module, and a script guards its start with `if __name__ == "__main__"`.
    """
    if max_workers is not None and max_workers < 1:
        raise ArgumentError(f"max_workers={max_workers}: at least one works")
    if which == "threads":
        with ThreadPoolExecutor(max_workers) as threads:
            yield threads
    elif which == "processes":
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(max_workers, mp_context=spawn) as processes:
            yield processes
    elif isinstance(which, str):
        raise ArgumentError(f"there is no executor {which!r}", hint="choose threads or processes")
    elif not callable(getattr(which, "submit", None)):
        raise CallError(f"a {type(which).__name__} is no executor: it has no submit")
    else:
        yield which


def run_parallel(plan: Plan, watch: Watch, executor: Executor) -> None:
    """Make the values of a plan. When a function raises, no more are begun, those that run are
    waited for and kept, and the first error passes through.
    """
    for step in plan.steps:
        watch.say("activated", step.uid)
    work = _Work(plan, watch, executor)
    try:
        work.go()
    except BaseException:
        work.end()
        raise


@final
class _Work:
    """What is still to do: which steps wait for how many values, and which values for how many
    steps.
    """

    def __init__(self, plan: Plan, watch: Watch, executor: Executor) -> None:
        self._plan = plan
        self._watch = watch
        self._executor = executor
        self._kept = {value for value in plan.graph.results if isinstance(value, Value)}
        self._uses: dict[Value, int] = {}
        self._waits: dict[Step, int] = {}
        self._users: dict[DataNode, list[Step]] = {}
        self._ready: deque[Step] = deque()
        self._running: dict[Step, Any] = {}
        self._events: queue.SimpleQueue[Step] = queue.SimpleQueue()
        for step in plan.steps:
            self._expect(step)

    def _expect(self, step: Step) -> None:
        absent = [node for node in step.inputs if not node.has_value()]
        for node in step.inputs:
            self._uses[node.value] = self._uses.get(node.value, 0) + 1
        for node in absent:
            self._users.setdefault(node, []).append(step)
        self._waits[step] = len(absent)
        if not absent:
            self._ready.append(step)

    def go(self) -> None:
        """Run everything."""
        while self._ready or self._running:
            self._watch.go_on(self._plan.graph.name)
            while self._ready:
                self._begin(self._ready.popleft())
            step = self._next() if self._running else None
            if step is not None:
                self._finish(step)

    def end(self) -> None:
        """Wait for what runs, and keep what it gives."""
        for future in self._running.values():
            cancel = getattr(future, "cancel", None)
            if cancel is not None:
                cancel()
        for step, future in self._running.items():
            with contextlib.suppress(BaseException):  # the first error is on its way already
                self._keep(step, future.result())
        self._running.clear()

    def _begin(self, step: Step) -> None:
        self._watch.say("running", step.uid)
        if step.cache is not None:
            self._finish_here(step)
            return
        args, kwargs = step.call.arguments.filled([node.content for node in step.inputs])
        how = step.retries, step.delay_s
        future = self._executor.submit(attempted, step.call.function, args, kwargs, *how)
        self._running[step] = future
        tell = getattr(future, "add_done_callback", None)
        if tell is not None:
            tell(lambda _: self._events.put(step))
        else:
            self._events.put(step)  # waited for in turn

    def _finish_here(self, step: Step) -> None:
        """A step with a cache, whose files this process reads and writes."""
        keep(step, here(step, self._watch))
        self._go_on_from(step)

    def _next(self) -> Step | None:
        try:
            return self._events.get(timeout=_LISTEN_S)
        except queue.Empty:
            return None

    def _finish(self, step: Step) -> None:
        future = self._running.pop(step)
        try:
            self._keep(step, future.result())
        except Exception as error:
            error.add_note(failure(step))
            raise
        self._go_on_from(step)

    def _go_on_from(self, step: Step) -> None:
        self._release(step)
        for node in step.outputs:
            for user in self._users.pop(node, ()):
                self._waits[user] -= 1
                if not self._waits[user]:
                    self._ready.append(user)
        if self._watch.done is not None:
            self._watch.done(step)

    def _keep(self, step: Step, timed: tuple[float, Any]) -> None:
        seconds, result = timed
        results = spread(step.uid, step.checked(result), len(step.outputs))
        keep(step, results)
        step.seconds, step.nbytes = seconds, sum(map(nbytes, results))

    def _release(self, step: Step) -> None:
        going = [node for node in step.outputs if not self._uses.get(node.value)]
        for node in step.inputs:
            self._uses[node.value] -= 1
            if not self._uses[node.value] and node.step is not None:
                going.append(node)
        release([n for n in going if n.value not in self._kept], self._watch)


def attempted(
    function: Callable[..., Any],
    args: list[Any],
    kwargs: dict[str, Any],
    retries: int,
    delay_s: float,
) -> tuple[float, Any]:
    """The seconds that a call took, and what it gave, tried again as often as is said."""
    for left in range(retries, -1, -1):
        start = time.perf_counter()
        try:
            return _timed(start, function(*args, **kwargs))
        except Exception:
            if not left:
                raise
            time.sleep(delay_s)
    raise AssertionError("a call is tried at least once")


def _timed(start: float, result: Any) -> tuple[float, Any]:
    return time.perf_counter() - start, result
