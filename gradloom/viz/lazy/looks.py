"""How boxes look that have a colour, a shape or a size of text of their own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, final

from gradloom.ir.errors import ArgumentError
from gradloom.viz.drawing import Drawing, Group, Point, Polygon, Rect, Shape, Text

FONT_SIZE: Final = 12.0
"""Of the texts in boxes, in pixels."""
_LARGEST: Final = 22.0
"""A title of this size fills the height that a box gives a line."""
_SHAPES: Final = ("box", "box3d", "cylinder", "ellipse", "oval", "circle", "diamond", "hexagon")
_SAME: Final = dict.fromkeys(("rect", "rectangle", "square", "record", "Mrecord"), "box")
_ROOM: Final = 20.0
"""A diamond is so much larger than what stands in it, on every side, and still clear of others."""
_BULGE: Final = 10.0
"""An ellipse is so much larger on every side, and still clear of others."""
_LIFT: Final = 4.0
"""The lid of a cylinder stands so much above its box, out of the title's way."""
_NONE: Final = (None, "", "white")

DEFAULTS: Final[Mapping[str, Any]] = {
    "data_node_fontsize": 10,
    "data_node_shape": "box",
    "data_node_color": None,
    "op_node_fontsize": 12,
    "op_node_shape": "box",
    "op_node_color": "white",
    "graph_ranksep": 0.415,
    "graph_node_fontsize": 12.85,
    "graph_node_shape": "box3d",
    "graph_node_color": "white",
    "graph_node_shapesize": 0.574,
    "persist_record_shape": True,
}
"""pyflow-viz's attributes and their values there; "white" and None are the palette's own."""


@final
@dataclass(frozen=True, slots=True)
class Style:
    """The looks of one box; `color` as CSS writes it, `outlined` for what is to be seen at once."""

    color: str | None = None
    shape: str = "box"
    fontsize: float = FONT_SIZE
    outlined: bool = False
    rank: int | str | None = None


