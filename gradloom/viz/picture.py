"""Pictures of graphs in files: DOT and SVG always, PNG and PDF where Graphviz is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

from gradloom.ir.errors import NotSupported
from gradloom.ir.graph import Graph
from gradloom.ir.whole_file import write_whole
from gradloom.viz.scene import scene
from gradloom.viz.writers.dot import dot
from gradloom.viz.writers.svg import svg

_BY_DOT: Final = ("png", "pdf")
_TIMEOUT_S: Final = 120


def graph_dot(graph: Graph) -> str:
    """The graph as Graphviz text."""
    return dot(scene(graph))


def graph_svg(graph: Graph) -> str:
    """The graph as SVG text."""
    return svg(scene(graph))


def graph(g: Any, path: str | os.PathLike[str]) -> Path:
    """Write a picture of a graph; the ending says which kind: `.dot`, `.svg`, `.png`, `.pdf`.

    SVG is Graphviz's where `dot` is installed, else our own. PNG and PDF need `dot` (`NotSupported`
    says so).

    >>> import tempfile, numpy as np, gradloom as gl
    >>> folder = tempfile.mkdtemp()
    >>> graph(gl.trace(np.sin, np.ones(3)), f"{folder}/sin.svg").name
    'sin.svg'
    """
    target = Path(path)
    kind = target.suffix.lstrip(".").lower()
    if kind == "dot":
        write_whole(target, graph_dot(g).encode())
    elif kind in ("svg", *_BY_DOT):
        write_whole(target, _drawn(g, kind))
    else:
        raise NotSupported(
            f"a picture of kind {target.suffix!r}", hint="name the file .svg, .png, .pdf or .dot"
        )
    return target


def _drawn(g: Graph, kind: str) -> bytes:
    program = shutil.which("dot")
    if program is None:
        if kind == "svg":
            return graph_svg(g).encode()
        raise NotSupported(
            f"a .{kind} picture needs Graphviz's dot",
            hint="install the graphviz package, or write .svg",
        )
    made = subprocess.run(
        [program, f"-T{kind}"],
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

    if _in_notebook():
        return g
    picture = graph(g, Path(tempfile.mkdtemp(prefix="gradloom-")) / "graph.svg")
    if not webbrowser.open(picture.as_uri()):
        raise NotSupported(
            "there is no browser to show a picture in", hint=f"it was written to {picture}"
        )
    return None


def _in_notebook() -> bool:
    import sys

    shell = sys.modules.get("IPython")
    return shell is not None and type(shell.get_ipython()).__name__ == "ZMQInteractiveShell"


def mimebundle(g: Graph) -> dict[str, str]:
    """What a notebook shows of a graph: its text, and a picture when it is small enough to read."""
    bundle = {"text/plain": g.text(locations=True)}
    if len(g.nodes) <= 200:
        bundle["image/svg+xml"] = graph_svg(g)
    return bundle
