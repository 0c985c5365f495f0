"""A bar that says how far a long piece of work is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Told = Callable[[int], None]


@contextmanager
def progress(name: str, total: int, shown: bool = True) -> Iterator[Told]:
    """What is called with the number of things that are done, and draws a bar of them on stderr
    where that is a terminal.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    hidden = not (shown and console.is_terminal)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=console, disable=hidden) as bar:
        task = bar.add_task(escape(name), total=total)
        yield lambda done: bar.update(task, completed=done)