def attributes_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a picture; raises `ArgumentError` for one that there is none of."""
    unknown = given.keys() - DEFAULTS.keys()
    if unknown:
        raise ArgumentError(
            f"there is no graph attribute {min(unknown, key=str)!r}",
            hint=f"there are {', '.join(DEFAULTS)}",
        )
    return {**DEFAULTS, **{name: _checked(name, value) for name, value in given.items()}}


def _checked(name: str, value: Any) -> Any:
    """The value of an attribute; a number may be written as text, as pyflow-viz does."""
    default = DEFAULTS[name]
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise ArgumentError(f"{name} is {value!r}, where True or False is due")
        return value
    if isinstance(default, float | int):
        return _number(name, value)
    if name.endswith("_shape"):
        return shape_of(value)
    if value not in _NONE:
        hex_of(value)
    return value


def _number(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"{name} is {value!r}, where a number is due") from error
    if not 0 <= number < math.inf or (number == 0 and name != "graph_ranksep"):
        raise ArgumentError(f"{name} is {value!r}, where a positive number is due")
    return number


def shape_of(name: object) -> str:
    """The shape itself, or the one that is the same to the eye; raises `ArgumentError` for one that
    there is none of.
    """
    shape = _SAME.get(str(name), str(name))
    if shape not in _SHAPES:
        raise ArgumentError(
            f"there is no shape {name!r} for a box", hint=f"choose {', '.join(_SHAPES)}"
        )
    return shape


def dressed(drawing: Drawing, styles: Mapping[str, Style]) -> Drawing:
    """The drawing with its boxes as their styles say."""
    shapes = tuple(
        [
            _dressed(shape, styles[shape.id])
            if isinstance(shape, Group) and shape.id in styles
            else shape
            for shape in drawing.shapes
        ]
    )
    return replace(drawing, shapes=shapes)


def _dressed(group: Group, style: Style) -> Group:
    rects = [shape for shape in group.shapes if isinstance(shape, Rect)]
    texts = [_text(shape, style, i == 0) for i, shape in enumerate(_texts(group))]
    return replace(group, shapes=(*[_shape(rect, style) for rect in rects], *texts))


def _texts(group: Group) -> list[Text]:
    return [shape for shape in group.shapes if isinstance(shape, Text)]


def _text(text: Text, style: Style, title: bool) -> Text:
    size = min(style.fontsize, _LARGEST) if title else FONT_SIZE
    ink = text.fill if style.color in _NONE else ink_on(hex_of(str(style.color)))
    return replace(text, text=text.text.strip() if title else text.text, size=size, fill=ink)


def _shape(rect: Rect, style: Style) -> Shape:
    fill = rect.fill if style.color in _NONE else hex_of(str(style.color))
    rect = replace(rect, fill=fill)
    if style.outlined:
        rect = replace(rect, stroke="good", stroke_width=2.5)
    if style.shape == "box3d":
        return _solid(rect)
    points = _outline(rect, style.shape)
    if points is None:
        return rect
    body = Polygon(points, rect.fill, rect.stroke, rect.stroke_width)
    if style.shape == "cylinder":
        bend = _bend(rect)
        lid = _arc(rect.x + rect.width / 2, rect.y - _LIFT, rect.width / 2, bend, 0, 2 * math.pi)
        return Group((body, Polygon(lid, rect.fill, rect.stroke, rect.stroke_width)))
    return body


def _solid(rect: Rect) -> Shape:
    """A box that stands out: its front where the box is, a lid and a side behind it."""
    x, y, w, h, d = rect.x, rect.y, rect.width, rect.height, _LIFT
    lid = (x, y), (x + d, y - d), (x + w + d, y - d), (x + w, y)
    side = (x + w, y), (x + w + d, y - d), (x + w + d, y + h - d), (x + w, y + h)
    faces = [Polygon(p, rect.fill, rect.stroke, rect.stroke_width) for p in (lid, side)]
    return Group((*faces, replace(rect, radius=0.0)))


def _bend(rect: Rect) -> float:
    return min(6.0, rect.height / 6)


def _outline(rect: Rect, shape: str) -> tuple[Point, ...] | None:
    """The corners of a shape around what the rectangle holds; None where it is the rectangle."""
    x, y, w, h = rect.x, rect.y, rect.width, rect.height
    middle = x + w / 2, y + h / 2
    if shape in ("ellipse", "oval", "circle"):
        return _arc(*middle, w / 2 + _BULGE, h / 2 + _BULGE, 0, 2 * math.pi)
    if shape == "diamond":
        return (
            (middle[0], y - _ROOM),
            (x + w + _ROOM, middle[1]),
            (middle[0], y + h + _ROOM),
            (x - _ROOM, middle[1]),
        )
    if shape == "hexagon":
        return (
            (x, y),
            (x + w, y),
            (x + w + 8, middle[1]),
            (x + w, y + h),
            (x, y + h),
            (
                x - 8,
                middle[1],
            ),
        )
    if shape == "cylinder":
        lower = _arc(middle[0], y + h - _bend(rect), w / 2, _bend(rect), 0, math.pi)
        return (x, y - _LIFT), (x + w, y - _LIFT), *lower
    return None


def _arc(x: float, y: float, rx: float, ry: float, start: float, end: float) -> tuple[Point, ...]:
    """Points along an ellipse, clockwise from `start` to `end` in radians."""
    angles = [start + (end - start) * k / 32 for k in range(33)]
    return tuple([(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles])


def hex_of(color: str) -> str:
    """A colour that CSS knows as `#rrggbb`; raises `ArgumentError` for any other text.

    >>> hex_of("tomato")
    '#ff6347'
    """
    from PIL import ImageColor

    try:
        r, g, b = ImageColor.getrgb(color)[:3]
    except (ValueError, AttributeError) as error:  # the latter for what is no text
        raise ArgumentError(
            f"{color!r} is no colour", hint='write "#rrggbb", or a name that CSS knows'
        ) from error
    return f"#{r:02x}{g:02x}{b:02x}"


def ink_on(color: str) -> str:
    """Black or white, whichever can be read on a colour."""
    r, g, b = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return "#000000" if 0.299 * r + 0.587 * g + 0.114 * b > 0.5 else "#ffffff"  # ITU-R BT.601
