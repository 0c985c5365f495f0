"""`gl.viz.memory`: a picture of memory in a file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from gradloom.ir.errors import NotSupported
from gradloom.viz.memory_map.drawn import drawn
from gradloom.viz.memory_map.given import given
from gradloom.viz.memory_map.measured import measured
from gradloom.viz.memory_map.page import memory_page
from gradloom.viz.memory_map.scene import MemoryScene, memory_scene
from gradloom.viz.memory_map.told import as_json, text
from gradloom.viz.writers.files import ending, write_drawing, write_file
from gradloom.viz.writers.raster import CSS_DPI

KINDS: Final = ("svg", "png", "pdf", "html", "json", "txt")


def memory(
    what: Any,
    path: str | os.PathLike[str],
    budget: int | str | None = None,
    inputs: Sequence[Any] | None = None,
    sizes: Mapping[str, int] | None = None,
    title: str = "",
    theme: str = "light",
    dpi: float = CSS_DPI,
) -> Path:
    """Write a picture of the bytes that are alive while a program runs, and who owns them.

    `what` is a graph, a plan (`gl.plan_memory`) or a compiled function; a graph that needs more
    than the budget ("2MiB", or a number) is shown before and after the plan that `remat` finds.
    With `inputs`, arrays for the graph's parameters, the program runs on numpy: the picture is over
    measured time, with the measured peak. `sizes` gives numbers to named sizes (else 64 each). The
    path's ending says which kind: .svg, .png, .pdf, .html, .json or .txt.

    >>> import tempfile, numpy as np, gradloom as gl
    >>> g = gl.trace(gl.grad(lambda x: np.sum(np.sin(np.exp(np.sin(x))))), gl.spec("f32[1000]"))
    >>> memory(g, f"{tempfile.mkdtemp()}/memory.svg", budget="20KiB").name
    'memory.svg'
    """
    target = Path(path)
    kind = ending(target)
    if kind not in KINDS:
        raise NotSupported(
            f"a picture of memory of kind {target.suffix!r}",
            hint=f"name the file {', '.join('.' + k for k in KINDS)}",
        )
    scene = _scene(what, budget, inputs, sizes, title)
    if kind == "json":
        write_file(target, json.dumps(as_json(scene), indent=1).encode())
    elif kind == "txt":
        write_file(target, text(scene).encode())
    elif kind == "html":
        write_file(target, memory_page(scene, theme).encode())
    else:
        write_drawing(drawn(scene), target, theme, dpi)
    return target


def memory_text(
    what: Any,
    budget: int | str | None = None,
    inputs: Sequence[Any] | None = None,
    sizes: Mapping[str, int] | None = None,
    title: str = "",
) -> str:
    """The same picture as text for a terminal."""
    return text(_scene(what, budget, inputs, sizes, title))


def _scene(
    what: Any,
    budget: int | str | None,
    inputs: Sequence[Any] | None,
    sizes: Mapping[str, int] | None,
    title: str,
) -> MemoryScene:
    shown = given(what, budget)
    graphs = [g for g in (shown.before, shown.graph) if g is not None]
    runs = [measured(g, inputs) for g in graphs] if inputs is not None else []
    return memory_scene(shown, title, sizes, runs)
