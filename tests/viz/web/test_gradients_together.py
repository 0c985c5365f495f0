"""The debugger's page and Python: what one does the other shows; what the page lacks, it gets."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

import gradloom as gl
from tests.viz.web.conftest import connected
from tests.viz.web.debugged import INPUT, by_differences, cell, network

RNG = np.random.default_rng(3)
WEIGHTS = RNG.normal(size=(12, 9))
X = RNG.normal(size=(3, 4))


def wide(x: Any) -> Any:
    return np.tanh(np.reshape(x, (12,)) @ WEIGHTS)


def links_of(page: Any, flow: int, side: str, node: int) -> list[float]:
    """The values of a cell's links, in the order of their other ends."""
    other = {"rows": "columns", "columns": "rows"}[side]
    return list(
        page.evaluate(
            f"(f => [...f.{side}.keys()].filter(k => f.{side}[k] === {node})"
            f".sort((a, b) => f.{other}[a] - f.{other}[b]).map(k => f.given[k]))"
            f"(gradients.app.model.flows[{flow}])"
        )
    )


# ---- what Python does ------------------------------------------------------------


def test_edits_in_python_show_in_the_page(live: Any, running: Any) -> None:
    debugger, source, _ = running
    debugger.set_cell(2, 3, value=4.0)
    expect(live.locator("#input .mark.edited[data-cell='2,3']")).to_be_visible()
    wanted = [by_differences(debugger.input, i) for i in range(INPUT.size)]
    assert live.evaluate("gradients.app.model.layers[0].gradient") == pytest.approx(wanted, 1e-5)
    np.save(source.folder / "input.npy", 1 - INPUT)
    debugger.render()
    expect(live.locator("#input .mark.edited")).to_have_count(0)
    assert live.evaluate("gradients.app.model.input.values") == (1 - INPUT).ravel().tolist()


