"""A memory scene as a page: point at a buffer, search, walk through the nodes."""

from __future__ import annotations

from typing import Final

from gradloom.viz.memory_map.drawn import OWNERS, highest
from gradloom.viz.memory_map.scene import MemoryScene
from gradloom.viz.memory_map.stack import stacked
from gradloom.viz.memory_map.told import as_json, headline
from gradloom.viz.ticks import round_ticks
from gradloom.viz.writers.page import page

_BODY: Final = """<header>
<h1 id="title"></h1>
<p id="headline" class="muted"></p>
<div class="tools" id="tools"></div>
</header>
<main>
<section id="panels" aria-label="Bytes alive at each node"></section>
<section aria-labelledby="alive-title">
<h2 id="alive-title"></h2>
<table><thead><tr><th scope="col">bytes</th><th scope="col">buffer</th><th scope="col">line</th>
<th scope="col">plan</th></tr></thead><tbody id="alive"></tbody></table>
</section>
</main>"""


def memory_page(scene: MemoryScene, theme: str = "auto") -> str:
    """The page; it needs nothing but itself."""
    data = {
        **as_json(scene),
        "headline": headline(scene),
        "coloured": OWNERS,
        "most": highest(scene),
        "ticks": round_ticks(0, highest(scene), unit="bytes"),
        "stacks": [_stack(i, scene) for i in range(len(scene.panels))],
    }
    return page(scene.title, _BODY, data, ("memory.js",), ("memory.css",), theme)


def _stack(index: int, scene: MemoryScene) -> dict[str, object]:
    found = stacked(scene.panels[index])
    return {
        "columns": found.columns,
        "runs": [[(r.first, r.last, r.bottom) for r in runs] for runs in found.runs],
    }
