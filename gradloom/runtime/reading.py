"""Events from wherever they are: a log in JSON lines or text, a recording, or events themselves.

A log that was cut off in the middle of its last line is used up to there, and that is told. What
is no log, or is broken before its end, is a `FileError` that names the line.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final, get_type_hints

import msgspec

from gradloom.ir.errors import ArgumentError, FileError, FileMissing
from gradloom.runtime import text_log
from gradloom.runtime.events import Event
from gradloom.runtime.logs import FORMAT, VERSION
from gradloom.runtime.recording import Recording

LATEST_S: Final = 1e10
"""No log's times are further from its beginning than this, which is three hundred years."""
_HINT: Final = "gradloom record and GRADLOOM_INSTRUCTION_LOG write such logs"
_TYPES: Final = {**get_type_hints(Event, include_extras=True), "ops": dict[str, float]}
_Line: Final = msgspec.defstruct(
    "_Line",
    [*((name, _TYPES[name]) for name in Event.__struct_fields__), ("n", int), ("flow", str)],
    forbid_unknown_fields=True,
)
"""A line of a log: the fields of an event by their names, with its number and its flow."""
_decoder: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder(_Line)

_OPS: Final = Event.__struct_fields__.index("ops")

Source = str | os.PathLike[str] | Recording | Iterable[Event]


@final
@dataclass(frozen=True, slots=True)
class Heard:
    """Events in the order of their beginnings, in seconds since their log began; `notes` tell what
    had to be left out or is less exact than it was. `name` is what they come from.
    """

    events: tuple[Event, ...]
    notes: tuple[str, ...] = ()
    name: str = ""


def heard(source: Source) -> Heard:
    """The events of a log's file, a recording or some events."""
    if isinstance(source, (str, os.PathLike)):
        events, notes = _of_file(Path(source))
        return _checked(events, notes, Path(source).name)
    if isinstance(source, Recording):
        return _checked([e.shifted(-source.zero) for e in source.events], [], "recording")
    if not isinstance(source, Iterable):
        raise ArgumentError(
            f"a {type(source).__name__} is no log of events",
            hint="give the path of a log, a Recording, or events of gradloom.runtime",
        )
    given = list(source)
    for i, event in enumerate(given):
        if not isinstance(event, Event):
            raise ArgumentError(
                f"number {i} of the events is a {type(event).__name__}, no Event",
                hint="give the path of a log, a Recording, or events of gradloom.runtime",
            )
    return _checked(given, [], "events")


# ---- files ---------------------------------------------------------------------------------------


def _of_file(path: Path) -> tuple[list[Event], list[str]]:
    try:
        with path.open("rb") as file:
            first = file.readline(1 << 20)
            if first.startswith(b"{"):
                return _of_lines(path, first, file)
            if first.startswith(text_log.BEGINS.encode()):
                text = file.read().decode("utf-8", "replace")
                return text_log.read(path, text.splitlines(keepends=True), first_number=2)
    except FileNotFoundError:
        raise FileMissing(f"there is no file {path}", hint=_HINT) from None
    except IsADirectoryError:
        raise FileError(f"{path} is a folder, no log of events", hint=_HINT) from None
    raise FileError(_foreign(path, first), hint=_HINT)


def _foreign(path: Path, first: bytes) -> str:
    if not first.strip():
        return f"{path} is {'empty' if not first else 'blank'}: no log of events"
    return f"{path}:1 is not the beginning of a log of events: {_begin(first)}"


def _begin(line: bytes) -> str:
    return repr(line[:60].decode("utf-8", "replace"))


def _of_lines(
    path: Path, first: bytes, lines: Iterable[bytes]
) -> tuple[list[Event], list[str]]:  # fmt: skip
    _check_header(path, first)
    events: list[Event] = []
    notes: list[str] = []
    for number, line in enumerate(lines, 2):
        try:
            events.append(_event(line))
        except (ValueError, TypeError, RecursionError) as error:
            if not line.endswith(b"\n"):
                notes.append(f"line {number}, the last one, is cut off and left out")
                break
            raise FileError(
                f"{path}:{number} is no event: {error}: {_begin(line)}",
                hint=f"the lines before it are fine: head -n {number - 1}",
            ) from None
    return events, notes


def _check_header(path: Path, first: bytes) -> None:
    try:
        head = json.loads(first)
    except (ValueError, RecursionError):
        head = None
    if isinstance(head, Mapping) and "traceEvents" in head:
        raise FileError(
            f"{path} is a Chrome trace, no log of events",
            hint="open it in ui.perfetto.dev; record as .jsonl for a timeline",
        )
    if not isinstance(head, Mapping) or head.get("format") != FORMAT:
        raise FileError(_foreign(path, first), hint=_HINT)
    if head.get("version") != VERSION:
        raise FileError(
            f"{path}:1 is of version {head.get('version')!r}, this gradloom reads {VERSION}"
        )


def _event(line: bytes) -> Event:
    try:
        found = _decoder.decode(line)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:  # Python's own JSON has words for numbers that are none
        found = msgspec.convert(json.loads(line), _Line)
    values = [getattr(found, name) for name in Event.__struct_fields__]
    values[_OPS] = tuple(found.ops.items())
    return Event(*values)


# ---- what cannot be drawn ------------------------------------------------------------------------


def _checked(events: Iterable[Event], notes: list[str], name: str) -> Heard:
    kept: list[Event] = []
    timeless = backward = 0
    for event in events:
        if not all(map(_is_time, (event.start, event.end, event.wait))):
            timeless += 1
            continue
        if event.end < event.start or event.wait < 0:
            backward += 1
            end, wait = max(event.start, event.end), max(event.wait, 0.0)
            event = msgspec.structs.replace(event, end=end, wait=wait)
        kept.append(event)
    kept.sort(key=lambda e: (e.start, e.end))
    return Heard(tuple(kept), (*notes, *_told(timeless, backward)), name)


def _told(timeless: int, backward: int) -> Iterator[str]:
    if timeless:
        yield f"{timeless} events have no finite time and are left out"
    if backward:
        yield f"{backward} events end before they begin; they are shown as moments"


def _is_time(seconds: Any) -> bool:
    return math.isfinite(seconds) and abs(seconds) <= LATEST_S
