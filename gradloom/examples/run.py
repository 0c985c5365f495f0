"""One run of an example: its seed and length, its progress bar, and where it shows things."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

Tell = Callable[[float], None]
"""To be called after each step of a training, with the step's loss."""

QUICK: Final = 5
"""Steps of a quick run: enough for a loss to have fallen."""


@dataclass(slots=True)
class Run:
    """What an example is run with, and the losses that it told.

    `steps` is how many steps a training may take at most; None stands for as many as it wants.
    """

    console: Console = field(default_factory=lambda: Console(quiet=True))
    seed: int = 0
    steps: int | None = None
    backend: str = "numpy"
    losses: list[float] = field(default_factory=list)

    @property
    def is_short(self) -> bool:
        """Whether the trainings were asked to be short, so that no score is to be expected."""
        return self.steps is not None

    def limit(self, steps: int) -> int:
        """The number of steps to take where the example would take `steps`."""
        return steps if self.steps is None else min(steps, self.steps)

    def show(self, *things: RenderableType) -> None:
        """Print text or whatever else rich prints; in text, brackets are brackets."""
        for thing in things:
            if isinstance(thing, str):
                self.console.print(thing, markup=False, highlight=False, soft_wrap=True)
            else:
                self.console.print(thing)

    @contextmanager
    def training(self, steps: int, what: str = "training") -> Iterator[Tell]:
        """A progress bar for a training of so many steps, moved on by each call of what it gives.

        >>> run = Run()
        >>> with run.training(2) as tell:
        ...     tell(0.5)
        ...     tell(0.25)
        >>> run.losses
        [0.5, 0.25]
        """
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("loss {task.fields[loss]:.4f}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        hidden = not self.console.is_terminal
        with Progress(*columns, console=self.console, transient=True, disable=hidden) as bar:
            task = bar.add_task(what, total=steps, loss=math.nan)

            def tell(loss: float) -> None:
                self.losses.append(float(loss))
                bar.update(task, advance=1, loss=float(loss))

            yield tell
