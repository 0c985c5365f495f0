"""A page about lazy DAGs: the picture of each beside what its functions say of themselves."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from gradloom.frontend.dag.builder import GraphBuilder
from gradloom.frontend.dag.described import attribute
from gradloom.frontend.dag.step import Step, name_of
from gradloom.ir.errors import ArgumentError, CallError
from gradloom.viz.lazy.told import duration, size
from gradloom.viz.writers.files import write_file
from gradloom.viz.writers.page import page
from gradloom.viz.writers.svg import escaped


def document(graphs: Sequence[Any], path: str | os.PathLike[str]) -> Path:
    """Write the page to `path`, one HTML file with all that it needs inside."""
    if not graphs:
        raise ArgumentError("document wants a graph", hint="gl.dag.document(G, path='g.html')")
    for graph in graphs:
        if not isinstance(graph, GraphBuilder):
            several = "graphs are given one by one: gl.dag.document(*graphs)"
            hint = several if isinstance(graph, list | tuple) else ""
            raise CallError(f"{type(graph).__name__} is no graph of gl.dag", hint=hint)
    title = ", ".join(graph.alias or graph.graph_uid for graph in graphs)
    body = "\n".join(_section(graph, i) for i, graph in enumerate(graphs))
    target = Path(path)
    write_file(target, page(title, body, {}, styles=("dag.css",)).encode())
    return target


def _section(graph: GraphBuilder, number: int) -> str:
    title = escaped(graph.alias or graph.graph_uid)
    entries = "\n".join(_entry(step) for step in graph.steps) or "<p class='muted'>no calls</p>"
    return (
        f'<section aria-labelledby="g{number}"><h1 id="g{number}">{title}</h1>'
        f'<div class="sides"><div class="picture">{graph.view().svg()}</div>'
        f'<div class="texts">{entries}</div></div></section>'
    )


def _entry(step: Step) -> str:
    function = step.call.function
    facts = "".join(f"<p class='muted'>{escaped(text)}</p>" for text in _facts(step))
    said = escaped(_docstring(function) or "It has no docstring.")
    head = f"{escaped(step.uid)} <code>{escaped(_signature(function))}</code>"
    return f"<article><h2>{head}</h2>{facts}<pre>{said}</pre></article>"


def _facts(step: Step) -> Iterator[str]:
    if step.node.location is not None:
        yield step.node.location.with_source()
    if step.seconds is not None:
        yield f"{duration(step.seconds)}, {size(step.nbytes or 0)}"


def _docstring(function: Callable[..., Any]) -> str | None:
    written = _written(function)
    return inspect.getdoc(written) if isinstance(attribute(written, "__doc__"), str) else None


def _written(function: Callable[..., Any]) -> Any:
    """What holds the docstring: a partial's function, an object's class."""
    inner = function.func if isinstance(function, functools.partial) else function
    return inner if isinstance(attribute(inner, "__name__"), str) else type(inner)


def _signature(function: Callable[..., Any]) -> str:
    try:
        return f"{name_of(function)}{inspect.signature(function)}"
    except Exception:  # a builtin that does not tell, or a callable with a mind of its own
        return f"{name_of(function)}(...)"
