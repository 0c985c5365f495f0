"""The page in a notebook."""

import html

import pytest

from gradloom.viz.explorer import notebook


def test_the_frame_holds_the_page_and_may_do_nothing_but_run_it() -> None:
    page = '<p class="a">&amp;</p>'
    shown = notebook.Frame(page)._repr_html_()
    assert 'sandbox="allow-scripts"' in shown
    held = shown.split('srcdoc="')[1].split('" style=')[0]
    assert html.unescape(held) == page
    assert "<p" not in held


@pytest.mark.framework
def test_the_widget_holds_the_page_and_tells_what_is_chosen() -> None:
    pytest.importorskip("anywidget", reason="no anywidget here: pages are frames in notebooks")
    made = notebook.widget("<p>page</p>", height=300)
    state = made.get_state()
    assert (state["page"], state["height"], state["chosen"]) == ("<p>page</p>", 300, "")
    assert "export default" in state["_esm"]
