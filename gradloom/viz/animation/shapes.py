"""The shapes of a film: its stage, and what passes over it. Painters and writers draw these."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from gradloom.viz.animation.film import Dot, Key, Moment, Spot, Stage, State, Wire
from gradloom.viz.animation.particles import Color, outline
from gradloom.viz.animation.stages import MARGIN, Frame, frame, text_width, zoom_of
from gradloom.viz.animation.theme import Theme
from gradloom.viz.drawing import (
    Curve,
    Disc,
    Drawing,
    Group,
    Line,
    Point,
    Polygon,
    Rect,
    Shape,
    Text,
)

STATES: Final[dict[State, str]] = {
    "compute": "computes", "straggle": "computes late", "wait": "waits", "send": "sends",
    "receive": "receives", "exchange": "sends and receives", "done": "has the result",
}  # fmt: skip
"""What a node's ring means."""


def hexed(color: Color, alpha: float = 1.0) -> str:
    """A colour as paint."""
    return "#{:02x}{:02x}{:02x}{:02x}".format(*color, round(alpha * 255))


def mixed(color: Color, paper: Color, share: float) -> Color:
    """A colour with so much of it on paper."""
    r, g, b = (round(c * share + p * (1 - share)) for c, p in zip(color, paper, strict=True))
    return r, g, b


def parts(stage: Stage, theme: Theme) -> Frame:
    """Where the parts of the picture stand."""
    return frame(stage.width, stage.height, theme, [key.text for key in stage.keys])


def standing(stage: Stage, theme: Theme) -> Iterator[Shape]:
    """What stands through the whole film, but nodes and labels, which lie over what moves."""
    z = zoom_of(stage.width, stage.height)
    title, sub = theme.font_title_size / 2 * z, theme.font_subtitle_size / 2 * z
    title = min(title, (stage.width - 2 * MARGIN) / max(text_width(stage.title, 1.0), 1e-9))
    room = stage.width - 2 * MARGIN
    yield Text(MARGIN, MARGIN + title, stage.title, title, hexed(theme.title_color), bold=True)
    below = MARGIN + title + sub * 1.45
    yield Text(MARGIN, below, fitting(stage.subtitle, sub, room), sub, hexed(theme.text_dim))
    for wire in stage.wires:
        yield wired(wire, theme, 0.0, z)
    yield from _legend(stage, theme)


def wired(wire: Wire, theme: Theme, alpha: float, z: float) -> Curve:
    """An edge, the brighter the busier it is."""
    (x0, y0), (x, y), (x1, y1) = wire.start, wire.control, wire.end
    first = x0 + (x - x0) * 2 / 3, y0 + (y - y0) * 2 / 3
    second = x1 + (x - x1) * 2 / 3, y1 + (y - y1) * 2 / 3
    calm = mixed(theme.edge_base, theme.background, 0.35)
    busy = mixed(wire.color or theme.edge_base, theme.background, 0.75)
    paint = hexed(mixed(busy, calm, alpha))
    return Curve((wire.start, first, second, wire.end), paint, (1.0 + 0.8 * alpha) * z)


def labelled(wire: Wire, at: Point, theme: Theme, z: float) -> Group:
    """An edge's label, on a patch of paper."""
    (x, y), size = at, theme.font_weight_size / 2 * z
    wide = text_width(wire.label, size) + 6 * z
    patch = Rect(x - wide / 2, y - size * 0.7, wide, size * 1.4, hexed(theme.background), radius=3)
    text = Text(x, y + size * 0.36, wire.label, size, hexed(theme.weight_text), "middle")
    return Group((patch, text))


def noded(spot: Spot, theme: Theme, state: State, z: float) -> Group:
    """A node: a disc, its ring by what it does, its label."""
    fill = theme.node_ps_fill if spot.leader else theme.node_fill
    stroke = theme.node_ps_stroke if spot.leader else theme.node_stroke
    shapes: list[Shape] = [Disc(spot.x, spot.y, spot.radius, hexed(fill), hexed(stroke), 1.5 * z)]
    if spot.leader:
        shapes.append(Disc(spot.x, spot.y, spot.radius * 0.84, "", hexed(stroke), 1.0 * z))
    shapes += ringed(spot, theme, state, z)
    size = min(theme.font_label_size / 2 * z, spot.radius * 0.9)
    if spot.label_at is not None:
        size = theme.font_weight_size / 2 * z
        at = spot.label_at
        shapes.append(
            Text(at[0], at[1] + size * 0.36, spot.label, size, hexed(theme.text_dim), "middle")
        )
    elif spot.label:
        size = min(size, 1.8 * spot.radius / max(text_width(spot.label, 1.0), 1e-9))
        shapes.append(
            Text(
                spot.x, spot.y + size * 0.36, spot.label, size, hexed(theme.title_color), "middle",
                bold=True, mono=True,
            )
        )  # fmt: skip
    return Group(tuple(shapes), spot.label)


def ringed(spot: Spot, theme: Theme, state: State, z: float) -> list[Shape]:
    """The ring round a node that says what it does."""
    return _ring(spot.x, spot.y, spot.radius + 2.6 * z, theme, state, z)


