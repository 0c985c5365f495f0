"""The one entry to moving pictures: what is given says which kind is made."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from gradloom.ir.errors import ArgumentError
from gradloom.ir.graph import Graph
from gradloom.viz.motion.program import animate_program


def animate(thing: Any, path: str | os.PathLike[str] | None = None, **options: Any) -> Path:
    """The path of a moving picture of `thing`."""
    if is_program(thing):
        return animate_program(thing, path or Path(tempfile.mkdtemp(), "program.html"), **options)
    raise ArgumentError(f"nothing moves in a {type(thing).__name__}", hint="give a strategy")


def is_program(thing: Any) -> bool:
    """Whether this is a graph, a compiled function, or a history of graphs."""
    if isinstance(thing, Graph) or hasattr(thing, "history"):
        return True
    entries = thing if isinstance(thing, (list, tuple)) else ()
    return bool(entries) and all(isinstance(getattr(e, "graph", None), Graph) for e in entries)
