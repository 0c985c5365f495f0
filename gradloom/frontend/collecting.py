"""Python's garbage collector, put off while a program is traced and made.

A trace makes objects by the ten thousand, and all of them live until it has ended: to go through
them again and again finds nothing, and took a fifth of a first compiled call.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_PATIENCE: Final = 50_000
"""New objects after which the collector runs all the same: a user's function may make rubbish."""
_lock: Final = threading.Lock()
_usual: list[tuple[int, int, int]] = []
"""What the thresholds were before, once for each trace that runs, in whatever thread."""


@contextmanager
def rarely() -> Iterator[None]:
    """Let the collector run rarely inside; a collector that is off, or that the program has made
    rarer, stays as it is.
    """
    with _lock:
        before = _usual[0] if _usual else gc.get_threshold()
        _usual.append(before)
        if 0 < before[0] < _PATIENCE:
            gc.set_threshold(_PATIENCE, *before[1:])
    try:
        yield
    finally:
        with _lock:
            _usual.pop()
            if not _usual and gc.get_threshold() == (_PATIENCE, *before[1:]):
                gc.set_threshold(*before)
