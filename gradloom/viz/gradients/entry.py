"""`gl.viz.gradients`: the debugger of files, or of a function."""

from __future__ import annotations

import os
from typing import Any

from gradloom.ir.errors import CallError, StillToCome
from gradloom.viz.gradients.debugger import Gradients
from gradloom.viz.gradients.files import Files
from gradloom.viz.gradients.state import TOP


def gradients(program: Any, *inputs: Any, rule: str = "interpolated", top: int = TOP) -> Gradients:
    """The gradient debugger of files or of an adapter.

    `program` is a prefix, a folder or a `.gradients.npz` that another program wrote, or a `Source`.
    `rule` makes up flows that the files leave out (`interpolated`, vnittest's, or `reached`, ours);
    of each flow the `top` strongest links are shown. `.serve()` opens it live, `.export(path)`
    writes a page. Functions are still to come: they are refused.

    >>> import tempfile, numpy as np
    >>> from pathlib import Path
    >>> from gradloom.viz.gradients.archive import write_archive
    >>> from gradloom.viz.gradients.layer import Layer
    >>> from gradloom.viz.gradients.source import Snapshot
    >>> path = Path(tempfile.mkdtemp()) / "run.gradients.npz"
    >>> layer = Layer("a", (2,), gradient=np.array([1.0, -2.0]))
    >>> write_archive(Snapshot(np.zeros(2), (layer,), ()), np.zeros(2), path)
    >>> gradients(path).set_cell(1, value=3.0).input
    array([0., 3.])
    """
    if isinstance(program, str | os.PathLike):
        return of_files(program, rule=rule, top=top)
    if callable(program) or inputs:
        raise StillToCome(
            "the gradient debugger of a function is still to come",
            hint="write an adapter: gradloom/viz/gradients/source.py says what it must do",
        )
    return of_source(program, top=top)


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
