"""Dispatchers that run on this host, found by themselves: each keeps a small file in a folder that
only its user may enter, and holds a lock on it as long as it lives.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import stat
import tempfile
import time
from pathlib import Path
from typing import Any, Final, NamedTuple, final

from gradloom.ir.errors import ArgumentError, FileError

_MOST_BYTES: Final = 4_096


class Running(NamedTuple):
    """A dispatcher: where it is, who it is, and whether it wants keys."""

    address: str
    pid: int
    name: str
    begun: float
    keys: bool


def folder() -> Path:
    """The folder of the files: in XDG_RUNTIME_DIR, else where temporary files are. FileError where
    somebody else could have put files there.
    """
    home = os.environ.get("XDG_RUNTIME_DIR", "")
    own = Path(tempfile.gettempdir(), f"gradloom-{os.getuid()}")
    if home and os.access(home, os.W_OK | os.X_OK):
        own = Path(home, "gradloom")
    with contextlib.suppress(FileExistsError):
        own.mkdir(mode=0o700)
    found = own.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise FileError(
            f"{own} is not a folder of this user alone",
            hint="remove it, or set XDG_RUNTIME_DIR to a folder of your own",
        )
    return own


@final
class Announcement:
    """The file of a dispatcher, until it is closed or the process ends."""

    def __init__(self, address: str, name: str = "", keys: bool = False) -> None:
        told = Running(address, os.getpid(), name, time.time(), keys)
        place = folder()
        self._path = place / f"{os.getpid()}-{secrets.token_hex(4)}.json"
        hidden = place / f".{self._path.name}"
        self._descriptor = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        os.write(self._descriptor, json.dumps(told._asdict()).encode())
        hidden.rename(self._path)  # locked before anybody can see it

    def close(self) -> None:
        """Take the file away."""
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        os.close(self._descriptor)


def running() -> tuple[Running, ...]:
    """The dispatchers of this user that run, oldest first; files of dead ones are removed."""
    try:
        found = [_read(path) for path in folder().glob("[0-9]*.json")]
    except PermissionError:
        return ()
    return tuple(sorted((x for x in found if x is not None), key=lambda x: x.begun))


def _read(path: Path) -> Running | None:
    try:
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:  # held by the dispatcher: it is there
                return _told(file.read(_MOST_BYTES))
            path.unlink()
    except OSError:
        pass
    return None


def _told(text: bytes) -> Running | None:
    try:
        values: dict[str, Any] = json.loads(text)
        return Running(
            str(values["address"]), int(values["pid"]), str(values["name"]),
            float(values["begun"]), bool(values["keys"]),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError):
        return None


def choose(address: str | None) -> str:
    """The address that is given, else that of the dispatcher that runs; ArgumentError where there
    is none, or more than one.
    """
    if address:
        return address
    found = running()
    if not found:
        raise ArgumentError(
            "no dispatcher of this user runs on this host",
            hint="start one with `gradloom serve`, or name another host's: -a host:port --keys",
        )
    if len(found) > 1:
        listed = "".join(
            f"\n    -a {x.address}   (pid {x.pid}, {x.name or 'serve'})" for x in found
        )
        raise ArgumentError(f"{len(found)} dispatchers run on this host", hint=f"choose:{listed}")
    return found[0].address
