"""Calls made by an executor: threads or processes of this host, or whatever has `submit`."""

from __future__ import annotations

import contextlib
import multiprocessing
import queue
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures import CancelledError as PoolCancelled
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol, final

from gradloom.frontend.dag.around import Made, calls_around, graphs_held, inside
from gradloom.frontend.dag.cache import entry_of, read, write
from gradloom.frontend.dag.node import DataNode
from gradloom.frontend.dag.run import Watch
from gradloom.frontend.dag.step import Step, checked
from gradloom.frontend.dag.work import Crew, Outcome
from gradloom.ir.errors import ArgumentError, CallError, Cancelled
from gradloom.ir.ops.called import spread

_MOST_WAITING: Final = 256
"""Threads that wait for futures which tell nobody when they are done, one each."""


class Executor(Protocol):
    """What runs functions elsewhere: `concurrent.futures`' executors, a Dask client, and others
    whose futures have `result()`. Those with `add_done_callback(f)` need no thread that waits.
    """

    def submit(self, function: Callable[..., Any], /, *args: Any) -> Any:
        """A future of `function(*args)`."""


@final
class OwnPool:
    """Threads or processes of this host, while a run lasts. Processes that were lost are replaced
    by `renew`.
    """

    def __init__(self, make: Callable[[], ThreadPoolExecutor | ProcessPoolExecutor]) -> None:
        self._make = make
        self._pool = make()

    def submit(self, function: Callable[..., Any], /, *args: Any) -> Any:
        """A future of `function(*args)`."""
        return self._pool.submit(function, *args)

    def renew(self) -> None:
        """New workers in the place of those that are gone."""
        self._pool.shutdown(wait=False)
        self._pool = self._make()

    def close(self) -> None:
        """Wait for all, and end."""
        self._pool.shutdown()


@contextlib.contextmanager
def executor_of(which: Executor | str, max_workers: int | None) -> Iterator[Executor]:
    """The executor itself; or "threads" or "processes" of this host, while the run lasts.

    Processes are spawned: functions and values travel by pickle, so functions stand at the top of a
    module, and a script guards its start with `if __name__ == "__main__"`.
    """
    if max_workers is not None and max_workers < 1:
        raise ArgumentError(f"max_workers={max_workers}: at least one works")
    if not isinstance(which, str):
        if not callable(getattr(which, "submit", None)):
            raise CallError(f"a {type(which).__name__} is no executor: it has no submit")
        yield which
        return
    spawn = multiprocessing.get_context("spawn")
    kinds: dict[str, Callable[[], ThreadPoolExecutor | ProcessPoolExecutor]] = {
        "threads": lambda: ThreadPoolExecutor(max_workers),
        "processes": lambda: ProcessPoolExecutor(max_workers, mp_context=spawn),
    }
    if which not in kinds:
        raise ArgumentError(
            f"there is no executor {which!r}", hint="choose threads, processes or cluster"
        )
    with contextlib.closing(OwnPool(kinds[which])) as pool:
        yield pool


class _Submitted(NamedTuple):
    future: Any
    """As the executor gave it."""
    told: Any
    """The same, or one of this process that waits for it."""
    tries: int
    entry: Path | None
    """Where its results are kept on disk, if anywhere."""


