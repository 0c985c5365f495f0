"""Stretches of time: what they cover together, where they overlap, and what lies between them."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """From `start` to `end`, in seconds; what has `start` = `end` takes no time."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.start


def union(spans: Iterable[Span]) -> list[Span]:
    """What the spans cover, as spans that neither overlap nor touch, in order.

    >>> union([Span(3, 4), Span(0, 2), Span(1, 2.5), Span(5, 5)])
    [Span(start=0, end=2.5), Span(start=3, end=4)]
    """
    covered: list[Span] = []
    for span in sorted(spans):
        if span.start >= span.end:
            continue
        if covered and span.start <= covered[-1].end:
            covered[-1] = Span(covered[-1].start, max(covered[-1].end, span.end))
        else:
            covered.append(span)
    return covered


def total(spans: Iterable[Span]) -> float:
    """The seconds of all spans, those of overlaps as often as they are covered."""
    return sum(span.seconds for span in spans)


def common(a: Iterable[Span], b: Iterable[Span]) -> list[Span]:
    """What both cover.

    >>> common([Span(0, 3)], [Span(1, 2), Span(2.5, 9)])
    [Span(start=1, end=2), Span(start=2.5, end=3)]
    """
    left, right = union(a), union(b)
    found: list[Span] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i].start, right[j].start), min(left[i].end, right[j].end)
        if start < end:
            found.append(Span(start, end))
        if left[i].end < right[j].end:
            i += 1
        else:
            j += 1
    return found


def gaps(spans: Iterable[Span], window: Span) -> list[Span]:
    """What the spans leave free of the window.

    >>> gaps([Span(1, 2), Span(4, 9)], Span(0, 5))
    [Span(start=0, end=1), Span(start=2, end=4)]
    """
    free: list[Span] = []
    at = window.start
    for span in union(clipped(spans, window)):
        if span.start > at:
            free.append(Span(at, span.start))
        at = span.end
    if at < window.end:
        free.append(Span(at, window.end))
    return free


def clipped(spans: Iterable[Span], window: Span) -> list[Span]:
    """The parts inside the window of those spans that reach into it."""
    inside = (Span(max(a, window.start), min(b, window.end)) for a, b in spans)
    return [span for span in inside if span.start <= span.end]


def rows(spans: Sequence[Span]) -> list[int]:
    """A row for each span, as few as can be, so that those of one row do not overlap.

    What begins first gets the first row that is free.

    >>> rows([Span(0, 4), Span(1, 2), Span(2, 3), Span(4, 5)])
    [0, 1, 1, 0]
    """
    found = [0] * len(spans)
    free: list[int] = []
    busy: list[tuple[float, int]] = []
    made = 0
    for i in sorted(range(len(spans)), key=lambda i: spans[i]):
        while busy and busy[0][0] <= spans[i].start:
            heapq.heappush(free, heapq.heappop(busy)[1])
        if free:
            row = heapq.heappop(free)
        else:
            row, made = made, made + 1
        found[i] = row
        heapq.heappush(busy, (spans[i].end, row))
    return found


def depth(spans: Iterable[Span]) -> list[tuple[float, int]]:
    """How many spans there are at once: from each of these times on, so many; 0 at the end.

    >>> depth([Span(0, 3), Span(1, 2)])
    [(0, 1), (1, 2), (2, 1), (3, 0)]
    """
    changes: dict[float, int] = {}
    for start, end in spans:
        if start < end:
            changes[start] = changes.get(start, 0) + 1
            changes[end] = changes.get(end, 0) - 1
    steps: list[tuple[float, int]] = []
    now = 0
    for at, change in sorted(changes.items()):
        now += change
        if change:
            steps.append((at, now))
    return steps
