"""The parts of a program as a tree: by function and module, loop and branch, repeat and part.

Every group is a stretch of the program in its order, so collapsing any groups leaves a graph
without cycles. No group shows more than `MOST_ITEMS` items: longer ones are cut into parts.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, final

from gradloom.ir.graph import Graph, Node
from gradloom.ir.names import parameter_names
from gradloom.viz.pieces import GroupKind, Marks, Piece, levels, parted, place_of

MOST_BOXES: Final = 300
"""So many boxes are placed at once unless one asks for more: more nobody reads."""
PAGE_BOXES: Final = 120
"""So many boxes a picture that does not move shows, unless one asks for more: a page or two."""
_FEW_ENDS: Final = 12
"""A graph with more inputs, or more results, than these has them in a group."""
_COUNTED: Final = re.compile(r"\.|_(?=\d)")
"""What ends the word that the name of a leaf of `weights` begins with: `weights_3`, `weights.b`."""
_ROLES: Final = {"while": ("while", "do"), "cond": ("if", "else")}
"""What the regions of an op are for; of a custom op those after the first are its rules."""
_KINDS: Final[dict[str, GroupKind]] = {"scan": "loop", "while": "loop", "cond": "branch"}


@final
@dataclass(frozen=True, slots=True)
class Group:
    """A stretch of a program: ids of nodes, and groups, in program order.

    Ids are "p0" for a parameter, "n12" for a node, "r0" for a result, and "n12.0.3" for node 3 in
    region 0 of node 12 ("n12.0.p0" and "n12.0.r0" for that region's parameters and results). A node
    with regions is a group that has the node's id, and of several regions each is a group
    ("n12.0"); other groups are "g0" (the whole), "g1", ... in program order. `repeats` > 1 says
    that the group is so many equal turns.
    """

    id: str
    title: str
    kind: GroupKind
    items: tuple[str | Group, ...]
    repeats: int = 1

    @property
    def nodes(self) -> tuple[str, ...]:
        """The ids that stand in this group itself."""
        return tuple(item for item in self.items if isinstance(item, str))

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups in this one."""
        return tuple(item for item in self.items if isinstance(item, Group))

    def walk(self) -> Iterator[Group]:
        """This group and every group inside it, each before its own groups."""
        yield self
        for group in self.groups:
            yield from group.walk()

    def leaves(self) -> Iterator[str]:
        """Every id in this group and in the groups inside it, in program order."""
        for item in self.items:
            if isinstance(item, str):
                yield item
            else:
                yield from item.leaves()


def grouped(graph: Graph) -> Group:
    """The tree of a graph's groups; its root is the graph itself.

    >>> import numpy as np, gradloom as gl
    >>> tree = grouped(gl.trace(lambda x: np.sin(x) * 2, np.ones(3)))
    >>> tree.id, tree.kind, tree.items
    ('g0', 'graph', ('p0', 'n0', 'n1', 'r0'))
    """
    whole = Piece("", graph.name, "graph", _contents(graph, ""))
    return _frozen(whole, map("g{}".format, itertools.count()))


def opening(tree: Group, most: int = MOST_BOXES) -> frozenset[str]:
    """The ids of the groups that stand open at first: the whole, then level by level the groups
    whose items, with all boxes so far, are at most `most`.

    Turns are alike, so a repeat stands open only if all of it fits a quarter of that, or the whole
    graph fits a half.
    """
    small = _size(tree) <= most // 2
    opened = {tree.id}
    boxes, level = len(tree.items), list(tree.groups)
    while level:
        inside: list[Group] = []
        for group in level:
            # The box of a closed group goes; that of a node with regions may stay as their head.
            more = len(group.items) - (group.id[0] == "g")
            alike = group.repeats > 1 and not small
            if boxes + more <= most and not (alike and boxes + _size(group) > most // 4):
                opened.add(group.id)
                boxes += more
                inside += group.groups
        level = inside
    return frozenset(opened)


def _size(group: Group) -> int:
    return sum(1 for _ in group.leaves())


def shown(tree: Group, opened: Iterable[str]) -> dict[str, str]:
    """For every id in the tree the box that stands for it while these groups are open: itself, or
    the outermost closed group around it.
    """
    open_ids = frozenset(opened)
    boxes: dict[str, str] = {}
    waiting: list[tuple[str | Group, str]] = [(tree, "")]
    while waiting:
        item, closed = waiting.pop()
        id = item if isinstance(item, str) else item.id
        boxes[id] = closed or id
        if isinstance(item, Group):
            closed = closed or ("" if id in open_ids else id)
            waiting += [(inner, closed) for inner in item.items]
    return boxes


def _contents(graph: Graph, prefix: str) -> list[Piece]:
    """A graph's parameters, its nodes in groups, and its results."""
    marks = Marks()
    at = prefix or "n"
    pieces = [_piece(node, f"{at}{i}", marks) for i, node in enumerate(graph.nodes)]
    nodes = levels(pieces, marks, graph.name)
    return [*_inputs(graph, prefix), *nodes, *_outputs(graph, prefix)]


def _inputs(graph: Graph, prefix: str) -> list[Piece]:
    """The parameters; many of them in a group, by the words that their names begin with."""
    ids = [f"{prefix}p{i}" for i in range(len(graph.parameters))]
    if len(ids) <= _FEW_ENDS:
        return [Piece(id, id) for id in ids]
    names = parameter_names(graph.parameters)
    found: list[Piece] = []
    for word, run in itertools.groupby(range(len(ids)), lambda i: _COUNTED.split(names[i])[0]):
        mine = [Piece(ids[i], ids[i]) for i in run]
        found += [Piece("", f"{word}: {len(mine)} inputs", "part", mine)] if mine[1:] else mine
    return found if len(found) == 1 else [Piece("", f"{len(ids)} inputs", "part", found)]


def _outputs(graph: Graph, prefix: str) -> list[Piece]:
    found = [Piece(f"{prefix}r{i}", "") for i in range(len(graph.results))]
    if len(found) <= _FEW_ENDS:
        return found
    return [Piece("", f"{len(found)} results", "part", found)]


def _piece(node: Node, id: str, marks: Marks) -> Piece:
    place, location = place_of(node.location), node.location
    line, note = (location.line, location.note) if location is not None else (0, "")
    inside = tuple(inner.op.name for region in node.regions for inner in region.nodes)
    mark = marks((node.op.name, line, note, place, inside))
    made = Piece(id, node.op.name, mark=mark, place=place, lines=(line, line))
    if node.regions:
        made.title, made.kind = _title(node), _KINDS.get(node.op.name, "call")
        made.items = _regions(node, id)
    return made


def _regions(node: Node, id: str) -> list[Piece]:
    if len(node.regions) == 1:
        return _contents(node.regions[0], f"{id}.0.")
    roles = itertools.chain(_ROLES.get(node.op.name, ("run",)), itertools.repeat("rule"))
    return [
        Piece(f"{id}.{i}", f"{role}: {region.name}", "part", _contents(region, f"{id}.{i}."))
        for i, (region, role) in enumerate(zip(node.regions, roles, strict=False))
    ]


def _title(node: Node) -> str:
    name = getattr(node.attrs, "name", "")
    length = getattr(node.attrs, "length", None)
    if name:
        return f"{node.op.name} {name}"
    return node.op.name if length is None else f"{node.op.name} of {length} steps"


def _frozen(piece: Piece, names: Iterator[str]) -> Group:
    id = piece.id or next(names)
    items = tuple(
        item.id if item.kind is None else _frozen(item, names) for item in parted(piece.items)
    )
    return Group(id, piece.title, piece.kind or "part", items, piece.repeats)
