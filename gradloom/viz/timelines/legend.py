"""What colours, shapes and arrows of a timeline mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from gradloom.runtime.logs import seconds as short_seconds
from gradloom.viz.drawing import Line, Rect, Shape, Text
from gradloom.viz.palette import HUES, Paint
from gradloom.viz.timelines.bands import shape_of
from gradloom.viz.timelines.figures import Figures
from gradloom.viz.timelines.layout import RIGHT, WIDTH
from gradloom.viz.timelines.scene import Timeline

_LEFT: Final = 24.0
_FIRST: Final = 176.0
_ROW: Final = 18.0
_LETTER: Final = 5.9
_SIGNS: Final = {
    "call": "a call", "put": "values put (by bytes)", "join": "comes", "leave": "goes",
    "lost": "is lost", "error": "an error", "dropped": "events dropped",
}  # fmt: skip


def legend(
    timeline: Timeline, told: Figures, colours: Mapping[str, Paint], arrows: int, y: float
) -> tuple[list[Shape], float]:
    """The legend from `y` down, and where it ends; it names what there is to see, and no more."""
    shapes: list[Shape] = []
    for head, entries in (
        ("programs by op", list(_kinds(told, colours))),
        ("moments", list(_moments(timeline))),
        ("lines", list(_lines(timeline, arrows))),
    ):
        if not entries:
            continue
        shapes.append(Text(_LEFT, y + 11, head, 10.5, "muted"))
        x = _FIRST
        for key, text in entries:
            width = 18 + len(text) * _LETTER + 18
            if x + width > WIDTH - RIGHT and x > _FIRST:
                x, y = _FIRST, y + _ROW
            shapes += _moved(key, x, y + 7)
            shapes.append(Text(x + 16, y + 11, text, 11))
            x += width
        y += _ROW + 2
    return shapes, y


Key = Paint | tuple[str, str]


def _kinds(told: Figures, colours: Mapping[str, Paint]) -> Iterator[tuple[Key, str]]:
    """The kinds of work by their seconds; those without a hue of their own together."""
    rest, others = 0.0, 0
    for kind in told.kinds:
        if colours.get(kind.kind) == f"hue{HUES - 1}":
            rest, others = rest + kind.seconds, others + 1
        else:
            share = f"{kind.share:.1%}" if kind.share >= 0.001 else "<0.1%"
            yield colours[kind.kind], f"{kind.kind} {short_seconds(kind.seconds)} ({share})"
    if others:
        kinds = "kind" if others == 1 else "kinds"
        yield f"hue{HUES - 1}", f"{others} more {kinds} {short_seconds(rest)}"


def _moments(timeline: Timeline) -> Iterator[tuple[Key, str]]:
    there = {mark.sign for mark in timeline.marks}
    for sign, words in _SIGNS.items():
        if sign in there:
            yield ("sign", sign), words


def _lines(timeline: Timeline, arrows: int) -> Iterator[tuple[Key, str]]:
    if arrows:
        yield ("line", "edge"), "a transfer, from leaving to arrival; wider for more bytes"
    if any(x.is_backward for x in timeline.arrows):
        yield ("line", "bad"), "one that arrives before it leaves"


def _moved(key: Key, x: float, y: float) -> Iterator[Shape]:
    if isinstance(key, str):
        yield Rect(x, y - 5, 10, 10, key, radius=2)
    elif key[0] == "sign":
        yield from shape_of(key[1], x + 5, y, 4.5)
    else:
        dash = (3.0, 2.0) if key[1] == "bad" else ()
        yield Line(((x - 4, y), (x + 11, y)), key[1], 1.6, dash, arrow=True)
