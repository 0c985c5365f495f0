"""A numpy function as a source: traced, and run in segments between its layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from gradloom.viz.gradients.chosen import Choice, chosen_layers
from gradloom.viz.gradients.computed import Computed, Run, chosen_argument, loss_of
from gradloom.viz.gradients.layer import Layer
from gradloom.viz.gradients.segments import GraphStage, Runner, segments_of


@final
class Live(Computed):
    """`f(*args)`, of which argument number `argnum` is the input.

    The loss is `f`'s result where that is one number; with a target half the sum of squared
    differences to it; with `loss`, `loss(result, target)` or `loss(result)`; else the result's sum.
    The function is traced anew by `read`, with the weights that it reaches from outside then.
    """

    def __init__(
        self, f: Callable[..., Any], args: Sequence[Any], target: Any = None, *,
        loss: Callable[..., Any] | None = None, layers: Choice = "auto", backend: Any = None,
        argnum: int = 0,
    ) -> None:  # fmt: skip
        title = name_of(f) if not isinstance(f, Graph) else f.name
        wanted = None if target is None else np.asarray(target)
        super().__init__(title, _floats(chosen_argument(args, argnum)), wanted)
        self._f, self._args, self._argnum = f, tuple(args), argnum
        self._loss, self._choice = loss, layers
        self._backend = backend

    def _whole(self, *args: Any) -> tuple[Any, Any]:
        leaves, _ = flatten(self._f(*args))
        if len(leaves) != 1:
            raise ArgumentError(
                f"{self.title} gives {len(leaves)} arrays, and one is due",
                hint="wrap it in a function that returns the one to look at",
            )
        return loss_of(leaves[0], np.shape(leaves[0]), self._loss, self._target, np.sum), leaves[0]

    def begin(self) -> None:
        """The program traced anew."""
        args = [self._input if i == self._argnum else x for i, x in enumerate(self._args)]
        graph = trace(self._whole, *args)
        if graph.results[0].type.shape != () or not graph.results[0].type.inexact:
            raise ShapeError(f"the loss is {graph.results[0].type}, and one real number is due")
        signature = signature_of(graph)
        leaf = argument_slices(signature)[self._argnum].start
        position = parameter_positions(signature)[leaf]
        assert position is not None
        self._position = position
        # The weights of now: what changes in place later is not seen by a link that is asked for.
        self._arrays = [np.array(x) for x in bind(graph, tuple(args), {})]
        active = [i == position for i in range(len(graph.parameters))]
        self._layers = chosen_layers(graph, active, self._choice)
        self._graph = graph
        self._runner = Runner(self._backend)  # what it keeps belongs to one trace
        self._segments = segments_of(graph, self._layers)
        values = tuple(self._layers.values())
        self._ahead = dce(Graph(graph.parameters, graph.nodes, values, graph.name))

    def run(self, input: np.ndarray) -> Run:
        """Every layer's value, and the segments at those."""
        arrays = list(self._arrays)
        arrays[self._position] = input
        values = dict(zip(self._layers, self._runner(self._ahead, arrays), strict=True))
        stages = tuple(
            GraphStage(s, self._runner, [*(values[name] for name in s.sources), *arrays])
            for s in self._segments
        )
        layers = tuple(self._layer(name, value) for name, value in values.items())
        return Run(layers, stages, self._graph)

    def _layer(self, name: str, value: np.ndarray) -> Layer:
        node = self._layers[name].node
        if node is None:
            return Layer(name, value.shape, value, op="input")
        made = Layer(name, value.shape, value, op=node.op.name, node=self._graph.nodes.index(node))
        return made if node.location is None else made.at(node.location)


def _floats(x: Any) -> np.ndarray:
    """The input as an array of floats: whole numbers are taken as such."""
    leaves, _ = flatten(x)
    if len(leaves) != 1 or leaves[0] is not x:
        raise DtypeError(f"the input is {type(x).__name__}, and one array is due")
    array = np.asarray(x)
    if array.dtype.kind in "biu":
        return array.astype(np.float64)
    return array.astype(array.dtype.newbyteorder("="))
