"""A progress bar on the terminal or in a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, final

from gradloom.frontend.progress import is_shown
from gradloom.frontend.training.run import Run

if TYPE_CHECKING:
    from rich.console import Console

_EVERY: Final = 0.05
"""The share of an epoch after which the numbers are written anew at the latest: text costs more
than a short step.
"""


@contextmanager
def bar(progress: bool | None) -> Iterator[list[Bar]]:
    """A bar in a list, or an empty one; the terminal is left as it was."""
    if not is_shown(progress):
        yield []
        return
    made = Bar()
    try:
        yield [made]
    finally:
        made.close()


@final
class Bar:
    """Epoch, batches, loss and the time that is left, on standard error.

    >>> import numpy as np
    >>> import gradloom as gl
    >>> made = gl.fit(np.ones(1), lambda w, x: w[0] ** 2 * np.sum(x), np.ones(3), epochs=2, opt=0.1,
    ...     progress=True)
    >>> len(made)
    2
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console
        self._bar: Any = None
        self._task: Any = None
        self._since = 0

    def on_start(self, run: Run) -> None:
        """Show it."""
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TextColumn("{task.fields[told]}"), TimeRemainingColumn(),
            console=self._console or Console(stderr=True),
        )  # fmt: skip
        total = None if run.batches is None else run.batches * run.epochs
        self._task = self._bar.add_task(_epoch(run), total=total, completed=run.step, told="")
        self._bar.start()

    def on_step(self, run: Run) -> None:
        """Move on."""
        self._since += 1
        if self._since >= _EVERY * (run.batches or 1):
            self._write(run, f"loss {run.loss:.4g}")

    def on_epoch(self, run: Run) -> None:
        """Say how the epoch went."""
        history = run.history
        told = [f"loss {history[-1]:.4g}"]
        told += [f"validation {history.validation[-1]:.4g}"] if history.validation else []
        told += [f"{name} {_short(values[-1])}" for name, values in history.metrics.items()]
        self._write(run, ", ".join(told))

    def _write(self, run: Run, told: str) -> None:
        self._since = 0
        self._bar.update(self._task, completed=run.step, description=_epoch(run), told=told)

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._bar is not None:
            self._bar.stop()


def _epoch(run: Run) -> str:
    return f"epoch {min(run.epoch + 1, run.epochs)}/{run.epochs}"


def _short(x: Any) -> str:
    return f"{x:.4g}" if isinstance(x, float) else "..."
