"""One who watches a cluster from outside: it asks how all do, and is shown what happens."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final, final

from gradloom.ir.errors import RemoteError
from gradloom.runtime.transport.host import endpoint
from gradloom.runtime.transport.keys import Keys
from gradloom.runtime.transport.station import HUB, Station
from gradloom.runtime.watch import Shown, Survey, Surveyed, Watch

ROOM: Final = 64
"""Batches that may be on their way."""
_LEASE_S: Final = 5.0
_RENEW_S: Final = 1.0


@final
class Spectator:
    """See the module's text. `shown` is called with every batch; `room` are those that may be on
    their way.
    """

    def __init__(
        self,
        address: str,
        keys: Keys | None = None,
        shown: Callable[[Shown], None] = lambda batch: None,
        room: int = ROOM,
    ) -> None:
        self._address = address
        self._shown = shown
        self._most = room
        self._station = Station(
            endpoint(address, keys is not None), None, False, self._heard, _nothing, keys
        )
        self._station.on_lost = self._lost
        self._station.control.renewed = self._lost
        self._is_lost = False
        self._surveyed: Surveyed | None = None
        self._asked = 0
        self._seen = self._room = 0
        self._renewed = 0.0
        self._station.keep()

    def survey(self, timeout_s: float = 10.0) -> Surveyed:
        """How all do; RemoteError where no dispatcher says so in time."""
        self._asked += 1
        number, end = self._asked, time.monotonic() + timeout_s
        with self._station.lock:
            self._station.say(HUB, Survey(number))
        while self._surveyed is None or self._surveyed.number != number:
            if time.monotonic() > end:
                raise RemoteError(
                    f"no dispatcher answered at {self._address} within {timeout_s:g} s",
                    hint="start one with `gradloom serve`, or see whether the address is right",
                )
            self.pump(0.1)
        return self._surveyed

    def watch(self, before: bool = False) -> None:
        """Be shown what happens from now on; `before`: also what is still known of what was."""
        self._renewed, self._room = time.monotonic(), self._seen + self._most
        with self._station.lock:
            self._station.say(HUB, Watch(_LEASE_S, self._room, before))
            self._station.flush()

    def rest(self) -> None:
        """Be shown nothing more."""
        self._renewed = 0.0
        with self._station.lock:
            self._station.say(HUB, Watch(0.0, 0))
            self._station.flush()

    def pump(self, seconds: float) -> None:
        """Hear for so long, or until something comes; RemoteError where the dispatcher is gone."""
        with self._station.lock:
            self._station.pump(seconds)
        if self._is_lost:
            raise RemoteError(f"the dispatcher at {self._address} is gone")
        if self._renewed and (
            time.monotonic() - self._renewed > _RENEW_S or self._room - self._seen < self._most // 2
        ):
            self.watch()

    def close(self) -> None:
        """Go away."""
        if not self._is_lost and self._renewed:
            self.rest()
        self._station.close()

    def _heard(self, peer: Any, message: Any) -> None:
        if isinstance(message, Shown):
            self._seen += 1
            self._shown(message)
        elif isinstance(message, Surveyed):
            self._surveyed = message

    def _lost(self, peer: Any) -> None:
        self._is_lost = True


def _nothing(peer: Any, message: Any) -> None:
    """No mail comes to one who only watches."""
