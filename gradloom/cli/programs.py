"""Commands that make something: demo, trace, opt, run, export, view."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from gradloom.cli.target import Output, Pipeline, Seed, Size, Specs, Target, graph_of, inputs_for

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_FILES = ("onnx", "torchscript", "saved_model")
_TEXTS = ("source", "stablehlo")


def demo(
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="the folder for digits.gir, digits.svg, digits.onnx"),
    ] = Path(),
    seeds: Annotated[int, typer.Option(help="trainings, with seeds 0, 1, ...", min=1)] = 1,
) -> None:
    """Train a digit classifier written in plain numpy, show its graph, ship it.

    Example: `gradloom demo --seeds 5 -o out`
    """
    # These matrices are small: a second BLAS thread costs more than it brings, much more on a
    # busy machine.
    for name in _THREADS:
        os.environ.setdefault(name, "1")
    from gradloom.demo.show import run

    run(output, seeds, Console())


def trace(
    target: Target,
    spec: Specs = None,
    output: Output = None,
    locations: Annotated[
        bool, typer.Option("--locations", "-l", help="show the lines of the source")
    ] = False,
) -> None:
    """Print the graph of a function, or save it as a .gir file.

    Example: `gradloom trace model.py:loss -s "f32[784, 10]" -s "f32[batch, 784]" -o loss.gir`
    """
    from gradloom.ir.files import save

    graph = graph_of(target, spec)
    if output is not None:
        save(graph, output)
    else:
        print(graph.text(locations=locations), end="")


def opt(
    target: Target,
    spec: Specs = None,
    output: Output = None,
    pipeline: Pipeline = "default",
    history: Annotated[
        bool, typer.Option("--history", help="say what each pass left, and how long it took")
    ] = False,
) -> None:
    """Run passes over a graph.

    Example: `gradloom opt loss.gir -p simplify,cse,dce -o small.gir`
    """
    from gradloom.frontend.program import optimize
    from gradloom.ir.files import save

    graph = optimize(graph_of(target, spec), pipeline)
    if history:
        table = Table("pass", "ops", "ms")
        for name, left, seconds in graph.history:
            table.add_row(str(name), str(len(left.nodes)), f"{1e3 * seconds:.2f}")
        Console(stderr=True).print(table)
    if output is not None:
        save(graph, output)
    else:
        print(str(graph), end="")


def run(
    target: Target,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="ARRAY.npy", help="inputs; random where not given"),
    ] = None,
    spec: Specs = None,
    backend: Annotated[
        str, typer.Option("--backend", "-b", help="numpy, torch, jax or tensorflow")
    ] = "numpy",
    size: Size = 4,
    seed: Seed = 0,
    output: Output = None,
) -> None:
    """Run a graph and print its results, or save them as .npz.

    Example: `gradloom run loss.gir weights.npy images.npy --backend torch`
    """
    import numpy as np

    from gradloom import backends
    from gradloom.ir.whole_file import write_whole

    graph = graph_of(target, spec)
    results = backends.get(backend).build(graph).numpy(*inputs_for(graph, files or [], size, seed))
    if output is not None:
        packed = BytesIO()
        named: dict[str, Any] = {f"result{i}": np.asarray(r) for i, r in enumerate(results)}
        np.savez(packed, **named)
        write_whole(output, packed.getvalue())
        return
    for i, (result, value) in enumerate(zip(graph.results, results, strict=True)):
        print(f"result {i}: {result.type}\n{np.array2string(np.asarray(value), threshold=60)}")


def export(
    target: Target,
    to: Annotated[
        str, typer.Option("--to", help="onnx, torchscript, saved_model, stablehlo or source")
    ],
    output: Output = None,
    spec: Specs = None,
    backend: Annotated[
        str, typer.Option("--backend", "-b", help="for source: numpy, torch, jax or tensorflow")
    ] = "numpy",
) -> None:
    """Write a program that runs without gradloom.

    Example: `gradloom export model.py:predict --to onnx -s "f32[batch, 784]" -o model.onnx`
    """
    from gradloom.frontend import export as ways

    if to not in (*_FILES, *_TEXTS):
        raise typer.BadParameter(
            f"{to!r} is none of {', '.join((*_FILES, *_TEXTS))}", param_hint="--to"
        )
    if to in _FILES and output is None:
        raise typer.BadParameter(f"{to} needs a file to write", param_hint="--output")
    graph = graph_of(target, spec)
    if to == "source":
        _emit(ways.source(graph, (), backend=backend), output)
    elif to == "stablehlo":
        _emit(ways.stablehlo(graph, ()), output)
    else:
        getattr(ways, to)(graph, (), output)


def _emit(text: str, output: Path | None) -> None:
    from gradloom.ir.whole_file import write_whole

    if output is None:
        print(text, end="" if text.endswith("\n") else "\n")
        return
    write_whole(output, text.encode())


def view(
    target: Target,
    spec: Specs = None,
    output: Output = None,
    most: Annotated[
        int, typer.Option(help="open groups while at most so many boxes are shown", min=1)
    ] = 120,
    opened: Annotated[
        list[str] | None,
        typer.Option("--open", help="open this group, by its id, instead of the outermost"),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser", help="show the picture in the browser")
    ] = False,
    ascii: Annotated[bool, typer.Option("--ascii", help="draw the tree in plain ASCII")] = False,
) -> None:
    """Show a graph as a tree of its functions and loops, or draw it into a .svg, .png, .pdf, .txt,
    .json or .dot file.

    Example: `gradloom view loss.gir -o loss.svg`
    """
    from gradloom.viz import graph as write

    graph = graph_of(target, spec)
    if output is not None:
        write(graph, output, most=most, opened=opened)
    elif browser:
        graph.show()
    else:
        _print_tree(graph, opened, most, ascii)


def _print_tree(graph: Any, opened: list[str] | None, most: int, ascii: bool) -> None:
    import sys

    from gradloom.viz.scene import scene
    from gradloom.viz.writers.text import ASCII, UNICODE, scene_text

    plain = ascii or not (sys.stdout.encoding or "").lower().startswith("utf")
    width = Console().width if sys.stdout.isatty() else 100
    text = scene_text(scene(graph, opened, most), width, ASCII if plain else UNICODE)
    print(text.encode("ascii", "replace").decode() if plain else text, end="")
