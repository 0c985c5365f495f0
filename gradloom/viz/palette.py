"""Colours by what they are for, in a light and a dark palette that colour-blind people can read.

The eight categorical hues come from Okabe and Ito's ("Color Universal Design", 2008), lightened or
darkened for the paper that they stand on and moved until, in Oklab, no two are nearer than 0.06 (of
the first four 0.09) to any of the three kinds of colour-blind people; tests/viz/test_palette.py
measures it. The ramp for amounts rises evenly in lightness, from
blue to yellow, and the one for signed numbers goes from blue over paper to orange.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

from gradloom.ir.errors import ArgumentError

Rgb = tuple[int, int, int]
Rgba = tuple[int, int, int, int]
Paint = str
"""A role of the palette (`"ink"`), `"#rrggbb"` or `"#rrggbbaa"`; `""` paints nothing."""

HUES: Final = 8
"""How many categorical colours there are: the roles `"hue0"` to `"hue7"`."""


@final
@dataclass(frozen=True, slots=True)
class Palette:
    """Colours by role; `amounts` and `signs` are the stops of the two ramps."""

    name: str
    roles: Mapping[str, str]
    amounts: tuple[str, ...]
    signs: tuple[str, ...]

    def rgba(self, paint: Paint) -> Rgba:
        """The colour that a paint stands for, as red, green, blue and opacity of 0 to 255."""
        text = self.roles.get(paint, paint)
        if not text.startswith("#") or len(text) not in (7, 9):
            raise ArgumentError(
                f"{paint!r} is no colour",
                hint=f"write #rrggbb, #rrggbbaa, or one of {', '.join(self.roles)}",
            )
        r, g, b = (int(text[i : i + 2], 16) for i in (1, 3, 5))
        return r, g, b, int(text[7:], 16) if len(text) == 9 else 255

    def amount(self, share: float) -> Paint:
        """The colour of an amount between none (0) and the most (1)."""
        return _along(self.amounts, share)

    def sign(self, share: float) -> Paint:
        """The colour of a signed number, from the most negative (-1) over 0 to the most positive
        (1); one that is not a number is shown in the role `"bad"`.
        """
        return self.roles["bad"] if math.isnan(share) else _along(self.signs, (share + 1) / 2)


def _along(stops: Sequence[str], share: float) -> Paint:
    place = min(max(share, 0.0), 1.0) * (len(stops) - 1)
    i = min(int(place), len(stops) - 2)
    t = place - i
    mixed = (
        round(int(stops[i][k : k + 2], 16) * (1 - t) + int(stops[i + 1][k : k + 2], 16) * t)
        for k in (1, 3, 5)
    )
    return "#" + "".join(f"{c:02x}" for c in mixed)


def _tinted(roles: dict[str, str]) -> dict[str, str]:
    """The roles with `"tint0"` to `"tint7"`: the hues so pale that ink can be read on them."""
    tints = {f"tint{i}": _along((roles["surface"], roles[f"hue{i}"]), _TINT) for i in range(HUES)}
    return {**roles, **tints}


_TINT: Final = 0.35
"""How much of a hue is in its tint. Ink has a contrast of 6.3 on the darkest; from 0.5 on it would
have less than the 4.5 that text wants.
"""

LIGHT: Final = Palette(
    "light",
    _tinted({
        "paper": "#fbfcfd", "surface": "#ffffff", "sunken": "#eef1f4", "line": "#c3cad2",
        "edge": "#8a94a0", "ink": "#1b1f24", "muted": "#57606a", "accent": "#0b62b0",
        "bad": "#b3261e", "warn": "#8f5a00", "good": "#1a6f38",
        "input": "#d7e8fb", "op": "#ffffff", "derivative": "#fdeed6", "constant": "#eeeeee",
        "output": "#d9f2dd", "region": "#ece2f7", "group": "#e8edf2",
        "hue0": "#006ddd", "hue1": "#d55e00", "hue2": "#206e59", "hue3": "#b35da5",
        "hue4": "#95814e", "hue5": "#2e8fcb", "hue6": "#7a5195", "hue7": "#6b7280",
    }),
    ("#f0f4f8", "#b9d4ea", "#6ea8d6", "#2f78b5", "#1b4b82", "#0d2750"),
    ("#08519c", "#6baed6", "#f4f4f2", "#f4a259", "#a63603"),
)  # fmt: skip
"""Dark ink on light paper."""

DARK: Final = Palette(
    "dark",
    _tinted({
        "paper": "#0d1117", "surface": "#161b22", "sunken": "#1f2630", "line": "#3d4651",
        "edge": "#768390", "ink": "#e6edf3", "muted": "#a3adb8", "accent": "#62b0ff",
        "bad": "#ff8a80", "warn": "#f2b84b", "good": "#6bd48a",
        "input": "#16324f", "op": "#161b22", "derivative": "#46341a", "constant": "#2b2f36",
        "output": "#183b26", "region": "#33264a", "group": "#262f3a",
        "hue0": "#4c97f2", "hue1": "#f08a3c", "hue2": "#17d395", "hue3": "#d8a7e4",
        "hue4": "#e7c228", "hue5": "#97dbff", "hue6": "#b390cc", "hue7": "#a3adb8",
    }),
    ("#1b222b", "#1d4468", "#2c6fa6", "#4da3e0", "#a6d4f2", "#fff3b0"),
    ("#7fc8f8", "#2c6fa6", "#20262e", "#b8672a", "#ffc48a"),
)  # fmt: skip
"""Light ink on dark paper."""

PALETTES: Final[dict[str, Palette]] = {"light": LIGHT, "dark": DARK}


def palette(name: str) -> Palette:
    """The palette of this name: `"light"` or `"dark"`."""
    found = PALETTES.get(name)
    if found is None:
        raise ArgumentError(f"there is no palette {name!r}", hint=f"choose {' or '.join(PALETTES)}")
    return found


def contrast(a: Rgb, b: Rgb) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2, "contrast ratio"); text wants 4.5.

    >>> contrast((0, 0, 0), (255, 255, 255))
    21.0
    """
    bright, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return round((bright + 0.05) / (dark + 0.05), 3)


def over(paint: Rgba, paper: Rgb) -> Rgb:
    """What a colour looks like on paper that shines through it."""
    share = paint[3] / 255
    r, g, b = (round(c * share + p * (1 - share)) for c, p in zip(paint, paper, strict=False))
    return r, g, b


def _luminance(rgb: Rgb) -> float:
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (x / 255 for x in rgb)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
