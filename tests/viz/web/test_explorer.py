"""The explorer in a browser: what one sees, does, and reads there."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

import gradloom as gl
from gradloom.viz.writers.page import embedded
from tests.viz.explorer.explored import W, X, bad, long, looped, slopes
from tests.viz.pictured import HOSTILE, hostile

Opened = Callable[..., Any]
CHOSEN = "explorer.app.chosen && explorer.app.chosen.thing.id"


@pytest.fixture
def loss_page(tmp_path: Path) -> Path:
    """The loss and its gradient, measured."""
    return gl.viz.explore(
        slopes(), tmp_path / "loss.html", inputs=(W, X), measure=True, gradients=True
    )


def drawn(page: Any) -> None:
    """Wait until what was asked for has been drawn."""
    page.evaluate("new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")


def choose(page: Any, op: str) -> None:
    """Choose the first node of an op."""
    page.evaluate(
        "op => explorer.app.choose("
        "explorer.app.views.main.chapter.order.find(n => n.title === op))",
        op,
    )
    drawn(page)


def test_the_graph_is_drawn_with_every_box_of_its_outermost_groups(
    opened: Opened, loss_page: Path
) -> None:
    page = opened(loss_page)
    drawn(page)
    expect(page.locator("#pane [data-id=p0]")).to_have_count(1)
    assert page.locator("#pane .line").count() > 5
    assert "nodes" in page.inner_text("#panel-body")
    assert page.title() == page.inner_text("h1")


def test_groups_open_and_close(opened: Opened, loss_page: Path) -> None:
    page = opened(loss_page)
    page.keyboard.press("Shift+C")
    drawn(page)
    closed = page.locator("#pane .box").count()
    page.keyboard.press("Shift+E")
    page.evaluate("explorer.app.views.main.zoom(2)")
    drawn(page)
    assert page.evaluate("explorer.app.views.main.scene.boxes.length") > closed
    expect(page.locator("#pane .frame")).not_to_have_count(0)
    before = page.evaluate("explorer.app.views.main.scene.boxes.length")
    page.keyboard.press("Shift+C")
    drawn(page)
    holder = page.locator("#pane .box.holder").first
    holder.dblclick()
    drawn(page)
    assert closed < page.evaluate("explorer.app.views.main.scene.boxes.length") <= before


def test_a_node_tells_what_is_known_of_it(opened: Opened, loss_page: Path) -> None:
    page = opened(loss_page)
    choose(page, "matmul")
    told = page.inner_text("#panel-body")
    for words in ("f64[5,2]", "FLOPs\t60", "80 B", "explored.py", "gradient norm", "norm"):
        assert words in told, words
    assert "np.tanh(x @ w)" in page.inner_text(".code .own")
    assert page.locator("#panel-body .link").count() >= 3
    page.locator("#panel-body .link").first.click()
    assert page.evaluate(CHOSEN) in ("p0", "p1")


def test_an_op_and_its_derivative_are_marked_together(opened: Opened, loss_page: Path) -> None:
    page = opened(loss_page)
    page.keyboard.press("Shift+E")
    choose(page, "tanh")
    kin = page.evaluate(
        "[...explorer.around(explorer.app.views.main, explorer.app.chosen.thing).kin]"
        ".map(t => explorer.word(t.row, 'note'))"
    )
    assert any("tanh" in note for note in kin)
    assert "its derivative" in page.inner_text("#panel-body")
    first = page.evaluate(CHOSEN)
    page.keyboard.press("b")
    assert page.evaluate(CHOSEN) != first


def test_a_search_finds_marks_fades_and_goes_on(opened: Opened, loss_page: Path) -> None:
    page = opened(loss_page)
    page.keyboard.press("Shift+E")
    page.keyboard.press("/")
    page.keyboard.type("op:tanh")
    assert page.inner_text("#panel-body p").startswith("2 of")
    page.keyboard.press("Enter")
    first = page.evaluate(CHOSEN)
    page.keyboard.press("Enter")
    assert page.evaluate(CHOSEN) not in (first, None)
    drawn(page)
    expect(page.locator("#pane .found")).not_to_have_count(0)
    page.check("#only")
    expect(page.locator("#pane .box.faded")).not_to_have_count(0)
    for query, least in (("dtype:f64 kind:derivative", 3), ("np.tanh", 2), ("nothing-like-it", 0)):
        page.fill("#search", query)
        count = int(page.inner_text("#panel-body p").split()[0])
        assert count >= least
        assert least or count == 0


def test_colours_change_and_the_legend_says_what_they_mean(opened: Opened, loss_page: Path) -> None:
    page = opened(loss_page)
    drawn(page)
    fills = set()
    names = page.evaluate("explorer.app.overlays.map(one => one.name)")
    assert {"kind", "flops", "bytes", "dtype", "time", "gradient", "nan"} <= set(names)
    for name in names:
        page.select_option("#colour", name)
        drawn(page)
        assert page.inner_text("#legend").strip()
        fills.add(
            page.evaluate(
                "[...document.querySelectorAll('#pane .box .body')].map(b => b.style.fill).join()"
            )
        )
    assert len(fills) >= 5


def test_the_history_is_gone_through_and_two_graphs_are_compared(
    opened: Opened, loss_page: Path
) -> None:
    page = opened(loss_page)
    last = page.inner_text("#graph-name")
    page.keyboard.press("[")
    assert page.inner_text("#graph-name") != last
    page.locator("#graphs").focus()
    page.keyboard.press("End")
    assert page.inner_text("#graph-name") == last
    page.select_option("#before", "0")
    drawn(page)
    assert page.is_visible("#pane-before")
    told = page.inner_text("#panel-body")
    assert "removed" in told
    assert "added" in told
    page.evaluate("explorer.app.toggleAll(true)")
    page.evaluate("explorer.app.views.before.zoom(3); explorer.app.views.main.zoom(3)")
    changes = page.evaluate(
        "(({added, removed}) => [added.map(n => n.title), removed.map(n => n.title)])"
        "(explorer.changes(explorer.Chapter.of(0), explorer.Chapter.of(explorer.app.main)))"
    )
    assert "square" in changes[0]
    assert "power" in changes[1]
    page.select_option("#before", "")
    assert not page.is_visible("#pane-before")


def test_the_execution_is_stepped_through_with_live_bytes(opened: Opened, loss_page: Path) -> None:
    page = opened(loss_page)
    page.keyboard.press(".")
    page.keyboard.press(".")
    assert page.inner_text("#step-told").startswith("2 of")
    assert "live" in page.inner_text("#step-told")
    assert "values alive" in page.inner_text("#panel-body")
    drawn(page)
    expect(page.locator("#pane .now")).to_have_count(1)
    expect(page.locator("#pane .faded")).not_to_have_count(0)
    page.keyboard.press("Escape")
    assert "steps" in page.inner_text("#step-told")


def test_the_way_of_a_nan_is_shown(opened: Opened, tmp_path: Path) -> None:
    inputs = (np.array([[1.0, -1.0]]),)
    page = opened(gl.viz.explore(bad, tmp_path / "nan.html", inputs=inputs, measure=True))
    assert "First bad numbers" in page.inner_text("#panel-body")
    page.locator("#panel-body .link").first.click()
    assert page.evaluate("explorer.app.chosen.thing.title") == "log"
    assert "the first NaN" in page.inner_text("#panel-body")
    page.select_option("#colour", "nan")
    drawn(page)
    fills = page.evaluate(
        "explorer.app.views.main.scene.boxes.map(({thing}) =>"
        " [thing.title, explorer.app.overlay(explorer.app.views.main).fill(thing)])"
    )
    by_op = dict(fills)
    assert len({by_op["multiply"], by_op["log"], by_op["subtract"]}) == 3


def test_an_address_leads_to_its_node_and_follows_the_choice(
    opened: Opened, loss_page: Path
) -> None:
    page = opened(loss_page)
    page.evaluate("location.hash = '#n1'")
    page.wait_for_function(f"({CHOSEN}) === 'n1'")
    choose(page, "sum")
    assert page.evaluate("location.hash") == f"#{page.evaluate(CHOSEN)}"
    page.evaluate("location.hash = '#0/n2'")
    page.wait_for_function("explorer.app.main === 0")
    page.evaluate("location.hash = '#no/such%20thing'")
    assert page.evaluate(CHOSEN) == "n2"


def test_everything_can_be_done_with_keys_alone(opened: Opened, loss_page: Path) -> None:
    page = opened(loss_page)
    page.locator("#pane svg.graph").focus()
    page.keyboard.press("ArrowDown")
    start = page.evaluate(CHOSEN)
    page.keyboard.press("ArrowDown")
    below = page.evaluate(CHOSEN)
    assert start != below
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("c")
    page.keyboard.press("e")
    page.keyboard.press("?")
    assert page.is_visible("#keys")
    page.keyboard.press("Escape")
    assert not page.is_visible("#keys")
    dark = page.evaluate("gradloom.isDark()")
    page.keyboard.press("t")
    assert page.evaluate("gradloom.isDark()") != dark


def test_focus_goes_through_every_control_and_out_again(opened: Opened, loss_page: Path) -> None:
    page = opened(loss_page)
    seen: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        at = page.evaluate(
            "(e => e.id || e.getAttribute('class') || e.tagName)(document.activeElement)"
        )
        if at == "BODY":
            break
        seen.append(at)
    else:
        pytest.fail(f"focus never left the page: {seen}")
    order = ["search", "only", "colour", "graphs", "before", "step", "open-all", "help", "theme"]
    assert [at for at in seen if at in order] == order
    assert "graph" in seen
    assert "tab-node" in seen


NAMELESS = """[...document.querySelectorAll('button, input, select, [role=tab], svg[role]')]
  .filter(e => e.checkVisibility())
  .filter(e => !(e.getAttribute('aria-label') || e.textContent.trim() || e.title
    || (e.labels && [...e.labels].some(l => l.textContent.trim()))))
  .map(e => e.outerHTML)"""

CONTRASTS = """() => {
  const parse = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => {
    const f = c => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
  };
  const ratio = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const paper = e => {
    for (let at = e; at; at = at.parentElement) {
      const c = parse(getComputedStyle(at).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const bad = [];
  for (const e of document.querySelectorAll('body *')) {
    if (!e.checkVisibility() || e.closest('svg, .spoken, .own, .faded')) continue;
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    const got = ratio(parse(getComputedStyle(e).color), paper(e));
    if (got < 4.5) bad.push([e.textContent.slice(0, 40), got]);
  }
  for (const box of document.querySelectorAll('#pane .box:not(.faded)')) {
    const fill = parse(getComputedStyle(box.querySelector('.body')).fill);
    for (const text of box.querySelectorAll('text:not(.badge)')) {
      const got = ratio(parse(getComputedStyle(text).fill), fill);
      if (got < 4.5) bad.push([text.textContent, got]);
    }
  }
  return bad;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_control_has_a_name_and_every_text_can_be_read(
    opened: Opened, loss_page: Path, scheme: str
) -> None:
    page = opened(loss_page, color_scheme=scheme)
    drawn(page)
    assert page.evaluate(NAMELESS) == []
    for colour in page.evaluate("explorer.app.overlays.map(one => one.name)"):
        page.select_option("#colour", colour)
        drawn(page)
        assert page.evaluate(CONTRASTS) == []
    for tab in ("steps", "changes", "outline", "results"):
        page.click(f"#tab-{tab}")
        assert page.evaluate(CONTRASTS) == []
        assert page.evaluate(NAMELESS) == []


def test_the_outline_is_the_graph_as_a_list(opened: Opened, loss_page: Path) -> None:
    page = opened(loss_page)
    page.click("#tab-outline")
    folds = page.locator("#panel-body .fold")
    entries = page.locator("#panel-body .link").count()
    shut = page.locator("#panel-body .fold[aria-expanded=false]")
    expect(folds).not_to_have_count(0)
    if shut.count() == 0:
        page.keyboard.press("Shift+C")
    shut.first.click()
    assert page.locator("#panel-body .link").count() != entries or folds.count() > 0
    page.locator("#panel-body .link").last.click()
    assert page.evaluate(CHOSEN)


def test_hostile_names_are_texts(opened: Opened, tmp_path: Path) -> None:
    title = "</title><img src=x onerror=alert(1)>"
    page = opened(gl.viz.explore(hostile(), tmp_path / "h.html", title=title))
    drawn(page)
    assert page.inner_text("h1") == title
    assert page.evaluate("document.images.length") == 0
    page.keyboard.press("/")
    page.keyboard.type("<b>tanh")
    choose(page, "tanh")
    page.click("#tab-outline")
    expect(page.locator("#panel-body b")).to_have_count(0)
    assert HOSTILE


def test_loops_open_to_their_bodies(opened: Opened, tmp_path: Path) -> None:
    page = opened(gl.viz.explore(looped(), tmp_path / "loop.html"))
    page.evaluate("location.hash = '#n0.0.0'")
    page.wait_for_function(f"({CHOSEN}) === 'n0.0.0'")
    drawn(page)
    expect(page.locator("#pane [data-id='n0.0.0']")).to_have_count(1)
    expect(page.locator("#pane .frame[data-id='n0']")).to_have_count(1)


def test_a_graph_without_nodes_has_a_page(opened: Opened, tmp_path: Path) -> None:
    page = opened(gl.viz.explore(gl.trace(lambda x: x, X), tmp_path / "same.html"))
    drawn(page)
    page.keyboard.press(".")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#pane [data-id=r0]")).to_have_count(1)


def test_the_picture_is_not_blank_and_themes_differ(opened: Opened, loss_page: Path) -> None:
    pictures = []
    for scheme in ("light", "dark"):
        page = opened(loss_page, color_scheme=scheme, reduced_motion="reduce")
        drawn(page)
        colours = page.evaluate(
            "new Set([...document.querySelectorAll('#pane .body')]"
            ".map(b => getComputedStyle(b).fill)).size"
        )
        assert colours >= 3
        pictures.append(page.locator("#pane").screenshot())
    assert len(pictures[0]) > 5_000
    assert pictures[0] != pictures[1]


def test_of_five_thousand_nodes_only_what_is_in_sight_has_elements(
    opened: Opened, tmp_path: Path
) -> None:
    page = opened(gl.viz.explore(long(5000), tmp_path / "long.html"))
    drawn(page)
    assert page.evaluate("explorer.app.views.main.chapter.order.length") > 4900
    page.keyboard.press("Shift+E")
    for factor in (1, 4, 4, 4):
        page.evaluate("f => explorer.app.views.main.zoom(f)", factor)
        drawn(page)
        assert page.evaluate("document.querySelectorAll('#pane *').length") < 15_000


def test_a_printed_page_shows_the_graph_and_hides_the_tools(
    opened: Opened, loss_page: Path
) -> None:
    page = opened(loss_page)
    page.emulate_media(media="print")
    assert not page.is_visible("#search")
    assert not page.is_visible("#panel-body")
    assert page.is_visible("#pane svg.graph")


WIDGET = """
const heard = {};
const model = {
  values: {page: PAGE, height: 500, chosen: ""},
  get: name => model.values[name],
  set: (name, value) => { model.values[name] = value; },
  save_changes() { document.title = model.values.chosen; },
  on: (name, does) => { heard[name] = does; },
  off: name => { delete heard[name]; },
};
const end = widget.render({model, el: document.body});
window.tell = id => { model.values.chosen = id; heard["change:chosen"](); };
window.end = end;
"""


def test_as_a_widget_the_page_runs_in_its_frame_and_both_sides_choose(
    browser: Any, loss_page: Path, tmp_path: Path
) -> None:
    """The script that a notebook runs, on the few methods that it uses of a widget's model."""
    text = files("gradloom.viz").joinpath("web", "explorer_widget.js").read_text("utf-8")
    script = text.replace("export default", "const widget =") + WIDGET.replace(
        "PAGE", embedded(loss_page.read_text())
    )
    file = tmp_path / "notebook.html"
    file.write_text(f"<!doctype html><meta charset=utf-8><body><script>{script}</script>")
    page = browser.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(file.as_uri())
    frame = page.frame_locator("iframe")
    frame.locator("#pane [data-id=p0]").click()
    page.wait_for_function("document.title === 'p0'")
    page.evaluate("tell('n0')")
    frame.locator("#panel-body h2", has_text="matmul").wait_for()
    page.evaluate("end()")
    page.close()
    assert wrong == []
