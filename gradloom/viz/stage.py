"""A level of a picture, laid out: what stands in one frame, counted from its upper middle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, final

from gradloom.viz.layers import Level, Net, arranged
from gradloom.viz.nesting import Inside, Way

RISE: Final = 28.0
"""Pixels between two layers."""
_EDGE: Final = 18.0
"""Pixels between the edge of a frame and its first or last layer, where something goes through."""


@final
class Stage:
    """A level laid out: its arrangement, and where its layers begin and end, from its top; x is
    counted from its middle.
    """

    def __init__(
        self,
        inside: Inside,
        sizes: Mapping[str, tuple[float, float]],
        stages: Mapping[str, Stage],
        rows: Sequence[Sequence[str]] = (),
    ) -> None:
        self.items = inside.items
        self._place = {item: i for i, item in enumerate(inside.items)}
        self._net = {box: i for i, box in enumerate(inside.ways)}
        self._starts: dict[str, float] = {}
        self._ends: dict[tuple[str, str], float] = {}
        nets = []
        for box, way in inside.ways.items():
            source = stages.get(way.source) if way.source is not None else None
            self._starts[box] = source.leaves_at(box) if source is not None else 0.0
            for target in way.targets:
                inner = stages.get(target)
                self._ends[box, target] = inner.enters_at(box) if inner is not None else 0.0
            nets.append(self._as_net(box, way))
        widths = [sizes[item][0] for item in inside.items]
        wanted = [[self._place[item] for item in row if item in self._place] for row in rows]
        self.level = arranged(widths, nets, [row for row in wanted if len(row) > 1])
        self.tops, self.bottoms = _heights(self.level, [sizes[item][1] for item in inside.items])
        self.height = self.bottoms[-1]
        self.width = self._centre(widths)

    def _as_net(self, box: str, way: Way) -> Net:
        return Net(
            -1 if way.source is None else self._place[way.source],
            tuple(self._place[target] for target in way.targets),
            way.leaves,
            self._starts[box],
            tuple(self._ends[box, target] for target in way.targets),
        )

    def _centre(self, widths: Sequence[float]) -> float:
        """Count x from the middle; the width."""
        x = self.level.x
        half = [w / 2 for w in widths] + [0.0] * (len(x) - len(widths))
        left = min((at - h for at, h in zip(x, half, strict=True)), default=0.0)
        right = max((at + h for at, h in zip(x, half, strict=True)), default=0.0)
        self.level.x = [at - (left + right) / 2 for at in x]
        return right - left

    def rank(self, item: str) -> int:
        """The layer of an item."""
        return self.level.rank[self._place[item]]

    def order(self, item: str) -> int:
        """The place of an item among those of its layer."""
        count, place = len(self.items), self._place[item]
        return [n for n in self.level.layers[self.rank(item)] if n < count].index(place)

    def x(self, item: str) -> float:
        """The middle of an item."""
        return self.level.x[self._place[item]]

    def start(self, box: str, item: str) -> float:
        """Where what comes from a box leaves the item that the box is in."""
        return self.x(item) + self._starts[box]

    def end(self, box: str, item: str) -> float:
        """Where what comes from a box arrives at an item."""
        return self.x(item) + self._ends[box, item]

    def leaves_at(self, box: str) -> float:
        """Where what comes from a box inside goes out."""
        return self.slots(box)[-1][1]

    def enters_at(self, box: str) -> float:
        """Where what comes from a box outside comes in."""
        return self.slots(box)[0][1]

    def slots(self, box: str) -> list[tuple[int, float]]:
        """The layers that what comes from a box goes through, each with where."""
        slots = self.level.slots[self._net[box]]
        return [(layer, self.level.x[number]) for layer, number in slots.items()]


def _heights(level: Level, heights: Sequence[float]) -> tuple[list[float], list[float]]:
    """The tops and bottoms of layers; the first and the last are the edges of the frame."""
    tops, bottoms, y = [], [], 0.0
    for i, layer in enumerate(level.layers):
        tall = max((heights[n] for n in layer if n < len(heights)), default=0.0)
        if i == len(level.layers) - 1 and not layer and i > 1:
            y -= RISE  # nothing leaves: the frame ends under its last box
        tops.append(y)
        bottoms.append(y + tall)
        at_edge = i == 0 or (i == len(level.layers) - 2 and level.layers[-1])
        y += tall + (_EDGE if at_edge and layer else RISE if layer else 0.0)
    return tops, bottoms
