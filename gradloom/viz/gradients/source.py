"""What the debugger asks of a program: the protocol that adapters keep.

A source has `title`, `is_live`, `read`, `compute`, `save` and `links`. It is asked one thing at a
time, from any thread, and may take its time: the page tells how long it has been, and can give up.
What it raises is told in the page, which keeps what it shows. Three abilities are extra, each a
method of the right name: `Ends`, `Recomputes`, `Notices`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, final, runtime_checkable

import numpy as np

from gradloom.ir.errors import ArgumentError, ShapeError
from gradloom.ir.graph import Graph
from gradloom.viz.gradients.layer import Flow, Layer

if TYPE_CHECKING:
    from collections.abc import Sequence


@final
@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that holds for one input: the layers in graph order, and the flows between them.

    `loss` is the number whose gradients these are, where it is known; `graph` the program, where
    there is one; `notes` tell what was left out.
    """

    input: np.ndarray
    layers: tuple[Layer, ...]
    flows: tuple[Flow, ...]
    target: np.ndarray | None = None
    loss: float | None = None
    graph: Graph | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [layer.name for layer in self.layers]
        if not names:
            raise ArgumentError("there is no layer to show")
        twice = next((n for i, n in enumerate(names) if n in names[:i]), None)
        if twice is not None:
            raise ArgumentError(f"two layers are called {twice!r}")
        for flow in self.flows:
            for name, at in ((flow.source, flow.sources), (flow.target, flow.targets)):
                size = self.layer(name).size
                if len(at) and not 0 <= int(at.min()) <= int(at.max()) < size:
                    raise ShapeError(
                        f"the flow {flow.source!r} -> {flow.target!r} names element "
                        f"{int(at.max())} of layer {name!r}, which has {size}"
                    )

    def layer(self, name: str) -> Layer:
        """The layer of this name; raises `ArgumentError`."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        known: Sequence[str] = [layer.name for layer in self.layers]
        raise ArgumentError(f"there is no layer {name!r}", hint=f"there are {', '.join(known)}")


class Source(Protocol):
    """Where layers and flows come from: an adapter.

    `title` is shown. `is_live` says whether `compute` can be asked for another input; where it is
    not (files that another program writes), an edited input is saved, recomputed there, and read.
    """

    title: str
    is_live: bool

    def read(self) -> Snapshot:
        """Everything anew, from where it comes: files are read again, nothing is remembered."""
        ...

    def compute(self, input: np.ndarray) -> Snapshot:
        """What holds for this input. Raises where it cannot be computed."""
        ...

    def save(self, snapshot: Snapshot, input: np.ndarray, name: str) -> tuple[Path, ...]:
        """Write the edited input under `name` (its usual one for ""); gives the paths written."""
        ...

    def links(self, snapshot: Snapshot, layer: str, element: int) -> tuple[Flow, ...]:
        """The whole flows from one element, where the snapshot does not hold them; else ()."""
        ...


@runtime_checkable
class LooksBack(Protocol):
    """A source that computes the links of one element backwards too."""

    def links_into(self, snapshot: Snapshot, layer: str, element: int) -> tuple[Flow, ...]:
        """The whole flows into one element, where the snapshot does not hold them; else ()."""
        ...


@runtime_checkable
class Ends(Protocol):
    """A source that can end what it is doing: an endless loop in a process of its own, say."""

    def cancel(self) -> None:
        """End what is being done, if anything; asked from another thread. Whoever waits for it
        gets an error, and the source can be asked again.
        """
        ...


@runtime_checkable
class Recomputes(Protocol):
    """A source that is not live, and yet can have what was saved computed anew."""

    def recompute(self) -> Snapshot:
        """Compute anew from what was saved last, and read it."""
        ...


@runtime_checkable
class Notices(Protocol):
    """A source whose numbers others change.

    `renders` says whether a page is to show the new ones at once; else it tells of them.
    """

    renders: bool

    def has_news(self) -> bool:
        """Whether there is something that was not read yet; asked every half second."""
        ...
