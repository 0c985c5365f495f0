"""ONNX nodes, initializers and sizes, written in order; a scope collects the nodes of a subgraph.

Sizes are i64 vectors of one element. Named ones are read off the inputs' shapes at the start, so
that every
subgraph, which sees the values of the graphs around it, can compute with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, final

import numpy as np
import onnx_ir as ir

from gradloom.ir.dims import Dim
from gradloom.ir.errors import ShapeError
from gradloom.ir.graph import Value
from gradloom.ir.types import DType, Shape, TensorType

_DTYPES: Final = {
    **{name: ir.DataType[name.upper()] for name in (
        "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
        "float16", "bfloat16",
    )},
    "float32": ir.DataType.FLOAT, "float64": ir.DataType.DOUBLE,
}  # fmt: skip
I64: Final = np.dtype(np.int64)
LAST: Final = int(np.iinfo(np.int64).max)
"""As the end of a slice: as far as there is anything."""


def onnx_dtype(dtype: DType) -> Any:
    """ONNX's name of a dtype that is known to have one."""
    return _DTYPES[dtype.name]


def numpy_dtype(data_type: Any) -> DType | None:
    """The dtype of ONNX's data type, or None where a graph cannot hold it."""
    found = next((name for name, known in _DTYPES.items() if known == data_type), None)
    if found == "bfloat16":
        import ml_dtypes

        made: DType = np.dtype(ml_dtypes.bfloat16)
        return made
    return None if found is None else np.dtype(found)


