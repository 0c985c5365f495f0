"""Between which whole numbers the values of a program lie, as far as one look at each node tells.

What is known: literals, constants and sizes; what `arange`, `argmax`, `argsort`, `%`, `clip` and
comparisons give; what arithmetic and moving elements make of it. Of all else, its dtype's numbers.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final, final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.dims import Dim, substitute, symbol
from gradloom.ir.errors import ShapeError
from gradloom.ir.found import is_found
from gradloom.ir.graph import Graph, Literal, Node, Operand, Value
from gradloom.ir.op import Op
from gradloom.ir.types import DType

Size = int | Dim
Range = tuple[Size, Size]
"""The least and the greatest number, both included."""

Given = list[Range | None]
Rule = Callable[[Node, Given], Range | None]

BOOL: Final = (0, 1)


def surely(holds: Callable[..., bool], *sizes: Any) -> bool:
    """Whether a comparison holds for every size that the names in it stand for."""
    try:
        return holds(*map(_from_nothing, sizes))
    except ShapeError:
        return False


def _from_nothing(size: Any) -> Any:
    """The size, or the range, where a size that a program finds may be 0: other names stand for 1
    and more.
    """
    if isinstance(size, tuple):
        return tuple(map(_from_nothing, size))
    names = [n for n in size.symbols if is_found(n)] if isinstance(size, Dim) else []
    return substitute(size, {n: symbol(n) - 1 for n in names}) if names else size


@final
class Ranges:
    """What is known of values so far; nodes are told in their order."""

    def __init__(self) -> None:
        self._known: dict[Value, Range] = {}

    def of(self, x: Operand) -> Range | None:
        """Where a whole number or truth value lies; None for other dtypes."""
        if isinstance(x, Literal):
            return _at(int(x.value)) if x.type.dtype.kind in "biu" else None
        return self._known.get(x) or _all_of(x.type.dtype)

    def assume(self, value: Value, range: Range | None) -> None:
        """Let this be known of a value: of a region's parameter, what it is called with."""
        if range is not None:
            self._known[value] = range

    def learn(self, node: Node) -> None:
        """What the node's results are."""
        if node.op in _RULES and node.results[0].type.dtype.kind in "biu":
            self.assume(node.result, self._found(node, self._given(node)))

    def _found(self, node: Node, given: Given) -> Range | None:
        found = _RULES[node.op](node, given)
        return found if found is not None and _fits(found, node.result.type.dtype) else None

    def _given(self, node: Node) -> Given:
        """What is known of the operands; of those of a choice, where they are chosen."""
        given = [self.of(x) for x in node.operands]
        asked = _asked_below(node.operands[0]) if node.op is o.where else None
        if asked is not None:
            x, limit = asked
            low, high = self.of(x) or (None, None)
            if isinstance(low, int) and isinstance(high, int) and low < limit <= high:
                given[1] = self._where(node.operands[1], x, (low, limit - 1), _DEPTH)
                given[2] = self._where(node.operands[2], x, (limit, high), _DEPTH)
        return given

    def _where(self, value: Operand, x: Operand, range: Range, depth: int) -> Range | None:
        """What is known of a value where x lies in this range."""
        if value is x:
            return range
        node = value.node if isinstance(value, Value) else None
        if not depth or node is None or node.op not in _FOLLOWED:
            return self.of(value)
        given = [self._where(operand, x, range, depth - 1) for operand in node.operands]
        return self._found(node, given) or self.of(value)

    def enter(self, node: Node, region: Graph) -> None:
        """What is known of the parameters of a node's region before it runs."""
        attrs: Any = node.attrs
        parameters = region.parameters
        if node.op is o.cond:
            for x, p in zip(node.operands[1:], parameters, strict=True):
                self.assume(p, self.of(x))
        elif node.op in (o.scan, o.while_):
            for x, p in zip(node.operands[: attrs.consts], parameters, strict=False):
                self.assume(p, self.of(x))
        if node.op is o.scan:
            self._enter_scan(node, region)

    def _enter_scan(self, node: Node, body: Graph) -> None:
        attrs: Any = node.attrs
        stepped = attrs.consts + attrs.carry
        for x, p in zip(node.operands[stepped:], body.parameters[stepped:], strict=True):
            self.assume(p, self.of(x))
        for i in range(attrs.consts, stepped):
            p, after = body.parameters[i], body.results[i - attrs.consts]
            start, step = self.of(node.operands[i]), _counted(after, p)
            if start is not None and step is not None and isinstance(attrs.length, int):
                far = step * attrs.length
                made = (start[0] + min(far, 0), start[1] + max(far, 0))
                self.assume(p, made if _fits(made, p.type.dtype) else None)


