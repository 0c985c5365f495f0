"""Processes of ours: each in a group of its own, the tail of what it says, and a certain end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, final

from gradloom.ir.errors import RemoteError

TAIL: Final = 4096
"""Bytes of what a process said last that are kept, whatever it says: a screenful."""
GRACE_S: Final = 1.0
"""A process that is asked to end has so long to put its files in order."""
_LAST_WORDS_S: Final = 0.5
"""What a process said before it ended is waited for so long: its own children may hold the pipe."""


@final
class Child:
    """A running process. With `talks` its stdin and stdout are left to the caller, and what comes
    on its stderr is also shown on ours. It is ended by `end`, by `close`, when this object goes,
    and when Python ends.

    Raises `RemoteError` where it cannot be started.
    """

    def __init__(self, words: Sequence[str], *, talks: bool = False) -> None:
        pipe = subprocess.PIPE
        try:
            self.process = subprocess.Popen(
                list(words), stdin=pipe if talks else subprocess.DEVNULL, stdout=pipe,
                stderr=pipe if talks else subprocess.STDOUT, **_own_group(),
            )  # fmt: skip
        except (OSError, ValueError) as error:  # a ValueError is of a NUL in a word
            raise RemoteError(
                f"{' '.join(words)[:200]} cannot be started: {error}",
                hint="is that a program of yours, and on the path?",
            ) from error
        self._said = bytearray()
        heard = self.process.stderr if talks else self.process.stdout
        self._ear = threading.Thread(target=_hear, args=(heard, self._said, talks), daemon=True)
        self._ear.start()
        self._end = weakref.finalize(self, _close, self.process)

    def wait(self, timeout_s: float | None = None) -> int:
        """The exit code, negative for a signal; raises `subprocess.TimeoutExpired`."""
        return self.process.wait(timeout_s)

    def end(self, grace_s: float = GRACE_S) -> None:
        """End it and its own children: first asked, then killed. It is gone when this returns.
        Asked from any thread.
        """
        _end(self.process, grace_s)

    def close(self) -> None:
        """End it, and what was heard of it: asked by whoever talks to it."""
        self._end()

    @property
    def tail(self) -> str:
        """What it said last."""
        if self.process.poll() is not None:
            self._ear.join(_LAST_WORDS_S)
        text = bytes(self._said[-TAIL:]).decode("utf-8", "replace").strip()
        return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}"
                       for c in text)  # fmt: skip


def ending(code: int) -> str:
    """How a process ended, in words.

    >>> ending(3), ending(-9)
    ('ended with exit code 3', 'was ended by SIGKILL')
    """
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


def _own_group() -> dict[str, Any]:
    """So that it ends with all its children, and Ctrl-C is ours to pass on."""
    if os.name == "nt":
        return {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    return {"start_new_session": True}


def _hear(pipe: Any, said: bytearray, is_shown: bool) -> None:
    while data := os.read(pipe.fileno(), 1 << 16):
        said += data
        del said[:-TAIL]
        if is_shown:
            with suppress(OSError, ValueError):  # ours may be closed
                sys.stderr.write(data.decode("utf-8", "replace"))
    pipe.close()


def _close(process: subprocess.Popen[bytes]) -> None:
    _end(process, 0.0)
    for pipe in (process.stdin, process.stdout if process.stdin else None):
        if pipe is not None:
            with suppress(OSError):  # what it did not read any more
                pipe.close()


def _end(process: subprocess.Popen[bytes], grace_s: float) -> None:
    if process.poll() is None and grace_s:
        _signal(process, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(grace_s)
    if process.returncode is None:
        _signal(process, getattr(signal, "SIGKILL", signal.SIGTERM))
        process.wait()


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    """To the whole group, which is ours as long as its first process was not waited for."""
    if os.name == "nt":
        process.terminate()
        return
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:  # it ended in between
        return
