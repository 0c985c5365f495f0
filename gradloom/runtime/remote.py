"""Compiled functions whose programs run on a cluster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import numpy as np

from gradloom.ir.errors import ArgumentError, ShapeError
from gradloom.ir.graph import Graph
from gradloom.ir.text import graph_text
from gradloom.runtime.client import Array, Client
from gradloom.runtime.current import current


@final
class RemoteProgram:
    """A graph as a program of the cluster: numpy arrays in, numpy arrays out.

    Where the arrays are its arguments, the program waits for its results; values stay on the
    cluster between calls of `Client.call`.
    """

    def __init__(self, graph: Graph, session: Callable[[], Client]) -> None:
        self.graph = graph
        self._session = session

    @property
    def source(self) -> str:
        """The graph's text: each worker writes the program for its own backend."""
        return graph_text(self.graph)

    @property
    def main(self) -> Callable[..., tuple[Any, ...]]:
        """The program itself."""
        return self.numpy

    def __call__(self, *arrays: Any) -> tuple[Any, ...]:
        """The results; the same as `numpy`."""
        return self.numpy(*arrays)

    def numpy(self, *arrays: Any) -> tuple[Any, ...]:
        """The results of a run on a worker."""
        if len(arrays) != len(self.graph.parameters):
            raise ShapeError(
                f"{self.graph.name}: {len(arrays)} arrays were given where "
                f"{len(self.graph.parameters)} are due"
            )
        session = self._session()
        given = [
            session.put(np.asarray(a, p.type.dtype))
            for a, p in zip(arrays, self.graph.parameters, strict=True)
        ]
        results = session.call(self.graph, given)
        return tuple(_writable(session.fetch(r)) for r in results)


def _writable(array: Array) -> Array:
    return array if array.flags.writeable else array.copy()


@final
class Remote:
    """A cluster as a backend of `gl.compile`. Without a session, the current one is asked for at
    every call.
    """

    name = "cluster"

    def __init__(self, session: Client | None = None) -> None:
        self._session = session

    def is_native(self, value: object) -> bool:
        """Never: what goes in and comes out is numpy's."""
        return False

    def from_numpy(self, array: Any, device: str | None = None) -> Any:
        """The array itself."""
        return array

    def build(self, graph: Graph, device: str | None = None) -> RemoteProgram:
        """The graph as a program of the cluster."""
        return RemoteProgram(graph, current if self._session is None else self._own)

    def _own(self) -> Client:
        assert self._session is not None
        return self._session


def remote(backend: Any) -> Remote:
    """The backend that `gl.compile` is given: "cluster", a cluster, or a session of one."""
    if backend == "cluster":
        return Remote()
    session = getattr(backend, "session", backend)
    if isinstance(session, Client):
        return Remote(session)
    raise ArgumentError(
        f"compile: backend is a name, a cluster or a session of one, not {type(backend).__name__}"
    )
