"""Laws of whole numbers and bools, which wrap round and have no nan: more holds for them than for
floats.
"""

from __future__ import annotations

from typing import Final

from gradloom.ir import ops as o
from gradloom.ir.graph import Literal, Node, Operand, literal
from gradloom.passes.laws import Laws, is_number, kind, made_by


def _is_whole(node: Node) -> bool:
    return kind(node.operands[0]) in "iu"


def _add_zero(node: Node) -> Operand | None:
    """x + 0 = x and 0 + x = x."""
    x, y = node.operands
    if not _is_whole(node):
        return None
    return x if is_number(y, 0) else y if is_number(x, 0) else None


def _multiply_by_zero(node: Node) -> Operand | None:
    """x * 0 = 0 and 0 * x = 0."""
    x, y = node.operands
    if not _is_whole(node):
        return None
    return y if is_number(y, 0) else x if is_number(x, 0) else None


def _gather_numbers(node: Node) -> Operand | None:
    """(x + a) + b = x + (a + b) and (x * a) * b = x * (a * b), for numbers a and b."""
    x, y = _number_last(node.operands)
    inner = made_by(x, node.op)
    if not _is_whole(node) or inner is None or not isinstance(y, Literal):
        return None
    z, first = _number_last(inner.operands)
    return node.op(z, node.op(first, y)) if isinstance(first, Literal) else None


def _number_last(operands: tuple[Operand, ...]) -> tuple[Operand, ...]:
    return operands[::-1] if isinstance(operands[0], Literal) else operands


def _subtract_number(node: Node) -> Operand | None:
    """x - a = x + neg(a) for a number a."""
    x, y = node.operands
    if not _is_whole(node) or not isinstance(y, Literal) or is_number(y, 0):
        return None
    return o.add(x, o.negative(y))  # type: ignore[no-any-return]


def _subtract_same(node: Node) -> Operand | None:
    """x - x = 0 and x ^ x = 0."""
    x, y = node.operands
    return literal(0, x.type) if kind(x) in "biu" and x is y else None


def _negative_difference(node: Node) -> Operand | None:
    """neg(x - y) = y - x (for floats it is not, where x = y)."""
    inner = made_by(node.operands[0], o.subtract)
    return (
        None
        if inner is None or not _is_whole(node)
        else o.subtract(inner.operands[1], inner.operands[0])
    )


def _divide_by_one(node: Node) -> Operand | None:
    """x // 1 = x."""
    x, y = node.operands
    return x if _is_whole(node) and is_number(y, 1) else None


def _remainder_by_one(node: Node) -> Operand | None:
    """x % 1 = 0."""
    x, y = node.operands
    return literal(0, x.type) if _is_whole(node) and is_number(y, 1) else None


def _no_shift(node: Node) -> Operand | None:
    """x << 0 = x and x >> 0 = x."""
    x, y = node.operands
    return x if is_number(y, 0) else None


def _compare_same(node: Node) -> Operand | None:
    """x == x, x <= x and x >= x are true, x != x, x < x and x > x false."""
    x, y = node.operands
    if kind(x) not in "biu" or x is not y:
        return None
    return literal(node.op in (o.equal, o.less_equal, o.greater_equal), node.result.type)


LAWS: Final[Laws] = {
    o.add: (_add_zero, _gather_numbers),
    o.subtract: (_subtract_same, _subtract_number),
    o.multiply: (_multiply_by_zero, _gather_numbers),
    o.negative: (_negative_difference,),
    o.floor_divide: (_divide_by_one,),
    o.remainder: (_remainder_by_one,),
    o.left_shift: (_no_shift,),
    o.right_shift: (_no_shift,),
    o.bitwise_xor: (_subtract_same,),
    o.logical_xor: (_subtract_same,),
    o.equal: (_compare_same,),
    o.not_equal: (_compare_same,),
    o.less: (_compare_same,),
    o.less_equal: (_compare_same,),
    o.greater: (_compare_same,),
    o.greater_equal: (_compare_same,),
}
