"""Running a pipeline: the only caller of passes. Verifies after each, times it, and keeps the
history.

A pipeline is text such as `"simplify,cse,dce,remat(budget=2GiB)"`: names of passes with options,
which are the keyword arguments of the pass's function. With `GRADLOOM_DUMP=dir` every graph of the
history is written there as `00_trace.gir`, `01_simplify.gir`, ...
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gradloom.ir.errors import FileError, VerifyError
from gradloom.ir.files import save
from gradloom.ir.graph import Graph
from gradloom.ir.verify import verify
from gradloom.passes.steps import Step, parse_pipeline


class Entry(NamedTuple):
    """One line of a history: what ran, the graph it left, how long it took."""

    name: str
    graph: Graph
    seconds: float


History = tuple[Entry, ...]


def run(graph: Graph, pipeline: str | Sequence[Step] = "default") -> tuple[Graph, History]:
    """The graph after every pass, and the history, which begins with the graph as it came
    ("trace").

    Raises `PipelineError` for text that is no pipeline, and `VerifyError` when a pass broke the
    graph.
    """
    steps = parse_pipeline(pipeline) if isinstance(pipeline, str) else pipeline
    folder = os.environ.get("GRADLOOM_DUMP", "")
    history = [Entry("trace", graph, 0.0)]
    _dump(folder, 0, history[0])
    for step in steps:
        start = time.perf_counter()
        changed = step(graph)
        seconds = time.perf_counter() - start
        history.append(Entry(str(step), changed, seconds))
        _dump(folder, len(history) - 1, history[-1])
        if changed is not graph:
            _verify(changed, graph, step)
        graph = changed
    return graph, tuple(history)


def _dump(folder: str, number: int, entry: Entry) -> None:
    if folder:
        name, _, _ = entry.name.partition("(")
        _write(Path(folder) / f"{number:02d}_{name}.gir", entry.graph)


def _write(path: Path, graph: Graph) -> None:
    """Save the graph; one that a file cannot hold (it calls Python) is written as text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        save(graph, path)
    except FileError:
        path.write_text(graph.text(locations=True), encoding="utf-8")


def _verify(changed: Graph, before: Graph, step: Step) -> None:
    """Verify what a pass left; an error names the pass and the command that repeats it."""
    try:
        verify(changed)
    except VerifyError as error:
        path = Path(tempfile.gettempdir()) / f"gradloom_before_{step.name}.gir"
        _write(path, before)
        error.message = f"after {step}: {error.message}"
        command = f'repeat with: gradloom opt {path} -p "{step}"'
        error.hint = f"{error.hint}\n  {command}" if error.hint else command
        raise
