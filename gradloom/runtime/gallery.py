"""Those who watch a cluster, at its dispatcher: what they are shown, and who tells it.

A pure state machine beside the dispatcher's. Clients and workers are asked to tell what happens
only while somebody watches; batches are handed on as they come, to each watcher as many as it has
room for, and what it has no room for is counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, final

from msgspec import structs

from gradloom.runtime import watch as w
from gradloom.runtime.dispatcher import Dispatcher
from gradloom.runtime.events import pack
from gradloom.runtime.fields import session_index
from gradloom.runtime.floor import Peer, Say
from gradloom.runtime.watch import Noted, Observe, Shown, Standing, Survey, Surveyed, Watch

LEASE_S: Final = 5.0
"""How long a process tells what happens where it is not asked again."""
_AGAIN_S: Final = 1.0
_ROOM: Final = 32
"""Batches that may be on their way from one process."""
_NOTHING: Final = pack(())
_PATIENCE_S: Final = 1.0
"""How long the workers' answers to a survey are waited for."""


class Keep(NamedTuple):
    """Keep this batch: for a log."""

    shown: Shown


Instruction = Say | Keep


@final
@dataclass(slots=True, eq=False)
class _Watcher:
    until: float
    room: int
    shown: int = 0
    lost: dict[tuple[str, str], int] = field(default_factory=dict)


@final
@dataclass(slots=True, eq=False)
class _Source:
    """One who was asked to tell. `behind` is by the fastest question and answer so far."""

    asked: float
    room: int = _ROOM
    heard: int = 0
    behind: float = 0.0
    delay: float = math.inf


@final
@dataclass(slots=True, eq=False)
class _Open:
    """A survey: whose, by what number, and which workers have not answered."""

    asker: Peer
    number: int
    until: float
    waiting: dict[Peer, str]
    answers: list[Standing] = field(default_factory=list)


class Known(NamedTuple):
    """A client or a worker, as it is shown."""

    peer: Peer
    role: str
    who: str
    endpoint: str


