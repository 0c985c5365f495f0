"""The controls of pages that move, in a browser: what they do by mouse, by keys, and for people
who want less motion.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradloom.viz.writers.page import page

SHOWN = """
const drawn = [];
const player = gradloom.player({
  into: document.querySelector("main"), duration: DURATION, draw: t => drawn.push(t),
  stops: [0, 1, 2.5], told: t => t < 1 ? "first <b>" : t < 2.5 ? "second" : "third",
});
"""


@pytest.fixture
def moving(opened: Any, tmp_path: Path) -> Callable[..., Any]:
    """Opens a page with a player of so many seconds."""

    def show(duration: float = 4.0, **settings: Any) -> Any:
        text = page("moving", "<main></main>", {}, ["player.js"], ["player.css"])
        script = SHOWN.replace("DURATION", str(duration))
        file = tmp_path / f"moving{duration}.html"
        file.write_text(text.replace("</body>", f"<script>{script}</script></body>"), "utf-8")
        return opened(file, **settings)

    return show


def until(shown: Any, condition: str) -> None:
    """Wait until this holds in the page (Playwright's own way to wait wants eval, which the pages'
    policy forbids).
    """
    for _ in range(1000):
        if shown.evaluate(condition):
            return
        shown.wait_for_timeout(10)
    raise AssertionError(f"never came: {condition}")


def still(moving: Callable[..., Any], **settings: Any) -> Any:
    """A page that stands, at its beginning."""
    shown = moving(reduced_motion="reduce", **settings)
    assert shown.evaluate("[player.playing, player.time]") == [False, 0]
    return shown


def test_it_plays_by_itself_and_space_stops_it(moving: Callable[..., Any]) -> None:
    shown = moving()
    until(shown, "player.time > 0.05")
    shown.keyboard.press("Space")
    assert not shown.evaluate("player.playing")
    assert shown.get_attribute("#play", "aria-label") == "Play (space)"
    shown.click("#play")
    assert shown.evaluate("player.playing")


def test_what_is_drawn_never_leaves_the_duration_and_goes_round(
    moving: Callable[..., Any],
) -> None:
    shown = moving(0.2)
    until(shown, "drawn.some((t, i) => i && t < drawn[i - 1])")
    assert shown.evaluate("drawn.every(t => t >= 0 && t <= 0.2)")


def test_without_a_loop_it_ends_at_the_end(moving: Callable[..., Any]) -> None:
    shown = moving(0.2)
    shown.keyboard.press("l")
    until(shown, "!player.playing")
    assert shown.evaluate("player.time") == 0.2
    assert shown.get_attribute("#loop", "aria-pressed") == "false"


def test_keys_step_from_stop_to_stop_and_jump_to_the_ends(moving: Callable[..., Any]) -> None:
    shown = still(moving)
    seen = []
    keys = ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "Home", "End")
    for key in keys:
        shown.keyboard.press(key)
        seen.append(shown.evaluate("player.time"))
    assert seen == [1, 2.5, 4, 2.5, 0, 4]
    assert shown.inner_text("#words") == "third"
    assert shown.inner_text("#spoken") == "third"  # what the last step said


def test_the_bar_scrubs_and_tells_the_moment(moving: Callable[..., Any]) -> None:
    shown = still(moving)
    assert shown.inner_text("#words") == "first <b>"
    shown.fill("#scrub", "1.5")
    assert shown.evaluate("[player.time, drawn.at(-1)]") == [1.5, 1.5]
    assert shown.inner_text("#clock") == "1.5 s / 4.0 s"
    assert shown.get_attribute("#scrub", "aria-valuetext") == "1.5 s, second"


def test_who_wants_less_motion_sees_stops_alone(moving: Callable[..., Any]) -> None:
    shown = still(moving)
    shown.select_option("#speed", "4")
    shown.click("#play")
    until(shown, "player.time === 2.5")
    assert set(shown.evaluate("drawn")) == {0, 1, 2.5}


def test_a_page_of_one_moment_stands(moving: Callable[..., Any]) -> None:
    shown = moving(0)
    assert shown.evaluate("[player.playing, player.time, drawn]") == [False, 0, [0]]
    assert shown.is_disabled("#play")
    assert shown.is_disabled("#scrub")


def test_keys_change_speed_and_theme(moving: Callable[..., Any]) -> None:
    shown = still(moving, color_scheme="light")
    shown.keyboard.press("+")
    assert shown.evaluate("player.speed") == 2
    assert shown.input_value("#speed") == "2"
    shown.keyboard.press("t")
    assert shown.evaluate("gradloom.isDark()")


def test_every_control_has_a_name(moving: Callable[..., Any]) -> None:
    shown = still(moving)
    for control in shown.locator("button, input, select").all():
        assert control.get_attribute("aria-label")
