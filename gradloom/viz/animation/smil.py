"""A film of a schedule as an SVG that moves by itself, without any script (SVG 1.1, chapter 19).

Who asks the system for less motion sees the stage alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Final

from gradloom.ir.errors import ArgumentError
from gradloom.viz.animation import shapes
from gradloom.viz.animation.film import Dot
from gradloom.viz.animation.flow import REST, ScheduleFilm
from gradloom.viz.animation.schedule import Transfer
from gradloom.viz.animation.stages import zoom_of
from gradloom.viz.drawing import Drawing
from gradloom.viz.palette import DARK
from gradloom.viz.writers.svg import markup, svg

_MOST: Final = 6_000
"""Elements that move, beyond which browsers no longer draw them smoothly."""
_STEPS: Final = 8
"""Straight pieces of a dot's way."""
_STILL: Final = "<style>@media(prefers-reduced-motion:reduce){.moves{display:none}}</style>"


def moving_svg(film: ScheduleFilm) -> str:
    """The film as SVG text; ArgumentError where too much moves."""
    schedule, stage, theme = film.schedule, film.stage, film.theme
    count = len(schedule.transfers) + len(schedule.spans)
    if count > _MOST:
        raise ArgumentError(
            f"an .svg in which {count} things move, and {_MOST} are the most",
            hint="write .html, or a still with at=seconds",
        )
    z = zoom_of(stage.width, stage.height)
    paper = shapes.hexed(theme.background)[:7]
    ground = Drawing(
        stage.width, stage.height, tuple(shapes.standing(stage, theme)), stage.title,
        stage.description, paper,
    )  # fmt: skip
    nodes = [shapes.noded(spot, theme, "", z) for spot in stage.spots]
    moving = [*_dots(film), _group("", [markup(nodes)]), *_rings(film), *_words(film), _bar(film)]
    text = svg(ground, DARK)
    return "\n".join([text.removesuffix("</svg>\n"), _STILL, *moving, "</svg>\n"])


def _dots(film: ScheduleFilm) -> Iterator[str]:
    for t in film.schedule.transfers:
        if t.src == t.dst or t.end <= t.start:
            continue
        begin, end = _shares(film, t.start, t.end)
        look = film.look(t)
        dot = Dot(0.0, 0.0, look.color, look.shape, film.size(t), film.tip(t))
        times = f'keyPoints="0;0;1;1" keyTimes="0;{begin};{end};1" calcMode="linear"'
        way = f'<animateMotion path="{_way(film, t)}" {times}{_timing(film)}/>'
        drawn = markup([shapes.dotted(dot, film.theme)])
        yield _group("moves", [drawn, way, _shown(film, begin, end)], hidden=True)


def _rings(film: ScheduleFilm) -> Iterator[str]:
    z = zoom_of(film.stage.width, film.stage.height)
    for span in film.schedule.spans:
        ring = shapes.ringed(film.stage.spots[span.node], film.theme, span.state, z)
        begin, end = _shares(film, span.start, span.end)
        last = 1.0 if span.state == "done" else end
        yield _group("moves", [markup(ring), _shown(film, begin, last)], hidden=True)


def _words(film: ScheduleFilm) -> Iterator[str]:
    stops = [*film.stops(), 1 - REST, 1.0]
    for begin, end in pairwise(stops):
        if end > begin:
            moment = replace(film.moment((begin + end) / 2), note="")  # which tells the time
            said = markup([shapes.words(moment, film.stage, film.theme)])
            yield _group("moves", [said, _shown(film, begin, end)], hidden=True)


def _bar(film: ScheduleFilm) -> str:
    line, full = shapes.bar(1.0, film.stage, film.theme)
    grown = f'<animate attributeName="width" values="0;{full.width}"{_timing(film)}/>'
    moving = markup([full]).replace("/>", f">{grown}</rect>")
    return markup([line]) + _group("moves", [moving])


def _way(film: ScheduleFilm, t: Transfer) -> str:
    points = [film.place(t, i / _STEPS) for i in range(_STEPS + 1)]
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _shares(film: ScheduleFilm, start: float, end: float) -> tuple[float, float]:
    whole = film.schedule.duration or 1.0
    begin, until = (round(x / whole * (1 - REST), 6) for x in (start, end))
    return begin, max(until, begin)


def _shown(film: ScheduleFilm, begin: float, end: float) -> str:
    """Makes an element visible for a share of the film."""
    times = [(0.0, 0), (begin, 1), (end, 0)] if begin > 0 else [(0.0, 1), (end, 0)]
    times = [time for time in times if time[0] < 1]
    values = ";".join(str(value) for _, value in times)
    keys = ";".join(f"{share:g}" for share, _ in times)
    how = f'values="{values}" keyTimes="{keys}" calcMode="discrete"'
    return f'<animate attributeName="opacity" {how}{_timing(film)}/>'


def _timing(film: ScheduleFilm) -> str:
    return f' dur="{max(film.config.duration, 0.001):g}s" repeatCount="indefinite"'


def _group(kind: str, parts: Iterable[str], hidden: bool = False) -> str:
    name = f' class="{kind}"' if kind else ""
    unseen = ' opacity="0"' if hidden else ""
    return f"<g{name}{unseen}>{''.join(parts)}</g>"