@final
class Pool(Crew):
    """The calls of a run at an executor. Results that are on disk are read, and others written
    there, by this process.
    """

    def __init__(self, executor: Executor, run: str, watch: Watch, place: str = "") -> None:
        self._executor = executor
        self._run = run
        self._watch = watch
        self._place = place or _place_of(executor)
        self._running: dict[Step, _Submitted] = {}
        self._events: queue.SimpleQueue[Step | Outcome] = queue.SimpleQueue()
        self._waiters: ThreadPoolExecutor | None = None

    @property
    def under_way(self) -> int:
        """Calls that have not ended."""
        return len(self._running)

    def begin(self, step: Step) -> None:
        """Have a call made."""
        self._watch.say("running", step.uid)
        try:
            entry = None if step.cache is None else entry_of(step, self._watch.tell)
            found = None if entry is None else read(entry, len(step.outputs))
            if found is not None:
                self._watch.say("read", step.uid)
                self._events.put(Outcome(step, found, place="its cache"))
                return
            self._submit(step, entry, 1)
        except Exception as error:  # such as an executor that was shut down
            self._events.put(Outcome(step, error=error, place=self._place))

    def _submit(self, step: Step, entry: Path | None, tries: int) -> None:
        args, kwargs = step.call.arguments.filled([node.content for node in step.inputs])
        around = (*calls_around(), Made(step.uid, self._run, True, graphs_held()))
        again = step.retries + 1 - tries, step.delay_s
        future = self._executor.submit(attempted, step.call.function, args, kwargs, again, around)
        told = future
        if not hasattr(future, "add_done_callback"):
            self._waiters = self._waiters or ThreadPoolExecutor(_MOST_WAITING)
            told = self._waiters.submit(future.result)
        self._running[step] = _Submitted(future, told, tries, entry)
        told.add_done_callback(lambda _: self._events.put(step))

    def next(self, timeout_s: float) -> Outcome | None:
        """A call that has ended."""
        try:
            event = self._events.get(timeout=timeout_s) if timeout_s else self._events.get_nowait()
        except queue.Empty:
            return None
        if isinstance(event, Outcome):
            return event
        done = self._running.pop(event)
        outcome = self._outcome(event, done)
        if isinstance(outcome.error, BrokenExecutor) and self._tried_again(event, done):
            return None
        return outcome

    def forget(self, node: DataNode) -> None:
        """Nothing: values travel with each call."""

    def end(self) -> Iterator[Outcome]:
        """Cancel what can be cancelled, and wait for the rest."""
        for submitted in self._running.values():
            cancel = getattr(submitted.future, "cancel", None)
            if cancel is not None:
                cancel()
        for step, submitted in self._running.items():
            outcome = self._outcome(step, submitted)
            if outcome.error is None:  # the first error is on its way already
                yield outcome
        self._running.clear()
        self.close()

    def close(self) -> None:
        """Let go of threads that wait."""
        if self._waiters is not None:
            self._waiters.shutdown()

    # ---- below -----------------------------------------------------------------------------------

    def _outcome(self, step: Step, done: _Submitted) -> Outcome:
        from asyncio import CancelledError

        try:
            seconds, tries, result = done.told.result()
            results = spread(step.uid, step.checked(result), len(step.outputs))
            if done.entry is not None:
                write(done.entry, results, step, self._watch.tell)
        except (PoolCancelled, CancelledError) as error:
            told = Cancelled(
                f"{step.uid} was cancelled by its executor",
                hint="what is computed so far is kept; the next run goes on from there",
            )
            told.__cause__ = error
            return Outcome(step, error=told, tries=done.tries, place=self._place)
        except BaseException as error:
            if isinstance(error, BrokenExecutor):
                error.add_note(self._beside(step))
            tries = step.retries + 1
            return Outcome(step, error=error, tries=tries, place=self._place)
        return Outcome(step, results, None, seconds, done.tries - 1 + tries, self._place)

    def _beside(self, step: Step) -> str:
        others = [other.uid for other in self._running if other is not step]
        listed = ", ".join(others[:10]) + (", ..." if others[10:] else "")
        return f"which worker ended is not known; at the same time ran {listed or 'nothing else'}"

    def _tried_again(self, step: Step, done: _Submitted) -> bool:
        """Whether a call whose process was lost is made again by new ones."""
        renew = getattr(self._executor, "renew", None)
        if renew is None or done.tries > step.retries:
            return False
        with contextlib.suppress(BrokenExecutor):
            self._submit(step, done.entry, done.tries + 1)
            return True
        time.sleep(step.delay_s)
        renew()
        self._submit(step, done.entry, done.tries + 1)
        return True


def _place_of(executor: Executor) -> str:
    if isinstance(executor, OwnPool):
        executor = executor._pool
    name = type(executor).__name__
    kinds = {"ThreadPoolExecutor": "a thread", "ProcessPoolExecutor": "a process"}
    return kinds.get(name, f"{name}")


def attempted(
    function: Callable[..., Any],
    args: list[Any],
    kwargs: dict[str, Any],
    again: tuple[int, float],
    around: tuple[Made, ...],
) -> tuple[float, int, Any]:
    """The seconds that a call took, how often it was tried, and what it gave. `again`: how many
    more tries there are, and the seconds between them.
    """
    retries, delay_s = again
    for tries in range(1, retries + 2):
        start = time.perf_counter()
        try:
            with inside(tuple(map(Made._make, around))):
                result = checked(function, function(*args, **kwargs))
            return time.perf_counter() - start, tries, result
        except Exception:
            if tries > retries:
                raise
            time.sleep(delay_s)
    raise AssertionError("a call is tried at least once")
