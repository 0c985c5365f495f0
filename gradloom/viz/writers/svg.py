"""A scene as SVG, placed by our own layout: needs no program."""

from __future__ import annotations

import re
from html import escape
from typing import Final

from gradloom.viz.layout import LINE, PADDING, Layout, Placed, layout
from gradloom.viz.scene import Edge, Scene

FILL: Final = {
    "input": "#d7e8fb",
    "op": "#ffffff",
    "derivative": "#fdeed6",
    "constant": "#eeeeee",
    "output": "#d9f2dd",
    "region": "#ece2f7",
}
"""Background of a box by its kind."""

_STYLE: Final = (
    "text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#1b1f24}"
    ".t{font-weight:600}.e{fill:none;stroke:#8a94a0}"
)


_NO_XML: Final = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""What XML 1.0 (section 2.2) cannot hold, escaped or not."""


def svg(scene: Scene) -> str:
    """The scene as SVG text."""
    placed = layout(scene)
    width, height = f"{placed.width:.0f}", f"{placed.height:.0f}"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">'
    )
    defs = (
        '<defs><marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#8a94a0"/></marker></defs>'
    )
    parts = [
        head,
        f"<style>{_STYLE}</style>",
        defs,
        '<rect width="100%" height="100%" fill="#fbfcfd"/>',
    ]
    parts.append(f'<text class="t" x="{PADDING}" y="{LINE + 4}">{_escaped(scene.title)}</text>')
    parts += [_edge(edge, placed) for edge in scene.edges]
    parts += [_box(box) for box in placed.boxes.values()]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _edge(edge: Edge, placed: Layout) -> str:
    a, b = placed.boxes[edge.source], placed.boxes[edge.target]
    y0, y1 = a.y + a.height / 2, b.y - b.height / 2
    bend = max((y1 - y0) / 2, 8.0)
    start, end = f"{a.x:.1f} {y0:.1f}", f"{b.x:.1f} {y1:.1f}"
    path = f"M{start}C{a.x:.1f} {y0 + bend:.1f} {b.x:.1f} {y1 - bend:.1f} {end}"
    return f'<path class="e" d="{path}" marker-end="url(#a)"/>'


def _box(p: Placed) -> str:
    left, top = p.x - p.width / 2, p.y - p.height / 2
    tip = f"<title>{_escaped(p.box.tip)}</title>" if p.box.tip else ""
    rect = (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{p.width:.1f}" height="{p.height:.1f}" rx="6" '
        f'fill="{FILL[p.box.kind]}" stroke="#c3cad2"/>'
    )
    lines = [_text(p.x, top + LINE, p.box.title, "t")]
    lines += [_text(p.x, top + LINE * (i + 2), line, "") for i, line in enumerate(p.box.lines)]
    return f"<g>{tip}{rect}{''.join(lines)}</g>"


def _text(x: float, y: float, text: str, style: str) -> str:
    kind = f' class="{style}"' if style else ""
    return f'<text{kind} x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{_escaped(text)}</text>'


def _escaped(text: str) -> str:
    return escape(_NO_XML.sub("\ufffd", text))
