"""A program in motion as a file: a graph that runs, or passes that rewrite one."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from gradloom.ir.errors import ArgumentError, NotSupported
from gradloom.ir.graph import Graph
from gradloom.passes.pipeline import Entry
from gradloom.viz.motion.draw import drawn
from gradloom.viz.motion.film import Film
from gradloom.viz.motion.flowing import flowing
from gradloom.viz.motion.rewriting import rewriting
from gradloom.viz.motion.stages import MOST_ROWS
from gradloom.viz.palette import palette
from gradloom.viz.writers.files import ending, write_drawing, write_file
from gradloom.viz.writers.frames import KINDS, write_frames
from gradloom.viz.writers.raster import image

Told = Callable[[int], None]
OPTIONS: Final = ("theme", "fps", "duration", "at", "title", "rows", "told")
"""What `gl.viz.animate` takes for a program."""
_STILL: Final = ("png", "svg", "pdf")


def animate_program(
    thing: Any, path: str | os.PathLike[str], *, theme: str | None = None, fps: float = 12.0,
    duration: float | None = None, at: float | None = None, title: str = "",
    rows: int = MOST_ROWS, told: Told | None = None,
) -> Path:  # fmt: skip
    """The path of a moving picture of a program: `.gif`, `.webp`, `.apng`, `.mp4`, `.webm`, or a
    page (`.html`); `.png`, `.svg` and `.pdf` stand still.

    A graph runs: values flow forward, cotangents backward, live bytes beside. A history (of
    `gl.optimize`, of a compiled function, or a list of its entries) is rewritten pass by pass.
    `theme` is "light", "dark" or, for a page, "auto". `duration` in seconds plays it faster or
    slower; `at` is the second that a still shows (its middle, if none is given); `rows` the most
    rows of a graph that runs. `told` is called with the number of frames that are done.
    """
    return write_film(film_of(thing, title, rows), Path(path), theme, fps, duration, at, told)


def film_of(thing: Any, title: str = "", rows: int = MOST_ROWS) -> Film:
    """The film of a graph, or of a history; ArgumentError for what is neither.

    >>> import numpy as np, gradloom as gl
    >>> graph = gl.trace(lambda x: np.sin(x) * 2, np.ones(3))
    >>> [card.title for card in film_of(graph).cards]
    ['x', 'sin', 'multiply', 'result']
    """
    if rows < 1:
        raise ArgumentError(f"rows={rows}: a program takes at least one", hint="say rows=12")
    if isinstance(thing, Graph):
        film = flowing(thing, most=rows)
        return replace(film, title=title) if title else film
    entries = getattr(thing, "history", thing)
    if not isinstance(entries, (list, tuple)) or not all(
        isinstance(getattr(e, "graph", None), Graph) for e in entries
    ):
        raise ArgumentError(
            f"a {type(thing).__name__} is no program",
            hint="give a Graph, or the .history of gl.optimize or of a compiled function",
        )
    if not entries:
        raise ArgumentError(
            "the history is empty, so nothing moves",
            hint="call the compiled function once; or give gl.optimize(graph).history",
        )
    return rewriting([Entry(e.name, e.graph, e.seconds) for e in entries], title)


def write_film(
    film: Film, path: Path, theme: str | None = None, fps: float = 12.0,
    duration: float | None = None, at: float | None = None, told: Told | None = None,
) -> Path:  # fmt: skip
    """Write a film, as `animate_program` does."""
    kind = ending(path)
    if kind == "html":
        from gradloom.viz.motion.page import film_page

        write_file(path, film_page(film, theme or "auto").encode())
        return path
    colours = palette(theme or "light")
    if kind in _STILL:
        time = film.seconds / 2 if at is None else at
        return write_drawing(drawn(film, time, colours), path, colours.name)
    if kind not in KINDS:
        raise NotSupported(
            f"a moving picture of kind {path.suffix!r}",
            hint="name the file .html, .gif, .webp, .apng, .mp4, .webm, .png, .svg or .pdf",
        )
    length = film.seconds if duration is None else duration
    if not 0 < length < float("inf"):
        raise ArgumentError(f"duration={length:g}: a film takes some time", hint="say duration=8")
    total = max(1, round(length * fps)) if 0 < fps < float("inf") else 1

    def frame(k: int) -> Any:
        return image(drawn(film, film.seconds * k / total, colours), colours)

    frames = [partial(frame, k) for k in range(total)]
    return write_frames(frames, path, fps, told or (lambda done: None))
