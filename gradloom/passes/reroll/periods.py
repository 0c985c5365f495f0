"""Where a list of nodes repeats itself: runs of equal periods, found by the nodes' keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from gradloom.ir.graph import Literal, Node, Operand, Value

CANDIDATES: Final = 8
"""Lengths of a period that are tried, the most frequent distances first: each costs one pass over
the nodes.
"""
_WINDOW: Final = 4
"""Nodes in a row whose next repetition votes for a distance; fewer repeat inside one body too."""


class Run(NamedTuple):
    """`times` periods of `length` nodes from position `start` on."""

    start: int
    length: int
    times: int

    @property
    def stop(self) -> int:
        """The position after the last period."""
        return self.start + self.length * self.times


Places = dict[Value, int]


def runs(nodes: Sequence[Node], places: Places, least: int) -> Iterator[Run]:
    """Runs of at least `least` periods, of the shortest periods first; they may overlap."""
    keys = _numbered(nodes)
    for length in sorted(_distances(keys)):
        if length * least > len(nodes):
            continue
        for low, high in _matching(nodes, keys, places, length):
            run = _aligned(nodes, keys, places, Run(low, length, 0), high + length)
            if run.times >= least:
                yield run


def _numbered(nodes: Sequence[Node]) -> list[int]:
    numbers: dict[object, int] = {}
    return [
        numbers.setdefault(
            (n.op, n.attrs, n.regions, n.copy, tuple([r.type for r in n.results])), len(numbers)
        )
        for n in nodes
    ]


def _distances(keys: Sequence[int]) -> list[int]:
    """The commonest distances from a window of keys to where it stands again."""
    last: dict[tuple[int, ...], int] = {}
    counts: Counter[int] = Counter()
    for i in range(len(keys) - _WINDOW + 1):
        window = tuple(keys[i : i + _WINDOW])
        if window in last:
            counts[i - last[window]] += 1
        last[window] = i
    return [distance for distance, _ in counts.most_common(CANDIDATES)]


def _matching(
    nodes: Sequence[Node], keys: Sequence[int], places: Places, length: int
) -> Iterator[tuple[int, int]]:
    """Stretches of positions whose node is the one a period later, shifted."""
    low = 0
    for i in range(len(nodes) - length + 1):
        inside = i + length < len(nodes)
        if inside and keys[i] == keys[i + length] and _shifted(nodes, places, i, length):
            continue
        if i - low >= length:
            yield low, i
        low = i + 1


def _shifted(nodes: Sequence[Node], places: Places, i: int, length: int) -> bool:
    """Whether node i + length reads what node i reads, or that a period later."""
    for x, y in zip(nodes[i].operands, nodes[i + length].operands, strict=True):
        if x.type != y.type:
            return False
        at, later = _place(x, places), _place(y, places)
        if x is not y and at != later and later - at != length:
            return False
    return True


def _place(x: Operand, places: Places) -> int:
    """The position of the node that makes it; -1 for all that comes from outside."""
    return -1 if isinstance(x, Literal) else places.get(x, -1)


def _aligned(
    nodes: Sequence[Node], keys: Sequence[int], places: Places, run: Run, stop: int
) -> Run:
    """The run begun where its first period begins: the nodes that read what is carried read
    something else there, so they match by their keys alone.
    """
    low, length = run.start, run.length
    while low > 0 and run.start - low < length - 1 and _begins(nodes, keys, places, low - 1, run):
        low -= 1
    start = run.start - (run.start - stop) % length
    if start < low:
        start = low
    return Run(start, length, (stop - start) // length)


def _begins(nodes: Sequence[Node], keys: Sequence[int], places: Places, i: int, run: Run) -> bool:
    later = nodes[i + run.length]
    return keys[i] == keys[i + run.length] and all(
        x.type == y.type for x, y in zip(nodes[i].operands, later.operands, strict=True)
    )
