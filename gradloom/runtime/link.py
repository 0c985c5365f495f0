"""A conversation of two: messages arrive in order, each once, whatever happens to packets.

Each end numbers what it says, keeps it until the other end has seen it, and says it again after a
while. A packet without messages is a heartbeat: it tells how much was seen.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, NamedTuple, TypeVar, final

T = TypeVar("T")


def drawn() -> int:
    """A number that is not 0 and that nobody else draws."""
    return secrets.randbits(62) + 1


@final
@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: between heartbeats, before something is said again, of silence until the other end
    counts as lost, and the same where it was never heard.
    """

    beat_s: float = 0.5
    again_s: float = 0.5
    silence_s: float = 3.0
    first_s: float = 60.0


PACE: Final = Pace()


class Stretch(NamedTuple, Generic[T]):
    """Messages in a row, numbered from `first` on. Every end of a conversation draws a number for
    itself: `sender` is this end's, `to` the other's, 0 as long as nothing was heard of it. `seen`
    is how many messages this end has heard. Sender 0 tells the end `to` that it was given up.
    """

    sender: int
    to: int
    first: int
    seen: int
    messages: tuple[T, ...]


_MOST_AHEAD: Final = 65_536
"""Messages kept that came before their turn; what is further ahead is dropped, to be said again."""
_BATCH: Final = 512
"""Messages in a packet that is sent."""


@final
class Restarted(Exception):
    """The other end has begun a new conversation."""


@final
class Stale(Exception):
    """This belongs to an earlier conversation."""


@final
class GivenUp(Exception):
    """The other end takes this one for lost, and hears it no more."""


def given_up(sender: int) -> Stretch[Any]:
    """What is said to an end that is heard no more, so that it begins anew."""
    return Stretch(0, sender, 0, 0, ())


@final
class Link(Generic[T]):
    """One end of a conversation. `own` is drawn at random, and is not 0."""

    __slots__ = (
        "_ahead", "_due", "_heard", "_last_sent", "_next", "_pace", "_said", "_seen", "_told",
        "other", "own",
    )  # fmt: skip

    def __init__(self, own: int, now: float, pace: Pace = PACE) -> None:
        self.own = own
        self._pace = pace
        self.other = 0
        self._next = 0  # the number of the next message to be said
        self._said: deque[T] = deque()  # not seen yet; the last has number _next - 1
        self._seen = 0  # messages heard, all in order
        self._told = 0  # of those, how many the other end knows to be heard
        self._ahead: dict[int, T] = {}
        self._heard = self._last_sent = now
        self._due = now

    @property
    def heard(self) -> float:
        """When the other end was last heard of."""
        return self._heard

    @property
    def unconfirmed(self) -> tuple[T, ...]:
        """What the other end is not known to have heard."""
        return tuple(self._said)

    def is_silent(self, now: float) -> bool:
        """Whether the other end counts as lost."""
        pace = self._pace
        return now - self._heard > (pace.silence_s if self.other else pace.first_s)

    def excuse(self, seconds: float) -> None:
        """So long this end itself has not listened: it is no silence of the other."""
        self._heard += seconds

    def say(self, messages: Sequence[T], now: float) -> list[Stretch[T]]:
        """The packets that carry `messages`."""
        if not self._said:
            self._due = now + self._pace.again_s
        first = self._next
        self._said.extend(messages)
        self._next += len(messages)
        return self._packets(first, messages, now)

    def hear(self, packet: Stretch[T], now: float) -> list[T]:
        """The messages that are new with this packet; raises Stale, GivenUp or Restarted where it
        does not belong to this conversation.
        """
        if packet.to not in (0, self.own):
            raise Stale
        if packet.sender != self.other or not self.other:
            self._begin(packet)
        self._heard = now
        confirmed = packet.seen - (self._next - len(self._said))
        if 0 < confirmed <= len(self._said):
            for _ in range(confirmed):
                self._said.popleft()
            self._due = now + self._pace.again_s
        if packet.first == self._seen and not self._ahead:  # as nearly always
            self._seen += len(packet.messages)
            return list(packet.messages)
        return self._in_order(packet)

    def tick(self, now: float) -> list[Stretch[T]]:
        """What is to be sent because time has passed."""
        if self._said and now >= self._due:
            self._due = now + self._pace.again_s
            return self._packets(self._next - len(self._said), tuple(self._said), now)
        unconfirmed = self._seen - self._told
        rest = now - self._last_sent
        if rest >= self._pace.beat_s or (unconfirmed and rest >= self._pace.beat_s / 10):
            return self._packets(self._next, (), now)
        return []

    def _begin(self, packet: Stretch[T]) -> None:
        if not packet.sender:
            raise GivenUp if packet.to else Stale
        if self.other:  # another end begins; it cannot know this one yet
            raise Stale if packet.to else Restarted
        self.other = packet.sender

    def _in_order(self, packet: Stretch[T]) -> list[T]:
        if packet.messages and packet.first + len(packet.messages) <= self._seen:
            self._told = min(self._told, self._seen - 1)  # it was not told, or that was lost
        for number, message in enumerate(packet.messages, packet.first):
            if self._seen <= number < self._seen + _MOST_AHEAD:
                self._ahead[number] = message
        new = []
        while self._seen in self._ahead:
            new.append(self._ahead.pop(self._seen))
            self._seen += 1
        return new

    def _packets(self, first: int, messages: Sequence[T], now: float) -> list[Stretch[T]]:
        self._last_sent, self._told = now, self._seen
        starts = range(0, len(messages), _BATCH) if messages else (0,)
        return [
            Stretch(self.own, self.other, first + i, self._seen, tuple(messages[i : i + _BATCH]))
            for i in starts
        ]
