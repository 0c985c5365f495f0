"""Every page can be read, used and printed by everyone: names, contrast, keys, motion."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.runtime.events import Event
from gradloom.viz.palette import contrast
from tests.viz.memory_map.plans import BUDGET, gradient
from tests.viz.pictured import backward

CONTROLS = "button, input, select, textarea, a[href], [tabindex='0'], [role=button], [role=slider]"
NAMELESS = """controls => controls.filter(e => e.checkVisibility()).filter(e => !(
  e.getAttribute("aria-label") || e.getAttribute("title") || e.textContent.trim() ||
  (e.getAttribute("aria-labelledby") || "").split(" ").some(id => document.getElementById(id)) ||
  (e.labels && [...e.labels].some(l => l.textContent.trim())) || e.querySelector?.("title")
)).map(e => e.outerHTML.slice(0, 120))"""
TEXTS = """() => [...document.querySelectorAll("body *")].filter(e =>
    !(e instanceof SVGElement) && e.checkVisibility({opacityProperty: true}) &&
    [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) &&
    !e.closest("script, style, :disabled, .spoken")
  ).map(e => {
    const ink = getComputedStyle(e).color;
    for (let at = e; at; at = at.parentElement) {
      const paper = getComputedStyle(at).backgroundColor;
      if (!/rgba\\(.*, 0\\)|transparent/.test(paper))
        return [e.textContent.slice(0, 40), ink, paper];
    }
    return [e.textContent.slice(0, 40), ink, getComputedStyle(document.body).backgroundColor];
  })"""


def explorer(path: Path) -> Path:
    return gl.viz.explore(backward(), path)


def memory(path: Path) -> Path:
    return gl.viz.memory(gradient(), path, BUDGET, theme="auto")


def ring(path: Path) -> Path:
    return gl.viz.animate("ring", path, workers=4, duration=1)


def timeline(path: Path) -> Path:
    ran = Event("run", "worker", "worker-0", 0.2, 0.9, session=0, number=0, command="step: matmul")
    call = Event("call", "client", "client-0", 0.0, 0.0, session=0, number=0)
    return gl.viz.timeline([call, ran], path)


def flow(path: Path) -> Path:
    def loss(w: np.ndarray, x: np.ndarray) -> np.floating:
        return np.mean((np.tanh(x @ w) - 0.5) ** 2)

    gl.viz.gradient_flow(loss, np.zeros((2, 1)), [np.ones((4, 2))], steps=3, path=path)
    return path


PAGES = {f.__name__: f for f in (explorer, memory, ring, timeline, flow)}
ALL = pytest.mark.parametrize("make", PAGES.values(), ids=PAGES)
Make = Callable[[Path], Path]


def channels(css: str) -> tuple[int, ...]:
    numbers = css[css.index("(") + 1 : css.index(")")].split(",")
    return tuple(round(float(n)) for n in numbers[:3])


@ALL
def test_every_control_has_a_name_and_the_page_a_title_and_language(
    make: Make, opened: Any, tmp_path: Path
) -> None:
    page = opened(make(tmp_path / "p.html"))
    assert page.locator(CONTROLS).evaluate_all(NAMELESS) == []
    assert page.title()
    assert page.get_attribute("html", "lang") == "en"


@ALL
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_can_be_read(make: Make, theme: str, opened: Any, tmp_path: Path) -> None:
    page = opened(make(tmp_path / "p.html"), color_scheme=theme)
    found = page.evaluate(TEXTS)
    assert found
    weak = [t for t, ink, paper in found if contrast(channels(ink), channels(paper)) < 4.5]
    assert weak == []


@ALL
def test_controls_are_reached_by_keyboard_and_show_it(
    make: Make, opened: Any, tmp_path: Path
) -> None:
    page = opened(make(tmp_path / "p.html"))
    seen = set()
    for _ in range(4):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.outerHTML.slice(0, 200)"))
    assert len(seen) >= 2
    assert page.evaluate("document.activeElement !== document.body")


@ALL
def test_nothing_moves_by_itself_for_those_who_want_it_still(
    make: Make, opened: Any, tmp_path: Path
) -> None:
    page = opened(make(tmp_path / "p.html"), reduced_motion="reduce")
    first = page.screenshot()
    page.wait_for_timeout(400)
    assert page.screenshot() == first


@ALL
def test_it_can_be_printed(make: Make, opened: Any, tmp_path: Path) -> None:
    page = opened(make(tmp_path / "p.html"))
    assert page.pdf().startswith(b"%PDF")
