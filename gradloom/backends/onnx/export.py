"""A graph as an ONNX model whose named dimensions stay named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, final

import numpy as np
import onnx_ir as ir
from onnx_ir.passes.common import RemoveUnusedNodesPass

from gradloom.backends.broadcasts import folded_broadcasts
from gradloom.backends.onnx.lower import lower
from gradloom.backends.onnx.row import Site
from gradloom.backends.onnx.table import TABLE
from gradloom.backends.onnx.writer import Writer, onnx_dtype
from gradloom.backends.outlet import unchecked, whole
from gradloom.ir.errors import GradloomError
from gradloom.ir.graph import Graph, Literal, Node, Operand, Value
from gradloom.ir.paths import PathLike
from gradloom.ir.types import TensorType

OPSET: Final = 18
"""The first opset with reductions' axes as inputs throughout, ScatterND's max and min, and bitwise
ops.
"""
IR_VERSION: Final = 8
"""The file format that came with opset 18 (ONNX 1.13), so that every runtime that knows the ops
reads it.
"""


def export_graph(graph: Graph, path: PathLike, names: Sequence[str] = ()) -> None:
    """Write `graph` as an ONNX file; `names` call the outputs. Raises `NotSupported` for what ONNX
    cannot say.

    The file appears whole or not at all.
    """
    model = model_of(graph, names)
    with whole(path) as place:
        ir.save(model, place, format="protobuf")


def model_of(graph: Graph, names: Sequence[str] = ()) -> Any:
    """The ONNX model of a graph."""
    graph = unchecked(graph, "ONNX", 3)
    lowered = lower(graph)
    exporter = Exporter()
    w = exporter.writer
    inputs = [w.value(p.type, _name(p, i)) for i, p in enumerate(graph.parameters)]
    w.bind_sizes(graph.parameters, inputs)
    results = exporter.inline(lowered, inputs)
    outputs = exporter.outputs(graph.results, results, names)
    body = ir.Graph(
        inputs, outputs, nodes=w.nodes, initializers=list(w.initializers.values()),
        opset_imports={"": OPSET},
        name=graph.name,
    )  # fmt: skip
    model = ir.Model(body, ir_version=IR_VERSION, producer_name="gradloom")
    RemoveUnusedNodesPass()(model)
    return model


def _name(parameter: Value, i: int) -> str:
    return parameter.name or f"x{i}"


@final
class Exporter:
    """Keeps which ONNX value stands for each value of the graph."""

    def __init__(self) -> None:
        self.writer = Writer()
        self._values: dict[Value, Any] = {}
        self._folded: dict[Value, Value] = {}

    def read(self, value: Value) -> Any:
        """The ONNX value of a computed value; of a folded broadcast, what it broadcasts."""
        return self._values[self._folded.get(value, value)]

    def full(self, operand: Operand) -> Any:
        """The operand at its full shape."""
        if not isinstance(operand, Literal):
            return self._values[operand]
        shape = operand.type.shape
        if 0 in shape:
            return self._nothing(operand.type)
        scalar = self.writer.constant(operand.value)
        if shape == ():
            return scalar
        return self.writer.node("Expand", scalar, self.writer.shape(shape))

    def inline(self, graph: Graph, arguments: Sequence[Any]) -> list[Any]:
        """Write the nodes of `graph` on these ONNX values; its results."""
        self._values.update(zip(graph.parameters, arguments, strict=True))
        self._folded.update(folded_broadcasts(graph))
        for node in graph.nodes:
            if node.results and node.results[0] in self._folded:
                continue
            try:
                made = self._node(node)
            except GradloomError as error:
                error.location = error.location or node.location
                raise
            results = made if isinstance(made, list) else [made]
            for result, value in zip(node.results, results, strict=True):
                self._values[result] = value
                if value.const_value is None and value.type is None:
                    self.writer.annotate(value, result.type)
        return [self.full(r) for r in graph.results]

    def _node(self, node: Node) -> Any:
        """Write one node; what has no elements is made from its shape alone (onnxruntime's Expand
        gets that wrong).
        """
        types = [r.type for r in node.results]
        if types and all(0 in t.shape for t in types):
            return [self._nothing(t) for t in types]
        return TABLE[node.op].write(Site(self, node))

    def _nothing(self, type: TensorType) -> Any:
        zero = ir.tensor(np.zeros(1, type.dtype), dtype=onnx_dtype(type.dtype))
        return self.writer.node("ConstantOfShape", self.writer.shape(type.shape), value=zero)

    def outputs(
        self, results: Sequence[Operand], values: Sequence[Any], names: Sequence[str]
    ) -> list[Any]:
        """The model's outputs: values of their own, with names and types."""
        made = []
        for i, (result, value) in enumerate(zip(results, values, strict=True)):
            wanted = names[i] if i < len(names) else "result" if len(values) == 1 else f"result{i}"
            out = ir.Value(name=self.writer.name(wanted))
            self.writer.nodes.append(ir.node("Identity", [value], outputs=[out]))
            self.writer.annotate(out, result.type)
            made.append(out)
        return made
