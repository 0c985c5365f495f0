"""What pages ask of a debugger, and what they are answered: the same for a server and a notebook.

    {"do": "look", "revision": 7}                   the document, where it is not that one
    {"do": "set_cell", "cell": 17, "value": 1.0}    writes an element of the input; the document
    {"do": "save", "name": "edited.npy"}            saves the input; the paths, and the document
    {"do": "render"}                                reads everything anew; the document
    {"do": "choose", "state": {...}}                what the reader has chosen; nothing
    {"do": "links", "layer": 2, "cell": 17}         the links of one cell, see `links_data`
    {"do": "cancel"}                                gives up what is being computed

An answer has `document`, `links`, `saved` (a text of paths) and `error` (a text), each where there
is one; beside a document stands its `revision`, which grows with every change of what is shown.
What one page or the program changes, the other pages are told: a `document`, or `state` where only
something was chosen. All are told of what takes long, `busy`: {"what", "seconds"}, or null; and
of files that others have changed, `news`: a text.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, final

from gradloom.ir.errors import ArgumentError, Cancelled, GradloomError
from gradloom.viz.gradients.debugger import Gradients, News
from gradloom.viz.gradients.document import error_text, links_data
from gradloom.viz.gradients.layer import Flow
from gradloom.viz.gradients.links import links_from, links_held, links_held_into, links_into
from gradloom.viz.gradients.page import Link, gradients_page, shown
from gradloom.viz.gradients.program import program_page
from gradloom.viz.gradients.source import Notices, Recomputes, Snapshot, Source
from gradloom.viz.gradients.state import chosen_in
from gradloom.viz.gradients.work import Superseded

LONGEST_NAME: Final = 255
"""Characters of a file's name: file systems allow no more."""
Told = dict[str, Any]
Rest = Callable[[], Told]
"""What of a message may take long; gives what is to be told beside the document."""


@final
@dataclass(frozen=True, slots=True)
class Answer:
    """What the page that asked is told, and what the debugger's other pages are."""

    told: Mapping[str, Any]
    for_others: Mapping[str, Any] = field(default_factory=dict)


