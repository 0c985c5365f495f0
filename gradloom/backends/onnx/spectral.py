"""QR, eigenvalues and singular values in loops of matrix products, for ONNX has none of them.

Eigenvalues and singular values come from Jacobi's rotations, which are as exact as LAPACK and
need products alone: a round turns every other pair of neighbours and swaps them, so that after n
rounds each pair has met once [LP]. A rotation followed by a swap is a symmetric matrix.

Sources: [GVL] Golub and Van Loan, "Matrix Computations", 4th ed. [LP] Luk and Park, "On parallel
Jacobi orderings", 1989. [D] de Rijk, "A one-sided Jacobi algorithm", 1989.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from gradloom.backends.onnx.decomposition import Decomposition
from gradloom.backends.onnx.matrices import column_at, loop, row_at
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.graph import Node, Operand, literal
from gradloom.ir.op import Op
from gradloom.ir.ops.matrices import (
    as_columns,
    as_rows,
    columns,
    diagonal,
    identity,
    keep,
    mask,
    swap,
)
from gradloom.ir.ops.rules import INDEX, broadcast, broadcast_in_dim, zeros_like
from gradloom.ir.types import TensorType, tensor_type

X = Any
_SWEEPS: Final = 30
"""Far above what any matrix took: convergence is quadratic, 6 to 10 sweeps for sizes up to 100."""


def _like(x: X, value: float) -> Operand:
    return literal(value, x.type)


# ---- QR ------------------------------------------------------------------------------------------


def qr(node: Node) -> tuple[X, X]:
    """Householder's reflections, with the signs that LAPACK gives [GVL 5.2.2]."""
    (a,) = node.operands
    thin, right = (r.type for r in node.results)
    if 0 in a.type.shape[-2:]:
        return _of(thin), _of(right)
    q, r = _reflected(a, thin.shape[-1])
    return columns(q, thin.shape[-1]), _first_rows(keep(r, o.less_equal), right.shape[-2])


def qr_complete(node: Node) -> tuple[X, X]:
    """The same with all columns of Q."""
    (a,) = node.operands
    if 0 in a.type.shape[-2:]:
        return identity(node.results[0].type), _of(node.results[1].type)
    rows, cols = a.type.shape[-2:]
    q, r = _reflected(a, cols if rows >= cols else rows)
    return q, keep(r, o.less_equal)


def _of(type: TensorType) -> Operand:
    """Zeros."""
    return broadcast(literal(0, type), type.shape)


def _first_rows(x: X, count: Any) -> X:
    return swap(columns(swap(x), count))


def _reflected(a: X, count: Any) -> tuple[X, X]:
    """Q, all of it, and R after `count` reflections."""
    rows = a.type.shape[-2]
    q = identity(a.type.with_shape((*a.type.shape[:-2], rows, rows)))

    def step(j: Operand, q: X, r: X) -> Sequence[Operand]:
        vector, factor = _reflection(column_at(r, j), j)
        less_r = o.matmul(vector, o.matmul(swap(vector), r))
        less_q = o.matmul(o.matmul(q, vector), swap(vector))
        return [
            q - broadcast(factor, q.type.shape) * less_q,
            r - broadcast(factor, r.type.shape) * less_r,
        ]

    q, r = loop(step, [], [q, a], count)
    return q, r


def _reflection(x: X, j: Operand) -> tuple[X, X]:
    """v and f such that 1 - f v v^T makes column x vanish below row j, as LAPACK's larfg does."""
    place = o.iota(dtype=INDEX, shape=x.type.shape, axis=x.type.ndim - 2)
    here = broadcast(j, x.type.shape)
    below = o.where(o.greater(place, here), x, zeros_like(x))
    top = row_at(x, j)
    size = o.reshape(o.max(o.abs(below), axes=(x.type.ndim - 2,)), shape=top.type.shape)
    size = o.maximum(size, o.abs(top))
    scale = o.where(o.equal(size, _like(size, 0)), _like(size, 1), size)
    tail = _norm(below / broadcast(scale, x.type.shape), top.type)
    head = top / scale
    length = o.sqrt(head * head + tail * tail)
    end = o.where(o.less(head, _like(head, 0)), length, -length)
    none = o.equal(tail, _like(tail, 0))
    safe_end = o.where(none, _like(end, 1), end)
    factor = o.where(none, _like(end, 0), (end - head) / safe_end)
    unit = o.where(none, _like(end, 1), (head - end) * scale)
    vector = o.where(o.equal(place, here), _like(x, 1), below / broadcast(unit, x.type.shape))
    return vector, factor


