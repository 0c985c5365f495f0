"""A client's connection to a dispatcher."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, final

from gradloom.ir.errors import RemoteError
from gradloom.runtime import messages as m
from gradloom.runtime import session as s
from gradloom.runtime.client import Client
from gradloom.runtime.transport.diary import Diary
from gradloom.runtime.transport.host import endpoint, mailbox_for
from gradloom.runtime.transport.keys import Keys
from gradloom.runtime.transport.parcels import Post
from gradloom.runtime.transport.station import HUB, Station
from gradloom.runtime.watch import Survey, Surveyed

_TOGETHER: Final = 64
"""Messages that go in one packet."""
_CLOSE_S: Final = 0.0005


@final
class Attached:
    """A session's wire: sockets of this process, which one thread at a time uses."""

    def __init__(self, address: str, name: str, keys: Keys | None) -> None:
        self.session = s.Session()
        self._diary = Diary(name)
        self._said, self._address = 0.0, address
        self._post = Post(self._received, is_own=True)
        self._station = Station(
            address, mailbox_for(address), False, self._heard, self._post.heard, keys
        )
        self._post.attach(self._station)
        self._station.on_lost = self._lost
        self._station.on_tick = self._tell
        self._station.control.renewed = self._lost
        self._station.say(HUB, m.Join(name, os.getpid(), self._station.mailbox))
        self._station.keep()

    def perform(self, instructions: Sequence[s.Instruction]) -> None:
        """Say and send; what follows closely on something else is said together."""
        with self._station.lock:
            self._do(instructions)
            now = self._station.now
            if self._station.unsaid >= _TOGETHER or now - self._said > _CLOSE_S:
                self._said = now
                self._station.flush()

    def wait(self, until: Callable[[], bool], timeout_s: float) -> bool:
        """Hear until something is so."""
        end = time.monotonic() + timeout_s
        with self._station.lock:
            while not until():
                left = end - time.monotonic()
                if left <= 0:
                    return False
                self._station.pump(left)
        return True

    def hold(self, array: Any) -> Any:
        """The array as it is kept until nobody can need it."""
        return self._post.hold(array)

    def close(self) -> None:
        """Let go of sockets and memory."""
        self._station.close()
        self._post.close()

    def survey(self, timeout_s: float) -> Surveyed | None:
        """How the workers do, None where nobody says so in time."""
        number = self._diary.asks()
        with self._station.lock:
            self._station.say(HUB, Survey(number))
        self.wait(lambda: self._diary.has_answer(number), timeout_s)
        return self._diary.surveyed if self._diary.has_answer(number) else None

    def _tell(self, now: float, is_last: bool = False) -> None:
        for noted in self._diary.notes.due(now, is_last):
            self._station.say(HUB, noted)

    def _heard(self, peer: Any, message: Any) -> None:
        if self._diary.takes(message, self._station.now):
            return
        self._do(self.session.hear(message))

    def _received(self, message: Any, array: Any) -> None:
        if self._diary.notes.is_wanted:
            self._diary.received(message, self._station.mailbox, self._station.now)
        self._do(self.session.receive(message, array))

    def _lost(self, peer: Any) -> None:
        told = f"the dispatcher is gone; connect again for a new session ({self._address})"
        self.session.lose(m.Failure("RemoteError", told))

    def _do(self, instructions: Sequence[s.Instruction]) -> None:
        is_wanted = self._diary.notes.is_wanted
        for x in instructions:
            if isinstance(x, s.Tell):
                if isinstance(x.message, m.Leave):
                    self._tell(
                        self._station.now, is_last=True
                    )  # later there is nobody to tell of it
                self._station.say(HUB, x.message, soon=not isinstance(x.message, m.Received))
                if is_wanted:
                    self._diary.told(x.message, self._station.now)
            elif isinstance(x, s.Mail):
                start = self._station.now
                self._post.send(x.mailbox, x.message, x.value)
                if is_wanted:
                    self._diary.sent(x.message, x.mailbox, start, self._station.now)
            else:
                self._post.leave(x.source)


def connect(
    address: str,
    name: str = "",
    timeout_s: float = 10.0,
    check: Callable[[], None] = lambda: None,
    keys: Keys | None = None,
) -> Client:
    """A session at the dispatcher of an address; RemoteError where none answers in time. `check` is
    called now and then meanwhile.
    """
    attached = Attached(endpoint(address, keys is not None), name, keys)
    session = attached.session
    end = time.monotonic() + timeout_s
    try:
        while not attached.wait(lambda: session.number is not None or bool(session.failure), 0.2):
            check()
            if time.monotonic() > end:
                raise RemoteError(
                    f"no dispatcher answered at {address} within {timeout_s:g} s",
                    hint="start one with `gradloom serve`, or see whether the address is right",
                )
    except BaseException:
        attached.close()
        raise
    return Client(attached, session)
