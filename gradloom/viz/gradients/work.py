"""What a page asks of a source and that may take long, or never end: in a thread of its own, with a
clock, to be given up, and to be replaced by what is asked later.

Python cannot end a thread. So what is given up runs on where its source cannot end it, its result
is thrown away, and what is asked next waits for it: a source is never asked two things at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, final

from gradloom.ir.errors import Cancelled

PATIENCE_S: Final = 2.0
"""What has run for longer is ended for the sake of what is newer, where it can be: about as long as
a program in a process of its own takes to start again (1 to 2 s with numpy and gradloom).
"""
_T = TypeVar("_T")


class Superseded(Cancelled):
    """What was asked is not needed any more: something newer was."""


@final
@dataclass(slots=True, eq=False)
class _Job:
    what: str
    make: Callable[[], Any]
    context: Context = field(default_factory=copy_context)  # numpy's errstate, and the like
    asked_at: float = field(default_factory=time.monotonic)
    ended: threading.Event = field(default_factory=threading.Event)
    result: Any = None
    error: BaseException | None = None

    def end(self, result: Any = None, error: BaseException | None = None) -> None:
        """The first end counts; what comes later is thrown away."""
        if not self.ended.is_set():
            self.result, self.error = result, error
            self.ended.set()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.asked_at


@final
class Work:
    """One thing after another, in one thread; of what waits, the newest.

    `cancel` ends what a source does, where it can; it is called from any thread.
    """

    def __init__(self, cancel: Callable[[], None] = lambda: None) -> None:
        self._cancel = cancel
        self._lock = threading.Lock()  # of the three below
        self._running: _Job | None = None
        self._next: _Job | None = None
        self._is_alive = False
        self._turn = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The only place from which a source is asked."""
        with self._turn:
            yield

    def do(self, what: str, make: Callable[[], _T]) -> _T:
        """What `make` gives, or raises; `Superseded` where something newer is asked meanwhile,
        `Cancelled` where it is given up.
        """
        job = _Job(what, make)
        with self._lock:
            older = self._jobs()
            self._start(job)
        for one in older:
            one.end(error=Superseded(f"{one.what}: something newer was asked"))
        if any(one.seconds > PATIENCE_S for one in older):
            self._cancel()
        result: _T = self._waited(job)
        return result

    def do_if_idle(self, what: str, make: Callable[[], _T]) -> _T:
        """The same, for what is less urgent: raises `Superseded` where anything else is asked."""
        job = _Job(what, make)
        with self._lock:
            if self._jobs() or self._turn.locked():
                raise Superseded(f"{what}: something else is asked")
            self._start(job)
        result: _T = self._waited(job)
        return result

    def _jobs(self) -> list[_Job]:
        return [one for one in (self._running, self._next) if one is not None]

    def _start(self, job: _Job) -> None:
        self._next = job
        if not self._is_alive:
            self._is_alive = True
            threading.Thread(target=self._loop, name="gradients work", daemon=True).start()

    def _waited(self, job: _Job) -> Any:
        try:
            job.ended.wait()
        except BaseException:  # Ctrl-C, in the thread that waits
            self.cancel()
            raise
        if job.error is not None:
            raise job.error
        return job.result

    def cancel(self) -> None:
        """Give up what runs and what waits."""
        with self._lock:
            jobs = self._jobs()
            self._next = None
        for job in jobs:
            job.end(error=Cancelled(f"{job.what} was given up after {job.seconds:.1f} s"))
        self._cancel()

    @property
    def busy(self) -> dict[str, Any] | None:
        """`{"what", "seconds"}` of what is waited for, or None."""
        with self._lock:
            running, waiting = self._running, self._next
        if waiting is not None:
            what = "waiting for what was asked before" if running is not None else waiting.what
            return {"what": what, "seconds": waiting.seconds}
        if running is None or running.ended.is_set():
            return None
        return {"what": running.what, "seconds": running.seconds}

    def _loop(self) -> None:
        while True:
            with self._lock:
                job = self._running = self._next
                self._next = None
                if job is None:
                    self._is_alive = False
                    return
            try:
                with self._turn:
                    job.end(job.context.run(job.make))
            except BaseException as error:  # an adapter may even raise SystemExit
                job.end(error=error)
