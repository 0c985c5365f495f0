"""What ran when: timeline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def timeline(
    log: Annotated[
        Path, typer.Argument(metavar="LOG", help="a log of events: JSON lines, or text")
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="FILE.svg, .png, .pdf, .html, .txt, or .json for Perfetto; without it, text",
        ),
    ] = None,
    dpi: Annotated[
        float, typer.Option("--dpi", min=1.0, max=2400.0, help="pixels per inch of a PNG")
    ] = 96.0,
    theme: Annotated[
        str, typer.Option("--theme", help="light, dark, or auto: the reader's, where it can be")
    ] = "auto",
    start: Annotated[
        float | None, typer.Option("--start", help="from here on, in seconds since the log began")
    ] = None,
    end: Annotated[float | None, typer.Option("--end", help="up to here")] = None,
    worker: Annotated[
        list[str] | None,
        typer.Option("--worker", "-w", help="this worker alone; may be given several times"),
    ] = None,
) -> None:
    """Show what ran when in a cluster: lanes, transfers, queues, and where the time went.

    Example: `gradloom timeline events.jsonl`, `gradloom timeline events.jsonl -o run.html`
    """
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from gradloom import viz
    from gradloom.viz.timelines.picture import arranged

    told = Console(stderr=True)
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=told, transient=True, disable=not told.is_terminal) as bar:
        bar.add_task(f"reading {log.name}", total=None)
        if output is not None:
            viz.timeline(log, output, theme, dpi, start, end, worker or ())
            return
        made = arranged(log, start, end, worker or ())
    from gradloom.viz.timelines.words import chart

    console = Console()
    console.print(chart(made, console.width))
