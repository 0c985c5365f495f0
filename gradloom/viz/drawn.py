"""The drawing of a scene: frames, edges, then boxes, where the layout puts them."""

from __future__ import annotations

import itertools
from typing import Final

from rich.cells import cell_len

from gradloom.viz.boxes import Box, Scene
from gradloom.viz.drawing import Curve, Disc, Drawing, Group, Point, Rect, Shape, Text
from gradloom.viz.layout import (
    CHARACTER,
    HEAD,
    LINE,
    PADDING,
    Placed,
    PlacedFrame,
    Route,
    fitted,
    layout,
)
from gradloom.viz.palette import Paint
from gradloom.viz.weights import count_words

_MARKS: Final[dict[str, tuple[Paint, str, str]]] = {
    "+": ("good", "+", "added"),
    "~": ("warn", "\u2260", "replaced"),
    "-": ("bad", "\u2212", "removed next"),
}
"""The colour of a mark, its sign, and what it says."""
_BADGE: Final = 8.0
_STACK: Final = 4.0
"""A closed group has the edge of a second box so far behind it."""
_WIDEST: Final = 4.0
"""The widest edge, in pixels: one of very many values."""


def drawn(scene: Scene) -> Drawing:
    """The scene, placed."""
    placed = layout(scene)
    title = fitted(scene.title)
    width = max(placed.width, cell_len(title) * CHARACTER + 2 * PADDING)
    shapes: list[Shape] = [Text(PADDING, LINE + 4, title, bold=True, mono=True)]
    legend = _legend(scene, PADDING + cell_len(title) * CHARACTER + 24)
    width = max(width, *(shape.x + 90 for shape in legend if isinstance(shape, Text)), 0.0)
    shapes += legend
    shapes += [_frame(frame) for frame in placed.frames.values()]
    shapes += [_edge(route) for route in placed.routes]
    shapes += [shape for frame in placed.frames.values() for shape in _title(frame)]
    shapes += [_box(box) for box in placed.boxes.values()]
    return Drawing(width, placed.height, tuple(shapes), scene.title, told(scene))


def _legend(scene: Scene, x: float) -> list[Shape]:
    """What the marks mean that boxes of this scene have, from `x` on."""
    there = {box.mark for box in scene.boxes}
    shapes: list[Shape] = []
    for mark, (_, _, word) in _MARKS.items():
        if mark in there:
            shapes += [*_badge(mark, x, LINE), Text(x + _BADGE + 5, LINE + 4, word, fill="muted")]
            x += (len(word) + 4) * CHARACTER
    return shapes


def _badge(mark: str, x: float, y: float) -> tuple[Disc, Text]:
    """A mark in a disc of its colour."""
    paint, sign, _ = _MARKS[mark]
    return Disc(x, y, _BADGE, paint), Text(x, y + 4, sign, 12, "paper", "middle", bold=True)


def told(scene: Scene) -> str:
    """What a scene shows, in words: `5 boxes, 4 edges, 1 frame`."""
    counted = ("box", len(scene.boxes)), ("edge", len(scene.edges)), ("frame", len(scene.frames))
    return ", ".join(count_words(n, word) for word, n in counted if n or word != "frame")


def _frame(p: PlacedFrame) -> Rect:
    left, top = p.x - p.width / 2, p.y - p.height / 2
    dash = (4.0, 3.0) if p.frame.kind in ("loop", "branch", "call") else ()
    return Rect(left, top, p.width, p.height, "sunken", "line", radius=8, dash=dash)


def _title(p: PlacedFrame) -> tuple[Rect, Text]:
    """The title over what flows past it, on a ground of its own."""
    left, top, text = p.x - p.width / 2, p.y - p.height / 2, fitted(p.frame.title)
    ground = Rect(left + 4, top + 4, cell_len(text) * CHARACTER + 8, HEAD - 6, "sunken", radius=4)
    words = Text(left + 8, top + LINE + 1, text, fill="muted", bold=True, mono=True)
    return ground, words


def _edge(route: Route) -> Curve:
    width = min(1.0 + 0.3 * (route.edge.count - 1), _WIDEST)
    return Curve(tuple(_curved(route.points)), "edge", width, arrow=True)


def _curved(points: tuple[Point, ...]) -> list[Point]:
    """Curves from point to point that begin and end straight down."""
    found = [points[0]]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        bend = (y1 - y0) / 2
        found += [(x0, y0 + bend), (x1, y1 - bend), (x1, y1)]
    return found


def _box(p: Placed) -> Group:
    left, top = p.x - p.width / 2, p.y - p.height / 2
    stroke, thick = (_MARKS[p.box.mark][0], 2.0) if p.box.mark else ("line", 1.0)
    rects = [Rect(left, top, p.width, p.height, p.box.kind, stroke, thick, radius=6)]
    if p.box.group:
        behind = Rect(left + _STACK, top + _STACK, p.width, p.height, p.box.kind, "line", radius=6)
        rects.insert(0, behind)
    title = Text(p.x, top + LINE, fitted(p.box.title), anchor="middle", bold=True, mono=True)
    lines = [
        Text(p.x, top + LINE * (i + 2), fitted(line), anchor="middle", mono=True)
        for i, line in enumerate(p.box.lines)
    ]
    badge = _badge(p.box.mark, left, top) if p.box.mark else ()
    return Group((*rects, title, *lines, *badge), _tip(p.box), p.box.id)


def _tip(box: Box) -> str:
    """The box's tip, after what its texts had no room for."""
    cut = [text for text in (box.title, *box.lines) if fitted(text) != text]
    return "\n".join([*cut, *([box.tip] if box.tip else [])])
