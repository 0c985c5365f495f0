"""What a table row sees of the node that it writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, final

from gradloom.backends.writer import literal_text, number
from gradloom.ir.graph import Literal, Node, Operand, Value
from gradloom.ir.types import Dim, DType, Shape

if TYPE_CHECKING:
    from gradloom.backends.backend import Row
    from gradloom.backends.emit import Emitter


@final
class Site:
    """One node with its place in the source.

    `args` are the operands as expressions; `over` is the operand that the node may write its
    result into, or "".
    """

    __slots__ = ("_args", "_emitter", "_folded", "_given", "attrs", "node", "over", "tuple_result")

    def __init__(
        self, emitter: Emitter, node: Node, folded: dict[Value, Value], over: str = ""
    ) -> None:
        self._emitter = emitter
        self._folded = folded
        self._args: list[str] | None = None
        self._given = False
        self.node = node
        self.attrs: Any = node.attrs
        self.over = over
        self.tuple_result = bool(node.regions) or len(node.results) > 1

    # ---- operands ----

    @property
    def args(self) -> list[str]:
        """The operands as expressions; a literal is a bare number where that keeps the dtype, else
        an array.
        """
        if self._args is None:
            bare = self.node.op.elementwise
            self._args = [
                self.bare(i) if bare else self.array(i) for i in range(len(self.node.operands))
            ]
        return self._args

    @args.setter
    def args(self, texts: list[str]) -> None:
        self._args = texts
        self._given = True

    def operand(self, i: int) -> Operand:
        """Operand `i` as it stands in the source: a folded broadcast is taken small."""
        operand = self.node.operands[i]
        return self._folded.get(operand, operand) if isinstance(operand, Value) else operand

    def is_literal(self, i: int) -> bool:
        """Whether operand `i` is a number that stands inline."""
        return isinstance(self.node.operands[i], Literal)

    def bare(self, i: int) -> str:
        """Operand `i`, a literal as a plain Python number when an operand of its dtype stands
        beside it.
        """
        operand = self.node.operands[i]
        if not isinstance(operand, Literal):
            return self._value(operand)
        dtype = operand.type.dtype
        beside = any(isinstance(x, Value) and x.type.dtype == dtype for x in self.node.operands)
        if beside and self._emitter.dialect.bare_numbers(dtype):
            return number(operand.value)
        return self._alone(i, operand)

    def strict(self, i: int) -> str:
        """Operand `i`, a literal as a rank-0 array of its dtype (unless a row gave the operands
        anew).
        """
        if self._given:
            return self.args[i]
        operand = self.node.operands[i]
        return self._alone(i, operand) if isinstance(operand, Literal) else self._value(operand)

    def _alone(self, i: int, literal: Literal) -> str:
        """A literal of rank 0; at its full shape where no operand would give the result its own."""
        only = all(isinstance(x, Literal) for x in self.node.operands)
        return self.array(i) if only and self.shape else self.scalar(literal)

    def array(self, i: int) -> str:
        """Operand `i` at its full shape, a literal too."""
        text = self._emitter.array(self.node.operands[i], self)
        return text if self.is_literal(i) else self._mark(text)

    def _value(self, value: Value) -> str:
        return self._mark(self._emitter.value(value, self._folded))

    def _mark(self, text: str) -> str:
        """An operand as this node reads it (a recomputed copy's stand behind a barrier in JAX)."""
        mark = self._emitter.dialect.operand
        return text if mark is None or not self.node.copy else mark(self.node, text)

    def full(self, literal: Literal) -> str:
        """A literal as an array of its shape."""
        return self._emitter.array(literal, self)

    def scalar(self, literal: Literal) -> str:
        """A literal as a rank-0 array or scalar of its dtype."""
        return self._emitter.scalar(literal)

    def number(self, i: int) -> str:
        """The literal operand `i` as a plain Python number."""
        operand = self.node.operands[i]
        assert isinstance(operand, Literal)
        return number(operand.value)

    # ---- types ----

    @property
    def dtype(self) -> DType:
        """The dtype of the first result."""
        return self.node.results[0].type.dtype

    @property
    def shape(self) -> Shape:
        """The shape of the first result."""
        return self.node.results[0].type.shape

    def type_of(self, i: int) -> Any:
        """The type of operand `i`."""
        return self.node.operands[i].type

    # ---- writing ----

    def written(self, row: Row) -> str:
        """The expression that `row` gives here."""
        return row.format(*self.args) if isinstance(row, str) else row(self)

    def write(self, value: object) -> str:
        """An attribute as source; named sizes become expressions over them."""
        if hasattr(value, "dtype") and hasattr(value, "shape") and not hasattr(value, "item"):
            raise TypeError(f"{value!r} is no attribute value")
        return literal_text(value, self._emitter.size)

    def dim(self, dim: int | Dim) -> str:
        """A dimension as source."""
        return self.write(dim)

    def dtype_text(self, dtype: DType | None = None) -> str:
        """A dtype as the framework spells it; the first result's when none is given."""
        return self._emitter.dtype(self.dtype if dtype is None else dtype)

    def device(self) -> str:
        """The device that new arrays go to, as source."""
        return self._emitter.device()

    def helper(self, function: Callable[..., Any]) -> str:
        """The name of a function of ours whose text goes along with the source."""
        return self._emitter.helper(function)

    def call(self, function: Callable[..., Any], *texts: str) -> str:
        """A call of a function of ours, whose text goes along."""
        return f"{self.helper(function)}({', '.join(texts)})"

    def line(self, text: str) -> None:
        """Write a statement before the one that holds this node's expression."""
        self._emitter.line(text)

    def fresh(self, stem: str) -> str:
        """A new local name."""
        return self._emitter.names.fresh(stem)

    def region(self, i: int, name: str) -> str:
        """Write region `i` as a local function before this node; its name."""
        return self._emitter.region(self.node.regions[i], name)

    def spliced(self, i: int, arguments: Sequence[str]) -> list[str]:
        """Write region `i` one level deeper before this node, on these names; its results."""
        return self._emitter.spliced(self.node.regions[i], arguments)

    def need(self, *imports: str) -> None:
        """Make sure that these import lines stand at the top."""
        self._emitter.need(*imports)


def joined(texts: Sequence[str]) -> str:
    """A tuple display of these expressions."""
    return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"
