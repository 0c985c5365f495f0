"""`gl.viz.roofline`: a picture of what holds a program's ops back."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from gradloom.ir.errors import NotSupported
from gradloom.viz.explorer.runs import sized
from gradloom.viz.explorer.subject import subject
from gradloom.viz.rooflines.drawn import drawn
from gradloom.viz.rooflines.machine import Machine, machine
from gradloom.viz.rooflines.scene import RooflineScene, dtypes_of, roofline_scene
from gradloom.viz.rooflines.told import as_json, text
from gradloom.viz.writers.files import ending, write_drawing, write_file
from gradloom.viz.writers.raster import CSS_DPI

KINDS: Final = ("svg", "png", "pdf", "json", "txt")


def roofline(
    program: Any,
    *inputs: Any,
    path: str | os.PathLike[str],
    machine: Machine | None = None,
    sizes: Mapping[str, int] | None = None,
    title: str = "",
    theme: str = "light",
    dpi: float = CSS_DPI,
) -> Path:
    """Write the roofline of a program: FLOP/s of its ops over their FLOP per byte.

    `program` is a graph, a compiled function or a function of numpy; on `inputs` that are arrays it
    runs op by op on numpy, and each point's area is its share of the time. Without them (or with
    specs) the points stand where the machine could bring them. The machine's peaks are measured
    once per process unless given. The kinds: .svg, .png, .pdf, .json and .txt.

    >>> import tempfile, numpy as np
    >>> def layer(w, x):
    ...     return np.tanh(x @ w)
    >>> path = f"{tempfile.mkdtemp()}/roofline.svg"
    >>> roofline(layer, np.ones((64, 64)), np.ones((32, 64)), path=path).name
    'roofline.svg'
    """
    target = Path(path)
    kind = ending(target)
    if kind not in KINDS:
        raise NotSupported(
            f"a roofline of kind {target.suffix!r}",
            hint=f"name the file {', '.join('.' + k for k in KINDS)}",
        )
    scene = scene_of(program, inputs, machine, sizes, title)
    if kind == "json":
        write_file(target, json.dumps(as_json(scene), indent=1).encode())
    elif kind == "txt":
        write_file(target, text(scene).encode())
    else:
        write_drawing(drawn(scene), target, theme, dpi)
    return target


def scene_of(
    program: Any,
    inputs: tuple[Any, ...] = (),
    known: Machine | None = None,
    sizes: Mapping[str, int] | None = None,
    title: str = "",
) -> RooflineScene:
    """The scene of a program on inputs."""
    found = subject(program, inputs)
    graph = sized(found.last, found.arrays) if found.arrays is not None else found.last
    known = known if known is not None else machine(dtypes_of(graph))
    return roofline_scene(graph, found.arrays, known, title, sizes)
