"""The way of an edge: down out of frames, past layers through its slots, and into frames."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from gradloom.viz.boxes import Edge
from gradloom.viz.drawing import Point
from gradloom.viz.nesting import Nesting
from gradloom.viz.stage import Stage

if TYPE_CHECKING:
    from gradloom.viz.layout import Placed

_SHARE: Final = 0.6
"""Edges arrive on this share of a box's width, in its middle."""


def way(
    edge: Edge,
    nesting: Nesting,
    stages: Mapping[str, Stage],
    origins: Mapping[str, Point],
    boxes: Mapping[str, Placed],
) -> list[Point]:
    """The points from the bottom of the edge's source to the top of its target's layer."""
    up, down = nesting.around(edge.source), nesting.around(edge.target)
    shared = sum(a == b for a, b in zip(up[:-1], down[:-1], strict=False))
    source = boxes[edge.source]
    points = [(source.x, source.y + source.height / 2)]
    levels = [*up[shared:-1][::-1], up[shared - 1], *down[shared:-1]]
    for level in levels:
        leaving = up[up.index(level) + 1] if level in up else None
        arriving = down[down.index(level) + 1] if level in down else None
        passed = _passed(stages[level], edge.source, leaving, arriving)
        points += [(x + origins[level][0], y + origins[level][1]) for x, y in passed]
    return points


def _passed(stage: Stage, box: str, leaving: str | None, arriving: str | None) -> Iterator[Point]:
    """The points of one level, from under the item that is left to above the one arrived at."""
    if leaving is not None:
        yield stage.start(box, leaving), stage.bottoms[stage.rank(leaving)]
    end = stage.rank(arriving) if arriving is not None else len(stage.tops)
    for layer, x in stage.slots(box):
        if layer < end:
            yield x, stage.tops[layer]
            yield x, stage.bottoms[layer]
    if arriving is not None:
        yield stage.end(box, arriving), stage.tops[end]


def arrivals(
    edges: Sequence[Edge], ways: Sequence[list[Point]], boxes: Mapping[str, Placed]
) -> list[tuple[Point, ...]]:
    """The ways to their ends: side by side on top of the target, in the order of where they come
    from, so that they don't cross there.
    """
    coming: dict[str, list[int]] = defaultdict(list)
    for i, edge in enumerate(edges):
        coming[edge.target].append(i)
    found: list[tuple[Point, ...]] = [()] * len(edges)
    for target, several in coming.items():
        box = boxes[target]
        several.sort(key=lambda i: ways[i][-2][0])
        for k, i in enumerate(several):
            x = box.x + ((k + 0.5) / len(several) - 0.5) * box.width * _SHARE
            ceiling = ways[i][-1][1]
            points = [*ways[i][:-1], (x, ceiling), (x, box.y - box.height / 2)]
            found[i] = _straightened(points)
    return found


def _straightened(points: list[Point]) -> tuple[Point, ...]:
    """The points without those in the middle of a line straight down, or said twice."""
    kept = points[:1]
    for before, point in itertools.pairwise(points):
        if point == kept[-1]:
            continue
        if len(kept) > 1 and kept[-2][0] == kept[-1][0] == point[0] and before == kept[-1]:
            kept[-1] = point
        else:
            kept.append(point)
    return tuple(kept)
