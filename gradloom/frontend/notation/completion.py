"""Completion inside of pipelines: what may follow `x |> $.` is what may follow `(x).`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, final

from pipescript.analysis.pipeline_lowering import lower_pipelines

_TAIL: Final = re.compile(r"\W?\w*\Z")


def completed(text: str) -> str:
    """A text to complete in the place of `text`, which ends where the cursor stands.

    >>> completed("y = [1, 2] |> $.app")
    'y = ([1, 2]).app'
    """
    made: str | None = lower_pipelines(text)
    if made is None or _tail(made) != _tail(text):
        return text
    return made


def _tail(text: str) -> str:
    """The word at a text's end, and what stands before it."""
    found = _TAIL.search(text)
    return found.group() if found is not None else ""


@final
class Completion:
    """The completion of one shell's cells."""

    def __init__(self, completer: Any) -> None:
        self._completer = completer
        self._original: Callable[[str, int], Iterator[Any]] = completer.completions

    def open(self) -> None:
        """Complete pipelines from now on."""
        self._completer.completions = self.completions

    def close(self) -> None:
        """Leave the completer as it was."""
        vars(self._completer).pop("completions", None)

    def completions(self, text: str, offset: int) -> Iterator[Any]:
        """What may stand at an offset of a cell, as IPython tells it."""
        made = completed(text[:offset])
        if made == text[:offset]:
            yield from self._original(text, offset)
            return
        shift = offset - len(made)
        for found in self._original(made, len(made)):
            found.start += shift
            found.end += shift
            yield found
