"""The gradient debugger in a notebook: its page in a frame, whose edits go to the kernel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from importlib.util import find_spec
from typing import Any

from gradloom.viz.explorer.notebook import HEIGHT, Frame
from gradloom.viz.gradients.debugger import Gradients, News
from gradloom.viz.gradients.page import gradients_page, shown
from gradloom.viz.gradients.talk import Talk
from gradloom.viz.writers.page import embedded


def widget(debugger: Gradients, height: int = HEIGHT, theme: str = "auto") -> Any:
    """The debugger as a widget that edits and recomputes; a frozen page in a frame where anywidget
    is not installed.
    """
    if find_spec("anywidget") is None:
        return Frame(gradients_page(shown(debugger), "", theme), height)
    made: Any = None

    def say(told: Mapping[str, Any]) -> None:
        if told:
            made.send(json.loads(embedded(told)))

    def tell(news: News) -> None:
        if made.comm is None:  # it was closed
            talk.leave()
        else:
            say(talk.news(news))

    def heard(_: Any, content: Any, buffers: Any) -> None:
        say(talk.answer(content if isinstance(content, dict) else {}).told)

    talk = Talk(debugger, tell)
    made = _widget_class()(page=talk.page("frame", theme), height=height)
    made.on_msg(heard)
    return made


def _widget_class() -> Any:
    import anywidget
    import traitlets

    script = files("gradloom.viz").joinpath("web", "gradients_widget.js").read_text("utf-8")

    class Gradients(anywidget.AnyWidget):  # type: ignore[misc]  # anywidget is Any here
        """A gradient debugger in a notebook."""

        _esm = script
        page = traitlets.Unicode().tag(sync=True)
        height = traitlets.Int(HEIGHT).tag(sync=True)

    return Gradients
