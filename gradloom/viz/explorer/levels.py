"""Where the items of each group stand while all of them are closed: rows, order, ways between.

A page opens groups by itself; it keeps these rows and this order, and only makes room.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import final

from gradloom.viz.groups import Group
from gradloom.viz.layers import Net, arranged

Wire = tuple[str, str]
"""The ids of what makes a value and of what reads it."""


@final
@dataclass(frozen=True, slots=True)
class Item:
    """A node or a closed group: its row, the middle of its place in pixels, and where what it gives
    goes past the rows below, as `(row, middle)`.
    """

    id: str
    row: int
    x: float
    past: tuple[tuple[int, float], ...] = ()


@final
@dataclass(frozen=True, slots=True)
class Level:
    """The items of one group, in program order."""

    id: str
    items: tuple[Item, ...]


def levels(tree: Group, wires: Iterable[Wire], widths: Mapping[str, float]) -> list[Level]:
    """The level of every group; `widths` are those of the boxes by id, closed groups' too."""
    between = _between(tree, wires)
    known: dict[object, tuple[_Place, ...]] = {}
    return [_level(group, between.get(group.id, {}), widths, known) for group in tree.walk()]


_Place = tuple[int, float, tuple[tuple[int, float], ...]]


def _between(tree: Group, wires: Iterable[Wire]) -> dict[str, dict[Wire, None]]:
    """For each group, which of its items take from which, each pair once."""
    parent: dict[str, str] = {}
    for group in tree.walk():
        for item in group.items:
            parent[item if isinstance(item, str) else item.id] = group.id
    found: dict[str, dict[Wire, None]] = {}
    chains: dict[str, list[str]] = {}
    for source, target in wires:
        met = _meeting(_chain(source, parent, chains), _chain(target, parent, chains))
        if met is not None:
            found.setdefault(met[0], {})[met[1], met[2]] = None
    return found


def _chain(id: str, parent: Mapping[str, str], chains: dict[str, list[str]]) -> list[str]:
    """The id and the groups around it, the innermost first."""
    chain = chains.get(id)
    if chain is None:
        above = parent.get(id)
        chain = chains[id] = [id] + (_chain(above, parent, chains) if above else [])
    return chain


def _meeting(a: list[str], b: list[str]) -> tuple[str, str, str] | None:
    """The innermost group around both, and which of its items they are in."""
    common = 0
    while common < min(len(a), len(b)) and a[-1 - common] == b[-1 - common]:
        common += 1
    if not common or common == len(a) or common == len(b):
        return None  # one stands around the other: a node and its own region
    return a[-common], a[-1 - common], b[-1 - common]


def _level(
    group: Group,
    wires: Mapping[Wire, None],
    widths: Mapping[str, float],
    known: dict[object, tuple[_Place, ...]],
) -> Level:
    """The level of a group; `known` are the places of groups that look the same, as the turns of a
    loop do.
    """
    ids = [item if isinstance(item, str) else item.id for item in group.items]
    at = {id: i for i, id in enumerate(ids)}
    targets: dict[int, list[int]] = {}
    for source, target in wires:
        targets.setdefault(at[source], []).append(at[target])
    nets = tuple(Net(i, tuple(sorted(ends))) for i, ends in sorted(targets.items()))
    key = tuple(widths[id] for id in ids), nets
    if key not in known:
        known[key] = _places(*key)
    return Level(
        group.id, tuple(Item(id, *place) for id, place in zip(ids, known[key], strict=True))
    )


def _places(widths: tuple[float, ...], nets: tuple[Net, ...]) -> tuple[_Place, ...]:
    """The row, the middle and the ways of each box."""
    made = arranged(widths, nets)
    ways = {
        net.source: tuple((row, round(made.x[slot], 1)) for row, slot in sorted(slots.items()))
        for net, slots in zip(nets, made.slots, strict=True)
    }
    return tuple((made.rank[i], round(made.x[i], 1), ways.get(i, ())) for i in range(len(widths)))
