"""Where a gradient flow is drawn: a row per layer, from the first line of the program down to the
loss; parameters on the left, the gradients' lengths as bars on the right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

from gradloom.viz.drawing import Point
from gradloom.viz.flow.layers import Layer, Layers

WIDTH: Final = 900.0
HEADER: Final = 92.0
FOOTER: Final = 84.0
BOX: Final = (186.0, 282.0, 30.0)
"""Left edge, width and height of a layer's box."""
CHIP: Final = (20.0, 136.0, 24.0)
"""The same of a parameter's."""
BARS: Final = (532.0, 196.0)
"""Left edge and width of the bars."""
NUMBER: Final = 738.0
TROUBLE: Final = 800.0
_PITCH: Final = 54.0
_TIGHT: Final = 44.0
_LOOSE_ROWS: Final = 14
"""So many rows stand loosely; more stand closer, so that the page stays short."""
_CHIP_PITCH: Final = 29.0
_LANE: Final = 9.0
_LANES: Final = 5


@final
@dataclass(frozen=True, slots=True)
class Spot:
    """A layer's box, by its upper left corner, and the middle of its row."""

    layer: Layer
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """The height at which wires and bars stand."""
        return self.y + self.height / 2


@final
@dataclass(frozen=True, slots=True)
class Board:
    """All boxes, by number of the layer; the paths of wires, cubic Bézier pieces that lead the way
    that gradients go, from the wire's target to its source.
    """

    height: float
    spots: tuple[Spot, ...]
    paths: tuple[tuple[Point, ...], ...]


def board(layers: Layers) -> Board:
    """The places of all layers and wires."""
    chips: dict[int, list[int]] = {}
    for number, layer in enumerate(layers.layers):
        if layer.kind == "parameter":
            chips.setdefault(layer.row, []).append(number)
    pitch = _PITCH if layers.rows <= _LOOSE_ROWS else _TIGHT
    spots: dict[int, Spot] = {}
    top = HEADER
    for row in range(layers.rows):
        mine = chips.get(row, [])
        height = max(pitch, len(mine) * _CHIP_PITCH + 8)
        middle = top + height / 2
        spots[row] = _spot(layers.layers[row], BOX, middle)
        for k, number in enumerate(mine):
            at = middle + (k - (len(mine) - 1) / 2) * _CHIP_PITCH
            spots[number] = _spot(layers.layers[number], CHIP, at)
        top += height
    placed = tuple(spots[i] for i in range(len(layers.layers)))
    return Board(top + FOOTER, placed, _paths(layers, placed))


def _spot(layer: Layer, size: tuple[float, float, float], middle: float) -> Spot:
    left, width, height = size
    return Spot(layer, left, middle - height / 2, width, height)


def _paths(layers: Layers, spots: tuple[Spot, ...]) -> tuple[tuple[Point, ...], ...]:
    paths, lane = [], 0
    for wire in layers.wires:
        source, target = spots[wire.source], spots[wire.target]
        if source.layer.kind == "parameter":
            paths.append(_to_chip(target, source))
        elif wire.target - wire.source == 1:
            x = source.x + source.width / 2
            paths.append(_straight((x, target.y), (x, source.y + source.height)))
        else:
            paths.append(_around(target, source, lane % _LANES))
            lane += 1
    return tuple(paths)


def _to_chip(box: Spot, chip: Spot) -> tuple[Point, ...]:
    start, end = (box.x, box.middle), (chip.x + chip.width, chip.middle)
    bend = (start[0] - end[0]) / 2
    return start, (start[0] - bend, start[1]), (end[0] + bend, end[1]), end


def _straight(start: Point, end: Point) -> tuple[Point, ...]:
    third = (end[1] - start[1]) / 3
    return start, (start[0], start[1] + third), (start[0], end[1] - third), end


def _around(target: Spot, source: Spot, lane: int) -> tuple[Point, ...]:
    """A way past the boxes between, on their right."""
    edge = target.x + target.width
    out = edge + 12 + _LANE * lane
    return (edge, target.middle), (out, target.middle), (out, source.middle), (edge, source.middle)
