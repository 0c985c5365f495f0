"""A program as its user wrote it: stretches of one source line, the turns of a loop apart.

A line such as `h = np.tanh(h @ w + b)` makes several nodes; in a picture of a whole program one box
for them says more than four.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import pairwise
from typing import Final

from gradloom.ir.location import Location

MOST_TITLE: Final = 32
"""Characters of a source line that a box shows: what fits beside bars on a page 800 pixels wide."""


def stretches(places: Sequence[Hashable], ops: Sequence[str], most: int) -> list[range]:
    """Stretches of equal places, in order, covering all; those in which the ops repeat are cut into
    turns. Neighbours are joined until there are at most so many.

    >>> stretches([1, 1, 1, 1, 2], ["dot", "tanh", "dot", "tanh", "sum"], 9)
    [range(0, 2), range(2, 4), range(4, 5)]
    """
    cuts = [0, *(i for i in range(1, len(places)) if places[i] != places[i - 1])]
    runs = [range(a, b) for a, b in pairwise([*cuts, len(places)])] if places else []
    turns = [turn for run in runs for turn in _turns(run, ops)]
    return _joined(turns, most)


def titled(source: str, ops: Sequence[str]) -> str:
    """What a stretch is called: its line of code, or its ops where the code is not at hand."""
    text = source.removeprefix("return ").strip() or ", ".join(dict.fromkeys(ops))
    return text if len(text) <= MOST_TITLE else text[: MOST_TITLE - 1].rstrip() + "…"


def place_of(location: Location | None) -> tuple[str, int, str]:
    """Where a node comes from: file, line and function."""
    return (location.file, location.line, location.function) if location else ("", 0, "")


def _turns(run: range, ops: Sequence[str]) -> list[range]:
    """The run in turns of the fewest ops; the last may break off, as the backward of a loop's first
    turn does, which has no gradient to hand on.
    """
    mine = [ops[i] for i in run]
    for length in range(1, len(mine) // 2 + 1):
        is_whole = len(mine) % length == 0
        if mine[length:] == mine[:-length] and (is_whole or length > 1):
            starts = range(run.start, run.stop, length)
            return [range(i, min(i + length, run.stop)) for i in starts]
    return [run]


def _joined(runs: list[range], most: int) -> list[range]:
    if len(runs) <= most:
        return runs
    edges = [len(runs) * i // most for i in range(most + 1)]
    return [range(runs[a].start, runs[b - 1].stop) for a, b in pairwise(edges)]
