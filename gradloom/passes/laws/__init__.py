"""The laws that `simplify` applies: each a small function whose docstring is the law.

A law takes a node and gives what it equals, or None when it does not apply (then it has made no
node). All are exact on numpy, for nan, the infinities and -0.0 too; of nan alone the sign and
payload may change.
"""

from __future__ import annotations

from collections.abc import Callable

from gradloom.ir.graph import Literal, Node, Operand, Value
from gradloom.ir.op import Op

Law = Callable[[Node], Operand | None]
Laws = dict[Op, tuple[Law, ...]]


def made_by(operand: Operand, op: Op) -> Node | None:
    """The node behind `operand` when it is one of `op` and no recomputed copy."""
    node = operand.node if isinstance(operand, Value) else None
    return node if node is not None and node.op is op and not node.copy else None


def is_number(operand: Operand, number: float) -> bool:
    """Whether `operand` is this number, inline; 0.0 is not -0.0."""
    if not isinstance(operand, Literal) or operand.type.dtype.kind == "V":
        return False
    value = operand.value
    return value == number and value.tobytes() == value.dtype.type(number).tobytes()


def kind(operand: Operand) -> str:
    """The operand's dtype kind as numpy spells it; `f` for the low-precision floats."""
    code = operand.type.dtype.kind
    return "f" if code == "V" else code
