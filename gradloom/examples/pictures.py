"""Pictures for a terminal, made of characters: images, bars, curves and maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

_SHADES: Final = " ░▒▓█"
_EIGHTHS: Final = "▁▂▃▄▅▆▇█"


def image(pixels: ArrayLike, low: float = 0.0, high: float = 1.0) -> str:
    """The lines of an image of one channel, [row, column]; two characters are a pixel.

    What is not above `low` is blank, what is not below `high` is full; nan is a question mark.

    >>> print(image([[0.0, 0.5, 1.0], [1.0, 0.25, np.nan]]))
      ▒▒██
    ██░░??
    """
    grid = np.asarray(pixels, float)
    shares = (np.where(np.isnan(grid), low, grid) - low) / (high - low)
    steps = np.rint(np.clip(shares, 0, 1) * (len(_SHADES) - 1)).astype(int)
    rows = zip(steps, np.isnan(grid), strict=True)
    return "\n".join(
        "".join("??" if gap else 2 * _SHADES[s] for s, gap in zip(*row, strict=True))
        for row in rows
    )


def side_by_side(blocks: Sequence[str], titles: Sequence[str] = (), gap: int = 3) -> str:
    """Blocks of lines next to each other, each under its title.

    >>> print(side_by_side(["ab\\ncd", "e"], ["one", "two"]))
    one   two
    ab    e
    cd
    """
    columns = [block.splitlines() for block in blocks]
    if titles:
        columns = [[title, *lines] for title, lines in zip(titles, columns, strict=True)]
    height = max((len(lines) for lines in columns), default=0)
    padded = []
    for lines in columns:
        width = max(map(len, lines), default=0)
        padded.append([line.ljust(width) for line in lines] + [" " * width] * (height - len(lines)))
    return "\n".join((" " * gap).join(row).rstrip() for row in zip(*padded, strict=True))


def bars(names: Sequence[str], values: Sequence[float], width: int = 30) -> str:
    """A line for each name, with a bar as long as its value; those below zero have a light one.

    >>> print(bars(["up", "down"], [2.0, -1.0], width=4))
    up   +2.00 ████
    down -1.00 ░░
    """
    longest = max((len(name) for name in names), default=0)
    largest = max((abs(value) for value in values), default=0.0) or 1.0
    return "\n".join(
        f"{name:{longest}} {value:+.2f} "
        + ("█" if value > 0 else "░") * round(width * abs(value) / largest)
        for name, value in zip(names, values, strict=True)
    )


def curve(values: ArrayLike, width: int = 48) -> str:
    """One line whose height follows the values' logarithm; each column is a mean of some values.

    >>> curve([8.0, 4.0, 2.0, 1.0])
    '█▆▃▁'
    """
    given = np.asarray(values, float)
    pieces = np.array_split(given, min(width, max(len(given), 1)))
    means = np.array([piece.mean() if piece.size else np.nan for piece in pieces])
    drawn = np.isfinite(means) & (means > 0)
    if not drawn.any():
        return ""
    heights = np.log(means[drawn])
    spread = np.ptp(heights) or 1.0
    levels = np.rint((heights - heights.min()) / spread * (len(_EIGHTHS) - 1)).astype(int)
    glyphs = iter(_EIGHTHS[level] for level in levels)
    return "".join(next(glyphs) if is_drawn else "·" for is_drawn in drawn)


def chart(points: NDArray[Any], names: Sequence[str], width: int = 72, height: int = 24) -> str:
    """Named points on a plane, [point, (x, y)], y upwards; a name that finds no room is left out.

    >>> print(chart(np.array([[0.0, 0.0], [1.0, 1.0]]), ["south-west", "ne"], width=16, height=3))
         •ne
    <BLANKLINE>
    •south-west
    """
    room = max(map(len, names), default=0)
    low, spread = points.min(axis=0), np.ptp(points, axis=0)
    shares = (points - low) / np.where(spread > 0, spread, 1)
    columns = np.rint(shares[:, 0] * (width - 1 - min(room, width - 2))).astype(int)
    rows = np.rint((1 - shares[:, 1]) * (height - 1)).astype(int)
    page = [[" "] * width for _ in range(height)]
    for row, column, name in zip(rows, columns, names, strict=True):
        label = f"•{name}"
        cells = page[row][column : column + len(label)]
        if all(cell == " " for cell in cells):
            page[row][column : column + len(cells)] = label[: len(cells)]
        elif page[row][column] == " ":
            page[row][column] = "•"
    return "\n".join("".join(line).rstrip() for line in page)


def plot(
    series: Mapping[str, tuple[ArrayLike, ArrayLike]], width: int = 72, height: int = 18
) -> str:
    """Points (x, y) of several series, each drawn by its glyph; the later ones lie on top. What is
    not finite is left out.

    >>> print(plot({".": ([0, 1, 2], [0, 1, 2]), "o": ([2], [0])}, width=5, height=3))
        .
      .
    .   o
    """
    points = {
        glyph: np.stack([np.ravel(x).astype(float), np.ravel(y).astype(float)], axis=-1)
        for glyph, (x, y) in series.items()
    }
    finite = {glyph: p[np.isfinite(p).all(axis=-1)] for glyph, p in points.items()}
    places = np.concatenate([np.zeros((0, 2)), *finite.values()])
    if not len(places):
        return ""
    low, spread = places.min(axis=0), np.ptp(places, axis=0)
    page = [[" "] * width for _ in range(height)]
    for glyph, xy in finite.items():
        for x, y in (xy - low) / np.where(spread > 0, spread, 1):
            page[round((1 - y) * (height - 1))][round(x * (width - 1))] = glyph
    return "\n".join("".join(line).rstrip() for line in page)


def curves(series: Mapping[str, ArrayLike], width: int = 72, height: int = 12) -> str:
    """Values over time, each series by its glyph; a short series fills less than the width.

    >>> print(curves({"o": [0, 1, 2, 1, 0], "x": [2, 2, 2, 2, 2]}, height=3))
    xxxxx
     o o
    o   o
    """
    longest = max((len(np.ravel(values)) for values in series.values()), default=0)
    points = {glyph: (np.arange(len(np.ravel(values))), values) for glyph, values in series.items()}
    return plot(points, min(width, longest), height)
