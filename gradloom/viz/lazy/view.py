"""A picture of a lazy DAG: shown in a notebook, written to a file, or as text for Graphviz."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, final

from gradloom.frontend.dag.builder import GraphBuilder
from gradloom.frontend.dag.node import DataNode
from gradloom.ir.errors import ArgumentError, NotSupported
from gradloom.viz.boxes import Scene
from gradloom.viz.drawing import Drawing
from gradloom.viz.drawn import drawn
from gradloom.viz.lazy.looks import attributes_of, dressed, hex_of, ink_on
from gradloom.viz.lazy.scene import Styled, styled
from gradloom.viz.writers.dot import dot, quoted_id
from gradloom.viz.writers.files import ending, write_drawing, write_file
from gradloom.viz.writers.raster import CSS_DPI
from gradloom.viz.writers.svg import svg
from gradloom.viz.writers.text import scene_text

_NONE: Final = (None, "", "white")


@final
class View:
    """A picture; a notebook shows it, `str` gives its boxes as a tree."""

    def __init__(self, picture: Styled, gap: float) -> None:
        self._picture = picture
        self._gap = gap

    @property
    def drawing(self) -> Drawing:
        """The picture as shapes."""
        return dressed(drawn(self._picture.scene), self._picture.styles)

    def svg(self) -> str:
        """The picture as SVG text, in the reader's theme."""
        return svg(self.drawing)

    @property
    def source(self) -> str:
        """The picture in Graphviz's language (needs no Graphviz), ranks and gap included."""
        lines = dot(_unpadded(self._picture.scene)).rstrip("\n").split("\n")
        extra = [f"  ranksep={self._gap:g};"]
        ranks: dict[object, list[str]] = {}
        for id, style in self._picture.styles.items():
            shape = "box" if style.shape == "oval" else style.shape
            fill = ""
            if style.color not in _NONE:
                color = hex_of(str(style.color))
                fill = f', fillcolor="{color}", fontcolor="{ink_on(color)}"'
            if style.outlined:
                fill += ', color="lawngreen", penwidth=1.75'
            extra.append(f"  {quoted_id(id)} [shape={shape}, fontsize={style.fontsize:g}{fill}];")
            if style.rank is not None:
                ranks.setdefault(style.rank, []).append(quoted_id(id))
        extra += [f"  {{rank=same; {'; '.join(ids)}}}" for ids in ranks.values()]
        return "\n".join([*lines[:-1], *extra, lines[-1]]) + "\n"

    def save(
        self, path: str | os.PathLike[str], theme: str = "light", dpi: float = CSS_DPI
    ) -> Path:
        """Write the picture as .svg, .png, .pdf, .dot or .txt."""
        target = Path(path)
        kind = ending(target)
        if kind in ("dot", "txt"):
            write_file(target, (self.source if kind == "dot" else str(self)).encode())
            return target
        return write_drawing(self.drawing, target, theme, dpi)

    def __str__(self) -> str:
        return scene_text(_unpadded(self._picture.scene))

    def __repr__(self) -> str:
        return f"<View: {self._picture.description}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": str(self), "image/svg+xml": self.svg()}


def _unpadded(scene: Scene) -> Scene:
    """The scene with titles that have no room around them for a larger font."""
    return replace(
        scene, boxes=tuple([replace(box, title=box.title.strip()) for box in scene.boxes])
    )


def view(
    G: GraphBuilder,
    marked: Iterable[DataNode],
    summary: bool,
    verbose: bool,
    attributes: Mapping[str, Any],
    gap: float | None,
) -> View:
    """The picture of a graph."""
    chosen = attributes_of({**attributes, **({} if gap is None else {"graph_ranksep": gap})})
    picture = styled(G, summary, verbose, chosen, marked)
    return View(picture, chosen["graph_ranksep"])


def path_of(
    path: str | os.PathLike[str] | None, dirpath: str | None, filename: str, fileformat: str
) -> Path:
    """Where a picture goes: `path`, or pyflow-viz's three parts of one."""
    if path is not None:
        if dirpath is not None:
            raise ArgumentError("a picture goes to a path or to a dirpath, and both were given")
        return Path(path)
    kind = fileformat.lower().lstrip(".")
    if kind not in ("png", "pdf", "svg", "dot", "txt"):
        raise NotSupported(
            f"a picture of kind {fileformat!r}", hint="choose png, pdf, svg, dot or txt"
        )
    name = filename if filename.lower().endswith(f".{kind}") else f"{filename}.{kind}"
    return Path(dirpath or ".") / name