def _norm(x: X, due: TensorType) -> X:
    return o.reshape(o.sqrt(o.sum(x * x, axes=(x.type.ndim - 2,))), shape=due.shape)


# ---- rotations -----------------------------------------------------------------------------------


def _turns(gram: X, round: Operand) -> X:
    """The rotations that make every other neighbour of `gram` vanish, each followed by a swap."""
    vector = gram.type.with_shape(gram.type.shape[:-1])
    place: Any = o.iota(dtype=INDEX, shape=vector.shape, axis=vector.ndim - 1)
    parity = o.remainder(place + broadcast(round, vector.shape), _like(place, 2))
    neighbour = o.any(_beside(gram), axes=(vector.ndim,))
    first = o.logical_and(o.equal(parity, _like(place, 0)), neighbour)
    cosine, sine = _angles(gram, first)
    zero = _like(cosine, 0)
    second_sine, second_cosine = _next(sine), _next(cosine)
    paired = o.logical_or(first, o.greater(_next(o.where(first, _like(sine, 1), zero)), zero))
    stay = o.where(first, sine, o.where(paired, -second_sine, _like(sine, 1)))
    above = as_rows(o.where(first, cosine, zero), gram.type)
    below = as_rows(second_cosine, gram.type)
    none = zeros_like(gram)
    made: Any = o.where(mask(gram.type, o.equal), as_rows(stay, gram.type), none)
    made = o.where(_beside(gram), above, made)
    return o.where(mask(gram.type, lambda i, j: o.equal(i, j + 1)), below, made)


def _beside(gram: X) -> X:
    """The places one right of the diagonal."""
    return mask(gram.type, lambda i, j: o.equal(i + 1, j))


def _next(x: X) -> X:
    """x, one place further along its last axis; 0 comes first."""
    low = (0,) * (x.type.ndim - 1) + (1,)
    zero, interior = literal(0, x.type.with_shape(())), (0,) * x.type.ndim
    return o.pad(x, zero, low=low, high=tuple(-n for n in low), interior=interior)


def _angles(gram: X, first: X) -> tuple[X, X]:
    """Cosine and sine of the smaller angle that annihilates [i, i + 1], 0 where there is none
    [GVL 8.5.2].
    """
    on = diagonal(gram)
    last = gram.type.ndim - 1
    beside = _beside(gram)
    off = o.sum(o.where(beside, gram, zeros_like(gram)), axes=(last,))
    after = o.sum(o.where(beside, as_columns(on, gram.type), zeros_like(gram)), axes=(last,))
    none = o.logical_or(o.logical_not(first), o.equal(off, _like(off, 0)))
    ratio = (after - on) / (2 * o.where(none, _like(off, 1), off))
    sign = o.where(o.less(ratio, _like(ratio, 0)), _like(ratio, -1), _like(ratio, 1))
    tangent = sign / (o.abs(ratio) + o.sqrt(1 + ratio * ratio))
    tangent = o.where(none, _like(off, 0), tangent)
    cosine = 1 / o.sqrt(1 + tangent * tangent)
    zero = _like(cosine, 0)
    return o.where(first, cosine, zero), o.where(first, tangent * cosine, zero)


def _sweeps(step: Any, going: Any, carry: Sequence[Operand], n: Any) -> tuple[X, ...]:
    """The carry after as many sweeps of n rounds as it takes until nothing is `going`."""

    def more(count: X, *carry: X) -> Operand:
        again = o.any(going(*carry), axes=tuple(range(carry[0].type.ndim - 2)))
        result: Operand = o.logical_and(again, o.less(count, _like(count, _SWEEPS)))
        return result

    def sweep(count: X, *carry: X) -> list[Operand]:
        return [count + 1, *loop(step, [], carry, n)]

    types = [tensor_type(INDEX, ()), *(x.type for x in carry)]
    regions = (build.graph_of(more, types), build.graph_of(sweep, types))
    start = literal(0, tensor_type(INDEX, ()))
    made: tuple[Any, ...] = o.while_(start, *carry, regions=regions, consts=0)
    return made[1:]


def _noise(gram: X) -> X:
    """n eps, squared: what rounding leaves beside a diagonal element of size 1, for each matrix."""
    both = (gram.type.ndim - 2, gram.type.ndim - 1)
    n = o.sum(identity(gram.type), axes=both) * float(np.finfo(gram.type.dtype).eps)
    return n * n


def _permutation(order: X, type: TensorType) -> X:
    """Matrices by which columns come in this order."""
    index = type.with_dtype(INDEX)
    row = o.iota(dtype=INDEX, shape=type.shape, axis=type.ndim - 2)
    return o.astype(o.equal(row, as_columns(order, index)), dtype=type.dtype)


