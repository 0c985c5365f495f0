"""What is shown as numbers in files, ours or vnittest's, by the ending."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gradloom.ir.errors import ArgumentError
from gradloom.viz.gradients.archive import write_archive
from gradloom.viz.gradients.files import ARCHIVE
from gradloom.viz.gradients.prefix import INFO, write_prefix
from gradloom.viz.gradients.source import Snapshot

ENDINGS: Final = (ARCHIVE, INFO)


def write_numbers(snapshot: Snapshot, path: Path, is_stale: bool) -> Path:
    """Write a `.gradients.npz`, or the files of a prefix; gives the path. Raises `ArgumentError`
    where the input was edited after what is shown was computed.
    """
    if is_stale:
        raise ArgumentError(
            "the input was edited after what is shown was computed: they do not belong together",
            hint="render first, or save",
        )
    if path.name.endswith(INFO):
        return write_prefix(snapshot, snapshot.input, path)[0]
    write_archive(snapshot, snapshot.input, path)
    return path
