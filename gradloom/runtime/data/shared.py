"""Shared memory between processes of one host: segments that are used again and again.

A segment is a file of memory that only its user may open, under a random name that begins with the
process that owns it. It goes when its owner ends; what a killed process leaves, `sweep` removes.
Copying into memory that was used before is three times as fast as into new memory, so owners keep
what they do not need at the moment, up to a limit.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import weakref
from collections.abc import Callable
from typing import Any, Final, final

import numpy as np

from gradloom.runtime.data.mapped import mapped, own

Array = np.ndarray[Any, Any]
_FOLDER: Final = "/dev/shm"
_NAME: Final = re.compile(r"gradloom-([0-9]{1,10})-[0-9a-f]{32}")
_SMALLEST: Final = 1 << 16
_STEP: Final = 1 << 24
_KEPT: Final = 1 << 30
"""Bytes of idle segments that a pool keeps."""


def is_available() -> bool:
    """Whether this system has shared memory that gradloom knows."""
    return os.path.isdir(_FOLDER)


@final
class Segment:
    """One piece of shared memory of this process; `users` are those who may still read it."""

    __slots__ = ("is_read", "memory", "name", "size", "users")

    def __init__(self, size: int) -> None:
        self.name = f"gradloom-{os.getpid()}-{secrets.token_hex(16)}"
        self.size = size
        self.users = 0
        self.is_read = False  # by somebody who will not tell when he is done
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        descriptor = os.open(f"{_FOLDER}/{self.name}", flags, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, size)  # or writing would kill the process when full
            self.memory = mapped(descriptor, size, True)
        except BaseException:
            self.unlink()
            raise
        finally:
            os.close(descriptor)

    def fill(self, array: Array) -> None:
        """Copy an array's elements here, in C order."""
        target = self.memory[: array.nbytes]
        np.copyto(target.view(array.dtype).reshape(array.shape), array)

    def array(self, dtype: Any, shape: tuple[int, ...]) -> Array:
        """What `fill` put here."""
        return _typed(self.memory, dtype, shape)

    def unlink(self) -> None:
        """Take the name away; who has the memory keeps it."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{_FOLDER}/{self.name}")


@final
class Pool:
    """The segments of this process."""

    def __init__(self) -> None:
        self._idle: dict[int, list[Segment]] = {}
        self._all: dict[str, Segment] = {}
        self._kept = 0
        self._end = weakref.finalize(self, _unlink_all, self._all)

    def hold(self, array: Array) -> Segment:
        """A segment with the array's elements, and one user."""
        size = _rounded(array.nbytes)
        idle = self._idle.get(size)
        if idle:
            segment = idle.pop()
            self._kept -= size
        else:
            segment = Segment(size)
            self._all[segment.name] = segment
        segment.users = 1
        segment.fill(array)
        return segment

    def leave(self, segment: Segment) -> None:
        """One user less."""
        segment.users -= 1
        if segment.users > 0:
            return
        if self._kept + segment.size <= _KEPT and not segment.is_read:
            self._kept += segment.size
            self._idle.setdefault(segment.size, []).append(segment)
        else:
            segment.unlink()
            del self._all[segment.name]

    def abandon(self, segment: Segment) -> None:
        """One user less that may read on for ever: the segment is not used again."""
        segment.is_read = True
        self.leave(segment)

    def find(self, name: str) -> Segment | None:
        """The segment of this name."""
        return self._all.get(name)

    def close(self) -> None:
        """Unlink every segment; who reads one may go on."""
        self._end()
        self._all.clear()
        self._idle.clear()


def _rounded(size: int) -> int:
    """Powers of two up to 64 MiB, then multiples of 16 MiB: few sizes, so that they fit again."""
    if size > _STEP * 4:
        return -(-size // _STEP) * _STEP
    return max(_SMALLEST, 1 << max(0, size - 1).bit_length())


def _unlink_all(segments: dict[str, Segment]) -> None:
    for segment in segments.values():
        segment.unlink()


@final
class Views:
    """The segments of other processes that this one reads. Where `is_own`, what is read may be
    written too, which the others do not see.
    """

    def __init__(self, is_own: bool = False) -> None:
        self._open: dict[str, Array] = {}
        self._is_own = is_own

    def array(
        self, name: str, size: int, dtype: Any, shape: tuple[int, ...], done: Callable[[], None]
    ) -> Array:
        """An array in another's segment; `done` is called when nobody refers to it any more.
        FileNotFoundError where the segment is gone, ValueError where it is too small.
        """
        whole = self._open.get(name)
        if whole is None:
            whole = _mapped(name, size, self._is_own)
            self.trim()
            if not self._is_own:  # what was written would stand in the place of the next value
                self._open[name] = whole
        if whole.size < size:
            raise ValueError(f"a segment of {whole.size} bytes, where {size} are announced")
        base = np.frombuffer(whole.data, np.uint8)
        del whole
        weakref.finalize(base, done).atexit = False
        return _typed(base, dtype, shape)

    def trim(self) -> None:
        """Forget the segments that their owners gave up, whose memory goes with the last reader."""
        for name in [n for n in self._open if not os.path.exists(f"{_FOLDER}/{n}")]:
            del self._open[name]


def _mapped(name: str, size: int, is_own: bool) -> Array:
    if _NAME.fullmatch(name) is None:
        raise ValueError("no name of a segment")
    descriptor = os.open(f"{_FOLDER}/{name}", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        found = os.fstat(descriptor)
        if found.st_uid != os.getuid() or found.st_size < size:
            raise ValueError("a segment of another user, or smaller than announced")
        return own(descriptor, size) if is_own else mapped(descriptor, found.st_size, False)
    finally:
        os.close(descriptor)


def _typed(memory: Array, dtype: Any, shape: tuple[int, ...]) -> Array:
    size = int(np.prod(shape, dtype=object)) * np.dtype(dtype).itemsize
    typed: Array = memory[:size].view(dtype).reshape(shape)
    return typed


def sweep(owner: int | None = None) -> int:
    """Remove the segments of a process that is gone, or of all that are; how many there were."""
    count = 0
    if not is_available():
        return count
    for name in os.listdir(_FOLDER):
        match = _NAME.fullmatch(name)
        if match is None:
            continue
        pid = int(match[1])
        if owner in (None, pid) and not _is_alive(pid):
            with contextlib.suppress(OSError):
                os.unlink(f"{_FOLDER}/{name}")
                count += 1
    return count


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False
