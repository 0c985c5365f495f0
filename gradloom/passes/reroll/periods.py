"""Where a list of nodes repeats itself: runs of equal periods, found by the nodes' keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from gradloom.passes.reroll.line import Line

CANDIDATES: Final = 8
"""Lengths of a period that are tried, the most frequent distances first: each costs one pass over
the nodes.
"""
_WINDOW: Final = 4
"""Nodes in a row whose next repetition votes for a distance; fewer repeat inside one body too."""
_MIX: Final = 1_000_003
"""An odd factor that makes one number of a window; windows that share theirs only cast a vote."""


class Run(NamedTuple):
    """`times` periods of `length` nodes from position `start` on."""

    start: int
    length: int
    times: int

    @property
    def stop(self) -> int:
        """The position after the last period."""
        return self.start + self.length * self.times


def runs(line: Line, least: int) -> Iterator[Run]:
    """Runs of at least `least` periods, of the shortest periods first; they may overlap."""
    for length in sorted(_distances(line.keys)):
        if length * least > len(line.keys):
            continue
        for low, high in _matching(line, length):
            run = _aligned(line.keys, Run(low, length, 0), high + length)
            if run.times >= least:
                yield run


def _distances(keys: np.ndarray) -> list[int]:
    """The commonest distances from a window of keys to where it stands again."""
    count = len(keys) - _WINDOW + 1
    if count < 2:
        return []
    mixed = np.zeros(count, np.uint64)
    for i in range(_WINDOW):
        mixed = mixed * np.uint64(_MIX) + keys[i : count + i].astype(np.uint64)
    order = np.argsort(mixed, kind="stable")
    again = mixed[order[1:]] == mixed[order[:-1]]
    counts = np.bincount(np.diff(order)[again])
    best = np.argsort(-counts, kind="stable")[:CANDIDATES]
    return [int(distance) for distance in best if counts[distance]]


def _matching(line: Line, length: int) -> Iterator[tuple[int, int]]:
    """Stretches of positions whose node is the one a period later, shifted."""
    count = len(line.keys) - length
    same = line.keys[:count] == line.keys[length:]
    _keep_shifted(line, length, same)
    edges = np.concatenate([[-1], np.flatnonzero(~same), [count]])
    for i in np.flatnonzero(np.diff(edges) > length):
        yield int(edges[i]) + 1, int(edges[i + 1])


def _keep_shifted(line: Line, length: int, same: np.ndarray) -> None:
    """Clear the marks of nodes that do not read what they read a period later, nor that shifted."""
    at = np.flatnonzero(same)
    first = line.first[at]
    counts = line.first[at + 1] - first
    owner = np.repeat(at, counts)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    here = line.made[np.repeat(first, counts) + within]
    shift = line.made[np.repeat(line.first[at + length], counts) + within] - here
    same[owner[(shift != 0) & (shift != length)]] = False


def _aligned(keys: np.ndarray, run: Run, stop: int) -> Run:
    """The run begun where its first period begins: the nodes that read what is carried read
    something else there, so they match by their keys alone.
    """
    low, length = run.start, run.length
    while low > 0 and run.start - low < length - 1 and keys[low - 1] == keys[low - 1 + length]:
        low -= 1
    start = run.start - (run.start - stop) % length
    if start < low:
        start = low
    return Run(start, length, (stop - start) // length)
