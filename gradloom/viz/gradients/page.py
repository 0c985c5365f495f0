"""The gradient debugger's page: its frame; what stands in it comes from the document, as text."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote

from gradloom.ir.errors import ArgumentError, NotSupported
from gradloom.viz.explorer.facts import Where
from gradloom.viz.explorer.sources import AROUND, sources
from gradloom.viz.gradients.debugger import Gradients
from gradloom.viz.gradients.program import program_page
from gradloom.viz.palette import PALETTES, palette
from gradloom.viz.writers.files import write_file
from gradloom.viz.writers.page import page
from gradloom.viz.writers.svg import escaped

Link = Literal["", "socket", "frame"]
"""How a page reaches Python: not at all (it is frozen), by its own server's socket, or by the
notebook around its frame.
"""
_SCRIPTS: Final = tuple(
    f"gradients_{part}.js"
    for part in (
        "model", "heat", "sankey", "draw", "panel", "tools", "keys", "busy", "link", "app",
        "planes",
    )
)  # fmt: skip

_BODY: Final = """<header>
<h1 class="m" title="{title}">{title}</h1>
<span id="loss" class="m"></span>
<div class="group tools"><label for="layer">Layer</label>
<button type="button" id="before" title="Layer before ([)" aria-label="Layer before">‹</button>
<select id="layer"></select>
<button type="button" id="after" title="Layer after (])" aria-label="Layer after">›</button></div>
<div class="group tools"><label for="quantity">Cells</label>
<select id="quantity" title="What cells show (q)">
<option value="gradient">gradients</option><option value="activation">values</option>
<option value="product">gradient × value</option></select></div>
<div class="group tools"><label for="links">Links</label>
<select id="links" title="What links show (l)"><option value="flow">gradients</option>
<option value="slope">derivatives</option></select></div>
<div class="group tools"><label for="versus">Compare</label>
<select id="versus" title="What is compared (c)"></select>
<button type="button" id="mark" title="Changes are told from here (m)">Remember</button></div>
<div class="group tools"><label for="threshold">Threshold</label>
<input type="range" id="threshold">
<input type="number" id="threshold-number" step="any" aria-label="Threshold as a number">
<label title="Threshold of the value without its sign (a)">
<input type="checkbox" id="absolute"> of |value|</label></div>
<div class="group tools"><label for="z" title="What a click writes into an empty cell">z</label>
<input type="number" class="narrow" id="z" step="any">
<button type="button" id="undo" title="Undo (u)">Undo</button></div>
<div class="group tools">
<input type="text" id="file" aria-label="Name of the file to save" spellcheck="false"
 placeholder="file name">
<button type="button" id="save" title="Save the edited input (s)">Save</button>
<button type="button" id="render" title="Read everything anew (r)">Render</button></div>
<div class="group tools" id="right"><span id="status" role="status"></span>
<button type="button" id="help" title="Keys (?)" aria-label="Keys">?</button></div>
</header>
<div><p id="told" role="alert" hidden></p>
<p id="busy" hidden><span></span> <button type="button">Cancel</button></p>
<p id="news" role="status" hidden></p></div>
<main>
<div id="pictures"></div>
<aside class="panel" aria-label="Chosen cell" id="panel-body"></aside>
</main>
<dialog id="keys" aria-label="Keys"><button type="button" id="keys-close">Close</button></dialog>
<noscript>This page draws its pictures with a script.</noscript>"""


def write_page(
    debugger: Gradients, path: str | os.PathLike[str], theme: str = "auto", code: bool = True,
    explorer: str | os.PathLike[str] | None = None,
) -> Path:  # fmt: skip
    """Write a frozen page: one file that needs no server, and cannot edit; gives its path.

    `code=False` leaves the lines of the source out. `explorer` is a second file to write, the page
    of the program itself, to which the layers' nodes then lead.
    """
    if theme != "auto":
        palette(theme)  # says which there are
    beside = ""
    if explorer is not None:
        beside = _beside(Path(path), Path(explorer))
        if debugger.graph is None:
            raise NotSupported(
                f"{debugger.title} has no graph to explore", hint="export it without explorer=..."
            )
        text = program_page(debugger.graph, debugger.title, theme, code)
        write_file(Path(explorer), text.encode())
    made = gradients_page(shown(debugger, code), "", theme, explorer=beside)
    write_file(Path(path), made.encode())
    return Path(path)


def _beside(page: Path, other: Path) -> str:
    """The way from a page to another, as its links have it."""
    if page.resolve() == other.resolve():
        raise ArgumentError(f"both pages are called {page}", hint="give explorer=... another name")
    try:
        way = os.path.relpath(other.resolve(), page.resolve().parent)
    except ValueError:  # another drive has no such way
        return other.resolve().as_uri()
    return quote(Path(way).as_posix())


def shown(debugger: Gradients, code: bool = True) -> dict[str, Any]:
    """The debugger's document as a page gets it: files by short names, with the lines around."""
    document = debugger.data()
    layers = document["layers"]
    places = [Where(at["file"], at["line"], "") for at in (x["where"] for x in layers) if at]
    files = sources(places, code)
    for layer in (x for x in layers if x["where"]):
        at = layer["where"]
        file = files[at["file"]]
        near = {n: file.lines[n] for n in _around(at["line"]) if n in file.lines}
        text = at["text"] if code else ""
        layer["where"] = {**at, "file": file.name, "text": text, "around": near}
    return document


def _around(line: int) -> range:
    return range(line - AROUND, line + AROUND + 1)


def gradients_page(
    document: Mapping[str, Any], link: Link = "", theme: str = "auto", *, revision: int = 0,
    explorer: str = "",
) -> str:  # fmt: skip
    """The page that shows a document, as one HTML file that needs nothing else to be looked at;
    `explorer` is the address of its program's page, or "".
    """
    data = {
        "document": document,
        "revision": revision,
        "explorer": explorer,
        "link": link,
        "ramps": {name: {"amounts": p.amounts, "signs": p.signs} for name, p in PALETTES.items()},
    }
    title = str(document["title"])
    body = _BODY.replace("{title}", escaped(title))
    connects = "'self'" if link == "socket" else ""
    return page(title, body, data, _SCRIPTS, ("gradients.css",), theme, connects)
