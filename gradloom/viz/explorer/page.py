"""The page's frame; what stands in it comes from the data, as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gradloom.viz.explorer.book import Book
from gradloom.viz.explorer.encoding import encoded
from gradloom.viz.explorer.sources import Source
from gradloom.viz.writers.page import page
from gradloom.viz.writers.svg import escaped

_SCRIPTS: Final = tuple(
    f"explorer_{part}.js"
    for part in (
        "book", "place", "scene", "shapes", "map", "view", "colour", "search", "changes", "card",
        "panel", "tools", "keys", "app",
    )
)  # fmt: skip

_BODY: Final = """<header>
<h1 class="m" title="{title}">{title}</h1>
<div class="group tools" role="search"><label for="search">Search</label>
<input type="search" id="search" placeholder="tanh, dtype:f32, line:12" spellcheck="false">
<label><input type="checkbox" id="only"> fade the rest</label></div>
<div class="group tools"><label for="colour">Colour</label> <select id="colour"></select></div>
<div id="legend" role="group" aria-label="Legend"></div>
<div class="group tools" id="history"><label for="graphs">Graph</label>
<input type="range" id="graphs" min="0" value="0"> <span id="graph-name"></span>
<label for="before">compare with</label> <select id="before"></select></div>
<div class="group tools"><label for="step">Step</label>
<input type="range" id="step" min="0" value="0"> <span id="step-told" class="muted"></span></div>
<div class="group tools" id="right">
<button type="button" id="open-all" title="Open all groups (Shift E)">Open all</button>
<button type="button" id="close-all" title="Close all groups (Shift C)">Close all</button>
<button type="button" id="fit" title="All in sight (0)">Fit</button>
<button type="button" id="help" title="Keys (?)" aria-label="Keys">?</button></div>
</header>
<main>
<div id="panes"><div class="pane" id="pane-before"></div><div class="pane" id="pane"></div></div>
<aside class="panel" aria-label="Details"><div id="tabs" role="tablist" aria-label="Details"></div>
<div id="panel-body" role="tabpanel" tabindex="0"></div></aside>
</main>
<dialog id="keys" aria-label="Keys"><button type="button" id="keys-close">Close</button></dialog>
<noscript>This page draws its graph with a script.</noscript>"""


def explorer_page(book: Book, files: Mapping[str, Source], theme: str = "auto") -> str:
    """The page that shows a book, as one HTML file."""
    return page(
        book.title,
        _BODY.replace("{title}", escaped(book.title)),
        encoded(book, files),
        _SCRIPTS,
        ("explorer.css",),
        theme,
    )
