"""How soon the gradient debugger's page of a convolutional network is there, and how soon it shows
an edit: layers of 10,816 cells, in a chromium without a screen.

`python -m bench debugging`. Needs playwright and chromium. An edit is a click's message; Python
computes all layers, gradients and flows anew, and the page draws them. What computing takes is told
apart: it is measured alone.
"""

from __future__ import annotations

import shutil
import statistics
import time
from typing import Any

import numpy as np

import gradloom as gl
from gradloom import nn
from gradloom.viz.gradients.page import gradients_page, shown

EDITS = 7
_DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
_EDITED = """async cell => {
  const {app} = gradients, got = app.got, start = performance.now();
  await new Promise(done => {
    app.got = message => { got.call(app, message); if (message.document) done(); };
    app.toggle(cell);
  });
  app.got = got;
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  return (performance.now() - start) / 1000;
}"""
_REDRAWN = """async times => {
  const found = [];
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    gradients.app.choose(0, i);
    document.body.offsetHeight;
    found.push(performance.now() - start);
  }
  return found.sort((a, b) => a - b)[Math.floor(times / 2)];
}"""


def network() -> Any:
    """28 by 28 pixels, 16 and 8 channels, ten scores."""
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(16, 1, 3, 3)) / 3, rng.normal(size=(8, 16, 3, 3)) / 12
    last = rng.normal(size=(8 * 11 * 11, 10)) / 31

    def scores(image: Any) -> Any:
        hidden = np.maximum(nn.conv2d(image[None, None], first), 0.0)
        pooled = np.max(np.reshape(hidden, (1, 16, 13, 2, 13, 2)), axis=(3, 5))
        hidden = np.tanh(nn.conv2d(pooled, second))
        return np.reshape(hidden, (-1,)) @ last

    return scores


def run() -> str:
    """The table."""
    from playwright.sync_api import sync_playwright

    image = np.random.default_rng(1).random((28, 28))
    debugger = gl.viz.gradients(network(), image, target=np.eye(10)[3])
    computed = statistics.median(_computed(debugger, cell) for cell in range(EDITS))
    size = len(gradients_page(shown(debugger)))
    with sync_playwright() as p, debugger.serve() as server:
        program = shutil.which("chromium")
        browser = p.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1200, "height": 800})
        start = time.perf_counter()
        page.goto(server.url)
        page.locator("#status.live").wait_for()
        page.evaluate(_DRAWN)
        opened = time.perf_counter() - start
        edit = statistics.median(page.evaluate(_EDITED, cell) for cell in range(EDITS))
        redrawn = page.evaluate(_REDRAWN, EDITS)
        browser.close()
    cells = [layer.size for layer in debugger.layers]
    return (
        f"{len(cells)} layers of up to {max(cells):,} cells, {sum(cells):,} in all: page of"
        f" {size / 1e6:.1f} MB, opened and drawn in {opened:.2f} s\n"
        f"  an edit: {edit:.2f} s, of which {computed:.2f} s to compute\n"
        f"  another cell: {redrawn:.0f} ms"
    )


def _computed(debugger: Any, cell: int) -> float:
    """Seconds that an edit takes without a page."""
    start = time.perf_counter()
    debugger.set_cell(0, cell, value=0.5)
    return time.perf_counter() - start
