"""A drawing as a file, of the kind that its name's ending says."""

from __future__ import annotations

import os
from pathlib import Path

from gradloom.ir.errors import FileUnwritable, NotSupported
from gradloom.ir.whole_file import write_whole
from gradloom.viz.drawing import Drawing
from gradloom.viz.palette import palette
from gradloom.viz.writers.pdf import pdf
from gradloom.viz.writers.raster import CSS_DPI, png
from gradloom.viz.writers.svg import svg


def write_drawing(
    drawing: Drawing, path: str | os.PathLike[str], theme: str = "light", dpi: float = CSS_DPI
) -> Path:
    """Write the drawing as .svg (which follows the reader's theme if `theme` is "auto"), .png or
    .pdf. `dpi` is the PNG's pixels per inch.
    """
    target = Path(path)
    kind = ending(target)
    colours = None if theme == "auto" and kind == "svg" else palette(theme)
    if kind == "svg":
        data = svg(drawing, colours).encode()
    elif kind == "png":
        data = png(drawing, palette(theme), dpi)
    elif kind == "pdf":
        data = pdf(drawing, palette(theme))
    else:
        raise NotSupported(
            f"a picture of kind {target.suffix!r}", hint="name the file .svg, .png or .pdf"
        )
    write_file(target, data)
    return target


def write_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; FileUnwritable where its folder takes none."""
    try:
        write_whole(path, data)
    except OSError as error:
        raise FileUnwritable(
            f"{path} cannot be written: {error.strerror or error}",
            hint="choose a folder that is there and may be written to",
        ) from error


def ending(path: Path) -> str:
    """The kind of a file by its ending, in small letters."""
    return path.suffix.lstrip(".").lower()
