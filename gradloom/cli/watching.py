"""`gradloom top` and `gradloom record`: what a running cluster does."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gradloom.cli.cluster import KeyFolder, keys_of, require_zmq
from gradloom.ir.errors import ArgumentError

if TYPE_CHECKING:
    from gradloom.runtime.transport.spectator import Spectator
    from gradloom.runtime.watch import Shown

Chosen = Annotated[
    str,
    typer.Option("--address", "-a", help="the dispatcher's; the one that runs here where empty"),
]


def top(
    address: Chosen = "",
    keys: KeyFolder = None,
    interval: Annotated[
        float, typer.Option("--interval", "-i", min=0.05, help="seconds between two looks")
    ] = 0.5,
    once: Annotated[bool, typer.Option("--once", help="print one table and end")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="print one table as JSON and end")
    ] = False,
) -> None:
    """Show what the workers of a running cluster do, until it is stopped by Ctrl-C. Where the
    output is no terminal, one table is printed.

    Example: `gradloom top`, `gradloom top -a 127.0.0.1:9000 --once`
    """
    require_zmq()
    from rich.console import Console
    from rich.live import Live

    from gradloom.cli.top import picture
    from gradloom.runtime.activity import activity

    with _spectator(address, keys, []) as (spectator, where):
        before = spectator.survey()
        console = Console()
        if as_json or once or not console.is_terminal:
            _wait(spectator, interval)
            found = activity(before, spectator.survey())
            if as_json:
                print(json.dumps({"address": where, **found.as_json()}))
            else:
                wide = console if console.is_terminal else Console(width=200)
                wide.print(picture(found, where))
            return
        with Live(console=console, auto_refresh=False, screen=False) as live:
            while True:
                _wait(spectator, interval)
                after = spectator.survey()
                live.update(picture(activity(before, after), where), refresh=True)
                before = after


def record(
    seconds: Annotated[float, typer.Option("--seconds", "-s", min=0.0, help="how long")] = 5.0,
    most: Annotated[
        int | None, typer.Option("--max-events", "-n", min=1, help="end after so many events")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="FILE.jsonl, .json (for Perfetto), or other for text"),
    ] = None,
    folder: Annotated[Path, typer.Option("--dir", help="where the file goes without -o")] = Path(),
    perfetto: Annotated[
        bool, typer.Option("--perfetto", help="write a trace that Perfetto opens")
    ] = False,
    before: Annotated[
        bool, typer.Option("--before", help="also what workers still know of what was")
    ] = False,
    address: Chosen = "",
    keys: KeyFolder = None,
) -> None:
    """Record what happens in a running cluster, as JSON lines, text, or a trace for Perfetto.

    Example: `gradloom record -s 2 -n 100`, `gradloom record -s 2 -o trace.json`
    """
    require_zmq()
    from gradloom.runtime.recording import record as take

    name = time.strftime("events_%Y%m%d_%H%M%S")
    path = out or folder / f"{name}.{'json' if perfetto else 'jsonl'}"
    if not path.parent.is_dir():
        raise ArgumentError(f"{path.parent} is no folder", hint="make it, or choose another")
    batches: list[Shown] = []
    with _spectator(address, keys, batches) as (spectator, where), _progress(seconds) as told:
        found = take(spectator, batches, seconds, most, before, told)
    found.write(path, perfetto)
    lost = f", {found.dropped} more were dropped" if found.dropped else ""
    print(f"{path}: {len(found.events)} events of {where}{lost}")


@contextmanager
def _spectator(
    address: str, folder: Path | None, batches: list[Shown]
) -> Iterator[tuple[Spectator, str]]:
    from gradloom.runtime.running import choose
    from gradloom.runtime.transport.spectator import Spectator

    where = choose(address)
    spectator = Spectator(where, keys_of(folder), batches.append)
    try:
        yield spectator, where
    except KeyboardInterrupt:
        print(file=sys.stderr)
    finally:
        spectator.close()


def _wait(spectator: Spectator, seconds: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        spectator.pump(left)


@contextmanager
def _progress(seconds: float) -> Iterator[Any]:
    """What is called with the seconds and events so far, and draws a bar of them."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = TextColumn("recording"), BarColumn(), TextColumn("{task.fields[events]} events")
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=max(seconds, 1e-9), events=0)
        yield lambda passed, events: bar.update(task, completed=passed, events=events)
