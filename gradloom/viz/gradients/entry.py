"""`gl.viz.gradients`: the debugger of files, or of a function."""

from __future__ import annotations

import os
from typing import Any

from gradloom.ir.errors import CallError
from gradloom.viz.gradients.debugger import Gradients
from gradloom.viz.gradients.files import Files
from gradloom.viz.gradients.state import TOP


def of_files(
    path: str | os.PathLike[str], *, rule: str = "interpolated", top: int = TOP
) -> Gradients:
    """The debugger of the files behind a prefix, in a folder, or of a `.gradients.npz`."""
    return Gradients(Files(path, rule), top=top)


def of_source(source: Any, *, top: int = TOP) -> Gradients:
    """The debugger of an adapter of one's own; see `Source`."""
    missing = [
        n
        for n in ("title", "is_live", "read", "compute", "save", "links")
        if not hasattr(source, n)
    ]
    if missing:
        raise CallError(f"{type(source).__name__} is no source: it has no {missing[0]}")
    return Gradients(source, top=top)
