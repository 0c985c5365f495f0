"""The drawing of a gradient flow at one moment."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from gradloom.viz.drawing import Curve, Disc, Drawing, Group, Line, Point, Rect, Shape, Text
from gradloom.viz.flow.board import BARS, HEADER, NUMBER, TROUBLE, WIDTH, Board, Spot
from gradloom.viz.flow.layers import Layers
from gradloom.viz.flow.moment import Moment, Scale, moment
from gradloom.viz.flow.troubles import TROUBLES
from gradloom.viz.palette import Paint, Palette

if TYPE_CHECKING:
    from gradloom.viz.flow.flow import GradientFlow

SIGNS: Final = ("!", "▲", "▼", "×")
"""A sign for each of `TROUBLES`, so that none is told by its colour alone."""
PAINTS: Final[tuple[Paint, ...]] = ("bad", "bad", "warn", "warn")
_THIN, _THICK = 1.0, 11.0
_BAR: Final = 14.0
_DOT_GAP: Final = 0.5
_MONO: Final = 7.3
"""Pixels of a character of the 12-pixel monospaced font."""
_CURVE: Final = (676.0, 22.0, 204.0, 40.0)
"""Where the losses are drawn: left, top, width, height."""


def drawn_step(
    flow: GradientFlow,
    layers: Layers,
    board: Board,
    scale: Scale,
    at: float,
    palette: Palette,
    phase: float = 0.0,
) -> Drawing:
    """The flow at measured step `at`; `phase`, from 0 to 1, moves the dots along the wires."""
    now = moment(flow, layers, at)
    shapes = [*_header(flow, now, at), *_axis(board, scale, now)]
    for k, path in enumerate(board.paths):
        shapes += _wire(path, now.passed[k], scale, palette, phase)
    for k, spot in enumerate(board.spots):
        shapes.append(_spot(spot, now.norms[k], now.states[k], scale, palette))
    shapes += _legend(board, palette)
    told = f"Gradients of {flow.title} at step {now.step}, by line of the program."
    return Drawing(WIDTH, board.height, tuple(shapes), flow.title, told)


def tone(palette: Palette, share: float) -> Paint:
    """The colour of a norm; the lowest of the ramp is left out, which is that of paper."""
    return palette.amount(0.18 + 0.82 * share)


def thickness(share: float) -> float:
    """The width of a wire."""
    return _THIN + (_THICK - _THIN) * share


def number_text(norm: float) -> str:
    """A norm in eight characters.

    >>> number_text(0.000123), number_text(0.0), number_text(float("nan"))
    ('1.2e-04', '0', 'nan')
    """
    return "0" if norm == 0 else f"{norm:.1e}" if math.isfinite(norm) else str(norm)


def _header(flow: GradientFlow, now: Moment, at: float) -> list[Shape]:
    last = int(flow.steps[-1])
    loss = f"loss {now.loss:.4g}" if math.isfinite(now.loss) else f"loss {now.loss}"
    return [
        Text(20, 32, f"Gradients of {flow.title}", 17, bold=True),
        Text(20, 54, f"step {now.step} of {last} on {flow.backend}", 13, "muted"),
        Text(20, 73, loss, 13, "muted"),
        *_losses(flow, at),
    ]


def _losses(flow: GradientFlow, at: float) -> list[Shape]:
    left, top, width, height = _CURVE
    finite = [x for x in flow.losses.tolist() if math.isfinite(x)]
    if len(finite) < 2:
        return []
    low, high = min(finite), max(finite)
    span, count = high - low or 1.0, len(flow.losses) - 1
    points = tuple(
        (left + width * i / count, top + height * (1 - (x - low) / span))
        for i, x in enumerate(flow.losses.tolist())
        if math.isfinite(x)
    )
    x = left + width * min(max(at, 0.0), count) / count
    return [
        Text(left - 8, top + height / 2 + 4, "loss", 11, "muted", "end"),
        Line(points, "muted", 1.5),
        Line(((x, top - 4), (x, top + height + 4)), "accent", 1.5),
    ]


def _axis(board: Board, scale: Scale, now: Moment) -> list[Shape]:
    left, width = BARS
    bottom = board.height - 78
    step = max(1, math.ceil((scale.high - scale.low) / 4))
    shapes: list[Shape] = []
    for power in range(scale.low, scale.high + 1, step):
        x = left + width * (power - scale.low) / (scale.high - scale.low)
        shapes.append(Line(((x, HEADER), (x, bottom)), "line", 1, (2, 3)))
        shapes.append(Text(x, bottom + 15, f"1e{power}", 11, "muted", "middle", mono=True))
    for limit, word in zip(now.limits, ("vanishing", "exploding"), strict=True):
        if limit > 0 and 0 < scale.share(limit) < 1:
            x = left + width * scale.share(limit)
            shapes.append(Line(((x, HEADER - 2), (x, bottom)), "warn", 1.5, (5, 4)))
            shapes.append(Text(x, HEADER - 6, word, 11, "warn", "middle"))
    return shapes


def _wire(
    path: tuple[Point, ...], norm: float, scale: Scale, palette: Palette, phase: float
) -> list[Shape]:
    if norm == 0:
        return [Curve(path, "line", 1, (3, 3))]
    share = scale.share(norm)
    bad = not math.isfinite(norm)
    shapes: list[Shape] = [Curve(path, "bad" if bad else tone(palette, share), thickness(share))]
    for k in range(round(1 / _DOT_GAP)):
        x, y = along(path, (phase + k * _DOT_GAP) % 1)
        shapes.append(Disc(x, y, 1.6 + 1.4 * share, "paper", "ink", 1))
    return shapes


def along(path: tuple[Point, ...], t: float) -> Point:
    """The point of a cubic Bézier curve at `t`, from 0 to 1."""
    u = 1 - t
    weights = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
    x, y = (sum(w * p[axis] for w, p in zip(weights, path, strict=True)) for axis in (0, 1))
    return x, y


def _spot(spot: Spot, norm: float, state: int, scale: Scale, palette: Palette) -> Group:
    share, bad = scale.share(norm), not math.isfinite(norm)
    paint = "bad" if bad else "line" if norm == 0 else tone(palette, share)
    edge, width = (PAINTS[state], 2.0) if state >= 0 else ("line", 1.0)
    dash = (4.0, 3.0) if state == TROUBLES.index("dead") else ()
    size = 12.0 if spot.layer.kind == "value" else 11.0
    text = _fitted(spot.layer.title, spot.width - 26, _MONO * size / 12)
    shapes: list[Shape] = [
        Rect(spot.x, spot.y, spot.width, spot.height, "surface", "", radius=5),
        Rect(spot.x, spot.y, 12, spot.height, paint, "", radius=5),
        Rect(spot.x + 6, spot.y, 6, spot.height, paint),
        Rect(spot.x, spot.y, spot.width, spot.height, "", edge, width, 5, dash),
        Text(spot.x + 18, spot.middle + 4, text, size, mono=True),
    ]
    if spot.layer.kind == "value":
        shapes += _bar(spot, norm, share, paint, state)
    elif state >= 0:
        shapes.append(Text(spot.x + spot.width - 6, spot.middle + 4, SIGNS[state], 12,
                           PAINTS[state], "end", bold=True))  # fmt: skip
    told = f"{spot.layer.title}: {number_text(norm)}"
    return Group(tuple(shapes), f"{told}, {TROUBLES[state]}" if state >= 0 else told)


def _bar(spot: Spot, norm: float, share: float, paint: Paint, state: int) -> list[Shape]:
    left, width = BARS
    top = spot.middle - _BAR / 2
    shapes: list[Shape] = [Text(NUMBER, spot.middle + 4, number_text(norm), 12, mono=True)]
    if norm != 0:
        shapes.append(Rect(left, top, max(width * share, 2), _BAR, paint, "edge", 0.75, 2))
    if state >= 0:
        word = f"{SIGNS[state]} {TROUBLES[state]}"
        shapes.append(Text(TROUBLE, spot.middle + 4, word, 12, PAINTS[state], bold=True))
    return shapes


def _legend(board: Board, palette: Palette) -> list[Shape]:
    y = board.height - 30
    cells = 24
    shapes: list[Shape] = [
        Rect(20 + i * 5, y - 10, 5.2, 12, tone(palette, i / (cells - 1))) for i in range(cells)
    ]
    words = "length of the gradient, small to great: bars, bands, and what passes back along lines"
    return [*shapes, Text(20 + cells * 5 + 10, y, words, 12, "muted")]


def _fitted(text: str, width: float, character: float) -> str:
    most = int(width / character)
    return text if len(text) <= most else text[: max(most - 1, 1)] + "…"
