"""A gradient flow as a page: the program with its gradients, step by step, and all steps below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gradloom.viz.flow.board import BARS, HEADER, NUMBER, TROUBLE, WIDTH, board
from gradloom.viz.flow.draw import PAINTS, SIGNS, tone
from gradloom.viz.flow.layers import Layers, layers_of
from gradloom.viz.flow.moment import moment, scale_of
from gradloom.viz.flow.troubles import TROUBLES
from gradloom.viz.palette import DARK, LIGHT
from gradloom.viz.writers.page import page

if TYPE_CHECKING:
    from gradloom.viz.flow.flow import GradientFlow

_TONES: Final = 64
_MOST_STEPS: Final = 600
"""Measured steps in a page; of more, as many are picked evenly, so that it opens at once."""


def flow_page(flow: GradientFlow, most: int, theme: str = "auto", live: bool = False) -> str:
    """The page as HTML; a live one reloads itself."""
    return page(
        f"Gradients of {flow.title}", _BODY, flow_data(flow, most, live),
        ("player.js", "flow.js", "flow_map.js"), ("player.css", "flow.css"), theme,
    )  # fmt: skip


_BODY: Final = """<main class="flow">
<header><h1 id="title"></h1><p id="about" class="muted"></p></header>
<div id="player"></div>
<div class="scroll"><div id="board"></div></div>
<section aria-labelledby="all"><h2 id="all">All steps</h2>
<div class="scroll"><div id="map"></div></div></section>
<section aria-labelledby="details"><h2 id="details">Layer</h2><div id="layer"></div></section>
<section aria-labelledby="found"><h2 id="found">Findings</h2><ul id="findings"></ul></section>
</main>"""


def flow_data(flow: GradientFlow, most: int, live: bool = False) -> dict[str, Any]:
    """What the page shows, as numbers and texts."""
    layers = layers_of(flow, most)
    placed, scale = board(layers), scale_of(layers)
    rows = _picked(len(flow.steps))
    moments = [moment(flow, layers, float(i)) for i in rows]
    return {
        "title": flow.title, "backend": flow.backend, "live": live, "rows": layers.rows,
        "width": WIDTH, "height": placed.height, "header": HEADER, "bars": BARS,
        "number": NUMBER, "trouble": TROUBLE, "scale": [scale.low, scale.high],
        "steps": [m.step for m in moments], "losses": [m.loss for m in moments],
        "norms": [m.norms for m in moments], "states": [m.states for m in moments],
        "passed": [m.passed for m in moments], "limits": [m.limits for m in moments],
        "layers": [
            {"kind": s.layer.kind, "title": s.layer.title, "where": s.layer.where,
             "x": s.x, "y": s.y, "width": s.width, "height": s.height,
             "places": [_place(flow, i) for i in s.layer.places]}
            for s in placed.spots
        ],
        "paths": placed.paths, "troubles": TROUBLES, "signs": SIGNS, "paints": PAINTS,
        "tones": {p.name: [tone(p, i / (_TONES - 1)) for i in range(_TONES)]
                  for p in (LIGHT, DARK)},
        "findings": _findings(flow, layers),
    }  # fmt: skip


def _place(flow: GradientFlow, i: int) -> dict[str, Any]:
    place = flow.places[i]
    shape = ",".join(map(str, place.shape))
    last = len(flow.steps) - 1
    return {
        "name": place.name, "type": f"{place.dtype}[{shape}]", "source": place.source,
        "norm": float(flow.norms[last, i]), "largest": float(flow.largest[last, i]),
        "zeros": float(flow.zeros[last, i]), "dead": float(flow.dead[last, i]),
    }  # fmt: skip


def _findings(flow: GradientFlow, layers: Layers) -> list[dict[str, Any]]:
    home = {i: k for k, layer in enumerate(layers.layers) for i in layer.places}
    return [
        {"trouble": f.trouble, "name": f.place.name, "text": f.text, "where": f.place.where,
         "source": f.place.source, "layer": home[f.index]}
        for f in flow.findings
    ]  # fmt: skip


def _picked(count: int) -> list[int]:
    if count <= _MOST_STEPS:
        return list(range(count))
    return [round(i * (count - 1) / (_MOST_STEPS - 1)) for i in range(_MOST_STEPS)]
