"""Graphs as they travel: text, named by its digest, and large constants beside it."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from gradloom.ir.constants import Constant
from gradloom.ir.errors import ArgumentError, ParseError
from gradloom.ir.files import large_constants
from gradloom.ir.graph import Graph
from gradloom.ir.location import Location
from gradloom.ir.parse import parse
from gradloom.ir.text import graph_text, string_text
from gradloom.ir.verify import verify
from gradloom.runtime import messages as m
from gradloom.runtime.fields import MOST_DIGESTS, MOST_TEXT, digest_of

COMPILED: Final = "compiled"
"""The note of a graph that the backend's own compiler is to compile."""
APART: Final = "apart"
"""The note of a graph whose results fail one by one (`salvage.py`)."""


class Packed(NamedTuple):
    """A graph as a message, and the constants that each call of it hands over."""

    define: m.Define
    constants: tuple[Constant, ...]


def pack(graph: Graph) -> Packed:
    """The graph as it travels."""
    text = graph_text(graph, locations=_place).encode()
    constants = {c.digest: c for c in large_constants(graph)}
    names = tuple(constants)
    if len(text) > MOST_TEXT or len(names) > MOST_DIGESTS:
        raise ArgumentError(
            f"{graph.name}: a program of {len(text)} bytes and {len(names)} large constants, where "
            f"{MOST_TEXT} and {MOST_DIGESTS} are the most",
            hint="call it in parts, and pass constants as arguments",
        )
    define = m.Define(digest_of(text, names), text, names, _sizes(graph))
    return Packed(define, tuple(constants.values()))


def _place(location: Location) -> str:
    """A location as it is read back: errors on a worker name the line, and no folder."""
    place = f"@ {string_text(os.path.basename(location.file))}:{location.line}"
    return f'{place} "" {string_text(location.note)}' if location.note else place


def _sizes(graph: Graph) -> tuple[int, ...]:
    """The bytes of the results; nothing where a size is free."""
    types = [r.type for r in graph.results]
    if not all(isinstance(d, int) for t in types for d in t.shape):
        return ()
    return tuple(math.prod(map(int, t.shape)) * t.dtype.itemsize for t in types)


def unpack(program: m.Prepare, constants: Sequence[np.ndarray[Any, Any]]) -> Graph:
    """The graph of a message, verified; ParseError or VerifyError where it is none."""
    if digest_of(program.text, program.constants) != program.digest:
        raise ParseError("a program's text is not the one of its digest")
    for digest, array in zip(program.constants, constants, strict=True):
        if Constant(array).digest != digest:
            raise ParseError("a program's constant is not the one of its digest")
    arrays = dict(zip(program.constants, constants, strict=True))
    graph = parse(program.text.decode(), constants=arrays)
    verify(graph)
    return graph