def test_another_run_is_compared_as_soon_as_python_says_so(
    live: Any, running: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    debugger = running[0]
    other = network(tmp_path_factory.mktemp("other"))[0].set_cell(0, 0, value=3.0)
    debugger.compare(other)
    expect(live.locator("#versus option")).to_have_count(5)
    live.keyboard.press("c")
    for _ in range(3):
        live.keyboard.press("c")
    assert live.input_value("#versus") == "apart"
    (own, theirs) = (run.layers[0].gradient for run in (debugger, other))
    shown = live.evaluate("gradients.app.model.layers[0].gradient")
    assert shown == pytest.approx((own - theirs).ravel().tolist())


def test_what_is_chosen_is_known_to_python_and_to_other_pages(
    live: Any, running: Any, opened: Any
) -> None:
    debugger, _, server = running
    second = connected(opened(server.url))
    live.select_option("#layer", "conv")
    cell(live, "own", 1, 2)
    live.fill("#threshold-number", "0.25")
    live.keyboard.press("Enter")
    expect(second.locator("#own-now")).to_contain_text("[1, 2]")
    expect(second.locator("#threshold-number")).to_have_value("0.25")
    assert (debugger.state.layer, debugger.state.node, debugger.state.threshold) == (1, 6, 0.25)
    debugger.choose(layer="dense", node=2, quantity="activation")
    for page in (live, second):
        expect(page.locator("#layer")).to_have_value("dense")
        expect(page.locator("#own-now")).to_contain_text("[2]")
        expect(page.locator("#quantity")).to_have_value("activation")


# ---- links that the page does not hold ------------------------------------------------


def test_a_cell_brings_all_its_links_from_python(served: Any) -> None:
    debugger = gl.viz.gradients(wide, X, top=5)
    page = served(debugger)
    cell(page, "own", 1, 2)
    expect(page.locator("#sure")).to_have_text("All links of this cell.")
    step = 1e-6 * np.eye(12).reshape(12, 3, 4)[6]
    products = [np.reshape(X + s * step, 12) @ WEIGHTS for s in (1, -1)]
    slopes = (products[0] - products[1]) / 2e-6
    wanted = slopes * (1 - np.tanh(np.reshape(X, 12) @ WEIGHTS) ** 2)
    assert links_of(page, 0, "rows", 6) == pytest.approx(wanted.tolist(), abs=1e-6)
    expect(page.locator("#next .mark.reached")).to_have_count(9)
    assert page.locator("path.link.path[data-link^='0:6-']").count() == 9
    page.select_option("#layer", "matmul")
    page.keyboard.press("Escape")
    page.keyboard.press("Home")
    expect(page.locator("#sure")).to_have_text("All links of this cell.")
    node = page.evaluate("gradients.app.state.node")
    into = WEIGHTS[:, node] * (1 - np.tanh(np.reshape(X, 12) @ WEIGHTS) ** 2)[node]
    assert links_of(page, 0, "columns", node) == pytest.approx(into.tolist())


def test_a_page_without_python_says_that_it_holds_the_strongest_alone(
    opened: Any, tmp_path: Path
) -> None:
    page = opened(gl.viz.gradients(wide, X, top=5).export(tmp_path / "page.html"))
    expect(page.locator("#sure")).to_have_text("This page holds the strongest links alone.")
    assert "5 of 108" in page.inner_text("#sankey-told")


def test_a_difference_is_told_where_both_flows_hold_the_link_or_are_whole(frozen: Any) -> None:
    def less(a: dict[str, Any], b: dict[str, Any]) -> Any:
        return frozen.evaluate("([a, b]) => gradients.lessFlow(a, b, 10)", [a, b])

    def flow(links: dict[int, float], entries: int) -> dict[str, Any]:
        values = list(links.values())
        return {
            "rows": [key // 10 for key in links], "columns": [key % 10 for key in links],
            "values": values, "slopes": None, "entries": entries,
        }  # fmt: skip

    whole = less(flow({3: 5.0, 12: 2.0}, 2), flow({12: 0.5, 24: 1.0}, 2))
    assert (whole["rows"], whole["columns"]) == ([0, 1, 2], [3, 2, 4])
    assert whole["values"] == [5.0, 1.5, -1.0]
    part = less(flow({3: 5.0, 12: 2.0}, 40), flow({12: 0.5, 24: 1.0}, 40))
    assert (part["values"], part["entries"]) == ([1.5], 40)  # the others have no known difference
    half = less(flow({3: 5.0, 12: 2.0}, 2), flow({12: 0.5}, 40))
    assert half["values"] == [1.5]


# ---- the program ------------------------------------------------------------


def test_a_layer_leads_to_its_node_in_the_programs_page(served: Any, opened: Any) -> None:
    debugger = gl.viz.gradients(wide, X)
    page = served(debugger)
    page.select_option("#layer", "matmul")
    assert "WEIGHTS" in page.inner_text(".code .own")
    with page.context.expect_page() as waiting:
        page.click("#explore")
    number = debugger.layer("matmul").node
    program = waiting.value
    expect(program.locator("#panel-body")).to_contain_text("matmul")
    assert program.evaluate("explorer.app?.chosen?.thing.id ?? location.hash.slice(1)") == (
        f"n{number}"
    )


def test_an_exported_page_leads_to_the_program_beside_it(opened: Any, tmp_path: Path) -> None:
    debugger = gl.viz.gradients(wide, X)
    (tmp_path / "a b").mkdir()
    path = debugger.export(tmp_path / "page.html", explorer=tmp_path / "a b" / "100 %.html")
    page = opened(path)
    page.select_option("#layer", "matmul")
    number = debugger.layer("matmul").node
    assert page.get_attribute("#explore", "href") == f"a%20b/100%20%25.html#n{number}"
    page.evaluate("document.getElementById('explore').removeAttribute('target')")
    page.click("#explore")
    expect(page.locator("#panel-body")).to_contain_text("matmul")
    with pytest.raises(gl.GradloomError, match="both pages are called"):
        debugger.export(path, explorer=path)
    with pytest.raises(gl.GradloomError, match="has no graph"):
        network(tmp_path)[0].export(path, explorer=tmp_path / "other.html")
