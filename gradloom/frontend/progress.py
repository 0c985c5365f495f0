"""Saying what takes long."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_PATIENCE_S: Final = 2.0


def is_shown(progress: bool | None) -> bool:
    """Whether a bar is shown: as asked for, else on a terminal and in a notebook."""
    if progress is not None:
        return progress
    if sys.stderr is not None and sys.stderr.isatty():
        return True
    if "ipykernel" not in sys.modules:
        return False
    from rich.console import Console

    return Console().is_jupyter


@contextmanager
def progress(message: str) -> Iterator[None]:
    """Say on a terminal what is going on, when it takes longer than two seconds."""
    if not sys.stderr.isatty():
        yield
        return
    timer = threading.Timer(_PATIENCE_S, lambda: sys.stderr.write(f"{message} ...\n"))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
