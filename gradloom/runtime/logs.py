"""Events in files and on the screen: JSON lines, or text for people. Both begin with a header.

A text line: seconds since the log began, when the event was over; its number; what happened; who;
the command or program; bytes; the rest in words.
"""

from __future__ import annotations

import contextlib
import fcntl
import heapq
import itertools
import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, TextIO, final

import msgspec

from gradloom.ir.errors import FileError
from gradloom.runtime.events import LONGEST, Event, unpack
from gradloom.runtime.fields import session_index
from gradloom.runtime.watch import Shown

FORMAT: Final = "gradloom events"
VERSION: Final = 1
_HOLD_S: Final = 0.5
"""How long lines wait for those of other processes that belong before them."""
_TEXT_HEADER: Final = """\
# gradloom: what happened in a cluster, since {when}
# Each line: seconds | number | event | who | command or program | bytes | details
# call, put, fetch: what clients ask for       handle: the dispatcher has heard it
# run, build, error: what workers do           send, receive: the two ends of a value on its way
# join, leave, lost: clients and workers       dropped: events that there was no room for
# A line stands where its event was over; `took` is how long that was, `waited` the time before.
"""


def sizes(count: int) -> str:
    """Bytes for people.

    >>> sizes(0), sizes(512), sizes(262144)
    ('', '512 B', '256.0 KB')
    """
    if not count:
        return ""
    size, unit = float(count), "B"
    for larger in ("KB", "MB", "GB", "TB"):
        if size < 1024:
            break
        size, unit = size / 1024, larger
    return f"{count} B" if unit == "B" else f"{size:.1f} {unit}"


def seconds(s: float) -> str:
    """Seconds for people.

    >>> seconds(0.00125), seconds(2.5), seconds(0.0000042)
    ('1.25 ms', '2.5 s', '4.2 us')
    """
    for unit, scale in (("s", 1.0), ("ms", 1e3)):
        if abs(s) * scale >= 1:
            return f"{s * scale:.3g} {unit}"
    return f"{s * 1e6:.3g} us"


@final
class Names:
    """What is called what: mailboxes by their owners, programs by what they do."""

    def __init__(self) -> None:
        self._owners: dict[str, str] = {}
        self._programs: dict[str, str] = {}

    def own(self, endpoint: str, who: str) -> None:
        """Whose mailbox this is."""
        self._owners[endpoint] = who

    def learn(self, shown: Shown, events: Iterable[Event]) -> None:
        """Take in what a batch tells."""
        if shown.endpoint:
            self.own(shown.endpoint, shown.who)
        for event in events:
            if event.kind in ("run", "build"):
                self._programs[event.program] = event.command

    def named(self, event: Event) -> Event:
        """The event with names in place of addresses and digests, where they are known."""
        peer = self._owners.get(event.peer)
        program = self._programs.get(event.program) if event.command == "" else None
        if peer is None and program is None:
            return event
        return msgspec.structs.replace(
            event, peer=peer or event.peer, command=program or event.command
        )


def read_batch(shown: Shown) -> list[Event]:
    """The events of a batch by the dispatcher's clock; first, if so, how many are missing, those of
    a batch that cannot be read among them.
    """
    lost, wrong = shown.lost, ""
    try:
        events = [e.shifted(shown.behind) for e in unpack(shown.events)]
    except FileError as e:
        events, lost, wrong = [], lost + shown.count, e.message[:LONGEST]
    if lost:
        at = events[0].start if events else shown.now
        role: Any = shown.role
        missing = Event("dropped", role, shown.who, at, at, number=lost, detail=wrong)
        events.insert(0, missing)
    return events


# ---- one event -----------------------------------------------------------------------------------


def record(event: Event, number: int, zero: float) -> dict[str, Any]:
    """An event as JSON; its times are seconds since `zero`."""
    values = msgspec.structs.asdict(event)
    values["start"] = round(event.start - zero, 7)
    values["end"] = round(event.end - zero, 7)
    values["wait"] = round(event.wait, 7)
    values["ops"] = {kind: round(share, 4) for kind, share in event.ops}
    return {"n": number, **values, "flow": event.flow}


def line(event: Event, number: int, zero: float) -> str:
    """An event as a line of text."""
    who = f"{event.role.upper():10s} {event.who:16s}"
    return (
        f"{event.end - zero:11.6f}s | #{number:06d} | {event.kind:7s} | {who} | "
        f"{event.command[:40]:40s} | {sizes(event.bytes):>10s} | {_details(event)}"
    ).rstrip()


