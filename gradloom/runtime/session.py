"""A client's session: numbers for its values, what it still has of them, what it waits for.

A pure state machine: the client's calls and what it hears go in, instructions come out. Nothing but
a fetch waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, final

from gradloom.runtime import messages as m
from gradloom.runtime.fields import MOST_DIGESTS, MOST_VALUES, parts


class Tell(NamedTuple):
    """Say this to the dispatcher."""

    message: Any


class Mail(NamedTuple):
    """Send a value to a worker's mailbox."""

    mailbox: m.Mailbox
    message: m.Parcel
    value: Any


class Release(NamedTuple):
    """Nobody can need this any more."""

    source: Any


Instruction = Tell | Mail | Release


@final
class Session:
    """See the module's text. `number` is None until the dispatcher has opened it."""

    def __init__(self) -> None:
        self.number: int | None = None
        self.places: dict[int, m.Place] = {}
        self.failure: m.Failure | None = None
        """Why the session is over."""
        self._next_value = self._next_call = self._next_fetch = 0
        self._fulfilled = 0
        self._sources: dict[int, tuple[str, tuple[int, ...], Any]] = {}  # what was put
        self._defined: set[str] = set()
        self._answers: dict[int, Any] = {}  # fetch -> its value or Failure
        self._waiting: dict[int, int] = {}  # fetch -> value
        self._out: list[Instruction] = []

    @property
    def under_way(self) -> int:
        """Calls that are not known to be done."""
        return self._next_call - self._fulfilled

    @property
    def kept(self) -> int:
        """Values of the client's own that may be needed again."""
        return len(self._sources)

    def source(self, value: int) -> Any:
        """What was put as this value."""
        return self._sources[value][2]

    # ---- what the client does --------------------------------------------------------------------

    def is_defined(self, digest: str) -> bool:
        """Whether a program is known to the session."""
        return digest in self._defined

    def define(self, program: m.Define) -> list[Instruction]:
        """Make a program known."""
        self._defined.add(program.digest)
        return self._tell(program)

    def undefine(self, digests: Iterable[str]) -> list[Instruction]:
        """These programs will not be called again."""
        gone = [d for d in digests if d in self._defined]
        self._defined.difference_update(gone)
        return [Tell(m.Undefine(some)) for some in parts(gone, MOST_DIGESTS)]

    def keep(self) -> list[Instruction]:
        """Values are to be at two workers."""
        return self._tell(m.Keep())

    def put(
        self, dtype: str, shape: tuple[int, ...], source: Any, worker: int = -1
    ) -> tuple[int, list[Instruction]]:
        """The number of a value of the client's own. `source` is kept until nobody can need it."""
        value = self._next_value
        self._next_value += 1
        self._sources[value] = dtype, shape, source
        return value, self._tell(m.Put(value, dtype, shape, worker))

    def call(
        self, digest: str, inputs: Sequence[int], results: int, where: str, worker: int = -1
    ) -> tuple[tuple[int, ...], list[Instruction]]:
        """The numbers of a program's results."""
        outputs = tuple(range(self._next_value, self._next_value + results))
        self._next_value += results
        number = self._next_call
        self._next_call += 1
        call = m.Call(number, digest, tuple(inputs), outputs, worker, where)
        return outputs, self._tell(call)

    def fetch(self, value: int) -> tuple[int, list[Instruction]]:
        """The number of a question whose answer will be in `answer`."""
        number = self._next_fetch
        self._next_fetch += 1
        if value in self._sources:
            self._answers[number] = self._sources[value][2]
            return number, []
        self._waiting[number] = value
        return number, self._tell(m.Fetch(number, value))

    def has_answer(self, number: int) -> bool:
        """Whether the answer to a fetch is there, or the session is over."""
        return number in self._answers or self.failure is not None

    def answer(self, number: int) -> Any:
        """The answer to a fetch, once: a value, or a Failure."""
        self._waiting.pop(number, None)
        if number in self._answers:
            return self._answers.pop(number)
        assert self.failure is not None
        return self.failure

    def give_up(self, number: int) -> None:
        """Nobody waits for this answer any more."""
        self._waiting.pop(number, None)
        self._answers.pop(number, None)

    def free(self, values: Iterable[int]) -> list[Instruction]:
        """The client will name these values no more."""
        return [Tell(m.Free(some)) for some in parts(tuple(values), MOST_VALUES)]

    def leave(self) -> list[Instruction]:
        """The session is over."""
        self.failure = self.failure or m.Failure("RemoteError", "the session was closed")
        self._sources.clear()
        return self._tell(m.Leave())

    # ---- what it hears ---------------------------------------------------------------------------

    def hear(self, message: Any) -> list[Instruction]:
        """The dispatcher says this."""
        if isinstance(message, m.Joined):
            self.number = message.session
            self.places = {p.worker: p for p in message.places}
        elif isinstance(message, m.Place):
            self.places[message.worker] = message
        elif isinstance(message, m.Fulfilled):
            self._fulfilled = max(self._fulfilled, message.count)
        elif isinstance(message, m.Resend):
            return self._resend(message)
        elif isinstance(message, m.Forget):
            gone = [self._sources.pop(v) for v in message.values if v in self._sources]
            return [Release(source) for _, _, source in gone]
        elif isinstance(message, m.Failed):
            self._answered(message.number, message.failure)
        elif isinstance(message, m.Refused):
            self.lose(message.failure)
        elif isinstance(message, m.Dismissed):
            self.lose(m.Failure("RemoteError", message.reason))
        return []

    def receive(self, message: m.Parcel | m.Undelivered, value: Any) -> list[Instruction]:
        """A parcel has come, with its value."""
        content = message.failure if isinstance(message, m.Undelivered) else value
        if not self._answered(message.number, content):
            return []
        return self._tell(m.Received(message.number))

    def lose(self, failure: m.Failure) -> None:
        """The dispatcher is gone, or wants no more of this session."""
        self.failure = self.failure or failure
        self._sources.clear()

    # ---- below -----------------------------------------------------------------------------------

    def _answered(self, number: int, content: Any) -> bool:
        if number in self._waiting and number not in self._answers:
            self._answers[number] = content
            return True
        return False

    def _resend(self, message: m.Resend) -> list[Instruction]:
        found = self._sources.get(message.value)
        if found is None or self.number is None:
            return []
        dtype, shape, source = found
        parcel = m.Parcel(self.number, message.value, message.delivery, dtype, shape)
        return [Mail(message.place.mailbox, parcel, source)]

    def _tell(self, message: Any) -> list[Instruction]:
        return [Tell(message)]