_FOLLOWED: Final = frozenset([o.add, o.less, o.where])
_DEPTH: Final = 3
"""What an index that may be negative is made of: a choice of a sum, by a comparison of the sum."""


def _asked_below(condition: Operand) -> tuple[Operand, int] | None:
    """x and c, where a condition is `x < c` for a number c."""
    node = condition.node if isinstance(condition, Value) else None
    if node is None or node.op is not o.less:
        return None
    x, limit = node.operands
    whole = isinstance(limit, Literal) and limit.type.dtype.kind in "iu"
    return (x, int(limit.value)) if whole and isinstance(limit, Literal) else None


def _counted(after: Operand, before: Value) -> int | None:
    """What is added to a carried value in each turn; None where that is no number."""
    if after is before:
        return 0
    node = after.node if isinstance(after, Value) else None
    if node is None or node.op is not o.add or before not in node.operands:
        return None
    (other,) = [x for x in node.operands if x is not before] or [before]
    whole = isinstance(other, Literal) and other.type.dtype.kind in "iu"
    return int(other.value) if whole and isinstance(other, Literal) else None


def _at(number: Size) -> Range:
    return number, number


def _all_of(dtype: DType) -> Range | None:
    if dtype.kind == "b":
        return BOOL
    if dtype.kind not in "iu":
        return None
    limits = np.iinfo(dtype)
    return int(limits.min), int(limits.max)


def _fits(range: Range, dtype: DType) -> bool:
    """Whether a dtype holds all these numbers: where it does not, they wrap around."""
    limits = _all_of(dtype)
    if limits is None:
        return False
    return all(_held(limits[0], n, limits[1]) for n in range)


def _held(least: Size, number: Size, most: Size) -> bool:
    """A size is one that memory has room for, so that an i64 holds it, and a small one may not."""
    if isinstance(number, Dim):
        return most == _MOST and all(abs(times) < _OFTEN for _, times in number.terms)
    return bool(least <= number <= most)


_MOST: Final = int(np.iinfo(np.int64).max)
_OFTEN: Final = 2**16
"""Times a size, or beside it, at which a size of 2**47 elements (what a machine addresses) would
pass the end of an i64."""


# ---- rules ---------------------------------------------------------------------------------------


def _same(node: Node, given: Given) -> Range | None:
    return given[0]


def _united(a: Range | None, b: Range | None) -> Range | None:
    if a is None or b is None or not all(map(_comparable, a, b)):
        return None
    return min(a[0], b[0]), max(a[1], b[1])


def _all_united(node: Node, given: Given) -> Range | None:
    made = given[0]
    for other in given[1:]:
        made = _united(made, other)
    return made


def _constant(node: Node, given: Given) -> Range | None:
    array = node.attrs.value.array  # type: ignore[union-attr]
    return (int(array.min()), int(array.max())) if array.size else None


def _positions(node: Node, given: Given) -> Range | None:
    """Places along an axis of the operand."""
    attrs: Any = node.attrs
    return 0, node.operands[0].type.shape[attrs.axis] - 1


def _iota(node: Node, given: Given) -> Range | None:
    attrs: Any = node.attrs
    return 0, node.result.type.shape[attrs.axis] - 1


def _add(node: Node, given: Given) -> Range | None:
    a, b = given
    return None if a is None or b is None else (a[0] + b[0], a[1] + b[1])


def _subtract(node: Node, given: Given) -> Range | None:
    a, b = given
    return None if a is None or b is None else (a[0] - b[1], a[1] - b[0])


