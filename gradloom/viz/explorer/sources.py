"""The lines of the user's files that a graph comes from, with those around them."""

from __future__ import annotations

import linecache
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, final

from gradloom.viz.explorer.facts import Where

AROUND: Final = 6
"""Lines before and after a node's own: so many fit beside the graph without scrolling."""


@final
@dataclass(frozen=True, slots=True)
class Source:
    """A file as a page names it, and its lines by number; none where it is not at hand."""

    name: str
    lines: dict[int, str]


def sources(places: Iterable[Where], code: bool = True) -> dict[str, Source]:
    """What is shown of each file, by its path; without lines unless `code`."""
    wanted: dict[str, set[int]] = {}
    for place in places:
        wanted.setdefault(place.file, set()).add(place.line)
    return {
        file: Source(shown_name(file), _lines(file, numbers) if code else {})
        for file, numbers in wanted.items()
    }


def _lines(file: str, numbers: set[int]) -> dict[int, str]:
    linecache.checkcache(file)  # it may have been edited since it was last read
    text = linecache.getlines(file)
    near = {n for m in numbers for n in range(m - AROUND, m + AROUND + 1) if 1 <= n <= len(text)}
    return {n: text[n - 1].rstrip("\n") for n in sorted(near)}


def shown_name(file: str) -> str:
    """The file as seen from the working folder, or its last two parts: a page that travels need not
    tell where its maker's home is.
    """
    if file.startswith("<"):
        return file
    try:
        near = os.path.relpath(file)
    except ValueError:  # another drive
        near = ".."
    return near if not near.startswith("..") else os.sep.join(file.split(os.sep)[-2:])
