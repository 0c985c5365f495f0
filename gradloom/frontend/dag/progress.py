"""The bar of a run: how many calls are done, and which was the last."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from gradloom.frontend.dag.plan import Plan
from gradloom.frontend.dag.step import Step
from gradloom.frontend.progress import is_shown

if TYPE_CHECKING:
    from rich.progress import Progress

_PATIENCE_S: Final = 1.0
"""A bar that nobody asked for comes for runs that take longer than this."""


@contextlib.contextmanager
def bar(plan: Plan, progress: bool | None) -> Iterator[Callable[[Step], object] | None]:
    """A bar on standard error while the run lasts: where it is asked for; or, unsaid, on a terminal
    or in a notebook after a second. Call what this gives after each step.
    """
    if not plan.steps or not is_shown(progress):
        yield None
        return
    shown = _made()
    task = shown.add_task("", total=len(plan.steps))
    lock, over = threading.Lock(), threading.Event()
    timer = threading.Timer(_PATIENCE_S, _start, (shown, lock, over))
    timer.daemon = True
    if progress:
        shown.start()
    else:
        timer.start()
    try:
        yield lambda step: shown.update(task, advance=1, description=step.uid.replace("[", r"\["))
    finally:
        timer.cancel()
        with lock:
            over.set()
            shown.stop()


def _made() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    return Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True))


def _start(shown: Progress, lock: threading.Lock, over: threading.Event) -> None:
    """Show the bar, unless the run is over."""
    with lock:
        if not over.is_set():
            shown.start()
