"""Where things stand in a picture of any size: the plot, the title, the words, the legend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

from gradloom.viz.animation.theme import Theme

MARGIN: Final = 16.0
_WIDE: Final = 0.62
"""Of the width, the share that the plot keeps beside a legend."""
_SIGN: Final = 0.62
"""Width of a sign in those of its height, about: DejaVu Sans, the widest usual font."""


@final
@dataclass(frozen=True, slots=True)
class Frame:
    """The parts of a picture, in pixels at its own size."""

    width: int
    height: int
    zoom: float
    plot: tuple[float, float, float, float]
    legend_x: float
    legend_top: float
    legend_row: float
    rows: int
    bar_y: float


def zoom_of(width: int, height: int) -> float:
    """How large texts are beside those of the usual picture, 800 × 600: never below what can be
    read.
    """
    return min(max(min(width / 800, height / 600), 0.92), 4.0)


def text_width(text: str, size: float) -> float:
    """About how wide a text is."""
    return len(text) * size * _SIGN


def frame(width: int, height: int, theme: Theme, keys: list[str]) -> Frame:
    """The parts of a picture whose legend has lines of these texts."""
    z = zoom_of(width, height)
    row = theme.font_legend_size / 2 * z * 1.55
    longest = max((text_width(k, theme.font_legend_size / 2 * z) for k in keys), default=0.0)
    beside = min(longest + 24 * z + MARGIN, width * (1 - _WIDE)) if keys else 0.0
    top = MARGIN + (theme.font_title_size + theme.font_subtitle_size) / 2 * z * 1.25 + 8
    bottom = theme.font_phase_size / 2 * z + 34 * z
    if width < 420 or height < 240:  # too small for a legend beside the plot
        beside, keys = 0.0, []
    plot = (MARGIN, top, width - beside - 2 * MARGIN, height - top - bottom)
    rows = max(0, int((height - top - bottom) / row))
    return Frame(
        width,
        height,
        z,
        plot,
        width - beside,
        top + row,
        row,
        min(len(keys), rows),
        height - 14 * z,
    )
