"""Ways out: files and folders that appear whole or not at all, and what formats leave out."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gradloom.backends.claims import text_of
from gradloom.ir.errors import FileError, FileMissing
from gradloom.ir.graph import Graph
from gradloom.ir.paths import PathLike, path_of
from gradloom.passes.asserts import without_asserts
from gradloom.passes.effects import asserts_in


class ChecksLeftOut(UserWarning):
    """An exported program checks nothing: its format cannot stop a program that fails."""


def unchecked(graph: Graph, format: str, calls: int) -> Graph:
    """The graph without its asserts, with a warning that names the first; `calls` are between here
    and the user.
    """
    first = next(asserts_in(graph), None)
    if first is None:
        return graph
    warnings.warn(
        f"{format} has no way to check what the program asserts, and the export leaves it out; "
        f"the first is: {text_of(first)}",
        ChecksLeftOut,
        stacklevel=calls + 2,
    )
    return without_asserts(graph)


@contextmanager
def whole(path: PathLike, mark: str = "") -> Iterator[Path]:
    """A place to write to, which becomes `path` when the block ends well, and is gone when it does
    not.

    A folder at `path` gives way to a new one only if it is empty or holds a file called `mark`.
    """
    target = path_of(path)
    if not target.parent.is_dir():
        raise FileMissing(f"there is no folder {target.parent}", hint="make it first")
    if target.is_dir() and not (mark and _may_go(target, mark)):
        raise FileError(
            f"{target} is a folder that gradloom did not write", hint="name another place"
        )
    beside = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        made = beside / target.name
        yield made
        if target.is_dir():
            target.rename(beside / "old")
        os.replace(made, target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _may_go(folder: Path, mark: str) -> bool:
    return (folder / mark).is_file() or not any(folder.iterdir())
