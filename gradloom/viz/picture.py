"""Pictures of graphs in files: drawn by our own layout, or by Graphviz on request."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from rich.text import Text as RichText

from gradloom.frontend.compile import Compiled
from gradloom.ir.errors import ArgumentError, NotSupported
from gradloom.ir.graph import Graph
from gradloom.viz.boxes import Scene
from gradloom.viz.drawn import drawn
from gradloom.viz.explorer.subject import subject
from gradloom.viz.groups import PAGE_BOXES
from gradloom.viz.history import history_scene
from gradloom.viz.scene import scene
from gradloom.viz.writers.dot import dot
from gradloom.viz.writers.files import ending, write_drawing, write_file
from gradloom.viz.writers.json import scene_json
from gradloom.viz.writers.raster import CSS_DPI
from gradloom.viz.writers.svg import svg
from gradloom.viz.writers.text import scene_rich, scene_text

_TIMEOUT_S: Final = 120
_TEXTS: Final = {"dot": dot, "json": scene_json, "txt": scene_text}
_DRAWN: Final = ("svg", "png", "pdf")


def graph_dot(graph: Graph) -> str:
    """The graph as Graphviz text."""
    return dot(scene(graph, most=PAGE_BOXES))


def graph_svg(graph: Graph) -> str:
    """The graph as SVG text."""
    return svg(drawn(scene(graph, most=PAGE_BOXES)))


def graph_rich(graph: Graph, width: int) -> RichText:
    """The graph as a coloured tree for a terminal of so many characters."""
    return scene_rich(scene(graph, most=PAGE_BOXES), width)


def graph(
    g: Graph | Compiled | Sequence[Any],
    path: str | os.PathLike[str],
    theme: str = "light",
    dpi: float = CSS_DPI,
    most: int = PAGE_BOXES,
    opened: Iterable[str] | None = None,
    engine: str = "own",
) -> Path:
    """Write a picture of a graph; the ending says which kind: `.svg`, `.png`, `.pdf`, or as text
    `.txt` (a tree), `.json` (the scene as data) or `.dot` (for Graphviz).

    Nodes stand in frames: the function, loop or repeat that they belong to. Outer groups are open
    while at most `most` boxes are shown, the others closed; `opened` names the open ones instead.
    `theme` is "light", "dark", or for SVG "auto", which follows the reader's; `dpi` are the pixels
    per inch of a PNG. `engine="graphviz"` leaves the layout to Graphviz's program `dot`.

    Of a compiled function, or of a history (`gl.optimize(g).history`, or some steps of one), the
    picture has the graph that each pass left, beside one another, and marks what the pass changed.

    >>> import tempfile, numpy as np, gradloom as gl
    >>> folder = tempfile.mkdtemp()
    >>> graph(gl.trace(np.sin, np.ones(3)), f"{folder}/sin.svg").name
    'sin.svg'
    """
    target = Path(path)
    kind = ending(target)
    if kind not in (*_TEXTS, *_DRAWN):
        raise NotSupported(
            f"a picture of kind {target.suffix!r}",
            hint="name the file .svg, .png, .pdf, .txt, .json or .dot",
        )
    if engine not in ("own", "graphviz"):
        raise ArgumentError(f"there is no engine {engine!r}", hint="choose own or graphviz")
    shown = scene(g, opened, most) if isinstance(g, Graph) else _of_history(g, opened, most)
    if kind in _TEXTS:
        write_file(target, _TEXTS[kind](shown).encode())
    elif engine == "graphviz":
        write_file(target, _by_graphviz(shown, kind, dpi))
    else:
        write_drawing(drawn(shown), target, theme, dpi)
    return target


def _of_history(g: Compiled | Sequence[Any], opened: Iterable[str] | None, most: int) -> Scene:
    if opened is not None:
        raise ArgumentError("groups are opened by their ids in one graph", hint="give one graph")
    about = subject(g)
    return history_scene(about.name, about.steps, most)


def _by_graphviz(scene: Scene, kind: str, dpi: float) -> bytes:
    program = shutil.which("dot")
    if program is None:
        raise NotSupported(
            "Graphviz's program dot is not installed", hint='install graphviz, or engine="own"'
        )
    finer = [f"-Gdpi={dpi:g}"] if kind == "png" else []
    made = subprocess.run(
        [program, f"-T{kind}", *finer],
        input=dot(scene).encode(),
        capture_output=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if made.returncode != 0:
        raise NotSupported(
            f"dot could not draw the graph: {made.stderr.decode(errors='replace').strip()}",
            hint='write .dot, or leave it to engine="own"',
        )
    return made.stdout


def show(g: Graph) -> Any:
    """Show the graph: inline in a notebook, else in the browser (`NotSupported` where none is)."""
    import webbrowser

    if in_notebook():
        return g
    path = Path(tempfile.mkdtemp(prefix="gradloom-")) / "graph.svg"
    picture = graph(g, path, theme="auto")
    if not webbrowser.open(picture.as_uri()):
        raise NotSupported(
            "there is no browser to show a picture in", hint=f"it was written to {picture}"
        )
    return None


def in_notebook() -> bool:
    """Whether this runs in a notebook."""
    import sys

    shell = sys.modules.get("IPython")
    return shell is not None and type(shell.get_ipython()).__name__ == "ZMQInteractiveShell"


def mimebundle(g: Graph) -> dict[str, str]:
    """What a notebook shows of a graph: its picture, with groups closed where it is large; as text
    the program, or the tree of its groups where that is long.
    """
    shown = scene(g, most=PAGE_BOXES)
    long = len(g.nodes) > PAGE_BOXES
    text = scene_text(shown) if long else g.text(locations=True)
    return {"text/plain": text, "image/svg+xml": svg(drawn(shown))}
