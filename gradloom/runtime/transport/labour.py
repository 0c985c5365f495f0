"""A worker as a process."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, final

from gradloom.backends.backend import Backend
from gradloom.runtime import messages as m
from gradloom.runtime import worker as w
from gradloom.runtime.engine import Engine
from gradloom.runtime.events import Event
from gradloom.runtime.logs import echo
from gradloom.runtime.notes import Notes
from gradloom.runtime.settings import DEBUG_COMPILE, DEBUG_WORKER
from gradloom.runtime.tally import Tally
from gradloom.runtime.transport.host import mailbox_for, resident_bytes, this_clock
from gradloom.runtime.transport.keys import Keys
from gradloom.runtime.transport.parcels import Post
from gradloom.runtime.transport.station import HUB, Station
from gradloom.runtime.watch import Observe, Survey

_WAIT_S: Final = 0.1


@final
class Labourer:
    """A worker at a dispatcher's address, until that lets it go or is gone. `reconnect_s` is how
    long it then waits for another at the same address.
    """

    def __init__(
        self,
        address: str,
        name: str,
        backend: Backend,
        device: str | None,
        keys: Keys | None,
        reconnect_s: float = 0.0,
    ) -> None:
        _ = backend.module  # a framework takes seconds to load, during which nothing is heard
        self.machine = w.Worker()
        self.engine = Engine(backend, device)
        self.reason = ""
        """Why the worker is to stop."""
        self._notes = Notes("worker", name, this_clock(), _echo())
        self._tally = Tally(self.engine, self._notes)
        self._name, self._device = name, device or "cpu"
        self._reconnect_s = reconnect_s
        self._alone_until: float | None = None
        self._due: deque[w.Compute] = deque()
        self._post = Post(self._received)
        self._station = Station(
            address, mailbox_for(address), False, self._heard, self._post.heard, keys
        )
        self._post.attach(self._station)
        self._station.on_lost = self._lost
        self._station.control.renewed = self._renewed
        self._station.on_tick = self._tell
        self._enlist()
        self._station.keep()

    def run(self, until: Callable[[], bool]) -> str:
        """Work until something is so; else the reason why it ended."""
        while not self.reason and not until():
            with self._station.lock:
                self._station.pump(0.0 if self._due else _WAIT_S)
                run = self._due.popleft() if self._due else None
            if run is not None:
                self._tally.began(run.run, time.monotonic())
                outcome = self.engine.run(run.run, run.values)
                end = time.monotonic()
                with self._station.lock:
                    self._tally.ended(run.run, outcome, end)
                    self._do(self.machine.finished(run.run, outcome.results))
                    if not self._due:
                        self._station.flush()
        return self.reason

    def close(self) -> None:
        """Let go of sockets and memory."""
        with self._station.lock:
            self._tell(time.monotonic(), is_last=True)
        self._station.close()
        self._post.close()

    def _enlist(self) -> None:
        enlist = m.Enlist(
            self._name, os.getpid(), self._station.mailbox,
            self.engine.backend.name, self._device,
        )  # fmt: skip
        self._station.say(HUB, enlist)

    def _heard(self, peer: Any, message: Any) -> None:
        kind = type(message)
        if kind is m.Run:
            self._tally.asked(message, time.monotonic())
        elif kind is Observe or kind is Survey:
            self._watched(message)
            return
        self._do(self.machine.hear(message))
        if isinstance(message, m.Enlisted):
            self._alone_until = None
            self.engine.name = self._notes.who = message.name
        elif isinstance(message, m.End):
            self._tally.forget(message.session)

    def _received(self, message: Any, array: Any) -> None:
        start, value = time.monotonic(), None
        if array is not None:
            try:
                value = self.engine.accept(array, message.dtype)
                self._tally.received(message, self._station.mailbox, start, time.monotonic())
            except Exception as e:
                failure = self.engine.failure(e, "")
                message = m.Undelivered(message.session, message.value, message.number, failure)
        self._do(self.machine.receive(message, value))

    def _watched(self, message: Observe | Survey) -> None:
        """Somebody wants to know what happens, or how this worker does."""
        now = time.monotonic()
        if isinstance(message, Observe):
            if not message.lease_s:
                self._tell(now, is_last=True)
            self._notes.observe(message, now)
            return
        self._tally.measure(self.machine.contents(), time.monotonic)
        told = self._tally.standing(
            now, number=message.number, pid=os.getpid(), device=self._device,
            queued=self.machine.queued, values=self.machine.values, rss=resident_bytes(),
            cpu_s=time.process_time(),
        )  # fmt: skip
        self._station.say(HUB, told)

    def _tell(self, now: float, is_last: bool = False) -> None:
        if self._alone_until is not None and now > self._alone_until:
            self.reason = f"the dispatcher is gone; none came within {self._reconnect_s:g} s"
        self._tally.tidy()
        for noted in self._notes.due(now, is_last):
            self._station.say(HUB, noted)

    def _lost(self, peer: Any) -> None:
        if not self._reconnect_s:
            self.reason = self.reason or "the dispatcher is gone"
            return
        if self._alone_until is None:
            self._alone_until = self._station.now + self._reconnect_s
        self._renewed(peer)

    def _renewed(self, peer: Any) -> None:
        """Begin anew: the dispatcher took this worker for lost, or is another."""
        self._due.clear()
        self._do(self.machine.reset())
        self._enlist()

    def _do(self, instructions: Sequence[w.Instruction]) -> None:
        for x in instructions:
            if isinstance(x, w.Tell):
                is_late = isinstance(x.message, m.Done) and not self.machine.queued
                self._station.say(HUB, x.message, soon=not is_late)
            elif isinstance(x, w.Mail):
                self._mail(x)
            elif isinstance(x, w.Learn):
                self.engine.learn(x.program)
            elif isinstance(x, w.Unlearn):
                self.engine.unlearn(x.digests)
                self._tally.unlearn(x.digests)
            elif isinstance(x, w.Part):
                self._station.part(x.mailbox)
            elif isinstance(x, w.Compute):
                self._due.append(x)
            elif isinstance(x, w.Stop):
                self.reason = self.reason or x.reason

    def _mail(self, x: w.Mail) -> None:
        if isinstance(x.message, m.Undelivered):
            self._post.tell(x.mailbox, x.message)
            return
        start = time.monotonic()
        try:
            kept = self._post.hold(self.engine.give(x.value))
        except Exception as e:
            failure = self.engine.failure(e, "")
            parcel = x.message
            told = m.Undelivered(parcel.session, parcel.value, parcel.number, failure)
            self._post.tell(x.mailbox, told)
            return
        self._post.send(x.mailbox, x.message, kept)
        self._post.leave(kept)
        self._tally.sent(x.message, x.mailbox, start, time.monotonic())


def _echo() -> Callable[[Event], None] | None:
    """What writes events on stderr, where the environment says so."""
    if DEBUG_WORKER.get():
        return echo("WORKER", time.monotonic())
    return echo("COMPILE", time.monotonic(), ("build",)) if DEBUG_COMPILE.get() else None
