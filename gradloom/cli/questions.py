"""Commands that answer something: bench, bisect, diverge, doctor."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from gradloom.cli.target import (
    Pipeline,
    Seed,
    Size,
    Specs,
    Target,
    flat,
    graph_of,
    inputs_for,
)

Arrays = Annotated[
    list[Path] | None,
    typer.Argument(metavar="ARRAY.npy", help="inputs; random where not given"),
]


def bench(
    target: Target,
    spec: Specs = None,
    size: Size = 64,
    seconds: Annotated[float, typer.Option(help="seconds of calls per backend")] = 1.0,
) -> None:
    """Time a function on every installed backend: milliseconds per call, difference from numpy.

    Example: `gradloom bench model.py:loss -s "f32[784, 10]" -s "f32[batch, 784]"`
    """
    from gradloom import backends
    from gradloom.frontend.program import optimize

    graph = optimize(graph_of(target, spec))
    arrays = inputs_for(graph, [], size, 0)
    reference = backends.get("numpy").build(graph).numpy(*arrays)
    table = Table("backend", "first call, ms", "ms per call", "calls", "largest difference")
    for name in backends.available():
        start = time.perf_counter()
        program = backends.get(name).build(graph)
        results = program.numpy(*arrays)
        first = time.perf_counter() - start
        times = _times(program, arrays, seconds)
        each, worst = 1e3 * median(times), _difference(results, reference)
        table.add_row(name, f"{1e3 * first:.1f}", f"{each:.3f}", str(len(times)), f"{worst:.1e}")
    Console().print(table)


def _times(program: Any, arrays: Sequence[Any], seconds: float) -> list[float]:
    """Seconds of each call, of at least one, until they add up to `seconds`."""
    times: list[float] = []
    while not times or sum(times) < seconds:
        start = time.perf_counter()
        program.numpy(*arrays)
        times.append(time.perf_counter() - start)
    return times


def _difference(results: Sequence[Any], reference: Sequence[Any]) -> float:
    """The largest absolute difference of any element."""
    worst = 0.0
    for given, due in zip(results, reference, strict=True):
        a, b = np.asarray(given), np.asarray(due)
        wide = np.complex128 if b.dtype.kind == "c" else np.float64
        worst = max(worst, float(np.max(np.abs(a.astype(wide) - b.astype(wide)), initial=0)))
    return worst


def bisect(
    target: Target,
    files: Arrays = None,
    spec: Specs = None,
    pipeline: Pipeline = "default",
    rtol: Annotated[float, typer.Option(help="allowed relative difference", min=0)] = 0.0,
    size: Size = 4,
    seed: Seed = 0,
) -> None:
    """Find the first pass of a pipeline that changes the results; exit code 1 if there is one.

    Example: `gradloom bisect loss.gir weights.npy -p simplify,cse,dce --rtol 1e-12`
    """
    from gradloom.passes.bisect import bisect as search

    graph = graph_of(target, spec)
    found = search(graph, pipeline, inputs_for(graph, files or [], size, seed), rtol=rtol)
    _answer(found, f"no pass of {pipeline!r} changes the results")


def diverge(
    target: Target,
    files: Arrays = None,
    spec: Specs = None,
    backend: Annotated[
        list[str] | None,
        typer.Option("--backend", "-b", help="a backend, once per backend; all installed if none"),
    ] = None,
    tolerance: Annotated[
        float | None, typer.Option(help="relative to the largest number of a value", min=0)
    ] = None,
    size: Size = 4,
    seed: Seed = 0,
) -> None:
    """Find the first op at which a backend leaves numpy, and its line; exit code 1 if there is one.

    Example: `gradloom diverge model.py:loss -s "f32[784, 10]" -s "f32[batch, 784]" -b torch`
    """
    from gradloom import backends
    from gradloom.frontend.understand import diverge as search

    graph = graph_of(target, spec)
    names = backend or list(backends.available())
    found = search(flat(graph), inputs_for(graph, files or [], size, seed), names, tolerance)
    _answer(found, f"{', '.join(names)}: every op agrees with numpy")


def _answer(found: object, otherwise: str) -> None:
    print(otherwise if found is None else found)
    if found is not None:
        raise typer.Exit(1)


def doctor() -> None:
    """Say what is installed, which backends work, and what is missing.

    Example: `gradloom doctor`
    """
    from gradloom.cli.doctor import report

    Console().print(report())
