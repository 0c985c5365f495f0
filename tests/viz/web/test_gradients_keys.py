"""The debugger's page without a pointer: all that can be chosen, by keys; what is read out."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

import gradloom as gl

RNG = np.random.default_rng(5)
DEEP = RNG.normal(size=(2, 3, 4, 5))
PICTURES = RNG.normal(size=(6, 6, 3))


def chosen(page: Any) -> list[int]:
    """Layer and cell."""
    return list(page.evaluate("[gradients.app.state.layer, gradients.app.state.node]"))


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


@pytest.fixture
def deep(opened: Any, tmp_path: Path) -> Any:
    """A frozen page of tensors with four axes."""
    debugger = gl.viz.gradients(lambda x: np.sum(np.tanh(x), axis=0), DEEP)
    return opened(debugger.choose(layer="tanh", node=0).export(tmp_path / "page.html"))


def test_the_flow_is_walked_by_arrows(frozen: Any) -> None:
    press(frozen, "f")
    expect(frozen.locator("#flow")).to_be_focused()
    drawn = frozen.locator("[data-node^='0:']").evaluate_all("all => all.map(e => e.dataset.node)")
    cells = [int(node.split(":")[1]) for node in drawn]
    press(frozen, "Home")
    assert chosen(frozen) == [0, cells[0]]
    press(frozen, "ArrowDown", "ArrowDown", "ArrowUp")
    assert chosen(frozen) == [0, cells[1]]
    press(frozen, "End", "ArrowRight")
    flow = frozen.evaluate("gradients.app.model.flows[0]")
    links = list(zip(flow["rows"], flow["columns"], flow["values"], strict=True))
    strongest = max((link for link in links if link[0] == cells[-1]), key=lambda x: abs(x[2]))[1]
    assert chosen(frozen) == [1, strongest]
    press(frozen, "ArrowLeft")
    back = max((link for link in links if link[1] == strongest), key=lambda x: abs(x[2]))[0]
    assert chosen(frozen) == [0, back]
    assert "gradient" in frozen.inner_text("#spoken")
    press(frozen, "f")
    expect(frozen.locator("#own")).to_be_focused()


def test_channels_are_turned_by_page_up_and_down(deep: Any) -> None:
    press(deep, "PageDown")
    assert chosen(deep) == [1, 20]
    press(deep, "PageDown", "PageDown", "PageDown")  # the last one stays
    assert chosen(deep) == [1, 40]
    press(deep, "PageUp")
    expect(deep.locator("#own-planes input >> nth=1")).to_have_value("1")
    expect(deep.locator("#own-now")).to_contain_text("[0, 1, 0, 0]")
    press(deep, "i", "PageDown", "ArrowRight")
    expect(deep.locator("#input-now")).to_have_text(
        f"[0, 1, 0, 1]: {DEEP[0, 1, 0, 1]:.3g}".replace("-", "−")
    )
    deep.fill("#own-planes input >> nth=0", "1")
    press(deep, "Enter")
    assert chosen(deep) == [1, 80]


def test_the_next_layer_shows_the_plane_that_the_path_leads_to(opened: Any, tmp_path: Path) -> None:
    debugger = gl.viz.gradients(lambda x: np.sum(np.tanh(x) * DEEP, axis=0), DEEP)
    page = opened(debugger.choose(layer="input", node=0).export(tmp_path / "page.html"))
    press(page, "PageDown", "PageDown")
    assert chosen(page) == [0, 40]
    planes = "all => all.map(e => e.value)"
    assert page.locator("#next-planes input").evaluate_all(planes) == ["0", "2"]
    expect(page.locator("#next .mark.reached")).to_have_count(1)
    page.fill("#next-planes input >> nth=1", "1")
    press(page, "Enter", "Escape")
    expect(page.locator("#next .mark.reached")).to_have_count(0)  # as the reader wants it
    press(page, "ArrowRight")
    assert page.locator("#next-planes input").evaluate_all(planes) == ["0", "2"]


def test_other_axes_of_a_tensor_can_be_shown(opened: Any, tmp_path: Path) -> None:
    debugger = gl.viz.gradients(lambda x: np.sum(np.tanh(x), axis=2), PICTURES)
    page = opened(debugger.choose(layer="tanh", node=7).export(tmp_path / "page.html"))
    grid = "(g => [g.rows, g.columns, g.axes])(gradients.app.heats.own.grid)"
    assert page.evaluate(grid) == [6, 6, [0, 1]]  # the channels are last
    expect(page.locator("#own-planes input")).to_have_value("1")
    page.select_option("#own-planes select", "1,2")
    assert page.evaluate(grid) == [6, 3, [1, 2]]
    assert chosen(page) == [1, 7]
    expect(page.locator("#own-now")).to_contain_text("[0, 2, 1]")
    page.reload()
    assert page.evaluate(grid) == [6, 3, [1, 2]]
    every = page.evaluate(
        "(g => [...Array(g.size).keys()].filter(c => { const p = g.place(c);"
        " return g.cell(p.row, p.column, p.lead) !== c; }))(gradients.app.heats.own.grid)"
    )
    assert every == []


def test_regions_and_offsets_are_written_by_keys(frozen: Any) -> None:
    summary = frozen.locator("[aria-labelledby='input-title'] summary")
    summary.focus()
    press(frozen, "Enter", "Tab", "1", "Tab", "2", "Tab")
    assert frozen.evaluate("gradients.app.state.regions") == {"picture input": [1, 3, 0, 5]}
    press(frozen, "Tab", "Tab", "1", "Tab", "2", "Enter")
    assert frozen.evaluate("gradients.app.state.offsets.input") == [1, 2]
    press(frozen, "Escape", "0")
    assert frozen.evaluate("gradients.app.state.regions") == {}


def test_a_threshold_outlives_a_narrower_range(frozen: Any) -> None:
    frozen.fill("#threshold-number", "0.4")
    press(frozen, "Enter", "Escape", "c", "c")
    assert frozen.input_value("#versus") == "change"
    assert float(frozen.get_attribute("#threshold", "max")) == 0  # nothing has changed
    assert frozen.is_disabled("#threshold")
    assert frozen.input_value("#threshold-number") == "0.4"
    press(frozen, "c")
    assert frozen.evaluate("gradients.app.state.threshold") == 0.4
    assert float(frozen.get_attribute("#threshold", "max")) > 0.4


def test_what_is_shown_changes_by_keys(frozen: Any) -> None:
    press(frozen, "q")
    assert frozen.input_value("#quantity") == "activation"
    press(frozen, "l")
    assert frozen.input_value("#links") == "slope"
    press(frozen, "a")
    assert not frozen.is_checked("#absolute")
    press(frozen, "m")
    expect(frozen.locator("#spoken")).to_contain_text("remembered")
    dark = frozen.evaluate("gradloom.isDark()")
    press(frozen, "t")
    assert frozen.evaluate("gradloom.isDark()") != dark


def test_a_picture_is_painted_anew_when_it_changes_and_only_then(frozen: Any) -> None:
    pixel = "document.querySelector('#own canvas').toDataURL()"
    frozen.evaluate(
        "() => { const {heats} = gradients.app, paint = heats.own.paint;"
        " window.painted = 0; heats.own.paint = function (...all) { window.painted++;"
        " return paint.apply(this, all); }; }"
    )
    before = frozen.evaluate(pixel)
    press(frozen, "f", "End", "Home")
    assert frozen.evaluate("painted") == 0
    assert frozen.evaluate(pixel) == before
    for key in ("q", "]", "t"):
        press(frozen, key)
        assert frozen.evaluate(pixel) != before
        before = frozen.evaluate(pixel)
    assert frozen.evaluate("painted") == 3


def test_cells_of_less_than_three_pixels_are_points_of_their_colour(
    opened: Any, tmp_path: Path
) -> None:
    x = np.linspace(-1, 1, 120 * 100).reshape(120, 100)
    x[60, 50] = np.nan
    page = opened(gl.viz.gradients(lambda x: np.sum(x * x), x).export(tmp_path / "page.html"))
    assert page.evaluate("gradients.app.heats.own.cellSize") < 3
    colours = page.evaluate(
        "(({canvas, grid}) => [[0, 0], [119, 99], [60, 50]].map(([r, c]) => [...canvas"
        ".getContext('2d').getImageData((c + 0.5) * canvas.width / grid.columns,"
        " (r + 0.5) * canvas.height / grid.rows, 1, 1).data]))(gradients.app.heats.own)"
    )
    wanted = page.evaluate(
        "[gradients.paint(2)(-2), gradients.paint(2)(2), gradients.rgb(gradients.inks().bad)]"
    )
    assert colours == [[*rgb, 255] for rgb in wanted]


# ---- numbers ------------------------------------------------------------


def test_numbers_of_a_picture_are_written_alike_and_fit(frozen: Any) -> None:
    written = (
        "([values, size]) => { const extent = gradients.extent(values),"
        " w = gradients.written(values, extent, size);"
        " return w && [w.power, w.letter, values.map(w.write)]; }"
    )
    small = [0.0446, -0.0107, 0.0, -0.000049]
    power, letter, texts = frozen.evaluate(written, [small, 23.7])
    assert (power, texts) == (-2, ["4.5", "−1.1", "0", "−.00"])
    assert all(len(text) * letter * 0.61 <= 23.7 for text in texts)
    assert frozen.evaluate(written, [small, 64])[2] == ["0.0446", "−0.0107", "0", "−4.9e−5"]
    for extent in (1e-300, 0.0996, 0.1, 0.9951, 9.96, 99.6, 999.4, 1e5, 1.7e308):
        values = [extent, -extent, extent / 3, -extent / 7]
        power, _, texts = frozen.evaluate(written, [values, 23.7])
        for text, value in zip(texts, values, strict=True):
            shown = float(text.replace("−", "-"))
            assert len(text) <= 4
            assert shown == pytest.approx(value / 10.0**power, abs=0.5 if extent >= 9.95 else 0.05)
    assert frozen.evaluate(written, [small, 20]) is None
    texts = frozen.evaluate(
        "[gradients.brief(NaN), gradients.brief(-Infinity), gradients.brief(1)]"
    )
    assert texts == ["NaN", "−∞", "1"]
