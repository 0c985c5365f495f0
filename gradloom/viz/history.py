"""The scene of a history: the graphs that passes left, side by side, and what each pass changed."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, final

from gradloom.ir.errors import ArgumentError
from gradloom.ir.graph import Graph
from gradloom.viz.boxes import Box, Frame, Mark, Scene
from gradloom.viz.explorer.lineage import kept
from gradloom.viz.explorer.subject import Step
from gradloom.viz.groups import MOST_BOXES, Group, grouped, opening, shown
from gradloom.viz.scene import scene
from gradloom.viz.uses import flows, nodes_by_id
from gradloom.viz.weights import count_words

Pair = tuple[str, str]
"""The ids of a node before a pass and after it."""
_LEAST_BOXES: Final = 20
"""Every graph of a history may show so many boxes, however long the history is."""


@final
@dataclass(frozen=True, slots=True)
class Change:
    """What a pass did, by ids: nodes that it kept, those it put in the place of others (same line,
    same types, same inputs or users), added and removed.
    """

    kept: tuple[Pair, ...]
    replaced: tuple[Pair, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.replaced or self.added or self.removed)

    def __str__(self) -> str:
        counts = (
            ("replaced", self.replaced),
            ("added", self.added),
            ("removed", self.removed),
        )
        return ", ".join(f"{len(ids)} {word}" for word, ids in counts if ids) or "no change"


def change(before: Graph, after: Graph) -> Change:
    """What became of the nodes of one graph in another, regions included.

    >>> import numpy as np, gradloom as gl
    >>> g = gl.trace(lambda x: np.sin(x) + np.sin(x), np.ones(3))
    >>> str(change(g, gl.optimize(g, "cse,dce")))
    '1 removed'
    """
    same = kept(before, after)
    stayed = set(same.values())
    old, new = nodes_by_id(before), nodes_by_id(after)
    gone = [id for id in old if id not in stayed]
    come = [id for id in new if id not in same]
    now = {old_id: new_id for new_id, old_id in same.items()} | dict.fromkeys(gone, "")
    replaced: list[Pair] = []
    if gone and come:
        replaced = _replaced(_Found(before, gone, now), _Found(after, come, {}))
    left, made = {a for a, _ in replaced}, {b for _, b in replaced}
    return Change(
        tuple((a, b) for b, a in same.items()),
        tuple(replaced),
        tuple(id for id in come if id not in made),
        tuple(id for id in gone if id not in left),
    )


class _Found:
    """The nodes of a graph that are to be paired: what each of them takes, and what takes it, by
    ids of the graph after (`now` has those of other ids).
    """

    def __init__(self, graph: Graph, ids: Sequence[str], now: Mapping[str, str]) -> None:
        self.ids = ids
        self._nodes = nodes_by_id(graph)
        self._takes: dict[str, set[str]] = defaultdict(set)
        self._taken: dict[str, set[str]] = defaultdict(set)
        for source, target, _ in flows(graph):
            self._takes[target].add(now.get(source, source))
            self._taken[source].add(now.get(target, target))

    def inputs(self, id: str) -> Hashable:
        """A node's line, its types, and what it takes."""
        return self._place(id), frozenset(self._takes[id])

    def users(self, id: str) -> Hashable:
        """A node's line, its types, and what takes it."""
        return self._place(id), frozenset(self._taken[id])

    def _place(self, id: str) -> Hashable:
        node = self._nodes[id]
        where = node.location
        line = (where.file, where.line, where.function) if where is not None else None
        return line, tuple(result.type for result in node.results)


def _replaced(gone: _Found, come: _Found) -> list[Pair]:
    """Nodes that are new and stand where another stood: between the same things above, or below."""
    pairs: dict[str, str] = {}
    for old, new in ((gone.inputs, come.inputs), (gone.users, come.users)):
        waiting: dict[Hashable, deque[str]] = defaultdict(deque)
        for id in gone.ids:
            if id not in pairs:
                waiting[old(id)].append(id)
        taken = set(pairs.values())
        for id in come.ids:
            if id not in taken and (queue := waiting.get(new(id))):
                pairs[queue.popleft()] = id
    return list(pairs.items())


