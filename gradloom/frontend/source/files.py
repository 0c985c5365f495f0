"""The syntax tree of a whole file, or of whatever text stands in for one."""

from __future__ import annotations

import ast
import linecache
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any, Final, final

_HELD: Final = 32
"""Trees kept at most: one of 2,000 lines takes some megabytes."""
_trees: dict[str, File] = {}
_KEPT: Final = 1_000
"""Trees kept at most of texts that are not Python's: a notebook's cells count one by one."""
_kept: dict[str, File] = {}


@final
@dataclass(frozen=True, slots=True)
class File:
    """A text that was parsed."""

    lines: list[str]
    tree: ast.Module
    imports: frozenset[str]
    """The names that its `import` statements outside of functions and classes bind."""


def lines_of(code: CodeType, names: dict[str, Any] | None = None) -> list[str]:
    """The lines of the text that a code object was compiled from; none where nobody has kept it.

    `names` are the globals of its module, which find the text of a module in an archive.
    """
    file = code.co_filename
    lines = linecache.getlines(file, names)
    if not lines and file.startswith("<"):
        kept: Any = getattr(linecache, "_getlines_from_code", None)  # the prompt, since Python 3.13
        lines = kept(code) if kept is not None else []
    if not lines and file == "<string>":
        lines = _of_command_line()
    return lines


def read_again(file: str) -> None:
    """Forget what was read of a file that has changed since."""
    linecache.checkcache(file)


def parsed(file: str, lines: Sequence[str]) -> File | None:
    """A file with these lines, whose syntax tree nobody may change; None where they are not Python.

    A file is parsed once for as long as its text stays what it is.
    """
    held = _kept.get(file)
    if held is None or held.lines != lines:
        held = _trees.get(file)
    if held is not None and held.lines == lines:
        return held
    try:
        tree = ast.parse("".join(lines), file)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    _trees.pop(file, None)
    if len(_trees) >= _HELD:
        del _trees[next(iter(_trees))]  # the one that was parsed first
    made = _trees[file] = File([*lines], tree, frozenset(_imported(tree)))
    return made


def keep(file: str, text: str, tree: ast.Module) -> None:
    """Let this tree stand for the text of a file that is not Python's own (`notation/`)."""
    if len(_kept) >= _KEPT and file not in _kept:
        del _kept[next(iter(_kept))]  # the oldest
    lines = [line + "\n" for line in text.removesuffix("\n").split("\n")]
    _kept[file] = File(lines, tree, frozenset(_imported(tree)))


def _imported(scope: ast.AST) -> Iterator[str]:
    """The names that are imported in a scope, not in those inside of it."""
    for child in ast.iter_child_nodes(scope):
        if isinstance(child, ast.Import | ast.ImportFrom):
            for name in child.names:
                yield name.asname or name.name.partition(".")[0]
        elif not isinstance(
            child, ast.expr | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        ):
            yield from _imported(child)


def _of_command_line() -> list[str]:
    """The program of `python -c PROGRAM`."""
    given = sys.orig_argv[1:]
    at = given.index("-c") + 1 if "-c" in given else len(given)
    return given[at].splitlines(keepends=True) if at < len(given) else []
