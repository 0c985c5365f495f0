"""Fonts for pictures made of pixels: the first of some usual ones that this system has.

Searched are the folders where Linux, macOS and Windows keep fonts, and matplotlib's own DejaVu
where it is installed. Where nothing is found, Pillow's built-in font stands in, and signs that it
lacks are written in letters.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

_SANS: Final = (
    "DejaVuSans", "NotoSans-Regular", "LiberationSans-Regular", "Arial", "Helvetica", "segoeui",
    "FreeSans",
)  # fmt: skip
_BOLD: Final = (
    "DejaVuSans-Bold", "NotoSans-Bold", "LiberationSans-Bold", "Arial Bold", "arialbd", "segoeuib",
    "FreeSansBold",
)  # fmt: skip
_MONO: Final = (
    "DejaVuSansMono", "NotoSansMono-Regular", "LiberationMono-Regular", "Menlo", "consola",
    "Courier New", "cour", "FreeMono",
)  # fmt: skip
_MONO_BOLD: Final = (
    "DejaVuSansMono-Bold", "NotoSansMono-Bold", "LiberationMono-Bold", "Menlo", "consolab",
    "Courier New Bold", "courbd", "FreeMonoBold",
)  # fmt: skip
_ENDINGS: Final = (".ttf", ".otf", ".ttc")
_IN_LETTERS: Final = {
    "→": "->", "←": "<-", "↔": "<->", "∇": "grad ", "θ": "theta", "·": ".", "×": "x", "…": "...",
    "≤": "<=", "≥": ">=", "µ": "u", "μ": "u", "∞": "inf", "−": "-", "–": "-", "—": "-", "²": "2",
}  # fmt: skip
_MOST_FILES: Final = 20_000


@functools.cache
def font_file(bold: bool = False, mono: bool = False) -> Path | None:
    """The file of a font of this kind, or None where the system has none that we know."""
    wanted = (_MONO_BOLD if bold else _MONO) if mono else (_BOLD if bold else _SANS)
    found = _files()
    return next((found[name.lower()] for name in wanted if name.lower() in found), None)


@functools.cache
def font(size: int, bold: bool = False, mono: bool = False) -> Any:
    """A Pillow font of so many pixels."""
    from PIL import ImageFont

    file = font_file(bold, mono)
    if file is not None:
        try:
            return ImageFont.truetype(str(file), size)
        except OSError:  # a file that only looks like a font
            pass
    return ImageFont.load_default(size)


def writable(text: str, bold: bool = False, mono: bool = False) -> str:
    """The text in signs that the font has; what is not text in any font is a replacement sign."""
    text = "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in text)
    if font_file(bold, mono) is not None:
        return text
    letters = "".join(_IN_LETTERS.get(c, c) for c in text)
    return letters.encode("latin-1", "replace").decode("latin-1")


@functools.cache
def _files() -> dict[str, Path]:
    """The font files of this system by their names without endings, in small letters."""
    found: dict[str, Path] = {}
    for folder in _folders():
        for count, path in enumerate(_below(folder)):
            if count > _MOST_FILES:
                break
            found.setdefault(path.stem.lower(), path)
    return found


def _below(folder: Path) -> Iterator[Path]:
    for at, _, names in os.walk(folder):
        for name in names:
            if name.lower().endswith(_ENDINGS):
                yield Path(at, name)


def _folders() -> Iterator[Path]:
    home = Path.home()
    if sys.platform == "darwin":
        yield from (Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts")
    elif sys.platform == "win32":
        yield Path(os.environ.get("WINDIR", "C:/Windows"), "Fonts")
        yield home / "AppData/Local/Microsoft/Windows/Fonts"
    else:
        data = os.environ.get("XDG_DATA_HOME") or home / ".local/share"
        yield from (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
        yield from (Path(data, "fonts"), home / ".fonts")
    matplotlib = importlib.util.find_spec("matplotlib")
    if matplotlib is not None and matplotlib.origin is not None:
        yield Path(matplotlib.origin).parent / "mpl-data/fonts/ttf"
