"""A graph built for a backend: its source and the function that runs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import numpy as np

from gradloom.backends.backend import Backend
from gradloom.backends.claims import Claims, told
from gradloom.backends.codes import coded
from gradloom.backends.emit import emit
from gradloom.backends.lower import lower
from gradloom.backends.source import INLINE, Source
from gradloom.ir.errors import DtypeError, ShapeError
from gradloom.ir.graph import Graph
from gradloom.ir.types import dtype_name, solve_symbols
from gradloom.passes.checked import checked
from gradloom.passes.effects import has_asserts


@final
class Program:
    """Runs flat arrays through a graph on one backend.

    `function` is the raw callable over native arrays (compiled where the backend compiles) and
    checks nothing but what the graph asserts;
    `main` is the emitted function itself, which the framework can trace or differentiate. Calling
    the program checks
    the number of arguments; `numpy` also checks their types, and takes and gives numpy arrays.
    """

    __slots__ = ("_main", "_source", "backend", "device", "function", "graph")

    def __init__(self, graph: Graph, backend: Backend, device: str | None) -> None:
        self.graph = graph
        self.backend = backend
        self.device = device
        asked = self._asked()
        claims = Claims(asked)
        by_code = bool(claims) and backend.asserts != "raise"
        told_by = coded(asked, backend.asserts == "both") if by_code else asked
        self._source, main = self._emitted(told_by, backend)
        function: Callable[..., tuple[Any, ...]] = backend.runner.compile(main)
        self._main = None if by_code else main
        self.function = told(function, claims, by_code) if claims else function

    def _asked(self) -> Graph:
        """The graph, in the backend's own ops where asserts are told by a number or added."""
        silent = self.backend.silent(self.device)
        if not silent and (self.backend.asserts == "raise" or not has_asserts(self.graph)):
            return self.graph
        return checked(lower(self.graph, self.backend), silent)

    def _emitted(self, graph: Graph, backend: Backend) -> tuple[Source, Callable[..., Any]]:
        """The source of a graph and its function."""
        # Constants written inline are made on the CPU; for another device all are handed over.
        inline = INLINE if self.device in (None, "cpu") else -1
        source = emit(graph, backend, standalone=False, inline=inline)
        constants = [backend.from_numpy(c.array, self.device) for c in source.constants]
        return source, source.function(constants)

    @property
    def main(self) -> Callable[..., tuple[Any, ...]]:
        """The emitted function; what it asserts, the framework raises in its own way."""
        if self._main is None:
            self._main = self._emitted(self.graph, self.backend.embedded or self.backend)[1]
        return self._main

    @property
    def source(self) -> str:
        """The emitted text; large constants stand in it as `constants[i]`."""
        return self._source.text

    def __call__(self, *arrays: Any) -> tuple[Any, ...]:
        """The results on native arrays."""
        self._check_count(arrays)
        return self.function(*arrays)

    def numpy(self, *arrays: Any) -> tuple[Any, ...]:
        """The results on numpy arrays, as numpy arrays; raises where an argument's dtype or shape
        is not the graph's.
        """
        self._check_count(arrays)
        self._check_types(arrays)
        native = [self.backend.from_numpy(a, self.device) for a in arrays]
        return tuple(self.backend.to_numpy(r) for r in self.function(*native))

    def _check_count(self, arrays: tuple[Any, ...]) -> None:
        due = len(self.graph.parameters)
        if len(arrays) != due:
            raise ShapeError(
                f"{self.graph.name}: {len(arrays)} arrays were given where {due} are due"
            )

    def _check_types(self, arrays: tuple[Any, ...]) -> None:
        types = [p.type for p in self.graph.parameters]
        for p, array in zip(self.graph.parameters, arrays, strict=True):
            given = np.asarray(array)
            if given.dtype != p.type.dtype:
                raise DtypeError(
                    f"argument {p.name} is {dtype_name(given.dtype)} where {p.type} is due"
                )
            if given.ndim != p.type.ndim:
                raise ShapeError(f"argument {p.name} has shape {given.shape} where {p.type} is due")
        if any(len(p.type.shape) for p in self.graph.parameters):
            _check_sizes(self.graph, [np.shape(a) for a in arrays], types)


def _check_sizes(graph: Graph, shapes: list[tuple[int, ...]], types: list[Any]) -> None:
    for p, shape in zip(graph.parameters, shapes, strict=True):
        if any(isinstance(d, int) and d != s for d, s in zip(p.type.shape, shape, strict=True)):
            raise ShapeError(f"argument {p.name} has shape {shape} where {p.type} is due")
    if graph.symbols:
        solve_symbols(types, shapes)


def build(graph: Graph, backend: Backend, device: str | None = None) -> Program:
    """The program of `graph` on `backend`; imports the framework."""
    _ = backend.module
    return Program(graph, backend.serving(graph), device)
