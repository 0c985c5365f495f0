"""One level of a picture in layers: which item stands in which layer, in which order, and how far
to the right.

The method is Sugiyama's (Sugiyama, Tagawa, Toda 1981): layers by longest path, barycentres in
sweeps down and up. What goes past a layer has a slot in it, so that it does not run under a box;
all that goes on from one source shares its slots. Places in a layer are those nearest to the
wanted ones in least squares (pool adjacent violators; Barlow et al. 1972).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, final

from gradloom.viz.rows import Row, granted, levelled

GAP: Final = 26.0
"""Pixels between two boxes."""
ABREAST: Final = 12
"""So many items stand in a layer at most: a page is so wide."""
_SLOT: Final = 8.0
"""Width of a slot, and the pixels around it."""
_ORDERS: Final = 8
_PLACINGS: Final = 8
_STRAIGHT: Final = 8.0
"""A slot moves away from a straight line so many times less gladly than a box from its place."""


@final
@dataclass(frozen=True, slots=True)
class Net:
    """One value's ways in a level: from an item, or from above the level (-1), to items, and out
    below the level if it `leaves`.

    The numbers are places in the list of items. `start` and `ends` say how far from the middle of
    an item it leaves and arrives.
    """

    source: int
    targets: tuple[int, ...]
    leaves: bool = False
    start: float = 0.0
    ends: tuple[float, ...] = ()


@final
@dataclass(slots=True)
class Level:
    """Items and slots by number (slots after items): layers in order, and the middle of each.

    `layers[0]` is for what comes from above, the last for what leaves below; both have slots only.
    `slots[i]` are those of net i, from layer to number.
    """

    layers: list[list[int]]
    rank: list[int]
    slots: list[dict[int, int]]
    x: list[float] = field(default_factory=list)


def arranged(widths: Sequence[float], nets: Sequence[Net], rows: Sequence[Row] = ()) -> Level:
    """The items of these widths in layers, so that every net goes down; those of a row in one
    layer, where none of them comes after another.
    """
    level = _layered(len(widths), nets, rows)
    links = _Links(level, nets)
    _order(level, links)
    _place(level, links, widths)
    return level


def _layered(count: int, nets: Sequence[Net], rows: Sequence[Row]) -> Level:
    """Ranks of items, from 1, and slots for what goes past."""
    rank = _ranked(count, nets, rows)
    depth = max(rank, default=0) + 1
    layers: list[list[int]] = [[] for _ in range(depth + 1)]
    for item in range(count):
        layers[rank[item]].append(item)
    slots = [_slots(net, rank, depth, layers) for net in nets]
    return Level(layers, rank, slots)


def _ranked(count: int, nets: Sequence[Net], rows: Sequence[Row]) -> list[int]:
    """The layer of each item: below what it takes, or the next that has room. An item that takes
    nothing stands just above what takes from it.
    """
    before: list[list[int]] = [[] for _ in range(count)]
    after: list[list[int]] = [[] for _ in range(count)]
    for net in nets:
        for target in net.targets if net.source >= 0 else ():
            before[target].append(net.source)
            after[net.source].append(target)
    rank, room = [0] * count, defaultdict[int, int](lambda: ABREAST)
    for item in range(count):  # what an item takes stands before it
        rank[item] = 1 + max((rank[source] for source in before[item]), default=0)
        while not room[rank[item]]:
            rank[item] += 1
        room[rank[item]] -= 1
    for item in range(count):
        if after[item] and not before[item]:
            lowest = min(rank[target] for target in after[item]) - 1
            chosen = next((r for r in range(lowest, rank[item], -1) if room[r]), rank[item])
            room[chosen] -= 1
            room[rank[item]] += 1
            rank[item] = chosen
    if rows:
        rank = levelled(rank, granted(rows, after), before)
    kept = {r: i + 1 for i, r in enumerate(sorted(set(rank)))}
    return [kept[r] for r in rank]


def _slots(net: Net, rank: list[int], depth: int, layers: list[list[int]]) -> dict[int, int]:
    start = rank[net.source] + 1 if net.source >= 0 else 0
    end = max([rank[target] for target in net.targets] + ([depth + 1] if net.leaves else []))
    made = {}
    for layer in range(start, end):
        made[layer] = len(rank)
        layers[layer].append(len(rank))
        rank.append(layer)
    return made


class _Links:
    """For every item and slot, what it is tied to above and below: (number, shift), where shift is
    how far its middle stands from the other's when the tie is straight.
    """

    def __init__(self, level: Level, nets: Sequence[Net]) -> None:
        self.above: list[list[tuple[int, float]]] = [[] for _ in level.rank]
        self.below: list[list[tuple[int, float]]] = [[] for _ in level.rank]
        for net, slots in zip(nets, level.slots, strict=True):
            ends = net.ends or (0.0,) * len(net.targets)
            upper = {layer + 1: (slot, 0.0) for layer, slot in slots.items()}
            if net.source >= 0:
                upper[level.rank[net.source] + 1] = (net.source, net.start)
            for layer, slot in slots.items():
                self._tie(*upper.get(layer, (-1, 0.0)), slot, 0.0)
            for target, end in zip(net.targets, ends, strict=True):
                self._tie(*upper[level.rank[target]], target, end)

    def _tie(self, upper: int, start: float, lower: int, end: float) -> None:
        if upper >= 0:
            self.above[lower].append((upper, start - end))
            self.below[upper].append((lower, end - start))


def _order(level: Level, links: _Links) -> None:
    """Put every layer in an order with few crossings: the best of several sweeps."""
    at = [0.0] * len(level.rank)
    for layer in level.layers:
        _number(layer, at)
    best, fewest = [list(layer) for layer in level.layers], _crossings(level, links)
    for sweep in range(_ORDERS):
        if not fewest:
            break
        down = sweep % 2 == 0
        ties = links.above if down else links.below
        for layer in level.layers if down else reversed(level.layers):
            layer.sort(key=lambda n: _middle(ties[n], at, at[n]))
            _number(layer, at)
        crossed = _crossings(level, links)
        if crossed < fewest:
            best, fewest = [list(layer) for layer in level.layers], crossed
    level.layers = best


def _number(layer: list[int], at: list[float]) -> None:
    for i, number in enumerate(layer):
        at[number] = (i + 0.5) / len(layer)


def _middle(ties: list[tuple[int, float]], at: list[float], otherwise: float) -> float:
    return sum(at[n] for n, _ in ties) / len(ties) if ties else otherwise


def _crossings(level: Level, links: _Links) -> int:
    crossed = 0
    for layer in level.layers:
        place = {number: i for i, number in enumerate(layer)}
        above = level.layers[level.rank[layer[0]] - 1] if layer and level.rank[layer[0]] else []
        seen: list[int] = []
        for number in above:
            ends = sorted(place[n] for n, _ in links.below[number])
            crossed += sum(len(seen) - bisect_left(seen, end + 1) for end in ends)
            for end in ends:
                insort(seen, end)
    return crossed


def _place(level: Level, links: _Links, widths: Sequence[float]) -> None:
    """Middles of items and slots: sweeps down and up pull each to what it is tied to."""
    count = len(widths)
    width = [*widths, *(_SLOT for _ in range(len(level.rank) - count))]
    level.x = [0.0] * len(width)
    for layer in level.layers:
        _spread(layer, [0.0] * len(layer), [1.0] * len(layer), width, count, level.x)
    for sweep in range(_PLACINGS):
        down = sweep % 2 == 0 or sweep == _PLACINGS - 1
        ties = links.above if down else links.below
        for layer in level.layers if down else reversed(level.layers):
            wanted = [_mean(ties[n], level.x, level.x[n]) for n in layer]
            weight = [(_STRAIGHT if n >= count else 1.0) * (1 + len(ties[n])) for n in layer]
            _spread(layer, wanted, weight, width, count, level.x)


def _mean(ties: list[tuple[int, float]], x: list[float], otherwise: float) -> float:
    return sum(x[n] + shift for n, shift in ties) / len(ties) if ties else otherwise


def _spread(
    layer: list[int],
    wanted: list[float],
    weight: list[float],
    width: list[float],
    count: int,
    x: list[float],
) -> None:
    """Place a layer in its order without overlap, as near as can be to what is wanted."""
    shifts, shift = [], 0.0
    for i, number in enumerate(layer):
        if i:
            before = layer[i - 1]
            gap = GAP if number < count and before < count else _SLOT
            shift += (width[before] + width[number]) / 2 + gap
        shifts.append(shift)
    places = _rising([w - s for w, s in zip(wanted, shifts, strict=True)], weight)
    for number, place, shift in zip(layer, places, shifts, strict=True):
        x[number] = place + shift


def _rising(wanted: list[float], weight: list[float]) -> list[float]:
    """The sequence that never falls and is nearest to what is wanted, by weighted squares."""
    blocks: list[tuple[float, float, int]] = []  # mean, weight, how many
    for mean, heavy in zip(wanted, weight, strict=True):
        many = 1
        while blocks and blocks[-1][0] > mean:
            other, other_weight, other_many = blocks.pop()
            mean = (mean * heavy + other * other_weight) / (heavy + other_weight)
            heavy, many = heavy + other_weight, many + other_many
        blocks.append((mean, heavy, many))
    return [mean for mean, _, many in blocks for _ in range(many)]
