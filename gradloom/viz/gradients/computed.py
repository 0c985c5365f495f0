"""Live sources: a program is run, and its layers' gradients and flows follow from its stages."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, final

import numpy as np

from gradloom.ir.errors import ArgumentError, DtypeError, ShapeError
from gradloom.ir.graph import Graph
from gradloom.viz.gradients.archive import write_archive
from gradloom.viz.gradients.files import ARCHIVE, write_input
from gradloom.viz.gradients.layer import Flow, Layer
from gradloom.viz.gradients.prefix import INFO, INPUT, write_prefix
from gradloom.viz.gradients.slopes import flow_from, flows_of, flows_to
from gradloom.viz.gradients.source import Snapshot
from gradloom.viz.gradients.stage import Stage

_LOOSE: Final = 0.05
"""How much of a gradient may be missing: bfloat16 has an error of 0.4 % in each of some numbers."""


@final
@dataclass(frozen=True, slots=True)
class Run:
    """A program's run at one input.

    `layers` stand in the order in which they were computed, the input first and the loss last, with
    their activations and no gradients yet. `stages` make every layer but the first, in that order.
    """

    layers: tuple[Layer, ...]
    stages: tuple[Stage, ...]
    graph: Graph | None = None
    notes: tuple[str, ...] = ()

    def values(self) -> dict[str, np.ndarray]:
        """The activations by name."""
        found = {layer.name: layer.activation for layer in self.layers}
        return {name: value for name, value in found.items() if value is not None}


class Computed(ABC):
    """A source that computes: `run` is what a framework's adapter tells, all else is the same.

    `input` is the one it begins with; `target` is shown beside the output.
    """

    is_live = True

    def __init__(self, title: str, input: np.ndarray, target: np.ndarray | None) -> None:
        self.title = title
        self._input = checked_input(input)
        self._target = target
        self._last: tuple[Snapshot, Run] | None = None  # its stages answer `links`

    @abstractmethod
    def begin(self) -> None:
        """Look at the program anew."""

    @abstractmethod
    def run(self, input: np.ndarray) -> Run:
        """The program run at this input."""

    def read(self) -> Snapshot:
        """The program looked at anew, at the input it was given."""
        self.begin()
        return self.compute(self._input)

    def compute(self, input: np.ndarray) -> Snapshot:
        """Activations, gradients and exact flows at this input."""
        run = self.run(input)
        values = run.values()
        cts, parts = _gradients(run, values)
        flows: list[Flow] = []
        notes = list(run.notes)
        for stage in run.stages:
            made = flows_of(stage, values, cts[stage.target])
            flows += made or ()
            if made is None:
                notes.append(
                    f"the flows into {stage.target} have too many links to go through; "
                    "links(layer, element) computes those of one element"
                )
            elif not all(map(_adds_up, made, parts[stage.target])):
                notes.append(
                    f"the flows into {stage.target} do not add up to the gradient that comes back: "
                    "a derivative's rule on the way is not linear, or numbers have few digits"
                )
        layers = tuple(replace(layer, gradient=cts[layer.name]) for layer in run.layers)
        loss = float(values["loss"]) if "loss" in values else None
        snapshot = Snapshot(
            np.array(input), layers, tuple(flows), self._target, loss, run.graph, tuple(notes)
        )
        self._last = snapshot, run
        return snapshot

    def links(self, snapshot: Snapshot, layer: str, element: int) -> tuple[Flow, ...]:
        """The exact flows from one element, where the snapshot does not hold them whole."""
        held = {(f.source, f.target) for f in snapshot.flows if f.is_whole}
        values = {x.name: x.activation for x in snapshot.layers if x.activation is not None}
        made: list[Flow] = []
        for stage in self._run_of(snapshot).stages:
            if layer in stage.sources and (layer, stage.target) not in held:
                ct = snapshot.layer(stage.target).gradient
                assert ct is not None
                made.append(flow_from(stage, values, ct, stage.sources.index(layer), element))
        return tuple(made)

    def links_into(self, snapshot: Snapshot, layer: str, element: int) -> tuple[Flow, ...]:
        """The exact flows into one element, where the snapshot does not hold them whole."""
        held = {f.source for f in snapshot.flows if f.is_whole and f.target == layer}
        values = {x.name: x.activation for x in snapshot.layers if x.activation is not None}
        ct = snapshot.layer(layer).gradient
        for stage in self._run_of(snapshot).stages:
            if stage.target == layer and held != set(stage.sources) and ct is not None:
                return tuple(flows_to(stage, values, ct, element))
        return ()

    def _run_of(self, snapshot: Snapshot) -> Run:
        if self._last is not None and self._last[0] is snapshot:
            return self._last[1]
        return self.run(snapshot.input)

    def save(self, snapshot: Snapshot, input: np.ndarray, name: str) -> tuple[Path, ...]:
        """Write the input (`.npy`), or all that is shown (`.gradients.npz`, or `flow_info.pkl` with
        its arrays beside it), to this path.
        """
        path = Path(name or INPUT)
        if name.endswith(INFO):
            return write_prefix(snapshot, input, path)
        if name.endswith(ARCHIVE):
            write_archive(snapshot, input, path)
            return (path,)
        return (write_input(path, input),)


def _gradients(
    run: Run, values: dict[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], dict[str, list[np.ndarray]]]:
    """The loss's derivative by every layer, from the last back to the first; and for each target
    the part of it that comes back to each source.
    """
    cts = {name: np.zeros_like(x) for name, x in values.items()}
    last = run.layers[-1].name
    cts[last] = np.ones_like(values[last])
    parts = {}
    for stage in reversed(run.stages):
        parts[stage.target] = [part[0] for part in stage.pull(cts[stage.target][None])]
        for name, part in zip(stage.sources, parts[stage.target], strict=True):
            cts[name] = cts[name] + part
    return cts, parts


def _adds_up(flow: Flow, part: np.ndarray) -> bool:
    """Whether what leaves each element over a whole flow is what comes back to it."""
    if not flow.is_whole:
        return True
    total, size = (
        np.bincount(flow.sources, values, part.size) for values in (flow.values, abs(flow.values))
    )
    with np.errstate(all="ignore"):  # where a number is none, no difference is told
        odd = np.abs(total - part.ravel()) > _LOOSE * (size + np.abs(part.ravel()).max(initial=0))
    return not odd.any()


def checked_input(array: np.ndarray) -> np.ndarray:
    """A copy of the input; raises where there is nothing to edit or to differentiate by."""
    if array.dtype.kind != "f":
        raise DtypeError(f"the input is of {array.dtype}, and real numbers are due")
    if array.size == 0:
        raise ShapeError(f"the input has shape {array.shape}: there is nothing to look at")
    return np.array(array)


def chosen_argument(args: Sequence[Any], argnum: int) -> Any:
    """Argument number `argnum`, which is the input."""
    if not 0 <= argnum < len(args):
        raise ArgumentError(f"argnum={argnum}: there are {len(args)} arguments")
    if isinstance(args[argnum], np.ma.MaskedArray):
        raise DtypeError("the input is a masked array, whose mask would be lost", hint="fill it")
    return args[argnum]


def loss_of(
    result: Any, shape: tuple[int, ...], loss: Callable[..., Any] | None, target: Any,
    total: Callable[[Any], Any],
) -> Any:  # fmt: skip
    """The number whose gradients are looked at, from a program's result of this shape.

    `loss(result)`, or `loss(result, target)` with a target; else half the sum of squared
    differences to the target; else the result where it is one number; else its sum. `target` and
    `total`, the sum of all elements, are of the result's framework.
    """
    if loss is not None:
        return loss(result) if target is None else loss(result, target)
    if target is not None:
        if tuple(target.shape) != shape:
            raise ShapeError(f"the target has shape {tuple(target.shape)}, the result {shape}")
        return total((result - target) ** 2) / 2
    return result if shape == () else total(result)
