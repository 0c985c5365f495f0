"""A page about graphs; writing it is a higher layer's work, called by its hook."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from gradloom.frontend.dag.builder import GraphBuilder
from gradloom.ir import hooks
from gradloom.ir.errors import ArgumentError

_PATH: Final = "graphs_overview.html"


def document(
    *graphs: GraphBuilder | str | os.PathLike[str],
    path: str | os.PathLike[str] | None = None,
    filename: str | os.PathLike[str] | None = None,
    pixel_offset: int = -1,
) -> Path:
    """Write a page with the picture of each graph beside the docstrings of its functions: one HTML
    file that needs nothing else. Gives the path, which may also stand after the graphs; without
    one it is graphs_overview.html. `filename` is pyflow-viz's name for it, and its `pixel_offset`
    has nothing to do here.

    >>> import tempfile, gradloom as gl
    >>> G = gl.dag.GraphBuilder(alias="g")
    >>> _ = G.add(max)(1, 2)
    >>> document(G, path=tempfile.mkdtemp() + "/g.html").name
    'g.html'
    """
    last = [graph for graph in graphs[-1:] if isinstance(graph, str | os.PathLike)]
    named = [*last, *[name for name in (path, filename) if name is not None]]
    if len(named) > 1:
        raise ArgumentError(f"the page has one path, and {len(named)} were given")
    alone = graphs[: len(graphs) - len(last)]
    written: Path = hooks.of("dag_document")(alone, named[0] if named else _PATH)
    return written