# ---- eigenvalues and singular values -------------------------------------------------------------


def eigh(node: Node) -> tuple[X, X]:
    """Jacobi's method on the lower triangle: eigenvalues rising, vectors as columns [GVL 8.5]."""
    (a,) = node.operands
    if a.type.shape[-1] == 0:
        return _of(node.results[0].type), a
    lower: Any = keep(a, o.greater_equal)
    both = (a.type.ndim - 2, a.type.ndim - 1)

    def going(a: X, v: X) -> X:
        off = keep(a, o.not_equal)
        return o.greater(o.sum(off * off, axes=both), _noise(a) * o.sum(a * a, axes=both))

    def turn(round: Operand, a: X, v: X) -> Sequence[Operand]:
        j = _turns(a, round)
        return [o.matmul(o.matmul(j, a), j), o.matmul(v, j)]

    start = [lower + swap(keep(a, o.greater)), identity(a.type)]
    made, vectors = _sweeps(turn, going, start, a.type.shape[-1])
    values = diagonal(made)
    axis = a.type.ndim - 2
    order = _permutation(o.argsort(values, axis=axis), a.type)
    return o.sort(values, axis=axis), o.matmul(vectors, order)


def svd(node: Node) -> tuple[X, X, X]:
    """One-sided rotations make the columns orthogonal, whose norms are the values [D]; of these,
    falling, a QR factorisation makes orthonormal vectors even where a value is 0.
    """
    (a,) = node.operands
    if 0 in a.type.shape[-2:]:
        u, s, vh = (_of(r.type) for r in node.results)
        return u, s, vh
    rows, cols = a.type.shape[-2:]
    u, s, vh = _spectrum(a)
    return (columns(u, cols), s, vh) if rows >= cols else (u, s, _first_rows(vh, rows))


def svd_full(node: Node) -> tuple[X, X, X]:
    """The same with all of the vectors."""
    (a,) = node.operands
    if 0 in a.type.shape[-2:]:
        u, s, vh = (r.type for r in node.results)
        return identity(u), _of(s), identity(vh)
    return _spectrum(a)


def _spectrum(a: X) -> tuple[X, X, X]:
    """All left vectors as columns, the values, all right vectors as rows."""
    if a.type.shape[-2] >= a.type.shape[-1]:
        return _tall(a)
    u, s, vh = _tall(swap(a))
    return swap(vh), s, swap(u)


def _tall(a: X) -> tuple[X, X, X]:
    n, axis = a.type.shape[-1], a.type.ndim - 2
    size = o.max(o.abs(a), axes=(axis, axis + 1))
    size = o.where(o.equal(size, _like(size, 0)), _like(size, 1), size)

    def going(w: X, v: X) -> X:
        gram: Any = o.matmul(swap(w), w)
        norms: Any = diagonal(gram)
        due = as_rows(norms, gram.type) * as_columns(norms * _at(_noise(gram), norms), gram.type)
        off: Any = keep(gram, o.not_equal)
        return o.any(o.greater(off * off, due), axes=(axis, axis + 1))

    def turn(round: Operand, w: X, v: X) -> Sequence[Operand]:
        j = _turns(o.matmul(swap(w), w), round)
        return [o.matmul(w, j), o.matmul(v, j)]

    start = [a / _at(size, a), identity(a.type.with_shape((*a.type.shape[:-2], n, n)))]
    w, v = _sweeps(turn, going, start, n)
    falling = o.argsort(-o.sum(w * w, axes=(axis,)), axis=axis)
    order = _permutation(falling, v.type)
    q, r = _reflected(o.matmul(w, order), n)
    on = diagonal(_first_rows(r, n))
    negative = as_columns(o.sum(_signs(r), axes=(axis + 1,)), q.type)
    u = o.where(o.less(negative, _like(negative, 0)), -q, q)
    return u, o.abs(on) * _at(size, on), swap(o.matmul(v, order))


def _signs(r: X) -> X:
    """Per row, -1 where the diagonal is negative, and 0 elsewhere."""
    below = o.less(keep(r, o.equal), _like(r, 0))
    return o.where(below, _like(r, -1), _like(r, 0))


def _at(x: X, like: X) -> X:
    """A number for each matrix, for every element of `like`."""
    return broadcast_in_dim(x, like.type.shape, tuple(range(x.type.ndim)))


DECOMPOSED: Final[dict[Op, Decomposition]] = {
    o.qr: Decomposition(qr),
    o.qr_complete: Decomposition(qr_complete),
    o.eigh: Decomposition(eigh),
    o.svd: Decomposition(svd),
    o.svd_full: Decomposition(svd_full),
}
