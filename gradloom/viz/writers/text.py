"""A scene as text for a terminal: a tree of frames, a line for each box with what it takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple, final

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from gradloom.ir.scalars import printable
from gradloom.viz.boxes import Box, Frame, Scene
from gradloom.viz.nesting import OUTSIDE, Nesting
from gradloom.viz.weights import cost_words, count_words

WIDTH: Final = 100
"""Characters of a line, unless one asks for others."""
_NAMES: Final = 46
"""The column of names is at most so wide; a longer name moves its line's rest to the right."""
_TYPES: Final = 26


@final
@dataclass(frozen=True, slots=True)
class Signs:
    """What the tree is drawn with."""

    branch: str
    last: str
    down: str
    space: str
    takes: str
    closed: str
    cut: str


UNICODE: Final = Signs("├─ ", "└─ ", "│  ", "   ", "←", "▸ ", "…")
ASCII: Final = Signs("|- ", "`- ", "|  ", "   ", "<-", "+ ", "...")


class _Row(NamedTuple):
    name: str
    type: str
    takes: str


def scene_text(scene: Scene, width: int = WIDTH, signs: Signs = UNICODE) -> str:
    """The scene as a tree: ids, titles, types, and the ids of what each box takes.

    >>> import numpy as np, gradloom as gl
    >>> from gradloom.viz.scene import scene
    >>> print(scene_text(scene(gl.trace(lambda x: np.sin(x) * 2, gl.spec("f32[n]")))), end="")
    fn
    ├─ p0 x         f32[n]
    ├─ n0 sin       f32[n]  ← p0
    ├─ n1 multiply  f32[n]  ← n0, 2.0
    └─ r0 result    f32[n]  ← n1
    """
    rows = [_Row(printable(scene.title) or "graph", "", ""), *_Tree(scene, signs).rows()]
    names = min(max(cell_len(row.name) for row in rows[1:] or rows), _NAMES)
    types = min(max(cell_len(row.type) for row in rows), _TYPES)
    lines = [
        f"{_padded(row.name, names)}  {_padded(row.type, types)}  {row.takes}".rstrip()
        for row in rows
    ]
    return "".join(_cut(line, width, signs) + "\n" for line in lines)


def scene_rich(scene: Scene, width: int = WIDTH) -> Text:
    """The tree with colours: what lines take and lead from stands back, groups stand out."""
    text = Text(no_wrap=True, overflow="ellipsis")
    for i, line in enumerate(scene_text(scene, width).splitlines()):
        lead = len(line) - len(line.lstrip("\u2502\u251c\u2514\u2500 "))
        body, arrow, takes = line[lead:].partition(UNICODE.takes)
        text.append(line[:lead], "dim")
        text.append(body, "bold" if i == 0 or _is_group(body) else "")
        text.append(arrow + takes + "\n", "dim")
    text.right_crop(1)
    return text


def _is_group(body: str) -> bool:
    return body.startswith((UNICODE.closed, "g"))


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))


def _cut(line: str, width: int, signs: Signs) -> str:
    if cell_len(line) <= width:
        return line
    return set_cell_size(line, width - len(signs.cut)) + signs.cut


class _Tree:
    """The rows of a scene's levels."""

    def __init__(self, scene: Scene, signs: Signs) -> None:
        self._signs = signs
        self._insides = Nesting(scene).insides
        self._boxes = {box.id: box for box in scene.boxes}
        self._frames = {frame.id: frame for frame in scene.frames}
        self._takes: dict[str, list[str]] = {box.id: [] for box in scene.boxes}
        for edge in scene.edges:
            self._takes[edge.target].append(edge.source)

    def rows(self, level: str = OUTSIDE, before: str = "") -> Iterator[_Row]:
        """The rows of a level, and of the levels in it below their frames."""
        items = self._insides[level].items
        for i, item in enumerate(items):
            last = i == len(items) - 1
            sign = before + (self._signs.last if last else self._signs.branch)
            if item in self._boxes:
                yield self._box(self._boxes[item], sign)
            else:
                yield self._frame(self._frames[item], sign)
                yield from self.rows(
                    item, before + (self._signs.space if last else self._signs.down)
                )

    def _box(self, box: Box, sign: str) -> _Row:
        type, literals = _lines(box)
        takes = ", ".join([*self._takes[box.id], *literals])
        marks = (f"{box.mark} " if box.mark else "") + (self._signs.closed if box.group else "")
        name = printable(f"{marks}{box.id} {box.title}")
        return _Row(sign + name, printable(type), f"{self._signs.takes} {takes}" if takes else "")

    def _frame(self, frame: Frame, sign: str) -> _Row:
        cost = ", ".join([count_words(frame.count, "op"), *cost_words(frame.flops, frame.bytes)])
        return _Row(sign + printable(f"{frame.id} {frame.title}"), cost, "")


def _lines(box: Box) -> tuple[str, list[str]]:
    """The type that a box says, or what a closed group says, and its literals."""
    literals = [line.removeprefix("with ") for line in box.lines if line.startswith("with ")]
    rest = [line for line in box.lines if not line.startswith("with ")]
    return ", ".join(rest), literals
