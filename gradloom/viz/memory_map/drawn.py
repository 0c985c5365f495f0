"""The drawing of a memory scene: stacked bands over node positions or measured time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from gradloom.viz.charts import Frame, Key, axis_below, axis_left, legend
from gradloom.viz.drawing import Disc, Drawing, Group, Line, Point, Polygon, Rect, Shape, Text
from gradloom.viz.labels import fitted, text_width
from gradloom.viz.memory_map.scene import Band, MemoryScene, Panel
from gradloom.viz.memory_map.stack import Run, Stack, stacked
from gradloom.viz.memory_map.told import headline, panel_line
from gradloom.viz.palette import HUES
from gradloom.viz.ticks import Scale, byte_text

WIDTH: Final = 960.0
_LEFT: Final = 96.0
_RIGHT: Final = 24.0
_HIGH: Final = 250.0
_HEAD: Final = 58.0
_ROW: Final = 20.0
OWNERS: Final = HUES - 1
"""Owners that have a colour of their own; the last hue, a grey, is for all others."""


def drawn(scene: MemoryScene) -> Drawing:
    """The scene as one panel, or as two with the same scale of bytes, and a legend."""
    most = highest(scene)
    shapes: list[Shape] = [
        Text(24, 30, scene.title, 16, bold=True),
        Text(24, 50, fitted(headline(scene), WIDTH - 48, 12), 12, "muted"),
    ]
    y = _HEAD
    for panel in scene.panels:
        frame = Frame(_LEFT, y + 30, WIDTH - _LEFT - _RIGHT, _HIGH)
        shapes += _panel(panel, frame, most, scene.budget)
        y = frame.bottom + 48
    more, height = _legend(scene, y + 4)
    return Drawing(WIDTH, y + height + 16, (*shapes, *more), scene.title, headline(scene))


def highest(scene: MemoryScene) -> float:
    """The bytes at the upper edge: what is shown, and room for the peak's label."""
    return max([scene.budget or 0, *(p.peak for p in scene.panels)]) * _ROOM or 1.0


_ROOM: Final = 1.12
"""Height of a panel over its highest mark: of 250 pixels 27 are above the peak, a label's 23 among
them.
"""


def _panel(panel: Panel, frame: Frame, most: float, budget: int | None) -> list[Shape]:
    stack = stacked(panel)
    up = frame.upward([0, most], zero=True)
    edges, across = _edges(panel, stack, frame)
    timed = panel.measured is not None
    shapes: list[Shape] = [
        Text(frame.x, frame.y - 12, panel.title, 12, bold=True),
        Text(frame.right, frame.y - 12, panel_line(panel), 11, "muted", "end"),
        *axis_left(frame, up, "bytes alive", "bytes"),
        _floor(panel, stack, edges, up),
        _inside(panel, stack, edges, up),
    ]
    for band, runs in zip(panel.bands, stack.runs, strict=True):
        if runs:
            shapes.append(_band(band, runs, edges, up))
    shapes += _outline(panel, stack, edges, up)
    title = "seconds of a measured run" if timed else "node"
    shapes += axis_below(frame, across, title, "seconds" if timed else "count")
    shapes += _limits(panel, frame, up, budget)
    return [*shapes, *_peak(panel, stack, edges, up, frame)]


def _edges(panel: Panel, stack: Stack, frame: Frame) -> tuple[list[float], Scale]:
    """The pixels between which the columns stand, and the scale below."""
    count = len(panel.live)
    if panel.measured is None or not sum(panel.measured.seconds):
        across = frame.across([0, max(count, 1)])
        starts = [*(_first(stack.columns, i, count) for i in range(len(stack.columns))), count]
        return [across.at(s) for s in starts], across
    ends = [0.0, *accumulate(panel.measured.seconds)]
    across = frame.across([0, ends[-1]])
    starts = [*(_first(stack.columns, i, count) for i in range(len(stack.columns))), count]
    return [across.at(ends[s]) for s in starts], across


def _first(columns: Sequence[int], i: int, count: int) -> int:
    """The first node of a column."""
    return i if len(columns) == count else round(i * count / len(columns))


