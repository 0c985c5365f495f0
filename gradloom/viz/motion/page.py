"""A film as a page: the same data, drawn by the reader's browser."""

from __future__ import annotations

from typing import Any, Final

from gradloom.viz.drawing import Point
from gradloom.viz.motion.draw import CURVE, CURVE_FOOT, HUES, TINT, peak, short
from gradloom.viz.motion.film import LEAST_REACH, REACH, Film
from gradloom.viz.writers.page import page

_BODY: Final = """<main class="motion">
<header><h1 id="title" class="m"></h1><p id="about" class="muted"></p></header>
<div id="player"></div>
<div class="scroll"><div id="film"></div></div>
</main>"""


def film_page(film: Film, theme: str = "auto") -> str:
    """The page as HTML."""
    scripts, styles = ("player.js", "motion.js", "motion_page.js"), ("player.css", "motion.css")
    return page(film.title, _BODY, film_data(film), scripts, styles, theme)


def film_data(film: Film) -> dict[str, Any]:
    """The film as numbers and texts."""
    return {
        "title": film.title, "about": film.about, "width": film.width, "height": film.height,
        "seconds": film.seconds, "stops": film.stops, "hues": HUES, "tint": TINT,
        "reach": [REACH, LEAST_REACH],
        "cards": [
            {"id": c.id, "title": c.title, "kind": c.kind, "width": c.width, "height": c.height,
             "tip": c.tip, "keys": [[k.time, k.x, k.y, k.opacity, k.light] for k in c.keys]}
            for c in film.cards
        ],
        "wires": [
            {"source": w.source, "target": w.target, "start": w.start, "end": w.end,
             "fades": [[f.time, f.opacity] for f in w.fades]}
            for w in film.wires
        ],
        "dots": [[d.wire, d.start, d.end, d.is_cotangent, d.size] for d in film.dots],
        "captions": [[c.time, c.title, c.detail] for c in film.captions],
        "curve": _curve(film),
    }  # fmt: skip


def _curve(film: Film) -> dict[str, Any] | None:
    if film.curve is None:
        return None
    points: tuple[Point, ...] = film.curve.points
    return {
        "title": film.curve.title, "points": points, "peak": peak(film),
        "texts": [short(value, film.curve.unit) for _, value in points],
        "most": short(peak(film), film.curve.unit), "left": CURVE[0], "height": CURVE[1],
        "foot": CURVE_FOOT,
    }  # fmt: skip
