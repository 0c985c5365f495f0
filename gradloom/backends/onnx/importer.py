"""ONNX models read back as graphs: the ops that our own export writes, and the common ones of
others.

Sizes are followed as numbers and names: what `Shape` gives and is done with it never becomes a
node, unless the
program computes with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, final

import numpy as np
import onnx_ir as ir

from gradloom.backends.onnx.import_control import CONTROL
from gradloom.backends.onnx.import_rows import ROWS
from gradloom.backends.onnx.import_sizes import SIZES
from gradloom.backends.onnx.writer import I64, numpy_dtype
from gradloom.ir import build, dims
from gradloom.ir import ops as o
from gradloom.ir.constants import Constant
from gradloom.ir.dims import Dim
from gradloom.ir.errors import DtypeError, FileError, FileMissing, GradloomError, NotSupported
from gradloom.ir.graph import Graph, Operand, Value, literal
from gradloom.ir.ops.rules import broadcast
from gradloom.ir.ops.source import number
from gradloom.ir.paths import PathLike, path_of
from gradloom.ir.types import DType, TensorType, parse_dim, tensor_type

_OLDEST = 13
"""The opset from which on the axes of Squeeze, Unsqueeze and ReduceSum are inputs."""


def load(path: PathLike) -> Graph:
    """The graph of an ONNX file; raises `FileError` for a file that is none, `NotSupported` for an
    op not known.
    """
    place = path_of(path)
    if not place.is_file():
        raise FileMissing(f"there is no file {place}")
    try:
        model = ir.load(place)
    except Exception as error:  # protobuf's errors have no common type
        raise FileError(f"{place} is no ONNX model: {error}") from error
    return graph_of_model(model)


def graph_of_model(model: Any) -> Graph:
    """The graph of a model."""
    opset = model.graph.opset_imports.get("", 0)
    if opset < _OLDEST:
        raise NotSupported(
            f"an ONNX model of opset {opset}, and gradloom reads opset {_OLDEST} and later",
            hint="convert it with onnx.version_converter",
        )
    inputs = [v for v in model.graph.inputs if v.name not in model.graph.initializers]
    parameters = tuple(Value(_input_type(v), name=v.name) for v in inputs)
    builder = build.Builder()
    with build.scope(builder):
        reader = Reader({}, {})
        reader.env.update(zip((v.name for v in inputs), parameters, strict=True))
        results = reader.run(model.graph)
    name = model.graph.name or "main"
    return Graph(
        parameters, tuple(builder.nodes), tuple(results), name if name.isidentifier() else "main"
    )


def _input_type(value: Any) -> TensorType:
    if value.type is None or value.shape is None:
        raise NotSupported(f"input {value.name} of the model has no type and shape")
    return tensor_type(
        dtype_of(value.type.dtype, value.name),
        tuple(_dim(d, f"{value.name}_{i}") for i, d in enumerate(value.shape)),
    )


def _dim(dim: Any, fallback: str) -> int | Dim:
    """A number, a name or a polynomial as our export writes it;
    a size without a name is called after its input.
    """
    if isinstance(dim, int):
        return dim
    try:
        return parse_dim(dim.value or fallback)
    except GradloomError:
        return dims.symbol("".join(c if c.isalnum() else "_" for c in f"{fallback}"))


def dtype_of(data_type: Any, name: str) -> DType:
    """The dtype of ONNX's data type."""
    found = numpy_dtype(data_type)
    if found is None:
        raise DtypeError(f"{name} is of ONNX's type {data_type.name}, which a graph cannot hold")
    return found


