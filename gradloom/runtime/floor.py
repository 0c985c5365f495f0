"""The workers that a dispatcher has, and what is to be said next."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple, final

from gradloom.runtime import messages as m

Peer = bytes | str
"""A client or a worker, as the transport names it."""


@final
@dataclass(frozen=True, slots=True)
class Limits:
    """`patience_s`: how long a session waits for a worker where none is there; `calls`: how many of
    a session's calls are remembered; `backlog`: messages that wait meanwhile; `values`: values that
    a session may have; `text`: bytes of the programs that it may have; `stride`: calls after which
    its values are sent to a second worker, unless they are more than `replicas` bytes.
    """

    patience_s: float = 10.0
    calls: int = 10_000
    backlog: int = 100_000
    values: int = 2_000_000
    text: int = 1 << 30
    stride: int = 2_000
    replicas: int = 1 << 28


class Say(NamedTuple):
    """Say this to a peer."""

    to: Peer
    message: Any


class Part(NamedTuple):
    """The conversation with a peer is over."""

    peer: Peer
    reason: str


Instruction = Say | Part


@final
@dataclass(slots=True, eq=False)
class Worker:
    """A worker that has enlisted."""

    peer: Peer
    place: m.Place
    prepared: set[str] = field(default_factory=set)
    issued: dict[int, int] = field(default_factory=dict)
    """Runs that it was asked for, by session."""
    done: dict[int, int] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """Its number; no other worker ever has the same."""
        return self.place.worker

    def under_way(self, session: int) -> int:
        """Runs of a session that it has not reported as done."""
        return self.issued.get(session, 0) - self.done.get(session, 0)

    @property
    def load(self) -> int:
        """Runs of all sessions under way."""
        return sum(self.issued.values()) - sum(self.done.values())


@final
class Floor:
    """The workers by number, the programs by digest, and the instructions given so far."""

    def __init__(self) -> None:
        self.workers: dict[int, Worker] = {}
        self.programs: dict[str, m.Define] = {}
        self._users: Counter[str] = Counter()
        self._said: list[Instruction] = []

    def say(self, peer: Peer, message: Any) -> None:
        """Say this to a peer, after all that was said before."""
        self._said.append(Say(peer, message))

    def part(self, peer: Peer, reason: str) -> None:
        """End the conversation with a peer."""
        self._said.append(Part(peer, reason))

    def taken(self) -> list[Instruction]:
        """The instructions since this was last asked."""
        said, self._said = self._said, []
        return said

    def prepare(self, worker: Worker, digest: str) -> None:
        """See that the worker has a program."""
        if digest not in worker.prepared:
            worker.prepared.add(digest)
            program = self.programs[digest]
            self.say(worker.peer, m.Prepare(digest, program.text, program.constants))

    def define(self, program: m.Define) -> None:
        """One more session has a program."""
        self.programs[program.digest] = program
        self._users[program.digest] += 1

    def undefine(self, digest: str) -> None:
        """One session less has a program; without any, it is forgotten everywhere."""
        self._users[digest] -= 1
        if self._users[digest]:
            return
        del self._users[digest], self.programs[digest]
        for worker in self.workers.values():
            if digest in worker.prepared:
                worker.prepared.remove(digest)
                self.say(worker.peer, m.Unlearn((digest,)))

    def least_busy(self) -> Worker:
        """The worker with the fewest runs under way, the first by number of those."""
        return min(self.workers.values(), key=lambda w: (w.load, w.number))
