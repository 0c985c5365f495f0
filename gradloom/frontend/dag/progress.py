"""The bar of a run: how many calls are done, and which was the last."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from gradloom.frontend.dag.plan import Plan
from gradloom.frontend.dag.step import Step


@contextlib.contextmanager
def bar(plan: Plan) -> Iterator[Callable[[Step], object]]:
    """A bar on standard error while the run lasts; call what this gives after each step."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    console = Console(stderr=True)
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        task = progress.add_task("", total=len(plan.steps))
        yield lambda step: progress.update(
            task, advance=1, description=step.uid.replace("[", r"\[")
        )
