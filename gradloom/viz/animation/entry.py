"""The one entry to moving pictures: what is given says which kind is made."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gradloom.ir.errors import CallError, StillToCome
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

    >>> import tempfile, gradloom as gl
    >>> folder = tempfile.mkdtemp()
    >>> gl.viz.animate("ring", f"{folder}/ring.gif", workers=4, duration=0.5).name
    'ring.gif'
    """
    if is_program(thing):
        raise StillToCome(
            "gl.viz.animate of a program is still to come", hint="docs/roadmap.md says when"
        )
    from gradloom.viz.animation.films import OPTIONS, film_of
    from gradloom.viz.animation.writing import write_film

    unknown = sorted(set(options) - set(OPTIONS))
    if unknown:
        raise CallError(
            f"animate() got an option {unknown[0]!r}", hint=f"there are {', '.join(OPTIONS)}"
        )
    target = Path(path) if path is not None else Path(tempfile.mkdtemp(), "animation.html")
    told: Callable[[int], None] = options.get("told") or (lambda done: None)
    return write_film(film_of(thing, **options), target, told, options.get("at"))


def is_program(thing: Any) -> bool:
    """Whether this is a graph, a compiled function, or a history of graphs."""
    if isinstance(thing, Graph) or hasattr(thing, "history"):
        return True
    entries = thing if isinstance(thing, (list, tuple)) else ()
    return bool(entries) and all(isinstance(getattr(e, "graph", None), Graph) for e in entries)
