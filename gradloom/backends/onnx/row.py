"""A row of the table: how a node is written, and the dtypes for which onnxruntime has a kernel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, final

from gradloom.backends.onnx.writer import Writer
from gradloom.ir.graph import Literal, Node, Value
from gradloom.ir.types import DType, TensorType

if TYPE_CHECKING:
    from gradloom.backends.onnx.export import Exporter

# Which dtypes onnxruntime 1.31 has CPU kernels for, by its own list (`get_all_opkernel_def`).
FLOATS: Final = frozenset(["float32", "float64"])
F32: Final = frozenset(["float32"])
SIGNED: Final = frozenset(["int8", "int16", "int32", "int64"])
UNSIGNED: Final = frozenset(["uint8", "uint16", "uint32", "uint64"])
INTEGERS: Final = SIGNED | UNSIGNED
NUMBERS: Final = FLOATS | INTEGERS
WIDE: Final = FLOATS | {"int32", "int64"}
BOOL: Final = frozenset(["bool"])
ALL: Final = NUMBERS | BOOL | {"float16"}
EVERY: Final = ALL | {"bfloat16"}


@final
class Site:
    """One node as its row sees it: operands as ONNX values, attributes, types, the writer."""

    __slots__ = ("_exporter", "attrs", "node", "w")

    def __init__(self, exporter: Exporter, node: Node) -> None:
        self._exporter = exporter
        self.w: Writer = exporter.writer
        self.node = node
        self.attrs: Any = node.attrs

    def small(self, i: int) -> Any:
        """Operand `i`; a literal or a folded broadcast not spread, for ONNX to broadcast."""
        operand = self.node.operands[i]
        if isinstance(operand, Literal):
            return self.w.constant(operand.value)
        return self._exporter.read(operand)

    def full(self, i: int) -> Any:
        """Operand `i` at its full shape."""
        return self._exporter.full(self.node.operands[i])

    @property
    def inputs(self) -> list[Any]:
        """All operands: small ones for an elementwise op, else full."""
        take = self.small if self.node.op.elementwise else self.full
        return [take(i) for i in range(len(self.node.operands))]

    def type(self, i: int) -> TensorType:
        """The type of operand `i`."""
        found: TensorType = self.node.operands[i].type
        return found

    @property
    def result(self) -> TensorType:
        """The type of the first result."""
        return self.node.results[0].type

    def scalar(self, value: object, dtype: DType | None = None) -> Any:
        """A number as an ONNX value of this dtype (the first operand's when none is given)."""
        return self.w.constant(value, self.type(0).dtype if dtype is None else dtype)

    def inline(self, region: int, arguments: Sequence[Any]) -> list[Any]:
        """Write a region's nodes here; its results."""
        return self._exporter.inline(self.node.regions[region], arguments)

    def results(self, region: int) -> list[TensorType]:
        """The types of a region's results."""
        return [r.type for r in self.node.regions[region].results]

    def parameters(self, region: int) -> tuple[Value, ...]:
        """The parameters of a region."""
        return self.node.regions[region].parameters


@final
@dataclass(frozen=True, slots=True)
class Row:
    """`write(site)` gives the result, or a list of results.

    `takes`: dtypes of operand `by` that have a kernel. `wraps`: the op is right modulo 2^64, so
    that u64 may be
    computed as i64.
    """

    write: Callable[[Site], Any]
    takes: frozenset[str] = EVERY
    wraps: bool = False
    by: int = 0


def plain(
    op_type: str, takes: frozenset[str], wraps: bool = False, by: int = 0, **attributes: Any
) -> Row:
    """A row that is one ONNX node of the operands."""
    return Row(lambda site: site.w.node(op_type, *site.inputs, **attributes), takes, wraps, by)
