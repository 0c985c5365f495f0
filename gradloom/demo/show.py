"""`gradloom demo`: the whole way once, on the handwritten digits."""

from __future__ import annotations

import time
from collections.abc import Callable
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
    accuracies = [trained(seed, step, data, console) for seed in range(seeds)]
    middle = median(accuracies)
    console.print(
        f"median test accuracy over {seeds} seed{'s' * (seeds > 1)}: [bold]{middle:.2f} %[/]\n"
    )
    compare(data, console)
    ship(folder, graph, data, console)
    return middle


def step_graph(params: model.Params, data: digits.Digits) -> Graph:
    """The graph of the loss and its gradient for one batch."""
    n = Settings().batch
    return trace(value_and_grad(model.loss), params, data.x_train[:n], data.y_train[:n])


def show_graphs(graph: Graph, console: Console) -> None:
    """Print the beginning of the graph before and after the passes."""
    better = optimize(graph)
    for title, g in (("as traced", graph), ("after simplify, fold, CSE and DCE", better)):
        lines = g.text(locations=True).splitlines()
        console.print(f"[bold]loss and gradient, {title}[/]: {len(g.nodes)} ops")
        console.print(
            "\n".join([*lines[:_EXCERPT], f"  ... {len(lines) - _EXCERPT} more lines"]),
            markup=False,
            highlight=False,
            overflow="ellipsis",
            no_wrap=True,
        )
        console.print()


def trained(seed: int, step: Callable[..., Any], data: digits.Digits, console: Console) -> float:
    """The test accuracy after one training, in per cent, with a progress bar."""
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
    accuracy = 100 * model.accuracy(params, data.x_test, data.y_test)
    console.print(
        f"seed {seed}: {accuracy:.2f} % of the test images right, "
        f"{time.perf_counter() - start:.1f} s"
    )
    return accuracy


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


def ship(folder: Path, graph: Graph, data: digits.Digits, console: Console) -> None:
    """Write the graph, its picture and the model as ONNX."""
    import importlib.util

    folder.mkdir(parents=True, exist_ok=True)
    save(optimize(graph), folder / "digits.gir")
    write_picture(
        optimize(trace(model.loss, model.init(0), data.x_train[:64], data.y_train[:64])),
        folder / "digits.svg",
    )
    written = ["digits.gir (the graph of loss and gradient)", "digits.svg (a picture of the loss)"]
    if all(importlib.util.find_spec(p) is not None for p in ("onnx", "onnx_ir")):
        from gradloom.frontend import export

        export.onnx(model.predict, (model.init(0), spec("f32[batch, 64]")), folder / "digits.onnx")
        written.append("digits.onnx (the model, any batch size)")
    else:
        written.append("no digits.onnx: pip install 'gradloom[onnx]'")
    console.print(f"written to {folder.resolve()}:" if folder != Path() else "written:")
    for line in written:
        console.print(f"  {line}")
