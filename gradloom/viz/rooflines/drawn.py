"""The drawing of a roofline: FLOP/s over FLOP per byte, both logarithmic, under the roofs."""

from __future__ import annotations

import math
from typing import Final

from gradloom.viz.charts import Frame, Key, axis_below, axis_left, legend
from gradloom.viz.drawing import Disc, Drawing, Group, Line, Shape, Text
from gradloom.viz.drawing import Point as Point2
from gradloom.viz.labels import Area, Wanted, fitted, placed, text_width
from gradloom.viz.rooflines.scene import FAMILIES, Point, RooflineScene
from gradloom.viz.rooflines.told import headline, short_name
from gradloom.viz.ticks import Scale, short_text, time_text

WIDTH: Final = 960.0
_FRAME: Final = Frame(92, 74, 840, 430)
_LABELS: Final = 14
"""The dearest nodes that get a label, where there is room."""
_POINTS: Final = 600
_SMALLEST: Final = 4.0
_LARGEST: Final = 17.0
"""Radii in pixels: the area above the smallest grows with the share of time."""


def drawn(scene: RooflineScene) -> Drawing:
    """The scene with its roofs, its points and the labels of the dearest."""
    x, y = _scales(scene)
    points = scene.points[:_POINTS]
    discs = [_disc(p, scene, x, y) for p in points]
    roofs, taken = _roofs(scene, x, y)
    labels = _labels(points, discs, taken)
    keys, height = legend(_keys(scene), _FRAME.x, _FRAME.bottom + 52, _FRAME.width)
    shapes: list[Shape] = [
        Text(24, 30, scene.title, 16, bold=True),
        Text(24, 50, fitted(headline(scene), WIDTH - 48, 12), 12, "muted"),
        *axis_left(_FRAME, y, "FLOP/s"),
        *axis_below(_FRAME, x, "FLOP per byte read or written", grid=True),
        *roofs,
        *(
            Group((disc,), _tip(p, scene))
            for p, disc in reversed(list(zip(points, discs, strict=True)))
        ),
        *labels,
        *keys,
    ]
    return Drawing(
        WIDTH, _FRAME.bottom + 52 + height + 16, tuple(shapes), scene.title, headline(scene)
    )


def _scales(scene: RooflineScene) -> tuple[Scale, Scale]:
    machine = scene.machine
    ridges = [flops / machine.memory for flops in machine.flops.values()]
    x = _FRAME.across([*(p.intensity for p in scene.points), *ridges, max(ridges) * 4], log=True)
    rates = [p.rate for p in scene.points] + [p.attainable for p in scene.points]
    y = _FRAME.upward([*rates, *machine.flops.values(), max(machine.flops.values()) * 2], log=True)
    return x, y


def _roofs(scene: RooflineScene, x: Scale, y: Scale) -> tuple[list[Shape], list[Area]]:
    """The peaks and the slopes, each with its name, and the areas of the names."""
    shapes: list[Shape] = []
    taken: list[Area] = []
    machine = scene.machine
    top = max(machine.flops.values())
    for name, flops in machine.flops.items():
        start = max(flops / machine.cache, x.low)
        at = y.at(flops)
        shapes.append(Line(((x.at(start), at), (_FRAME.right, at)), "ink", 1.6))
        label = f"{name} product, {short_text(flops, 'FLOP/s')}"
        shapes.append(Text(_FRAME.right - 4, at - 5, label, 11, "ink", "end"))
        taken.append((_FRAME.right - 4 - text_width(label, 11), at - 16, _FRAME.right, at))
    for name, speed, dash in (("memory", machine.memory, ()), ("cache", machine.cache, (5.0, 4.0))):
        low = max(x.low, y.low / speed)
        ends = ((x.at(low), y.at(low * speed)), (x.at(top / speed), y.at(top)))
        shapes.append(Line(ends, "ink", 1.6, dash))
        words = f"{name}, {short_text(speed, 'B/s')}"
        beside = _slope_label(words, ends, below=name == "memory")
        left = beside.x - (text_width(words, 11) if beside.anchor == "end" else 0)
        shapes.append(beside)
        taken.append((left, beside.y - 11, left + text_width(words, 11), beside.y + 3))
        taken += _along(ends)
    return shapes, taken


def _slope_label(text: str, ends: tuple[Point2, Point2], *, below: bool) -> Text:
    """A name beside the lower end of a slope, so that it does not touch the line."""
    (x0, y0), (x1, y1) = ends
    rise = (y1 - y0) / max(x1 - x0, 1.0)
    if below:
        left = x0 + 60
        return Text(left, y0 + rise * (left - x0) + 14, text, 11)
    right = x0 + text_width(text, 11) + 12
    return Text(right, y0 + rise * (right - x0) - 7, text, 11, "ink", "end")


def _along(ends: tuple[Point2, Point2], step: float = 8.0) -> list[Area]:
    """Small areas along a line, which labels are to keep off."""
    (x0, y0), (x1, y1) = ends
    count = max(1, int(math.hypot(x1 - x0, y1 - y0) / step))
    middles = [(x0 + (x1 - x0) * i / count, y0 + (y1 - y0) * i / count) for i in range(count + 1)]
    return [(x - 2, y - 3, x + 2, y + 3) for x, y in middles]


def _disc(point: Point, scene: RooflineScene, x: Scale, y: Scale) -> Disc:
    share = point.total / (scene.seconds or 1.0)
    radius = math.sqrt(_SMALLEST**2 + (_LARGEST**2 - _SMALLEST**2) * min(share * 2, 1.0))
    hue = f"hue{FAMILIES.index(point.family)}"
    fill = hue if scene.measured else "paper"
    edge = "paper" if scene.measured else hue
    return Disc(x.at(point.intensity), y.at(point.rate), radius, fill, edge, 1.2)


def _labels(points: tuple[Point, ...], discs: list[Disc], taken: list[Area]) -> list[Shape]:
    """Labels of the dearest nodes, where they cover no disc and no other label."""
    covered = [(d.x - d.radius, d.y - d.radius, d.x + d.radius, d.y + d.radius) for d in discs]
    wanted: list[Wanted] = []
    seen: set[str] = set()
    for point, disc in zip(points, discs, strict=True):
        name = short_name(point)
        if len(wanted) < _LABELS and name not in seen:  # equal nodes of a loop share a label
            seen.add(name)
            wanted.append(Wanted(disc.x, disc.y, name, disc.radius + 4))
    spots = placed(wanted, _FRAME.area, 11, [*taken, *covered])
    return [
        Text(spot.x, spot.y, label.text, 11, "ink", spot.anchor)
        for label, spot in zip(wanted, spots, strict=True)
        if spot is not None
    ]


def _keys(scene: RooflineScene) -> list[Key]:
    there = {p.family for p in scene.points}
    keys = [Key(f, f"hue{i}", "disc") for i, f in enumerate(FAMILIES) if f in there]
    size = "area: share of the time" if scene.measured else "hollow: estimated, at the roof"
    return [*keys, Key(size, "muted", "disc")]


def _tip(point: Point, scene: RooflineScene) -> str:
    took = f"{time_text(point.seconds)} a call, " if point.seconds is not None else ""
    share = 100 * point.total / (scene.seconds or 1.0)
    return (
        f"{point.op} {point.type}: {took}{share:.3g} % of the time, {point.calls} calls\n"
        f"{short_text(point.flops, 'FLOP')}, {short_text(point.nbytes, 'B')}, "
        f"{short_text(point.rate, 'FLOP/s')}\n{point.tip}"
    )