def _details(event: Event) -> str:
    names = {"fetch": "fetch", "send": "delivery", "receive": "delivery"}
    numbered = "fetch" if event.command == "Fetch" else names.get(event.kind, "call")
    is_sent = event.command in ("Call", "Fetch") and bool(event.detail)
    is_told = bool(event.peer) and event.kind != "receive"  # who receives is who tells it
    parts = [
        f"session {session_index(event.session)}" if event.session >= 0 else "",
        f"{numbered} {event.number}" if event.number >= 0 and event.kind != "dropped" else "",
        f"{event.number} events" if event.kind == "dropped" else "",
        f"value {event.value}" if event.value >= 0 else "",
        f"program {event.program}" if event.program else "",
        f"waited {seconds(event.wait)}" if event.wait else "",
        f"took {seconds(event.end - event.start)}" if event.end > event.start else "",
        f"{'for' if event.role == 'dispatcher' else 'to'} {event.peer}" if is_told else "",
        f"to {event.detail}" if is_sent else event.detail.replace("\n", " "),
    ]
    return ", ".join(filter(None, parts))


# ---- files ---------------------------------------------------------------------------------------


def is_json(path: str | Path) -> bool:
    """Whether a log of this name is in JSON lines."""
    return str(path).endswith(".jsonl")


def header(is_json: bool, wall: float, zero: float) -> str:
    """What a log begins with: `wall` is the time of the calendar at `zero`."""
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(wall))
    if not is_json:
        return _TEXT_HEADER.format(when=when)
    return json.dumps({"format": FORMAT, "version": VERSION, "begun": round(wall, 6)}) + "\n"


def lines(events: Iterable[Event], is_json: bool, zero: float, first: int = 0) -> Iterator[str]:
    """The events as lines, numbered from `first` on."""
    for number, event in enumerate(events, first):
        if is_json:
            yield json.dumps(record(event, number, zero)) + "\n"
        else:
            yield line(event, number, zero) + "\n"


@final
class Log:
    """A log that is written while things happen, in the order in which they were over. One that
    another process writes is left alone: this one's is beside it, with its number in the name.
    """

    def __init__(self, path: str | Path, now: float, wall: float) -> None:
        self._json = is_json(path)
        self._file = _opened(Path(path))
        self.path: Final = Path(self._file.name)
        self._zero = now
        self._written = 0
        self._held: list[tuple[float, int, Event]] = []
        self._order = itertools.count()
        self.names: Final = Names()
        self._is_full = False
        self._put(header(self._json, wall, now))

    def add(self, shown: Shown) -> None:
        """Take a batch."""
        events = read_batch(shown)
        self.names.learn(shown, events)
        for event in events:
            heapq.heappush(self._held, (event.end, next(self._order), event))

    def write(self, now: float, hold_s: float = _HOLD_S) -> None:
        """Write what is old enough that nothing can belong before it."""
        due = []
        while self._held and self._held[0][0] <= now - hold_s:
            due.append(self.names.named(heapq.heappop(self._held)[2]))
        self._put("".join(lines(due, self._json, self._zero, self._written)))
        self._written += len(due)

    def close(self) -> None:
        """Write what is left."""
        self.write(float("inf"))
        with contextlib.suppress(OSError):
            self._file.close()

    def _put(self, text: str) -> None:
        """Write; a full disk ends the log, and does not stop the dispatcher."""
        if self._is_full or not text:
            return
        try:
            self._file.write(text)
        except OSError as e:
            self._is_full = True
            print(f"gradloom: {self.path} ends here: {e}", file=sys.stderr)  # noqa: T201


def _opened(path: Path) -> TextIO:
    """The file, empty; another where a living process writes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a", encoding="utf-8", buffering=1)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return _opened(path.with_stem(f"{path.stem}-{os.getpid()}-{secrets.token_hex(2)}"))
    if path.is_file():
        file.truncate(0)
    return file


def echo(prefix: str, zero: float, kinds: tuple[str, ...] = ()) -> Callable[[Event], None]:
    """What writes events on stderr as they happen; where kinds are given, those alone."""
    count = itertools.count()

    def tell(event: Event) -> None:
        if not kinds or event.kind in kinds:
            print(f"[{prefix}] {line(event, next(count), zero)}", file=sys.stderr, flush=True)  # noqa: T201

    return tell
