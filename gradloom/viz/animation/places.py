"""Where the nodes of a schedule stand: layouts that fit any rectangle."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from gradloom.viz.animation.film import Spot
from gradloom.viz.animation.schedule import Schedule
from gradloom.viz.animation.stages import text_width
from gradloom.viz.drawing import Point

Area = tuple[float, float, float, float]
"""Left, top, width, height."""
_LARGEST: Final = 18.0
_SMALLEST: Final = 4.0
_SHARE: Final = 0.3
"""The most of the way to its nearest neighbour that a node's radius takes: dots need the rest."""
_SHORT, _LONGEST = 4, 14
"""Signs of a label that stands inside of its node, and the most that are shown of one outside."""
_INSIDE: Final = 12.0
"""The radius below which a label stands outside of its node."""


def spots(schedule: Schedule, area: Area, zoom: float, label_size: float) -> tuple[Spot, ...]:
    """The nodes in an area, as large as there is room for; labels that would touch are left out."""
    n = len(schedule.nodes)
    if not n:
        return ()
    names = schedule.nodes
    longest = max(map(len, names))
    inner = _inner(area, zoom, label_size, longest)
    points = _placed(schedule, inner)
    radius = max(min(_LARGEST * zoom, _nearest(points) * _SHARE), _SMALLEST)
    if radius >= _INSIDE * zoom and longest <= _SHORT:
        return tuple(
            Spot(
                *p, radius * (1.15 if i in schedule.leaders else 1), names[i], i in schedule.leaders
            )
            for i, p in enumerate(points)
        )
    return _outside(schedule, points, radius, area, label_size)


def _inner(area: Area, zoom: float, size: float, longest: int) -> Area:
    """What is left of an area for the middles of nodes, when labels may stand outside of them."""
    left, top, width, height = area
    radius = _LARGEST * zoom * 1.15 + 4
    label = 0.0 if longest <= _SHORT else text_width("n" * min(longest, _LONGEST), size) + 6
    across = min(radius + max(label, text_width("W00", size)), width * 0.3)
    down = min(radius + size * 1.3 + 4, height * 0.3)
    return left + across, top + down, max(width - 2 * across, 1.0), max(height - 2 * down, 1.0)


def around(n: int, area: Area) -> list[Point]:
    """`n` points on the ellipse in an area, evenly along it, clockwise from the top."""
    left, top, width, height = area
    cx, cy, rx, ry = left + width / 2, top + height / 2, width / 2, height / 2
    steps = 720
    fine = [2 * math.pi * k / steps - math.pi / 2 for k in range(steps + 1)]
    path = [(cx + rx * math.cos(a), cy + ry * math.sin(a)) for a in fine]
    lengths = [0.0]
    for a, b in pairwise(path):
        lengths.append(lengths[-1] + math.dist(a, b))
    found, k = [], 0
    for i in range(n):
        while lengths[k] < lengths[-1] * i / n:
            k += 1
        found.append(path[k])
    return found


def _placed(schedule: Schedule, area: Area) -> Sequence[Point]:
    n = len(schedule.nodes)
    left, top, width, height = area
    middle = left + width / 2, top + height / 2
    if n == 1:
        return [middle]
    if n == 2 and schedule.layout != "tree":
        return [(left + width * 0.1, middle[1]), (left + width * 0.9, middle[1])]
    if schedule.layout == "tree":
        return _tree(n, area)
    if schedule.layout == "groups":
        return _groups(schedule, area)
    if schedule.layout == "star" and len(schedule.leaders) == 1:
        (centre,) = schedule.leaders
        rim = around(n - 1, area)
        return [*rim[:centre], middle, *rim[centre:]]
    return around(n, area)


def _tree(n: int, area: Area) -> list[Point]:
    """Worker 0 above, its two children below it, and so on."""
    left, top, width, height = area
    deepest = n.bit_length() - 1
    found = []
    for i in range(n):
        depth = (i + 1).bit_length() - 1
        share = (i + 1 - 2**depth + 0.5) / 2**depth
        found.append((left + width * share, top + height * depth / max(deepest, 1)))
    return found


