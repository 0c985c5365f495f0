"""What a session's values were made of, so that those of a lost worker can be made again.

A value's record stays as long as the client may name it, or a recorded call was given it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import final

from gradloom.runtime import messages as m


@final
@dataclass(slots=True, eq=False)
class Record:
    """A value: where it is (or will be, of what was already said), and what it was made by;
    `call` is None for what the client put.
    """

    value: int
    call: m.Call | None
    holders: list[int] = field(default_factory=list)
    is_live: bool = True
    users: int = 0
    size: int | None = None
    failure: m.Failure | None = None

    @property
    def where(self) -> str:
        """The user's line."""
        return "" if self.call is None else self.call.where


@final
class Lineage:
    """The records of one session. `most` calls are remembered; the values of older ones cannot be
    made again.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._records: dict[int, Record] = {}
        self._calls: dict[int, m.Call] = {}
        self._of_program: Counter[str] = Counter()
        self._idle: list[str] = []

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records.values())

    def get(self, value: int) -> Record | None:
        """The record of a value that is still known."""
        return self._records.get(value)

    def put(self, value: int) -> Record:
        """The record of a value that the client has."""
        record = self._records[value] = Record(value, None)
        return record

    def has_calls_of(self, digest: str) -> bool:
        """Whether a recorded call may run this program again."""
        return digest in self._of_program

    def taken_idle(self) -> list[str]:
        """The programs that no recorded call runs any more, since this was last asked."""
        idle, self._idle = self._idle, []
        return idle

    def call(self, call: m.Call, sizes: Sequence[int] = ()) -> list[Record]:
        """The records of a call's results; `sizes` are their bytes, where they are known."""
        self._calls[call.number] = call
        self._of_program[call.digest] += 1
        for value in dict.fromkeys(call.inputs):
            self._records[value].users += 1
        made = [Record(value, call) for value in call.outputs]
        for record, size in zip(made, sizes, strict=False):
            record.size = size
        self._records.update((r.value, r) for r in made)
        return made

    def free(self, values: Iterable[int]) -> list[int]:
        """The client will name these no more; the values of its own that nothing needs now."""
        for value in values:
            self._records[value].is_live = False
        forgotten = self._forget(values)
        while len(self._calls) > self._most:
            forgotten += self._forget(self._release(next(iter(self._calls))))
        return forgotten

    def pin(self, values: Iterable[int]) -> None:
        """Keep the records of these values, whoever lets go of them."""
        for value in values:
            self._records[value].users += 1

    def unpin(self, values: Iterable[int]) -> list[int]:
        """The opposite; the client's own values that nothing needs now."""
        for value in values:
            self._records[value].users -= 1
        return self._forget(values)

    def cone(self, values: Iterable[int]) -> tuple[list[m.Call], list[int]]:
        """The calls, in order, that make these values again out of what somebody has, and those of
        the values that nothing can make again.
        """
        values = list(values)
        calls: dict[int, m.Call] = {}
        todo = list(values)
        while todo:
            record = self._records.get(todo.pop())
            if record is None or record.call is None or record.call.number in calls:
                continue
            if record.call.number in self._calls:
                calls[record.call.number] = record.call
                todo += [v for v in record.call.inputs if not self.is_at_hand(v)]
        made: set[int] = set()
        possible = []
        for number in sorted(calls):
            if all(v in made or self.is_at_hand(v) for v in calls[number].inputs):
                possible.append(calls[number])
                made.update(calls[number].outputs)
        return possible, [v for v in values if v not in made and not self.is_at_hand(v)]

    def is_at_hand(self, value: int) -> bool:
        """Whether a worker has the value, or the client, who put it."""
        record = self._records.get(value)
        return record is not None and (bool(record.holders) or record.call is None)

    def _forget(self, values: Iterable[int]) -> list[int]:
        forgotten, todo = [], list(values)
        while todo:
            record = self._records.get(todo.pop())
            if record is None or record.is_live or record.users:
                continue
            del self._records[record.value]
            if record.call is None:
                forgotten.append(record.value)
            elif not any(v in self._records for v in record.call.outputs):
                todo += self._release(record.call.number)
        return forgotten

    def _release(self, number: int) -> list[int]:
        call = self._calls.pop(number, None)
        if call is None:
            return []
        self._of_program[call.digest] -= 1
        if not self._of_program[call.digest]:
            del self._of_program[call.digest]
            self._idle.append(call.digest)
        for value in dict.fromkeys(call.inputs):
            if (record := self._records.get(value)) is not None:
                record.users -= 1
        return list(call.inputs)
