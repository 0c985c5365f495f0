"""The dispatcher as a process."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, final

from gradloom.runtime import messages as m
from gradloom.runtime.data.shared import sweep
from gradloom.runtime.dispatcher import Dispatcher
from gradloom.runtime.floor import Instruction, Limits, Say
from gradloom.runtime.transport.host import this_host
from gradloom.runtime.transport.keys import Keys
from gradloom.runtime.transport.station import Station
from gradloom.runtime.transport.tower import Tower

_WAIT_S: Final = 0.1


@final
class Server:
    """A dispatcher bound to an address, until it is told to stop.

    The ends of processes of the same host are noticed at once, of others by their silence.
    """

    def __init__(
        self, address: str, limits: Limits = Limits(), keys: Keys | None = None, log: str = ""
    ) -> None:
        self.dispatcher = Dispatcher(limits)
        self._tower = Tower(self.dispatcher, lambda to, x: self._station.say(to, x), log)
        self._pids: dict[Any, tuple[int, int]] = {}  # peer -> process, descriptor
        self._station = Station(address, None, True, self._heard, lambda peer, message: None, keys)
        self._station.on_lost = self._lost
        self._station.on_tick = self._tick
        self._station.control.renewed = self._lost
        sweep()

    @property
    def address(self) -> str:
        """Where it is bound."""
        return self._station.address

    def run(self, until: Callable[[], bool]) -> None:
        """Serve until something is so."""
        while not until():
            self._station.pump(_WAIT_S)

    def close(self) -> None:
        """Stop serving."""
        end = time.monotonic() + self._tower.ask_for_the_last()
        while time.monotonic() < end and not self._tower.is_alone:
            self._station.pump(0.05)
        self._tower.close()
        for peer in list(self._pids):
            self._unwatch(peer)
        self._station.close()

    def _heard(self, peer: Any, message: Any) -> None:
        start = self._station.now
        if self._tower.takes(peer, message, start):
            return
        if isinstance(message, m.Enlist | m.Join):
            self._watch(peer, message)
        said = self.dispatcher.hear(peer, message, start)
        self._do(said)
        self._tower.handled(peer, message, said, start)

    def _lost(self, peer: Any) -> None:
        pid = self._unwatch(peer)
        if pid is not None:
            sweep(pid)
        self._do(self.dispatcher.lose(peer, self._station.now))
        self._tower.lost(peer, self._station.now)

    def _tick(self, now: float) -> None:
        self._do(self.dispatcher.tick(now))
        self._tower.tick(now)

    def _do(self, instructions: Sequence[Instruction]) -> None:
        for x in instructions:
            if isinstance(x, Say):
                self._station.say(x.to, x.message)
            else:
                self._unwatch(x.peer)

    # ---- processes of this host ------------------------------------------------------------------

    def _watch(self, peer: Any, message: m.Enlist | m.Join) -> None:
        if (
            message.mailbox.host != this_host()
            or peer in self._pids
            or not hasattr(os, "pidfd_open")
        ):
            return
        try:
            descriptor = os.pidfd_open(message.pid)
        except (OSError, OverflowError):
            return  # its silence will tell
        self._pids[peer] = message.pid, descriptor
        self._station.watch(descriptor, lambda: self._ended(peer))

    def _ended(self, peer: Any) -> None:
        self._station.forget(peer)
        self._lost(peer)

    def _unwatch(self, peer: Any) -> int | None:
        pid, descriptor = self._pids.pop(peer, (None, -1))
        if pid is not None:
            self._station.unwatch(descriptor)
            os.close(descriptor)
        return pid
