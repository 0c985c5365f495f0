"""Where boxes and frames stand, and which way edges go: every frame is a level of its own, laid out
in layers, and a single item of the level around it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final

from rich.cells import cell_len, set_cell_size

from gradloom.viz.boxes import Box, Edge, Frame, Scene
from gradloom.viz.drawing import Point
from gradloom.viz.layers import GAP
from gradloom.viz.nesting import OUTSIDE, Nesting
from gradloom.viz.routes import arrivals, way
from gradloom.viz.stage import Stage

CHARACTER: Final = 7.3
"""Width of a character of the 12-pixel monospaced font, in pixels."""
LINE: Final = 16.0
PADDING: Final = 10.0
LONGEST: Final = 40
"""A text that is wider than so many characters is shortened; its box's tip has the whole of it."""
HEAD: Final = 24.0
"""Height of the title of a frame, and of the picture."""


@final
@dataclass(frozen=True, slots=True)
class Placed:
    """A box with its centre and size, in pixels; `rank` is its layer in its frame, from the top,
    and `order` its place in the layer, from the left.
    """

    box: Box
    x: float
    y: float
    width: float
    height: float
    rank: int = 0
    order: int = 0


@final
@dataclass(frozen=True, slots=True)
class PlacedFrame:
    """A frame with its centre and size, in pixels, and its rank and order as a box's."""

    frame: Frame
    x: float
    y: float
    width: float
    height: float
    rank: int = 0
    order: int = 0


@final
@dataclass(frozen=True, slots=True)
class Route:
    """The points that an edge goes through, from the bottom of a box down to the top of another."""

    edge: Edge
    points: tuple[Point, ...]


@final
@dataclass(frozen=True, slots=True)
class Layout:
    """Placed boxes by id, the size of the whole, frames by id (each before those in it), and a
    route for each edge.
    """

    boxes: dict[str, Placed]
    width: float
    height: float
    frames: dict[str, PlacedFrame]
    routes: tuple[Route, ...]


def layout(scene: Scene) -> Layout:
    """The scene with every box placed; what is computed first stands at the top.

    Raises `ArgumentError` for a scene whose edges go back or end nowhere.
    """
    nesting = Nesting(scene)
    sizes = {box.id: box_size(box) for box in scene.boxes}
    titles = {frame.id: cell_len(fitted(frame.title)) * CHARACTER for frame in scene.frames}
    stages: dict[str, Stage] = {}
    for id in reversed(nesting.insides):
        stage = stages[id] = Stage(nesting.insides[id], sizes, stages, scene.rows)
        width = max(stage.width, titles.get(id, 0.0)) + 2 * PADDING
        sizes[id] = width, stage.height + HEAD + PADDING
    return _assembled(scene, nesting, stages, sizes)


def box_size(box: Box) -> tuple[float, float]:
    """Width and height of a box, in pixels."""
    longest = max(cell_len(fitted(text)) for text in (box.title, *box.lines))
    return longest * CHARACTER + 2 * PADDING, (1 + len(box.lines)) * LINE + PADDING


def fitted(text: str) -> str:
    """The text, shortened where it is too wide for a box.

    >>> fitted("f32[batch,2]"), len(fitted("x" * 100))
    ('f32[batch,2]', 40)
    """
    return text if cell_len(text) <= LONGEST else set_cell_size(text, LONGEST - 1) + "\u2026"


Sizes = Mapping[str, tuple[float, float]]


def _assembled(scene: Scene, nesting: Nesting, stages: Mapping[str, Stage], sizes: Sizes) -> Layout:
    """The stages put into one another, the outermost first."""
    width, height = sizes[OUTSIDE]
    origins = {OUTSIDE: (width / 2 + GAP, HEAD + PADDING)}
    inner = {frame.id: frame for frame in scene.frames}
    ordered = {box.id: box for box in scene.boxes}
    boxes: dict[str, Placed] = {}
    frames: dict[str, PlacedFrame] = {}
    for id, inside in nesting.insides.items():
        for item in inside.items:
            rank = stages[id].rank(item)
            top, bottom = stages[id].tops[rank], stages[id].bottoms[rank]
            # Frames in a layer have their titles in line, boxes their middles.
            y = (top + bottom) / 2 if item in ordered else top + sizes[item][1] / 2
            x = origins[id][0] + stages[id].x(item)
            at = x, origins[id][1] + y, *sizes[item], rank, stages[id].order(item)
            if item in ordered:
                boxes[item] = Placed(ordered[item], *at)
            else:
                frames[item] = PlacedFrame(inner[item], *at)
                origins[item] = x, origins[id][1] + top + HEAD
    ways = [way(edge, nesting, stages, origins, boxes) for edge in scene.edges]
    routes = tuple(map(Route, scene.edges, arrivals(scene.edges, ways, boxes)))
    in_order = {id: boxes[id] for id in ordered}
    return Layout(in_order, width + 2 * GAP, height + 2 * PADDING, frames, routes)
