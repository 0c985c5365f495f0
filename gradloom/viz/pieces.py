"""What groups are made of: a node, or a stretch of nodes with a title, and how stretches are found.

A stretch is what one function or module did without a break, or what comes several times in a row.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, final

from gradloom.ir.location import Location
from gradloom.viz.repeats import Repeat, repeats

GroupKind = Literal["graph", "function", "module", "loop", "branch", "call", "part"]

MOST_ITEMS: Final = 40
"""A level with more items than these is cut into parts: so many boxes are read at a glance."""
_LEAST_RUN: Final = 3
"""A stretch of one function gets a group from so many nodes on; fewer stand as they are."""
_ROUNDS: Final = 8
"""Repeats of repeats are looked for so often: loops in loops, eight deep."""
_NAMED: Final = 3
"""A turn through several functions is called after so many of them."""


@final
class Place(NamedTuple):
    """The function that a node comes from; what reverse mode made of it stands elsewhere."""

    file: str
    function: str
    backward: bool

    @property
    def title(self) -> str:
        """The function's name, or what it is the backward of."""
        name = self.function.replace(".<locals>", "") or os.path.basename(self.file) or "unknown"
        return f"backward of {name}" if self.backward else name


def place_of(location: Location | None) -> Place | None:
    """The function of a location."""
    if location is None:
        return None
    return Place(location.file, location.function, location.note.startswith("transpose of"))


@final
@dataclass(slots=True)
class Piece:
    """A node (then `kind` is None), or a group in the making.

    Pieces with equal `mark`s have the same structure; `size` counts nodes, and `lines` are the
    first and the last of the source.
    """

    id: str
    title: str
    kind: GroupKind | None = None
    items: list[Piece] = field(default_factory=list)
    repeats: int = 1
    mark: int = 0
    size: int = 1
    place: Place | None = None
    lines: tuple[int, int] = (0, 0)


@final
class Marks:
    """A number for every structure: equal structures have equal numbers."""

    __slots__ = ("_numbers",)

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}

    def __call__(self, structure: Hashable) -> int:
        """The structure's number."""
        return self._numbers.setdefault(structure, len(self._numbers))


def levels(items: Sequence[Piece], marks: Marks, main: str) -> list[Piece]:
    """The pieces in groups: by function, then by module where there are several, then repeats.
    `main` is the name of the graph, and so of the function that is called but once.
    """
    stretches = list(_stretches(items, lambda piece: piece.place))
    if len(stretches) == 1:
        return repeated(items, marks)
    runs = [piece for stretch in stretches for piece in _run(stretch, marks, main)]
    files = {piece.place.file for piece in items if piece.place is not None}
    if len(files) > 1:
        modules = _stretches(runs, lambda piece: piece.place and piece.place.file)
        runs = [piece for stretch in modules for piece in _module(stretch, marks)]
    return repeated(runs, marks)


