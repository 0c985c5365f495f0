"""A film as a file, of the kind that its name's ending says."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from gradloom.ir.errors import ArgumentError, FileUnwritable, NotSupported
from gradloom.viz.animation.film import Film
from gradloom.viz.animation.flow import ScheduleFilm
from gradloom.viz.animation.painter import Painter
from gradloom.viz.animation.shapes import drawing
from gradloom.viz.animation.smil import moving_svg
from gradloom.viz.animation.web import film_page
from gradloom.viz.writers.files import ending, write_drawing, write_file
from gradloom.viz.writers.frames import write_frames

MOVING: Final = ("gif", "webp", "apng", "mp4", "webm")
STILL: Final = ("png", "svg", "pdf")
_STILL_AT: Final = 0.25
"""The share of the film that a still shows, unless another is asked for."""

Told = Callable[[int], None]


def write_film(
    film: Film, path: Path, told: Told = lambda done: None, at: float | None = None
) -> Path:
    """Write the film, and the folders that it is in; a still picture shows the second `at`."""
    kind = ending(path)
    if kind not in kinds():
        names = ", ".join("." + k for k in kinds())
        raise NotSupported(f"an animation of kind {path.suffix!r}", hint=f"name the file {names}")
    _make_folder(path.parent)
    if kind in MOVING:
        return write_frames(frames(film), path, film.config.fps, told)
    if kind == "html":
        write_file(path, film_page(film).encode())
        return path
    if kind == "svg" and at is None and isinstance(film, ScheduleFilm):
        write_file(path, moving_svg(film).encode())
        return path
    share = _share(film, at)
    return write_drawing(drawing(film.stage, film.moment(share), film.theme), path, "dark")


def kinds() -> tuple[str, ...]:
    """The endings of the files that can be written."""
    return *MOVING, "html", *STILL


def frames(film: Film) -> list[Callable[[], Any]]:
    """What draws each frame, at the picture's own size."""
    painter = Painter(film.stage, film.theme)
    total = film.config.total_frames
    return [partial(_painted, painter, film, i / total) for i in range(total)]


def _painted(painter: Painter, film: Film, share: float) -> Any:
    return painter.paint(film.moment(share))


def _share(film: Film, at: float | None) -> float:
    seconds = film.config.duration
    if at is None:
        return _STILL_AT
    if not (math.isfinite(at) and 0 <= at <= seconds):
        raise ArgumentError(f"a still at {at} s of {seconds:g} s", hint="choose a time inside")
    return at / seconds if seconds else 0.0


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileUnwritable(
            f"the folder {folder} cannot be made: {error.strerror or error}",
            hint="choose a folder that may be written to",
        ) from error
