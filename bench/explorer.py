"""How soon the explorer's page of a large graph is there, and how it moves: a deep net and its
gradient, in a chromium without a screen.

`python -m bench explorer`. Needs playwright and chromium. Frames are those that the browser drew
while the graph was panned or zoomed; 16.7 ms is the screen's own pace.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

import gradloom as gl
from gradloom.ir.graph import Graph

SIZES = (5_000, 50_000)
_NODES_PER_LAYER: Final = 59
_BENDS: Final[tuple[Callable[[Any], Any], ...]] = (np.tanh, np.sin, np.cos, np.sqrt, np.abs)
_DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
_FRAMES = """async act => {
  const times = [], {main} = explorer.app.views;
  let last = performance.now(), i = 0;
  await new Promise(done => {
    const frame = () => {
      const now = performance.now();
      times.push(now - last);
      last = now;
      if (++i > 120) return done();
      if (act === "pan") main.pan(i % 60 < 30 ? -25 : 25, -12);
      else main.zoom(i % 30 < 15 ? 1.06 : 1 / 1.06);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  times.sort((a, b) => a - b);
  return [times[60], times[114]];
}"""
_TIMED = """async act => {
  const start = performance.now();
  eval(act);
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  return performance.now() - start;
}"""
_ACTS = {
    "open a group": "explorer.app.toggle([...explorer.app.views.main.chapter.things.values()]"
    ".find(t => t.items && t.parent && !explorer.app.isOpen(t)), true)",
    "search": "explorer.app.seek('tanh')",
    "open all": "explorer.app.toggleAll(true)",
}


def net(nodes: int) -> Graph:
    """A net of about so many nodes with its gradient; its layers differ, so that none is a loop."""
    layers = nodes // _NODES_PER_LAYER
    bends = np.random.default_rng(0).integers(0, len(_BENDS), layers)

    def layer(x: Any, w: Any, b: Any) -> Any:
        h = np.tanh(x @ w + b)
        mean = np.mean(h, axis=-1, keepdims=True)
        spread = np.mean((h - mean) ** 2, axis=-1, keepdims=True)
        return (h - mean) / np.sqrt(spread + 1e-5) + x

    def loss(ws: Any, x: Any) -> Any:
        for (w, b), bend in zip(ws, bends, strict=True):
            x = layer(_BENDS[bend](x), w, b)
        return np.sum(x**2)

    ws = [(np.eye(4), np.zeros(4)) for _ in range(layers)]
    graph: Graph = gl.trace(gl.value_and_grad(loss), ws, np.ones((2, 4)))
    return graph


def run() -> str:
    """The table."""
    from playwright.sync_api import sync_playwright

    lines = []
    with sync_playwright() as p:
        program = shutil.which("chromium")
        browser = p.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        for size in SIZES:
            lines += _page(browser, net(size))
        browser.close()
    return "\n".join(lines)


def _page(browser: Any, graph: Graph) -> list[str]:
    start = time.perf_counter()
    file = gl.viz.explore(graph, Path(tempfile.mkdtemp()) / "page.html")
    made = time.perf_counter() - start
    page = browser.new_page(viewport={"width": 1300, "height": 850})
    start = time.perf_counter()
    page.goto(file.as_uri())
    page.evaluate(_DRAWN)
    opened = time.perf_counter() - start
    lines = [
        f"{len(graph.nodes)} nodes: page of {file.stat().st_size / 1e6:.2f} MB"
        f" made in {made:.2f} s, opened and drawn in {opened:.2f} s",
        _moves(page, "as it opens"),
    ]
    for name, act in _ACTS.items():
        lines.append(f"  {name}: {page.evaluate(_TIMED, act):.0f} ms")
    page.evaluate("explorer.app.views.main.zoom(1 / explorer.app.views.main.scale)")
    lines.append(_moves(page, "all open"))
    page.close()
    return lines


def _moves(page: Any, when: str) -> str:
    pan, zoom = page.evaluate(_FRAMES, "pan"), page.evaluate(_FRAMES, "zoom")
    return (
        f"  {when}: frames of {pan[0]:.1f} ms (95 %: {pan[1]:.1f}) while panned,"
        f" {zoom[0]:.1f} ms ({zoom[1]:.1f}) while zoomed"
    )
