"""`gradloom demo`: the whole way once, on the handwritten digits."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from gradloom import backends
from gradloom.demo import digits, model
from gradloom.demo.train import Settings, train
from gradloom.frontend.compile import compile
from gradloom.frontend.program import optimize, trace
from gradloom.frontend.spec import spec
from gradloom.frontend.transforms import value_and_grad
from gradloom.ir.files import save
from gradloom.ir.graph import Graph
from gradloom.viz.picture import graph as write_picture

_EXCERPT: Final = 12
"""Lines of a graph that the demo prints."""
_TIMED_S: Final = 0.3
"""Seconds of steps that are timed per backend."""


def run(folder: Path, seeds: int, console: Console) -> float:
    """Train, show and ship the digits model; the median test accuracy over the seeds, in per cent.

    Writes `digits.gir`, `digits.svg` and, where onnx is installed, `digits.onnx` into the folder.
    """
    data = digits.load()
    console.print(
        "[bold]gradloom demo[/]: a digit classifier in plain numpy (gradloom/demo/model.py)"
    )
    console.print(
        f"{len(data.y_train)} training images, {len(data.y_test)} test images (every fifth)\n"
    )
    graph = step_graph(model.init(0), data)
    show_graphs(graph, console)
    step = compile(value_and_grad(model.loss), backend="numpy")
    models = [trained(seed, step, data, console) for seed in range(seeds)]
    middle = median(_accuracy(params, data) for params in models)
    console.print(
        f"median test accuracy over {seeds} seed{'s' * (seeds > 1)}: [bold]{middle:.2f} %[/]\n"
    )
    compare(data, console)
    ship(folder, graph, models[0], data, console)
    return middle


def step_graph(params: model.Params, data: digits.Digits) -> Graph:
    """The graph of the loss and its gradient for one batch."""
    n = Settings().batch
    return trace(value_and_grad(model.loss), params, data.x_train[:n], data.y_train[:n])


def show_graphs(graph: Graph, console: Console) -> None:
    """Print the graph before and after the passes, a few lines from where they first differ."""
    better = optimize(graph)
    texts = [g.text(locations=True).splitlines() for g in (graph, better)]
    first = next((i for i, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), 1)
    titles = ("as traced", "after simplify, fold, CSE and DCE")
    for title, g, lines in zip(titles, (graph, better), texts, strict=True):
        console.print(f"[bold]loss and gradient, {title}[/]: {len(g.nodes)} ops")
        shown = "\n".join(_excerpt(lines, first - 1))
        console.print(shown, markup=False, highlight=False, overflow="ellipsis", no_wrap=True)
        console.print()


def _excerpt(lines: list[str], start: int) -> list[str]:
    """The first line, and some from `start` on, with a word on what is left out."""
    start = max(start, 1)
    end = start + _EXCERPT
    before = [f"  ... {start - 1} lines"] if start > 1 else []
    after = [f"  ... {len(lines) - end} more lines"] if len(lines) > end else []
    return [lines[0], *before, *lines[start:end], *after]


def _accuracy(params: model.Params, data: digits.Digits) -> float:
    """The share of the test images that are told right, in per cent."""
    return 100 * model.accuracy(params, data.x_test, data.y_test)


def trained(
    seed: int, step: Callable[..., Any], data: digits.Digits, console: Console
) -> model.Params:
    """The parameters after one training, with a progress bar."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("loss {task.fields[loss]:.4f}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    start = time.perf_counter()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(
            f"seed {seed}", total=Settings().steps(len(data.y_train)), loss=float("nan")
        )

        def on_step(number: int, total: int, loss: float) -> None:
            bar.update(task, completed=number, loss=loss)

        params = train(step, data, seed, on_step=on_step)
    console.print(
        f"seed {seed}: {_accuracy(params, data):.2f} % of the test images right, "
        f"{time.perf_counter() - start:.1f} s"
    )
    return params


def compare(data: digits.Digits, console: Console) -> None:
    """Compile the same step for every installed framework; print its time, and how far it is from
    numpy.
    """
    found = backends.available()
    if found == ("numpy",):
        console.print(
            "other backends: none installed "
            "(pip install 'gradloom[torch]', 'gradloom[jax]', 'gradloom[tensorflow]')\n",
            markup=False,
        )
        return
    args = (model.init(0), data.x_train[: Settings().batch], data.y_train[: Settings().batch])
    reference = _flat(compile(value_and_grad(model.loss), backend="numpy")(*args))
    table = Table(
        "backend",
        "ms per step",
        "largest difference from numpy",
        title="one step of 64 images, loss and gradient",
    )
    for name in found:
        step = compile(value_and_grad(model.loss), backend=name)
        with console.status(f"compiling for {name}"):
            result = _flat(step(*args))
            took = _milliseconds(lambda step=step: step(*args))  # type: ignore[misc]
        worst = max(float(np.max(np.abs(a - b))) for a, b in zip(result, reference, strict=True))
        table.add_row(name, f"{took:.3f}", f"{worst:.1e}")
    console.print(table)


def _flat(result: Any) -> list[Any]:
    value, grads = result
    return [np.asarray(value), *(grads[name] for name in sorted(grads))]


def _milliseconds(call: Callable[[], Any]) -> float:
    times: list[float] = []
    end = time.perf_counter() + _TIMED_S
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1e3 * median(times)


def ship(
    folder: Path, graph: Graph, params: model.Params, data: digits.Digits, console: Console
) -> None:
    """Write the graph of a step, a picture of the loss, and the trained model as ONNX."""
    folder.mkdir(parents=True, exist_ok=True)
    save(optimize(graph), folder / "digits.gir")
    batch = (data.x_train[: Settings().batch], data.y_train[: Settings().batch])
    write_picture(optimize(trace(model.loss, params, *batch)), folder / "digits.svg")
    written = ["digits.gir (the graph of loss and gradient)", "digits.svg (a picture of the loss)"]
    if all(find_spec(package) is not None for package in ("onnx", "onnx_ir")):
        from gradloom.frontend import export

        images = spec("f32[batch, 64]")
        export.onnx(lambda x: model.predict(params, x), (images,), folder / "digits.onnx")
        written.append("digits.onnx (the trained model, for any number of images)")
    else:
        written.append("no digits.onnx: pip install 'gradloom[onnx]'")
    console.print(f"written to {folder.resolve()}:" if folder != Path() else "written:")
    for line in written:
        console.print(f"  {line}", markup=False)
