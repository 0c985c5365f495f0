"""A worker: what it runs next, what it sends where, and what it keeps.

A pure state machine over values that it never looks into: it is told what the dispatcher says, what
has come in its mailbox and what a run gave, and gives instructions. Of each session, what can go on
goes on, in the order in which it was asked for; sessions take turns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple, final

from gradloom.runtime import messages as m
from gradloom.runtime.desk import Desk


class Tell(NamedTuple):
    """Say this to the dispatcher."""

    message: Any


class Mail(NamedTuple):
    """Send this to a mailbox, a parcel with its value."""

    mailbox: m.Mailbox
    message: m.Parcel | m.Undelivered
    value: Any


class Learn(NamedTuple):
    """Keep a program."""

    program: m.Prepare


class Unlearn(NamedTuple):
    """Programs that are kept no longer."""

    digests: tuple[str, ...]


class Part(NamedTuple):
    """Nobody is at this mailbox any more."""

    mailbox: m.Mailbox


class Compute(NamedTuple):
    """Run a program on values, or on the Failures in their places; what it gives is to be told to
    `Worker.finished`.
    """

    run: m.Run
    values: tuple[Any, ...]


class Discard(NamedTuple):
    """A value that is kept no longer."""

    value: Any


class Stop(NamedTuple):
    """The worker is not needed any more."""

    reason: str


Instruction = Tell | Mail | Learn | Unlearn | Part | Compute | Discard | Stop
_MOST_ENDED: Final = 10_000
"""Sessions whose end is remembered; what comes late for another is asked about."""
_REPORT: Final = 32
"""Runs after which progress is told, however much is left to do."""


@final
class Worker:
    """See the module's text. A value tells its `dtype` by name and its `shape`."""

    def __init__(self) -> None:
        self._desks: dict[int, Desk] = {}
        self._ended: dict[int, None] = {}  # sessions, oldest first
        self._learned: set[str] = set()
        self._runs_of: Counter[str] = Counter()  # by program, those that wait or run
        self._unwanted: set[str] = set()  # programs that only those need
        self._running: m.Run | None = None
        self._out: list[Instruction] = []
        self.number = -1
        self.name = ""

    @property
    def values(self) -> int:
        """How many values are kept."""
        return sum(len(desk.values) for desk in self._desks.values())

    def contents(self) -> Iterator[Any]:
        """Every value that is kept, or why there is none."""
        return (x for desk in self._desks.values() for x in desk.values.values())

    @property
    def queued(self) -> int:
        """How many tasks wait, of all sessions."""
        return sum(desk.queued for desk in self._desks.values())

    # ---- events ----------------------------------------------------------------------------------

    def hear(self, message: Any) -> list[Instruction]:
        """The dispatcher says this."""
        if isinstance(message, m.Run | m.Ship):
            if message.session not in self._ended:
                if isinstance(message, m.Run):
                    self._runs_of[message.digest] += 1
                self._desk(message.session).add(message)
                self._proceed()
        elif isinstance(message, m.Drop):
            if message.session in self._desks:
                self._discard(self._desk(message.session).drop(message.values, message.until))
        elif isinstance(message, m.Prepare):
            self._unwanted.discard(message.digest)
            self._learned.add(message.digest)
            self._out.append(Learn(message))
        elif isinstance(message, m.Unlearn):
            self._unwanted.update(message.digests)
            self._unlearn(message.digests)
        elif isinstance(message, m.Undelivered):
            self._arrive(message, message.failure)
        elif isinstance(message, m.End):
            self._end(message.session)
            if message.mailbox is not None:
                self._out.append(Part(message.mailbox))
        elif isinstance(message, m.Enlisted):
            self.number, self.name = message.worker, message.name
        elif isinstance(message, m.Dismissed):
            self._out.append(Stop(message.reason))
        return self._taken()

    def receive(self, message: m.Parcel | m.Undelivered, value: Any) -> list[Instruction]:
        """A parcel has come, with its value."""
        self._arrive(message, message.failure if isinstance(message, m.Undelivered) else value)
        return self._taken()

    def finished(self, run: m.Run, results: Sequence[Any]) -> list[Instruction]:
        """The run gave these, each a value or the Failure for which there is none."""
        if run is self._running:
            self._running = None
            self._keep(run, results)
            self._proceed()
        return self._taken()

    def reset(self) -> list[Instruction]:
        """Begin anew, without values: the dispatcher took this worker for lost."""
        desks, self._desks = self._desks, {}
        for desk in desks.values():
            self._discard(desk.values.values())
        self._ended.clear()
        self._running = None
        self._runs_of.clear()
        self._unwanted.update(self._learned)
        self._unlearn(self._learned)
        return self._taken()

    # ---- below -----------------------------------------------------------------------------------

    def _desk(self, session: int) -> Desk:
        return self._desks.setdefault(session, Desk())

    def _arrive(self, message: m.Parcel | m.Undelivered, content: Any) -> None:
        if message.session in self._ended:
            self._discard([content])
            return
        desk = self._desk(message.session)
        self._discard(desk.accept(message.value, content, message.number))
        self._out.append(Tell(m.Arrived(message.session, message.value, message.number)))
        self._proceed()

    def _keep(self, run: m.Run, results: Sequence[Any]) -> None:
        desk = self._desks.get(run.session)
        if desk is None:
            self._discard(results)
            self._leave([run])
            return
        for value, result in zip(run.outputs, results, strict=True):
            if value in desk.values:
                self._discard([result])
            else:
                desk.keep(value, result)
        self._count(run, desk)

    def _count(self, run: m.Run, desk: Desk) -> None:
        desk.done += 1
        self._discard(desk.end(run))
        self._leave([run])

    def _leave(self, runs: Iterable[m.Run]) -> None:
        """These runs are done, or not wanted any more."""
        for run in runs:
            self._runs_of[run.digest] -= 1
            if not self._runs_of[run.digest]:
                del self._runs_of[run.digest]
                self._unlearn([run.digest])

    def _unlearn(self, digests: Iterable[str]) -> None:
        gone = tuple(d for d in digests if d in self._unwanted and d not in self._runs_of)
        if gone:
            self._unwanted.difference_update(gone)
            self._learned.difference_update(gone)
            self._out.append(Unlearn(gone))

    def _proceed(self) -> None:
        """Do what can be done; sessions take turns at runs."""
        is_moving = True
        while is_moving:
            is_moving = False
            for session, desk in list(self._desks.items()):
                task = desk.next(self._running is None)
                if task is None:
                    continue
                is_moving = True
                if isinstance(task, m.Run):
                    self._desks[session] = self._desks.pop(session)  # the next turn is another's
                    self._begin(task, desk)
                else:
                    self._ship(task, desk.values[task.value])
                    self._discard(desk.end(task))
        for session, desk in self._desks.items():
            self._report(session, desk)

    def _begin(self, run: m.Run, desk: Desk) -> None:
        inputs = tuple(desk.values[v] for v in run.inputs)
        if run.outputs and all(v in desk.values for v in run.outputs):
            self._count(run, desk)  # asked for again, and still there
        else:
            self._running = run
            self._out.append(Compute(run, inputs))

    def _ship(self, task: m.Ship, value: Any) -> None:
        if isinstance(value, m.Failure):
            told = m.Undelivered(task.session, task.value, task.number, value)
            self._out.append(Mail(task.mailbox, told, None))
        else:
            parcel = m.Parcel(task.session, task.value, task.number, value.dtype, value.shape)
            self._out.append(Mail(task.mailbox, parcel, value))

    def _report(self, session: int, desk: Desk) -> None:
        due = desk.done - desk.told
        idle = self._running is None or self._running.session != session or not desk.queued
        if due and (idle or due >= _REPORT):
            desk.told = desk.done
            self._out.append(Tell(m.Done(session, desk.done)))

    def _end(self, session: int) -> None:
        self._ended[session] = None
        if len(self._ended) > _MOST_ENDED:
            del self._ended[next(iter(self._ended))]
        desk = self._desks.pop(session, None)
        if desk is not None:
            self._discard(desk.values.values())
            self._leave(desk.runs)
        self._proceed()

    def _discard(self, values: Iterable[Any]) -> None:
        self._out += [Discard(x) for x in values if not isinstance(x, m.Failure)]

    def _taken(self) -> list[Instruction]:
        out, self._out = self._out, []
        return out