def parted(items: list[Piece]) -> list[Piece]:
    """The pieces of a level, in parts of parts where there are more than `MOST_ITEMS`."""
    if len(items) <= MOST_ITEMS:
        return items
    size = MOST_ITEMS
    while len(items) > size * MOST_ITEMS:
        size *= MOST_ITEMS
    count = -(-len(items) // size)
    edges = [len(items) * i // count for i in range(count + 1)]
    return [
        Piece("", f"part {i + 1} of {count}", "part", parted(items[a:b]))
        for i, (a, b) in enumerate(itertools.pairwise(edges))
    ]


def repeated(items: Sequence[Piece], marks: Marks) -> list[Piece]:
    """The pieces with stretches that come several times in a row as one piece each."""
    pieces = list(items)
    for _ in range(_ROUNDS):
        found = repeats([p.mark for p in pieces], [p.size for p in pieces])
        if not found:
            break
        done, at = [], 0
        for repeat in found:
            done += [*pieces[at : repeat.start], _repeat(pieces, repeat, marks)]
            at = repeat.end
        pieces = done + pieces[at:]
    return pieces


def _stretches(
    items: Sequence[Piece], key: Callable[[Piece], Hashable | None]
) -> Iterator[list[Piece]]:
    """Stretches of pieces with one key; a piece without a key goes on with what is before it."""
    stretch: list[Piece] = []
    current: Hashable | None = None
    for piece in items:
        found = key(piece)
        if stretch and None not in (found, current) and found != current:
            yield stretch
            stretch, current = [], None
        stretch.append(piece)
        current = current if found is None else found
    if stretch:
        yield stretch


def _run(stretch: list[Piece], marks: Marks, main: str) -> list[Piece]:
    """A function's stretch as a group, where it is long enough to need one."""
    if sum(piece.size for piece in stretch) < _LEAST_RUN or len(stretch) == 1:
        return stretch
    pieces = repeated(stretch, marks)
    made = _group("", "function", pieces, marks)
    if made.place is None:
        return stretch
    made.title = made.place.title
    once = main.endswith(made.place.function.rpartition(".")[2])
    if len(pieces) == 1 and pieces[0].repeats > 1 and not once:
        return [_renamed(pieces[0], made.title)]
    return [made]


def _renamed(repeat: Piece, name: str) -> Piece:
    """A function that is nothing but a repeat: its turns are its calls."""
    for i, turn in enumerate(repeat.items):
        if turn.kind == "part":
            turn.title, turn.kind = f"{name}, {i + 1} of {repeat.repeats}", "function"
    repeat.title, repeat.kind = f"{name} \u00d7 {repeat.repeats}", "function"
    return repeat


def _module(stretch: list[Piece], marks: Marks) -> list[Piece]:
    """A module's stretch as a group, where it holds several functions."""
    if len(stretch) < 2 or all(piece.kind is None for piece in stretch):
        return stretch
    file = next((p.place.file for p in stretch if p.place is not None), "")
    return [_group(os.path.basename(file), "module", repeated(stretch, marks), marks)]


def _repeat(pieces: Sequence[Piece], repeat: Repeat, marks: Marks) -> Piece:
    """A stretch that comes several times: a group of its turns."""
    starts = range(repeat.start, repeat.end, repeat.length)
    turns = [list(pieces[i : i + repeat.length]) for i in starts]
    name, count = _turn_name(turns[0]), repeat.count
    if repeat.length == 1:
        items = [turn[0] for turn in turns]
    else:
        items = [
            _group(f"{name}, {i + 1} of {count}", "part", turn, marks)
            for i, turn in enumerate(turns)
        ]
    made = _group(f"{name} \u00d7 {count}", "part", items, marks)
    made.repeats = count
    return made


def _turn_name(turn: Sequence[Piece]) -> str:
    if len(turn) == 1:
        return turn[0].title
    places = list(dict.fromkeys(piece.place for piece in turn if piece.place is not None))
    if len(places) > 1:
        backward = all(place.backward for place in places)
        names = [place._replace(backward=place.backward and not backward).title for place in places]
        more = " \u2026" if len(names) > _NAMED else ""
        return ("backward of " if backward else "") + ", ".join(names[:_NAMED]) + more
    first, last = _lines(turn)
    return f"line {first}" if first == last else f"lines {first}\u2013{last}"


def _lines(pieces: Sequence[Piece]) -> tuple[int, int]:
    told = [piece.lines for piece in pieces if piece.lines[0]]
    return min((a for a, _ in told), default=0), max((b for _, b in told), default=0)


def _group(title: str, kind: GroupKind, items: list[Piece], marks: Marks) -> Piece:
    mark = marks((kind, tuple(piece.mark for piece in items)))
    size = sum(piece.size for piece in items)
    place = next((piece.place for piece in items if piece.place is not None), None)
    return Piece("", title, kind, items, 1, mark, size, place, _lines(items))
