"""Pictures of a graph; drawing them is a higher layer's work, called by its hooks."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gradloom.frontend.dag.node import DataNode
from gradloom.ir import hooks
from gradloom.ir.errors import CallError


class Viewed(ABC):
    """What has a picture."""

    def __init__(self) -> None:
        self._attributes: dict[str, Any] = {}

    @abstractmethod
    def node(self, which: DataNode | str) -> DataNode:
        """The node itself, or the one of this name."""

    def view(
        self,
        summary: bool = True,
        verbose: bool | Mapping[str, Any] | None = False,
        graph_attributes: Mapping[str, Any] | bool | None = None,
        gap: float | None = None,
    ) -> Any:
        """A picture of the graph, which a notebook shows; `.save(path)` writes it.

        With `summary` there is a box per call, else one per value too. `verbose` writes unique
        names. `graph_attributes` are those of `G.graph_attributes`, for this picture. These two may
        stand in pyflow-viz's order. `gap` is the attribute `graph_ranksep`.
        """
        names, attributes = _in_order(verbose, graph_attributes)
        return self._view((), summary, names, attributes, gap)

    def view_dependency(
        self,
        *nodes: DataNode | str,
        summary: bool = True,
        verbose: bool = False,
        gap: float | None = None,
    ) -> Any:
        """The picture of the graph in which all that these nodes depend on is outlined."""
        return self._view([self.node(node) for node in nodes], summary, verbose, None, gap)

    def save_view(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        summary: bool = True,
        verbose: bool = False,
        graph_attributes: Mapping[str, Any] | None = None,
        gap: float | None = None,
        dirpath: str | None = None,
        filename: str = "digraph",
        fileformat: str = "png",
    ) -> Path:
        """Write the picture to `path` (.png, .pdf, .svg, .dot or .txt), or to
        `dirpath/filename.fileformat`; gives the path.
        """
        if not isinstance(path, str | os.PathLike | None):
            raise CallError(
                f"path is {path!r}, where the name of a file is due",
                hint="save_view('g.svg'), or save_view(summary=..., dirpath=..., filename=...)",
            )
        target = hooks.of("dag_path")(path, dirpath, filename, fileformat)
        shown = self._view((), summary, verbose, graph_attributes, gap)
        return Path(shown.save(target))

    def _view(
        self,
        marked: Sequence[DataNode],
        summary: bool,
        verbose: bool,
        attributes: Mapping[str, Any] | None,
        gap: float | None,
    ) -> Any:
        chosen = _merged(self._attributes, {} if attributes is None else attributes)
        return hooks.of("dag_view")(self, marked, summary, verbose, chosen, gap)

    def update_graph_attributes(self, attributes: Mapping[str, Any]) -> None:
        """Change how all further pictures look."""
        self._attributes = hooks.of("dag_attributes")(_merged(self._attributes, attributes))

    @property
    def graph_attributes(self) -> dict[str, Any]:
        """How pictures look."""
        attributes: dict[str, Any] = hooks.of("dag_attributes")(self._attributes)
        return attributes

    @property
    def default_graph_attributes(self) -> dict[str, Any]:
        """How pictures look when nothing is said."""
        attributes: dict[str, Any] = hooks.of("dag_attributes")({})
        return attributes


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(new, Mapping):
        raise CallError(f"graph_attributes is {new!r}, where a dict is due")
    return {**old, **new}


def _in_order(verbose: Any, attributes: Any) -> tuple[bool, Mapping[str, Any] | None]:
    """The two as they are meant, also where one stands in the place of the other."""
    if isinstance(attributes, bool) or isinstance(verbose, Mapping):
        verbose, attributes = attributes, verbose
    return bool(verbose), attributes
