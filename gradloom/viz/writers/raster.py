"""A drawing as pixels, by Pillow: drawn larger than it is and made smaller, so that edges are
smooth.
"""

from __future__ import annotations

import io
from itertools import pairwise
from typing import Any, Final, final

from gradloom.ir.errors import ArgumentError, NotSupported
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
from gradloom.viz.fonts import font, writable
from gradloom.viz.palette import LIGHT, Paint, Palette, Rgb, over

FINER: Final = 2
"""How many times larger than the picture it is drawn, along each axis."""
MOST_PIXELS: Final = 400_000_000
"""The most pixels that are drawn, before the picture is made smaller: some 1.2 GB."""
CSS_DPI: Final = 96
"""Pixels per inch of a drawing (CSS 2.1, section 4.3.2)."""


def pillow() -> Any:
    """Pillow's `PIL` package with its parts; `NotSupported` says how to get it."""
    try:
        import PIL.Image
        import PIL.ImageDraw
    except ImportError:
        raise NotSupported(
            "a picture of pixels needs Pillow", hint="pip install 'gradloom[viz]', or write .svg"
        ) from None
    return PIL


def png(drawing: Drawing, palette: Palette = LIGHT, dpi: float = CSS_DPI) -> bytes:
    """The drawing as a PNG file of so many pixels per inch."""
    data = io.BytesIO()
    image(drawing, palette, dpi / CSS_DPI).save(data, "png", dpi=(dpi, dpi), optimize=False)
    return data.getvalue()


def image(drawing: Drawing, palette: Palette = LIGHT, scale: float = 1.0) -> Any:
    """The drawing as a Pillow image (RGB), `scale` pixels to each of the drawing's."""
    pil = pillow()
    width, height = max(1, round(drawing.width * scale)), max(1, round(drawing.height * scale))
    pixels = width * height * FINER**2
    if not 0 < pixels <= MOST_PIXELS:
        raise ArgumentError(
            f"a picture of {width} by {height} pixels is too large to be drawn",
            hint="write .svg, or ask for fewer dots per inch",
        )
    large = pil.Image.new("RGB", (width * FINER, height * FINER), palette.rgba(drawing.paper)[:3])
    brush = Brush(
        pil.ImageDraw.Draw(large), palette, scale * FINER, palette.rgba(drawing.paper)[:3]
    )
    for shape in drawing.shapes:
        brush.draw(shape)
    return large.resize((width, height), pil.Image.Resampling.BOX)


@final
class Brush:
    """Draws shapes into a Pillow image, `scale` pixels to each of the drawing's.

    Pillow's own shapes are opaque: a paint that the paper shines through is mixed with the paper.
    """

    def __init__(self, draw: Any, palette: Palette, scale: float, paper: Rgb) -> None:
        self._draw = draw
        self._palette = palette
        self._scale = scale
        self._paper = paper

    def draw(self, shape: Shape) -> None:
        """Draw one shape, and what is in it."""
        k = self._scale
        match shape:
            case Rect():
                self._rect(shape)
            case Disc():
                x, y, r = shape.x * k, shape.y * k, shape.radius * k
                self._draw.ellipse((x - r, y - r, x + r, y + r), **self._filled(shape))
            case Polygon():
                self._draw.polygon([(x * k, y * k) for x, y in shape.points], **self._filled(shape))
            case Line():
                self._line(shape.points, shape)
            case Curve():
                self._line(flat(shape), shape)
            case Text():
                self._text(shape)
            case Group():
                for inner in shape.shapes:
                    self.draw(inner)

    def _rect(self, rect: Rect) -> None:
        k = self._scale
        width, height = max(rect.width, 0.0), max(rect.height, 0.0)
        corners = (rect.x * k, rect.y * k, (rect.x + width) * k, (rect.y + height) * k)
        if rect.dash and rect.stroke:
            x, y = rect.x + width, rect.y + height
            around = ((rect.x, rect.y), (x, rect.y), (x, y), (rect.x, y), (rect.x, rect.y))
            self._draw.rectangle(corners, fill=self._rgb(rect.fill))
            self._line(around, Line(around, rect.stroke, rect.stroke_width, rect.dash))
        else:
            radius = min(rect.radius, width / 2, height / 2) * k
            self._draw.rounded_rectangle(corners, radius, **self._filled(rect))

    def _line(self, points: tuple[Point, ...], line: Line | Curve) -> None:
        k = self._scale
        colour, width = self._rgb(line.stroke), max(1, round(line.width * k))
        for piece in _dashes(points, line.dash) if line.dash else [points]:
            self._draw.line([(x * k, y * k) for x, y in piece], colour, width, joint="curve")
        if line.arrow:
            self._draw.polygon([(x * k, y * k) for x, y in head(points)], fill=colour)

    def _text(self, text: Text) -> None:
        k = self._scale
        face = font(max(1, round(text.size * k)), text.bold, text.mono)
        words = writable(text.text, text.bold, text.mono)
        colour = self._rgb(text.fill)
        if colour is None or not words:
            return
        anchor = {"start": "ls", "middle": "ms", "end": "rs"}[text.anchor]
        if text.turned:
            self._turned(text, words, face, colour)
        else:
            self._draw.text((text.x * k, text.y * k), words, colour, face, anchor=anchor)

    def _turned(self, text: Text, words: str, face: Any, colour: Rgb) -> None:
        pil = pillow()
        k = self._scale
        left, top, right, bottom = (round(v) for v in face.getbbox(words, anchor="ls"))
        mask = pil.Image.new("L", (max(1, right - left), max(1, bottom - top)), 0)
        pil.ImageDraw.Draw(mask).text((-left, -top), words, 255, face, anchor="ls")
        mask = mask.rotate(90, expand=True)
        along = {"start": 0.0, "middle": 0.5, "end": 1.0}[text.anchor]
        place = round(text.x * k + top), round(text.y * k - mask.height * (1 - along))
        self._draw.bitmap(place, mask, fill=colour)

    def _filled(self, shape: Rect | Disc | Polygon) -> dict[str, Any]:
        edge = self._rgb(shape.stroke)
        width = max(1, round(shape.stroke_width * self._scale)) if edge else 0
        return {"fill": self._rgb(shape.fill), "outline": edge, "width": width}

    def _rgb(self, paint: Paint) -> Rgb | None:
        return over(self._palette.rgba(paint), self._paper) if paint else None


def _dashes(points: tuple[Point, ...], dash: tuple[float, ...]) -> list[tuple[Point, ...]]:
    """The pieces of a line that are drawn; `dash` alternates lengths drawn and left out."""
    pieces: list[tuple[Point, ...]] = []
    turn, left = 0, max(dash[0], 0.1)
    for (x0, y0), (x1, y1) in pairwise(points):
        length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
        at = 0.0
        while at < length:
            step = min(left, length - at)
            if turn % 2 == 0:
                a, b = at / length, (at + step) / length
                pieces.append(
                    (
                        (x0 + (x1 - x0) * a, y0 + (y1 - y0) * a),
                        (x0 + (x1 - x0) * b, y0 + (y1 - y0) * b),
                    )
                )
            at, left = at + step, left - step
            if left <= 1e-9:
                turn += 1
                left = max(dash[turn % len(dash)], 0.1)
    return pieces
