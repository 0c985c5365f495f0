"""All conversations of one process: what to send, what was heard, who fell silent."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Final, Generic, NamedTuple, TypeVar, final

from gradloom.runtime.link import (
    PACE,
    GivenUp,
    Link,
    Pace,
    Restarted,
    Stale,
    Stretch,
    given_up,
)  # fmt: skip

T = TypeVar("T")
Peer = Hashable
_MOST_OVER: Final = 10_000


class Passed(NamedTuple, Generic[T]):
    """What time has brought: stretches to send, and peers of which nothing is heard any more."""

    send: list[tuple[Peer, Stretch[T]]]
    lost: list[Peer]


@final
class Conversations(Generic[T]):
    """The conversations with peers by their names. `draw` gives a random number below 2**63 that is
    not 0.

    Where a peer begins a conversation anew, `again` is whether what it had not confirmed is said
    once more (parcels are), or not: it has forgotten everything.
    """

    def __init__(self, draw: Callable[[], int], pace: Pace = PACE, again: bool = False) -> None:
        self._draw = draw
        self._pace = pace
        self._again = again
        self._links: dict[Peer, Link[T]] = {}
        self._over: dict[tuple[Peer, int], None] = {}  # ends that began anew since, oldest first

    def __contains__(self, peer: Peer) -> bool:
        return peer in self._links

    def say(self, peer: Peer, messages: Sequence[T], now: float) -> list[Stretch[T]]:
        """The stretches to send to a peer."""
        return self._link(peer, now).say(messages, now)

    def hear(
        self, peer: Peer, stretch: Stretch[T], now: float
    ) -> tuple[list[T], list[Stretch[T]], bool]:
        """What a peer newly says, what to send to it, and whether it is not the one that it was."""
        if (peer, stretch.sender) in self._over:
            return [], [given_up(stretch.sender)], False
        link = self._link(peer, now)
        try:
            return link.hear(stretch, now), [], False
        except Stale:  # so that it learns of the conversation that there is
            return [], link.say((), now), False
        except (Restarted, GivenUp) as e:
            self.forget(peer)
            fresh = self._link(peer, now)
            told = fresh.hear(stretch, now) if isinstance(e, Restarted) else []
            return told, fresh.say(link.unconfirmed if self._again else (), now), True

    def tick(self, now: float) -> Passed[T]:
        """What is to be sent, and who is lost, because time has passed."""
        lost = [peer for peer, link in self._links.items() if link.is_silent(now)]
        for peer in lost:
            self.forget(peer)
        due = [(peer, x) for peer, link in self._links.items() for x in link.tick(now)]
        return Passed(due, lost)

    def excuse(self, seconds: float) -> None:
        """So long this process itself has not listened."""
        for link in self._links.values():
            link.excuse(seconds)

    def forget(self, peer: Peer) -> None:
        """The conversation with a peer is over."""
        link = self._links.pop(peer, None)
        if link is not None and link.other:
            self._over[peer, link.other] = None
            if len(self._over) > _MOST_OVER:
                del self._over[next(iter(self._over))]

    def _link(self, peer: Peer, now: float) -> Link[T]:
        link = self._links.get(peer)
        if link is None:
            link = self._links[peer] = Link(self._draw(), now, self._pace)
        return link
