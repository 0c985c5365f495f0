"""Linear algebra in loops over rows or columns, for ONNX has none in f64; leading axes are batch.

Elimination is Gauss's with partial pivoting. Sources: [GVL] Golub and Van Loan, "Matrix
Computations", 4th ed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from gradloom.backends.onnx.decomposition import Decomposition
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.errors import NotSupported
from gradloom.ir.graph import Node, Operand, literal
from gradloom.ir.op import Op
from gradloom.ir.ops.determinant import cofactors
from gradloom.ir.ops.matrices import identity, keep, swap
from gradloom.ir.ops.rules import INDEX, broadcast, broadcast_in_dim
from gradloom.ir.types import TensorType, tensor_type

X = Any


def loop(
    step: Callable[..., Sequence[Operand]],
    consts: Sequence[Operand],
    carry: Sequence[Operand],
    length: Any,
    reverse: bool = False,
) -> tuple[Any, ...]:
    """`step(i, *consts, *carry) -> carry + rows` for i = 0, 1, ...;
    the final carry and the stacked rows.
    """
    count = o.iota(dtype=INDEX, shape=(length,), axis=0)
    n = len(consts) + len(carry)
    types = [*(x.type for x in (*consts, *carry)), tensor_type(INDEX, ())]
    body = build.graph_of(lambda *v: step(v[n], *v[:n]), types, name="step")
    made: tuple[Any, ...] = o.scan(
        *consts,
        *carry,
        count,
        regions=(body,),
        consts=len(consts),
        carry=len(carry),
        length=length,
        reverse=reverse,
    )
    return made


def row_at(x: X, i: Operand) -> X:
    """Row i of each matrix, as a matrix of one row."""
    return o.dynamic_slice(x, *_corner(x, i, -2), sizes=(*x.type.shape[:-2], 1, x.type.shape[-1]))


def column_at(x: X, i: Operand) -> X:
    """Column i of each matrix, as a matrix of one column."""
    return o.dynamic_slice(x, *_corner(x, i, -1), sizes=(*x.type.shape[:-1], 1))


def _corner(x: X, i: Operand, axis: int) -> list[Operand]:
    zero: Operand = literal(0, tensor_type(INDEX, ()))
    starts = [zero] * x.type.ndim
    starts[axis] = i
    return starts


def _counted(type: TensorType, axis: int) -> X:
    """The index along an axis of a matrix."""
    return o.iota(dtype=INDEX, shape=type.shape, axis=type.ndim + axis)


def _everywhere(i: Operand, type: TensorType) -> X:
    return broadcast(i, type.shape)


def _empty(a: X) -> bool:
    """Whether the matrices have no elements: then there is nothing to loop over."""
    return bool(a.type.shape[-1] == 0)


def _zeros(type: TensorType) -> Operand:
    return broadcast(literal(0, type), type.shape)


def cholesky(node: Node) -> X:
    """Column after column: what earlier columns leave of it, divided by the root of its diagonal
    [GVL 4.2.5].
    """
    (a,) = node.operands
    if _empty(a):
        return a

    def step(j: Operand, a: X, low: X) -> Sequence[Operand]:
        left = column_at(a, j) - o.matmul(low, swap(row_at(low, j)))
        scaled = left / broadcast(o.sqrt(row_at(left, j)), left.type.shape)
        below = o.greater_equal(_counted(left.type, -2), _everywhere(j, left.type))
        column = o.where(below, scaled, literal(0, left.type))
        return [o.dynamic_update_slice(low, column, *_corner(low, j, -1))]

    (made,) = loop(step, [a], [_zeros(a.type)], a.type.shape[-1])
    return made


def triangular_solve(node: Node) -> X:
    """Substitution, row after row [GVL 3.1]."""
    a, b = node.operands
    attrs: Any = node.attrs
    if _empty(a):
        return b
    a = keep(a, o.greater_equal if attrs.lower else o.less_equal)
    a = swap(a) if attrs.transpose_a else a

    def step(i: Operand, a: X, b: X, x: X) -> Sequence[Operand]:
        row = row_at(a, i)
        left = row_at(b, i) - o.matmul(row, x)
        if not attrs.unit_diagonal:
            left = left / broadcast(column_at(row, i), left.type.shape)
        return [o.dynamic_update_slice(x, left, *_corner(x, i, -2))]

    forward = attrs.lower != attrs.transpose_a
    (made,) = loop(step, [a, b], [_zeros(b.type)], a.type.shape[-1], reverse=not forward)
    return made


def _swapped(m: X, k: Operand, pivot: X) -> tuple[X, X]:
    """The matrices with rows k and `pivot` (one number per matrix) exchanged, and the new row k."""
    shape = m.type.shape
    rows = _counted(m.type, -2)
    lead = tuple(range(len(shape) - 2))
    chosen = o.equal(rows, broadcast_in_dim(pivot, shape, lead))
    picked = o.sum(o.where(chosen, m, literal(0, m.type)), axes=(len(shape) - 2,))
    picked = o.reshape(picked, shape=(*shape[:-2], 1, shape[-1]))
    here = o.equal(rows, _everywhere(k, m.type))
    moved = o.where(chosen, broadcast(row_at(m, k), shape), m)
    return o.where(here, broadcast(picked, shape), moved), picked


def _pivot(m: X, k: Operand) -> X:
    """Where column k is largest, from row k on."""
    column = o.abs(column_at(m, k))
    left = o.less(_counted(column.type, -2), _everywhere(k, column.type))
    candidates = o.where(left, literal(-1, column.type), column)
    flat = o.reshape(candidates, shape=column.type.shape[:-1])
    return o.argmax(flat, axis=flat.type.ndim - 1)


def _eliminated(m: X, k: Operand, row: X, above: bool) -> X:
    """Row k, times what makes column k vanish, taken from the rows below (and above)."""
    column, pivot = column_at(m, k), column_at(row, k)
    none = o.equal(pivot, literal(0, pivot.type))
    safe = o.where(none, literal(1, pivot.type), pivot) if not above else pivot
    others = (o.not_equal if above else o.greater)(
        _counted(column.type, -2), _everywhere(k, column.type)
    )
    factor = o.where(others, column / broadcast(safe, column.type.shape), literal(0, column.type))
    return m - o.matmul(factor, row)


def solve(node: Node) -> X:
    """Gauss and Jordan: [a | b] until a is diagonal, then b divided by the diagonal [GVL 3.4]."""
    a, b = node.operands
    if _empty(a):
        return b
    n, last = a.type.shape[-1], a.type.ndim - 1
    both = o.concatenate(a, b, axis=last)

    def step(k: Operand, m: X) -> Sequence[Operand]:
        moved, row = _swapped(m, k, _pivot(m, k))
        return [_eliminated(moved, k, row, above=True)]

    (made,) = loop(step, [], [both], n)
    start = (0,) * last
    lead = made.type.shape[:-1]
    whole = (1,) * (last + 1)
    left = o.slice(made, start=(*start, 0), stop=(*lead, n), step=whole)
    right = o.slice(made, start=(*start, n), stop=made.type.shape, step=whole)
    diagonal = o.sum(left * broadcast(identity(a.type), left.type.shape), axes=(last,))
    return right / broadcast_in_dim(diagonal, right.type.shape, tuple(range(last)))


def _pivots(a: X) -> tuple[X, X]:
    """The pivots of the elimination, leading axis first, and -1 for each exchange of rows, else
    1.
    """

    def step(k: Operand, m: X) -> Sequence[Operand]:
        pivot = _pivot(m, k)
        moved, row = _swapped(m, k, pivot)
        sign = o.where(
            o.equal(pivot, _everywhere(k, pivot.type)), literal(1,
            pivot.type.with_dtype(m.type.dtype)),
            literal(-1, pivot.type.with_dtype(m.type.dtype)),
        )  # fmt: skip
        value = o.reshape(column_at(row, k), shape=pivot.type.shape)
        return [_eliminated(moved, k, row, above=False), value, sign]

    _, pivots, signs = loop(step, [], [a], a.type.shape[-1])
    return pivots, signs


def det(node: Node) -> X:
    """The product of the pivots, negative after an odd number of exchanges [GVL 3.2]."""
    if _empty(node.operands[0]):
        return literal(1, node.result.type)
    pivots, signs = _pivots(node.operands[0])
    return o.prod(pivots * signs, axes=(0,))


def slogdet(node: Node) -> tuple[X, X]:
    """The product of the pivots' signs, and the sum of the logarithms of their sizes."""
    if _empty(node.operands[0]):
        return literal(1, node.results[0].type), literal(0, node.results[1].type)
    pivots, signs = _pivots(node.operands[0])
    return o.prod(o.sign(pivots) * signs, axes=(0,)), o.sum(o.log(o.abs(pivots)), axes=(0,))


def adjugate(node: Node) -> X:
    """By cofactors, in n^5 steps: there are no singular values to go by."""
    (a,) = node.operands
    n = a.type.shape[-1]
    if isinstance(n, Dim):
        raise NotSupported("adjugate of a named size: ONNX has no singular values to find it by")
    if n < 2:
        return o.broadcast_to(literal(1, a.type), shape=a.type.shape)
    return swap(cofactors(a, n))


DECOMPOSED: Final[dict[Op, Decomposition]] = {
    o.cholesky: Decomposition(cholesky),
    o.triangular_solve: Decomposition(triangular_solve),
    o.solve: Decomposition(solve),
    o.det: Decomposition(det),
    o.slogdet: Decomposition(slogdet),
    o.adjugate: Decomposition(adjugate),
}
