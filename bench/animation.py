"""What the classic animations cost beside griphogram's: five workers, 800 × 600, 108 frames.

`python -m bench animation`. CPU seconds of drawing and writing the GIF, and the file's size; beside
it griphogram's own on the same graph, where it is installed (it asks for Python 3.12, but
`pip install --ignore-requires-python --no-deps griphogram` gives one that runs).
"""

from __future__ import annotations

import importlib.util
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gradloom.viz.animation.classic import SCENES, classic
from gradloom.viz.animation.collectives import PLANS
from gradloom.viz.animation.flow import ScheduleFilm
from gradloom.viz.animation.writing import write_film

FRAMES = 108
_STRATEGIES = {
    "allreduce": "AllReduceStrategy", "gossip": "GossipStrategy",
    "parameter_server": "ParameterServerStrategy",
}  # fmt: skip


def run() -> str:
    """The tables."""
    with tempfile.TemporaryDirectory() as folder:
        return f"{_classics(Path(folder))}\n{_schedules(Path(folder))}"


def _classics(folder: Path) -> str:
    lines = [
        "### The classic animations", "",
        "| | CPU ms a frame | MB | griphogram, CPU ms a frame | MB | times as fast |",
        "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for name in SCENES:
        path = folder / f"{name}.gif"
        ours = _cpu_s(lambda name=name, path=path: write_film(classic(name), path))
        row = f"| {name} | {ours / FRAMES * 1e3:.1f} | {path.stat().st_size / 1e6:.2f} |"
        lines.append(row + _griphogram(name, folder, ours))
    return "\n".join([*lines, ""])


def _schedules(folder: Path) -> str:
    lines = ["### Schedules", "", "| | workers | CPU ms a frame | MB |", "|---|---|---|---|"]
    for name, plan in PLANS.items():
        for workers in (4, 64):
            path = folder / f"{name}{workers}.gif"
            film = ScheduleFilm(plan(workers))
            cost = _cpu_s(lambda film=film, path=path: write_film(film, path)) / FRAMES * 1e3
            lines.append(f"| {name} | {workers} | {cost:.1f} | {path.stat().st_size / 1e6:.2f} |")
    return "\n".join([*lines, ""])


def _griphogram(name: str, folder: Path, ours: float) -> str:
    if importlib.util.find_spec("griphogram") is None:
        return " not installed | | |"
    griphogram: Any = importlib.import_module("griphogram")
    graph = classic(name)._graph
    weights = [[0.0] * 5 for _ in range(5)]
    for edge in graph.edges:
        weights[edge.src.idx][edge.dst.idx] = weights[edge.dst.idx][edge.src.idx] = edge.weight
    built = griphogram.GraphBuilder().with_adjacency_matrix(weights, (800, 630), 330).build()
    renderer = griphogram.GIFRenderer(built, getattr(griphogram, _STRATEGIES[name])())
    path = folder / f"theirs_{name}.gif"
    theirs = _cpu_s(lambda: renderer.render_gif(path, verbose=False))
    size = path.stat().st_size / 1e6
    return f" {theirs / FRAMES * 1e3:.0f} | {size:.2f} | {theirs / ours:.0f} |"


def _cpu_s(way: Callable[[], Any]) -> float:
    start = time.process_time()
    way()
    return time.process_time() - start
