"""What one process tells of itself to those who watch: while they do, and as fast as they read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, final

from gradloom.runtime.events import MOST_TOGETHER, Event, Ring, Role
from gradloom.runtime.watch import Noted, Observe

_AT_ONCE: Final = 4
"""Batches that are told at one time."""
EVERY_S: Final = 0.2
"""How long events wait for others, to be told together."""


@final
class Notes:
    """A process's ring, and who is to hear of it. `clock` names the clock of its times; `echo` is
    called with every event.
    """

    def __init__(
        self, role: Role, who: str, clock: str, echo: Callable[[Event], None] | None = None
    ) -> None:
        self.role: Final = role
        self.who = who
        self.ring: Final = Ring()
        self.is_watched = False
        self.is_wanted = echo is not None
        """Whether anybody is to hear of events at all."""
        self.note: Final = self.ring.note if echo is None else self._noted_aloud
        """Keep an event: the fields of an `Event` in their order."""
        self._echo_to = echo
        self._clock = clock
        self._until = 0.0
        self._room = self._told = 0
        self._position = 0
        self._told_at = 0.0
        self._echo = self._heard = 0.0

    def observe(self, message: Observe, now: float) -> None:
        """Somebody watches, or nobody does any more."""
        if message.lease_s and not self.is_watched:
            self._told = 0
            self._position = 0 if message.before else self.ring.count
        self._set_watched(message.lease_s > 0)
        self._until = now + message.lease_s
        self._room = message.batches
        self._echo, self._heard = message.at, now

    def due(self, now: float, is_last: bool = False) -> list[Noted]:
        """What is to be told now: what is much, or has waited; all, where it is the last time."""
        if not self.is_watched:
            return []
        if now > self._until:
            self._set_watched(False)
            return []
        is_much = self.ring.count - self._position >= MOST_TOGETHER
        if not (is_last or is_much or now - self._told_at >= EVERY_S):
            return []
        self._told_at = now
        told = []
        while self._position < self.ring.count and self._told < self._room:
            taken = self.ring.take(self._position)
            self._position = taken.position
            self._told += 1
            told.append(
                Noted(
                    taken.noted, taken.lost, taken.batch, self._clock, self._echo, self._heard, now
                )
            )
            if len(told) == _AT_ONCE:
                break
        return told

    def _noted_aloud(self, event: tuple[Any, ...]) -> None:
        self.ring.note(event)
        if self._echo_to is not None:
            self._echo_to(Event(*event))

    def _set_watched(self, is_watched: bool) -> None:
        self.is_watched = is_watched
        self.is_wanted = is_watched or self._echo_to is not None
