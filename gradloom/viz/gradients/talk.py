"""What pages ask of a debugger, and what they are answered: the same for a server and a notebook.

    {"do": "look", "revision": 7}                   the document, where it is not that one
    {"do": "set_cell", "cell": 17, "value": 1.0}    writes an element of the input; the document
    {"do": "save", "name": "edited.npy"}            saves the input; the paths, and the document
    {"do": "render"}                                reads everything anew; the document
    {"do": "choose", "state": {...}}                what the reader has chosen; nothing
    {"do": "links", "layer": 2, "cell": 17}         the links of one cell, see `links_data`

An answer has `document`, `links`, `saved` (a text of paths) and `error` (a text), each where there
is one; beside a document stands its `revision`, which grows with every change of what is shown.
What one page or the program changes, the other pages are told: a `document`, or `state` where only
something was chosen.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, final

from gradloom.ir.errors import ArgumentError, GradloomError
from gradloom.viz.gradients.debugger import Gradients, News
from gradloom.viz.gradients.page import Link, gradients_page, shown
from gradloom.viz.gradients.program import program_page
from gradloom.viz.gradients.state import chosen_in

LONGEST_NAME: Final = 255
"""Characters of a file's name: file systems allow no more."""


@final
@dataclass(frozen=True, slots=True)
class Answer:
    """What the page that asked is told, and what the debugger's other pages are."""

    told: Mapping[str, Any]
    for_others: Mapping[str, Any] = field(default_factory=dict)


@final
class Talk:
    """Answers the messages of one debugger's pages, one after the other, from any thread. `told` is
    called when the program itself changes something, with "document" or "state".
    """

    def __init__(self, debugger: Gradients, told: Callable[[News], None]) -> None:
        self._debugger = debugger
        self._told = told
        self._answering = 0  # the thread that does what a page asks, whose answer tells of it
        self.leave = debugger.watch(self._heard)

    def _heard(self, news: News) -> None:
        if self._answering != threading.get_ident():
            self._told(news)

    def news(self, news: News) -> dict[str, Any]:
        """What all pages are told of a change."""
        with self._debugger.lock:
            if news == "document":
                return {"document": shown(self._debugger), "revision": self._debugger.revision}
            return {"state": self._debugger.state.data()}

    def page(self, link: Link, theme: str) -> str:
        """The page that shows what is there now."""
        explorer = "explore" if link == "socket" and self._debugger.graph is not None else ""
        return gradients_page(link=link, theme=theme, explorer=explorer, **self.news("document"))

    def program(self, theme: str) -> str:
        """The explorer's page of the program, "" where there is none."""
        graph = self._debugger.graph
        return "" if graph is None else program_page(graph, self._debugger.title, theme)

    def answer(self, message: Mapping[str, Any]) -> Answer:
        """The answer to a message; whatever goes wrong is told in it, and nothing is raised."""
        with self._debugger.lock:
            before = self._debugger.revision
            self._answering = threading.get_ident()
            try:
                told = self._done(message)
            except GradloomError as error:
                told = {"error": f"{type(error).__name__}: {error}"}
            except Exception as error:  # an adapter's own, which may be of any kind
                where = f"{type(error).__name__} in {self._debugger.title}"
                told = {"error": f"{where}: {error}"}
            finally:
                self._answering = 0
            if "error" not in told and message.get("do") == "choose":
                return Answer({}, self.news("state"))
            if "links" in told or message == {"do": "look", "revision": before}:
                return Answer(told)
            now = self.news("document")
            return Answer({**told, **now}, now if now["revision"] != before else {})

    def _done(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Do what a message says, and what is to be told beside the document."""
        match message:
            case {"do": "look"}:
                pass
            case {"do": "choose", "state": state}:
                self._debugger.choose(**chosen_in(state))
            case {"do": "links", "layer": int(layer), "cell": int(cell)}:
                links = self._debugger.links_data(layer, cell)
                return {"links": links, "revision": self._debugger.revision}
            case {"do": "set_cell", "cell": int(cell), "value": value}:
                self._debugger.set_element(cell, _number(value))
            case {"do": "save", "name": str(name)}:
                paths = self._debugger.save(_plain(name))
                return {"saved": ", ".join(str(path) for path in paths)}
            case {"do": "render"}:
                self._debugger.render()
            case _:
                raise ArgumentError("a page sent a message that means nothing here")
        return {}


def _number(value: Any) -> float:
    """A number of JSON, or the text of one that JSON has no word for."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ArgumentError(f"{value!r} is no number to write into a cell")
    try:
        return float(value)
    except (ValueError, OverflowError) as error:
        raise ArgumentError(f"{value!r} is no number to write into a cell") from error


def _plain(name: str) -> str:
    """A file's name without any folder: a page writes where the debugger's files are."""
    if len(name) > LONGEST_NAME or any(sign in name for sign in "/\\\0") or name in (".", ".."):
        raise ArgumentError(
            f"{name[:80]!r} is no plain file name", hint="write a name without folders"
        )
    return name
