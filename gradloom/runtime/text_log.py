"""Logs in text, read back: the lines that `gradloom.runtime.logs.line` writes.

They are for people, and tell less than JSON lines: durations to three digits, bytes to four, and
programs by their kinds of ops without the shares.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, get_args

import msgspec

from gradloom.ir.errors import FileError
from gradloom.runtime.events import LONGEST, Event, Kind

BEGINS: Final = "# gradloom: what happened in a cluster"
_LINE: Final = re.compile(
    r"^ *(?P<end>-?[\d.]+|-?inf|nan)s \| #(?P<n>\d+) +\| (?P<kind>\w+) +\| "
    r"(?P<role>CLIENT|DISPATCHER|WORKER) +(?P<who>.{0,256}?) +\| (?P<command>.{40}) \|"
    r" +(?P<bytes>[\d.]+ [KMGT]?B)?(?: \| ?(?P<details>.*)|(?: \|)?)$"
)
_UNITS: Final = {"B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3, "TB": 1024**4}
_SECONDS: Final = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
_KINDS: Final = frozenset(get_args(Kind))
_TIME: Final = r"(-?[\d.]+(?:e[+-]?\d+)?|nan|inf) (s|ms|us)"
_PARTS: Final = {
    "session": re.compile(r"session (\d+)"),
    "number": re.compile(r"(?:call|fetch|delivery) (\d+)"),
    "lost": re.compile(r"(\d+) events"),
    "value": re.compile(r"value (\d+)"),
    "program": re.compile(r"program (\w{1,256})"),
    "wait": re.compile(rf"waited {_TIME}"),
    "took": re.compile(rf"took {_TIME}"),
    "peer": re.compile(r"(?:to|for) ([^,]{1,256})"),
}
"""What stands in the details, in this order, separated by ", "; then the rest in words."""


def read(
    path: Path, lines: Iterable[str], first_number: int = 1
) -> tuple[list[Event], list[str]]:  # fmt: skip
    """The events of a log in text, and what is to be told of it."""
    events: list[Event] = []
    notes = ["the log is text: durations to three digits, ops without shares"]
    for number, line in enumerate(lines, first_number):
        if line.startswith("#"):
            continue
        if not line.endswith("\n"):
            notes.append(f"line {number}, the last one, is cut off and left out")
            break
        try:
            events.append(event(line.rstrip("\n")))
        except ValueError as error:
            raise FileError(
                f"{path}:{number} is no event: {line[:60]!r}",
                hint=f"the lines before it are fine: head -n {number - 1}",
            ) from error
    return events, notes


def event(line: str) -> Event:
    """The event of a line; ValueError where it is none."""
    found = _LINE.match(line)
    if found is None or found["kind"] not in _KINDS:
        raise ValueError(f"{line[:60]!r} is no event")
    told = _details(found["details"] or "")
    if found["command"].strip() in ("Call", "Fetch"):
        told["detail"] = told["detail"].removeprefix("to ")
    end = float(found["end"])
    values = {
        "kind": found["kind"],
        "role": found["role"].lower(),
        "who": found["who"],
        "start": end - told.pop("took", 0.0),
        "end": end,
        "command": found["command"].strip(),
        "bytes": _bytes(found["bytes"]),
    }
    number = told.pop("lost", None) if found["kind"] == "dropped" else told.pop("number", None)
    told.pop("lost", None)
    if number is not None:
        told["number"] = number
    if found["kind"] == "receive":
        told["peer"] = found["who"]  # who receives is who tells it
    try:
        return msgspec.convert({**values, **told}, _Named).event()
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None


class _Named(msgspec.Struct):
    """The fields of an event by their names, checked as those of an `Event` are."""

    kind: Any
    role: Any
    who: str
    start: float
    end: float
    command: str
    bytes: int
    wait: float = 0.0
    session: int = -1
    number: int = -1
    value: int = -1
    program: str = ""
    peer: str = ""
    detail: str = ""

    def event(self) -> Event:
        values = msgspec.structs.asdict(self)
        ordered = [values.get(name, ()) for name in Event.__struct_fields__]
        return msgspec.convert(ordered, Event)


def _details(text: str) -> dict[str, Any]:
    told: dict[str, Any] = {}
    rest = text
    for name, pattern in _PARTS.items():
        found = pattern.match(rest)
        if found is None or rest[found.end() : found.end() + 2] not in ("", ", "):
            continue
        rest = rest[found.end() + 2 :]
        if name in ("wait", "took"):
            told[name] = float(found[1]) * _SECONDS[found[2]]
        else:
            told[name] = found[1] if name in ("program", "peer") else int(found[1])
    told["detail"] = rest[:LONGEST]
    return told


def _bytes(text: str | None) -> int:
    if not text:
        return 0
    number, unit = text.split()
    return round(float(number) * _UNITS[unit])
