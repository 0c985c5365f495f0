"""What a page is about: a program's history, and the arrays it can be run on."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from gradloom.frontend.compile import Compiled
from gradloom.frontend.linear import arrays_of
from gradloom.frontend.program import optimize, trace
from gradloom.frontend.signature import bind, flatten
from gradloom.frontend.spec import ShapeDtypeStruct
from gradloom.ir.errors import ArgumentError, FileMissing
from gradloom.ir.files import load
from gradloom.ir.graph import Graph


@final
@dataclass(frozen=True, slots=True)
class Step:
    """A graph of a history: what made it, and how long that took."""

    name: str
    graph: Graph
    seconds: float = 0.0


@final
@dataclass(frozen=True, slots=True)
class Subject:
    """A program from its first graph to its last; `arrays` are for the last one's parameters, None
    where there are none.
    """

    name: str
    steps: tuple[Step, ...]
    arrays: tuple[Any, ...] | None = None

    @property
    def last(self) -> Graph:
        """The graph that would run."""
        return self.steps[-1].graph


def subject(program: Any, inputs: Sequence[Any] = (), pipeline: str = "default") -> Subject:
    """What `program` is: a graph, a compiled function, a function of numpy, a history, graphs by
    name, a .gir file, or a folder of them (as GRADLOOM_DUMP writes).

    A function is traced on `inputs` (arrays or specs) and optimised by `pipeline`. Raises
    `ArgumentError` for anything else.
    """
    if isinstance(program, Graph):
        return Subject(program.name, _history(program), _bound(program, inputs))
    if isinstance(program, Compiled):
        return _compiled(program, tuple(inputs))
    if isinstance(program, str | os.PathLike):
        return _file(Path(program), inputs)
    if isinstance(program, Mapping):
        return _listed([Step(str(name), graph) for name, graph in program.items()], inputs)
    if isinstance(program, Sequence):
        return _listed([_step(i, entry) for i, entry in enumerate(program)], inputs)
    if callable(program):
        return _function(program, tuple(inputs), pipeline)
    raise ArgumentError(
        f"{type(program).__name__} is nothing to explore",
        hint="give a graph, a compiled function, a function and its inputs, or a history",
    )


def _history(graph: Graph) -> tuple[Step, ...]:
    if not graph.history:
        return (Step("graph", graph),)
    return tuple(Step(str(name), left, seconds) for name, left, seconds in graph.history)


def _bound(graph: Graph, inputs: Sequence[Any]) -> tuple[Any, ...] | None:
    return tuple(bind(graph, tuple(inputs), {})) if inputs else None


def _compiled(program: Compiled, inputs: tuple[Any, ...]) -> Subject:
    if inputs:
        program.graph(*inputs)
    if not program.history:
        raise ArgumentError(
            "the compiled function has no program yet",
            hint="call it once, or give explore(..., inputs=(...))",
        )
    steps = tuple(Step(str(name), graph, seconds) for name, graph, seconds in program.history)
    arrays = tuple(program.arrays(*inputs)) if _are_arrays(inputs) else None
    return Subject(steps[-1].graph.name, steps, arrays)


def _function(f: Any, inputs: tuple[Any, ...], pipeline: str) -> Subject:
    graph = trace(f, *inputs)
    arrays = None
    if _are_arrays(inputs):
        leaves, _ = flatten((inputs, {}))
        arrays = tuple(arrays_of(leaves, graph.signature.inputs))
    return Subject(graph.name, _history(optimize(graph, pipeline)), arrays)


def _are_arrays(inputs: tuple[Any, ...]) -> bool:
    leaves, _ = flatten((inputs, {}))
    return bool(leaves) and not any(isinstance(x, ShapeDtypeStruct) for x in leaves)


def _file(path: Path, inputs: Sequence[Any]) -> Subject:
    if not path.is_dir():
        return subject(load(path), inputs)
    files = sorted(path.glob("*.gir"))
    if not files:
        raise FileMissing(f"{path} holds no .gir file", hint="GRADLOOM_DUMP=folder writes some")
    return _listed([Step(_shown(file), load(file)) for file in files], inputs)


def _shown(file: Path) -> str:
    """`03_cse.gir` is what cse left."""
    number, _, name = file.stem.partition("_")
    return name if number.isdigit() and name else file.stem


def _listed(steps: Sequence[Step], inputs: Sequence[Any]) -> Subject:
    if not steps or not all(isinstance(s.graph, Graph) for s in steps):
        raise ArgumentError(
            f"a history of {len(steps)} entries that are not all graphs",
            hint="give graphs, or (name, graph, seconds) of each",
        )
    last = steps[-1].graph
    return Subject(last.name, tuple(steps), _bound(last, inputs))


def _step(i: int, entry: Any) -> Step:
    if isinstance(entry, Graph):
        return Step(f"graph {i}", entry)
    name, graph, *rest = tuple(entry) if isinstance(entry, tuple) else ("", entry)
    return Step(str(name), graph, *_seconds(rest))


def _seconds(rest: Sequence[Any]) -> Iterator[float]:
    return (float(x) for x in rest[:1])
