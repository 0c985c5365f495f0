"""A film as data: cards that move, wires between them, dots that run along wires, words, a curve.

Everything that is seen at a time is `frame_at(film, t)`, a pure function; pictures and the page
draw that and compute nothing else.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, final

from gradloom.viz.drawing import Point

Side = Literal["top", "bottom", "left", "right"]
Kind = Literal[
    "input", "forward", "backward", "output", "op", "derivative", "constant", "region", "group"
]
REACH: Final = 0.45
"""How far a wire goes straight out of a card, as a share of the way to the other."""
LEAST_REACH: Final = 14.0


@final
@dataclass(frozen=True, slots=True)
class Key:
    """Where a card is at a time: its middle, how visible it is, how bright; 0 to 1 both."""

    time: float
    x: float
    y: float
    opacity: float = 1.0
    light: float = 0.0


@final
@dataclass(frozen=True, slots=True)
class Card:
    """A box with a title; `keys` are in order of time, between them it glides."""

    id: str
    title: str
    kind: Kind
    width: float
    height: float
    keys: tuple[Key, ...]
    tip: str = ""


@final
@dataclass(frozen=True, slots=True)
class Fade:
    """How visible a wire is at a time."""

    time: float
    opacity: float


@final
@dataclass(frozen=True, slots=True)
class Wire:
    """A curve from card `source` to card `target` (numbers), from one's side to the other's."""

    source: int
    target: int
    start: Side
    end: Side
    fades: tuple[Fade, ...]


@final
@dataclass(frozen=True, slots=True)
class Dot:
    """Something that runs along a wire from `start` to `end`; a cotangent, or else a value."""

    wire: int
    start: float
    end: float
    is_cotangent: bool
    size: float


@final
@dataclass(frozen=True, slots=True)
class Caption:
    """Words that stand from this time on."""

    time: float
    title: str
    detail: str = ""


@final
@dataclass(frozen=True, slots=True)
class Curve:
    """A number over time: points `(time, value)`, each of which holds until the next. `unit` is
    "B" for bytes, "" for counts.
    """

    title: str
    points: tuple[Point, ...]
    unit: Literal["B", ""] = ""


@final
@dataclass(frozen=True, slots=True)
class Film:
    """A film; `stops` are the times where something new begins, for who goes step by step."""

    title: str
    width: float
    height: float
    seconds: float
    cards: tuple[Card, ...]
    wires: tuple[Wire, ...]
    dots: tuple[Dot, ...] = ()
    captions: tuple[Caption, ...] = ()
    curve: Curve | None = None
    stops: tuple[float, ...] = ()
    about: str = ""


@final
@dataclass(frozen=True, slots=True)
class Frame:
    """What is seen at a time. Cards are `(x, y, opacity, light)`, wires `(points, opacity)` and
    dots `(x, y, number of the dot)`; those that are not seen are None, or not there.
    """

    time: float
    cards: tuple[tuple[float, float, float, float] | None, ...]
    wires: tuple[tuple[tuple[Point, ...], float] | None, ...]
    dots: tuple[tuple[float, float, int], ...]
    caption: Caption
    value: float


NOTHING: Final = Caption(0.0, "")
_ENDS: Final[dict[Side, Point]] = {
    "top": (0.0, -1.0), "bottom": (0.0, 1.0), "left": (-1.0, 0.0), "right": (1.0, 0.0),
}  # fmt: skip


def frame_at(film: Film, time: float) -> Frame:
    """What is seen at `time`, which is taken to be inside the film."""
    time = min(max(time, 0.0), film.seconds)
    cards = tuple(_card(card, time) for card in film.cards)
    wires = tuple(_wire(film, wire, cards, time) for wire in film.wires)
    dots = []
    for number, dot in enumerate(film.dots):
        wire = wires[dot.wire]
        if dot.start <= time < dot.end and wire is not None:
            share = eased((time - dot.start) / (dot.end - dot.start))
            dots.append((*along(wire[0], share), number))
    value = _held([p[0] for p in film.curve.points], time) if film.curve is not None else -1
    return Frame(
        time, cards, wires, tuple(dots), _caption(film, time),
        film.curve.points[value][1] if film.curve is not None and value >= 0 else 0.0,
    )  # fmt: skip


def eased(share: float) -> float:
    """The share of a way that is done at a share of its time: slowly away, slowly there."""
    return share * share * (3 - 2 * share)


def along(path: tuple[Point, ...], t: float) -> Point:
    """The point of a cubic Bézier curve at `t`, from 0 to 1."""
    u = 1 - t
    a, b, c, d = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = path
    return a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3


def path_between(
    source: Card, a: Point, start: Side, target: Card, b: Point, end: Side
) -> tuple[Point, ...]:
    """The curve from a side of one card at `a` to a side of another at `b`."""
    (sx, sy), (ex, ey) = _ENDS[start], _ENDS[end]
    x0, y0 = a[0] + sx * source.width / 2, a[1] + sy * source.height / 2
    x1, y1 = b[0] + ex * target.width / 2, b[1] + ey * target.height / 2
    across = abs(x1 - x0) if sx else abs(y1 - y0)
    reach = max(across * REACH, LEAST_REACH)
    return (
        (x0, y0),
        (x0 + sx * reach, y0 + sy * reach),
        (x1 + ex * reach, y1 + ey * reach),
        (x1, y1),
    )


def _card(card: Card, time: float) -> tuple[float, float, float, float] | None:
    keys = card.keys
    after = bisect_right(keys, time, key=lambda k: k.time)
    if after == 0 or after == len(keys):
        only = keys[0] if after == 0 else keys[-1]
        return (only.x, only.y, only.opacity, only.light) if only.opacity > 0 else None
    a, b = keys[after - 1], keys[after]
    s = eased((time - a.time) / (b.time - a.time))
    opacity = a.opacity + (b.opacity - a.opacity) * s
    if opacity <= 0:
        return None
    return a.x + (b.x - a.x) * s, a.y + (b.y - a.y) * s, opacity, a.light + (b.light - a.light) * s


def _wire(
    film: Film, wire: Wire, cards: Sequence[tuple[float, float, float, float] | None], time: float
) -> tuple[tuple[Point, ...], float] | None:
    source, target = cards[wire.source], cards[wire.target]
    if source is None or target is None:
        return None
    opacity = min(_faded(wire.fades, time), source[2], target[2])
    if opacity <= 0:
        return None
    path = path_between(
        film.cards[wire.source], source[:2], wire.start,
        film.cards[wire.target], target[:2], wire.end,
    )  # fmt: skip
    return path, opacity


def _faded(fades: tuple[Fade, ...], time: float) -> float:
    after = bisect_right(fades, time, key=lambda f: f.time)
    if after == 0 or after == len(fades):
        return fades[0].opacity if after == 0 else fades[-1].opacity
    a, b = fades[after - 1], fades[after]
    return a.opacity + (b.opacity - a.opacity) * eased((time - a.time) / (b.time - a.time))


def _caption(film: Film, time: float) -> Caption:
    number = _held([c.time for c in film.captions], time)
    return film.captions[number] if number >= 0 else NOTHING


def _held(times: list[float], time: float) -> int:
    """The number of the last of these times that has come, or -1."""
    return bisect_right(times, time) - 1
