"""What a worker does for one session: its values there, and the tasks in the order of asking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any, final

from gradloom.runtime import messages as m


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

    @property
    def runs(self) -> tuple[m.Run, ...]:
        """The runs that wait."""
        return tuple(x for x in self._tasks.values() if isinstance(x, m.Run))

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
