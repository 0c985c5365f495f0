"""The drawing of a scene: its boxes where the layout puts them, and edges between them."""

from __future__ import annotations

from gradloom.viz.drawing import Curve, Drawing, Group, Rect, Shape, Text
from gradloom.viz.layout import LINE, PADDING, Layout, Placed, layout
from gradloom.viz.scene import Edge, Scene


def drawn(scene: Scene) -> Drawing:
    """The scene, placed."""
    placed = layout(scene)
    shapes: list[Shape] = [Text(PADDING, LINE + 4, scene.title, bold=True, mono=True)]
    shapes += [_edge(edge, placed) for edge in scene.edges]
    shapes += [_box(box) for box in placed.boxes.values()]
    told = f"{len(scene.boxes)} boxes, {len(scene.edges)} edges"
    return Drawing(placed.width, placed.height, tuple(shapes), scene.title, told)


def _edge(edge: Edge, placed: Layout) -> Curve:
    a, b = placed.boxes[edge.source], placed.boxes[edge.target]
    y0, y1 = a.y + a.height / 2, b.y - b.height / 2
    bend = max((y1 - y0) / 2, 8.0)
    return Curve(((a.x, y0), (a.x, y0 + bend), (b.x, y1 - bend), (b.x, y1)), arrow=True)


def _box(p: Placed) -> Group:
    left, top = p.x - p.width / 2, p.y - p.height / 2
    rect = Rect(left, top, p.width, p.height, p.box.kind, "line", radius=6)
    title = Text(p.x, top + LINE, p.box.title, anchor="middle", bold=True, mono=True)
    lines = [
        Text(p.x, top + LINE * (i + 2), line, anchor="middle", mono=True)
        for i, line in enumerate(p.box.lines)
    ]
    return Group((rect, title, *lines), p.box.tip)
