"""What a picture is made of before it is placed: boxes, edges between them, frames around them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, final

from gradloom.viz.pieces import GroupKind

Kind = Literal["input", "op", "derivative", "constant", "output", "region", "group"]

Mark = Literal["", "+", "-", "~"]
"""What a change did to a box: nothing, added it, removed it, or put it in the place of another."""


@final
@dataclass(frozen=True, slots=True)
class Box:
    """A node of the picture, or a closed group: a title, lines below it, and what is told when one
    points at it.

    `frame` is the id of the frame that it stands in, "" for none. `count` says how many nodes it
    stands for; `flops` and `bytes` (read and written) are theirs. `group` says that it can be
    opened.
    """

    id: str
    title: str
    lines: tuple[str, ...]
    kind: Kind
    tip: str = ""
    frame: str = ""
    count: int = 1
    flops: int = 0
    bytes: int = 0
    group: bool = False
    mark: Mark = ""


@final
@dataclass(frozen=True, slots=True)
class Edge:
    """Values on their way from one box to another: how many, and of how many bytes."""

    source: str
    target: str
    label: str = ""
    count: int = 1
    bytes: int = 0


@final
@dataclass(frozen=True, slots=True)
class Frame:
    """An open group: what its boxes and frames stand in; `frame` is the one around it."""

    id: str
    title: str
    kind: GroupKind
    frame: str = ""
    tip: str = ""
    count: int = 1
    flops: int = 0
    bytes: int = 0


@final
@dataclass(frozen=True, slots=True)
class Scene:
    """Boxes, edges and frames; `title` stands above.

    Boxes stand in program order, so that edges go from earlier to later ones; a frame stands before
    the frames in it. `rows` are ids of boxes of one frame that are wanted side by side.
    """

    title: str
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    frames: tuple[Frame, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
