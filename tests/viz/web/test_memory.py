"""The page of memory in a browser: bands, a walk through the nodes, search, both panels."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

import gradloom as gl
from tests.viz.memory_map.plans import BUDGET, gradient
from tests.viz.pictured import HOSTILE, hostile


@pytest.fixture
def page(opened: Any, tmp_path: Path) -> Any:
    return opened(gl.viz.memory(gradient(), tmp_path / "m.html", BUDGET))


def test_it_shows_both_panels_with_a_band_for_each_buffer(page: Any) -> None:
    expect(page.locator("figure svg")).to_have_count(2)
    bands = page.evaluate("gradloom.data.panels.map(p => p.bands.length)")
    expect(page.locator(".band")).to_have_count(sum(bands))
    assert "computed anew" in page.inner_text("#headline")


def test_keys_walk_through_the_nodes_and_the_table_adds_up(page: Any) -> None:
    peak = page.evaluate("gradloom.data.panels[1].peak_position")
    assert f"at node {peak}:" in page.inner_text("#alive-title")
    page.keyboard.press("ArrowLeft")
    assert f"at node {peak - 1}:" in page.inner_text("#alive-title")
    shown = page.locator("#alive tr").count()
    alive = page.evaluate(
        "at => gradloom.data.panels[1].bands.filter(b => b.start <= at && at <= b.end).length",
        peak - 1,
    )
    rest = page.evaluate("at => gradloom.data.panels[1].rest[at] > 0", peak - 1)
    assert shown == alive + rest


def test_search_finds_bands_by_their_line(page: Any) -> None:
    page.keyboard.press("/")
    page.keyboard.type("exp f32")
    found = page.locator(".band.found").count()
    assert 0 < found < page.locator(".band").count()
    assert page.inner_text("#spoken") == f"{found} buffers found"
    page.keyboard.press("Escape")
    expect(page.locator(".band.found")).to_have_count(0)


def test_a_click_goes_to_a_buffers_beginning_and_a_button_to_the_other_panel(page: Any) -> None:
    page.get_by_role("button", name="as it was").click()
    peak = page.evaluate("gradloom.data.panels[0].peak_position")
    assert f"at node {peak}:" in page.inner_text("#alive-title")


def test_hostile_names_are_text(opened: Any, tmp_path: Path) -> None:
    page = opened(gl.viz.memory(hostile(), tmp_path / "m.html"))
    assert page.text_content("#title") == f"Memory of {HOSTILE}"
    expect(page.locator("main b")).to_have_count(0)


def test_a_graph_without_nodes_has_a_page(opened: Any, tmp_path: Path) -> None:
    page = opened(gl.viz.memory(gl.trace(lambda x: x, gl.spec("f32[2]")), tmp_path / "m.html"))
    assert page.inner_text("#alive-title") == "No nodes"
