"""Texts in pictures: how wide they are, cut to what fits, and placed where they cover nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

from gradloom.viz.drawing import Anchor

# The advance widths of DejaVu Sans in ems, the widest of the usual fonts: what fits in it fits in
# Helvetica, Arial or Segoe UI too.
_NARROW: Final = "ijl|'`,.:;!I ()[]{}/\\-ftr"
_WIDE: Final = "mwMWQ@%&→∇—…"
_EM_NARROW: Final = 0.42
_EM_WIDE: Final = 1.0
_EM: Final = 0.64
_EM_MONO: Final = 0.602
_BOLDER: Final = 1.09

Area = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def text_width(text: str, size: float = 12.0, *, bold: bool = False, mono: bool = False) -> float:
    """How many pixels wide a text is at the most, in the fonts that pictures use."""
    if mono:
        return len(text) * _EM_MONO * size
    ems = sum(_EM_NARROW if c in _NARROW else _EM_WIDE if c in _WIDE else _EM for c in text)
    return ems * size * (_BOLDER if bold else 1.0)


def fitted(
    text: str, width: float, size: float = 12.0, *, bold: bool = False, mono: bool = False
) -> str:
    """The text, or as much of its beginning as fits, with an ellipsis; "" where not even that does.

    >>> fitted("matmul", 100), fitted("matmul of everything", 60), fitted("matmul", 5)
    ('matmul', 'matmu…', '')
    """
    if text_width(text, size, bold=bold, mono=mono) <= width:
        return text
    for end in range(len(text) - 1, 0, -1):
        cut = text[:end].rstrip() + "…"
        if text_width(cut, size, bold=bold, mono=mono) <= width:
            return cut
    return ""


@final
@dataclass(frozen=True, slots=True)
class Wanted:
    """A label for a point, which stands `gap` pixels away from it."""

    x: float
    y: float
    text: str
    gap: float = 6.0


@final
@dataclass(frozen=True, slots=True)
class Spot:
    """Where a label stands: its baseline and anchor, and the area that it covers."""

    x: float
    y: float
    anchor: Anchor
    area: Area


def overlap(a: Area, b: Area) -> bool:
    """Whether two areas share more than an edge."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def placed(
    labels: Sequence[Wanted], frame: Area, size: float = 11.0, taken: Sequence[Area] = ()
) -> list[Spot | None]:
    """A spot for each label, in the frame, over nothing that is taken and over no other label; None
    where there is none.

    The first labels choose first: right of the point, left, above, below, then the corners.
    """
    used = list(taken)
    found: list[Spot | None] = []
    for label in labels:
        spot = next((s for s in _spots(label, size) if _free(s.area, frame, used)), None)
        if spot is not None:
            used.append(spot.area)
        found.append(spot)
    return found


def _free(area: Area, frame: Area, used: Sequence[Area]) -> bool:
    inside = (
        area[0] >= frame[0] and area[1] >= frame[1] and area[2] <= frame[2] and area[3] <= frame[3]
    )
    return inside and not any(overlap(area, other) for other in used)


def _spots(label: Wanted, size: float) -> list[Spot]:
    width = text_width(label.text, size)
    g, up, down = label.gap, size * 0.8, size * 0.25  # of a font's ems: ascent and descent
    middle = label.y + size * 0.3
    near = [
        (label.x + g, middle, "start"), (label.x - g, middle, "end"),
        (label.x, label.y - g - down, "middle"), (label.x, label.y + g + up, "middle"),
    ]  # fmt: skip
    for away in (1.0, 2.2):
        d = g * 0.8 * away
        above, below = label.y - d - down, label.y + d + up
        near += [
            (label.x + d, above, "start"), (label.x + d, below, "start"),
            (label.x - d, above, "end"), (label.x - d, below, "end"),
        ]  # fmt: skip
    return [_spot(x, y, anchor, width, up, down) for x, y, anchor in near]


def _spot(x: float, y: float, anchor: str, width: float, up: float, down: float) -> Spot:
    left = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
    name: Anchor = "start" if anchor == "start" else "end" if anchor == "end" else "middle"
    return Spot(x, y, name, (left, y - up, left + width, y + down))
