"""What a dispatcher's process does for those who watch: its own events, the log, the gallery."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, final

from gradloom.runtime import floor, logs
from gradloom.runtime import messages as m
from gradloom.runtime.dispatcher import Dispatcher
from gradloom.runtime.events import MOST_TOGETHER, Event
from gradloom.runtime.gallery import ABOUT_WATCHING, Gallery, Keep, client_name
from gradloom.runtime.gallery import Instruction as Shows
from gradloom.runtime.notes import EVERY_S, Notes
from gradloom.runtime.settings import DEBUG_DISPATCHER, VERBOSE
from gradloom.runtime.tally import bytes_of
from gradloom.runtime.transport.host import this_clock
from gradloom.runtime.watch import Observe, Shown, Watch

_WHO: Final = "dispatcher"
_QUIET: Final = frozenset({m.Done, m.Arrived, m.Received})
"""What is said so often, and tells so little, that it is not recorded."""
_NOBODY: Final = ("", -1)
_LAST_S: Final = 0.5
"""How long a log waits for the last that workers have to tell."""


@final
class Tower:
    """See the module's text. `say` says something to a peer; `log` is a path, or empty."""

    def __init__(
        self, dispatcher: Dispatcher, say: Callable[[Any, Any], None], log: str = ""
    ) -> None:
        now, wall = time.monotonic(), time.time()
        self._log = logs.Log(log, now, wall) if log else None
        self.gallery: Final = Gallery(dispatcher, this_clock(), wall - now, keeps=bool(log))
        self._notes = Notes("dispatcher", _WHO, this_clock(), _echo(DEBUG_DISPATCHER.get(), now))
        self._peers: dict[Any, tuple[str, int]] = {}  # what it is called, its session or -1
        self._say = say
        self._verbose = VERBOSE.get()
        self._is_on = bool(log) or self._notes.is_wanted
        """Whether anybody is to hear of what is handled."""
        self._is_full: Final = bool(log) or self._notes.is_wanted
        """Whether calls and frees are recorded too: that takes a tenth of a dispatcher's time, and
        who only watches hears of calls from clients and workers.
        """
        self._own = 0
        """Where the dispatcher's own events begin that were not shown."""
        self._shown = now

    def takes(self, peer: Any, message: Any, now: float) -> bool:
        """Whether a message is about watching; then it was dealt with."""
        if type(message) not in ABOUT_WATCHING:
            return False
        if type(message) is Watch:
            self._show_own(now, is_last=True)
        self._do(self.gallery.hear(peer, message, now))
        return True

    def handled(
        self, peer: Any, message: Any, said: Sequence[floor.Instruction], start: float
    ) -> None:
        """The dispatcher has heard this at `start`, and said that by now."""
        kind = type(message)
        if kind is m.Enlist or kind is m.Join:
            self._came(peer, message, said, time.monotonic())
        elif kind is m.Leave:
            self._went("leave", peer, time.monotonic())
        elif not self._is_on or kind in _QUIET:
            return
        elif kind is m.Call:
            if self._is_full:
                self._called(peer, message, said, start)
        elif kind is not m.Free or self._is_full:
            self._handled(peer, message, said, start)

    def lost(self, peer: Any, now: float) -> None:
        """A peer is gone."""
        if peer in self._peers:
            self._went("lost", peer, now)
        self._do(self.gallery.lose(peer, now))

    def tick(self, now: float) -> None:
        """Time has passed."""
        self._show_own(now)
        self._do(self.gallery.tick(now))
        if self._log is not None:
            self._log.write(now)

    def ask_for_the_last(self) -> float:
        """Ask everybody for what was not told yet; how many seconds to wait for it."""
        if self._log is None or not self._peers:
            return 0.0
        for peer in self._peers:
            self._say(peer, Observe(0.0, 1 << 20, False, time.monotonic()))
        return _LAST_S

    @property
    def is_alone(self) -> bool:
        """Whether nobody is left who could tell anything."""
        return not self._peers

    def close(self) -> None:
        """Write what is left of the log."""
        self._show_own(time.monotonic(), is_last=True)
        if self._log is not None:
            self._log.close()
            self._log = None

    # ---- below -----------------------------------------------------------------------------------

    def _came(
        self, peer: Any, message: m.Enlist | m.Join, said: Sequence[floor.Instruction], now: float
    ) -> None:
        for x in said:
            told = x.message if isinstance(x, floor.Say) and x.to == peer else None
            if isinstance(told, m.Enlisted):
                self._peers[peer] = told.name, -1
            elif isinstance(told, m.Joined):
                self._peers[peer] = client_name(message.name, told.session), told.session
        if peer in self._peers:
            what = f"pid {message.pid}"
            if isinstance(message, m.Enlist):
                what = f"a worker: {message.backend} on {message.device}, {what}"
            self._tell("join", peer, now, what)
            if self._log is not None:
                self._log.names.own(message.mailbox.endpoint, self._peers[peer][0])
        self._do(self.gallery.greet(now))

    def _went(self, kind: str, peer: Any, now: float) -> None:
        self._tell(kind, peer, now, "")
        self._peers.pop(peer, None)

    def _tell(self, kind: str, peer: Any, now: float, detail: str) -> None:
        who, session = self._known(peer)
        self._notes.note(
            (kind, "dispatcher", _WHO, now, now, 0.0, session, -1, -1, "", "", (), 0, who, detail)
        )
        if self._verbose:
            ending = f" ({detail})" if detail else ""
            print(f"gradloom: {kind}: {who}{ending}", file=sys.stderr, flush=True)  # noqa: T201

    def _called(
        self, peer: Any, call: m.Call, said: Sequence[floor.Instruction], start: float
    ) -> None:
        who, session = self._peers.get(peer, _NOBODY)
        detail = ""
        for x in said:
            if type(x) is floor.Say and type(x.message) is m.Run:
                detail = self._peers.get(x.to, _NOBODY)[0]
        self._notes.note(
            (
                "handle", "dispatcher", _WHO, start, time.monotonic(), 0.0, session, call.number,
                -1, "Call", call.digest[:16], (), 0, who, detail,
            )
        )  # fmt: skip

    def _handled(
        self, peer: Any, message: Any, said: Sequence[floor.Instruction], start: float
    ) -> None:
        who, session = self._known(peer)
        number = value = -1
        program, size, detail = "", 0, ""
        if isinstance(message, m.Define):
            program, size = message.digest[:16], len(message.text)
        elif isinstance(message, m.Put):
            value, size = message.value, bytes_of(message)
        elif isinstance(message, m.Fetch):
            number, value = message.number, message.value
        elif isinstance(message, m.Free):
            detail = f"{len(message.values)} values"
        for x in said:
            if isinstance(x, floor.Say) and isinstance(x.message, m.Ship):
                detail = self._known(x.to)[0]
        self._notes.note(
            (
                "handle", "dispatcher", _WHO, start, time.monotonic(), 0.0, session, number, value,
                type(message).__name__, program, (), size, who, detail,
            )
        )  # fmt: skip

    def _known(self, peer: Any) -> tuple[str, int]:
        return self._peers.get(peer, _NOBODY)

    def _show_own(self, now: float, is_last: bool = False) -> None:
        """Show what is new of the dispatcher's own: what is much, or has waited, or all."""
        ring = self._notes.ring
        new = ring.count - self._own
        if not new or not (is_last or new >= MOST_TOGETHER or now - self._shown >= EVERY_S):
            return
        self._shown = now
        if not self.gallery.is_watched:
            self._own = ring.count
            return
        while self._own < ring.count:
            taken = ring.take(self._own)
            self._own = taken.position
            shown = Shown("dispatcher", _WHO, "", taken.noted, taken.lost, taken.batch, 0.0, now)
            self._do(self.gallery.show(shown))

    def _do(self, instructions: Sequence[Shows]) -> None:
        self._is_on = self.gallery.is_watched or self._notes.is_wanted
        for x in instructions:
            if not isinstance(x, Keep):
                self._say(x.to, x.message)
            elif self._log is not None:
                self._log.add(x.shown)


def _echo(is_on: bool, zero: float) -> Callable[[Event], None] | None:
    return logs.echo("DISPATCHER", zero) if is_on else None
