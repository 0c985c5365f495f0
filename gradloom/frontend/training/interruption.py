"""Ctrl-C while a training writes checkpoints: the step is finished and kept before it ends."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any, final


@final
class Interruption:
    """Inside the block, `is_asked` says whether Ctrl-C was pressed; the second time raises at once.

    Only in the main thread and where Python's own handler is in place: another one knows better
    what its program wants.
    """

    def __init__(self) -> None:
        self.is_asked = False
        self._before: Any = None

    def __enter__(self) -> Interruption:
        main = threading.current_thread() is threading.main_thread()
        if main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *error: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.is_asked:
            signal.default_int_handler(number, frame)
        self.is_asked = True
