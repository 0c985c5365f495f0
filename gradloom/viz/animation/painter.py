"""Draws films with Pillow, fast: what stands is drawn once, and all that moves is drawn once too,
as small images that are only pasted, frame after frame.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final, final

from gradloom.ir.errors import FileMissing
from gradloom.viz.animation import shapes
from gradloom.viz.animation.film import Moment, Stage
from gradloom.viz.animation.particles import PHASES, Color, glowing, put
from gradloom.viz.animation.stages import zoom_of
from gradloom.viz.animation.theme import Theme
from gradloom.viz.drawing import Group, Shape, Text, moved, reach
from gradloom.viz.fonts import font, writable
from gradloom.viz.palette import DARK
from gradloom.viz.writers.raster import FINER, Brush, pillow

_LEVELS: Final = 16
"""Brightnesses of an edge that differ."""
_SIZES: Final = 4
"""Sizes of dots that differ, in a pixel."""
_MOST_BYTES: Final = 200_000_000
"""Bytes of small images that are kept, about."""

Box = tuple[int, int, int, int]


@final
class Painter:
    """Draws the moments of one stage, `scale` pixels to each of its own."""

    def __init__(self, stage: Stage, theme: Theme, scale: float = 1.0) -> None:
        self._stage = stage
        self._theme = theme
        self._scale = scale
        self._zoom = zoom_of(stage.width, stage.height)
        self._bytes = 0
        self._kept: dict[Hashable, tuple[Any, int, int]] = {}
        self._last: tuple[tuple[int, ...] | None, Any] = None, None
        self._base = self._draw(
            shapes.standing(stage, theme), (0, 0, *self.size), theme.background
        ).convert("RGB")

    @property
    def size(self) -> tuple[int, int]:
        """Pixels across and down."""
        return round(self._stage.width * self._scale), round(self._stage.height * self._scale)

    def paint(self, moment: Moment) -> Any:
        """A moment as an image (RGB)."""
        stage, theme, z = self._stage, self._theme, self._zoom
        image = self._under(tuple(round(alpha * _LEVELS) for alpha in moment.alphas)).copy()
        self._dots(image, moment)
        for i, (spot, state) in enumerate(zip(stage.spots, moment.states, strict=True)):
            self._lay(image, ("node", i, state), partial(shapes.noded, spot, theme, state, z))
        said = moment.phase, moment.note
        self._lay(image, ("words", *said), partial(shapes.words, moment, stage, theme))
        self._bar(image, moment.share)
        return image

    def _under(self, levels: tuple[int, ...]) -> Any:
        """What lies below the dots when the wires are so busy; the last is kept, since it is often
        the same for many frames.
        """
        if self._last[0] != levels:
            image = self._base.copy()
            for i, (wire, level) in enumerate(zip(self._stage.wires, levels, strict=True)):
                if level:
                    share = level / _LEVELS
                    made = partial(shapes.wired, wire, self._theme, share, self._zoom)
                    self._lay(image, ("wire", i, level), made)
            for i, wire in enumerate(self._stage.wires):
                if wire.label_at is not None:
                    label = partial(shapes.labelled, wire, wire.label_at, self._theme, self._zoom)
                    self._lay(image, ("label", i), label)
            self._last = levels, image
        return self._last[1]

    def _dots(self, image: Any, moment: Moment) -> None:
        k = self._scale
        for dot in moment.dots:
            x, y = dot.x * k, dot.y * k
            if not (-1e4 < x < 1e5 and -1e4 < y < 1e5):  # also what is not a number
                continue
            left, top = math.floor(x), math.floor(y)
            phase = int((x - left) * PHASES), int((y - top) * PHASES)
            size = max(round(dot.size * k * _SIZES), 1) / _SIZES
            sprite, reach = glowing(dot.color, dot.shape, size, phase)
            put(image, sprite, left - reach, top - reach)

    def _bar(self, image: Any, share: float) -> None:
        draw = pillow().ImageDraw.Draw(image)
        k = self._scale
        for rect in shapes.bar(share, self._stage, self._theme):
            if rect.width > 0:
                corners = (
                    rect.x * k,
                    rect.y * k,
                    (rect.x + rect.width) * k,
                    (rect.y + rect.height) * k,
                )
                draw.rectangle(corners, fill=DARK.rgba(rect.fill)[:3])

    def _lay(self, image: Any, name: Hashable, made: Callable[[], Shape]) -> None:
        kept = self._kept.get(name)
        if kept is None:
            shape = made()
            box = self._box(shape)
            self._bytes += 4 * (box[2] - box[0]) * (box[3] - box[1])
            if self._bytes > _MOST_BYTES:
                self._kept.clear()
                self._bytes = 0
            kept = self._kept[name] = (self._draw([shape], box, None), box[0], box[1])
        put(image, *kept)

    def _box(self, shape: Shape) -> Box:
        """The pixels that a shape may touch, inside the picture."""
        k, (width, height) = self._scale, self.size
        x0, y0, x1, y1 = reach(shape)
        left, top = max(0, math.floor(x0 * k)), max(0, math.floor(y0 * k))
        right, bottom = min(width, math.ceil(x1 * k)), min(height, math.ceil(y1 * k))
        return left, top, max(right, left + 1), max(bottom, top + 1)

    def _draw(self, drawn: Iterable[Shape], box: Box, paper: Color | None) -> Any:
        """Shapes in a part of the picture as an image (RGBA), on paper or on nothing."""
        pil = pillow()
        left, top, right, bottom = box
        size = (right - left) * FINER, (bottom - top) * FINER
        ground = self._theme.background
        large = pil.Image.new("RGBA", size, (*ground, 0 if paper is None else 255))
        k = self._scale * FINER
        pen = pil.ImageDraw.Draw(large)
        brush = Brush(pen, DARK, k, ground)
        for shape in _simple(drawn):
            here = moved(shape, -left / self._scale, -top / self._scale)
            if isinstance(here, Text):
                self._write(pen, here)
            else:
                brush.draw(here)
        return large.resize((right - left, bottom - top), pil.Image.Resampling.BOX)

    def _write(self, pen: Any, text: Text) -> None:
        k = self._scale * FINER
        face = _face(self._theme, max(1, round(text.size * k)), text.bold, text.mono)
        anchor = {"start": "ls", "middle": "ms", "end": "rs"}[text.anchor]
        colour = DARK.rgba(text.fill)[:3]
        words = writable(text.text, text.bold, text.mono)
        pen.text((text.x * k, text.y * k), words, colour, face, anchor=anchor)


def _simple(drawn: Iterable[Shape]) -> Iterator[Shape]:
    """The shapes without groups."""
    for shape in drawn:
        if isinstance(shape, Group):
            yield from _simple(shape.shapes)
        else:
            yield shape


def _face(theme: Theme, size: int, bold: bool, mono: bool) -> Any:
    """The theme's font for a kind of text, else the usual one of this system."""
    chosen = {
        (True, False): theme.font_title_path, (False, False): theme.font_body_path,
        (False, True): theme.font_mono_path, (True, True): theme.font_label_path,
    }[bold, mono]  # fmt: skip
    return font(size, bold, mono) if chosen is None else _font_of(chosen, size)


@functools.cache
def _font_of(path: Path, size: int) -> Any:
    from PIL import ImageFont

    try:
        return ImageFont.truetype(str(path), size)
    except OSError as error:
        raise FileMissing(
            f"the theme's font {path} cannot be read: {error}",
            hint="give a .ttf or .otf file, or None",
        ) from error
