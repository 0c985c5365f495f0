"""How animations look: colours and fonts, on dark paper or light."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, final

from gradloom.ir.errors import ArgumentError
from gradloom.viz.animation.particles import Color, ParticleShape
from gradloom.viz.palette import DARK, LIGHT, Palette


@final
@dataclass(frozen=True, slots=True)
class EdgeStyle:
    """What the dots of an edge look like, by colour and by shape.

    >>> EdgeStyle((77, 163, 224), ParticleShape.CIRCLE).color
    (77, 163, 224)
    """

    color: Color
    shape: ParticleShape


_ROLES: Final = (
    "hue0", "hue1", "hue2", "hue4", "hue3", "hue6", "bad", "hue5", "ink", "hue7",
)  # fmt: skip
"""Roles of the palette for the ten styles; neighbours differ most."""
_SHAPES: Final = (
    ParticleShape.CIRCLE, ParticleShape.SQUARE, ParticleShape.TRIANGLE_UP, ParticleShape.DIAMOND,
    ParticleShape.TRIANGLE_DOWN, ParticleShape.HEXAGON, ParticleShape.CROSS, ParticleShape.PENTAGON,
    ParticleShape.STAR4, ParticleShape.ARROW_RIGHT,
)  # fmt: skip


def _colors(palette: Palette) -> dict[str, Color]:
    return {role: palette.rgba(role)[:3] for role in palette.roles}


def _styles(colors: dict[str, Color]) -> tuple[EdgeStyle, ...]:
    return tuple(EdgeStyle(colors[r], s) for r, s in zip(_ROLES, _SHAPES, strict=True))


_DARK: Final = _colors(DARK)
_LIGHT: Final = _colors(LIGHT)
_DARK_STYLES: Final = _styles(_DARK)


@final
@dataclass(frozen=True, slots=True)
class Theme:
    """Colours, fonts and their sizes; those of `Theme.dark()` where nothing is said.

    `_ps_` are leaders, a parameter server among them. A font path of None is the first usual font
    of this system. Sizes are pixels of a picture of scale 2: half of them are seen.

    >>> Theme.light().background
    (251, 252, 253)
    """

    background: Color = _DARK["paper"]
    edge_base: Color = _DARK["edge"]
    edge_dim: Color = _DARK["sunken"]
    node_fill: Color = _DARK["input"]
    node_stroke: Color = _DARK["hue0"]
    node_ps_fill: Color = _DARK["derivative"]
    node_ps_stroke: Color = _DARK["hue1"]
    title_color: Color = _DARK["ink"]
    text_dim: Color = _DARK["muted"]
    phase_color: Color = _DARK["warn"]
    weight_text: Color = _DARK["muted"]
    font_label_path: Path | None = None
    font_title_path: Path | None = None
    font_body_path: Path | None = None
    font_mono_path: Path | None = None
    font_title_size: int = 40
    font_subtitle_size: int = 26
    font_label_size: int = 26
    font_phase_size: int = 28
    font_weight_size: int = 22
    font_legend_size: int = 24
    edge_styles: tuple[EdgeStyle, ...] = _DARK_STYLES

    @classmethod
    def dark(cls) -> Self:
        """Light on dark paper: the default."""
        return cls()

    @classmethod
    def light(cls) -> Self:
        """Dark on light paper."""
        return cls(
            background=_LIGHT["paper"],
            edge_base=_LIGHT["edge"],
            edge_dim=_LIGHT["sunken"],
            node_fill=_LIGHT["input"],
            node_stroke=_LIGHT["hue0"],
            node_ps_fill=_LIGHT["derivative"],
            node_ps_stroke=_LIGHT["hue1"],
            title_color=_LIGHT["ink"],
            text_dim=_LIGHT["muted"],
            phase_color=_LIGHT["warn"],
            weight_text=_LIGHT["muted"],
            edge_styles=_styles(_LIGHT),
        )

    def edge_style_for(self, index: int) -> EdgeStyle:
        """The style of the edge of this number; they come again after the last."""
        if not self.edge_styles:
            raise ArgumentError("a theme without edge styles", hint="give at least one EdgeStyle")
        return self.edge_styles[index % len(self.edge_styles)]


def edge_style_for(index: int, theme: Theme | None = None) -> EdgeStyle:
    """The style of the edge of this number in a theme, the dark one if none is given.

    >>> edge_style_for(0).shape, edge_style_for(10) == edge_style_for(0)
    (<ParticleShape.CIRCLE: 'circle'>, True)
    """
    return (theme or Theme.dark()).edge_style_for(index)


def theme_named(theme: Theme | str | None) -> Theme:
    """A theme by itself or by its name, "dark" or "light"; the dark one for None."""
    if isinstance(theme, Theme):
        return theme
    if theme is None or theme == "dark":
        return Theme.dark()
    if theme == "light":
        return Theme.light()
    raise ArgumentError(
        f"there is no theme {theme!r}", hint="choose dark or light, or a gl.viz.Theme"
    )
