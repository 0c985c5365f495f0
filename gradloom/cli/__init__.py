"""The command line: `gradloom demo`, `trace`, `opt`, `run`, `export`, `view` and the rest.

An error of gradloom, or of the file system, is told in a line or two, with exit code 1; what the
user's own file raises keeps its traceback; a command that is written wrongly exits with 2.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from gradloom.cli import (
    animating,
    cluster,
    debugging,
    exploring,
    pictures,
    programs,
    questions,
    timelines,
    watching,
)
from gradloom.examples.command import examples
from gradloom.ir.errors import GradloomError

app = typer.Typer(
    name="gradloom",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        from gradloom import __version__

        print(f"gradloom {__version__}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version")
]


@app.callback()
def _root(version: Version = False) -> None:
    """Plain numpy programs as graphs that you can read, transform and run anywhere.

    Example: `gradloom trace model.py:loss --spec "f32[784, 10]" --spec "f32[batch, 784]"`
    """
    os.environ.setdefault(
        "TF_CPP_MIN_LOG_LEVEL", "3"
    )  # what TensorFlow says as it starts is no answer


for _command in (
    programs.demo,
    programs.trace,
    programs.opt,
    programs.run,
    programs.export,
    programs.view,
    exploring.explore,
    pictures.memory,
    pictures.roofline,
    animating.animate,
    debugging.gradients,
    cluster.serve,
    cluster.worker,
    cluster.keys,
    watching.top,
    watching.record,
    timelines.timeline,
    questions.bench,
    questions.bisect,
    questions.diverge,
    questions.doctor,
    examples,
):
    app.command()(_command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command line, the process's own if none is given; ends in `SystemExit`."""
    try:
        app(None if arguments is None else list(arguments), prog_name="gradloom")
    except (GradloomError, OSError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(1)
