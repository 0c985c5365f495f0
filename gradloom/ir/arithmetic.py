"""Operators on operands, so that a rule reads like its formula: `1 - y * y`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradloom.ir.graph import Operand


class Arithmetic:
    """Gives `+ - * / **` and unary minus to operands; a Python number takes the other operand's
    type.
    """

    __slots__ = ()

    def __add__(self, other: Any) -> Operand:
        return _apply("add", self, other)

    def __radd__(self, other: Any) -> Operand:
        return _apply("add", other, self)

    def __sub__(self, other: Any) -> Operand:
        return _apply("subtract", self, other)

    def __rsub__(self, other: Any) -> Operand:
        return _apply("subtract", other, self)

    def __mul__(self, other: Any) -> Operand:
        return _apply("multiply", self, other)

    def __rmul__(self, other: Any) -> Operand:
        return _apply("multiply", other, self)

    def __truediv__(self, other: Any) -> Operand:
        return _apply("divide", self, other)

    def __rtruediv__(self, other: Any) -> Operand:
        return _apply("divide", other, self)

    def __pow__(self, other: Any) -> Operand:
        return _apply("power", self, other)

    def __neg__(self) -> Operand:
        from gradloom.ir import ops as o

        result: Operand = o.negative(self)  # type: ignore[arg-type]  # operands alone derive from this
        return result


def _apply(name: str, left: Any, right: Any) -> Operand:
    from gradloom.ir import ops as o
    from gradloom.ir.graph import literal

    if not isinstance(left, Arithmetic):
        left = literal(left, right.type)
    elif not isinstance(right, Arithmetic):
        right = literal(right, left.type)  # type: ignore[attr-defined]
    result: Operand = getattr(o, name)(left, right)
    return result
