"""A step's size by the strong Wolfe conditions (Nocedal and Wright, algorithms 3.5 and 3.6)."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any, Final, NamedTuple

Vector = Any
"""A vector of numpy's, or a tensor of one axis."""

_LESS: Final = 1e-4
"""How much of the slope the loss is to follow."""
_FLATTER: Final = 0.9
"""How much of the slope may be left."""


class Found(NamedTuple):
    """The loss and gradient after a step, its size, and how often the loss was asked for."""

    loss: float
    gradient: Vector
    size: float
    evaluations: int


class _Point(NamedTuple):
    size: float
    loss: float
    gradient: Vector
    slope: float


def cubic(a: _Point, b: _Point, bounds: tuple[float, float] | None = None) -> float:
    """Where the cubic through two points with their slopes is least, inside the bounds."""
    low, high = bounds or (min(a.size, b.size), max(a.size, b.size))
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.size - b.size)
    square = d1 * d1 - a.slope * b.slope
    if square < 0:
        return (low + high) / 2
    d2 = sqrt(square)
    if a.size <= b.size:
        at = b.size - (b.size - a.size) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    else:
        at = a.size - (a.size - b.size) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2 * d2))
    return min(max(at, low), high)


def strong_wolfe(
    at: Callable[[float], tuple[float, Vector, float]], size: float, longest: float, loss: float,
    gradient: Vector, slope: float, least_change: float, tries: int,
) -> Found:  # fmt: skip
    """A size after which the loss is enough less and flat enough, or the best of `tries` + 1;
    `at(size)` gives the loss, the gradient and the slope there.
    """
    start = _Point(0.0, loss, gradient, slope)
    before, now = start, _Point(size, *at(size))
    count, i = 1, 0
    between: list[_Point] = []
    while i < tries:
        if now.loss > loss + _LESS * now.size * slope or (i > 1 and now.loss >= before.loss):
            between = [before, now]
            break
        if abs(now.slope) <= -_FLATTER * slope:
            return Found(now.loss, now.gradient, now.size, count)
        if now.slope >= 0:
            between = [before, now]
            break
        least, most = now.size + 0.01 * (now.size - before.size), now.size * 10
        following = cubic(before, now, (least, most))
        before, now = now, _Point(following, *at(following))
        count += 1
        i += 1
    if i == tries or not between:
        between = [start, now]
    return _zoomed(at, between, start, longest, least_change, tries, count, i)


def _zoomed(
    at: Callable[[float], tuple[float, Vector, float]], between: list[_Point], start: _Point,
    longest: float, least_change: float, tries: int, count: int, i: int,
) -> Found:  # fmt: skip
    """The same, of sizes between two points."""
    low, high = sorted(between, key=lambda p: p.loss)
    stuck = False
    while i < tries:
        if abs(high.size - low.size) * longest < least_change:
            break
        size = cubic(low, high)
        left, right = min(low.size, high.size), max(low.size, high.size)
        margin = 0.1 * (right - left)
        if min(right - size, size - left) < margin:
            if stuck or size >= right or size <= left:
                near_right = abs(size - right) < abs(size - left)
                size = right - margin if near_right else left + margin
                stuck = False
            else:
                stuck = True
        else:
            stuck = False
        now = _Point(size, *at(size))
        count += 1
        i += 1
        if now.loss > start.loss + _LESS * size * start.slope or now.loss >= low.loss:
            low, high = sorted((low, now), key=lambda p: p.loss)
        else:
            if abs(now.slope) <= -_FLATTER * start.slope:
                low = now
                break
            if now.slope * (high.size - low.size) >= 0:
                high = low
            low = now
    return Found(low.loss, low.gradient, low.size, count)