@final
class Writer:
    """Writes one model's nodes; `nodes` are those of the innermost scope."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.initializers: dict[tuple[bytes, str, tuple[int, ...]], Any] = {}
        self._serial = 0
        self._names: set[str] = set()
        self._sizes: list[dict[int | Dim, Any]] = [{}]

    # ---- names ----

    def name(self, stem: str = "v") -> str:
        """A name that no other value of the model has: `stem` itself where it is free."""
        found = stem if stem != "v" else ""
        while not found or found in self._names:
            found, self._serial = f"{stem}{self._serial}", self._serial + 1
        self._names.add(found)
        return found

    def value(self, type: TensorType, name: str = "v") -> Any:
        """A new value of this type: an input."""
        made = ir.Value(name=self.name(name))
        self.annotate(made, type)
        return made

    def annotate(self, value: Any, type: TensorType) -> None:
        """State the type of a value; named sizes keep their names."""
        value.type = ir.TensorType(onnx_dtype(type.dtype))
        value.shape = ir.Shape(
            [d if isinstance(d, int) else str(d).replace(" ", "") for d in type.shape]
        )

    # ---- nodes ----

    def nodes_of(
        self, op_type: str, *inputs: Any, outputs: int = 1, **attributes: Any
    ) -> list[Any]:
        """Add a node; its results."""
        made = [ir.Value(name=self.name()) for _ in range(outputs)]
        self.nodes.append(ir.node(op_type, list(inputs), attributes or None, outputs=made))
        return made

    def node(self, op_type: str, *inputs: Any, **attributes: Any) -> Any:
        """Add a node with one result; that."""
        return self.nodes_of(op_type, *inputs, **attributes)[0]

    def constant(self, array: Any, dtype: DType | None = None) -> Any:
        """An initializer of the model, one for all equal ones."""
        given = np.asarray(array, dtype)
        key = (given.tobytes(), given.dtype.name, given.shape)
        if key not in self.initializers:
            tensor = ir.tensor(
                np.ascontiguousarray(given).reshape(given.shape), dtype=onnx_dtype(given.dtype)
            )
            made = ir.Value(name=self.name("c"), const_value=tensor)
            made.type, made.shape = ir.TensorType(tensor.dtype), ir.Shape(given.shape)
            self.initializers[key] = made
        return self.initializers[key]

    def ints(self, *numbers: int) -> Any:
        """An i64 vector."""
        return self.constant(np.array(numbers, I64).reshape(len(numbers)))

    def cast(self, value: Any, dtype: DType) -> Any:
        """The value in another dtype."""
        return self.node("Cast", value, to=int(onnx_dtype(dtype)))

    @contextmanager
    def scope(self) -> Iterator[list[Any]]:
        """Collect the nodes that are added inside, for a subgraph."""
        outer, self.nodes = self.nodes, []
        self._sizes.append({})
        try:
            yield self.nodes
        finally:
            self.nodes = outer
            self._sizes.pop()

    def subgraph(
        self, nodes: Sequence[Any], inputs: Sequence[Any], outputs: Sequence[Any], name: str
    ) -> Any:
        """A body of `If`, `Loop` or `Scan`."""
        return ir.Graph(list(inputs), list(outputs), nodes=nodes, name=self.name(name))

    # ---- sizes ----

    def size(self, dim: int | Dim) -> Any:
        """A dimension as an i64 vector of one element."""
        if isinstance(dim, int):
            return self.ints(dim)
        for known in reversed(self._sizes):
            if dim in known:
                return known[dim]
        total = None
        for symbols, coefficient in dim.terms:
            term = self.ints(coefficient) if coefficient != 1 or not symbols else None
            for symbol in symbols:
                factor = self.size(_symbol(symbol))
                term = factor if term is None else self.node("Mul", term, factor)
            total = term if total is None else self.node("Add", total, term)
        self._sizes[-1][dim] = total
        return total

    def found(self, dim: Dim, vector: Any) -> None:
        """Take the length of a vector as a named size."""
        self._sizes[-1][dim] = self.node("Shape", vector, start=0, end=1)

    def number(self, dim: int | Dim) -> Any:
        """A dimension as an i64 scalar."""
        if isinstance(dim, int):
            return self.constant(dim, I64)
        return self.node("Squeeze", self.size(dim), self.ints(0))

    def shape(self, shape: Shape) -> Any:
        """A shape as an i64 vector."""
        if all(isinstance(d, int) for d in shape):
            return self.ints(*shape)  # type: ignore[arg-type]
        parts = [self.size(d) for d in shape]
        return parts[0] if len(parts) == 1 else self.node("Concat", *parts, axis=0)

    def bind_sizes(self, parameters: Sequence[Value], inputs: Sequence[Any]) -> None:
        """Read every named size off the inputs' shapes;
        raises `ShapeError` for one that nothing determines.
        """
        due = [
            (d, value, axis)
            for p, value in zip(parameters, inputs, strict=True)
            for axis, d in enumerate(p.type.shape)
            if isinstance(d, Dim)
        ]
        while due:
            later = [item for item in due if not self._bind(*item)]
            if len(later) == len(due):
                raise ShapeError(
                    f"the sizes of {due[0][0]} cannot be told from the arguments' shapes"
                )
            due = later

    def _bind(self, dim: Dim, value: Any, axis: int) -> bool:
        """Solve coefficient * known * unknown + rest = size for the unknown;
        False where that is not possible yet.
        """
        known = self._sizes[0]
        rest = [(mono, c) for mono, c in dim.terms if any(_symbol(s) not in known for s in mono)]
        if not rest:
            return True
        unknown = [s for s in rest[0][0] if _symbol(s) not in known]
        if len(rest) != 1 or len(unknown) != 1:
            return False
        found = self.node("Shape", value, start=axis, end=axis + 1)
        others = Dim(tuple(t for t in dim.terms if t != rest[0]))
        if others.terms:
            found = self.node("Sub", found, self.size(others))
        mono, coefficient = rest[0]
        factor = Dim(((tuple(s for s in mono if s != unknown[0]), coefficient),))
        if factor.terms != (((), 1),):
            found = self.node("Div", found, self.size(factor))
        known[_symbol(unknown[0])] = found
        return True


def _symbol(name: str) -> Dim:
    return Dim((((name,), 1),))
