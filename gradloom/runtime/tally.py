"""What a worker records of its work: an event for each thing done, and counts since it began.

It has no clock: whoever does the work says when.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, final

from gradloom.ir.types import dtype_of
from gradloom.runtime import messages as m
from gradloom.runtime.events import LONGEST
from gradloom.runtime.label import Label, label
from gradloom.runtime.notes import Notes
from gradloom.runtime.watch import Standing

if TYPE_CHECKING:  # the dispatcher reads this module, and computes nothing
    from gradloom.runtime.engine import Engine, Outcome

_MOST_ASKED: Final = 65_536
"""Runs of a session that are asked for; those whose arguments failed never begin."""
_PATIENCE: Final = 200
"""What is costly to count is counted again after so many times what counting took."""


@final
class _Session:
    """What is known of a session: when runs were asked for, by number, and their seconds."""

    __slots__ = ("asked", "seconds")

    def __init__(self) -> None:
        self.asked: dict[int, float] = {}
        self.seconds = 0.0


@final
class Tally:
    """See the module's text."""

    def __init__(self, engine: Engine, notes: Notes) -> None:
        self.notes: Final = notes
        self._note = notes.note
        self._engine = engine
        self._labels: dict[str, Label] = {}
        self._past_busy: dict[str, float] = {}
        self._past_ops: dict[str, int] = {}
        self._sessions: dict[int, _Session] = {}
        self._runs = self._failed = self._sent = self._received = 0
        self._build_s = 0.0
        self._running: m.Run | None = None
        self._since = 0.0
        self._measured = (0, -math.inf, 0.0)  # bytes of values, when, how long it took

    # ---- what is done ----------------------------------------------------------------------------

    def asked(self, run: m.Run, now: float) -> None:
        """A run is asked for."""
        try:
            self._sessions[run.session].asked[run.number] = now
        except KeyError:
            self._sessions[run.session] = session = _Session()
            session.asked[run.number] = now

    def began(self, run: m.Run, now: float) -> None:
        """A run begins."""
        self._running = run
        self._since = now

    def ended(self, run: m.Run, outcome: Outcome, now: float) -> None:
        """The run that began is over. This is on the way of every run: it makes few calls."""
        self._running = None
        start = self._since
        session = self._sessions.get(run.session)
        if session is None:
            session = self._sessions[run.session] = _Session()
        wait = start - session.asked.pop(run.number, start)
        known = self._labels.get(run.digest)
        if known is None or self._engine.build_s != self._build_s or outcome.failure is not None:
            if outcome.failure is not None:
                self._fail(run, outcome.failure, start, now, wait)
                return
            known, start = self._first(run, known, start)
        seconds = now - start
        known.runs += 1
        known.seconds += seconds
        session.seconds += seconds
        self._runs += 1
        size = known.bytes
        if size is None:
            size = sum(map(bytes_of, outcome.results))
        self._note(
            (
                "run", "worker", self.notes.who, start, now, wait, run.session, run.number, -1,
                known.name, known.program, known.ops, size,
            )
        )  # fmt: skip

    def sent(self, parcel: m.Parcel, to: m.Mailbox, start: float, end: float) -> None:
        """A value has left."""
        size = bytes_of(parcel)
        self._sent += size
        self._note(moved("send", self.notes, parcel, size, to.endpoint, start, end))

    def received(self, parcel: m.Parcel, at: m.Mailbox, start: float, end: float) -> None:
        """A value has come."""
        size = bytes_of(parcel)
        self._received += size
        self._note(moved("receive", self.notes, parcel, size, at.endpoint, start, end))

    def tidy(self) -> None:
        """Forget when runs were asked for that will never begin, before they are many."""
        for session in self._sessions.values():
            if len(session.asked) > _MOST_ASKED:
                session.asked.clear()

    def unlearn(self, digests: Iterable[str]) -> None:
        """Programs are not kept any more; what they took stays counted."""
        for digest in digests:
            known = self._labels.pop(digest, None)
            if known is not None:
                _add(known, known.seconds, self._past_busy)
                _count(known, self._past_ops)

    def forget(self, session: int) -> None:
        """A session is over."""
        self._sessions.pop(session, None)

    # ---- how it stands ---------------------------------------------------------------------------

    def standing(self, now: float, **others: Any) -> Standing:
        """The counts, with those of `Standing`'s fields that only the process itself knows."""
        busy, ops = dict(self._past_busy), dict(self._past_ops)
        for known in self._labels.values():
            _add(known, known.seconds, busy)
            _count(known, ops)
        running = ""
        if self._running is not None:
            running = self._under_way(self._running, self._since, now, busy)
        kept, built = self._engine.programs
        return Standing(
            name=self.notes.who,
            backend=self._engine.backend.name,
            now=now,
            runs=self._runs,
            failed=self._failed,
            ops=ops,
            busy=busy,
            sessions={str(k): v.seconds for k, v in self._sessions.items()},
            kept=kept,
            built=built,
            build_s=self._engine.build_s,
            sent=self._sent,
            received=self._received,
            value_bytes=self._measured[0],
            running=running,
            events=self.notes.ring.count,
            **others,
        )

    def measure(self, values: Iterable[Any], clock: Callable[[], float]) -> None:
        """Count the bytes of all values, unless that was done not long ago."""
        _, when, took = self._measured
        begun = clock()
        if begun - when < took * _PATIENCE:
            return
        size = sum(bytes_of(x) for x in values if not isinstance(x, m.Failure))
        self._measured = size, begun, clock() - begun

    # ---- below -----------------------------------------------------------------------------------

    def _first(self, run: m.Run, known: Label | None, start: float) -> tuple[Label, float]:
        """The label of a program that is new, or was built anew; when its run began after that."""
        built_s = self._engine.build_s - self._build_s
        self._build_s = self._engine.build_s
        known = known or self._label(run)
        if built_s:
            self._built(run, known, start, built_s)
        return known, start + built_s

    def _label(self, run: m.Run) -> Label:
        graph = self._engine.graph(run.digest)
        made = Label(run.digest[:16], run.digest[:16], (), None)
        if graph is not None:
            made = label(graph, run.digest)
        self._labels[run.digest] = made
        return made

    def _built(self, run: m.Run, known: Label, start: float, seconds: float) -> None:
        self._note(
            (
                "build", "worker", self.notes.who, start, start + seconds, 0.0, run.session,
                run.number, -1, known.name, known.program,
            )
        )  # fmt: skip

    def _fail(self, run: m.Run, failure: m.Failure, start: float, now: float, wait: float) -> None:
        self._build_s = self._engine.build_s
        self._runs += 1
        self._failed += 1
        known = self._labels.get(run.digest)
        self._note(
            (
                "error", "worker", self.notes.who, start, now, wait, run.session, run.number, -1,
                known.name if known else "", run.digest[:16], (), 0, "",
                f"{failure.kind}: {failure.text} ({failure.where})"[:LONGEST],
            )
        )  # fmt: skip

    def _under_way(self, run: m.Run, since: float, now: float, busy: dict[str, float]) -> str:
        """Add the run that is under way to the seconds; what it is called."""
        known = self._labels.get(run.digest)
        if known is None:
            return f"program {run.digest[:16]}"
        _add(known, now - since, busy)
        return known.name


def _add(known: Label, seconds: float, busy: dict[str, float]) -> None:
    for kind, share in known.ops:
        busy[kind] = busy.get(kind, 0.0) + share * seconds


def _count(known: Label, ops: dict[str, int]) -> None:
    for kind, count in known.counts.items():
        ops[kind] = ops.get(kind, 0) + count * known.runs


def bytes_of(value: Any) -> int:
    """The bytes of something that tells its dtype by name and its shape."""
    size: int = math.prod(value.shape) * dtype_of(value.dtype).itemsize
    return size


def moved(
    kind: str, notes: Notes, parcel: m.Parcel, size: int, endpoint: str, start: float, end: float
) -> tuple[Any, ...]:
    """The event of one end of a transfer."""
    return (
        kind, notes.role, notes.who, start, end, 0.0, parcel.session, parcel.number, parcel.value,
        "", "", (), size, endpoint,
    )  # fmt: skip