@final
class Reader:
    """Reads nodes in order. `env` holds computed values, `arrays` fixed ones, `sizes` what is known
    of sizes.
    """

    def __init__(self, arrays: Mapping[str, np.ndarray], sizes: Mapping[str, np.ndarray]) -> None:
        self.env: dict[str, Operand] = {}
        self.arrays = dict(arrays)
        self.sizes = dict(sizes)

    def run(self, graph: Any) -> list[Operand]:
        """Add the nodes of an ONNX graph to the builder in scope; its outputs."""
        for name, value in graph.initializers.items():
            self.fix(name, value.const_value.numpy())
        for node in graph:
            self._node(node)
        return [self.operand(v.name) for v in graph.outputs]

    def fix(self, name: str, array: np.ndarray) -> None:
        """Let `name` be this array."""
        self.arrays[name] = array
        if array.dtype == I64 and array.ndim <= 1:
            self.sizes[name] = array.astype(object)

    def _node(self, node: Any) -> None:
        site = ImportSite(self, node)
        try:
            if self._as_sizes(site):
                return
            row = CONTROL.get(node.op_type) or ROWS.get(node.op_type)
            if row is None or node.domain not in ("", "ai.onnx"):
                raise NotSupported(
                    f"the model has a node {node.name or ''} of {node.domain or 'ONNX'}'s op "
                    f"{node.op_type}, which gradloom does not read"
                )
            made = row(site)
        except GradloomError as error:
            error.add_note(f"in node {node.name or '?'} ({node.op_type}) of the ONNX model")
            raise
        results = made if isinstance(made, list | tuple) else [made]
        for output, result in zip(node.outputs, results, strict=False):
            self.env[output.name] = result

    def _as_sizes(self, site: ImportSite) -> bool:
        """Whether the node is arithmetic of sizes, which is done at once."""
        row = SIZES.get(site.op_type)
        made = row(site) if row is not None else None
        if made is None:
            return False
        self.sizes[site.node.outputs[0].name] = made
        return True

    def operand(self, name: str) -> Operand:
        """The value called `name` as an operand."""
        if name not in self.env:
            self.env[name] = self._fixed(name)
        return self.env[name]

    def _fixed(self, name: str) -> Operand:
        if name in self.arrays:
            array = self.arrays[name]
            if array.ndim == 0:
                return literal(array[()], tensor_type(array.dtype, ()))
            result: Operand = o.constant(value=Constant(array))
            return result
        if name not in self.sizes:
            raise FileError(f"the ONNX model uses {name!r}, which it defines nowhere")
        return _size_operand(self.sizes[name])


def _size_operand(sizes: np.ndarray) -> Operand:
    """Sizes as numbers of a program."""
    if sizes.ndim == 0:
        return number(sizes.item())
    if all(isinstance(d, int | np.integer) for d in sizes):
        made: Operand = o.constant(value=Constant(sizes.astype(I64)))
        return made
    parts = [o.reshape(_value(number(d)), shape=(1,)) for d in sizes]
    joined: Operand = o.concatenate(*parts, axis=0)
    return joined


def _value(x: Operand) -> Operand:
    """A literal as a value that views take."""
    if isinstance(x, Value):
        return x
    made: Operand = o.constant(value=Constant(np.asarray(x.value)))
    return broadcast(made, x.type.shape)


@final
class ImportSite:
    """One ONNX node with the values of its inputs."""

    __slots__ = ("node", "op_type", "reader")

    def __init__(self, reader: Reader, node: Any) -> None:
        self.reader = reader
        self.node = node
        self.op_type: str = node.op_type

    def has(self, i: int) -> bool:
        """Whether input `i` is given."""
        return i < len(self.node.inputs) and self.node.inputs[i] is not None

    def name(self, i: int) -> str:
        """The name of input `i`."""
        found: str = self.node.inputs[i].name
        return found

    def x(self, i: int = 0) -> Operand:
        """Input `i` as an operand."""
        return self.reader.operand(self.name(i))

    def value(self, i: int = 0) -> Operand:
        """Input `i` as a computed value: a number becomes a constant array."""
        return _value(self.x(i))

    def every(self) -> Iterator[Operand]:
        """All inputs."""
        return (self.x(i) for i in range(len(self.node.inputs)))

    def known(self, i: int) -> np.ndarray | None:
        """What is known of input `i` as sizes."""
        return self.reader.sizes.get(self.name(i)) if self.has(i) else None

    def sizes(self, i: int, default: Sequence[Any] | None = None) -> tuple[Any, ...]:
        """Input `i` as sizes; raises `NotSupported` where they are computed at run time."""
        if not self.has(i) and default is not None:
            return tuple(default)
        found = self.known(i)
        if found is None:
            raise NotSupported(
                f"{self.op_type}: its input {i} is computed at run time, and a graph needs it known"
            )
        return tuple(int(d) if isinstance(d, int | np.integer) else d for d in np.atleast_1d(found))

    def attr(self, name: str, default: Any = None) -> Any:
        """An attribute's value."""
        found = self.node.attributes.get(name)
        return default if found is None else found.value

    def refuse(self, what: str) -> NotSupported:
        """The error for a form of the op that is not read."""
        return NotSupported(f"the ONNX op {self.op_type} {what}, which gradloom does not read")
