"""A film's frame as a drawing."""

from __future__ import annotations

from typing import Final

from gradloom.viz.drawing import (
    Curve,
    Disc,
    Drawing,
    Group,
    Line,
    Point,
    Polygon,
    Rect,
    Shape,
    Text,
)
from gradloom.viz.motion.film import Card, Film, Frame, Kind, frame_at
from gradloom.viz.palette import Paint, Palette

HUES: Final[dict[Kind, Paint]] = {
    "input": "hue7", "forward": "hue0", "backward": "hue1", "output": "hue2",
    "op": "hue0", "derivative": "hue1", "constant": "hue7", "region": "hue6",
    "group": "hue6",
}  # fmt: skip
"""The colour of a card's band and of its light."""
TINT: Final = 0.5
"""The share of its hue in a card's fill at full light: so that text on it stays readable."""
CURVE: Final = (150.0, 50.0)
"""Left edge of the curve's field, and its height; it ends as far from the right edge."""
CURVE_FOOT: Final = 62.0
"""How far above the film's lower edge the curve's field ends."""
SMALL: Final = 11.0
_CHARACTER: Final = 7.3


def drawn(film: Film, time: float, palette: Palette) -> Drawing:
    """The film at a time, for one palette: what fades is mixed with its paper."""
    frame = frame_at(film, time)
    shapes: list[Shape] = [*_header(film, frame)]
    for number, seen in enumerate(frame.wires):
        if seen is not None:
            shapes.append(_wire(film, number, seen, palette))
    for card, place in zip(film.cards, frame.cards, strict=True):
        if place is not None:
            shapes.append(_card(card, place, palette))
    for x, y, number in frame.dots:
        dot = film.dots[number]
        hue = HUES["backward" if dot.is_cotangent else "forward"]
        shapes.append(Disc(x, y, dot.size, hue, "paper", 1.5))
    if film.curve is not None:
        shapes += _curve(film, frame, palette)
    if film.dots:
        shapes += _legend(film)
    return Drawing(film.width, film.height, tuple(shapes), film.title, film.about)


def short(number: float, unit: str) -> str:
    """Bytes (unit "B") or a count in a few characters.

    >>> short(900, "B"), short(12_345, "B"), short(3.2e9, "B"), short(40, "")
    ('900 B', '12.3 kB', '3.2 GB', '40')
    """
    for size, prefix in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if unit and number >= size:
            return f"{number / size:.3g} {prefix}{unit}"
    return f"{number:.0f} {unit}".rstrip()


def mixed(palette: Palette, a: Paint, b: Paint, share: float) -> Paint:
    """The colour between two: of `b` this share."""
    pairs = zip(palette.rgba(a)[:3], palette.rgba(b)[:3], strict=True)
    return "#" + "".join(f"{round(x * (1 - share) + y * share):02x}" for x, y in pairs)


def faded(palette: Palette, paint: Paint, opacity: float) -> Paint:
    """The colour on paper that shines through it."""
    return mixed(palette, "paper", paint, opacity) if opacity < 1 else paint


def _header(film: Film, frame: Frame) -> list[Shape]:
    return [
        Text(20, 32, film.title, 17, bold=True, mono=True),
        Text(20, 56, frame.caption.title, 14, "accent", bold=True, mono=True),
        Text(20, 76, _fitted(frame.caption.detail, film.width - 40, 6.2), 12, "muted"),
        Text(film.width - 20, 32, film.about, 12, "muted", "end"),
    ]


def _wire(
    film: Film, number: int, seen: tuple[tuple[Point, ...], float], palette: Palette
) -> Curve:
    path, opacity = seen
    return Curve(path, faded(palette, "edge", opacity * 0.75), 1.3)


def _card(card: Card, place: tuple[float, float, float, float], palette: Palette) -> Group:
    x, y, opacity, light = place
    left, top = x - card.width / 2, y - card.height / 2
    hue = HUES[card.kind]
    fill = faded(palette, mixed(palette, "surface", hue, TINT * light), opacity)
    line = faded(palette, mixed(palette, "line", hue, min(light * 1.5, 1.0)), opacity)
    size = 12.0 if card.height >= 28 else SMALL
    text = _fitted(card.title, card.width - 19, _CHARACTER * size / 12)
    return Group(
        (
            Rect(left, top, card.width, card.height, fill, "", radius=5),
            Rect(left, top, 6, card.height, faded(palette, hue, opacity * 0.85), "", radius=3),
            Rect(left, top, card.width, card.height, "", line, 1 + light, 5),
            Text(left + 14, y + size / 3, text, size, faded(palette, "ink", opacity), mono=True),
        ),
        card.tip,
    )


def _curve(film: Film, frame: Frame, palette: Palette) -> list[Shape]:
    assert film.curve is not None
    left, tall = CURVE
    right, bottom = film.width - left, film.height - CURVE_FOOT
    points, top = film.curve.points, peak(film)
    x_of = [left + (right - left) * t / film.seconds for t, _ in points]
    y_of = [bottom - tall * v / (top or 1) for _, v in points]
    outline: list[Point] = [(x_of[0], bottom)]
    for i, (x, y) in enumerate(zip(x_of, y_of, strict=True)):
        outline += [(x, outline[-1][1]), (x, y)]
        if i == len(points) - 1:
            outline += [(right, y), (right, bottom)]
    now = left + (right - left) * frame.time / film.seconds
    middle, unit = bottom - tall / 2, film.curve.unit
    return [
        Polygon(tuple(outline), mixed(palette, "paper", "hue2", 0.28)),
        Line(tuple(outline), "hue2", 1.2),
        Line(((left, bottom), (right, bottom)), "line", 1),
        Line(((now, bottom - tall - 6), (now, bottom + 4)), "accent", 1.5),
        Text(left - 12, middle - 4, film.curve.title, 12, "muted", "end"),
        Text(left - 12, middle + 13, short(frame.value, unit), 13, "ink", "end", bold=True),
        Text(right + 12, middle - 4, "most", 12, "muted"),
        Text(right + 12, middle + 13, short(top, unit), 13, "ink"),
    ]


def peak(film: Film) -> float:
    """The greatest number of the curve."""
    return max((v for _, v in film.curve.points), default=0.0) if film.curve is not None else 0.0


def _legend(film: Film) -> list[Shape]:
    y = film.height - 24
    words = (("forward", "a value on its way"), ("backward", "a cotangent on its way back"))
    shapes: list[Shape] = []
    x = 26.0
    for kind, text in words:
        if kind == "forward" or any(card.kind == "backward" for card in film.cards):
            shapes.append(Disc(x, y - 4, 5, HUES["forward" if kind == "forward" else "backward"]))
            shapes.append(Text(x + 12, y, text, 12, "muted"))
            x += 40 + 6.4 * len(text)
    tail = "bright: runs now; tinted: its values are still needed"
    return [*shapes, Text(x, y, tail, 12, "muted")]


def _fitted(text: str, width: float, character: float) -> str:
    most = max(int(width / character), 1)
    return text if len(text) <= most else text[: max(most - 1, 1)] + "…"
