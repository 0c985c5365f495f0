"""Files that a command of the user's computes anew: Save writes the input, and then it is run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import final

import numpy as np

from gradloom.ir.errors import ArgumentError, Cancelled, RemoteError
from gradloom.viz.gradients.children import Child, ending
from gradloom.viz.gradients.files import Files, stamp
from gradloom.viz.gradients.layer import Flow
from gradloom.viz.gradients.source import Snapshot

Words = str | Sequence[str]


@final
class Command:
    """A program and its arguments, as the user gave them: no shell reads them, and no page can
    change them. In each word `{prefix}` and `{input}` stand for the files' prefix and the saved
    input. A text is split as a shell would.

    >>> Command("python 'my adapter.py' {prefix}").words("runs/3_", "runs/3_input.npy")
    ['python', 'my adapter.py', 'runs/3_']
    """

    def __init__(self, words: Words, timeout_s: float | None = None) -> None:
        try:
            self._words = shlex.split(words) if isinstance(words, str) else list(words)
        except ValueError as error:
            raise ArgumentError(f"recompute={words!r:.200} is no command: {error}") from error
        if not self._words or not all(isinstance(word, str) for word in self._words):
            raise ArgumentError(
                f"recompute={words!r:.200} is no command",
                hint='"python my_adapter.py {prefix}", say, or a list of its words',
            )
        if timeout_s is not None and not timeout_s > 0:
            raise ArgumentError(f"timeout_s={timeout_s}: seconds above zero are due")
        self._timeout_s = timeout_s
        self._lock = threading.Lock()  # of the two below
        self._child: Child | None = None
        self._is_cancelled = False

    def words(self, prefix: str, input: str) -> list[str]:
        """What is run."""
        given = {"{prefix}": prefix, "{input}": input}
        return [re.sub(r"\{(prefix|input)\}", lambda m: given[m[0]], word) for word in self._words]

    def run(self, prefix: str, input: str) -> None:
        """Run it to its end. Raises `RemoteError` with what it said last where it fails or takes
        too long, and `Cancelled`.
        """
        words = self.words(prefix, input)
        with self._lock:
            self._is_cancelled = False
            child = self._child = Child(words)
        told = " ".join(words)[:200]
        try:
            code = child.wait(self._timeout_s)
        except subprocess.TimeoutExpired as error:
            raise RemoteError(
                f"{told} did not end within {self._timeout_s:g} s, and was ended", hint=child.tail
            ) from error
        except BaseException:
            child.end()
            raise
        finally:
            child.close()
            with self._lock:
                self._child = None
        if self._is_cancelled:
            raise Cancelled(f"{told} was ended")
        if code:
            raise RemoteError(f"{told} {ending(code)}", hint=child.tail)

    def cancel(self) -> None:
        """End it, if it runs; asked from another thread."""
        with self._lock:
            child, self._is_cancelled = self._child, True
        if child is not None:
            child.end()


@final
class Recomputed:
    """`Files` with the command that writes them."""

    is_live = False

    def __init__(self, files: Files, command: Command) -> None:
        self._files, self._command = files, command
        self.title, self.renders = files.title, files.renders

    def recompute(self) -> Snapshot:
        """What the command wrote, of the input that was saved last."""
        path = self._files.written
        before = stamp(path)
        self._command.run(self._files.prefix, os.fspath(self._files.input_path))
        if stamp(path) == before:
            raise RemoteError(
                f"{self._command.words('', '')[0]} ended well, and did not write {path}",
                hint="what is shown was computed before the edit",
            )
        return self._files.read()

    def cancel(self) -> None:
        """End the command."""
        self._command.cancel()

    def has_news(self) -> bool:
        """Whether somebody else wrote the files."""
        return self._files.has_news()

    def read(self) -> Snapshot:
        """The files, anew."""
        return self._files.read()

    def compute(self, input: np.ndarray) -> Snapshot:
        """Refused: an edit waits for `save`."""
        return self._files.compute(input)

    def save(self, snapshot: Snapshot, input: np.ndarray, name: str) -> tuple[Path, ...]:
        """Write the files; `recompute` comes after."""
        return self._files.save(snapshot, input, name)

    def links(self, snapshot: Snapshot, layer: str, element: int) -> tuple[Flow, ...]:
        """None: a file's flows are held whole."""
        return self._files.links(snapshot, layer, element)