def _numbers(range: Range | None) -> list[int]:
    """The ends where both are numbers, else nothing."""
    ends = [n for n in range or () if isinstance(n, int)]
    return ends if len(ends) == 2 else []


def _negative(node: Node, given: Given) -> Range | None:
    a = given[0]
    return None if a is None else (-a[1], -a[0])


def _multiply(node: Node, given: Given) -> Range | None:
    corners = [x * y for x in _numbers(given[0]) for y in _numbers(given[1])]
    return (min(corners), max(corners)) if corners else None


def _remainder(node: Node, given: Given) -> Range | None:
    by = given[1]
    return None if by is None or not surely(operator.gt, by[0], 0) else (0, by[1] - 1)


def _floor_divide(node: Node, given: Given) -> Range | None:
    a, by = map(_numbers, given)
    corners = [x // y for x in a for y in by] if by and by[0] > 0 else []
    return (min(corners), max(corners)) if corners else None


def _least(node: Node, given: Given) -> Range | None:
    """Of `minimum`: not above either operand's greatest, nor below both's least."""
    a, b = given
    if a is None or b is None or not _comparable(a[0], b[0]):
        return None
    return min(a[0], b[0]), min(a[1], b[1]) if _comparable(a[1], b[1]) else _named(a[1], b[1])


def _greatest(node: Node, given: Given) -> Range | None:
    """Of `maximum`: not below either operand's least, nor above both's greatest."""
    a, b = given
    if a is None or b is None or not _comparable(a[1], b[1]):
        return None
    return max(a[0], b[0]) if _comparable(a[0], b[0]) else _named(a[0], b[0]), max(a[1], b[1])


def _comparable(a: Size, b: Size) -> bool:
    return surely(lambda a, b: a <= b or b <= a, a, b)


def _named(a: Size, b: Size) -> Size:
    """Of two bounds that both hold, the one with a name: the other is often the dtype's."""
    return a if isinstance(a, Dim) else b


def _where(node: Node, given: Given) -> Range | None:
    asked, a, b = given
    if asked == _at(1):
        return a
    return b if asked == _at(0) else _united(a, b)


def _comparison(holds: Callable[[Any, Any], bool], fails: Callable[[Any, Any], bool]) -> Rule:
    """A comparison that the operands' ends settle."""

    def rule(node: Node, given: Given) -> Range | None:
        a, b = given
        if a is None or b is None:
            return None
        if surely(holds, a, b):
            return _at(1)
        return _at(0) if surely(fails, a, b) else None

    return rule


def _some(node: Node, given: Given) -> Range | None:
    """Of elements along axes that are not empty."""
    sizes = node.operands[0].type.shape
    return None if 0 in sizes else given[0]


_RULES: Final[dict[Op, Rule]] = {
    **dict.fromkeys(
        (o.reshape, o.permute_dims, o.broadcast_to, o.slice, o.flip, o.sort, o.astype, o.gather,
         o.dynamic_slice, o.stop_gradient), _same),
    o.max: _some,
    o.min: _some,
    o.concatenate: _all_united,
    o.dynamic_update_slice: lambda node, given: _united(given[0], given[1]),
    o.constant: _constant,
    o.iota: _iota,
    o.dim: lambda node, given: _at(node.attrs.size),  # type: ignore[union-attr]
    o.argmax: _positions,
    o.argmin: _positions,
    o.argsort: _positions,
    o.negative: _negative,
    o.add: _add,
    o.subtract: _subtract,
    o.multiply: _multiply,
    o.remainder: _remainder,
    o.floor_divide: _floor_divide,
    o.minimum: _least,
    o.maximum: _greatest,
    o.where: _where,
    o.less: _comparison(lambda a, b: a[1] < b[0], lambda a, b: a[0] >= b[1]),
    o.less_equal: _comparison(lambda a, b: a[1] <= b[0], lambda a, b: a[0] > b[1]),
    o.greater: _comparison(lambda a, b: a[0] > b[1], lambda a, b: a[1] <= b[0]),
    o.greater_equal: _comparison(lambda a, b: a[0] >= b[1], lambda a, b: a[1] < b[0]),
}  # fmt: skip