def _band(band: Band, runs: Sequence[Run], edges: Sequence[float], up: Scale) -> Group:
    hue = min(band.owner, OWNERS)
    fill = f"hue{hue}" if band.fate == "again" else f"tint{hue}"
    shapes: list[Shape] = []
    for part in _joined(runs):
        corners = _corners(part, band.nbytes, edges, up)
        shapes.append(Polygon(corners, fill, f"hue{hue}", 0.75))
        if band.fate == "dropped":
            shapes.append(Line((*corners, corners[0]), "ink", 1.2, (4, 3)))
    shapes += _name(band, runs, edges, up)
    tip = f"{band.name} {band.type}: {byte_text(band.nbytes)}\n{band.tip}\n{_FATES[band.fate]}"
    return Group(tuple(shapes), tip)


_FATES: Final = {
    "kept": "kept until its last use",
    "dropped": "the plan frees it early and computes it anew",
    "again": "computed anew",
}


def _joined(runs: Sequence[Run]) -> list[list[Run]]:
    """Runs that stand beside each other, together."""
    parts: list[list[Run]] = []
    for run in runs:
        if parts and parts[-1][-1].last == run.first - 1:
            parts[-1].append(run)
        else:
            parts.append([run])
    return parts


def _corners(
    part: Sequence[Run], nbytes: int, edges: Sequence[float], up: Scale
) -> tuple[Point, ...]:
    above: list[Point] = []
    below: list[Point] = []
    for run in part:
        left, right = edges[run.first], edges[run.last + 1]
        above += [(left, up.at(run.bottom + nbytes)), (right, up.at(run.bottom + nbytes))]
        below += [(left, up.at(run.bottom)), (right, up.at(run.bottom))]
    return (*above, *reversed(below))


def _name(band: Band, runs: Sequence[Run], edges: Sequence[float], up: Scale) -> list[Shape]:
    """The band's name where it has the most room."""
    run = max(runs, key=lambda r: edges[r.last + 1] - edges[r.first])
    left, right = edges[run.first], edges[run.last + 1]
    top, bottom = up.at(run.bottom + band.nbytes), up.at(run.bottom)
    if bottom - top < 12:
        return []
    again = "anew: " if band.fate == "again" else ""
    long = f"{again}{band.name} {band.type}"
    text = long if text_width(long, 10) <= right - left - 8 else f"{again}{band.name}"
    if text_width(text, 10) > right - left - 6:
        return []
    ink = "paper" if band.fate == "again" else "ink"
    return [Text((left + right) / 2, (top + bottom) / 2 + 3.5, text, 10, ink, "middle")]


def _floor(panel: Panel, stack: Stack, edges: Sequence[float], up: Scale) -> Shape:
    """The small buffers, added up."""
    tops = [panel.rest[p] for p in stack.columns]
    if not any(tops):
        return Group(())
    corners = _steps([up.at(t) for t in tops], edges)
    zero = up.at(0)
    around = ((edges[0], zero), *corners, (edges[-1], zero))
    return Group(
        (Polygon(around, f"tint{OWNERS}", f"hue{OWNERS}", 0.75),),
        f"{panel.rest_count} smaller buffers",
    )


def _inside(panel: Panel, stack: Stack, edges: Sequence[float], up: Scale) -> Shape:
    """What is alive within the regions of a node, on top of the rest."""
    shapes = []
    for i, position in enumerate(stack.columns):
        if panel.inside[position]:
            top = up.at(panel.live[position])
            high = up.at(panel.live[position] - panel.inside[position]) - top
            shapes.append(
                Rect(edges[i], top, max(edges[i + 1] - edges[i], 1), high, "region", "edge", 0.75)
            )
    return Group(tuple(shapes), "inside a loop or branch")


def _outline(panel: Panel, stack: Stack, edges: Sequence[float], up: Scale) -> list[Shape]:
    if not stack.columns:
        return []
    tops = _steps([up.at(panel.live[p]) for p in stack.columns], edges)
    return [Line(((edges[0], up.at(0)), *tops, (edges[-1], up.at(0))), "ink", 1.2)]


