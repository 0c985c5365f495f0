"""The dispatcher: who is there, and what is to be said to whom.

A pure state machine: it is told what a peer says and when one is lost, and gives back what to say.
It sees no tensor data.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any, Final, final

from gradloom.runtime import messages as m
from gradloom.runtime.fields import session_number
from gradloom.runtime.floor import Floor, Instruction, Limits, Peer, Worker
from gradloom.runtime.ledger import Broken, Ledger
from gradloom.runtime.link import drawn

_NUMBERED: Final = re.compile("worker-([0-9]{1,6})")
"""The names of workers that nobody named; one more digit than any cluster has workers."""


@final
class Dispatcher:
    """See the module's text. Every method gives the instructions that follow.

    `draw` gives the numbers of sessions, which nobody guesses: parcels of another session, or of
    one at an earlier dispatcher, are never taken for its own.
    """

    def __init__(self, limits: Limits = Limits(), draw: Callable[[], int] = drawn) -> None:
        self._limits: Final = limits
        self._draw: Final = draw
        self._floor: Final = Floor()
        self._ledgers: dict[int, Ledger] = {}
        self._peers: dict[Peer, Worker | Ledger] = {}
        self._waiting: dict[int, tuple[float, list[Any]]] = {}  # without a worker: until, what
        self._numbers: set[int] = set()  # that workers have, or had
        self._joined = 0

    @property
    def workers(self) -> tuple[Worker, ...]:
        """Those that are there."""
        return tuple(self._floor.workers.values())

    @property
    def sessions(self) -> tuple[Ledger, ...]:
        """Those that are open."""
        return tuple(self._ledgers.values())

    @property
    def programs(self) -> int:
        """How many programs are kept for sessions that are open."""
        return len(self._floor.programs)

    # ---- events ----------------------------------------------------------------------------------

    def hear(self, peer: Peer, message: Any, now: float) -> list[Instruction]:
        """A peer says this."""
        known = self._peers.get(peer)
        if isinstance(message, m.Enlist):
            self._enlist(peer, message)
        elif isinstance(message, m.Join):
            self._join(peer, message)
        elif known is None:
            self._floor.say(peer, m.Dismissed("the dispatcher does not know this peer (any more)"))
            self._floor.part(peer, "unknown")
        elif isinstance(known, Worker):
            self._of_worker(known, message)
        else:
            self._of_client(known, message, now)
        return self._floor.taken()

    def lose(self, peer: Peer, now: float) -> list[Instruction]:
        """A peer is gone."""
        known = self._peers.pop(peer, None)
        if isinstance(known, Ledger):
            self._end(known)
        elif known is not None:
            del self._floor.workers[known.number]
            for ledger in self._ledgers.values():
                ledger.lose(known)
                if self._floor.workers:
                    ledger.recover()
                else:
                    self._waiting[ledger.number] = now + self._limits.patience_s, []
        return self._floor.taken()

    def tick(self, now: float) -> list[Instruction]:
        """Time has passed."""
        for number in [n for n, (until, _) in self._waiting.items() if now >= until]:
            self._go_on(number)
        return self._floor.taken()

    # ---- who is there ----------------------------------------------------------------------------

    def _enlist(self, peer: Peer, message: m.Enlist) -> None:
        if peer in self._peers:
            return
        number, name = self._called(message.name)
        place = m.Place(number, name, message.mailbox, message.backend, message.device)
        self._floor.workers[number] = self._peers[peer] = Worker(peer, place)
        self._floor.say(peer, m.Enlisted(number, name))
        for ledger in self._ledgers.values():
            self._floor.say(ledger.peer, place)
        for waiting in list(self._waiting):
            self._go_on(waiting)

    def _called(self, asked: str) -> tuple[int, str]:
        """A worker's number, which no other ever has, and its name: `worker-3` is number 3."""
        numbered = _NUMBERED.fullmatch(asked)
        number = int(numbered[1]) if numbered else -1
        if number < 0 or number in self._numbers:
            number = next(n for n in itertools.count() if n not in self._numbers)
        self._numbers.add(number)
        if numbered or not asked:
            return number, f"worker-{number}"
        while any(w.place.name == asked for w in self.workers):
            asked = f"{asked}-{number}"
        return number, asked

    def _join(self, peer: Peer, message: m.Join) -> None:
        if peer in self._peers:
            return
        number = session_number(self._draw(), self._joined)
        self._joined += 1
        ledger = Ledger(number, peer, message, self._floor, self._limits)
        self._ledgers[number] = self._peers[peer] = ledger
        self._floor.say(peer, m.Joined(number, tuple(w.place for w in self.workers)))

    def _go_on(self, number: int) -> None:
        """Handle what had waited for a worker, with one or, too late, without."""
        _, backlog = self._waiting.pop(number)
        ledger = self._ledgers[number]
        ledger.recover()
        for message in backlog:
            if number in self._ledgers:
                self._handle(ledger, message)

    def _end(self, ledger: Ledger) -> None:
        del self._ledgers[ledger.number]
        self._waiting.pop(ledger.number, None)
        for worker in self.workers:
            worker.issued.pop(ledger.number, None)
            worker.done.pop(ledger.number, None)
            self._floor.say(worker.peer, m.End(ledger.number, ledger.join.mailbox))
        ledger.end()

    # ---- what they say ---------------------------------------------------------------------------

    def _of_worker(self, worker: Worker, message: Any) -> None:
        ledger = self._ledgers.get(message.session) if hasattr(message, "session") else None
        if isinstance(message, m.Done) and ledger is not None:
            ledger.done(worker, message.count)
        elif isinstance(message, m.Arrived) and ledger is not None:
            ledger.arrived(worker, message)
        elif isinstance(message, m.Arrived):  # a parcel that was late for its session's end
            self._floor.say(worker.peer, m.End(message.session))

    def _of_client(self, ledger: Ledger, message: Any, now: float) -> None:
        if isinstance(message, m.Leave):
            del self._peers[ledger.peer]
            self._end(ledger)
            self._floor.part(ledger.peer, "left")
        elif ledger.number in self._waiting or not (self._floor.workers or ledger.is_given_up):
            self._wait(ledger, message, now)
        else:
            self._handle(ledger, message)

    def _wait(self, ledger: Ledger, message: Any, now: float) -> None:
        until = now + self._limits.patience_s
        _, backlog = self._waiting.setdefault(ledger.number, (until, []))
        backlog.append(message)
        if len(backlog) > self._limits.backlog:
            self._refuse(ledger, f"more than {self._limits.backlog} messages wait for a worker")

    def _handle(self, ledger: Ledger, message: Any) -> None:
        try:
            ledger.hear(message)
        except Broken as e:
            self._refuse(ledger, str(e))

    def _refuse(self, ledger: Ledger, reason: str) -> None:
        del self._peers[ledger.peer]
        self._end(ledger)
        self._floor.say(ledger.peer, m.Refused(m.Failure("RemoteError", reason)))
        self._floor.part(ledger.peer, reason)
