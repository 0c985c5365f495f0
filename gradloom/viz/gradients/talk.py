"""What pages ask of a debugger, and what they are answered: the same for a server and a notebook.

    {"do": "look"}                                  the document
    {"do": "set_cell", "cell": 17, "value": 1.0}    writes an element of the input; the document
    {"do": "save", "name": "edited.npy"}            saves the input; the paths, and the document
    {"do": "render"}                                reads everything anew; the document

An answer has `document`, `saved` (a text of paths) and `error` (a text), each where there is one.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, final

from gradloom.ir.errors import ArgumentError, GradloomError
from gradloom.viz.gradients.debugger import Gradients
from gradloom.viz.gradients.page import shown

LONGEST_NAME: Final = 255
"""Characters of a file's name: file systems allow no more."""


@final
@dataclass(frozen=True, slots=True)
class Answer:
    """What the page that asked is told."""

    told: Mapping[str, Any]

    @property
    def for_others(self) -> Mapping[str, Any]:
        """What the debugger's other pages are told: what they show has changed."""
        return {key: value for key, value in self.told.items() if key == "document"}


@final
class Talk:
    """Answers the messages of one debugger's pages, one after the other, from any thread."""

    def __init__(self, debugger: Gradients) -> None:
        self._debugger = debugger
        self._lock = threading.Lock()

    def document(self) -> dict[str, Any]:
        """What a page shows."""
        with self._lock:
            return shown(self._debugger)

    def answer(self, message: Mapping[str, Any]) -> Answer:
        """The answer to a message; whatever goes wrong is told in it, and nothing is raised."""
        told: dict[str, Any] = {}
        with self._lock:
            try:
                saved = self._done(message)
                if saved:
                    told["saved"] = saved
            except GradloomError as error:
                told["error"] = f"{type(error).__name__}: {error}"
            except Exception as error:  # an adapter's own, which may be of any kind
                told["error"] = f"{type(error).__name__} in {self._debugger.title}: {error}"
            told["document"] = shown(self._debugger)
        return Answer(told)

    def _done(self, message: Mapping[str, Any]) -> str:
        """Do what a message says; the paths that were written."""
        match message:
            case {"do": "look"}:
                pass
            case {"do": "set_cell", "cell": int(cell), "value": value}:
                self._debugger.set_element(cell, _number(value))
            case {"do": "save", "name": str(name)}:
                return ", ".join(str(path) for path in self._debugger.save(_plain(name)))
            case {"do": "render"}:
                self._debugger.render()
            case _:
                raise ArgumentError("a page sent a message that means nothing here")
        return ""


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