def _ring(x: float, y: float, radius: float, theme: Theme, state: State, z: float) -> list[Shape]:
    """The ring that says what a node does: by colour, and by how its line is broken."""
    looks: dict[State, tuple[Color, float, tuple[float, ...]]] = {
        "compute": (theme.phase_color, 2.4, ()),
        "straggle": (theme.edge_styles[-4 % len(theme.edge_styles)].color, 2.8, (6.0, 3.0)),
        "wait": (theme.text_dim, 1.4, (2.0, 3.0)),
        "send": (theme.node_stroke, 2.8, ()),
        "receive": (theme.node_stroke, 2.8, (3.0, 2.0)),
        "exchange": (theme.node_stroke, 3.4, ()),
        "done": (theme.edge_styles[2 % len(theme.edge_styles)].color, 2.8, ()),
    }
    if state not in looks:
        return []
    color, width, dash = looks[state]
    if not dash:
        return [Disc(x, y, radius, "", hexed(color), width * z)]
    steps = [2 * math.pi * i / 48 for i in range(49)]
    around = tuple((x + radius * math.cos(a), y + radius * math.sin(a)) for a in steps)
    return [Line(around, hexed(color), width * z, tuple(d * z for d in dash))]


def words(moment: Moment, stage: Stage, theme: Theme) -> Group:
    """What happens, in words, at the bottom: the phase, and more about it at the right."""
    z = zoom_of(stage.width, stage.height)
    phase, note = theme.font_phase_size / 2 * z, theme.font_legend_size / 2 * z
    y = parts(stage, theme).bar_y - 10 * z
    room = stage.width - 2 * MARGIN
    shapes: list[Shape] = [
        Text(
            MARGIN,
            y,
            fitting(moment.phase, phase, room),
            phase,
            hexed(theme.phase_color),
            bold=True,
        )
    ]
    room -= text_width(moment.phase, phase * 1.12) + 16
    if moment.note and room > 60:
        text = fitting(moment.note, note, room)
        shapes.append(Text(stage.width - MARGIN, y, text, note, hexed(theme.text_dim), "end"))
    return Group(tuple(shapes))


def bar(share: float, stage: Stage, theme: Theme) -> tuple[Rect, Rect]:
    """How much of the film is over."""
    z, y = zoom_of(stage.width, stage.height), parts(stage, theme).bar_y
    wide = stage.width - 2 * MARGIN
    line = hexed(mixed(theme.edge_base, theme.background, 0.35))
    return (
        Rect(MARGIN, y, wide, 3 * z, line),
        Rect(MARGIN, y, wide * share, 3 * z, hexed(theme.phase_color)),
    )


def dotted(dot: Dot, theme: Theme) -> Group:
    """A dot and its halo."""
    corners = tuple((dot.x + x * dot.size, dot.y + y * dot.size) for x, y in outline(dot.shape))
    halo = Disc(dot.x, dot.y, dot.size * 1.7, hexed(dot.color, 0.22))
    return Group((halo, Polygon(corners, hexed(dot.color))), dot.tip)


def drawing(stage: Stage, moment: Moment, theme: Theme) -> Drawing:
    """A moment as a drawing that stands."""
    z = zoom_of(stage.width, stage.height)
    busy = [wired(w, theme, a, z) for w, a in zip(stage.wires, moment.alphas, strict=True) if a > 0]
    labels = [labelled(w, w.label_at, theme, z) for w in stage.wires if w.label_at is not None]
    nodes = (noded(s, theme, st, z) for s, st in zip(stage.spots, moment.states, strict=True))
    shapes = (
        *standing(stage, theme), *busy, *labels, *(dotted(d, theme) for d in moment.dots), *nodes,
        words(moment, stage, theme), *bar(moment.share, stage, theme),
    )  # fmt: skip
    told = stage.description + (f". {moment.phase}" if moment.phase else "")
    paper = hexed(theme.background)[:7]
    return Drawing(stage.width, stage.height, shapes, stage.title, told, paper)


def fitting(text: str, size: float, room: float) -> str:
    """The text, cut where it would be wider than the room."""
    most = int(room / text_width("n", size))
    return text if len(text) <= most else text[: max(most - 1, 0)].rstrip() + "…"


def _legend(stage: Stage, theme: Theme) -> Iterator[Shape]:
    place = parts(stage, theme)
    z, size = place.zoom, theme.font_legend_size / 2 * place.zoom
    shown = stage.keys
    if len(shown) > place.rows:
        left = len(shown) - place.rows + 1
        shown = (*shown[: max(place.rows - 1, 0)], Key(f"and {left} more")) if place.rows else ()
    room = stage.width - MARGIN - place.legend_x - 22 * z
    for i, key in enumerate(shown):
        x, y = place.legend_x, place.legend_top + i * place.legend_row
        middle = x + 8 * z, y - size * 0.36
        yield from _sign(key, middle, theme, z)
        yield Text(x + 22 * z, y, fitting(key.text, size, room), size, hexed(theme.text_dim))


def _sign(key: Key, at: Point, theme: Theme, z: float) -> Iterator[Shape]:
    if key.color is not None and key.shape is not None:
        yield dotted(Dot(*at, key.color, key.shape, 5.0 * z), theme)
    elif key.state:
        yield Disc(*at, 3.6 * z, hexed(theme.node_fill))
        yield from _ring(*at, 5.6 * z, theme, key.state, z)
