"""Where a node comes from: the user's file, line and function, and what made a derived node."""

from __future__ import annotations

import linecache
import os
import sys
from types import CodeType, FrameType
from typing import Final

from gradloom.ir.shipped import FOLDERS, PACKAGE

_LIBRARIES: Final = tuple(
    os.sep.join(("", "site-packages", name, ""))
    for name in ("numpy", "optree", "scipy", "torch", "jax", "keras", "tensorflow", "einops")
)


class Location:
    """A place in the user's program; `note` says what derived a node from it (`transpose of
    tanh`).
    """

    __slots__ = ("file", "function", "line", "note")

    def __init__(self, file: str, line: int, function: str = "", note: str = "") -> None:
        self.file = file
        self.line = line
        self.function = function
        self.note = note

    def derived(self, note: str) -> Location:
        """The same place, for a node that a transform made."""
        return Location(self.file, self.line, self.function, note)

    def __str__(self) -> str:
        place = f"{os.path.basename(self.file)}:{self.line}"
        return f"{place} ({self.note})" if self.note else place

    def __repr__(self) -> str:
        return f"Location({self.file!r}, {self.line}, {self.function!r}, {self.note!r})"

    def source(self) -> str:
        """The user's line of code, or "" when its file is not at hand."""
        linecache.checkcache(self.file)  # the file may have been edited since it was last read
        return linecache.getline(self.file, self.line).strip()

    def with_source(self) -> str:
        """`model.py:19 in forward:  y = np.tanh(x @ w)`."""
        where = f"{self} in {self.function}" if self.function else str(self)
        source = self.source()
        return f"{where}:  {source}" if source else where


_cache: dict[tuple[int, int], tuple[CodeType, Location]] = {}
_cached: Final = _cache.get
_getframe: Final = sys._getframe
_is_user: dict[str, bool] = {}


def _user_file(file: str) -> bool:
    if file.startswith(FOLDERS):
        return True
    return not (
        file.startswith((PACKAGE, "<__array_function__"))
        or any(part in file for part in _LIBRARIES)
    )


def user_frame(depth: int = 1) -> FrameType | None:
    """The nearest frame above the caller that belongs to the user, not to gradloom or numpy."""
    frame: FrameType | None = sys._getframe(depth + 1)
    while frame is not None:
        file = frame.f_code.co_filename
        user = _is_user.get(file)
        if user is None:
            user = _is_user[file] = _user_file(file)
        if user:
            return frame
        frame = frame.f_back
    return None


def user_location(depth: int = 1) -> Location | None:
    """The line of the user's program that is running now."""
    # By identity: hashing code reads all of its names and numbers, and equal code may stand in two
    # files. What is cached holds on to the code, so that no other takes its id.
    caller = _getframe(depth + 1)
    found = _cached((id(caller.f_code), caller.f_lasti))
    if found is not None:
        return found[1]
    frame = user_frame(depth + 1)
    if frame is None:
        return None
    code = frame.f_code
    key = (id(code), frame.f_lasti)
    found = _cache.get(key)
    if found is None:
        if len(_cache) > 100_000:  # code made by exec in a loop must not hold memory for ever
            _cache.clear()
        location = Location(code.co_filename, frame.f_lineno, code.co_qualname)
        found = _cache[key] = (code, location)
    return found[1]
