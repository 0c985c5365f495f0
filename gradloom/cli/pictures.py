"""Commands that draw what a program costs: `gradloom memory` and `gradloom roofline`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gradloom.cli.target import Seed, Size, Specs, Target, flat, graph_of, inputs_for

Picture = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="FILE.svg, .png, .pdf, .html, .json or .txt"),
]
Theme = Annotated[str, typer.Option(help="light, dark or (for .svg and .html) auto")]
Dpi = Annotated[float, typer.Option(help="pixels per inch of a .png", min=1.0)]


def memory(
    target: Target,
    spec: Specs = None,
    output: Picture = None,
    budget: Annotated[
        str, typer.Option("--budget", "-b", help="bytes to keep to, e.g. 2MiB; planned if need be")
    ] = "",
    measure: Annotated[
        bool, typer.Option("--measure", "-m", help="run it on random inputs: seconds and peak")
    ] = False,
    size: Size = 64,
    seed: Seed = 0,
    theme: Theme = "light",
    dpi: Dpi = 96.0,
) -> None:
    """Show who owns the bytes that are alive while a program runs, before and after a memory plan.

    Without -o the picture is text.

    Example: `gradloom memory step.gir --budget 2MiB -o memory.svg`
    """
    from gradloom.ir.specialize import specialize
    from gradloom.viz.memory_map.entry import memory as write
    from gradloom.viz.memory_map.entry import memory_text

    graph = flat(graph_of(target, spec))
    if graph.symbols and (budget or measure):
        graph = specialize(graph, dict.fromkeys(graph.symbols, size))
    inputs = inputs_for(graph, [], size, seed) if measure else None
    sizes = dict.fromkeys(graph.symbols, size)
    with _waiting("planning"):
        if output is None:
            told = memory_text(graph, budget or None, inputs, sizes)
        else:
            write(graph, output, budget or None, inputs, sizes, theme=theme, dpi=dpi)
    if output is None:
        sys.stdout.write(told)


def roofline(
    target: Target,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="ARRAY.npy", help="inputs; random where not given"),
    ] = None,
    spec: Specs = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="FILE.svg, .png, .pdf, .json or .txt")
    ] = None,
    estimate: Annotated[
        bool, typer.Option("--estimate", "-e", help="do not run it: FLOPs and bytes alone")
    ] = False,
    size: Size = 64,
    seed: Seed = 0,
    theme: Theme = "light",
    dpi: Dpi = 96.0,
) -> None:
    """Show how near the ops of a program come to what this machine can do.

    Without -o the picture is text.

    Example: `gradloom roofline model.py:loss -s "f32[784, 10]" -s "f32[64, 784]" -o roofline.svg`
    """
    from gradloom.viz.rooflines.entry import roofline as write
    from gradloom.viz.rooflines.entry import scene_of
    from gradloom.viz.rooflines.told import text

    graph = flat(graph_of(target, spec))
    inputs = () if estimate else tuple(inputs_for(graph, files or [], size, seed))
    sizes = dict.fromkeys(graph.symbols, size)
    with _waiting("measuring"):
        if output is None:
            told = text(scene_of(graph, inputs, sizes=sizes))
        else:
            write(graph, *inputs, path=output, sizes=sizes, theme=theme, dpi=dpi)
    if output is None:
        sys.stdout.write(told)


@contextmanager
def _waiting(doing: str) -> Iterator[None]:
    """A sign of life on stderr, where that is a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(doing):
        yield
