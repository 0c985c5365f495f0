"""A drawing as SVG: one file that follows the reader's light or dark theme."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Final

from gradloom.viz.drawing import (
    Curve,
    Disc,
    Drawing,
    Group,
    Line,
    Point,
    Polygon,
    Rect,
    Shape,
    Text,
    flat,
    head,
)
from gradloom.viz.palette import DARK, LIGHT, Paint, Palette

_SANS: Final = "system-ui,Segoe UI,Helvetica,Arial,DejaVu Sans,sans-serif"
_MONO: Final = "ui-monospace,Menlo,Consolas,DejaVu Sans Mono,monospace"
_NO_XML: Final = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""What XML 1.0 (section 2.2) cannot hold, escaped or not."""


def svg(drawing: Drawing, palette: Palette | None = None) -> str:
    """The drawing as SVG text, in the reader's theme unless a palette is given."""
    size = f'width="{_n(drawing.width)}" height="{_n(drawing.height)}"'
    box = f'viewBox="0 0 {_n(drawing.width)} {_n(drawing.height)}"'
    told = "".join(
        f"<{tag}>{escaped(text)}</{tag}>"
        for tag, text in (("title", drawing.title), ("desc", drawing.description))
        if text
    )
    paper = f'<rect width="100%" height="100%"{_paint("fill", drawing.paper)}/>'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size} {box}>{told}',
            f"<style>{style(palette)}</style>",
            paper,
            *(_shape(s) for s in drawing.shapes),
            "</svg>\n",
        ]
    )


def markup(shapes: Iterable[Shape]) -> str:
    """Shapes as elements, for who writes an SVG of their own around them."""
    return "".join(_shape(shape) for shape in shapes)


def style(palette: Palette | None = None) -> str:
    """The style sheet that drawings inside a page need."""
    fonts = f"text{{font-family:{_SANS}}}.m{{font-family:{_MONO}}}.b{{font-weight:600}}"
    return variables(palette) + fonts


def variables(palette: Palette | None = None) -> str:
    """The roles of a palette as CSS variables (`--ink`); of both palettes, each where the reader
    asks for it, when none is given.
    """
    if palette is not None:
        return f":root{{{_declared(palette)}}}"
    dark = _declared(DARK)
    return (
        f":root{{{_declared(LIGHT)}}}"
        f"@media(prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}"
        f":root[data-theme=dark]{{{dark}}}"
    )


def escaped(text: str) -> str:
    """Text for XML, in or outside of quotes; what XML cannot hold is a replacement sign."""
    return escape(_NO_XML.sub("\ufffd", text))


def _declared(palette: Palette) -> str:
    return f"color-scheme:{palette.name};" + "".join(
        f"--{k}:{v};" for k, v in palette.roles.items()
    )


def _shape(shape: Shape) -> str:
    match shape:
        case Rect():
            place = _attributes(x=shape.x, y=shape.y, width=shape.width, height=shape.height)
            corners = f' rx="{_n(shape.radius)}"' if shape.radius else ""
            return f"<rect{place}{corners}{_filled(shape)}{_dashed(shape.dash)}/>"
        case Disc():
            return f"<circle{_attributes(cx=shape.x, cy=shape.y, r=shape.radius)}{_filled(shape)}/>"
        case Polygon():
            return f'<polygon points="{_points(shape.points)}"{_filled(shape)}/>'
        case Line():
            line = f'<polyline points="{_points(shape.points)}"{_stroked(shape)}/>'
            return line + (_head(shape.points, shape.stroke) if shape.arrow else "")
        case Curve():
            path = f'<path d="{"".join(_commands(shape.points))}"{_stroked(shape)}/>'
            return path + (_head(flat(shape), shape.stroke) if shape.arrow else "")
        case Text():
            return _text(shape)
        case Group():
            id = f' id="{escaped(shape.id)}"' if shape.id else ""
            tip = f"<title>{escaped(shape.tip)}</title>" if shape.tip else ""
            return f"<g{id}>{tip}{''.join(_shape(s) for s in shape.shapes)}</g>"


def _text(text: Text) -> str:
    classes = " ".join(name for name, on in (("m", text.mono), ("b", text.bold)) if on)
    kind = f' class="{classes}"' if classes else ""
    anchor = f' text-anchor="{text.anchor}"' if text.anchor != "start" else ""
    place = _attributes(x=text.x, y=text.y, **{"font-size": text.size})
    turned = f' transform="rotate(-90 {_n(text.x)} {_n(text.y)})"' if text.turned else ""
    fill = _paint("fill", text.fill)
    return f"<text{place}{kind}{anchor}{turned}{fill}>{escaped(text.text)}</text>"


def _commands(points: tuple[Point, ...]) -> Iterator[str]:
    yield f"M{_pair(points[0])}"
    for i in range(1, len(points), 3):
        yield "C" + " ".join(_pair(p) for p in points[i : i + 3])


def _head(points: tuple[Point, ...], stroke: Paint) -> str:
    return f'<polygon points="{_points(head(points))}"{_paint("fill", stroke)}/>'


def _filled(shape: Rect | Disc | Polygon) -> str:
    edge = _paint("stroke", shape.stroke) if shape.stroke else ""
    width = f' stroke-width="{_n(shape.stroke_width)}"' if shape.stroke else ""
    return _paint("fill", shape.fill) + edge + width


def _stroked(line: Line | Curve) -> str:
    stroke = _paint("stroke", line.stroke)
    return f' fill="none"{stroke} stroke-width="{_n(line.width)}"{_dashed(line.dash)}'


def _dashed(dash: tuple[float, ...]) -> str:
    return f' stroke-dasharray="{" ".join(map(_n, dash))}"' if dash else ""


def _paint(what: str, paint: Paint) -> str:
    colour = paint if paint.startswith("#") else f"var(--{paint})" if paint else "none"
    return f' {what}="{escaped(colour)}"'


def _attributes(**numbers: float) -> str:
    return "".join(f' {name}="{_n(x)}"' for name, x in numbers.items())


def _points(points: tuple[Point, ...]) -> str:
    return " ".join(_pair(p) for p in points)


def _pair(point: Point) -> str:
    return f"{_n(point[0])},{_n(point[1])}"


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
