"""Where everything of a timeline stands, in pixels: a band for each owner, strips in it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, final

from gradloom.viz.timelines.scene import Owner, Timeline
from gradloom.viz.timelines.spans import Span

WIDTH: Final = 1280.0
GUTTER: Final = 176.0
RIGHT: Final = 24.0
TOP: Final = 92.0
"""Above the first band: a title, figures in words, and the axis."""
_LEAST: Final = 34.0
"""A band holds a name and a line below it."""
_PADDING: Final = 7.0
_ROOMY: Final = 8
"""Up to so many workers, programs are named above their bars."""

Part = Literal["marks", "fetches", "messages", "names", "programs", "queue", "receives", "sends"]
CAPTIONS: Final[dict[Part, str]] = {
    "marks": "calls", "fetches": "fetches", "messages": "messages", "programs": "programs",
    "queue": "queue", "receives": "in", "sends": "out",
}  # fmt: skip


@final
@dataclass(frozen=True, slots=True)
class Strip:
    """A part of a band, from `y` down."""

    part: Part
    y: float
    height: float

    @property
    def middle(self) -> float:
        """Half way down."""
        return self.y + self.height / 2


@final
@dataclass(frozen=True, slots=True)
class Band:
    """An owner's part of the picture."""

    owner: int
    y: float
    height: float
    strips: tuple[Strip, ...]

    def find(self, part: str) -> Strip | None:
        """The strip of this name, if the band has it."""
        return next((s for s in self.strips if s.part == part), None)


@final
@dataclass(frozen=True, slots=True)
class Scale:
    """From seconds to pixels."""

    window: Span
    left: float = GUTTER
    right: float = WIDTH - RIGHT

    @property
    def width(self) -> float:
        """The pixels of the window."""
        return self.right - self.left

    def x(self, seconds: float) -> float:
        """Where a time stands; what lies outside of the window is at its edge."""
        if not self.window.seconds:
            return self.left
        share = (seconds - self.window.start) / self.window.seconds
        return self.left + min(max(share, 0.0), 1.0) * self.width


@final
@dataclass(frozen=True, slots=True)
class Layout:
    """The bands, and where the last of them ends."""

    bands: tuple[Band, ...]
    bottom: float
    scale: Scale


def layout(timeline: Timeline) -> Layout:
    """The bands of a timeline, one below the other."""
    workers = sum(owner.role == "worker" for owner in timeline.owners)
    bands: list[Band] = []
    y = TOP
    for i, owner in enumerate(timeline.owners):
        strips = []
        at = y + _PADDING
        for part, height in _parts(timeline, i, owner, workers <= _ROOMY):
            strips.append(Strip(part, at, height))
            at += height + 2
        height = max(at - y + _PADDING - 2, _LEAST + _PADDING)
        bands.append(Band(i, y, height, tuple(strips)))
        y += height
    return Layout(tuple(bands), y, Scale(timeline.window))


def _parts(
    timeline: Timeline, number: int, owner: Owner, is_roomy: bool
) -> Iterator[tuple[Part, float]]:
    lanes = {timeline.lanes[i].what: timeline.lanes[i] for i in owner.lanes}
    if owner.role == "client":
        yield "marks", 13.0
    if "fetches" in lanes:
        yield "fetches", 7.0 * min(lanes["fetches"].rows, 3)
    if owner.role == "dispatcher":
        yield "messages", 18.0
    if owner.role == "worker":
        if is_roomy:
            yield "names", 11.0
        yield "programs", max(20.0, 9.0 * (lanes["programs"].rows if "programs" in lanes else 1))
        if any(who == number for who, _ in timeline.waits):
            yield "queue", 11.0
    for what in ("receives", "sends"):
        if what in lanes:
            yield what, 7.0


def ticks(window: Span, most: int = 10) -> list[float]:
    """Round times inside the window, at most so many.

    >>> ticks(Span(0.0, 0.95), 5)
    [0.0, 0.2, 0.4, 0.6, 0.8]
    """
    if not window.seconds:
        return [window.start]
    rough = window.seconds / most
    unit: float = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * m for m in (1, 2, 5, 10, 20) if unit * m >= rough)
    first = math.ceil(window.start / step - 1e-9)
    last = math.floor(window.end / step + 1e-9)
    return [round(k * step, 12) for k in range(first, last + 1)][: most + 1]
