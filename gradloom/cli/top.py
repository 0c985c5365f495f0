"""What `gradloom top` shows: a row per worker, a bar of where its time goes; a row per session."""

from __future__ import annotations

import zlib
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gradloom.runtime.activity import Activity, WorkerActivity
from gradloom.runtime.logs import sizes

_WIDTH: Final = 24
_COLOURS: Final = ("cyan", "green", "magenta", "yellow", "blue", "red", "bright_cyan")
_TOLD: Final = 3
"""Kinds of ops that are named beside the bar."""


def picture(found: Activity, address: str) -> RenderableType:
    """All of it."""
    head = Text(f"{address}: {len(found.workers)} workers, {len(found.sessions)} sessions")
    parts: list[RenderableType] = [head, _workers(found)]
    if found.silent:
        parts.append(Text(f"no answer from: {', '.join(found.silent)}", style="red"))
    if found.sessions:
        parts.append(_sessions(found))
    return Group(*parts)


def _workers(found: Activity) -> Table:
    table = _table("worker", "on", "activity", "", *_right("calls/s", "queue", "values", "memory"))
    for name in ("in/s", "out/s"):
        table.add_column(name, justify="right", no_wrap=True)
    for x in found.workers:
        failed = f" ({x.failed} failed)" if x.failed else ""
        table.add_row(
            x.name + failed, f"{x.backend} {x.device}", bar(x), _told(x), f"{x.runs_per_s:.0f}",
            str(x.queued), sizes(x.value_bytes) or "0 B", sizes(x.rss),
            sizes(int(x.received_per_s)), sizes(int(x.sent_per_s)),
        )  # fmt: skip
    return table


def _sessions(found: Activity) -> Table:
    table = _table("session", "process", *_right("share", "calls/s", "calls", "values"))
    for x in found.sessions:
        table.add_row(
            x.name, str(x.pid), f"{x.share:.0%}", f"{x.calls_per_s:.0f}", str(x.calls),
            str(x.values),
        )  # fmt: skip
    return table


def bar(x: WorkerActivity, width: int = _WIDTH) -> Text:
    """A worker's time as a bar: a stretch per kind of op, dots where it was idle."""
    text, filled, share = Text(), 0, 0.0
    for kind, part in x.ops.items():
        share += part
        upto = round(share * width)
        text.append("█" * (upto - filled), style=_colour(kind))
        filled = max(filled, upto)
    return text.append("·" * (width - filled), style="dim")


def _told(x: WorkerActivity) -> Text:
    text = Text()
    for kind, share in list(x.ops.items())[:_TOLD]:
        if share >= 0.005:
            text.append(f"{kind} {share:.0%} ", style=_colour(kind))
    return text.append(f"idle {x.idle:.0%}", style="dim")


def _colour(kind: str) -> str:
    return _COLOURS[zlib.crc32(kind.encode()) % len(_COLOURS)]


def _right(*names: str) -> tuple[tuple[str], ...]:
    return tuple((name,) for name in names)


def _table(*columns: str | tuple[str]) -> Table:
    """A table; names in a tuple are of columns of numbers."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        if isinstance(column, tuple):
            table.add_column(column[0], justify="right", no_wrap=True)
        else:
            table.add_column(column, no_wrap=True)
    return table
