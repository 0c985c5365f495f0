"""The command line: `gradloom demo`, `trace`, `opt`, `run`, `export`, `view`, `bench`, `doctor`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from gradloom.ir.errors import GradloomError

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode="markdown", pretty_exceptions_enable=False)

Target = Annotated[str, typer.Argument(metavar="FILE:FUNC", help="a Python file and a function in it, or a .gir file")]
Specs = Annotated[list[str] | None, typer.Option("--spec", "-s", help='an argument, e.g. "f32[batch, 784]"; once per argument')]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="the file to write")]


def _version(asked: bool) -> None:
    if asked:
        from gradloom import __version__

        print(f"gradloom {__version__}")
        raise typer.Exit


@app.callback()
def _root(version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version")] = False) -> None:
    """Plain numpy programs as graphs that you can read, transform and run anywhere."""


def _graph(target: str, specs: list[str] | None) -> Any:
    """The graph that `FILE:FUNC` with specs, or a .gir file, stands for."""
    from gradloom.frontend.program import trace
    from gradloom.frontend.spec import spec
    from gradloom.ir.files import load

    if target.endswith(".gir"):
        return load(target)
    return trace(_function(target), *[spec(text) for text in specs or []])


def _function(target: str) -> Any:
    """The function `FILE:FUNC` names; the file runs as a module."""
    import importlib.util

    file, separator, name = target.rpartition(":")
    path = Path(file)
    if not separator or not path.is_file():
        raise typer.BadParameter(f"{target!r} is not FILE:FUNC with an existing file", param_hint="FILE:FUNC")
    found = importlib.util.spec_from_file_location(path.stem, path)
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[path.stem] = module
    sys.path.insert(0, str(path.parent.resolve()))
    found.loader.exec_module(module)
    value: Any = module
    for part in name.split("."):
        if not hasattr(value, part):
            raise typer.BadParameter(f"{file} has no {name}", param_hint="FILE:FUNC")
        value = getattr(value, part)
    return value


def _emit(text: str, output: Path | None) -> None:
    if output is None:
        print(text, end="" if text.endswith("\n") else "\n")
    else:
        output.write_text(text)


@app.command()
def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="the folder for digits.gir, digits.svg, digits.onnx")] = Path(),
    seeds: Annotated[int, typer.Option(help="trainings, with seeds 0, 1, ...", min=1)] = 1,
) -> None:
    """Train a digit classifier written in plain numpy, show its graph, ship it.

    Example: `gradloom demo --seeds 5 -o out`
    """
    # These matrices are small: a second BLAS thread costs more than it brings, much more on a busy machine.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from gradloom.demo.show import run

    run(output, seeds, Console())


@app.command()
def trace(
    target: Target, spec: Specs = None, output: Output = None,
    locations: Annotated[bool, typer.Option("--locations", "-l", help="show the user's lines")] = False,
) -> None:  # fmt: skip
    """Print the graph of a function, or save it as a .gir file.

    Example: `gradloom trace model.py:loss --spec "f32[784, 10]" --spec "f32[batch, 784]" -o loss.gir`
    """
    from gradloom.ir.files import save

    graph = _graph(target, spec)
    if output is not None:
        save(graph, output)
    else:
        print(graph.text(locations=locations), end="")


@app.command()
def opt(
    target: Target, spec: Specs = None, output: Output = None,
    pipeline: Annotated[str, typer.Option("--pipeline", "-p", help='passes, e.g. "simplify,cse,dce"')] = "default",
    history: Annotated[bool, typer.Option(help="print what each pass did and how long it took")] = False,
) -> None:  # fmt: skip
    """Run passes over a graph.

    Example: `gradloom opt loss.gir -p simplify,cse,dce -o small.gir`
    """
    from gradloom.frontend.program import optimize
    from gradloom.ir.files import save

    graph = optimize(_graph(target, spec), pipeline)
    if history:
        table = Table("pass", "ops", "ms")
        for name, g, seconds in graph.history:
            table.add_row(str(name), str(len(g.nodes)), f"{1e3 * seconds:.2f}")
        Console(stderr=True).print(table)
    if output is not None:
        save(graph, output)
    else:
        print(str(graph), end="")


def _inputs(graph: Any, files: list[Path], size: int, seed: int) -> list[Any]:
    """Arrays from .npy files, in order; random ones for the rest."""
    import numpy as np

    from gradloom.ir import dims

    rng = np.random.default_rng(seed)
    arrays: list[Any] = [np.load(file, allow_pickle=False) for file in files[: len(graph.parameters)]]
    for parameter in graph.parameters[len(arrays) :]:
        shape = [dims.evaluate(d, dict.fromkeys(graph.symbols, size)) for d in parameter.type.shape]
        dtype = parameter.type.dtype
        made = rng.standard_normal(shape) if parameter.type.inexact else rng.integers(0, 2, shape)
        arrays.append(np.asarray(made).astype(dtype))
    return arrays


@app.command()
def run(
    target: Target, files: Annotated[list[Path] | None, typer.Argument(metavar="[ARRAY.npy]...", help="inputs; random where not given")] = None,
    spec: Specs = None, backend: Annotated[str, typer.Option("--backend", "-b")] = "numpy",
    size: Annotated[int, typer.Option(help="the size of named dimensions of random inputs", min=1)] = 4,
    seed: Annotated[int, typer.Option(help="the seed of random inputs")] = 0, output: Output = None,
) -> None:  # fmt: skip
    """Run a graph and print its results, or save them as .npz.

    Example: `gradloom run loss.gir weights.npy images.npy --backend torch`
    """
    import numpy as np

    from gradloom import backends

    graph = _graph(target, spec)
    arrays = _inputs(graph, files or [], size, seed)
    results = backends.get(backend).build(graph).numpy(*arrays)
    if output is not None:
        with output.open("wb") as file:
            np.savez(file, **{f"result{i}": r for i, r in enumerate(results)})
        return
    for i, (result, value) in enumerate(zip(graph.results, results, strict=True)):
        print(f"result {i}: {result.type}\n{np.array2string(np.asarray(value), threshold=60)}")


@app.command()
def export(
    target: Target, to: Annotated[str, typer.Option("--to", help="onnx, torchscript or source")], output: Output = None, spec: Specs = None,
    backend: Annotated[str, typer.Option("--backend", "-b", help="for source: numpy, torch, jax or tensorflow")] = "numpy",
) -> None:  # fmt: skip
    """Write a program that runs without gradloom.

    Example: `gradloom export model.py:predict --to onnx -s "f32[batch, 784]" -o model.onnx`
    """
    from gradloom.frontend import export as ways

    graph = _graph(target, spec)
    if to == "source":
        _emit(ways.source(graph, (), backend=backend), output)
    elif to not in ("onnx", "torchscript"):
        raise typer.BadParameter(f"{to!r}: onnx, torchscript or source", param_hint="--to")
    elif output is None:
        raise typer.BadParameter("a file to write is needed", param_hint="--output")
    elif to == "onnx":
        ways.onnx(graph, (), output)
    else:
        ways.torchscript(graph, (), output)


@app.command()
def view(target: Target, spec: Specs = None, output: Output = None) -> None:
    """Draw a graph: in the browser, or into a .svg, .png, .pdf or .dot file.

    Example: `gradloom view loss.gir -o loss.svg`
    """
    from gradloom.viz import graph as write

    graph = _graph(target, spec)
    if output is None:
        graph.show()
    else:
        write(graph, output)


@app.command()
def bench(
    target: Target, spec: Specs = None, size: Annotated[int, typer.Option(help="the size of named dimensions", min=1)] = 64,
    seconds: Annotated[float, typer.Option(help="seconds of calls per backend")] = 1.0,
) -> None:
    """Time a function on every installed backend: median milliseconds per call, and the difference from numpy.

    Example: `gradloom bench model.py:loss -s "f32[784, 10]" -s "f32[batch, 784]"`
    """
    import time
    from statistics import median

    import numpy as np

    from gradloom import backends
    from gradloom.frontend.program import optimize

    graph = optimize(_graph(target, spec))
    arrays = _inputs(graph, [], size, 0)
    reference = backends.get("numpy").build(graph).numpy(*arrays)
    table = Table("backend", "first call, ms", "ms per call", "calls", "largest difference")
    for name in backends.available():
        start = time.perf_counter()
        program = backends.get(name).build(graph)
        results = program.numpy(*arrays)
        first = time.perf_counter() - start
        times = []
        while sum(times) < seconds:
            start = time.perf_counter()
            program.numpy(*arrays)
            times.append(time.perf_counter() - start)
        worst = max((float(np.max(np.abs(np.asarray(a) - np.asarray(b)), initial=0)) for a, b in zip(results, reference, strict=True)), default=0.0)
        table.add_row(name, f"{1e3 * first:.1f}", f"{1e3 * median(times):.3f}", str(len(times)), f"{worst:.1e}")
    Console().print(table)


@app.command()
def doctor() -> None:
    """Say what is installed, which backends work, and what is missing.

    Example: `gradloom doctor`
    """
    from gradloom.doctor import report

    Console().print(report())


def main() -> None:
    """Run the command line; a gradloom error is told without a traceback."""
    try:
        app()
    except GradloomError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
