"""When a command that runs on ends: Ctrl-C, a terminating signal, or the end of its parent."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable


def stopper(parent: int = 0) -> Callable[[], bool]:
    """Whether to stop: a signal has come, or the parent is gone.

    A process that a shell starts in the background would ignore Ctrl-C's signal; this one heeds it.
    """
    stopped: list[int] = []
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, lambda number, frame: stopped.append(number))

    def asked() -> bool:
        if parent and not stopped:
            try:
                os.kill(parent, 0)
            except ProcessLookupError:
                stopped.append(0)
        return bool(stopped)

    return asked
