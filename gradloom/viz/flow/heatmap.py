"""All steps of a gradient flow at once: a row per layer, a column per measured step."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from gradloom.viz.drawing import Drawing, Group, Line, Rect, Shape, Text
from gradloom.viz.flow.draw import PAINTS, SIGNS, number_text, tone
from gradloom.viz.flow.layers import Layers
from gradloom.viz.flow.moment import Scale
from gradloom.viz.flow.troubles import TROUBLES
from gradloom.viz.palette import Palette

if TYPE_CHECKING:
    from gradloom.viz.flow.flow import GradientFlow

MOST_COLUMNS: Final = 120
"""More measured steps than these are shown every so many: a column would be thinner than 4
pixels.
"""
_LEFT: Final = 276.0
_WIDTH: Final = 480.0
_TOP: Final = 84.0
_ROW: Final = 22.0
_FOOT: Final = 92.0
_SIDE: Final = 104.0
_STRIPE: Final = 4.0
"""The height of the mark under a cell that is in trouble."""


def heatmap(flow: GradientFlow, layers: Layers, scale: Scale, palette: Palette) -> Drawing:
    """Colours by length, on a scale of powers of ten; under a cell in trouble a stripe."""
    columns = picked(len(flow.steps))
    bottom = _TOP + _ROW * len(layers.layers)
    cell = _WIDTH / len(columns)
    last = int(flow.steps[-1])
    told = f"{len(flow.steps)} measured steps, {flow.steps[0]} to {last}, on {flow.backend}"
    shapes: list[Shape] = [
        Text(20, 32, f"Gradients of {flow.title}", 17, bold=True),
        Text(20, 54, told, 13, "muted"),
    ]
    for row in range(len(layers.layers)):
        shapes += _row(layers, row, columns, cell, scale, palette)
    shapes += _steps(flow, columns, cell, bottom)
    shapes += _legend(scale, palette, bottom + 62)
    width = _LEFT + _WIDTH + _SIDE
    title = f"Gradients of {flow.title}"
    return Drawing(width, bottom + _FOOT, tuple(shapes), title, f"{told}, by line of the program.")


def picked(count: int) -> list[int]:
    """The numbers of the measured steps that have a column, the first and the last among them.

    >>> picked(3), len(picked(1000)), picked(1000)[-1]
    ([0, 1, 2], 120, 999)
    """
    if count <= MOST_COLUMNS:
        return list(range(count))
    return [int(i) for i in np.linspace(0, count - 1, MOST_COLUMNS).round()]


def _row(
    layers: Layers, row: int, columns: list[int], cell: float, scale: Scale, palette: Palette
) -> list[Shape]:
    layer, top = layers.layers[row], _TOP + _ROW * row
    is_value = layer.kind == "value"
    shapes: list[Shape] = [
        Text(_LEFT - 10, top + 15, layer.title, 11, "ink" if is_value else "muted", "end",
             mono=True)
    ]  # fmt: skip
    if row == layers.rows:
        shapes.append(Line(((20, top), (_LEFT + _WIDTH, top)), "muted", 1))
    for k, i in enumerate(columns):
        norm, state = float(layers.norms[i, row]), int(layers.states[i, row])
        shapes.append(_cell(_LEFT + cell * k, top, cell, norm, state, scale, palette))
    state = int(layers.states[columns[-1], row])
    if state >= 0:
        word = f"{SIGNS[state]} {TROUBLES[state]}"
        shapes.append(Text(_LEFT + _WIDTH + 8, top + 15, word, 11, PAINTS[state], bold=True))
    return shapes


def _cell(
    x: float, top: float, width: float, norm: float, state: int, scale: Scale, palette: Palette
) -> Group:
    bad = not math.isfinite(norm)
    paint = "bad" if bad else "sunken" if norm == 0 else tone(palette, scale.share(norm))
    shapes: list[Shape] = [Rect(x, top + 1, width + 0.3, _ROW - 2, paint)]
    if state >= 0 and not bad:
        shapes.append(Rect(x, top + _ROW - 1 - _STRIPE, width + 0.3, _STRIPE, PAINTS[state]))
    return Group(tuple(shapes), number_text(norm))


def _steps(flow: GradientFlow, columns: list[int], cell: float, bottom: float) -> list[Shape]:
    marks = sorted({0, len(columns) - 1, *(len(columns) * i // 4 for i in range(1, 4))})
    shapes: list[Shape] = [Text(_LEFT - 10, bottom + 18, "step", 11, "muted", "end")]
    for k in marks:
        x = _LEFT + cell * (k + 0.5)
        text = str(int(flow.steps[columns[k]]))
        shapes.append(Line(((x, bottom + 1), (x, bottom + 5)), "muted", 1))
        shapes.append(Text(x, bottom + 18, text, 11, "muted", "middle", mono=True))
    return shapes


def _legend(scale: Scale, palette: Palette, y: float) -> list[Shape]:
    cells, width = 40, 4.0
    shapes: list[Shape] = [
        Rect(_LEFT + i * width, y - 10, width + 0.3, 12, tone(palette, i / (cells - 1)))
        for i in range(cells)
    ]
    right = _LEFT + cells * width
    shapes += [
        Text(_LEFT - 10, y, f"length of the gradient: 1e{scale.low}", 11, "muted", "end"),
        Text(right + 8, y, f"1e{scale.high}", 11, "muted"),
    ]
    x = right + 62
    words = ("sunken", "none"), ("bad", "not finite or exploding"), ("warn", "vanishing or dead")
    for paint, text in words:
        shapes.append(Rect(x, y - 10, 12, 12, paint, "line"))
        shapes.append(Text(x + 17, y, text, 11, "muted"))
        x += 30 + 5.9 * len(text)
    return shapes
