"""The explorer: one HTML file in which a program can be looked into.

explore(program, "page.html")     a graph, a compiled function, a function, a history
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gradloom.ir.errors import ArgumentError, NotSupported
from gradloom.viz.explorer.book import Book, Extras
from gradloom.viz.explorer.book import book as book_of
from gradloom.viz.explorer.gradients import gradients_of
from gradloom.viz.explorer.page import explorer_page
from gradloom.viz.explorer.runs import errors, measured
from gradloom.viz.explorer.sources import sources
from gradloom.viz.explorer.subject import Subject, subject
from gradloom.viz.palette import palette
from gradloom.viz.writers.files import write_file


def explore(
    program: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    inputs: Sequence[Any] = (),
    measure: bool = False,
    backends: Sequence[str] = (),
    gradients: bool = False,
    pipeline: str = "default",
    sizes: Mapping[str, int] | None = None,
    code: bool = True,
    title: str = "",
    theme: str = "auto",
) -> Any:
    """The path of a page in which a program can be explored: one HTML file that needs no server.

    `program` is a graph (with its history, if it has one), a compiled function, a function (traced
    on `inputs` and optimised by `pipeline`), a history, graphs by name, a .gir file or a folder of
    them. On `inputs` that are arrays, `measure` runs the last graph on numpy and tells times,
    values and NaNs; `backends` are compared with numpy op by op; `gradients` tells the norm of the
    gradient of the first result, a scalar, by every value. `sizes` are those of named dimensions
    (64 where not given). `code=False` leaves the source's lines out. Without a path the page is a
    widget in a notebook, and opens in the browser elsewhere.

    >>> import tempfile, numpy as np, gradloom as gl
    >>> page = f"{tempfile.mkdtemp()}/loss.html"
    >>> explore(lambda x: np.sum(np.tanh(x)), page, inputs=[np.ones(3)], measure=True).name
    'loss.html'
    """
    if theme != "auto":
        palette(theme)  # says which there are
    about = subject(program, inputs, pipeline)
    told = book_of(
        title or about.name, about.steps, sizes, _extras(about, measure, backends, gradients)
    )
    places = (row.facts.where for row in told.rows)
    text = explorer_page(told, sources((p for p in places if p is not None), code), theme)
    if path is not None:
        write_file(Path(path), text.encode())
        return Path(path)
    return _shown(text, told)


def _extras(
    about: Subject, measure: bool, backends: Sequence[str], gradients: bool
) -> Extras | None:
    if not (measure or backends or gradients):
        return None
    if about.arrays is None:
        raise ArgumentError(
            f"{about.name} can only be measured on arrays, and none were given",
            hint="give explore(..., inputs=(...)) one array per argument",
        )
    graph, arrays = about.last, about.arrays
    return Extras(
        measured(graph, arrays) if measure else {},
        {name: errors(graph, arrays, name) for name in backends},
        gradients_of(graph, arrays) if gradients else {},
    )


def _shown(text: str, told: Book) -> Any:
    """The page in a notebook, or in the browser."""
    import webbrowser

    from gradloom.viz.explorer.notebook import widget
    from gradloom.viz.picture import in_notebook

    if in_notebook():
        return widget(text)
    path = Path(tempfile.mkdtemp(prefix="gradloom-")) / "explore.html"
    write_file(path, text.encode())
    if not webbrowser.open(path.as_uri()):
        raise NotSupported(
            "there is no browser to show a page in", hint=f"it was written to {path}"
        )
    return path


__all__ = ["Book", "Subject", "explore"]