def _groups(schedule: Schedule, area: Area) -> list[Point]:
    """Groups on an ellipse; in each the leader stands nearest to the middle of all."""
    left, top, width, height = area
    count = max(schedule.groups) + 1
    if count == 1:
        return around(len(schedule.nodes), area)
    room = min(width, height) * min(0.3, 2.2 / (count + 2)) / 2
    inner = left + room, top + room, max(width - 2 * room, 1.0), max(height - 2 * room, 1.0)
    middle = left + width / 2, top + height / 2
    found: list[Point] = [middle] * len(schedule.nodes)
    for group, (cx, cy) in enumerate(around(count, inner)):
        members = [i for i, g in enumerate(schedule.groups) if g == group]
        inward = math.atan2(middle[1] - cy, middle[0] - cx)
        for k, i in enumerate(members):
            angle = inward + 2 * math.pi * k / len(members)
            away = room if len(members) > 1 else 0.0
            found[i] = cx + away * math.cos(angle), cy + away * math.sin(angle)
    return _filling(found, area)


def _filling(points: Sequence[Point], area: Area) -> list[Point]:
    """The points, moved and scaled so that they fill the area along one axis at least."""
    left, top, width, height = area
    x0, x1 = min(x for x, _ in points), max(x for x, _ in points)
    y0, y1 = min(y for _, y in points), max(y for _, y in points)
    zoom = min(width / max(x1 - x0, 1e-9), height / max(y1 - y0, 1e-9))
    dx, dy = left + width / 2 - (x0 + x1) / 2 * zoom, top + height / 2 - (y0 + y1) / 2 * zoom
    return [(x * zoom + dx, y * zoom + dy) for x, y in points]


def _nearest(points: Sequence[Point]) -> float:
    """The distance of the two points that are nearest."""
    return min(
        (math.dist(a, b) for i, a in enumerate(points) for b in points[i + 1 :]), default=math.inf
    )


def _outside(
    schedule: Schedule, points: Sequence[Point], radius: float, area: Area, size: float
) -> tuple[Spot, ...]:
    """Labels beside their nodes, away from the middle: as many as there is room for, in even steps
    where not for all.
    """
    names = [n if len(n) <= _LONGEST else n[: _LONGEST - 1] + "…" for n in schedule.nodes]
    taken = [(x, y, radius + 2, radius + 2) for x, y in points]
    labels: dict[int, Area] = {}
    for each in (1, 2, 4, 8, 16):
        wanted = range(0, len(points), each)
        labels = _free(
            [(i, _beside(names[i], points[i], radius, area, size)) for i in wanted], taken, area
        )
        if len(labels) == len(wanted):
            break
    spots = []
    for i, (x, y) in enumerate(points):
        label = labels.get(i)
        at = (label[0], label[1]) if label else None
        spots.append(Spot(x, y, radius, names[i] if at else "", i in schedule.leaders, at))
    return tuple(spots)


def _beside(name: str, point: Point, radius: float, area: Area, size: float) -> Area:
    """Where a label stands: its middle, and half of its width and height."""
    left, top, width, height = area
    half = text_width(name, size) / 2, size * 0.6
    dx = (point[0] - left - width / 2) / max(width, 1)
    dy = (point[1] - top - height / 2) / max(height, 1)
    away = math.hypot(dx, dy)
    dx, dy = (dx / away, dy / away) if away > 1e-9 else (0.0, 1.0)
    far = radius + 6 + abs(dx) * half[0] + abs(dy) * half[1]
    return point[0] + dx * far, point[1] + dy * far, *half


def _free(labels: list[tuple[int, Area]], nodes: list[Area], area: Area) -> dict[int, Area]:
    """Those that are inside the area, and touch no node and none of those before."""
    left, _, width, _ = area
    found: dict[int, Area] = {}
    for i, label in labels:
        x, _, half, _ = label
        others = [*nodes, *found.values()]
        inside = left <= x - half and x + half <= left + width
        if inside and not any(_touch(label[:2], label[2:], other) for other in others):
            found[i] = label
    return found


def _touch(at: Point, half: Point, other: Area) -> bool:
    x, y, across, down = other
    return abs(at[0] - x) < half[0] + across and abs(at[1] - y) < half[1] + down
