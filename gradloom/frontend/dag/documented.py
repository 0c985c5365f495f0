"""A page about graphs; writing it is a higher layer's work, called by its hook."""

from __future__ import annotations

import os
from pathlib import Path

from gradloom.frontend.dag.builder import GraphBuilder
from gradloom.ir import hooks


def document(*graphs: GraphBuilder, path: str | os.PathLike[str] = "graphs_overview.html") -> Path:
    """Write a page with the picture of each graph beside the docstrings of its functions: one HTML
    file that needs nothing else. Gives the path.

    >>> import tempfile, gradloom as gl
    >>> G = gl.dag.GraphBuilder(alias="g")
    >>> _ = G.add(max)(1, 2)
    >>> document(G, path=tempfile.mkdtemp() + "/g.html").name
    'g.html'
    """
    written: Path = hooks.of("dag_document")(graphs, path)
    return written
