"""A scene as levels: what stands in each frame itself, and what goes on between that."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import final

from gradloom.ir.errors import ArgumentError
from gradloom.viz.boxes import Edge, Scene

OUTSIDE = ""
"""The id of the level that holds all others."""


@final
@dataclass(slots=True)
class Way:
    """What goes on from one box in one level: from an item (None: from outside), to items, out of
    the level if it `leaves`.
    """

    source: str | None
    targets: list[str] = field(default_factory=list)
    leaves: bool = False


@final
@dataclass(slots=True)
class Inside:
    """The items of a level, in program order, and the ways by the box that they come from."""

    items: list[str] = field(default_factory=list)
    ways: dict[str, Way] = field(default_factory=dict)

    def passes(self, box: str, source: str | None, target: str | None) -> None:
        """What comes from this box goes from item to item here; None stands for outside."""
        way = self.ways.setdefault(box, Way(source))
        if target is None:
            way.leaves = True
        elif target not in way.targets:
            way.targets.append(target)


@final
class Nesting:
    """The levels of a scene by their frames' ids, each before those in it."""

    def __init__(self, scene: Scene) -> None:
        self.parent = {frame.id: frame.frame for frame in scene.frames}
        self.parent.update((box.id, box.frame) for box in scene.boxes)
        _check(scene, self.parent)
        self.insides = {OUTSIDE: Inside(), **{frame.id: Inside() for frame in scene.frames}}
        self._fill(scene)
        for edge in scene.edges:
            self._pass(edge)

    def around(self, id: str) -> list[str]:
        """The levels around a box or a frame, the outermost first, and then itself."""
        found = [id]
        while found[-1] != OUTSIDE:
            found.append(self.parent[found[-1]])
        return found[::-1]

    def _fill(self, scene: Scene) -> None:
        """A frame's place among items is that of the first box in it."""
        seen: set[str] = set()
        for id in [*(box.id for box in scene.boxes), *(frame.id for frame in scene.frames)]:
            for level, item in itertools.pairwise(self.around(id)):
                if item not in seen:
                    seen.add(item)
                    self.insides[level].items.append(item)

    def _pass(self, edge: Edge) -> None:
        up, down = self.around(edge.source), self.around(edge.target)
        shared = sum(a == b for a, b in zip(up[:-1], down[:-1], strict=False))
        self.insides[up[shared - 1]].passes(edge.source, up[shared], down[shared])
        for level, item in itertools.pairwise(up[shared:]):
            self.insides[level].passes(edge.source, item, None)
        for level, item in itertools.pairwise(down[shared:]):
            self.insides[level].passes(edge.source, None, item)


def _check(scene: Scene, parent: dict[str, str]) -> None:
    """Raise where a scene cannot be laid out: see `Scene`."""
    seen = {OUTSIDE}
    for frame in scene.frames:
        _require(frame.frame in seen, frame.id, "stands in", frame.frame)
        seen.add(frame.id)
    for box in scene.boxes:
        _require(box.frame in seen, box.id, "stands in", box.frame)
    place = {box.id: i for i, box in enumerate(scene.boxes)}
    if len(place) + len(scene.frames) != len(parent) or len(place) != len(scene.boxes):
        raise ArgumentError("two boxes of the scene have one id", hint="give each its own")
    for edge in scene.edges:
        for end in (edge.source, edge.target):
            _require(end in place, f"an edge ({edge.source} to {edge.target})", "ends at", end)
        if place[edge.source] >= place[edge.target]:
            raise ArgumentError(
                f"an edge goes back from {edge.source!r} to {edge.target!r}",
                hint="put boxes in an order in which every edge goes forward",
            )


def _require(there: bool, what: str, relation: str, other: str) -> None:
    if not there:
        raise ArgumentError(
            f"{what} {relation} {other!r}, which is not there before it",
            hint="name boxes and frames of the scene",
        )
