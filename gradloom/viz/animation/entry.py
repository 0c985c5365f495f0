"""The one entry to moving pictures: what is given says which kind is made."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from gradloom.ir.errors import CallError
from gradloom.ir.graph import Graph


def animate(thing: Any, path: str | os.PathLike[str] | None = None, **options: Any) -> Path:
    """The path of a moving picture, whose ending says which kind: .gif, .webp, .apng, .mp4, .webm,
    .html, and .svg of a schedule; .png, .pdf and other .svg stand still. Without a path, it is a
    page in a new folder.

    `thing` is a strategy (on `graph`, or on `workers` that are all joined), a schedule, the name of
    one ("ring", "tree", "hierarchical", "gossip", "parameter-server"), the events of a cluster or
    the path of a log of them. Options: `width`, `height`, `fps`, `duration` in seconds, or all of
    them as `config`; `theme` ("dark", "light" or a Theme); `workers` and `seed` of what is named;
    `gradients` [node, number] of a schedule; `at`, the second that a still shows; `told`, called
    with the number of frames that are done.

    `thing` may also be a program: a graph (it runs, forward and backward) or a history of passes,
    as of `gl.optimize` or a compiled function; then the options are `theme` ("light", "dark", for a
    page "auto"), `title`, `rows` (the most rows of a graph), `fps`, `duration`, `at` and `told`.

    >>> import tempfile, gradloom as gl
    >>> folder = tempfile.mkdtemp()
    >>> gl.viz.animate("ring", f"{folder}/ring.gif", workers=4, duration=0.5).name
    'ring.gif'
    """
    target = Path(path) if path is not None else Path(tempfile.mkdtemp(), "animation.html")
    if is_program(thing):
        from gradloom.viz.motion import program

        _require(options, program.OPTIONS)
        return program.animate_program(thing, target, **options)
    from gradloom.viz.animation.films import OPTIONS, film_of
    from gradloom.viz.animation.writing import write_film

    _require(options, OPTIONS)
    told: Callable[[int], None] = options.get("told") or (lambda done: None)
    return write_film(film_of(thing, **options), target, told, options.get("at"))


def _require(options: Collection[str], known: Sequence[str]) -> None:
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise CallError(
            f"animate() got an option {unknown[0]!r}", hint=f"there are {', '.join(known)}"
        )


def is_program(thing: Any) -> bool:
    """Whether this is a graph, a compiled function, or a history of graphs."""
    if isinstance(thing, Graph) or hasattr(thing, "history"):
        return True
    entries = thing if isinstance(thing, (list, tuple)) else ()
    return bool(entries) and all(isinstance(getattr(e, "graph", None), Graph) for e in entries)
