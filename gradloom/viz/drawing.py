"""A picture as shapes in pixels: what a placed scene becomes before a writer draws it.

Every picture that does not move is a `Drawing`; the writers (SVG, PNG, PDF) know nothing of graphs
or clusters. Coordinates grow to the right and downwards. Colours are paints: roles of a palette,
so that one drawing serves light and dark.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, final

from gradloom.viz.palette import Paint

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]


@final
@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle by its upper left corner, with round corners of `radius`."""

    x: float
    y: float
    width: float
    height: float
    fill: Paint = ""
    stroke: Paint = ""
    stroke_width: float = 1.0
    radius: float = 0.0
    dash: tuple[float, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class Disc:
    """A circle by its centre."""

    x: float
    y: float
    radius: float
    fill: Paint = ""
    stroke: Paint = ""
    stroke_width: float = 1.0


@final
@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed shape by its corners."""

    points: tuple[Point, ...]
    fill: Paint = ""
    stroke: Paint = ""
    stroke_width: float = 1.0


@final
@dataclass(frozen=True, slots=True)
class Line:
    """Straight pieces from point to point; `arrow` puts a head at the end."""

    points: tuple[Point, ...]
    stroke: Paint = "edge"
    width: float = 1.0
    dash: tuple[float, ...] = ()
    arrow: bool = False


@final
@dataclass(frozen=True, slots=True)
class Curve:
    """Cubic Bézier pieces: a start, then two control points and an end for each piece."""

    points: tuple[Point, ...]
    stroke: Paint = "edge"
    width: float = 1.0
    dash: tuple[float, ...] = ()
    arrow: bool = False


@final
@dataclass(frozen=True, slots=True)
class Text:
    """A line of text; `y` is its baseline. `turned` writes it upwards."""

    x: float
    y: float
    text: str
    size: float = 12.0
    fill: Paint = "ink"
    anchor: Anchor = "start"
    bold: bool = False
    mono: bool = False
    turned: bool = False


@final
@dataclass(frozen=True, slots=True)
class Group:
    """Shapes that belong together; `tip` is told when one points at them, `id` names them."""

    shapes: tuple[Shape, ...]
    tip: str = ""
    id: str = ""


Shape = Rect | Disc | Polygon | Line | Curve | Text | Group


@final
@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes on paper, the first at the bottom; `title` and `description` are what it shows, for
    those who hear it read aloud.
    """

    width: float
    height: float
    shapes: tuple[Shape, ...]
    title: str = ""
    description: str = ""
    paper: Paint = "paper"


def flat(curve: Curve, steps: int = 16) -> tuple[Point, ...]:
    """Points along a curve, for writers that know straight lines alone."""
    points = [curve.points[0]]
    for i in range(0, len(curve.points) - 1, 3):
        a, b, c, d = curve.points[i : i + 4]
        for k in range(1, steps + 1):
            t = k / steps
            u = 1 - t
            weights = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
            x, y = (
                sum(w * p[axis] for w, p in zip(weights, (a, b, c, d), strict=True))
                for axis in (0, 1)
            )
            points.append((x, y))
    return tuple(points)


def head(points: tuple[Point, ...], size: float = 7.0) -> tuple[Point, ...]:
    """The corners of an arrow's head at the end of a line."""
    (x0, y0), (x1, y1) = points[-2], points[-1]
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 or 1.0
    dx, dy = (x1 - x0) / length * size, (y1 - y0) / length * size
    base = x1 - dx, y1 - dy
    return (
        (x1, y1),
        (base[0] - dy * 0.45, base[1] + dx * 0.45),
        (base[0] + dy * 0.45, base[1] - dx * 0.45),
    )


def moved(shape: Shape, dx: float, dy: float) -> Shape:
    """The shape, so many pixels to the right and down."""
    match shape:
        case Rect() | Disc() | Text():
            return replace(shape, x=shape.x + dx, y=shape.y + dy)
        case Polygon() | Line() | Curve():
            return replace(shape, points=tuple((x + dx, y + dy) for x, y in shape.points))
        case Group():
            return replace(shape, shapes=tuple(moved(inner, dx, dy) for inner in shape.shapes))


def reach(shape: Shape) -> tuple[float, float, float, float]:
    """A box that holds the shape: left, top, right, bottom. That of a text is generous, since its
    font is not known.
    """
    match shape:
        case Rect():
            box = shape.x, shape.y, shape.x + shape.width, shape.y + shape.height
        case Disc():
            r = shape.radius
            box = shape.x - r, shape.y - r, shape.x + r, shape.y + r
        case Text():
            wide = len(shape.text) * shape.size
            high = wide if shape.turned else shape.size
            return shape.x - wide, shape.y - high * 1.5, shape.x + wide, shape.y + high
        case Group():
            boxes = [reach(inner) for inner in shape.shapes] or [(0.0, 0.0, 0.0, 0.0)]
            return (
                min(b[0] for b in boxes), min(b[1] for b in boxes),
                max(b[2] for b in boxes), max(b[3] for b in boxes),
            )  # fmt: skip
        case _:
            xs, ys = zip(*shape.points, strict=True)
            box = min(xs), min(ys), max(xs), max(ys)
    half = (shape.width if isinstance(shape, (Line, Curve)) else shape.stroke_width) / 2 + 1
    if isinstance(shape, (Line, Curve)) and shape.arrow:
        half += 7
    return box[0] - half, box[1] - half, box[2] + half, box[3] + half
