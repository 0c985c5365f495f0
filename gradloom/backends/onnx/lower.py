"""A graph in ops and dtypes that onnxruntime has kernels for.

Calls without an operator of ONNX are inlined, ops without a row become others, and a dtype without
a kernel is widened to one that holds it exactly and converted back. A float is never computed in
fewer bits than it has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, final

import numpy as np

from gradloom.backends.lower import INLINED
from gradloom.backends.onnx.calls import is_native
from gradloom.backends.onnx.row import Row
from gradloom.backends.onnx.table import ABSENT, DECOMPOSED, TABLE
from gradloom.backends.onnx.writer import onnx_dtype
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.build import Builder
from gradloom.ir.errors import GradloomError, NotSupported
from gradloom.ir.graph import Graph, Node, Operand, Value
from gradloom.ir.types import DType, TensorType, dtype_name

_WIDER: Final = {
    "bool": ("uint8", "int32", "int64"), "int8": ("int32", "int64"), "int16": ("int32", "int64"),
    "int32": ("int64",),
    "uint8": ("int32", "int64"), "uint16": ("int32", "int64"), "uint32": ("int64",), "uint64": (),
    "float16": ("float32",), "bfloat16": ("float32",),
}  # fmt: skip
_LOW: Final = ("float16", "bfloat16")


def lower(graph: Graph) -> Graph:
    """`graph` in rows of the table alone; raises `NotSupported` with the reason where that cannot
    be.
    """
    for parameter in graph.parameters:
        _require_real(graph.name, parameter.type)
    return _Lowering().graph(graph)


def _require_real(name: str, type: TensorType) -> None:
    try:
        onnx_dtype(type.dtype)
    except KeyError:
        what = "complex numbers" if type.dtype.kind == "c" else dtype_name(type.dtype)
        raise NotSupported(
            f"{name} on {type} cannot be exported: onnxruntime computes nothing in {what}",
            hint="keep real and imaginary parts as two arrays"
            if type.dtype.kind == "c"
            else "convert with astype",
        ) from None


@final
class _Lowering:
    """Walks graphs, adding what each node becomes to the builder in scope."""

    def graph(self, graph: Graph) -> Graph:
        parameters = tuple(Value(p.type, name=p.name) for p in graph.parameters)
        builder = Builder()
        with build.scope(builder):
            results = self._inline(graph, parameters)
        return Graph(parameters, tuple(builder.nodes), results, graph.name)

    def _inline(self, graph: Graph, arguments: Sequence[Operand]) -> tuple[Operand, ...]:
        env: dict[Operand, Operand] = dict(zip(graph.parameters, arguments, strict=True))
        builder = build.current()
        for node in graph.nodes:
            builder.location = node.location
            operands = tuple(env.get(x, x) for x in node.operands)
            try:
                made = self._node(node, operands)
            except GradloomError as error:
                error.location = error.location or node.location
                raise
            env.update(zip(node.results, made, strict=True))
        return tuple(env.get(r, r) for r in graph.results)

    def _node(self, node: Node, operands: tuple[Operand, ...]) -> tuple[Operand, ...]:
        if node.op in INLINED and not is_native(node):
            return self._inline(node.regions[0], operands)
        if node.op in ABSENT:
            raise absent(node, ABSENT[node.op])
        for x in (*operands, *node.results):
            _require_real(node.op.name, x.type)
        if node.op.elementwise and not any(isinstance(x, Value) for x in operands):
            return build.emit(node.op, operands, node.attrs)  # folded to a literal
        row, dtype = TABLE.get(node.op), _dtype(node, operands)
        fits = row is not None and dtype.name in row.takes
        decompose = DECOMPOSED.get(node.op)
        apart = decompose is not None and decompose.when(node)
        if dtype.name in _LOW and (apart or not fits) and not node.regions:
            return self._widened(node, operands, dtype, np.dtype(np.float32))
        if decompose is not None and apart:
            return self._decomposed(node, operands, decompose.write)
        if fits:
            regions = tuple(map(self.graph, node.regions))
            return build.emit(node.op, operands, node.attrs, regions)
        if row is None and node.op.decompose is not None:
            return self._decomposed(node, operands, node.op.decompose)
        wide = _wider(row, dtype)
        if wide is None:
            raise absent(node, f"onnxruntime has no kernel for {dtype_name(dtype)}")
        return self._widened(node, operands, dtype, wide)

    def _widened(
        self, node: Node, operands: tuple[Operand, ...], narrow: DType, wide: DType
    ) -> tuple[Operand, ...]:
        """The node on a wider dtype, its results converted back."""

        def inner(*xs: Value) -> Sequence[Operand]:
            given = [o.astype(x, dtype=wide) if x.type.dtype == narrow else x for x in xs]
            made = build.emit(node.op, tuple(given), node.attrs)
            due = [r.type.dtype for r in node.results]
            return [
                o.astype(r, dtype=d) if r.type.dtype != d else r
                for r, d in zip(made, due, strict=True)
            ]

        return self._inline(build.graph_of(inner, [x.type for x in operands]), operands)

    def _decomposed(
        self, node: Node, operands: tuple[Operand, ...], write: Callable[[Node], Any]
    ) -> tuple[Operand, ...]:
        """What `write` makes of the node, lowered in its turn."""
        types = tuple(r.type for r in node.results)
        stand_in = Node(node.op, operands, node.attrs, types, node.regions, node.location)
        inner = Builder()
        inner.location = (
            node.location.derived(f"as {node.op.name}") if node.location is not None else None
        )
        with build.scope(inner):
            made = write(stand_in)
        results = made if isinstance(made, tuple) else (made,)
        free = tuple(dict.fromkeys(x for x in operands if isinstance(x, Value)))
        return self._inline(Graph(free, tuple(inner.nodes), results), free)


def _dtype(node: Node, operands: tuple[Operand, ...]) -> DType:
    """The dtype that decides which kernel runs."""
    row = TABLE.get(node.op)
    by = row.by if row is not None else 0
    of = operands[by] if len(operands) > by else node.results[0]
    dtype: DType = of.type.dtype
    return dtype


def _wider(row: Row | None, dtype: DType) -> DType | None:
    if row is None:
        return None
    if dtype == np.uint64 and row.wraps:
        return np.dtype(np.int64)
    return next((np.dtype(name) for name in _WIDER.get(dtype.name, ()) if name in row.takes), None)


def absent(node: Node, reason: str) -> NotSupported:
    """The error for a node that an ONNX model cannot hold."""
    return NotSupported(
        f"{node.op.name} cannot be exported to ONNX: {reason}",
        hint="export to TorchScript or plain source instead, or write it with other functions",
    )
