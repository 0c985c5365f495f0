"""`gradloom examples`: the list, and a run of one with its score against the stated one."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from gradloom.examples.example import Example
from gradloom.examples.run import QUICK, Run
from gradloom.ir.errors import ArgumentError, GradloomError

Names = Annotated[
    list[str] | None, typer.Argument(help="examples to run; none lists them, `all` runs each")
]
Seed = Annotated[int, typer.Option(help="the seed of whatever is drawn", min=0)]
Steps = Annotated[
    int | None, typer.Option(help="at most so many steps; the score is then not judged", min=1)
]
Quick = Annotated[bool, typer.Option("--quick", help=f"the same as --steps {QUICK}")]
Backend = Annotated[str, typer.Option("--backend", "-b", help="the backend that trains")]


def examples(
    names: Names = None,
    seed: Seed = 0,
    steps: Steps = None,
    quick: Quick = False,
    backend: Backend = "numpy",
) -> None:
    """List the examples, or train some; the exit code is 1 where a stated score is missed.

    Example: `gradloom examples logistic_regression --seed 1`
    """
    from gradloom.examples.catalogue import EXAMPLES, find

    if steps is not None and quick:
        raise ArgumentError(f"--steps {steps} and --quick disagree", hint="give one of them")
    console = Console()
    if not names:
        console.print(listing(EXAMPLES))
        return
    if names == ["all"]:
        chosen = tuple(e for e in EXAMPLES if not _left_out(e, console))
    else:
        chosen = tuple(find(name) for name in names)
    limit = QUICK if quick else steps
    reached = [perform(e, Run(console, seed, limit, backend)) for e in chosen]
    if not all(reached):
        raise typer.Exit(1)


def listing(examples: Sequence[Example]) -> Table:
    """The table of the examples."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for example in examples:
        stated = f"[dim]stated: {example.goal}; about {example.seconds:g} s[/]"
        table.add_row(f"[bold]{example.name}[/]", f"{example.title}\n{stated}")
    return table


def _left_out(example: Example, console: Console) -> bool:
    missing = example.missing()
    if missing:
        console.print(f"{example.name}: left out, {' and '.join(missing)} not installed\n")
    return bool(missing)


def perform(example: Example, run: Run) -> bool:
    """Run an example and print what it reached; False where that is less than it states."""
    example.require()
    run.console.print(f"[bold]{example.name}[/]: {example.title}", soft_wrap=True)
    start = time.perf_counter()
    score = example.run(run)
    took = f"{time.perf_counter() - start:.1f} s"
    goal = example.goal
    reached = f"{goal.measure} [bold]{score:.4g}[/]{goal.unit and ' ' + goal.unit}"
    if run.is_short:
        told, met = "a short run, which is not judged", True
    else:
        met = goal.met(score)
        told = f"stated {goal.bound}: " + ("[green]reached[/]" if met else "[red]missed[/]")
    run.console.print(f"{reached} in {took}; {told}\n", highlight=False, soft_wrap=True)
    return met


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command line, the process's own if none is given; ends in `SystemExit`."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # what it says as it starts is no answer
    app = typer.Typer(
        add_completion=False, rich_markup_mode="markdown", pretty_exceptions_enable=False
    )
    app.command()(examples)
    try:
        app(
            None if arguments is None else list(arguments),
            prog_name="python -m gradloom.examples",
        )
    except (GradloomError, OSError) as error:
        Console(stderr=True).print(f"{type(error).__name__}: {error}", markup=False)
        sys.exit(1)
