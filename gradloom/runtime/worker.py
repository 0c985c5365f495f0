"""A worker: what it runs next, what it sends where, and what it keeps.

A pure state machine over values that it never looks into: it is told what the dispatcher says, what
has come in its mailbox and what a run gave, and gives instructions. Of each session, what can go on
goes on, in the order in which it was asked for; sessions take turns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any, Final, NamedTuple, final

from gradloom.runtime import messages as m


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


class Compute(NamedTuple):
    """Run a program on values; the outcome is to be told to `Worker.finished`."""

    run: m.Run
    values: tuple[Any, ...]


class Discard(NamedTuple):
    """A value that is kept no longer."""

    value: Any


class Stop(NamedTuple):
    """The worker is not needed any more."""

    reason: str


Instruction = Tell | Mail | Learn | Compute | Discard | Stop
_REPORT: Final = 32
"""Runs after which progress is told, however much is left to do."""


@final
@dataclass(slots=True, eq=False)
class Desk:
    """What a worker does for one session.

    A value is dropped once no task that came before the request names it. A task that comes after
    it cancels the request, and so does a later delivery: then the value was asked for anew.
    """

    values: dict[int, Any] = field(default_factory=dict)
    done: int = 0
    told: int = 0
    _tasks: dict[int, m.Run | m.Ship] = field(default_factory=dict)
    _missing: dict[int, int] = field(default_factory=dict)
    """How many values a task waits for, by the task's place in the order of asking."""
    _waiting: dict[int, list[int]] = field(default_factory=dict)
    """The tasks that wait for a value."""
    _runs: list[int] = field(default_factory=list)
    _ships: list[int] = field(default_factory=list)
    """What can be done, as heaps: first what was asked for first."""
    _asked: int = 0
    _named: Counter[int] = field(default_factory=Counter)
    _unneeded: dict[int, int] = field(default_factory=dict)
    _deliveries: dict[int, int] = field(default_factory=dict)

    @property
    def queued(self) -> int:
        """How many tasks wait."""
        return len(self._tasks)

    def add(self, task: m.Run | m.Ship) -> None:
        """Something to be done."""
        place = self._asked
        self._asked += 1
        self._tasks[place] = task
        for value in _names(task):
            self._named[value] += 1
            self._unneeded.pop(value, None)
        missing = {v for v in _needs(task) if v not in self.values}
        for value in missing:
            self._waiting.setdefault(value, []).append(place)
        if missing:
            self._missing[place] = len(missing)
        else:
            heappush(self._ships if isinstance(task, m.Ship) else self._runs, place)

    def keep(self, value: int, content: Any) -> None:
        """A value is here; what waited for it may go on."""
        self.values[value] = content
        for place in self._waiting.pop(value, ()):
            self._missing[place] -= 1
            if not self._missing[place]:
                del self._missing[place]
                is_ship = isinstance(self._tasks[place], m.Ship)
                heappush(self._ships if is_ship else self._runs, place)

    def accept(self, value: int, content: Any, delivery: int) -> list[Any]:
        """A value has come; what is not needed for it: the same, if it was there."""
        self._deliveries[value] = max(delivery, self._deliveries.get(value, 0))
        if value in self.values:
            return [content]
        self.keep(value, content)
        return []

    def next(self, is_free: bool) -> m.Run | m.Ship | None:
        """Take the first thing that can be done now; a run only where the worker is free."""
        heap = self._ships or (self._runs if is_free else None)
        return self._tasks.pop(heappop(heap)) if heap else None

    def end(self, task: m.Run | m.Ship) -> list[Any]:
        """The task is done; the values that nobody needs now."""
        names = _names(task)
        self._named.subtract(names)
        return [x for v in names if v in self._unneeded for x in self.drop([v], self._unneeded[v])]

    def drop(self, values: Iterable[int], until: int) -> list[Any]:
        """These are not needed once what was asked for is done; those not needed already."""
        gone = []
        for value in values:
            if self._named[value] > 0:
                self._unneeded[value] = until
                continue
            del self._named[value]
            self._unneeded.pop(value, None)
            if value in self.values and self._deliveries.get(value, 0) <= until:
                self._deliveries.pop(value, None)
                gone.append(self.values.pop(value))
        return gone


def _needs(task: m.Run | m.Ship) -> tuple[int, ...]:
    return (task.value,) if isinstance(task, m.Ship) else task.inputs


def _names(task: m.Run | m.Ship) -> tuple[int, ...]:
    return (task.value,) if isinstance(task, m.Ship) else (*task.inputs, *task.outputs)


@final
class Worker:
    """See the module's text. A value tells its `dtype` by name and its `shape`."""

    def __init__(self) -> None:
        self._desks: dict[int, Desk] = {}
        self._ended: set[int] = set()
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
                self._desk(message.session).add(message)
                self._proceed()
        elif isinstance(message, m.Drop):
            self._discard(self._desk(message.session).drop(message.values, message.until))
        elif isinstance(message, m.Prepare):
            self._out.append(Learn(message))
        elif isinstance(message, m.Undelivered):
            self._arrive(message, message.failure)
        elif isinstance(message, m.End):
            self._end(message.session)
        elif isinstance(message, m.Enlisted):
            self.number, self.name = message.worker, message.name
        elif isinstance(message, m.Dismissed):
            self._out.append(Stop(message.reason))
        return self._taken()

    def receive(self, message: m.Parcel | m.Undelivered, value: Any) -> list[Instruction]:
        """A parcel has come, with its value."""
        self._arrive(message, message.failure if isinstance(message, m.Undelivered) else value)
        return self._taken()

    def finished(self, run: m.Run, outcome: Sequence[Any] | m.Failure) -> list[Instruction]:
        """The run gave these values, or failed."""
        if run is self._running:
            self._running = None
            self._keep(run, outcome)
            self._proceed()
        return self._taken()

    def reset(self) -> list[Instruction]:
        """Begin anew, without values: the dispatcher took this worker for lost."""
        for session in list(self._desks):
            self._end(session)
        self._ended.clear()
        self._running = None
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

    def _keep(self, run: m.Run, outcome: Sequence[Any] | m.Failure) -> None:
        desk = self._desks.get(run.session)
        results = [outcome] * len(run.outputs) if isinstance(outcome, m.Failure) else outcome
        if desk is None:
            self._discard(results)
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
        failure = next((x for x in inputs if isinstance(x, m.Failure)), None)
        if failure is not None:
            self._keep(run, failure)
        elif run.outputs and all(v in desk.values for v in run.outputs):
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
        self._ended.add(session)
        desk = self._desks.pop(session, None)
        self._discard(() if desk is None else desk.values.values())
        self._proceed()

    def _discard(self, values: Iterable[Any]) -> None:
        self._out += [Discard(x) for x in values if not isinstance(x, m.Failure)]

    def _taken(self) -> list[Instruction]:
        out, self._out = self._out, []
        return out
