"""The shell of all pages, in a browser: data as they were, hostile texts as texts, both themes."""

from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from gradloom.viz.writers.page import page

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"


def test_a_page_holds_its_data_and_runs_nothing_else(opened: Any, tmp_path: Path) -> None:
    data = {"name": HOSTILE, "norms": [float("nan"), float("inf"), 1.5], "é": "∇\u2028"}
    file = tmp_path / "page.html"
    file.write_text(page(HOSTILE, "<main id='main'></main>", data), encoding="utf-8")
    shown = opened(file)
    assert shown.title() == HOSTILE
    got = shown.evaluate("gradloom.data")
    assert got == {"name": HOSTILE, "norms": ["NaN", "Infinity", 1.5], "é": "∇\u2028"}
    shown.evaluate(
        "document.getElementById('main').append(gradloom.html('p', {}, gradloom.data.name))"
    )
    assert shown.inner_text("#main p") == HOSTILE
    expect(shown.locator("img")).to_have_count(0)


def test_a_page_follows_the_readers_theme_and_its_button(opened: Any, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(page("t", "<main></main>", {}), encoding="utf-8")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = opened(file, color_scheme="light").evaluate(paper)
    dark = opened(file, color_scheme="dark")
    assert light != dark.evaluate(paper)
    dark.evaluate("document.querySelector('main').append(gradloom.themeButton())")
    dark.click("#theme")
    assert dark.evaluate(paper) == light
