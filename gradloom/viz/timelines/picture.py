"""Timelines in files: pictures, a page, text, a trace for Perfetto."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gradloom.ir.errors import BackendMissing, NotSupported
from gradloom.viz.palette import palette
from gradloom.viz.writers.files import ending, write_drawing, write_file
from gradloom.viz.writers.raster import CSS_DPI

if TYPE_CHECKING:  # they need msgspec, which gradloom alone does not
    from gradloom.runtime.events import Event
    from gradloom.runtime.recording import Recording
    from gradloom.viz.timelines.scene import Timeline

_ENDINGS = ("svg", "png", "pdf", "html", "txt", "json")


def timeline(
    events: str | os.PathLike[str] | Recording | Iterable[Event],
    path: str | os.PathLike[str],
    theme: str = "auto",
    dpi: float = CSS_DPI,
    start: float | None = None,
    end: float | None = None,
    workers: Sequence[str] = (),
) -> Path:
    """Write what ran when in a cluster; the ending says how: a picture (`.svg`, `.png`, `.pdf`), a
    page to explore (`.html`), text (`.txt`), or a trace for Perfetto (`.json`).

    `events` is a log's path (JSON lines or text), a `Recording`, or events. `start` and `end` are
    seconds since the log began, `workers` names those that are shown (all, where none is named).
    `theme` is "light", "dark", or "auto": the reader's in .svg and .html, else light. `dpi` are the
    pixels per inch of a PNG. Raises FileError where there is no log.

    >>> import tempfile, gradloom as gl
    >>> from gradloom.runtime.events import Event
    >>> run = Event("run", "worker", "worker-0", 0.0, 0.5, ops=(("matmul", 1.0),))
    >>> gl.viz.timeline([run], f"{tempfile.mkdtemp()}/run.svg").name
    'run.svg'
    """
    target = Path(path)
    kind = ending(target)
    if kind not in _ENDINGS:
        raise NotSupported(
            f"a timeline of kind {target.suffix!r}",
            hint=f"name the file {', '.join(f'.{x}' for x in _ENDINGS)}",
        )
    if theme != "auto":
        palette(theme)
    write(arranged(events, start, end, workers), target, theme, dpi)
    return target


def arranged(
    events: str | os.PathLike[str] | Recording | Iterable[Event],
    start: float | None = None,
    end: float | None = None,
    workers: Sequence[str] = (),
) -> Timeline:
    """The timeline as data, of what `timeline` takes; BackendMissing where msgspec is missing."""
    try:
        from gradloom.runtime.reading import heard
        from gradloom.viz.timelines.arranging import timeline_of
    except ImportError as error:
        raise BackendMissing(
            f"a timeline needs {error.name}", hint="pip install 'gradloom[cluster]'"
        ) from None
    return timeline_of(heard(events), start, end, workers)


def write(made: Timeline, target: Path, theme: str = "auto", dpi: float = CSS_DPI) -> None:
    """Write a timeline that is made, as `timeline` does."""
    kind = ending(target)
    if kind == "html":
        from gradloom.viz.timelines.pages import html

        write_file(target, html(made, theme).encode())
    elif kind == "txt":
        from gradloom.viz.timelines.words import text

        write_file(target, text(made).encode())
    elif kind == "json":
        from gradloom.runtime.chrome import trace

        write_file(target, json.dumps(trace(_shown(made))).encode())
    else:
        from gradloom.viz.timelines.drawn import drawn

        fixed = "light" if theme == "auto" and kind != "svg" else theme
        write_drawing(drawn(made), target, fixed, dpi)


def _shown(made: Timeline) -> list[Event]:
    """The events of a timeline, each once; failures are bars and moments."""
    found = {id(b.event): b.event for b in made.bars}
    found.update((id(m.event), m.event) for m in made.marks)
    return sorted(found.values(), key=lambda e: (e.start, e.end))
