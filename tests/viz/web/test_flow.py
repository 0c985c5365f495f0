"""The page of a gradient flow in a browser: plays, steps by keys, tells its troubles, is safe."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

import gradloom as gl
from gradloom.viz.flow.board import BARS
from gradloom.viz.flow.layers import layers_of
from gradloom.viz.flow.moment import moment, scale_of
from tests.viz.flow.programs import HOSTILE, batch, layers, made, rectified

ROWS = [[10.0**-k, 1, 1e-6 * 10**k, 0.7, 1, 1] for k in range(5)]
FLOW = made([*ROWS, [1, 1, np.nan, 0, 1, 1]], nans=[[0] * 6] * 5 + [[0, 0, 1, 0, 0, 0]])
BARS_OF = "[...document.querySelectorAll('.layer rect:nth-of-type(3)')]"


@pytest.fixture
def page(opened: Any, tmp_path: Path) -> Any:
    """The page of `FLOW`, standing still."""
    return opened(FLOW.write(tmp_path / "flow.html", theme="auto"), reduced_motion="reduce")


def test_the_page_shows_what_python_computes_at_any_moment(page: Any) -> None:
    shown = layers_of(FLOW)
    scale = scale_of(shown)
    duration = page.evaluate("gradloom.flowPlayer.duration")
    for share in (0.0, 0.13, 0.5, 0.77, 1.0):
        page.evaluate(f"gradloom.flowPlayer.pause(); gradloom.flowPlayer.seek({share * duration})")
        now = moment(FLOW, shown, 5 * share)
        wanted = [max(BARS[1] * scale.share(x), 2) if x else 0 for x in now.norms[: shown.rows]]
        assert page.evaluate(f"{BARS_OF}.map(b => +b.getAttribute('width'))") == pytest.approx(
            wanted, abs=1e-6
        )


def test_keys_step_and_words_tell_the_step(page: Any) -> None:
    assert "step 0 of 5" in page.inner_text("#words")
    page.keyboard.press("ArrowRight")
    assert "step 1 of 5" in page.inner_text("#words")
    page.keyboard.press("End")
    assert "step 5 of 5" in page.inner_text("#words")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    assert "step 0 of 5" in page.inner_text("#words")


def test_it_plays_by_itself_unless_one_wants_less_motion(
    opened: Any, page: Any, tmp_path: Path
) -> None:
    assert page.evaluate("gradloom.flowPlayer.playing") is False
    moving = opened(tmp_path / "flow.html", reduced_motion="no-preference")
    moving.locator("#words:not(:has-text('step 0'))").wait_for()
    assert moving.evaluate("gradloom.flowPlayer.playing") is True


def test_troubles_are_told_in_words_and_findings_lead_to_their_layer(page: Any) -> None:
    label = page.get_attribute(".layer >> nth=0", "aria-label")
    assert label == "line 2: 1.0e-06, vanishing"
    page.keyboard.press("End")
    assert page.get_attribute(".layer >> nth=0", "aria-label") == "line 2: nan, non-finite"
    expect(page.locator("#findings li")).to_have_count(len(FLOW.findings))
    page.click("#findings button >> nth=0")
    assert page.inner_text("#details") == "line 2"
    assert "matmul" in page.inner_text("#layer table")


def test_a_layer_is_chosen_by_the_keyboard(page: Any) -> None:
    page.focus(".layer >> nth=2")
    page.keyboard.press("Enter")
    assert page.inner_text("#details") == "line 4"
    page.focus(".layer >> nth=1")
    page.keyboard.press(" ")
    assert page.inner_text("#details") == "line 3"
    assert page.evaluate("gradloom.flowPlayer.playing") is False


def test_the_map_leads_to_a_step(page: Any) -> None:
    box = page.locator("#cells").bounding_box()
    page.locator("#cells").click(position={"x": box["width"] * 0.99, "y": 5})
    assert "step 4 of 5" in page.inner_text("#words")


def test_the_theme_changes_bars_and_map(page: Any) -> None:
    fills = f"{BARS_OF}.map(b => b.getAttribute('fill')).join()"
    cells = "document.getElementById('cells').toDataURL()"
    before = page.evaluate(fills), page.evaluate(cells)
    page.keyboard.press("t")
    after = page.evaluate(fills), page.evaluate(cells)
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_hostile_names_are_texts(opened: Any, tmp_path: Path) -> None:
    flow = gl.viz.gradient_flow(
        lambda p, x: np.sum((x * p[HOSTILE]) ** 2), {HOSTILE: np.ones(2)}, [np.ones(2)], steps=2,
        title=HOSTILE,
    )  # fmt: skip
    page = opened(flow.write(tmp_path / "flow.html"))
    assert page.inner_text("h1") == f"Gradients of {HOSTILE}"
    expect(page.locator("img")).to_have_count(0)


def test_one_measured_step_stands_still(opened: Any, tmp_path: Path) -> None:
    flow = gl.viz.gradient_flow(rectified, layers(2), [batch()], steps=1)
    page = opened(flow.write(tmp_path / "flow.html"))
    assert page.is_disabled("#play")
    expect(page.locator(".layer")).to_have_count(len(layers_of(flow).layers))


def test_a_page_of_a_run_that_goes_on_reloads_itself(opened: Any, tmp_path: Path) -> None:
    path = FLOW.write(tmp_path / "flow.html", live=True)
    page = opened(path)
    assert "Training runs" in page.inner_text("#about")
    assert "step 5 of 5" in page.inner_text("#words")
    FLOW.write(path)
    page.locator("#about:not(:has-text('Training'))").wait_for()
