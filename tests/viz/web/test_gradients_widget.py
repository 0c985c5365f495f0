"""The debugger's widget in a browser: its frame, and the notebook's side that carries messages."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.viz.web.debugged import INPUT, network

pytest.importorskip("anywidget", reason="no anywidget here: the debugger is no widget")

# What a notebook does: it holds the widget's values, shows its view, and carries messages.
NOTEBOOK = """<!doctype html><div id="cell"></div><script type="module">
const text = document.getElementById("widget").textContent;
const {default: widget} = await import(`data:text/javascript,${encodeURIComponent(text)}`);
const values = JSON.parse(document.getElementById("values").textContent), heard = new Set();
window.tell = message => heard.forEach(callback => callback(message));
const model = {
  get: key => values[key], send: message => window.kernel(JSON.stringify(message)),
  on: (_, callback) => heard.add(callback), off: (_, callback) => heard.delete(callback),
};
window.close_cell = widget.render({model, el: document.getElementById("cell")});
</script>"""


class Notebook:
    """A page that shows a widget, and the way of its messages to the kernel and back."""

    def __init__(self, widget: Any, opened: Any, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.widget = widget
        script = files("gradloom.viz").joinpath("web", "gradients_widget.js").read_text("utf-8")
        values = json.dumps({"page": widget.page, "height": widget.height}).replace("<", "\\u003c")
        held = (
            f'<script type="text/plain" id="widget">{script}</script>'
            f'<script type="application/json" id="values">{values}</script>'
        )
        (folder / "empty.html").write_text("", encoding="utf-8")
        self.page = opened(folder / "empty.html")
        patch.setattr(widget, "send", self.send)  # the way through a kernel is Jupyter's
        self.page.expose_function("kernel", self.hear)
        (folder / "notebook.html").write_text(held + NOTEBOOK, encoding="utf-8")
        self.page.goto((folder / "notebook.html").as_uri())
        self.frame = self.page.frame_locator("iframe")

    def hear(self, text: str) -> None:
        self.widget._handle_custom_msg(json.loads(text), [])

    def send(self, message: Any) -> None:
        self.page.evaluate("message => window.tell(message)", message)


def test_a_widget_and_its_kernel_are_one(
    opened: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    debugger, _ = network(tmp_path)
    notebook = Notebook(debugger.widget(height=600), opened, tmp_path, monkeypatch)
    expect(notebook.frame.locator("#status")).to_have_text("live")
    notebook.frame.locator("#input").focus()
    notebook.page.keyboard.press("ArrowRight")
    notebook.page.keyboard.press("Space")
    expect(notebook.frame.locator("#input .mark.edited")).to_have_attribute("data-cell", "0,1")
    assert debugger.input[0, 1] != INPUT[0, 1]
    notebook.frame.locator("#layer").select_option("dense")
    expect(notebook.frame.locator("#own-title")).to_contain_text("dense")
    assert debugger.state.layer == 2
    debugger.choose(layer="conv", node=3).set_cell(3, 3, value=5.0)
    expect(notebook.frame.locator("#layer")).to_have_value("conv")
    expect(notebook.frame.locator("#input .mark.edited")).to_have_count(2)


@pytest.mark.slow
def test_a_widget_without_a_kernel_is_a_frozen_page(
    opened: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    debugger, _ = network(tmp_path)
    monkeypatch.setattr(Notebook, "hear", lambda self, text: None)
    notebook = Notebook(debugger.widget(), opened, tmp_path, monkeypatch)
    expect(notebook.frame.locator("#status")).to_have_text("frozen page")
    notebook.frame.locator("#input").focus()
    notebook.page.keyboard.press("Space")
    expect(notebook.frame.locator("#told")).to_contain_text("frozen")
