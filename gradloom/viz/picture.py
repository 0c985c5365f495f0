"""Pictures of graphs in files: by Graphviz where it is installed, else by our own layout."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

from gradloom.ir.errors import NotSupported
from gradloom.ir.graph import Graph
from gradloom.viz.drawn import drawn
from gradloom.viz.scene import scene
from gradloom.viz.writers.dot import dot
from gradloom.viz.writers.files import ending, write_drawing, write_file
from gradloom.viz.writers.raster import CSS_DPI
from gradloom.viz.writers.svg import svg

_TIMEOUT_S: Final = 120


def graph_dot(graph: Graph) -> str:
    """The graph as Graphviz text."""
    return dot(scene(graph))


def graph_svg(graph: Graph) -> str:
    """The graph as SVG text."""
    return svg(drawn(scene(graph)))


def graph(
    g: Graph, path: str | os.PathLike[str], theme: str = "light", dpi: float = CSS_DPI
) -> Path:
    """Write a picture of a graph; the ending says which kind: `.svg`, `.png`, `.pdf` or `.dot`.

    The picture is Graphviz's where its program `dot` is installed and the theme is light, else our
    own. `theme` is "light", "dark", or for SVG "auto", which follows the reader's; `dpi` are the
    pixels per inch of a PNG.

    >>> import tempfile, numpy as np, gradloom as gl
    >>> folder = tempfile.mkdtemp()
    >>> graph(gl.trace(np.sin, np.ones(3)), f"{folder}/sin.svg").name
    'sin.svg'
    """
    target = Path(path)
    kind = ending(target)
    if kind == "dot":
        write_file(target, graph_dot(g).encode())
        return target
    if kind not in ("svg", "png", "pdf"):
        raise NotSupported(
            f"a picture of kind {target.suffix!r}", hint="name the file .svg, .png, .pdf or .dot"
        )
    program = shutil.which("dot")
    if program is None or theme != "light":
        return write_drawing(drawn(scene(g)), target, theme, dpi)
    write_file(target, _by_graphviz(program, g, kind, dpi))
    return target


def _by_graphviz(program: str, g: Graph, kind: str, dpi: float) -> bytes:
    finer = [f"-Gdpi={dpi:g}"] if kind == "png" else []
    made = subprocess.run(
        [program, f"-T{kind}", *finer],
        input=graph_dot(g).encode(),
        capture_output=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if made.returncode != 0:
        raise NotSupported(
            f"dot could not draw the graph: {made.stderr.decode(errors='replace').strip()}",
            hint="write .dot or .svg",
        )
    return made.stdout


def show(g: Graph) -> Any:
    """Show the graph: inline in a notebook, else in the browser (`NotSupported` where none is)."""
    import webbrowser

    if in_notebook():
        return g
    picture = graph(g, Path(tempfile.mkdtemp(prefix="gradloom-")) / "graph.svg")
    if not webbrowser.open(picture.as_uri()):
        raise NotSupported(
            "there is no browser to show a picture in", hint=f"it was written to {picture}"
        )
    return None


def in_notebook() -> bool:
    """Whether this is a notebook's kernel."""
    import sys

    shell = sys.modules.get("IPython")
    return shell is not None and type(shell.get_ipython()).__name__ == "ZMQInteractiveShell"


def mimebundle(g: Graph) -> dict[str, str]:
    """What a notebook shows of a graph: its text, and a picture when it is small enough to read."""
    bundle = {"text/plain": g.text(locations=True)}
    if len(g.nodes) <= 200:
        bundle["image/svg+xml"] = graph_svg(g)
    return bundle