@final
class Gallery:
    """See the module's text. `clock` names the dispatcher's clock, which is `wall_s` behind the
    calendar's. With `keeps`, there is always one who watches: a log.
    """

    def __init__(
        self, dispatcher: Dispatcher, clock: str = "", wall_s: float = 0.0, keeps: bool = False
    ) -> None:
        self._dispatcher = dispatcher
        self._clock, self._wall_s = clock, wall_s
        self.keeps: Final = keeps
        self._watchers: dict[Peer, _Watcher] = {}
        self._sources: dict[Peer, _Source] = {}
        self._surveys: dict[int, _Open] = {}
        self._surveyed = 0
        self._out: list[Instruction] = []

    @property
    def is_watched(self) -> bool:
        """Whether anybody is to be shown what happens."""
        return self.keeps or bool(self._watchers)

    # ---- events ----------------------------------------------------------------------------------

    def hear(self, peer: Peer, message: Any, now: float) -> list[Instruction]:
        """A peer says something about watching."""
        if isinstance(message, Watch):
            self._watch(peer, message, now)
        elif isinstance(message, Noted):
            self._noted(peer, message, now)
        elif isinstance(message, Survey):
            self._survey(peer, message.number, now)
        elif isinstance(message, Standing):
            self._answered(peer, message, now)
        return self._taken()

    def greet(self, now: float) -> list[Instruction]:
        """Ask those who are new to tell what happens, if anybody is to be shown it."""
        self._ask(now)
        return self._taken()

    def show(self, shown: Shown) -> list[Instruction]:
        """Show a batch of the dispatcher's own."""
        self._show(shown)
        return self._taken()

    def lose(self, peer: Peer, now: float) -> list[Instruction]:
        """A peer is gone."""
        self._watchers.pop(peer, None)
        self._sources.pop(peer, None)
        for number, survey in list(self._surveys.items()):
            if survey.asker == peer:
                del self._surveys[number]
            elif peer in survey.waiting:
                self._close_if_done(number, now)
        self._rest(now)
        return self._taken()

    def tick(self, now: float) -> list[Instruction]:
        """Time has passed."""
        for peer in [p for p, x in self._watchers.items() if now > x.until]:
            del self._watchers[peer]
        for number in [n for n, x in self._surveys.items() if now > x.until]:
            self._close(number, now)
        self._rest(now)
        self._ask(now)
        return self._taken()

    # ---- below -----------------------------------------------------------------------------------

    def _watch(self, peer: Peer, message: Watch, now: float) -> None:
        if not message.lease_s:
            self._watchers.pop(peer, None)
            self._rest(now)
            return
        watcher = self._watchers.setdefault(peer, _Watcher(0.0, 0))
        watcher.until, watcher.room = now + message.lease_s, message.batches
        for role, who in list(watcher.lost):
            self._show_to(peer, watcher, Shown(role, who, "", 0, 0, _NOTHING, 0.0, now))
        self._ask(now, message.before)

    def _ask(self, now: float, before: bool = True) -> None:
        """Ask those to tell who were not asked yet, or not for a while. `before` concerns the
        former: all that one who is new can tell is of interest.
        """
        if not self.is_watched:
            return
        for known in self._known():
            source = self._sources.get(known.peer)
            if source is None:
                self._sources[known.peer] = _Source(now)
                self._say(known.peer, Observe(LEASE_S, _ROOM, before, now))
            elif now - source.asked > _AGAIN_S or source.room - source.heard < _ROOM // 2:
                source.asked, source.room = now, source.heard + _ROOM
                self._say(known.peer, Observe(LEASE_S, source.room, False, now))

    def _rest(self, now: float) -> None:
        """Nobody need tell anything where nobody watches."""
        if not self.is_watched:
            for peer in self._sources:
                self._say(peer, Observe(0.0, 0, False, now))
            self._sources.clear()

    def _noted(self, peer: Peer, message: Noted, now: float) -> None:
        source = self._sources.get(peer)
        known = next((x for x in self._known() if x.peer == peer), None)
        if source is None or known is None:
            return
        source.heard += 1
        delay = (now - message.echo) - (message.told - message.heard)
        if message.clock == self._clock:
            source.behind = 0.0
        elif delay < source.delay:
            source.delay = delay
            ahead = (message.heard - message.echo) + (message.told - now)
            source.behind = -ahead / 2
        who = known.role, known.who, known.endpoint
        counts = message.count, message.lost
        self._show(Shown(*who, *counts, message.events, source.behind, now))
        if source.room - source.heard < _ROOM // 2:
            self._ask(now)

    def _show(self, shown: Shown) -> None:
        if self.keeps:
            self._out.append(Keep(shown))
        for peer, watcher in self._watchers.items():
            self._show_to(peer, watcher, shown)

    def _show_to(self, peer: Peer, watcher: _Watcher, shown: Shown) -> None:
        key = shown.role, shown.who
        lost = watcher.lost.pop(key, 0) + shown.lost
        if watcher.shown >= watcher.room:
            watcher.lost[key] = lost + shown.count
            return
        watcher.shown += 1
        if lost != shown.lost:
            shown = structs.replace(shown, lost=lost)
        self._say(peer, shown)

    # ---- surveys ---------------------------------------------------------------------------------

    def _survey(self, peer: Peer, number: int, now: float) -> None:
        for own in [n for n, x in self._surveys.items() if x.asker == peer]:
            del self._surveys[own]
        own = self._surveyed
        self._surveyed += 1
        waiting = {x.peer: x.place.name for x in self._dispatcher.workers}
        self._surveys[own] = _Open(peer, number, now + _PATIENCE_S, waiting)
        for worker in waiting:
            self._say(worker, Survey(own))
        self._close_if_done(own, now)

    def _answered(self, peer: Peer, message: Standing, now: float) -> None:
        survey = self._surveys.get(message.number)
        if survey is not None and survey.waiting.pop(peer, None) is not None:
            survey.answers.append(message)
            self._close_if_done(message.number, now)

    def _close_if_done(self, number: int, now: float) -> None:
        there = {x.peer for x in self._dispatcher.workers}
        if not there.intersection(self._surveys[number].waiting):
            self._close(number, now)

    def _close(self, number: int, now: float) -> None:
        survey = self._surveys.pop(number)
        answers = sorted(survey.answers, key=lambda x: x.name)
        members = tuple(
            w.Member(x.number, x.join.name, x.join.pid, x.values, x.calls)
            for x in self._dispatcher.sessions
        )
        silent = tuple(sorted(survey.waiting.values()))
        told = Surveyed(survey.number, now, self._wall_s, tuple(answers), silent, members)
        self._say(survey.asker, told)

    # ---- who is there ----------------------------------------------------------------------------

    def _known(self) -> Iterator[Known]:
        for worker in self._dispatcher.workers:
            place = worker.place
            yield Known(worker.peer, "worker", place.name, place.mailbox.endpoint)
        for ledger in self._dispatcher.sessions:
            name = client_name(ledger.join.name, ledger.number)
            yield Known(ledger.peer, "client", name, ledger.join.mailbox.endpoint)

    def _say(self, peer: Peer, message: Any) -> None:
        self._out.append(Say(peer, message))

    def _taken(self) -> list[Instruction]:
        out, self._out = self._out, []
        return out


def client_name(name: str, session: int) -> str:
    """What the client of a session is called where it is shown.

    >>> client_name("", 3), client_name("alice", 4)
    ('client-3', 'alice-4')
    """
    return f"{name or 'client'}-{session_index(session)}"


ABOUT_WATCHING: Final = frozenset({Watch, Noted, Survey, Standing})
"""The kinds of messages that are for the gallery."""
