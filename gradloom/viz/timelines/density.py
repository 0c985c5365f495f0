"""Bars that are thinner than a pixel, as how much of each pixel they cover."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from gradloom.viz.timelines.layout import Scale
from gradloom.viz.timelines.scene import Bar

Column = int
Cover = dict[str, list[float]]


def split(bars: Iterable[Bar], scale: Scale, thinnest: float) -> tuple[list[Bar], list[Bar]]:
    """The bars that are at least so many pixels wide, and the others."""
    wide: list[Bar] = []
    thin: list[Bar] = []
    for bar in bars:
        width = scale.x(bar.event.end) - scale.x(bar.event.start)
        (wide if width >= thinnest else thin).append(bar)
    return wide, thin


def cover(bars: Sequence[Bar], scale: Scale, pixels: float) -> Cover:
    """For each kind of work, the share of each column of so many pixels that its bars cover.

    What overlaps counts as often, up to a whole column. The shares of all kinds times the columns'
    time are the bars' seconds, unless they overlap.
    """
    count = max(1, round(scale.width / pixels))
    found: Cover = {}
    for bar in bars:
        a = (scale.x(bar.event.start) - scale.left) / pixels
        b = (scale.x(bar.event.end) - scale.left) / pixels
        for column in range(min(int(a), count - 1), min(int(b), count - 1) + 1):
            inside = max(0.0, min(b, column + 1) - max(a, column))
            for kind, share in bar.parts:
                found.setdefault(kind, [0.0] * count)[column] += inside * share
    return _within_one(found, count)


def touched(bars: Iterable[Bar], scale: Scale, pixels: float) -> set[Column]:
    """The columns in which any of the bars begins: those that must not look empty."""
    count = max(1, round(scale.width / pixels))
    return {
        min(int((scale.x(bar.event.start) - scale.left) / pixels), count - 1) for bar in bars
    }  # fmt: skip


def stretches(columns: Iterable[Column]) -> list[range]:
    """The columns as ranges without holes.

    >>> stretches({4, 1, 2, 9})
    [range(1, 3), range(4, 5), range(9, 10)]
    """
    found = []
    for _, group in groupby(enumerate(sorted(columns)), lambda x: x[1] - x[0]):
        inside = [column for _, column in group]
        found.append(range(inside[0], inside[-1] + 1))
    return found


def _within_one(found: Cover, count: int) -> Cover:
    for column in range(count):
        together = sum(x[column] for x in found.values())
        if together > 1:
            for x in found.values():
                x[column] /= together
    return found