def history_scene(name: str, steps: Sequence[Step], most: int = MOST_BOXES) -> Scene:
    """The graphs of a history in frames beside one another, at most `most` boxes together; passes
    that changed nothing are named with the pass before them.

    Boxes carry marks: "+" added, "~" replaced, "-" removed by the next pass. Ids are those of the
    graph's own scene after "s0/", "s1/", ... Raises `ArgumentError` for a history without steps.
    """
    if not steps:
        raise ArgumentError(
            f"{name} has no history", hint="call the compiled function, or use gl.optimize, first"
        )
    stages = _stages(steps)
    room = max(most // len(stages), _LEAST_BOXES)
    parts = [
        _part(i, stage, stages[i + 1].change if i + 1 < len(stages) else None, room)
        for i, stage in enumerate(stages)
    ]
    return Scene(
        name,
        tuple(box for part in parts for box in part.boxes),
        tuple(edge for part in parts for edge in part.edges),
        tuple(frame for part in parts for frame in part.frames),
    )


@dataclass(slots=True)
class _Stage:
    """A graph of a history that differs from the one before it, and the steps that left it."""

    graph: Graph
    names: list[str]
    seconds: float
    change: Change | None

    @property
    def title(self) -> str:
        passed = ", ".join(self.names)
        return f"{passed}: {count_words(len(self.graph.nodes), 'op')}"


def _stages(steps: Sequence[Step]) -> list[_Stage]:
    first = steps[0]
    stages = [_Stage(first.graph, [first.name], first.seconds, None)]
    for step in steps[1:]:
        changed = change(stages[-1].graph, step.graph)
        if changed:
            stages.append(_Stage(step.graph, [step.name], step.seconds, changed))
        else:
            stages[-1].names.append(step.name)
            stages[-1].seconds += step.seconds
    return stages


def _part(number: int, stage: _Stage, following: Change | None, room: int) -> Scene:
    """The scene of one graph, in a frame, with marks."""
    tree = grouped(stage.graph)
    whole = scene(stage.graph, most=room, tree=tree)
    marks = _marks(stage.change, following, tree, room)
    id = f"s{number}"
    tip = "\n".join(
        [
            stage.title,
            *([str(stage.change)] if stage.change else []),
            f"{1e3 * stage.seconds:.2f} ms",
        ]
    )
    around = Frame(id, stage.title, "graph", "", tip, len(stage.graph.nodes))
    return Scene(
        stage.title,
        tuple(_moved(box, id, marks.get(box.id.removesuffix(".op"), "")) for box in whole.boxes),
        tuple(
            replace(e, source=f"{id}/{e.source}", target=f"{id}/{e.target}") for e in whole.edges
        ),
        (around, *(_inside(frame, id) for frame in whole.frames)),
    )


def _marks(
    made: Change | None, following: Change | None, tree: Group, room: int
) -> dict[str, Mark]:
    """The mark of each box that has one; a closed group in which several differ is replaced."""
    nodes: dict[str, Mark] = {}
    if following is not None:
        nodes |= dict.fromkeys(following.removed, "-")
        nodes |= dict.fromkeys((a for a, _ in following.replaced), "~")
    if made is not None:
        nodes |= dict.fromkeys(made.added, "+")
        nodes |= dict.fromkeys((b for _, b in made.replaced), "~")
    box = shown(tree, opening(tree, room))
    inside: dict[str, set[Mark]] = defaultdict(set)
    for id in tree.leaves():
        inside[box[id]].add(nodes.get(id, ""))
    marks: dict[str, Mark] = {}
    for id, several in inside.items():
        marks[id] = next(iter(several)) if len(several) == 1 else "~"
    return marks | {id: mark for id, mark in nodes.items() if box.get(id) == id}


def _moved(box: Box, id: str, mark: Mark) -> Box:
    return replace(box, id=f"{id}/{box.id}", frame=_within(id, box.frame), mark=mark)


def _inside(frame: Frame, id: str) -> Frame:
    return replace(frame, id=f"{id}/{frame.id}", frame=_within(id, frame.frame))


def _within(id: str, frame: str) -> str:
    return f"{id}/{frame}" if frame else id
