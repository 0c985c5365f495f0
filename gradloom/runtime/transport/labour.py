"""A worker as a process."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, final

from gradloom.backends.backend import Backend
from gradloom.runtime import messages as m
from gradloom.runtime import worker as w
from gradloom.runtime.engine import Engine
from gradloom.runtime.transport.host import mailbox_for, this_host
from gradloom.runtime.transport.parcels import Post
from gradloom.runtime.transport.station import HUB, Station

_WAIT_S: Final = 0.1


@final
class Labourer:
    """A worker at a dispatcher's address, until that lets it go or is gone."""

    def __init__(self, address: str, name: str, backend: Backend, device: str | None) -> None:
        _ = backend.module  # a framework takes seconds to load, during which nothing is heard
        self.machine = w.Worker()
        self.engine = Engine(backend, device)
        self.reason = ""
        """Why the worker is to stop."""
        self._name, self._device = name, device or "cpu"
        self._due: deque[w.Compute] = deque()
        self._post = Post(self._received)
        self._station = Station(address, mailbox_for(address), False, self._heard, self._post.heard)
        self._post.attach(self._station)
        self._station.on_lost = self._lost
        self._station.control.renewed = self._renewed
        self._enlist()
        self._station.keep()

    def run(self, until: Callable[[], bool]) -> str:
        """Work until something is so; else the reason why it ended."""
        while not self.reason and not until():
            with self._station.lock:
                self._station.pump(0.0 if self._due else _WAIT_S)
                run = self._due.popleft() if self._due else None
            if run is not None:
                outcome = self.engine.run(run.run, run.values)
                with self._station.lock:
                    self._do(self.machine.finished(run.run, outcome))
                    if not self._due:
                        self._station.flush()
        return self.reason

    def close(self) -> None:
        """Let go of sockets and memory."""
        self._station.close()
        self._post.close()

    def _enlist(self) -> None:
        enlist = m.Enlist(
            self._name, os.getpid(), this_host(), self._station.mailbox,
            self.engine.backend.name, self._device,
        )  # fmt: skip
        self._station.say(HUB, enlist)

    def _heard(self, peer: Any, message: Any) -> None:
        self._do(self.machine.hear(message))
        if isinstance(message, m.Enlisted):
            self.engine.name = message.name

    def _received(self, message: Any, array: Any) -> None:
        value = None if array is None else self.engine.accept(array, message.dtype)
        self._do(self.machine.receive(message, value))

    def _lost(self, peer: Any) -> None:
        self.reason = self.reason or "the dispatcher is gone"

    def _renewed(self, peer: Any) -> None:
        self._do(self.machine.reset())
        self._enlist()

    def _do(self, instructions: Sequence[w.Instruction]) -> None:
        for x in instructions:
            if isinstance(x, w.Tell):
                self._station.say(HUB, x.message)
            elif isinstance(x, w.Mail):
                self._mail(x)
            elif isinstance(x, w.Learn):
                self.engine.learn(x.program)
            elif isinstance(x, w.Compute):
                self._due.append(x)
            elif isinstance(x, w.Stop):
                self.reason = self.reason or x.reason

    def _mail(self, x: w.Mail) -> None:
        if isinstance(x.message, m.Undelivered):
            self._post.tell(x.mailbox, x.message)
            return
        kept = self._post.hold(self.engine.give(x.value))
        self._post.send(x.mailbox, x.message, kept)
        self._post.leave(kept)
