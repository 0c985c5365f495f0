"""A numpy function as a source: layers, gradients and exact flows, computed anew for each input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, final

import numpy as np

from gradloom.frontend.program import trace
from gradloom.frontend.record import name_of
from gradloom.frontend.signature import (
    argument_slices,
    bind,
    flatten,
    parameter_positions,
    signature_of,
)
from gradloom.ir.errors import ArgumentError, DtypeError, ShapeError
from gradloom.ir.graph import Graph
from gradloom.passes.dce import dce
from gradloom.viz.gradients.archive import write_archive
from gradloom.viz.gradients.chosen import Choice, chosen_layers
from gradloom.viz.gradients.files import ARCHIVE, INPUT, write_input
from gradloom.viz.gradients.layer import Flow, Layer
from gradloom.viz.gradients.segments import Runner, pulled, segments_of
from gradloom.viz.gradients.slopes import flow_from, flows_of
from gradloom.viz.gradients.source import Snapshot


@final
class Live:
    """`f(*args)`, of which argument number `argnum` is the input.

    The loss is `f`'s result where that is one number; with a target half the sum of squared
    differences to it; with `loss`, `loss(result, target)` or `loss(result)`; else the result's sum.
    The function is traced anew by `read`, with the weights that it reaches from outside then.
    """

    is_live = True

    def __init__(
        self, f: Callable[..., Any], args: Sequence[Any], target: Any = None, *,
        loss: Callable[..., Any] | None = None, layers: Choice = "auto", backend: Any = "numpy",
        argnum: int = 0,
    ) -> None:  # fmt: skip
        if not 0 <= argnum < len(args):
            raise ArgumentError(f"argnum={argnum}: there are {len(args)} arguments")
        self.title = name_of(f) if not isinstance(f, Graph) else f.name
        self._f, self._args, self._argnum = f, tuple(args), argnum
        self._target = None if target is None else np.asarray(target)
        self._loss, self._choice = loss, layers
        self._backend = backend
        self._first = _input(self._args[argnum])

    # ---- the program -----------------------------------------------------------------------------

    def _whole(self, *args: Any) -> Any:
        out = self._f(*args)
        if len(flatten(out)[0]) != 1:
            raise ArgumentError(
                f"{self.title} gives {len(flatten(out)[0])} arrays, and one is due",
                hint="wrap it in a function that returns the one to look at",
            )
        shape = np.shape(out)
        if self._loss is not None:
            value = self._loss(out) if self._target is None else self._loss(out, self._target)
        elif self._target is not None:
            if self._target.shape != shape:
                raise ShapeError(f"the target has shape {self._target.shape}, the result {shape}")
            value = np.sum((out - self._target) ** 2) / 2
        else:
            value = out if shape == () else np.sum(out)
        return value if shape == () and value is out else (value, out)

    def _trace(self) -> None:
        args = self._with(self._first)
        graph = trace(self._whole, *args)
        if graph.results[0].type.shape != () or not graph.results[0].type.inexact:
            raise ShapeError(f"the loss is {graph.results[0].type}, and one real number is due")
        signature = signature_of(graph)
        leaf = argument_slices(signature)[self._argnum].start
        position = parameter_positions(signature)[leaf]
        assert position is not None
        self._position = position
        active = [i == position for i in range(len(graph.parameters))]
        self._layers = chosen_layers(graph, active, self._choice)
        self._graph = graph
        self._run = Runner(self._backend)  # what it keeps belongs to one trace
        self._segments = segments_of(graph, self._layers)
        self._back = [pulled(s) for s in self._segments]
        values = tuple(self._layers.values())
        self._ahead = dce(Graph(graph.parameters, graph.nodes, values, graph.name))

    def _with(self, input: np.ndarray) -> list[Any]:
        return [input if i == self._argnum else x for i, x in enumerate(self._args)]

    # ---- what a source does ----------------------------------------------------------------------

    def read(self) -> Snapshot:
        """The program traced anew, at the input it was given."""
        self._trace()
        return self.compute(self._first)

    def compute(self, input: np.ndarray) -> Snapshot:
        """Activations, gradients and exact flows at this input."""
        arrays = bind(self._graph, tuple(self._with(input)), {})
        values = dict(zip(self._layers, self._run(self._ahead, arrays), strict=True))
        cts = self._gradients(values, arrays)
        flows: list[Flow] = []
        notes: list[str] = []
        for segment in self._segments:
            given = [*(values[name] for name in segment.sources), *arrays]
            made = flows_of(segment, self._run, given, cts[segment.target])
            flows += made or ()
            if made is None:
                notes.append(
                    f"the flows into {segment.target} have too many links to go through; "
                    "links(layer, element) computes those of one element"
                )
        layers = tuple(self._layer(name, values[name], cts[name]) for name in self._layers)
        loss = float(values["loss"]) if "loss" in values else None
        return Snapshot(
            np.array(input), layers, tuple(flows), self._target, loss, self._graph, tuple(notes)
        )

    def _gradients(
        self, values: dict[str, np.ndarray], arrays: Sequence[Any]
    ) -> dict[str, np.ndarray]:
        """The loss's derivative by every layer, from the last back to the first."""
        cts = {name: np.zeros_like(x) for name, x in values.items()}
        cts[list(values)[-1]] = np.ones_like(list(values.values())[-1])
        for segment, back in zip(reversed(self._segments), reversed(self._back), strict=True):
            given = [*(values[name] for name in segment.sources), *arrays, cts[segment.target]]
            for name, part in zip(segment.sources, self._run(back, given), strict=True):
                cts[name] = cts[name] + part
        return cts

    def _layer(self, name: str, value: np.ndarray, ct: np.ndarray) -> Layer:
        node = self._layers[name].node
        if node is None:
            return Layer(name, value.shape, value, ct, "input")
        number = self._graph.nodes.index(node)
        at = node.location
        if at is None:
            return Layer(name, value.shape, value, ct, node.op.name, number)
        return Layer(
            name, value.shape, value, ct, node.op.name, number, at.file, at.line, at.function,
            at.source(),
        )  # fmt: skip

    def links(self, snapshot: Snapshot, layer: str, element: int) -> tuple[Flow, ...]:
        """The exact flows from one element, where the snapshot does not hold them whole."""
        held = {(f.source, f.target) for f in snapshot.flows if f.is_whole}
        arrays = bind(self._graph, tuple(self._with(snapshot.input)), {})
        values = {x.name: x.activation for x in snapshot.layers}
        made: list[Flow] = []
        for s in self._segments:
            if layer in s.sources and (layer, s.target) not in held:
                ct = snapshot.layer(s.target).gradient
                assert ct is not None
                given = [*(values[name] for name in s.sources), *arrays]
                made.append(flow_from(s, self._run, given, ct, s.sources.index(layer), element))
        return tuple(made)

    def save(self, snapshot: Snapshot, input: np.ndarray, name: str) -> tuple[Path, ...]:
        """Write the input (`.npy`), or all that is shown (`.gradients.npz`), to this path."""
        path = Path(name or INPUT)
        if name.endswith(ARCHIVE):
            write_archive(snapshot, input, path)
            return (path,)
        return (write_input(path, input),)


def _input(x: Any) -> np.ndarray:
    """The input as an array of floats: whole numbers are taken as such."""
    if len(flatten(x)[0]) != 1:
        raise DtypeError(f"the input is {type(x).__name__}, and one array is due")
    array = np.asarray(x)
    if array.dtype.kind in "biu":
        return array.astype(np.float64)
    if array.dtype.kind != "f":
        raise DtypeError(f"the input is of {array.dtype}, and real numbers are due")
    if array.size == 0:
        raise ShapeError(f"the input has shape {array.shape}: there is nothing to look at")
    return np.array(array)