@final
class Talk:
    """Answers the messages of one debugger's pages, from any thread. What is quick is done by
    `begin`, in the order of the messages; what may take long by what that gives, while other
    messages are answered. `told` is called when the program itself changes something, with
    "document" or "state".
    """

    def __init__(self, debugger: Gradients, told: Callable[[News], None]) -> None:
        self._debugger = debugger
        self._told = told
        self._answering: set[int] = set()  # threads that do what a page asks: their answers tell
        self._saving = threading.Lock()
        self.leave = debugger.watch(self._heard)

    def _heard(self, news: News) -> None:
        if threading.get_ident() not in self._answering:
            self._told(news)

    @property
    def busy(self) -> Told | None:
        """What is being computed, and for how long."""
        return self._debugger.work.busy

    def files(self) -> str:
        """What a page is told of files that others have changed, or ""; where the source says so,
        they are shown instead.
        """
        source, edits = self._debugger.source, self._debugger.edited
        if not isinstance(source, Notices) or self.busy or not source.has_news():
            return ""
        if source.renders and not edits:
            with suppress(Exception):  # what goes wrong stands in the document
                self._render()
            return ""
        told = "The files have changed since they were read: Render shows them"
        if not edits:
            return told + "."
        return f"{told}, and drops {len(edits)} unsaved edit{'s' if len(edits) > 1 else ''}."

    def end(self) -> None:
        """Hear and compute no more."""
        self.leave()
        self._debugger.work.cancel()

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
        return self.begin(message)()

    def begin(self, message: Mapping[str, Any]) -> Callable[[], Answer]:
        """Do what is quick of a message; what it gives does the rest, and gives the answer."""
        before = self._debugger.revision
        with self._debugger.lock:
            rest, error = self._safely(lambda: self._begun(message))
        made = {"error": error} if error else {}
        return partial(self._finished, message, before, rest or (lambda: made))

    def _finished(self, message: Mapping[str, Any], before: int, rest: Rest) -> Answer:
        made, error = self._safely(rest)
        told = {"error": error} if error else made or {}
        if "error" not in told and message.get("do") == "choose":
            return Answer({}, self.news("state"))
        if "links" in told or message == {"do": "look", "revision": before}:
            return Answer(told)
        now = self.news("document")
        return Answer({**told, **now}, now if now["revision"] != before else {})

    def _safely(self, do: Callable[[], Any]) -> tuple[Any, str]:
        """What is done, and what went wrong."""
        self._answering.add(threading.get_ident())
        try:
            return do(), ""
        except Superseded:  # what is newer will be told
            return None, ""
        except GradloomError as error:
            return None, f"{type(error).__name__}: {error}"
        except (Exception, SystemExit) as error:  # an adapter's own, which may be of any kind
            return None, f"{type(error).__name__} in {self._debugger.title}: {error}"
        finally:
            self._answering.discard(threading.get_ident())

    def _begun(self, message: Mapping[str, Any]) -> Rest:
        """What is left of a message, after what is quick."""
        debugger = self._debugger
        match message:
            case {"do": "look"}:
                return dict
            case {"do": "choose", "state": state}:
                debugger.choose(**chosen_in(state))
                return dict
            case {"do": "links", "layer": int(layer), "cell": int(cell)}:
                debugger.layer(layer).cell(cell)
                return partial(self._links, debugger.snapshot, debugger.revision, layer, cell)
            case {"do": "set_cell", "cell": int(cell), "value": value}:
                debugger.write(cell, _number(value))
                return self._compute if debugger.is_live else dict
            case {"do": "save", "name": str(name)}:
                return partial(self._save, _plain(name))
            case {"do": "render"}:
                return self._render
            case {"do": "cancel"}:
                debugger.work.cancel()
                return dict
        raise ArgumentError("a page sent a message that means nothing here")

    # ---- what may take long ----------------------------------------------------------------------

    def _compute(self) -> Told:
        debugger = self._debugger
        input = debugger.input
        debugger.show(self._done("computing", partial(debugger.source.compute, input)), input)
        return {}

    def _render(self) -> Told:
        self._debugger.take(self._done("reading", self._debugger.source.read))
        return {}

    def _save(self, name: str) -> Told:
        debugger, source = self._debugger, self._debugger.source
        if not self._saving.acquire(blocking=False):
            raise ArgumentError("it is being saved already")
        try:
            with debugger.work.turn():
                paths = source.save(debugger.snapshot, debugger.input, name)
        except Exception as error:
            debugger.tell(error_text(error))
            raise
        finally:
            self._saving.release()
        if isinstance(source, Recomputes):
            debugger.take(self._done("computing", source.recompute))
        return {"saved": ", ".join(str(path) for path in paths)}

    def _links(self, snapshot: Snapshot, revision: int, layer: int, cell: int) -> Told:
        """The links of a cell; those that are held, where the source is busy."""
        name, source = snapshot.layers[layer].name, self._debugger.source
        try:
            make = partial(_both_ways, source, snapshot, name, cell)
            flows = self._debugger.work.do_if_idle("looking for links", make)
        except Cancelled:
            ways = (links_held, links_held_into)
            flows = tuple(flow for way in ways for flow in way(snapshot, name, cell))
        return {"links": links_data(snapshot, layer, cell, flows), "revision": revision}

    def _done(self, what: str, make: Callable[[], Snapshot]) -> Snapshot:
        """What `make` gives; what goes wrong stands in the document until all is well."""
        try:
            made = self._debugger.work.do(what, make)
        except Superseded:
            raise
        except BaseException as error:
            self._debugger.tell(error_text(error))
            raise
        self._debugger.tell("")
        return made


def _both_ways(source: Source, snapshot: Snapshot, layer: str, cell: int) -> tuple[Flow, ...]:
    return tuple(
        flow for way in (links_from, links_into) for flow in way(source, snapshot, layer, cell)
    )


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
