"""The conversations of one socket, or of one socket per peer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Final, final

from gradloom.ir.errors import FileError
from gradloom.runtime.conversations import Conversations
from gradloom.runtime.link import Pace, Stretch, drawn
from gradloom.runtime.transport import codec

_MOST_PEERS: Final = 10_000


@final
class Channel:
    """The conversations on one socket that is bound, or on one socket per peer that is called on.

    `heard(peer, message)` is called with every message.
    """

    def __init__(self, pace: Pace, again: bool, heard: Callable[[Any, Any], None]) -> None:
        self.talk: Conversations[Any] = Conversations(drawn, pace, again)
        self.renewed: Callable[[Any], None] = lambda peer: None
        self.peers: dict[int, Any] = {}
        """Who says what a sender of stretches says, of those that have said something by ZMQ."""
        self._heard = heard
        self.bad = 0
        """Packets that were none."""

    def take(
        self, peer: Any, frames: Sequence[codec.Frame], send: Callable[[Any, Any], None]
    ) -> None:
        """A packet has come."""
        try:
            stretch = codec.stretch(frames)
        except FileError:
            self.bad += 1
            return
        if len(self.peers) >= _MOST_PEERS:
            self.peers.clear()  # all say something by ZMQ now and then
        self.peers[stretch.sender] = peer
        self.hear(peer, stretch, send)

    def hear(self, peer: Any, stretch: Stretch[Any], send: Callable[[Any, Any], None]) -> None:
        """A stretch has come."""
        told, replies, is_new = self.talk.hear(peer, stretch, time.monotonic())
        for reply in replies:
            send(peer, reply)
        if is_new:
            self.renewed(peer)
        for message in told:
            self._heard(peer, message)
