"""The gradient debugger: an input to edit, and the layers and flows that hold for it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Self, final

import numpy as np

from gradloom.ir.errors import ArgumentError, IndexOutOfRange, NumberOutOfRange
from gradloom.viz.gradients.cells import element_at
from gradloom.viz.gradients.document import (
    FORMAT,
    error_text,
    left_out,
    number,
    picture_data,
    snapshot_data,
    thresholds,
)
from gradloom.viz.gradients.layer import Flow, Layer
from gradloom.viz.gradients.links import links_from, links_into
from gradloom.viz.gradients.source import Ends, Recomputes, Snapshot, Source
from gradloom.viz.gradients.state import TOP, State
from gradloom.viz.gradients.work import Work

if TYPE_CHECKING:
    from gradloom.viz.gradients.server import Server

News = Literal["document", "state"]
"""What has changed: the numbers that are shown, or only what is chosen."""


@final
class Gradients:
    """Layers and the gradients that flow between them, for an input that can be edited.

    Of a live source (a function) every edit is computed at once. Of files, an edit waits: `save`
    writes the input, another program recomputes its files (`recompute=` starts it), and `render`
    reads all of them anew. An edit that cannot be computed raises, and is kept: what is shown is
    then `stale`, and the error stands in the document.

    Threads take turns: `lock` is held while anything changes, and `work.turn()` while the source is
    asked, which may take long.
    """

    def __init__(self, source: Source, *, top: int = TOP) -> None:
        if top < 0:
            raise ArgumentError(f"top={top}: the number of links is 0 or more")
        self._source = source
        self._top = top
        self._error = ""
        self._is_stale = False
        self._other: tuple[str, Snapshot] | None = None
        self._watchers: list[Callable[[News], None]] = []
        self._revision = time.time_ns() // 1000  # a debugger made later counts on from there
        self.lock: Final = threading.RLock()
        self.work: Final = Work(source.cancel if isinstance(source, Ends) else lambda: None)
        self._state = State()
        self.take(source.read())
        self._state = State(node=_strongest(self._snapshot.layers[0]), absolute=True)

    def take(self, snapshot: Snapshot) -> None:
        """Show what was read anew, with its own input: edits are gone."""
        with self.lock:
            self._snapshot = snapshot
            self._input = np.array(snapshot.input)
            self._edited: dict[int, Any] = {}  # element -> what stood there before its first edit
            self._is_stale = False
            if self._state.layer >= len(self.layers):
                self._state = replace(self._state, layer=0, node=0)
            elif self._state.node >= self.layers[self._state.layer].size:
                self._state = replace(self._state, node=0)
            self._tell("document")

    def show(self, snapshot: Snapshot, input: np.ndarray) -> None:
        """Show what was computed for this input, which may have been edited since."""
        with self.lock:
            self._snapshot = snapshot
            self._is_stale = not np.array_equal(input, self._input, equal_nan=True)
            self._tell("document")

    # ---- what there is ---------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """What is looked at."""
        return self._source.title

    @property
    def source(self) -> Source:
        """Where the numbers come from."""
        return self._source

    @property
    def snapshot(self) -> Snapshot:
        """All that is shown, for the input that it was computed for."""
        return self._snapshot

    @property
    def is_live(self) -> bool:
        """Whether edits are computed at once."""
        return self._source.is_live

    @property
    def is_stale(self) -> bool:
        """Whether the input was edited after what is shown was computed."""
        return self._is_stale

    @property
    def error(self) -> str:
        """What went wrong last, or ""."""
        return self._error

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, in graph order."""
        return self._snapshot.layers

    @property
    def flows(self) -> tuple[Flow, ...]:
        """The flows between layers."""
        return self._snapshot.flows

    @property
    def input(self) -> np.ndarray:
        """The input as edited: a copy."""
        return self._input.copy()

    @property
    def target(self) -> np.ndarray | None:
        """What the output is wanted to be, where that is known."""
        return self._snapshot.target

    @property
    def loss(self) -> float | None:
        """The number whose gradients these are, where it is known."""
        return self._snapshot.loss

    @property
    def graph(self) -> Any:
        """The program's graph, or None."""
        return self._snapshot.graph

    @property
    def revision(self) -> int:
        """A number that grows with every change of what is shown."""
        return self._revision

    @property
    def state(self) -> State:
        """What is chosen."""
        return self._state

    @property
    def edited(self) -> tuple[int, ...]:
        """The elements of the input that differ from how it came."""
        return tuple(sorted(self._edited))

    def layer(self, name: str | int) -> Layer:
        """The layer of this name or number; raises `ArgumentError`."""
        if isinstance(name, str):
            return self._snapshot.layer(name)
        if not 0 <= name < len(self.layers):
            raise IndexOutOfRange(f"there are {len(self.layers)} layers, and no layer {name}")
        return self.layers[name]

    def watch(self, told: Callable[[News], None]) -> Callable[[], None]:
        """Call `told` after every change, in the thread that made it; gives a function that ends
        this. An open page follows what is done in Python by it.
        """
        self._watchers.append(told)
        return lambda: self._watchers.remove(told) if told in self._watchers else None

    def _tell(self, news: News) -> Self:
        self._revision += news == "document"
        for told in tuple(self._watchers):
            told(news)
        return self

    # ---- choosing --------------------------------------------------------------------------------

    def choose(self, **chosen: Any) -> Self:
        """Change what is chosen, by the names of `State`; `layer` may be a name. Open pages follow.
        Raises where there is no such layer, element or name.
        """
        unknown = sorted(set(chosen) - set(State.__dataclass_fields__))
        if unknown:
            known = ", ".join(State.__dataclass_fields__)
            raise ArgumentError(f"nothing is called {unknown[0]!r} here", hint=f"there is {known}")
        if isinstance(chosen.get("layer"), str):
            self.layer(chosen["layer"])
            chosen["layer"] = [layer.name for layer in self.layers].index(chosen["layer"])
        state = replace(self._state, **({"node": 0} if "layer" in chosen else {}) | chosen)
        layer = self.layer(state.layer)
        if layer.size or state.node:
            layer.cell(state.node)
        self._state = state
        return self._tell("state")

    def links(self, layer: str | int, element: int, *, into: bool = False) -> tuple[Flow, ...]:
        """The flows from one element of a layer, or with `into` those that come to it: whole,
        computed where they are not held. A flow that may have more links, of a source that cannot
        compute them, has a larger `total`.
        """
        own = self.layer(layer)
        own.cell(element)
        with self.work.turn():
            ways = links_into if into else links_from
            return ways(self._source, self._snapshot, own.name, element)

    # ---- editing ---------------------------------------------------------------------------------

    def set_cell(self, *at: int, value: float | None = None) -> Self:
        """Write `value` (`z` when not given) into the input; `at` is one index per axis, or the
        flat index of an element. Computes anew where the source is live.
        """
        element = element_at(self._input.shape, at)
        return self.set_element(element, self._state.z if value is None else value)

    def toggle(self, *at: int) -> Self:
        """A cell above zero becomes 0, any other `z`."""
        element = element_at(self._input.shape, at)
        is_on = self._input.flat[element] > 0
        return self.set_element(element, 0.0 if is_on else self._state.z)

    def set_element(self, element: int, value: float) -> Self:
        """Write `value` into the element of this flat index."""
        self.write(element, value)
        if self._source.is_live:
            self._compute()
        return self

    def write(self, element: int, value: float) -> None:
        """Edit the input alone: what is shown is as it was, and stale."""
        element_at(self._input.shape, (element,))
        with self.lock:
            self._write(element, value)
            self._tell("document")

    def _write(self, element: int, value: float) -> None:
        before = self._input.flat[element]
        edited = self._input.copy()
        try:
            edited.flat[element] = value
        except (OverflowError, ValueError, TypeError) as error:
            raise NumberOutOfRange(f"{value!r} is no {edited.dtype}") from error
        came = self._edited.setdefault(element, before)
        if _same(came, edited.flat[element]):
            del self._edited[element]
        self._input = edited
        self._is_stale = True

    def _compute(self) -> None:
        with self._telling():
            input = self.input
            with self.work.turn():
                snapshot = self._source.compute(input.copy())
            self.show(snapshot, input)

    def _telling(self) -> _Telling:
        return _Telling(self)

    def tell(self, error: str) -> None:
        """What goes wrong, or "" when all is well, for the document."""
        with self.lock:
            if error != self._error:
                self._error = error
                self._tell("document")

    def render(self) -> Self:
        """Read everything anew: files from disk; of a live source the input it began with. Edits
        that were not saved are gone.
        """
        with self._telling():
            with self.work.turn():
                snapshot = self._source.read()
            self.take(snapshot)
        return self

    def save(self, name: str | os.PathLike[str] = "") -> tuple[Path, ...]:
        """Write the edited input, under its usual name or this one; gives the paths written. Where
        a command computes anew what was saved (`recompute=`), it is run, and its files are shown.
        """
        with self._telling():
            with self.work.turn():
                paths = self._source.save(self._snapshot, self.input, os.fspath(name))
                made = self._source.recompute() if isinstance(self._source, Recomputes) else None
            if made is not None:
                self.take(made)
        return paths

    def compare(self, other: Gradients | None) -> Self:
        """Show another run beside this one (another input, other weights); None shows none.

        It must have the same layers.
        """
        if other is None:
            self._other = None
            return self._tell("document")
        mine, theirs = ([(x.name, x.shape) for x in run.layers] for run in (self, other))
        if mine != theirs:
            odd = next((a for a, b in zip(mine, theirs, strict=False) if a != b), "their number")
            raise ArgumentError(f"the two runs have different layers: {odd}")
        self._other = (other.title, other._snapshot)
        return self._tell("document")

    # ---- showing ---------------------------------------------------------------------------------

    def data(self) -> dict[str, Any]:
        """The document that a page shows; `gradloom.viz.gradients.document` tells its schema."""
        compare = None
        if self._other is not None:
            compare = {"title": self._other[0], **snapshot_data(self._other[1], self._top)}
        return {
            "format": FORMAT,
            "title": self.title,
            "live": self.is_live,
            "recomputes": isinstance(self._source, Recomputes),
            "saves": True,
            "stale": self._is_stale,
            "error": self._error,
            "notes": left_out(self._snapshot, self._top),
            "loss": None if self.loss is None else number(self.loss),
            **snapshot_data(self._snapshot, self._top),
            "input": picture_data(self._input, self.edited),
            "target": picture_data(self.target),
            "thresholds": thresholds(self.flows),
            "compare": compare,
            "state": self._state.data(),
        }

    def export(
        self, path: str | os.PathLike[str], *, theme: str = "auto", code: bool = True,
        explorer: str | os.PathLike[str] | None = None,
    ) -> Path:  # fmt: skip
        """Write the page as one file, which needs no server and no network; gives the path. With
        the ending `.gradients.npz` or `flow_info.pkl` (vnittest's, with its two arrays beside it)
        the numbers themselves are written.

        It is looked into as the live one is, but cannot edit. `theme` is "light", "dark" or "auto"
        (the reader's); `code=False` leaves lines of the source out. `explorer` is where to write
        the page of the program's graph, to which the layers' nodes lead.
        """
        from gradloom.viz.gradients.numbers import ENDINGS, write_numbers
        from gradloom.viz.gradients.page import write_page

        if os.fspath(path).endswith(ENDINGS):
            return write_numbers(self.snapshot, Path(path), self._is_stale)
        return write_page(self, path, theme, code, explorer)

    def serve(self, port: int = 0, *, theme: str = "auto") -> Server:
        """Show the page to this computer's browser: a server whose `url` is the page's address, and
        which runs until its `stop()`. Edits in the page are edits here. `port` 0 is any free one.

        Raises `BackendMissing` where starlette, uvicorn or websockets are missing.
        """
        from gradloom.viz.gradients.server import serve

        return serve(self, port, theme)

    def widget(self, height: int = 720, *, theme: str = "auto") -> Any:
        """The page in a notebook, `height` pixels high: edits in it are edits here. Where anywidget
        is not installed, a frozen one.
        """
        from gradloom.viz.gradients.widget import widget

        return widget(self, height, theme)


@final
class _Telling:
    """Keeps an error for the document, and lets it out; forgets the one before when all is well."""

    def __init__(self, debugger: Gradients) -> None:
        self._debugger = debugger

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self._debugger.tell("" if error is None else error_text(error))


def _strongest(layer: Layer) -> int:
    """The element of largest |gradient|: what a reader sees first leads somewhere."""
    gradient = layer.gradient
    if gradient is None or not gradient.size:
        return 0
    size = np.abs(gradient.astype(np.float64)).ravel()
    return int(np.argmax(np.where(np.isfinite(size), size, -1.0)))


def _same(a: Any, b: Any) -> bool:
    return bool(a == b) or bool(a != a and b != b)
