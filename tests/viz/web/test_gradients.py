"""The gradient debugger in a browser: what is chosen and edited, and what becomes of it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from gradloom.viz.gradients.debugger import Gradients
from gradloom.viz.gradients.page import write_page
from gradloom.viz.gradients.server import Server, serve
from gradloom.viz.palette import contrast
from tests.viz.web.debugged import INPUT, WORD, Network, by_differences, cell, network
from tests.viz.web.test_accessible import CONTROLS, NAMELESS, TEXTS, channels

for _needed in ("starlette", "uvicorn", "websockets"):
    pytest.importorskip(_needed, reason=f"no {_needed} here: the debugger is not served")

GRADIENT = "gradients.app.model.layers[0].gradient"
EDITED = "#input .mark.edited"


# ---- looking ------------------------------------------------------------


def test_a_click_chooses_a_cell_and_its_paths_light_up_both_ways(frozen: Any) -> None:
    frozen.select_option("#layer", "conv")
    frozen.check("#absolute")
    frozen.fill("#threshold-number", "0")
    frozen.keyboard.press("Enter")
    cell(frozen, "own", 1, 2)
    assert "[1, 2]" in frozen.inner_text("#panel-body")
    reached = frozen.evaluate(
        "gradients.app.paths.cells.map(set => [...set].sort((a, b) => a - b))"
    )
    assert reached == [[7, 8, 12, 13], [6], [0, 1, 2], [0]]  # the kernel is 2 by 2, the rest dense
    assert frozen.locator("path.link.path").count() == 4 + 3 + 3


def test_the_links_that_are_told_are_those_of_python(frozen: Any, tmp_path: Path) -> None:
    debugger, _ = network(tmp_path)
    flow = debugger.flows[1]
    frozen.select_option("#layer", "conv")
    told = frozen.evaluate("gradients.app.model.flows[1].values")
    assert told == flow.values.tolist()
    frozen.select_option("#links", "slope")
    assert flow.slopes is not None
    assert frozen.evaluate("gradients.app.model.flows[1].values") == flow.slopes.tolist()


def test_a_threshold_parts_strong_links_from_weak_ones_with_sign_and_without(frozen: Any) -> None:
    values = np.array(frozen.evaluate("gradients.app.model.flows.flatMap(f => f.values)"))
    assert float(frozen.get_attribute("#threshold", "max")) == np.abs(values).max()
    middle = float(np.median(values))
    values_of = "gradients.app.model.flows.flatMap(f => f.values)"
    count = f"{values_of}.filter(x => gradients.app.passes(x)).length"
    frozen.uncheck("#absolute")
    low, high = (float(frozen.get_attribute("#threshold", end)) for end in ("min", "max"))
    assert (low, high) == (min(values.min(), 0), max(values.max(), 0))
    frozen.fill("#threshold-number", str(middle))
    frozen.keyboard.press("Enter")
    assert frozen.evaluate(count) == int((values > middle).sum())
    frozen.check("#absolute")
    assert float(frozen.get_attribute("#threshold", "min")) == 0
    assert frozen.evaluate(count) == int((np.abs(values) > abs(middle)).sum())


def test_offsets_move_the_marks_in_input_and_target(frozen: Any) -> None:
    frozen.select_option("#layer", "input")
    cell(frozen, "own", 2, 3)
    for name in ("input", "target"):
        frozen.click(f"[aria-labelledby='{name}-title'] summary")
    mark = "#{} .mark.chosen"
    assert frozen.get_attribute(mark.format("input"), "data-cell") == "2,3"
    for name, offset in {"input-row": 1, "input-column": 2, "target-row": 2}.items():
        frozen.fill(f"#{name}", str(offset))
        frozen.keyboard.press("Enter")
    assert frozen.get_attribute(mark.format("input"), "data-cell") == "1,1"
    assert frozen.get_attribute(mark.format("target"), "data-cell") == "0,3"
    frozen.fill("#target-row", "9")
    frozen.keyboard.press("Enter")
    expect(frozen.locator(mark.format("target"))).to_have_count(0)  # it is outside


def test_a_region_is_dragged_or_written_and_leaves_cells_out_of_the_flow(frozen: Any) -> None:
    frozen.select_option("#layer", "conv")
    cell(frozen, "own", 0, 0)
    size = frozen.evaluate("gradients.app.heats.own.cellSize")
    frozen.locator("#own").scroll_into_view_if_needed()
    box = frozen.locator("#own canvas").bounding_box()
    frozen.mouse.move(box["x"] + size * 1.5, box["y"] + size * 0.5)
    frozen.mouse.down()
    frozen.mouse.move(box["x"] + size * 2.5, box["y"] + size * 1.5, steps=3)
    frozen.mouse.up()
    assert frozen.evaluate("gradients.app.state.regions") == {"conv": [0, 2, 1, 3]}
    nodes = {f"1:{c}" for c in (1, 2, 5, 6)} | {"1:0"}  # and the chosen one
    shown = frozen.locator("[data-node^='1:']").evaluate_all("all => all.map(e => e.dataset.node)")
    assert set(shown) == nodes
    frozen.click("#own-all")
    expect(frozen.locator("[data-node^='1:']")).to_have_count(12)
    frozen.click("[aria-labelledby='own-title'] summary")
    frozen.fill("#pictures [aria-labelledby='own-title'] .region input >> nth=1", "0")
    frozen.keyboard.press("Enter")
    assert frozen.evaluate("gradients.app.state.regions") == {"conv": [0, 1, 0, 4]}


def test_a_frozen_page_says_why_it_does_not_edit(frozen: Any) -> None:
    cell(frozen, "input", 0, 0)
    expect(frozen.locator("#told")).to_contain_text("frozen")
    expect(frozen.locator(EDITED)).to_have_count(0)
    assert frozen.is_disabled("#save")
    assert frozen.is_disabled("#render")


def test_what_is_chosen_outlives_a_reload(frozen: Any) -> None:
    frozen.select_option("#layer", "conv")
    cell(frozen, "own", 2, 1)
    frozen.fill("#z", "3")
    frozen.keyboard.press("Enter")
    frozen.reload()
    assert frozen.input_value("#layer") == "conv"
    assert frozen.input_value("#z") == "3"
    assert frozen.evaluate("gradients.app.state.node") == 9


def test_a_state_from_a_broken_address_is_passed_over(opened: Any, tmp_path: Path) -> None:
    path = write_page(network(tmp_path)[0], tmp_path / "page.html")
    for broken in (
        "#%7B%22layer%22%3A99%2C%22node%22%3A-1%2C%22offsets%22%3A%7B%7D%7D",
        "#%",
        "#%7B%22versus%22%3A%22x%22%2C%22quantity%22%3A%22x%22%2C%22leads%22%3A%7B%22conv%22%3A1%7D%7D",
    ):
        page = opened(path.as_uri() + broken)
        assert page.evaluate("gradients.app.model.layers.length") == 4
        expect(page.locator("#panel-body h2")).to_be_visible()


def test_the_line_of_code_and_the_graph_node_are_told(frozen: Any) -> None:
    frozen.select_option("#layer", "conv")
    assert frozen.inner_text("#graph-node") == "%1"
    assert "debugged.py:29" in frozen.inner_text("#panel-body")
    own = Path(__file__).with_name("debugged.py").read_text().splitlines()[28]
    assert frozen.inner_text(".code .own").split() == ["29", *own.split()]


# ---- editing ------------------------------------------------------------


def test_a_toggled_cell_changes_flows_to_what_differences_say(live: Any, running: Any) -> None:
    debugger = running[0]
    for row, column in ((0, 0), (2, 3)):
        before = debugger.input[row, column]
        cell(live, "input", row, column)
        live.locator(f"{EDITED}[data-cell='{row},{column}']").wait_for()
        assert debugger.input[row, column] == (0 if before > 0 else 1)
    shown = live.evaluate(GRADIENT)
    wanted = [by_differences(debugger.input, i) for i in range(INPUT.size)]
    assert shown == pytest.approx(wanted, abs=1e-6)
    flow = live.evaluate("gradients.app.model.flows[0]")
    sums = np.zeros(INPUT.size)
    np.add.at(sums, flow["rows"], flow["values"])
    assert sums.tolist() == pytest.approx(wanted, abs=1e-6)


def test_z_is_what_an_empty_cell_becomes_and_undo_takes_it_back(live: Any, running: Any) -> None:
    debugger = running[0]
    empty = tuple(int(i) for i in np.argwhere(INPUT == 0)[0])
    live.fill("#z", "-2.5")
    live.keyboard.press("Enter")
    cell(live, "input", *empty)
    live.locator(EDITED).wait_for()
    assert debugger.input[empty] == -2.5
    live.click("#undo")
    expect(live.locator(EDITED)).to_have_count(0)
    assert (debugger.input == INPUT).all()


def test_everything_is_done_by_keys_alone(live: Any, running: Any) -> None:
    live.keyboard.press("]")
    live.keyboard.press("i")
    live.keyboard.press("i")  # to the input and to the chosen layer
    for _ in range(3):
        live.keyboard.press("ArrowUp")
        live.keyboard.press("ArrowLeft")
    live.keyboard.press("ArrowDown")
    live.keyboard.press("ArrowRight")
    assert live.evaluate("[gradients.app.state.layer, gradients.app.state.node]") == [1, 5]
    live.keyboard.press("a")
    before = live.evaluate("gradients.app.state.threshold")
    live.keyboard.press("-")
    assert live.evaluate("gradients.app.state.threshold") < before
    live.keyboard.press("i")
    live.keyboard.press("ArrowRight")
    live.keyboard.press(" ")
    live.locator(f"{EDITED}[data-cell='0,1']").wait_for()
    live.keyboard.press("c")
    assert live.evaluate("gradients.app.state.versus") == "opened"
    live.keyboard.press("u")
    expect(live.locator(EDITED)).to_have_count(0)
    live.keyboard.press("?")
    expect(live.locator("#keys")).to_be_visible()


def test_save_is_enabled_by_an_edit_and_what_is_saved_can_be_read(live: Any, running: Any) -> None:
    debugger, source, _ = running
    assert live.is_disabled("#save")
    cell(live, "input", 1, 1)
    live.locator(EDITED).wait_for()
    live.fill("#file", "mine.npy")
    live.keyboard.press("Enter")
    live.click("#save")
    expect(live.locator("#told")).to_contain_text("mine.npy")
    assert (np.load(source.folder / "mine.npy", allow_pickle=False) == debugger.input).all()
    live.fill("#file", "../mine.npy")
    live.keyboard.press("Enter")
    live.click("#save")
    expect(live.locator("#told")).to_contain_text("no plain file name")


def test_render_reads_what_another_program_wrote_and_keeps_what_is_chosen(
    live: Any, running: Any
) -> None:
    source = running[1]
    live.select_option("#layer", "conv")
    cell(live, "own", 1, 1)
    other = 1 - INPUT
    np.save(source.folder / "input.npy", other)
    live.click("#render")
    expect(live.locator("#input-now")).to_have_text(f"[0, 0]: {other[0, 0]:g}")
    wanted = [by_differences(other, i) for i in range(INPUT.size)]
    assert live.evaluate(GRADIENT) == pytest.approx(wanted, abs=1e-6)
    assert live.evaluate("[gradients.app.state.layer, gradients.app.state.node]") == [1, 5]


def test_the_change_since_the_start_is_the_difference(live: Any) -> None:
    before = np.array(live.evaluate(GRADIENT))
    cell(live, "input", 0, 0)
    live.locator(EDITED).wait_for()
    after = np.array(live.evaluate(GRADIENT))
    assert not np.allclose(before, after)
    live.select_option("#versus", "change")
    assert live.evaluate(GRADIENT) == pytest.approx((after - before).tolist())
    live.select_option("#versus", "opened")
    assert live.evaluate(GRADIENT) == before.tolist()


@pytest.mark.slow
def test_two_pages_show_the_same(live: Any, running: Any, opened: Any) -> None:
    second = opened(running[2].url)
    expect(second.locator("#status")).to_have_text("live")
    cell(live, "input", 3, 4)
    second.locator(f"{EDITED}[data-cell='3,4']").wait_for()
    assert second.evaluate(GRADIENT) == live.evaluate(GRADIENT)


# ---- what goes wrong ------------------------------------------------------------


def test_a_program_that_dies_is_told_and_the_page_keeps_what_it_has(
    live: Any, running: Any
) -> None:
    source = running[1]
    before = live.evaluate(GRADIENT)
    source.broken = f"the program is gone {WORD}"
    cell(live, "input", 0, 0)
    expect(live.locator("#told")).to_contain_text("the program is gone")
    assert live.evaluate(GRADIENT) == before
    source.broken = ""
    cell(live, "input", 0, 1)
    expect(live.locator(EDITED)).to_have_count(2)
    expect(live.locator("#told")).to_be_hidden()


def test_a_server_that_ends_is_told_and_the_page_comes_back_to_it(
    opened: Any, tmp_path: Path
) -> None:
    debugger, _ = network(tmp_path)
    server = serve(debugger)
    page = opened(server.url, expected=("ERR_CONNECTION_REFUSED", "WebSocket connection"))
    expect(page.locator("#status")).to_have_text("live")
    page.select_option("#layer", "dense")
    server.stop()
    expect(page.locator("#status")).to_contain_text("no answer")
    cell(page, "input", 0, 0)
    expect(page.locator("#told")).to_contain_text("does not answer")
    assert page.is_disabled("#save")
    assert page.input_value("#layer") == "dense"
    server = Server(debugger, server.port, token=server.token)
    try:
        expect(page.locator("#status")).to_have_text("live", timeout=10_000)
        cell(page, "input", 0, 0)
        page.locator(EDITED).wait_for()
    finally:
        server.stop()


def test_hostile_names_are_texts(opened: Any, tmp_path: Path) -> None:
    source = Network(tmp_path, title=WORD)
    source.names = ["input", WORD, "dense", "loss"]
    page = opened(write_page(Gradients(source), tmp_path / "page.html"))
    assert page.inner_text("h1") == WORD
    page.select_option("#layer", index=1)
    assert page.inner_text("#panel-body h2") == WORD
    expect(page.locator("img")).to_have_count(0)


def test_numbers_that_are_not_finite_are_named(opened: Any, tmp_path: Path) -> None:
    debugger, _ = network(tmp_path)
    debugger.set_cell(0, 0, value=np.nan)
    page = opened(write_page(debugger, tmp_path / "page.html"))
    assert "NaN" in page.inner_text("#panel-body")
    page.select_option("#quantity", "activation")
    assert "1 not finite" in page.inner_text("[aria-labelledby='own-title'] .told")


# ---- everyone ------------------------------------------------------------


def test_every_control_has_a_name(live: Any) -> None:
    assert live.locator(CONTROLS).evaluate_all(NAMELESS) == []
    assert live.title() == "network"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_can_be_read(theme: str, running: Any, opened: Any) -> None:
    page = opened(running[2].url, color_scheme=theme)
    expect(page.locator("#status")).to_have_text("live")
    cell(page, "input", 0, 0)
    page.locator(EDITED).wait_for()
    found = page.evaluate(TEXTS)
    assert len(found) > 20
    weak = [t for t, ink, paper in found if contrast(channels(ink), channels(paper)) < 4.5]
    assert weak == []


def test_it_can_be_printed(frozen: Any) -> None:
    assert frozen.pdf().startswith(b"%PDF")
