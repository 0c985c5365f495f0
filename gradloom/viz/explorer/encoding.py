"""A book as the JSON that a page reads: rows in columns, each text once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gradloom.viz.explorer.book import Book, Chapter, Read, Row, Scope
from gradloom.viz.explorer.levels import Item, Level
from gradloom.viz.explorer.sources import Source
from gradloom.viz.groups import Group
from gradloom.viz.palette import PALETTES

FORMAT = 1
"""Changes with the meaning of what is written here; the page's script reads this one."""


def encoded(book: Book, files: Mapping[str, Source]) -> dict[str, Any]:
    """The book as dicts, lists, numbers and texts."""
    texts = _Texts()
    names = list(files)
    rows = _columns(book, texts, {file: i for i, file in enumerate(names)})
    return {
        "format": FORMAT,
        "title": book.title,
        "backends": list(book.backends),
        "rows": rows,
        "chapters": [_chapter(c, book.chapters[:i], texts) for i, c in enumerate(book.chapters)],
        "files": [{"name": files[f].name, "lines": files[f].lines} for f in names],
        "ramps": {name: {"amounts": p.amounts, "signs": p.signs} for name, p in PALETTES.items()},
        "texts": texts.all,
    }


class _Texts:
    """A number for each text."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._numbers: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        number = self._numbers.get(text)
        if number is None:
            number = self._numbers[text] = len(self.all)
            self.all.append(text)
        return number


def _columns(book: Book, text: _Texts, files: Mapping[str, int]) -> dict[str, list[Any]]:
    columns: dict[str, Callable[[Row], Any]] = {
        "op": lambda r: text(r.facts.op),
        "kind": lambda r: text(r.facts.kind),
        "types": lambda r: text(", ".join(r.facts.types)),
        "dtype": lambda r: text(r.facts.dtype),
        "attrs": lambda r: text(r.facts.attrs),
        "note": lambda r: text(r.facts.note),
        "of": lambda r: text(r.facts.of),
        "copy": lambda r: r.facts.copy,
        "bytes": lambda r: r.facts.bytes,
        "moved": lambda r: r.facts.moved,
        "flops": lambda r: r.facts.flops,
        "file": lambda r: files.get(r.facts.where.file, -1) if r.facts.where is not None else -1,
        "line": lambda r: r.facts.where.line if r.facts.where is not None else 0,
        "function": lambda r: text(r.facts.where.function if r.facts.where is not None else ""),
        "lineage": lambda r: r.lineage,
        "reads": lambda r: [_read(x, text) for x in r.reads],
        "regions": lambda r: [_scope(s, text) for s in r.regions] or 0,
        "gradient": lambda r: r.gradient,
        "errors": lambda r: list(r.errors) if any(e is not None for e in r.errors) else 0,
    }
    seen: dict[str, Callable[[Row], Any]] = {
        "seconds": lambda r: r.seen.seconds if r.seen is not None else None,
        "calls": lambda r: r.seen.calls if r.seen is not None else None,
        "value": lambda r: text(r.seen.value) if r.seen is not None else -1,
        "least": lambda r: r.seen.least if r.seen is not None else None,
        "most": lambda r: r.seen.most if r.seen is not None else None,
        "norm": lambda r: r.seen.norm if r.seen is not None else None,
        "bad": lambda r: text(r.seen.bad) if r.seen is not None else -1,
        "origin": lambda r: int(r.seen.origin) if r.seen is not None else 0,
    }
    if any(r.seen is not None for r in book.rows):
        columns |= seen
    return {name: [column(row) for row in book.rows] for name, column in columns.items()}


def _read(x: Read, text: _Texts) -> Any:
    """A literal stands as `{"is": text}`, so that it is told from numbers."""
    if isinstance(x, str):
        return {"is": text(x)}
    return x if isinstance(x, int) else list(x)


def _scope(scope: Scope, text: _Texts) -> dict[str, Any]:
    return {
        "name": text(scope.name),
        "parameters": [[text(name), text(type)] for name, type in scope.parameters],
        "rows": list(scope.rows),
        "results": [_read(x, text) for x in scope.results],
    }


def _chapter(chapter: Chapter, before: tuple[Chapter, ...], text: _Texts) -> dict[str, Any]:
    head = {"name": chapter.name, "seconds": chapter.seconds}
    for i, other in enumerate(before):
        if other.scope is chapter.scope:
            return {**head, "same": i}
    placed = {level.id: level for level in chapter.levels}
    return {
        **head,
        "scope": _scope(chapter.scope, text),
        "live": list(chapter.live),
        "bridges": [list(wire) for wire in chapter.bridges],
        "tree": _tree(chapter.tree, placed, chapter.opened, text),
    }


def _tree(
    group: Group, placed: Mapping[str, Level], opened: frozenset[str], text: _Texts
) -> list[Any]:
    """`[id, title, kind, repeats, open, items, rows, middles, past]`; an item is an id or a group,
    and `past` has `[item, row, middle, row, middle, ...]` for those whose values go past rows.
    """
    level = placed[group.id]
    return [
        group.id,
        text(group.title),
        group.kind,
        group.repeats,
        int(group.id in opened),
        [x if isinstance(x, str) else _tree(x, placed, opened, text) for x in group.items],
        *_places(level.items),
    ]


def _places(items: tuple[Item, ...]) -> tuple[list[int], list[float], list[list[float]]]:
    past = [
        [i, *(n for way in item.past for n in way)] for i, item in enumerate(items) if item.past
    ]
    return [item.row for item in items], [item.x for item in items], past
