"""A drawing as a PDF of one page, in lines and letters rather than pixels, by ReportLab."""

from __future__ import annotations

import functools
import io
from typing import Any, Final, final

from gradloom.ir.errors import NotSupported
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
from gradloom.viz.fonts import font_file, writable
from gradloom.viz.palette import LIGHT, Paint, Palette

_POINTS: Final = 0.75
"""Points (1/72 inch) to a pixel (1/96 inch)."""
_LONGEST: Final = 14_400.0
"""The longest side of a page, in points (PDF 1.7, annex C)."""


def pdf(drawing: Drawing, palette: Palette = LIGHT) -> bytes:
    """The drawing as a PDF file of its own size, or smaller where no page can be so large."""
    try:
        from reportlab.pdfgen.canvas import Canvas
    except ImportError:
        raise NotSupported(
            "a PDF needs ReportLab", hint="pip install 'gradloom[viz]', or write .svg"
        ) from None
    scale = min(_POINTS, _LONGEST / max(drawing.width, drawing.height, 1.0))
    data = io.BytesIO()
    canvas = Canvas(data, pagesize=(drawing.width * scale, drawing.height * scale), invariant=1)
    canvas.setTitle(drawing.title)
    canvas.setSubject(drawing.description)
    canvas.setCreator("gradloom")
    canvas.scale(scale, -scale)
    canvas.translate(0, -drawing.height)
    pen = _Pen(canvas, palette)
    pen.draw(Rect(0, 0, drawing.width, drawing.height, drawing.paper))
    for shape in drawing.shapes:
        pen.draw(shape)
    canvas.showPage()
    canvas.save()
    return data.getvalue()


@functools.cache
def _face(bold: bool, mono: bool) -> str:
    """The name of a font that ReportLab knows: one of this system, which has all signs, else one of
    those that every reader has.
    """
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFError, TTFont

    file = font_file(bold, mono)
    if file is not None:
        name = f"gradloom{'-mono' if mono else ''}{'-bold' if bold else ''}"
        try:
            pdfmetrics.registerFont(TTFont(name, str(file)))
        except (TTFError, OSError):  # a kind of font that ReportLab cannot hold
            pass
        else:
            return name
    return ("Courier" if mono else "Helvetica") + ("-Bold" if bold else "")


@final
class _Pen:
    """Draws shapes on a ReportLab canvas whose y grows downwards."""

    def __init__(self, canvas: Any, palette: Palette) -> None:
        self._canvas = canvas
        self._palette = palette

    def draw(self, shape: Shape) -> None:
        """Draw one shape, and what is in it."""
        match shape:
            case Rect():
                fill, stroke = self._colours(shape.fill, shape.stroke, shape.stroke_width)
                self._canvas.setDash(list(shape.dash) or [])
                radius = min(shape.radius, shape.width / 2, shape.height / 2)
                size = max(shape.width, 0.0), max(shape.height, 0.0)
                self._canvas.roundRect(
                    shape.x, shape.y, *size, max(radius, 0.0), stroke=stroke, fill=fill
                )
            case Disc():
                fill, stroke = self._colours(shape.fill, shape.stroke, shape.stroke_width)
                self._canvas.setDash([])
                self._canvas.circle(shape.x, shape.y, shape.radius, stroke=stroke, fill=fill)
            case Polygon():
                self._path(shape.points, shape.fill, shape.stroke, shape.stroke_width)
            case Line():
                self._line(shape.points, shape)
            case Curve():
                self._line(flat(shape), shape)
            case Text():
                self._text(shape)
            case Group():
                for inner in shape.shapes:
                    self.draw(inner)

    def _path(self, points: tuple[Point, ...], fill: Paint, stroke: Paint, width: float) -> None:
        filled, stroked = self._colours(fill, stroke, width)
        path = self._canvas.beginPath()
        path.moveTo(*points[0])
        for point in points[1:]:
            path.lineTo(*point)
        path.close()
        self._canvas.setDash([])
        self._canvas.drawPath(path, stroke=stroked, fill=filled)

    def _line(self, points: tuple[Point, ...], line: Line | Curve) -> None:
        self._colours("", line.stroke, line.width)
        path = self._canvas.beginPath()
        path.moveTo(*points[0])
        for point in points[1:]:
            path.lineTo(*point)
        self._canvas.setDash(list(line.dash) or [])
        self._canvas.drawPath(path, stroke=1, fill=0)
        if line.arrow:
            self._path(head(points), line.stroke, "", 1.0)

    def _text(self, text: Text) -> None:
        self._colours(text.fill, "", 1.0)
        canvas = self._canvas
        canvas.saveState()
        canvas.translate(text.x, text.y)
        canvas.rotate(-90 if text.turned else 0)
        canvas.scale(1, -1)
        canvas.setFont(_face(text.bold, text.mono), text.size)
        words = writable(text.text, text.bold, text.mono)
        draw = {
            "start": canvas.drawString,
            "middle": canvas.drawCentredString,
            "end": canvas.drawRightString,
        }[text.anchor]
        draw(0, 0, words)
        canvas.restoreState()

    def _colours(self, fill: Paint, stroke: Paint, width: float) -> tuple[int, int]:
        """Choose the colours; whether there is a filling, and whether there is a line."""
        if fill:
            r, g, b, a = self._palette.rgba(fill)
            self._canvas.setFillColorRGB(r / 255, g / 255, b / 255, a / 255)
        if stroke:
            r, g, b, a = self._palette.rgba(stroke)
            self._canvas.setStrokeColorRGB(r / 255, g / 255, b / 255, a / 255)
            self._canvas.setLineWidth(width)
        return int(bool(fill)), int(bool(stroke))
