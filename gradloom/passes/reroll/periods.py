"""Where a list of nodes repeats itself: runs of equal periods, found by the nodes' keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from gradloom.passes.reroll.line import Line

CANDIDATES: Final = 8
"""Lengths of a period that are tried, the most frequent distances first, and as many for what
repeats within a period: each costs one pass over the nodes.
"""
LAYERS: Final = 8
"""Equal layers that a step may have, and nothing else."""
_WINDOW: Final = 4
"""Nodes in a row whose next repetition votes for a distance; fewer repeat inside one body too."""
_MIX: Final = 1_000_003
"""An odd factor that makes one number of a window; windows that share theirs only cast a vote."""


class Run(NamedTuple):
    """`times` periods of `length` nodes from position `start` on, in each as many `layers`."""

    start: int
    length: int
    times: int
    layers: int = 1

    @property
    def stop(self) -> int:
        """The position after the last period."""
        return self.start + self.length * self.times


def runs(line: Line, least: int, body: int) -> Iterator[Run]:
    """Runs of at least `least` periods of at least `body` nodes, of the shortest periods first;
    they may overlap.
    """
    for length, layers in sorted(_distances(line.keys, least, body).items()):
        if length < body or length * least > len(line.keys):
            continue
        for low, high in _matching(line, length):
            run = _aligned(line.keys, Run(low, length, 0, layers), high + length)
            if run.times >= least:
                yield run


def _distances(keys: np.ndarray, least: int, body: int) -> dict[int, int]:
    """The commonest distances from a window of keys to where it stands again, and of how many
    layers they are.

    The layers of a network stand closer to each other than to those of the next step. What each
    step has once is a whole step apart: so there is a distance, too, for the windows that stand
    equally often. Where nothing stands but layers, a step is a few of them.
    """
    count = len(keys) - _WINDOW + 1
    if count < 2:
        return {}
    mixed = np.zeros(count, np.uint64)
    for i in range(_WINDOW):
        mixed = mixed * np.uint64(_MIX) + keys[i : count + i].astype(np.uint64)
    order = np.argsort(mixed, kind="stable")
    again = mixed[order[1:]] == mixed[order[:-1]]
    distances = np.diff(order)[again]
    _, which, often = np.unique(mixed[order], return_inverse=True, return_counts=True)
    times = often[which[1:]][again]
    common = _commonest(distances)
    found = dict.fromkeys(common, 1)
    for often_enough in (n for n in _commonest(times) if n >= least):
        found |= dict.fromkeys(_commonest(distances[times == often_enough])[:1], 1)
    for layer in [distance for distance in common if distance >= body][:1]:
        for layers in range(2, LAYERS + 1):
            found.setdefault(layers * layer, layers)
    return found


def _commonest(numbers: np.ndarray) -> list[int]:
    """The numbers, those first that stand there most often; not all of many."""
    counts = np.bincount(numbers)
    best = np.argsort(-counts, kind="stable")[:CANDIDATES]
    return [int(number) for number in best if counts[number]]


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
    return run._replace(start=start, times=(stop - start) // length)
