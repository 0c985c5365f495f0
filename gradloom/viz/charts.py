"""Parts of charts as shapes: axes with ticks and grid lines, legends, a frame.

A chart is a `Frame`, a `Scale` for each direction, `axis_below` and `axis_left`, and whatever is
drawn between them:

>>> frame = Frame(60, 20, 400, 200)
>>> x, y = frame.across([0, 10]), frame.upward([0, 5], zero=True)
>>> shapes = [*axis_left(frame, y, "norm"), *axis_below(frame, x, "step")]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, final

from gradloom.viz.drawing import Disc, Line, Rect, Shape, Text
from gradloom.viz.labels import Area, text_width
from gradloom.viz.palette import Paint
from gradloom.viz.ticks import Scale, Unit, log_ticks, number_text, round_ticks, scale_over

TICK_SIZE: Final = 11.0
TITLE_SIZE: Final = 12.0
_APART_X: Final = 64.0
"""Pixels between ticks that have numbers, along the axis below: a number and some room."""
_APART_Y: Final = 26.0
Mark = Literal["box", "disc", "line", "dash"]


@final
@dataclass(frozen=True, slots=True)
class Frame:
    """The part of a picture that a chart's marks stand in, by its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.height

    @property
    def area(self) -> Area:
        """Left, top, right, bottom."""
        return self.x, self.y, self.right, self.bottom

    def across(self, numbers: Iterable[float], *, log: bool = False, zero: bool = False) -> Scale:
        """A scale from the left edge to the right that holds the numbers."""
        return scale_over(numbers, self.x, self.right, log=log, zero=zero)

    def upward(self, numbers: Iterable[float], *, log: bool = False, zero: bool = False) -> Scale:
        """A scale from the lower edge to the upper that holds the numbers."""
        return scale_over(numbers, self.bottom, self.y, log=log, zero=zero)


def axis_below(
    frame: Frame, scale: Scale, title: str = "", unit: Unit = "count", *, grid: bool = False
) -> list[Shape]:
    """The axis under a frame: a line, ticks with numbers, and the title below the numbers.

    It needs 22 pixels under the frame, and 40 with a title.
    """
    numbered, between = _ticks(scale, max(2, int(frame.width // _APART_X)), unit)
    shapes: list[Shape] = []
    for x in map(scale.at, numbered):
        if grid:
            shapes.append(Line(((x, frame.y), (x, frame.bottom)), "line", 0.5))
        shapes.append(Line(((x, frame.bottom), (x, frame.bottom + 5)), "edge"))
    shapes += [
        Line(((x, frame.bottom), (x, frame.bottom + 3)), "line") for x in map(scale.at, between)
    ]
    shapes.append(Line(((frame.x, frame.bottom), (frame.right, frame.bottom)), "edge"))
    shapes += [
        Text(scale.at(n), frame.bottom + 18, number_text(n, unit), TICK_SIZE, "muted", "middle")
        for n in numbered
    ]
    if title:
        x = frame.x + frame.width / 2
        shapes.append(Text(x, frame.bottom + 36, title, TITLE_SIZE, "ink", "middle"))
    return shapes


def axis_left(
    frame: Frame, scale: Scale, title: str = "", unit: Unit = "count", *, grid: bool = True
) -> list[Shape]:
    """The axis left of a frame: ticks with numbers, lines across the frame, and the title, turned.

    `room_left` says how many pixels it needs.
    """
    numbered, between = _ticks(scale, max(2, int(frame.height // _APART_Y)), unit)
    shapes: list[Shape] = []
    for n in numbered:
        y = scale.at(n)
        if grid:
            shapes.append(Line(((frame.x, y), (frame.right, y)), "line", 0.5))
        shapes.append(
            Text(frame.x - 8, y + TICK_SIZE * 0.35, number_text(n, unit), TICK_SIZE, "muted", "end")
        )
    shapes += [Line(((frame.x - 3, y), (frame.x, y)), "line") for y in map(scale.at, between)]
    if title:
        x = frame.x - room_left(scale, frame.height, unit) + 2
        middle = frame.y + frame.height / 2
        shapes.append(Text(x + 12, middle, title, TITLE_SIZE, "ink", "middle", turned=True))
    return shapes


def room_left(scale: Scale, height: float, unit: Unit = "count", *, titled: bool = True) -> float:
    """How many pixels the axis left of a frame of this height needs."""
    numbered, _ = _ticks(scale, max(2, int(height // _APART_Y)), unit)
    widest = max((text_width(number_text(n, unit), TICK_SIZE) for n in numbered), default=0.0)
    return widest + 12 + (24 if titled else 0)


def _ticks(scale: Scale, most: int, unit: Unit) -> tuple[Sequence[float], Sequence[float]]:
    if scale.log:
        return log_ticks(scale.low, scale.high, most)
    return round_ticks(scale.low, scale.high, most, unit), ()


@final
@dataclass(frozen=True, slots=True)
class Key:
    """A line of a legend: what a mark of this colour stands for."""

    label: str
    paint: Paint
    mark: Mark = "box"


def legend(keys: Sequence[Key], x: float, y: float, width: float) -> tuple[list[Shape], float]:
    """The legend from an upper left corner, in as many rows as its width asks for, and its height.

    >>> legend([Key("forward", "hue0"), Key("backward", "hue1")], 0, 0, 400)[1]
    18.0
    """
    shapes: list[Shape] = []
    left, top = x, y
    for key in keys:
        wide = _MARK + text_width(key.label, TICK_SIZE) + 18
        if left > x and left + wide - 18 > x + width:
            left, top = x, top + _ROW
        shapes += _key(key, left, top)
        left += wide
    return shapes, top - y + _ROW if keys else 0.0


def legend_column(keys: Sequence[Key], x: float, y: float) -> tuple[list[Shape], float]:
    """The same with a row for each line."""
    shapes = [shape for i, key in enumerate(keys) for shape in _key(key, x, y + i * _ROW)]
    return shapes, len(keys) * _ROW


_ROW: Final = 18.0
_MARK: Final = 18.0


def _key(key: Key, x: float, y: float) -> list[Shape]:
    middle = y + _ROW / 2
    mark: Shape
    if key.mark == "box":
        mark = Rect(x, middle - 5, 11, 10, key.paint, radius=2)
    elif key.mark == "disc":
        mark = Disc(x + 5.5, middle, 5, key.paint)
    else:
        dash = (4.0, 3.0) if key.mark == "dash" else ()
        mark = Line(((x - 1, middle), (x + 13, middle)), key.paint, 2, dash)
    return [mark, Text(x + _MARK, middle + TICK_SIZE * 0.35, key.label, TICK_SIZE, "ink")]
