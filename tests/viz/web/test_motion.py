"""The page of a film in a browser: it shows what Python shows, and is led by keys."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.types import parse_type
from gradloom.viz.animation.entry import animate
from gradloom.viz.motion.film import frame_at
from gradloom.viz.motion.program import film_of, write_film
from tests.viz.motion.programs import HOSTILE, rewritten, times, trained


@pytest.mark.parametrize("which", ["runs", "is rewritten"])
def test_the_page_computes_the_frames_that_python_computes(
    opened: Any, tmp_path: Path, which: str
) -> None:
    film = film_of(trained(2) if which == "runs" else rewritten().history)
    page = opened(write_film(film, tmp_path / "film.html"), reduced_motion="reduce")
    for time in times(film, 9):
        got, mine = page.evaluate(f"gradloom.motion.frame({time!r})"), frame_at(film, time)
        for theirs, seen in zip(got["cards"], mine.cards, strict=True):
            assert (theirs is None) == (seen is None)
            if seen is not None:
                values = [theirs[k] for k in ("x", "y", "opacity", "light")]
                assert values == pytest.approx(list(seen))
        for theirs, wire in zip(got["wires"], mine.wires, strict=True):
            assert (theirs is None) == (wire is None)
            if wire is not None:
                assert np.asarray(theirs["path"]) == pytest.approx(np.asarray(wire[0]))
        dots = {k: d for k, d in enumerate(got["dots"]) if d is not None}
        assert {k: tuple(d) for k, d in dots.items()} == {
            k: pytest.approx((x, y)) for x, y, k in mine.dots
        }
        assert got["caption"][1] == mine.caption.title


def test_keys_go_from_stage_to_stage(opened: Any, tmp_path: Path) -> None:
    path = animate(trained(2), tmp_path / "film.html")
    page = opened(path, reduced_motion="reduce")
    assert page.evaluate("gradloom.filmPlayer.playing") is False
    assert page.inner_text("#words").startswith("inputs")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#words").startswith("0: h = np.tanh(h @ w + b)")
    page.keyboard.press("End")
    assert page.inner_text("#words").startswith("results")


def test_it_plays_by_itself_and_space_stops_it(opened: Any, tmp_path: Path) -> None:
    path = animate(trained(1), tmp_path / "film.html")
    page = opened(path, reduced_motion="no-preference")
    page.locator("#words:not(:has-text('inputs'))").wait_for()
    page.keyboard.press(" ")
    assert page.evaluate("gradloom.filmPlayer.playing") is False


def test_cards_and_themes_are_shown(opened: Any, tmp_path: Path) -> None:
    film = film_of(rewritten().history)
    page = opened(write_film(film, tmp_path / "film.html"), reduced_motion="reduce")
    there = sum(seen is not None for seen in frame_at(film, 0).cards)
    expect(page.locator(".card:visible")).to_have_count(there)
    paper = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(paper)
    page.keyboard.press("t")
    assert page.evaluate(paper) != before


def test_hostile_names_are_texts(opened: Any, tmp_path: Path) -> None:
    graph = build.graph_of(lambda x: o.tanh(x), [parse_type("f64[3]")], [HOSTILE], HOSTILE)
    page = opened(animate(graph, tmp_path / "film.html"))
    assert page.inner_text("h1") == HOSTILE
    expect(page.locator("img")).to_have_count(0)
    assert page.title() == HOSTILE
