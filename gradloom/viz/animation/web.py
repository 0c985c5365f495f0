"""A film as a page: drawn on a canvas in the reader's browser, as sharp as its screen."""

from __future__ import annotations

from typing import Any, Final

from gradloom.viz.animation.config import RenderConfig
from gradloom.viz.animation.film import Film, Moment
from gradloom.viz.animation.flow import PHASES, REST, ScheduleFilm
from gradloom.viz.animation.particles import outline
from gradloom.viz.animation.shapes import STATES, hexed, parts
from gradloom.viz.animation.theme import EdgeStyle, Theme
from gradloom.viz.writers.page import page
from gradloom.viz.writers.svg import escaped

_BODY: Final = """<main class="film">
<header><h1 id="title"></h1><p id="subtitle" class="muted"></p></header>
<div class="scene"><div class="canvas"><canvas id="canvas" role="img" tabindex="0"></canvas>
<div id="tip" class="hidden" role="tooltip"></div></div>
<aside aria-label="Legend"><ul id="keys"></ul>
<h2 class="muted" id="now-title">Now</h2><ul id="now"></ul></aside></div>
<div id="controls"></div>
<details id="all" class="hidden"><summary>All transfers</summary><div id="table"></div></details>
</main>
"""
_MOST_ROWS: Final = 2000
"""Transfers that the table lists."""


def film_page(film: Film) -> str:
    """The page of a film."""
    stage = film.stage
    data: dict[str, Any] = {
        "title": stage.title, "subtitle": stage.subtitle, "description": stage.description,
        "plot": parts(stage, film.theme).plot, "zoom": parts(stage, film.theme).zoom,
        "duration": film.config.duration,
        "spots": [[s.x, s.y, s.radius, s.label, s.leader, s.label_at] for s in stage.spots],
        "wires": [
            [w.src, w.dst, *w.start, *w.control, *w.end, w.label, w.label_at] for w in stage.wires
        ],
        "states": STATES, "rows": _MOST_ROWS,
        "themes": {name: _colours(film, name) for name in ("dark", "light")},
    }  # fmt: skip
    looks = _Looks(film.theme)
    data["keys"] = [
        [k.text, looks.number(EdgeStyle(k.color, k.shape)) if k.color and k.shape else -1, k.state]
        for k in stage.keys
    ]
    data["wire_looks"] = [looks.colour(w.color) if w.color else -1 for w in stage.wires]
    data |= _schedule(film, looks) if isinstance(film, ScheduleFilm) else _frames(film, looks)
    data["looks"] = looks.listed()
    name = "light" if film.theme == Theme.light() else "dark"
    scripts, styles = ("player.js", "animation.js"), ("player.css", "animation.css")
    body = f"{_BODY}<noscript>{escaped(stage.description)}</noscript>"
    return page(stage.title, body, data, scripts, styles, name)


class _Looks:
    """The looks of dots that a page uses, by number, in the colours of both themes."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._found: dict[EdgeStyle, int] = {}

    def number(self, style: EdgeStyle) -> int:
        """The number of a look."""
        return self._found.setdefault(style, len(self._found))

    def colour(self, color: tuple[int, int, int]) -> int:
        """The number of a look of this colour."""
        known = (i for style, i in self._found.items() if style.color == color)
        return next(known, -1)

    def listed(self) -> list[list[Any]]:
        """Each look: its colours in the dark and in the light, and its corners."""
        return [[*self._both(style), outline(style.shape)] for style in self._found]

    def _both(self, style: EdgeStyle) -> tuple[str, str]:
        """The colour in both themes, where it is one of a theme of ours."""
        themes = Theme.dark(), Theme.light()
        for mine in themes if self._theme in themes else ():
            colours = [s.color for s in mine.edge_styles]
            if mine == self._theme and style.color in colours:
                i = colours.index(style.color)
                dark, light = (hexed(t.edge_styles[i].color)[:7] for t in themes)
                return dark, light
        return hexed(style.color)[:7], hexed(style.color)[:7]


def _colours(film: Film, name: str) -> dict[str, str]:
    """The colours of a theme: the film's own for both, if it is one of the reader's making."""
    mine = {"dark": Theme.dark(), "light": Theme.light()}
    theme = mine[name] if film.theme in mine.values() else film.theme
    fields = (
        "background", "edge_base", "node_fill", "node_stroke", "node_ps_fill", "node_ps_stroke",
        "title_color", "text_dim", "phase_color",
    )  # fmt: skip
    found = {field: hexed(getattr(theme, field))[:7] for field in fields}
    styles = len(theme.edge_styles)
    late, done = theme.edge_styles[-4 % styles], theme.edge_styles[2 % styles]
    return found | {"late": hexed(late.color)[:7], "done": hexed(done.color)[:7]}


def _schedule(film: ScheduleFilm, looks: _Looks) -> dict[str, Any]:
    """Transfers by their times: the browser says where each is."""
    s = film.schedule
    moves = []
    for t in sorted(s.transfers, key=lambda t: t.start):
        if t.src != t.dst:
            wire, backward = film.way(t)
            at = film.stage.wires.index(wire)
            look = looks.number(film.look(t))
            moves.append(
                [at, int(backward), t.start, t.end, look, round(film.size(t), 2), t.phase, t.step,
                 film.tip(t)]
            )  # fmt: skip
    spans: list[list[Any]] = [[] for _ in s.nodes]
    for span in sorted(s.spans, key=lambda x: x.start):
        spans[span.node].append([span.state, span.start, span.end])
    return {
        "kind": "schedule", "moves": moves, "spans": spans, "length": s.duration, "rest": REST,
        "phases": PHASES, "steps": max((t.step for t in s.transfers), default=0) + 1,
        "stops": [share * film.config.duration for share in film.stops()],
    }  # fmt: skip


def _frames(film: Film, looks: _Looks) -> dict[str, Any]:
    """Every frame, since only the strategy knows them."""
    config: RenderConfig = film.config
    total = config.total_frames
    moments = [film.moment(i / total) for i in range(total)]
    stops = [0.0] + [
        i / total * config.duration
        for i in range(1, total)
        if moments[i].phase != moments[i - 1].phase
    ]
    return {"kind": "frames", "frames": [_frame(m, looks) for m in moments], "stops": stops}


def _frame(moment: Moment, looks: _Looks) -> list[Any]:
    dots = [
        [round(d.x, 1), round(d.y, 1), looks.number(EdgeStyle(d.color, d.shape)), round(d.size, 2)]
        for d in moment.dots
    ]
    return [moment.phase, [round(a, 2) for a in moment.alphas], dots]