def _steps(tops: Sequence[float], edges: Sequence[float]) -> tuple[Point, ...]:
    points: list[Point] = []
    for i, top in enumerate(tops):
        if points and points[-1][1] == top:
            points[-1] = (edges[i + 1], top)
        else:
            points += [(edges[i], top), (edges[i + 1], top)]
    return tuple(points)


def _limits(panel: Panel, frame: Frame, up: Scale, budget: int | None) -> list[Shape]:
    """Lines across for the budget and the measured peak."""
    lines = [("budget", budget, "bad", (7.0, 4.0))] if budget is not None else []
    if panel.measured is not None:
        lines.append(("measured peak", panel.measured.peak_bytes, "good", (2.0, 3.0)))
    shapes: list[Shape] = []
    for i, (name, nbytes, paint, dash) in enumerate(lines):
        y = up.at(nbytes or 0)
        label = f"{name} {byte_text(nbytes or 0)}"
        right = frame.right - 4 - i * 190
        width = text_width(label, 11)
        shapes += [
            Line(((frame.x, y), (frame.right, y)), paint, 1.6, dash),
            Rect(right - width - 4, y - 17, width + 8, 15, "paper", radius=3),
            Text(right, y - 6, label, 11, paint, "end", bold=True),
        ]
    return shapes


def _peak(
    panel: Panel, stack: Stack, edges: Sequence[float], up: Scale, frame: Frame
) -> list[Shape]:
    """A mark at the peak, with the node and its line."""
    if panel.peak_position not in stack.columns or not panel.peak:
        return []
    column = stack.columns.index(panel.peak_position)
    x, y = (edges[column] + edges[column + 1]) / 2, up.at(panel.peak)
    label = f"peak {byte_text(panel.peak)}: {panel.peak_place}"
    half = text_width(label, 11, bold=True) / 2
    middle = min(max(x, frame.x + half + 4), frame.right - half - 4)
    return [
        Rect(middle - half - 4, y - 23, 2 * half + 8, 15, "paper", radius=3),
        Text(middle, y - 12, label, 11, "ink", "middle", bold=True),
        Disc(x, y, 4, "ink", "paper", 1.5),
    ]


def _legend(scene: MemoryScene, y: float) -> tuple[list[Shape], float]:
    shapes: list[Shape] = [Text(24, y + 10, "Owners, by their bytes at the peak", 12, bold=True)]
    y += 18
    top = y
    for i, owner in enumerate(scene.owners[:OWNERS]):
        shapes += [
            Rect(24, y + 4, 14, 11, f"tint{i}", f"hue{i}", radius=2),
            Text(128, y + 14, byte_text(owner.bytes_at_peak), 11, "muted", "end"),
            Text(142, y + 14, fitted(owner.place, 150, 11), 11),
            Text(300, y + 14, fitted(owner.code, 630, 11, mono=True), 11, "ink", mono=True),
        ]
        y += _ROW
    others = scene.owners[OWNERS:]
    if others or any(p.rest_count for p in scene.panels):
        held = byte_text(sum(o.bytes_at_peak for o in others))
        more = f"{len(others)} more owners, and " if others else ""
        words = f"{more}buffers too small to be told apart"
        shapes += [
            Rect(24, y + 4, 14, 11, f"tint{OWNERS}", f"hue{OWNERS}", radius=2),
            Text(128, y + 14, held, 11, "muted", "end"),
            Text(142, y + 14, words, 11),
        ]
        y += _ROW
    keys, height = legend(_marks(scene), 24, y + 8, WIDTH - 48)
    return [*shapes, *keys], y - top + 26 + height


def _marks(scene: MemoryScene) -> list[Key]:
    fates = {band.fate for panel in scene.panels for band in panel.bands}
    keys = [Key("bytes alive", "ink", "line")]
    if "dropped" in fates:
        keys.append(Key("dashed outline: freed early, computed anew later", "ink", "dash"))
    if "again" in fates:
        keys.append(Key("full colour: computed anew", "hue0"))
    if any(any(p.inside) for p in scene.panels):
        keys.append(Key("inside a loop or branch", "region"))
    return keys
