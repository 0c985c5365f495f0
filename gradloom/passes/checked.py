"""What numpy raises for values, asserted: for backends that go on where numpy stops.

The asserts are put into the graph that a backend is about to run, so that other backends, exports
and pictures see none. An index that is known to be in range (`gradloom.passes.ranges`) is not asked
about, and one that several nodes read is asked about once.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Set
from typing import Any, Final

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.graph import Graph, Node, Operand, Value, literal
from gradloom.ir.op import Op
from gradloom.ir.ops.host import Claim
from gradloom.ir.ops.matrices import keep
from gradloom.ir.ops.rules import BOOL, INDEX, broadcast
from gradloom.ir.types import tensor_type
from gradloom.passes.ranges import Ranges, Size, surely
from gradloom.passes.rewrite import Rewriter

_ENTERED: Final = frozenset([o.cond, o.scan, o.while_])


def checked(graph: Graph, silent: Set[Op]) -> Graph:
    """The graph with an assert at each node of an op in `silent` where numpy might raise."""
    return _region(graph, silent, Ranges())


def _region(graph: Graph, silent: Set[Op], ranges: Ranges) -> Graph:
    rewriter = Rewriter(graph)
    asked: set[tuple[Operand, Size]] = set()
    for node in graph.nodes:
        with build.scope(rewriter.builder), build.located(node.location):
            if node.op in silent and node.op in (o.gather, o.scatter):
                _ask_indices(rewriter, node, ranges, asked)
            placed = rewriter.keep(node, _regions(node, silent, ranges))
            if node.op in silent and node.op in _MATRICES:
                _MATRICES[node.op](node, rewriter.map(node.operands)[0], placed)
        ranges.learn(node)
    return rewriter.finish()


def _regions(node: Node, silent: Set[Op], ranges: Ranges) -> tuple[Graph, ...]:
    """Calls that are left have a kernel of their own, whose insides no backend runs."""
    if node.op not in _ENTERED:
        return node.regions
    made = []
    for region in node.regions:
        ranges.enter(node, region)
        made.append(_region(region, silent, ranges))
    same = all(new is old for new, old in zip(made, node.regions, strict=True))
    return node.regions if same else tuple(made)


# ---- indices -------------------------------------------------------------------------------------


def _ask_indices(
    rewriter: Rewriter, node: Node, ranges: Ranges, asked: set[tuple[Operand, Size]]
) -> None:
    attrs: Any = node.attrs
    indices = node.operands[-len(attrs.axes) :]
    for axis, index in zip(attrs.axes, indices, strict=True):
        size = node.operands[0].type.shape[axis]
        if (index, size) in asked or 0 in index.type.shape:
            continue
        asked.add((index, size))
        at, found = rewriter.map((index,))[0], ranges.of(index)
        assert found is not None
        low, high = found
        holds = [] if surely(operator.ge, low, 0) else [o.greater_equal(at, literal(0, at.type))]
        holds += [] if surely(operator.lt, high, size) else [_below(at, size)]
        if holds:
            told = f"an index is out of bounds for axis {axis} with size {size}"
            inside = holds[0] if len(holds) == 1 else o.logical_and(*holds)
            build.emit(o.assert_, (inside,), Claim(told, "IndexOutOfRange"))


def _below(at: Operand, size: Size) -> Operand:
    """Whether indices are below a size, which their dtype may not hold."""
    wide = at if at.type.dtype == INDEX else o.astype(at, dtype=INDEX)
    limit: Operand = (
        broadcast(o.dim(size=size), at.type.shape)
        if isinstance(size, Dim)
        else literal(size, wide.type)
    )
    result: Operand = o.less(wide, limit)
    return result


# ---- matrices ------------------------------------------------------------------------------------

Found = tuple[Value, ...]


def _claim(holds: Operand, told: str) -> None:
    build.emit(o.assert_, (holds,), Claim(told, "MatrixError"))


def _whole(holds: Operand) -> Operand:
    result: Operand = o.all(holds, axes=tuple(range(holds.type.ndim)))
    return result


def _ask_invertible(node: Node, a: Operand, found: Found) -> None:
    """A pivot of 0 leaves no finite result. Other things may too, so that the pivots are looked at
    then, and only then.
    """

    def no_pivot_is_zero(matrix: Value) -> Operand:
        sign = o.slogdet(matrix)[0]
        return _whole(o.not_equal(sign, literal(0, sign.type)))

    finite = _whole(o.isfinite(found[0]))
    types = [a.type]
    regions = (
        build.graph_of(lambda _: literal(True, tensor_type(BOOL, ())), types),
        build.graph_of(no_pivot_is_zero, types),
    )
    (holds,) = build.emit(o.cond, (finite, a), None, regions)
    _claim(holds, "Singular matrix")


def _ask_definite(node: Node, a: Operand, found: Found) -> None:
    """The root of a pivot that is not positive is NaN; that of a NaN too, which numpy passes on."""
    axes = (a.type.ndim - 2, a.type.ndim - 1)
    made = o.all(o.logical_not(o.isnan(found[0])), axes=axes)
    given = o.all(o.isfinite(a), axes=axes)
    _claim(o.logical_or(made, o.logical_not(given)), "Matrix is not positive definite")


def _ask_diagonal(node: Node, a: Operand, found: Found) -> None:
    attrs: Any = node.attrs
    if not attrs.unit_diagonal:
        zero = o.equal(a, literal(0, a.type))
        _claim(o.logical_not(keep(zero, o.equal)), "Singular matrix")


def _ask_finite(node: Node, a: Operand, found: Found) -> None:
    _claim(o.isfinite(a), "Array must not contain infs or NaNs")


def _ask_numbers(node: Node, a: Operand, found: Found) -> None:
    _claim(o.logical_not(o.isnan(a)), "SVD did not converge")


_MATRICES: Final[dict[Op, Callable[[Node, Operand, Found], None]]] = {
    o.solve: _ask_invertible,
    o.inv: _ask_invertible,
    o.triangular_solve: _ask_diagonal,
    o.cholesky: _ask_definite,
    o.eig: _ask_finite,
    o.svd: _ask_numbers,
    o.svd_full: _ask_numbers,
}
"""By op: what to assert of the matrix and of what was made of it."""
