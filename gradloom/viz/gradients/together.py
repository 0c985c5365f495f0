"""Several files that belong together, written all or none."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from gradloom.ir.errors import FileUnwritable


def replace_together(files: Mapping[Path, bytes]) -> None:
    """Write every file whole; where one cannot be written, all stand as they stood before. Raises
    `FileUnwritable`.
    """
    mark = secrets.token_hex(8)
    new, old = ({p: p.with_name(f".{p.name[:100]}.{mark}.{x}") for p in files} for x in "no")
    done: list[Path] = []
    path = Path()
    try:
        for path, data in files.items():
            _write(new[path], data)
        for path in files:
            _keep(path, old[path])
            done.append(path)
            os.replace(new[path], path)
    except (OSError, ValueError) as error:  # a ValueError is of a NUL in the name
        for one in done:
            _restore(one, old[one])
        told = error.strerror if isinstance(error, OSError) else None
        raise FileUnwritable(
            f"{str(path)[:300]!r} cannot be written: {told or error}",
            hint="is there such a folder, with room, and may you write there?",
        ) from error
    finally:
        for left in (*new.values(), *old.values()):
            with suppress(OSError, ValueError):
                left.unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    with open(path, "xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _keep(path: Path, old: Path) -> None:
    """Another name for what stands there, if anything, until all is done."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "it is a folder")
    if path.exists():
        _link(path, old)


def _link(path: Path, other: Path) -> None:
    try:
        os.link(path, other)
    except OSError:  # some file systems have no second names
        _write(other, path.read_bytes())


def _restore(path: Path, old: Path) -> None:
    if old.exists():
        os.replace(old, path)
    else:
        path.unlink(missing_ok=True)
