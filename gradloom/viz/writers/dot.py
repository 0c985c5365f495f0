"""A scene as Graphviz text; making it needs no Graphviz."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gradloom.viz.boxes import Box, Edge, Frame, Scene
from gradloom.viz.nesting import OUTSIDE, Nesting
from gradloom.viz.palette import LIGHT

_KEYWORDS: Final = frozenset({"node", "edge", "graph", "digraph", "subgraph", "strict"})
_NODE: Final = 'node [shape=box, style="rounded,filled", fontname="monospace", fontsize=11];'
_CLUSTER: Final = 'graph [style="rounded,filled", fontname="monospace", fontsize=11];'


def dot(scene: Scene) -> str:
    """The scene in the DOT language; a frame is a cluster."""
    lines = [f"digraph {_quoted(scene.title)} {{", f"  {_NODE}"]
    lines += [f"  {_CLUSTER}"] if scene.frames else []
    lines += _Level(scene).lines(OUTSIDE, "  ")
    lines += [_edge(edge) for edge in scene.edges]
    return "\n".join([*lines, "}"]) + "\n"


class _Level:
    """The lines of a frame: its boxes, and the frames in it."""

    def __init__(self, scene: Scene) -> None:
        self._insides = Nesting(scene).insides
        self._boxes = {box.id: box for box in scene.boxes}
        self._frames = {frame.id: frame for frame in scene.frames}

    def lines(self, level: str, indent: str) -> Iterator[str]:
        """The lines of a level, each after `indent`."""
        for item in self._insides[level].items:
            if item in self._boxes:
                yield indent + _box(self._boxes[item])
                continue
            yield f"{indent}subgraph {_quoted(f'cluster_{item}')} {{"
            yield f"{indent}  {_frame(self._frames[item])}"
            yield from self.lines(item, indent + "  ")
            yield indent + "}"


def _box(box: Box) -> str:
    label = "\\n".join(_escaped(text) for text in (box.title, *box.lines))
    shape = ", shape=box3d" if box.group else ""
    fill = f'fillcolor="{LIGHT.roles[box.kind]}"'
    return f'{quoted_id(box.id)} [label="{label}", {fill}{shape}{_tip(box.tip)}];'


def _frame(frame: Frame) -> str:
    tip = f" tooltip={_quoted(frame.tip)};" if frame.tip else ""
    fill = f'fillcolor="{LIGHT.roles["sunken"]}"'
    return f"label={_quoted(frame.title)}; {fill};{tip}"


def _edge(edge: Edge) -> str:
    label = f" [label={_quoted(edge.label)}]" if edge.label else ""
    return f"  {quoted_id(edge.source)} -> {quoted_id(edge.target)}{label};"


def _tip(tip: str) -> str:
    return f", tooltip={_quoted(tip)}" if tip else ""


def quoted_id(id: str) -> str:
    """An id as DOT reads it: a word as it is, any other in quotes ("n2.0" would be two)."""
    plain = id.isidentifier() and id.isascii() and id.lower() not in _KEYWORDS
    return id if plain else _quoted(id)


def _escaped(text: str) -> str:
    text = text.replace("\0", "\ufffd")  # which would end the text for Graphviz
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "")


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'
