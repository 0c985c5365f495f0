"""What a command works on: a function in a Python file with its arguments, or a saved graph."""

from __future__ import annotations

import inspect
import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import numpy as np
import typer

import gradloom as gl
from gradloom.frontend.named import member, module_of
from gradloom.ir import dims
from gradloom.ir.errors import ArgumentError, FileError, GradloomError
from gradloom.ir.files import load
from gradloom.ir.graph import Graph

Target = Annotated[
    str,
    typer.Argument(metavar="FILE:FUNC", help="a Python file and a function in it, or a .gir file"),
]
Specs = Annotated[
    list[str] | None,
    typer.Option(
        "--spec",
        "-s",
        help='an argument, e.g. "f32[batch, 784]", once per argument; @NAME is an object in FILE, '
        "such as a dict of parameters, or what a function without arguments gives",
    ),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="the file to write")]
Size = Annotated[int, typer.Option(help="the size of named dimensions of random inputs", min=1)]
Seed = Annotated[int, typer.Option(help="the seed of random inputs")]
Pipeline = Annotated[str, typer.Option("--pipeline", "-p", help='passes, e.g. "simplify,cse,dce"')]


def graph_of(target: str, specs: Sequence[str] | None) -> Graph:
    """The graph that `FILE:FUNC` with specs, a lazy DAG `FILE:G`, or a .gir file stands for."""
    if target.endswith(".gir"):
        if specs:
            raise typer.BadParameter("a saved graph has its types already", param_hint="--spec")
        return load(target)
    file, _, name = target.rpartition(":")
    path = Path(file)
    if not path.is_file():
        raise typer.BadParameter(
            f"{target!r} is no .gir file, and not FILE:FUNC with a file that exists",
            param_hint="FILE:FUNC",
        )
    with users_code(path):
        module = module_of(path)
        function = _member(module, name, path)
        if isinstance(function, gl.dag.GraphBuilder):
            lazy: Graph = function.graph
            return lazy
        arguments = [_argument(text, module, path) for text in specs or []]
        _check_count(function, name, arguments)
        graph: Graph = gl.trace(function, *arguments)
        return graph


@contextmanager
def users_code(path: Path) -> Iterator[None]:
    """A place where the user's file runs: what it raises is shown from that file on, and ends the
    command.
    """
    try:
        yield
    except (GradloomError, typer.BadParameter, typer.Exit):
        raise
    except Exception as error:
        place = error.__traceback__
        file = os.path.abspath(path)
        while place is not None and place.tb_frame.f_code.co_filename != file:
            place = place.tb_next
        known = place is not None or isinstance(error, SyntaxError)
        traceback.print_exception(error.with_traceback(place) if known else error)
        raise typer.Exit(1) from error


def _member(module: ModuleType, name: str, path: Path) -> Any:
    try:
        return member(module, name, path)
    except ArgumentError as error:
        raise typer.BadParameter(error.message, param_hint="FILE:FUNC") from error


def _argument(text: str, module: ModuleType, path: Path) -> Any:
    if not text.startswith("@"):
        return gl.spec(text)
    value = _member(module, text[1:], path)
    return value() if callable(value) else value


def _check_count(function: Callable[..., Any], name: str, arguments: Sequence[Any]) -> None:
    """Refuse a number of specs that the function does not take."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # a ufunc, or another function that does not tell
        return
    try:
        signature.bind(*arguments)
    except TypeError as error:
        raise typer.BadParameter(
            f"{name}{signature} and {len(arguments)} specs: {error}; give one --spec per argument",
            param_hint="--spec",
        ) from error


def inputs_for(graph: Graph, files: Sequence[Path], size: int, seed: int) -> list[Any]:
    """Arrays from .npy files, in order; random ones for the rest.

    Raises `FileError` for a file that holds no array, and `typer.BadParameter` for more files than
    parameters.
    """
    if len(files) > len(graph.parameters):
        raise typer.BadParameter(
            f"{len(files)} arrays for {len(graph.parameters)} parameters", param_hint="ARRAY.npy"
        )
    arrays = [array_in(file) for file in files]
    rng = np.random.default_rng(seed)
    sizes = dict.fromkeys(graph.symbols, size)
    for parameter in graph.parameters[len(arrays) :]:
        shape = [dims.evaluate(d, sizes) for d in parameter.type.shape]
        made = rng.standard_normal(shape) if parameter.type.inexact else rng.integers(0, 2, shape)
        arrays.append(np.asarray(made).astype(parameter.type.dtype))
    return arrays


def array_in(file: Path) -> Any:
    """The array of a .npy file; raises `FileError` for one that holds none."""
    try:
        return np.load(file, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise FileError(f"{file} holds no array: {error}", hint="write it with np.save") from error


def flat(graph: Graph) -> Graph:
    """The graph as a function of its arrays, one per parameter, whatever its arguments were."""
    return Graph(graph.parameters, graph.nodes, graph.results, graph.name, graph.notes)
