"""What a client's process records of itself while somebody watches."""

from __future__ import annotations

import time
from typing import Any, Final, final

from gradloom.runtime import messages as m
from gradloom.runtime.gallery import client_name
from gradloom.runtime.logs import echo
from gradloom.runtime.notes import Notes
from gradloom.runtime.settings import DEBUG_CLIENT
from gradloom.runtime.tally import bytes_of, moved
from gradloom.runtime.transport.host import this_clock
from gradloom.runtime.watch import Observe, Surveyed

_MOST_FETCHES: Final = 4_096


@final
class Diary:
    """See the module's text."""

    def __init__(self, name: str) -> None:
        told = echo("CLIENT", time.monotonic()) if DEBUG_CLIENT.get() else None
        self.notes: Final = Notes("client", name or "client", this_clock(), told)
        self.surveyed: Surveyed | None = None
        self._name = name
        self._session = -1
        self._asked = 0
        self._fetches: dict[int, tuple[int, float]] = {}  # number -> value, when

    def takes(self, message: Any, now: float) -> bool:
        """Whether a message is about watching; then it was dealt with."""
        if isinstance(message, Observe):
            self.notes.observe(message, now)
        elif isinstance(message, Surveyed):
            self.surveyed = message
        else:
            if isinstance(message, m.Joined):
                self._session = message.session
                self.notes.who = client_name(self._name, message.session)
            return False
        return True

    def asks(self) -> int:
        """The number of a new survey."""
        self._asked += 1
        return self._asked

    def has_answer(self, number: int) -> bool:
        """Whether the answer to this survey has come."""
        return self.surveyed is not None and self.surveyed.number == number

    def told(self, message: Any, now: float) -> None:
        """The client says this to the dispatcher."""
        if isinstance(message, m.Call):
            self._note("call", now, message.number, -1, message.digest[:16])
        elif isinstance(message, m.Put):
            self._note("put", now, -1, message.value, "", bytes_of(message))
        elif isinstance(message, m.Fetch) and len(self._fetches) < _MOST_FETCHES:
            self._fetches[message.number] = message.value, now

    def sent(self, parcel: m.Parcel, to: m.Mailbox, start: float, end: float) -> None:
        """A value has left."""
        size = bytes_of(parcel)
        self.notes.note(moved("send", self.notes, parcel, size, to.endpoint, start, end))

    def received(self, message: m.Parcel | m.Undelivered, at: m.Mailbox, now: float) -> None:
        """The answer to a fetch has come."""
        size = 0
        if isinstance(message, m.Parcel):
            size = bytes_of(message)
            self.notes.note(moved("receive", self.notes, message, size, at.endpoint, now, now))
        if message.number in self._fetches:
            value, asked = self._fetches.pop(message.number)
            self._note("fetch", asked, message.number, value, "", size, now)

    def _note(
        self, kind: str, start: float, number: int, value: int, program: str, size: int = 0,
        end: float = 0.0,
    ) -> None:  # fmt: skip
        self.notes.note(
            (
                kind, "client", self.notes.who, start, end or start, 0.0, self._session, number,
                value, "", program, (), size,
            )
        )  # fmt: skip
