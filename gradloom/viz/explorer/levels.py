"""Where the items of each group stand while all of them are closed: rows, order, edges in sum.

A page opens groups by itself; it keeps these rows and this order, and only makes room.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import final

from gradloom.ir.graph import Graph, Value
from gradloom.viz.groups import Group
from gradloom.viz.layout import layout
from gradloom.viz.scene import Box, Edge, Scene

Wire = tuple[str, str]
"""The ids of what makes a value and of what reads it."""


@final
@dataclass(frozen=True, slots=True)
class Item:
    """A node or a closed group: its row, and the middle of its place in pixels."""

    id: str
    row: int
    x: float


@final
@dataclass(frozen=True, slots=True)
class Level:
    """The items of one group, in program order."""

    id: str
    items: tuple[Item, ...]


def wires(graph: Graph, prefix: str = "") -> list[Wire]:
    """Every value on its way, in regions too; ids are those of the groups."""
    dot = f"{prefix}." if prefix else ""
    home: dict[Value, str] = {p: f"{dot}p{i}" for i, p in enumerate(graph.parameters)}
    found: list[Wire] = []
    for i, node in enumerate(graph.nodes):
        id = f"{dot}{'' if prefix else 'n'}{i}"
        found += [(home[x], id) for x in dict.fromkeys(node.operands) if isinstance(x, Value)]
        home.update((r, id) for r in node.results)
        for k, region in enumerate(node.regions):
            found += wires(region, f"{id}.{k}")
    found += [(home[x], f"{dot}r{i}") for i, x in enumerate(graph.results) if isinstance(x, Value)]
    return found


def levels(
    tree: Group, wiring: Iterable[Wire], texts: Mapping[str, tuple[str, ...]]
) -> list[Level]:
    """The level of every group; `texts` are the lines in each box, those of closed groups too."""
    between = _between(tree, wiring)
    known: dict[object, tuple[tuple[int, float], ...]] = {}
    return [_level(group, between.get(group.id, Counter()), texts, known) for group in tree.walk()]


def _between(tree: Group, wiring: Iterable[Wire]) -> dict[str, Counter[Wire]]:
    """For each group, how many wires go from one of its items to another."""
    parent: dict[str, str] = {}
    for group in tree.walk():
        for item in group.items:
            parent[item if isinstance(item, str) else item.id] = group.id
    found: dict[str, Counter[Wire]] = {}
    chains: dict[str, list[str]] = {}
    for source, target in wiring:
        met = _meeting(_chain(source, parent, chains), _chain(target, parent, chains))
        if met is not None:
            found.setdefault(met[0], Counter())[met[1], met[2]] += 1
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
    edges: Counter[Wire],
    texts: Mapping[str, tuple[str, ...]],
    known: dict[object, tuple[tuple[int, float], ...]],
) -> Level:
    """The level of a group; `known` are the places of groups that look the same, as the turns of a
    loop do.
    """
    ids = [item if isinstance(item, str) else item.id for item in group.items]
    at = {id: i for i, id in enumerate(ids)}
    boxes = tuple(Box(str(i), texts[id][0], texts[id][1:], "op") for i, id in enumerate(ids))
    lines = tuple(Edge(str(at[a]), str(at[b])) for a, b in edges)
    places = known.get((boxes, lines))
    if places is None:
        places = known[boxes, lines] = _placed(boxes, lines)
    return Level(group.id, tuple(Item(id, *place) for id, place in zip(ids, places, strict=True)))


def _placed(boxes: tuple[Box, ...], lines: tuple[Edge, ...]) -> tuple[tuple[int, float], ...]:
    """The row and middle of each box."""
    placed = layout(Scene("", boxes, lines)).boxes
    heights = sorted({round(p.y) for p in placed.values()})
    row = {y: i for i, y in enumerate(heights)}
    return tuple((row[round(placed[b.id].y)], round(placed[b.id].x, 1)) for b in boxes)
