"""The page of a timeline, in a browser: what it shows, and everything that one can do with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

pytest.importorskip("msgspec")

import gradloom as gl
from tests.viz.timelines.runs import HOSTILE, busy, one_call, run

Shown = Callable[..., Any]
VIEW = "[gradloom.lanes.view.a, gradloom.lanes.view.b]"
SETTLED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture
def shown(opened: Any, tmp_path: Path) -> Shown:
    """Opens the page of some events."""

    def show(events: Any, **settings: Any) -> Any:
        page = opened(gl.viz.timeline(events, tmp_path / "run.html"), **settings)
        page.evaluate(SETTLED)
        return page

    return show


def place(page: Any, kind: str, which: int = 0) -> tuple[float, float]:
    """Where on the screen a bar of this kind of event is."""
    x, y = page.evaluate(
        """([kind, which]) => {
          const {bars, text, d} = gradloom.run, {x, bands} = gradloom.lanes;
          const i = [...bars.kind.keys()].filter(i => text(bars.kind[i]) === kind)[which];
          const lane = d.lanes[bars.lane[i]];
          const strip = bands[lane.owner].strips.find(s => s.part === lane.what);
          const y = strip.y + (bars.row[i] + 0.5) * strip.height / strip.rows;
          return [(x(bars.start[i]) + x(bars.end[i])) / 2, y];
        }""",
        [kind, which],
    )
    box = page.locator("#bars").bounding_box()
    return box["x"] + x, box["y"] + y


def colours(page: Any, selector: str) -> int:
    """How many colours a canvas has."""
    found: int = page.evaluate(
        """selector => {
          const c = document.querySelector(selector);
          const image = c.getContext("2d").getImageData(0, 0, c.width, c.height);
          return new Set(new Uint32Array(image.data.buffer)).size;
        }""",
        selector,
    )
    return found


def test_the_page_shows_lanes_figures_and_the_chain(shown: Shown) -> None:
    page = shown(one_call())
    assert page.inner_text("#summary").startswith("10 s · 1 client · 2 workers")
    assert colours(page, "#bars") > 8
    assert colours(page, "#map") > 4
    assert colours(page, "#axis") > 1
    words = page.inner_text("#words")
    for part in ("worker-0", "50.0%", "matmul", "3 s", "Critical path", "step: matmul, tanh"):
        assert part in words


def test_pointing_and_clicking_tell_what_a_bar_is(shown: Shown) -> None:
    page = shown(one_call())
    page.mouse.move(*place(page, "run"))
    assert "took 4 s" in page.inner_text("#tip")
    assert "waited 2 s" in page.inner_text("#tip")
    page.mouse.click(*place(page, "run"))
    told = page.inner_text("#details")
    for part in ("step: matmul, tanh", "worker-0", "session", "matmul 75.0%, tanh 25.0%", "ab12"):
        assert part in told


def test_a_transfer_is_followed_from_end_to_end(shown: Shown) -> None:
    page = shown(one_call())
    page.mouse.click(*place(page, "send"))
    page.click("#details button:has-text('receive at client-3')")
    assert "receive" in page.inner_text("#details dl")
    page.click("#details button:has-text('send at worker-0')")
    assert "send" in page.inner_text("#details dl")


def test_a_run_leads_to_its_call(shown: Shown) -> None:
    page = shown(one_call())
    page.mouse.click(*place(page, "run"))
    page.click("#details button:has-text('call at client-3')")
    assert "client-3" in page.inner_text("#details dl")
    assert page.evaluate("gradloom.lanes.view.selected.mark") is not None


def test_the_wheel_zooms_about_the_pointer_and_dragging_pans(shown: Shown) -> None:
    page = shown(busy(2, 300))
    a, b = page.evaluate(VIEW)
    x, y = place(page, "run", 5)
    at = f"gradloom.lanes.time({x} - document.getElementById('bars').getBoundingClientRect().left)"
    before = page.evaluate(at)
    page.mouse.move(x, y)
    page.mouse.wheel(0, -400)
    page.evaluate(SETTLED)
    c, d = page.evaluate(VIEW)
    assert d - c < (b - a) * 0.6
    assert page.evaluate(at) == pytest.approx(before, abs=(b - a) / 700)  # a pixel
    page.mouse.down()
    page.mouse.move(x - 200, y)
    page.mouse.up()
    e, f = page.evaluate(VIEW)
    assert e > c
    assert f - e == pytest.approx(d - c)


def test_keys_move(shown: Shown) -> None:
    page = shown(one_call())
    keys = {"w": "in", "s": "out", "a": "left", "d": "right", "ArrowLeft": "left",
            "ArrowRight": "right", "+": "in", "-": "out"}  # fmt: skip
    for key, moves in keys.items():
        page.keyboard.press("0")
        page.keyboard.press("w")
        a, b = page.evaluate(VIEW)
        page.keyboard.press(key)
        c, d = page.evaluate(VIEW)
        was = {"in": d - c < b - a, "out": d - c > b - a, "left": c < a, "right": c > a}
        assert was[moves], key
    page.keyboard.press("0")
    assert page.evaluate(VIEW) == [0, 10_000_000]


def test_a_stretch_is_measured(shown: Shown) -> None:
    page = shown(one_call())
    page.keyboard.press("m")
    assert page.get_attribute("#measure", "aria-pressed") == "true"
    box = page.locator("#bars").bounding_box()
    a, b = (box["x"] + page.evaluate(f"gradloom.lanes.x({t}e6)") for t in (2, 6))
    page.mouse.move(a, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(b, box["y"] + 60, steps=4)
    page.mouse.up()
    sums = page.evaluate("gradloom.run.sums(2e6, 6e6)")
    assert sums["runs"] == 1
    assert "4 s measured" in page.inner_text("#details").replace("3.99", "4").replace("4.01", "4")
    told = page.evaluate("[...gradloom.run.sums(2e6, 6e6).kinds.values()]")
    assert sorted(told) == [0.5e6, 1e6, 1.5e6]  # the building, and two seconds by their shares
    page.keyboard.press("Escape")
    assert page.evaluate("gradloom.lanes.view.measured") is None


def test_filters_and_search_leave_what_matches(shown: Shown) -> None:
    page = shown(busy(2, 300))
    everything = page.evaluate("gradloom.run.shown.length")
    page.select_option("#by-kind", label="exp")
    found = page.evaluate("gradloom.run.shown.reduce((a, b) => a + b)")
    assert 0 < found < everything
    assert page.inner_text("#found") == f"{found} bars"
    page.select_option("#by-owner", label="worker-1")
    assert page.evaluate("gradloom.run.shown.reduce((a, b) => a + b)") < found
    page.select_option("#by-kind", label="all ops")
    page.select_option("#by-owner", label="all workers")
    page.select_option("#by-session", label="session 1")
    assert 0 < page.evaluate("gradloom.run.shown.reduce((a, b) => a + b)") < everything
    page.select_option("#by-session", label="all sessions")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("ALERT(1)")
    page.keyboard.press("Enter")
    assert "error" in page.inner_text("#details")


def test_keys_alone_go_from_bar_to_bar(shown: Shown) -> None:
    page = shown(one_call())
    seen = []
    for _ in range(3):
        page.keyboard.press("n")
        seen.append(page.inner_text("#details h2"))
    assert all(seen)
    page.mouse.click(*place(page, "build"))
    page.keyboard.press("n")
    assert "run" in page.inner_text("#details dl")
    page.keyboard.press("p")
    assert "build" in page.inner_text("#details dl")
    assert "build" in page.inner_text("#spoken")


def test_the_map_moves_the_view(shown: Shown) -> None:
    page = shown(one_call())
    for _ in range(4):
        page.keyboard.press("w")
    box = page.locator("#map").bounding_box()
    page.mouse.click(box["x"] + box["width"] - 30, box["y"] + 10)
    assert page.evaluate(VIEW)[1] > 9e6


def test_the_table_tells_the_events_in_view(shown: Shown) -> None:
    page = shown(one_call())
    page.click("#events summary")
    rows = page.locator("#events tbody tr")
    expect(rows).to_have_count(7)  # the two who came before are not in view
    rows.nth(5).locator("button").click()
    assert page.inner_text("#details dl")
    page.click("#search")
    page.keyboard.type("step")
    expect(rows).not_to_have_count(7)


def test_a_long_table_has_pages(shown: Shown) -> None:
    page = shown(busy(2, 500))
    page.click("#events summary")
    page.locator("#events tbody tr").first.wait_for()  # the browser tells of the opening later
    expect(page.locator("#events tbody tr")).to_have_count(200)
    first = page.inner_text("#events tbody tr >> nth=0")
    page.click("#events button:has-text('later')")
    assert page.inner_text("#events tbody tr >> nth=0") != first
    page.wait_for_timeout(
        400
    )  # the table follows the view, which did not move since it came to rest
    expect(page.locator("#events caption")).to_contain_text("from number 201")
    page.keyboard.press("+")
    expect(page.locator("#events caption")).to_contain_text("from number 1")


def test_both_themes_are_drawn_and_the_button_changes_them(shown: Shown) -> None:
    page = shown(one_call(), color_scheme="dark")
    dark = page.evaluate("gradloom.lanes.colours().ink")
    page.keyboard.press("t")
    page.evaluate(SETTLED)
    assert page.evaluate("gradloom.lanes.colours().ink") != dark


def test_everything_has_a_name_for_those_who_listen(shown: Shown) -> None:
    page = shown(one_call())
    assert page.get_attribute("#bars", "aria-label").startswith("Lanes: 10 s")
    unnamed = page.evaluate(
        """[...document.querySelectorAll("button,input,select,canvas,aside,section")].filter(e =>
          !(e.getAttribute("aria-label") || e.getAttribute("aria-hidden") || e.textContent.trim()
            || e.labels?.length)).map(e => e.outerHTML)"""
    )
    assert unnamed == []
    page.focus("#bars")
    assert page.evaluate("document.activeElement.id") == "bars"


def test_hostile_names_are_texts(shown: Shown) -> None:
    events = [run(0, 1, HOSTILE, command=HOSTILE, detail=HOSTILE, program=HOSTILE, peer=HOSTILE)]
    page = shown(events)
    page.mouse.move(*place(page, "run"))
    page.mouse.click(*place(page, "run"))
    page.click("#events summary")
    page.locator("#events tbody tr").first.wait_for()
    expect(page.locator("img")).to_have_count(0)
    assert HOSTILE in page.inner_text("#details")


@pytest.mark.parametrize(
    "events", [[], [run(1.0, 1.0)], one_call()[:2]], ids=["none", "one", "who"]
)
def test_little_is_shown_as_well(shown: Shown, events: Any) -> None:
    page = shown(events)
    page.keyboard.press("w")
    page.keyboard.press("n")
    page.evaluate(SETTLED)
    assert page.inner_text("h1") == "events"


def test_a_narrow_screen_and_paper_lose_nothing(shown: Shown) -> None:
    page = shown(one_call(), viewport={"width": 500, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 500
    page.emulate_media(media="print")
    assert not page.locator("#tools").is_visible()
    assert page.locator("#words").is_visible()


@pytest.mark.slow
def test_a_hundred_thousand_events_are_fluid(shown: Shown) -> None:
    page = shown(busy(16, 100_000))
    took = page.evaluate(
        """() => { const begun = performance.now();
          for (let i = 0; i < 5; i++) gradloom.lanes.draw();
          return (performance.now() - begun) / 5; }"""
    )
    assert took < 1_000  # some 20 ms on an idle machine
    assert colours(page, "#bars") > 8
