"""Moving dots: their shapes, and how Pillow draws them.

Ten shapes, so that what a colour says can also be told without colours. A dot is drawn once, fine
and with its glow, for each quarter of a pixel that it may stand at; then it is only pasted.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, final

from gradloom.viz.drawing import Point
from gradloom.viz.writers.raster import pillow

Color = tuple[int, int, int]
"""Red, green and blue, of 0 to 255."""
_FINER: Final = 4
"""How many times larger a dot is drawn than it is shown, along each axis."""
PHASES: Final = 4
"""Places inside a pixel where a dot may stand, along each axis: motion looks even."""
_HALOS: Final = ((2.1, 26), (1.55, 58))
"""The glow: radii in those of the dot, and opacities of 255."""
_BODY: Final = 245


class ParticleShape(StrEnum):
    """The ten shapes of dots."""

    CIRCLE = "circle"
    SQUARE = "square"
    TRIANGLE_UP = "triangle_up"
    TRIANGLE_DOWN = "triangle_down"
    DIAMOND = "diamond"
    HEXAGON = "hexagon"
    CROSS = "cross"
    PENTAGON = "pentagon"
    STAR4 = "star4"
    ARROW_RIGHT = "arrow_right"


@final
@dataclass(frozen=True, slots=True)
class Particle:
    """A dot at a place of the picture; `size` is in those of `RenderConfig.particle_size`.

    >>> Particle(10.0, 20.0, (255, 0, 0), ParticleShape.STAR4).shape
    <ParticleShape.STAR4: 'star4'>
    """

    x: float
    y: float
    color: Color
    shape: ParticleShape
    size: float = 1.0


def outline(shape: ParticleShape) -> tuple[Point, ...]:
    """The corners of a shape around (0, 0), about 1 from it.

    >>> outline(ParticleShape.SQUARE)[0]
    (-0.85, -0.85)
    """
    return _OUTLINES[shape]


def draw_shape(
    draw: Any,
    cx: float,
    cy: float,
    color: Color,
    shape: ParticleShape,
    size: float = 10,
    alpha: int = 220,
) -> None:
    """Draw a shape into a Pillow drawing, `size` pixels from its centre to its rim."""
    corners = [(cx + x * size, cy + y * size) for x, y in outline(ParticleShape(shape))]
    draw.polygon(corners, fill=(*color, alpha))


def draw_particle_with_glow(
    img: Any, cx: float, cy: float, color: Color, shape: ParticleShape, size: float = 10
) -> None:
    """Draw a dot that glows into a Pillow image (RGB or RGBA); what is outside of it is cut off."""
    left, top = math.floor(cx), math.floor(cy)
    dx, dy = int((cx - left) * PHASES), int((cy - top) * PHASES)
    sprite, reach = glowing(color, ParticleShape(shape), size, (dx, dy))
    put(img, sprite, left - reach, top - reach)


def put(img: Any, sprite: Any, left: int, top: int) -> None:
    """Lay a sprite (RGBA) over an image; what is outside of it is cut off."""
    if img.mode != "RGBA":
        img.paste(sprite, (left, top), sprite)
        return
    x, y = max(0, -left), max(0, -top)
    if x < sprite.width and y < sprite.height and left < img.width and top < img.height:
        img.alpha_composite(sprite, (left + x, top + y), (x, y))


@functools.lru_cache(maxsize=4096)
def glowing(
    color: Color, shape: ParticleShape, size: float, phase: tuple[int, int]
) -> tuple[Any, int]:
    """A dot with its glow as an image, and how far its middle is from the image's edges."""
    pil = pillow()
    reach = math.ceil(size * _HALOS[0][0]) + 1
    side = (2 * reach + 1) * _FINER
    x, y = ((reach + p / PHASES) * _FINER for p in phase)
    sprite = pil.Image.new("RGBA", (side, side), (*color, 0))
    for times, alpha in _HALOS:
        layer = pil.Image.new("RGBA", sprite.size, (*color, 0))
        r = size * times * _FINER
        pil.ImageDraw.Draw(layer).ellipse((x - r, y - r, x + r, y + r), fill=(*color, alpha))
        sprite.alpha_composite(layer)
    layer = pil.Image.new("RGBA", sprite.size, (*color, 0))
    draw_shape(pil.ImageDraw.Draw(layer), x, y, color, shape, size * _FINER, _BODY)
    sprite.alpha_composite(layer)
    shown = sprite.resize((2 * reach + 1, 2 * reach + 1), pil.Image.Resampling.BOX)
    return shown, reach


def _regular(count: int, turn: float, radius: float = 1.0) -> tuple[Point, ...]:
    """The corners of a regular polygon; the first is `turn` of a full turn after 12 o'clock."""
    angles = (2 * math.pi * (i / count + turn) - math.pi / 2 for i in range(count))
    return tuple((round(radius * math.cos(a), 4), round(radius * math.sin(a), 4)) for a in angles)


def _star(points: int, inner: float, radius: float) -> tuple[Point, ...]:
    outer = _regular(points, 0.0, radius)
    between = _regular(points, 0.5 / points, inner)
    return tuple(p for pair in zip(outer, between, strict=True) for p in pair)


# Larger than 1 where the shape fills less of its circle, so that all look equally large.
_ARM: Final = 0.36
_OUTLINES: Final[dict[ParticleShape, tuple[Point, ...]]] = {
    ParticleShape.CIRCLE: _regular(32, 0.0),
    ParticleShape.SQUARE: ((-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)),
    ParticleShape.TRIANGLE_UP: _regular(3, 0.0, 1.22),
    ParticleShape.TRIANGLE_DOWN: _regular(3, 0.5, 1.22),
    ParticleShape.DIAMOND: _regular(4, 0.0, 1.15),
    ParticleShape.HEXAGON: _regular(6, 0.0, 1.05),
    ParticleShape.CROSS: (
        (-_ARM, -1.05), (_ARM, -1.05), (_ARM, -_ARM), (1.05, -_ARM), (1.05, _ARM), (_ARM, _ARM),
        (_ARM, 1.05), (-_ARM, 1.05), (-_ARM, _ARM), (-1.05, _ARM), (-1.05, -_ARM), (-_ARM, -_ARM),
    ),
    ParticleShape.PENTAGON: _regular(5, 0.0, 1.08),
    ParticleShape.STAR4: _star(4, 0.5, 1.3),
    ParticleShape.ARROW_RIGHT: (
        (1.2, 0.0), (0.1, -1.0), (0.1, -0.42), (-1.1, -0.42), (-1.1, 0.42), (0.1, 0.42), (0.1, 1.0),
    ),
}  # fmt: skip
