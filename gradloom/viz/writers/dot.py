"""A scene as Graphviz text; making it needs no Graphviz."""

from __future__ import annotations

from gradloom.viz.palette import LIGHT
from gradloom.viz.scene import Scene


def dot(scene: Scene) -> str:
    """The scene in the DOT language."""
    lines = [
        f"digraph {_quoted(scene.title)} {{",
        '  node [shape=box, style="rounded,filled", fontname="monospace", fontsize=11];',
    ]
    for box in scene.boxes:
        label = "\\n".join(_escaped(text) for text in (box.title, *box.lines))
        tip = f", tooltip={_quoted(box.tip)}" if box.tip else ""
        lines.append(f'  {box.id} [label="{label}", fillcolor="{LIGHT.roles[box.kind]}"{tip}];')
    for edge in scene.edges:
        label = f" [label={_quoted(edge.label)}]" if edge.label else ""
        lines.append(f"  {edge.source} -> {edge.target}{label};")
    return "\n".join([*lines, "}"]) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "")


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'
