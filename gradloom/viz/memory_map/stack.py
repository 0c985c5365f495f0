"""Bands on each other: between which heights each buffer stands at each column of the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, final

from gradloom.viz.memory_map.scene import Panel

COLUMNS: Final = 1200
"""The most columns that are drawn: a pixel each would be no more to be seen."""


@final
@dataclass(frozen=True, slots=True)
class Run:
    """Columns `first` to `last`, both included, over which a band keeps its height."""

    first: int
    last: int
    bottom: int


@final
@dataclass(frozen=True, slots=True)
class Stack:
    """The columns of a panel, as node positions, and the runs of each of its bands.

    From the bottom: the small buffers, the bands in order of their start, what is inside regions.
    """

    columns: tuple[int, ...]
    runs: tuple[tuple[Run, ...], ...]


def stacked(panel: Panel, most: int = COLUMNS) -> Stack:
    """The bands of a panel on each other; of nodes that share a column the one with the most bytes
    alive is shown.
    """
    columns = _columns(panel.live, most)
    heights = [panel.rest[position] for position in columns]
    runs = []
    for band in panel.bands:
        found: list[Run] = []
        for column, position in enumerate(columns):
            if not band.start <= position <= band.end:
                continue
            bottom = heights[column]
            heights[column] += band.nbytes
            if found and found[-1].last == column - 1 and found[-1].bottom == bottom:
                found[-1] = Run(found[-1].first, column, bottom)
            else:
                found.append(Run(column, column, bottom))
        runs.append(tuple(found))
    return Stack(columns, tuple(runs))


def _columns(live: Sequence[int], most: int) -> tuple[int, ...]:
    count = len(live)
    if count <= most:
        return tuple(range(count))
    edges = [round(i * count / most) for i in range(most + 1)]
    return tuple(max(range(a, b), key=live.__getitem__) for a, b in pairwise(edges))
