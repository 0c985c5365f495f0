"""The explorer in a notebook: the same page in a frame of its own, as a widget where anywidget is
installed.
"""

from __future__ import annotations

import importlib.util
from importlib.resources import files
from typing import Any, Final

from gradloom.viz.writers.svg import escaped

HEIGHT: Final = 720
"""Pixels; most screens are higher."""


def widget(text: str, height: int = HEIGHT) -> Any:
    """The page as a widget, whose `chosen` is the id of the chosen node and can be set; as plain
    HTML where anywidget is not installed.
    """
    if importlib.util.find_spec("anywidget") is None:
        return Frame(text, height)
    return _widget_class()(page=text, height=height)


class Frame:
    """The page in a frame, as notebooks show HTML."""

    def __init__(self, text: str, height: int = HEIGHT) -> None:
        self.text = text
        self.height = height

    def _repr_html_(self) -> str:
        return (
            f'<iframe title="gradloom explorer" sandbox="allow-scripts" '
            f'srcdoc="{escaped(self.text)}" '
            f'style="width:100%;height:{self.height}px;border:0"></iframe>'
        )


def _widget_class() -> Any:
    import anywidget
    import traitlets

    script = files("gradloom.viz").joinpath("web", "explorer_widget.js").read_text("utf-8")

    class Explorer(anywidget.AnyWidget):  # type: ignore[misc]  # anywidget is Any here
        """An explorer in a notebook."""

        _esm = script
        page = traitlets.Unicode().tag(sync=True)
        height = traitlets.Int(HEIGHT).tag(sync=True)
        chosen = traitlets.Unicode("").tag(sync=True)

    return Explorer
