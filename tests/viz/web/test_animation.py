"""The page of an animation, in a browser: dots at their times, words for them, names as texts."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

import gradloom as gl
from gradloom.viz import AllReduceStrategy, Schedule, Transfer
from gradloom.viz.animation import ring

HOSTILE = "</script><img src=x onerror=alert(1)>"
PIXELS = """(() => {
  const c = document.getElementById("canvas"), small = document.createElement("canvas");
  [small.width, small.height] = [64, 48];
  const pen = small.getContext("2d", {willReadFrequently: true});
  pen.drawImage(c, 0, 0, 64, 48);
  return [...pen.getImageData(0, 0, 64, 48).data];
})()"""


def differ(a: list[int], b: list[int]) -> bool:
    """Whether pixels differ by more than what a line's smooth edge may."""
    return max(abs(x - y) for x, y in zip(a, b, strict=True)) > 24


def standing(opened: Any, thing: Any, tmp_path: Path, **options: Any) -> Any:
    """The page of a thing, at its beginning, for one who wants less motion."""
    path = gl.viz.animate(thing, tmp_path / "page.html", **options)
    return opened(path, reduced_motion="reduce")


def seek(shown: Any, share: float) -> None:
    shown.evaluate(f"gradloom.film.seek(gradloom.film.duration * {share})")


@pytest.mark.parametrize("thing", ["ring", "hierarchical", AllReduceStrategy()])
def test_what_is_drawn_moves_and_comes_back(opened: Any, thing: Any, tmp_path: Path) -> None:
    shown = standing(opened, thing, tmp_path)
    pictures = []
    for share in (0.3, 0.6, 0.3):
        seek(shown, share)
        pictures.append(shown.evaluate(PIXELS))
    assert len(set(pictures[0])) > 10
    assert differ(pictures[0], pictures[1])
    assert not differ(pictures[0], pictures[2])


def test_words_name_the_transfers_of_the_moment(opened: Any, tmp_path: Path) -> None:
    shown = standing(opened, ring(4, 4000), tmp_path)
    seek(shown, 0.4)
    now = shown.locator("#now li").all_inner_texts()
    assert len(now) == 4
    assert all("1 kB" in line and "reduce-scatter" in line for line in now)
    assert shown.inner_text("#words").startswith("Reduce-scatter, step ")
    assert "/" in shown.inner_text("#clock")
    assert shown.get_attribute("#canvas", "aria-label").startswith("Ring all-reduce: 4 nodes")


def test_arrows_go_from_step_to_step(opened: Any, tmp_path: Path) -> None:
    shown = standing(opened, ring(3, 3000, compute=[0.0] * 3), tmp_path)
    words = []
    for _ in range(4):
        words.append(shown.inner_text("#words"))
        shown.keyboard.press("ArrowRight")
    assert words[0].startswith("Reduce-scatter, step 1 of 4")
    assert words[3].startswith("All-gather, step 4 of 4")
    assert shown.inner_text("#words") == "Done"


def test_pointing_at_a_dot_tells_what_it_is(opened: Any, tmp_path: Path) -> None:
    move = Transfer(0, 1, 5000, 0.0, 1.0)
    shown = standing(opened, Schedule("one", ("a", "b"), (move,)), tmp_path)
    seek(shown, 0.47)  # half way: the end stands for 6 % of the film
    box = shown.locator("#canvas").bounding_box()
    shown.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + 4)
    assert shown.inner_text("#tip") == "a → b: send, 5 kB in 1 s"
    shown.mouse.move(box["x"] + 5, box["y"] + 5)
    assert not shown.is_visible("#tip")


def test_all_transfers_are_listed_when_asked_for(opened: Any, tmp_path: Path) -> None:
    shown = standing(opened, ring(3), tmp_path)
    shown.click("#all summary")
    shown.wait_for_selector("#table tr:nth-child(13)")
    expect(shown.locator("#table tr")).to_have_count(13)


def test_hostile_names_are_texts(opened: Any, tmp_path: Path) -> None:
    move = Transfer(0, 1, 5, 0.0, 1.0)
    shown = standing(opened, Schedule(HOSTILE, (HOSTILE, "b"), (move,)), tmp_path)
    seek(shown, 0.3)
    assert shown.inner_text("#title") == HOSTILE
    assert HOSTILE in shown.inner_text("#now")
    expect(shown.locator("img")).to_have_count(0)


def test_the_theme_is_the_one_asked_for_and_can_be_changed(opened: Any, tmp_path: Path) -> None:
    shown = standing(opened, "ring", tmp_path, theme="light")
    light = shown.evaluate(PIXELS)
    shown.keyboard.press("t")
    assert shown.evaluate("gradloom.isDark()")
    assert differ(shown.evaluate(PIXELS), light)


def test_picture_and_controls_fit_the_window(opened: Any, tmp_path: Path) -> None:
    for width, height in ((1200, 800), (900, 500), (390, 800)):
        path = gl.viz.animate("ring", tmp_path / "page.html")
        shown = opened(path, viewport={"width": width, "height": height})
        assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if width > 760:
            assert (
                shown.evaluate("document.querySelector('.player').getBoundingClientRect().bottom")
                <= height
            )


def test_an_svg_of_a_schedule_moves_without_a_script(opened: Any, tmp_path: Path) -> None:
    move = Transfer(0, 1, 5000, 0.0, 1.0)
    path = gl.viz.animate(Schedule("one", ("a", "b"), (move,)), tmp_path / "one.svg", duration=10)
    shown = opened(path)
    places = []
    for seconds in (2, 8):
        shown.evaluate(
            "t => { document.documentElement.pauseAnimations();"
            " document.documentElement.setCurrentTime(t); }",
            seconds,
        )
        dot = "[...document.querySelectorAll('title')].find(t => t.textContent.includes('5 kB'))"
        places.append(shown.evaluate(f"{dot}.parentElement.getBoundingClientRect().x"))
    assert places[1] - places[0] > 100
