"""A session in this process: an engine does what a cluster would, without sockets or threads."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import Any, final

from gradloom import backends
from gradloom.ir.types import dtype_of
from gradloom.runtime import messages as m
from gradloom.runtime.client import Array, Client, Kept
from gradloom.runtime.engine import Engine, Held
from gradloom.runtime.notes import Notes
from gradloom.runtime.session import Instruction, Session, Tell
from gradloom.runtime.tally import Tally
from gradloom.runtime.transport.host import resident_bytes
from gradloom.runtime.watch import Surveyed

_PLACE = "this process"


@final
class LocalWire:
    """Does at once what a session says, and answers it."""

    def __init__(self, session: Session, engine: Engine, device: str) -> None:
        self._session = session
        self._engine = engine
        self._tally = Tally(engine, Notes("worker", _PLACE, ""))
        self._device = device
        self._values: dict[int, Held | m.Failure] = {}
        self._done = 0

    def perform(self, instructions: Sequence[Instruction]) -> None:
        """Do what is said."""
        for instruction in instructions:
            if isinstance(instruction, Tell):
                self._do(instruction.message)

    def wait(self, until: Callable[[], bool], timeout_s: float) -> bool:
        """Whether it is so: nothing here happens later."""
        return until()

    def hold(self, array: Array) -> Kept:
        """A copy, which the engine computes with."""
        return Kept(array.copy())

    def survey(self, timeout_s: float) -> Surveyed:
        """How this process does, as the worker that it is."""
        now = time.monotonic()
        self._tally.measure(self._values.values(), time.monotonic)
        told = self._tally.standing(
            now, number=0, pid=os.getpid(), device=self._device, values=len(self._values),
            rss=resident_bytes(), cpu_s=time.process_time(),
        )  # fmt: skip
        return Surveyed(0, now, time.time() - now, (told,), (), ())

    def close(self) -> None:
        """Let go of every value."""
        self._values.clear()

    # ---- below -----------------------------------------------------------------------------------

    def _do(self, message: Any) -> None:
        if isinstance(message, m.Define):
            self._engine.learn(m.Prepare(message.digest, message.text, message.constants))
        elif isinstance(message, m.Undefine):
            self._engine.unlearn(message.digests)
        elif isinstance(message, m.Put):
            self._put(message)
        elif isinstance(message, m.Call):
            self._call(message)
        elif isinstance(message, m.Fetch):
            self._fetch(message)
        elif isinstance(message, m.Free):
            for value in message.values:
                self._values.pop(value, None)
        elif isinstance(message, m.Leave):
            self._values.clear()

    def _put(self, message: m.Put) -> None:
        array = self._session.source(message.value).array
        self._values[message.value] = self._engine.accept(array, message.dtype)
        self.perform(self._session.hear(m.Forget((message.value,))))

    def _call(self, message: m.Call) -> None:
        run = m.Run(
            0, message.number, message.digest, message.inputs, message.outputs, message.where
        )
        self._tally.began(run, time.monotonic())
        outcome = self._engine.run(run, [self._values[n] for n in message.inputs])
        self._tally.ended(run, outcome, time.monotonic())
        self._values.update(zip(message.outputs, outcome.results, strict=True))
        self._done += 1
        self._session.hear(m.Fulfilled(self._done))

    def _fetch(self, message: m.Fetch) -> None:
        value = self._values[message.value]
        if isinstance(value, m.Failure):
            self._session.hear(m.Failed(message.number, value))
            return
        array = self._engine.give(value).astype(dtype_of(value.dtype), copy=True)
        parcel = m.Parcel(0, message.value, message.number, value.dtype, value.shape)
        self._session.receive(parcel, array)


def local(backend: str = "numpy", device: str | None = None, workers: int = 1) -> Client:
    """A session whose programs run in this process, which stands for so many workers.

    >>> import numpy as np
    >>> session = local()
    >>> session.fetch(session.put(np.arange(3)))
    array([0, 1, 2])
    """
    engine = Engine(backends.get(backend), device)
    engine.name = _PLACE
    session = Session()
    names = [_PLACE, *(f"{_PLACE}, {i}" for i in range(1, workers))]
    places = [m.Place(i, n, m.Mailbox(""), backend, device or "cpu") for i, n in enumerate(names)]
    session.hear(m.Joined(0, tuple(places)))
    return Client(LocalWire(session, engine, device or "cpu"), session)
