"""Determinants and adjugates of stacks of matrices: leading axes are batch.

Sources: [G] Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation", 2008. [MN] Magnus and Neudecker, "Matrix Differential Calculus", 3rd ed. [GVL]
Golub and Van Loan, "Matrix Computations", 4th ed., for FLOPs.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.constants import Constant
from gradloom.ir.graph import Node, Operand, literal
from gradloom.ir.op import Op, Rule
from gradloom.ir.ops.matrices import (
    adjoint,
    as_columns,
    as_rows,
    cast,
    columns,
    columns_from,
    diagonal,
    identity,
    keep,
    mask,
    matrix_cost,
    square_axes,
    trace,
)
from gradloom.ir.ops.rules import broadcast_in_dim, leading, real_dtype, zeros_like
from gradloom.ir.types import DType, TensorType

# ---- the adjugate --------------------------------------------------------------------------------
#
# With a = U S V^H it is adj(a) = det(U V^H) V adj(S) U^H, for a matrix of any rank, where adj(S)
# holds on its diagonal the products of all other singular values.


def _adjugate_numpy(a: np.ndarray) -> Any:
    u, s, vh = np.linalg.svd(a)
    n = s.shape[-1]
    others = np.where(np.eye(n, dtype=bool), s.dtype.type(1), s[..., None, :]).prod(axis=-1)
    turn = np.linalg.det(u @ vh)[..., None, None]
    found = turn * ((vh.swapaxes(-1, -2).conj() * others[..., None, :]) @ u.swapaxes(-1, -2).conj())
    return found.astype(a.dtype, copy=False)


def _all_but_one(s: Operand, square: TensorType) -> Operand:
    """At [..., i, k]: value k, and 1 on the diagonal."""
    values = as_columns(s, square)
    result: Operand = o.where(mask(square, o.equal), zeros_like(values) + 1, values)
    return result


def _all_but_two(s: Operand, square: TensorType) -> Operand:
    """The products of all values but i and j, off the diagonal.

    By what stands before and after j, as a quotient would lose everything where a value is near 0.
    """
    kept, axis, n = _all_but_one(s, square), square.ndim - 1, square.shape[-1]
    edge = literal(1, square.with_shape((*square.shape[:-1], 1)))
    ahead = columns(o.cumulative_prod(kept, axis=axis), n - 1)
    behind = columns_from(o.cumulative_prod(kept, axis=axis, reverse=True), 1)
    both = o.concatenate(edge, ahead, axis=axis) * o.concatenate(behind, edge, axis=axis)
    return keep(both, o.not_equal)


def _between(u: Operand, inner: Operand, vh: Operand) -> Operand:
    """det(U V^H) V inner U^H."""
    turn = o.det(o.matmul(u, vh))
    product = o.matmul(o.matmul(adjoint(vh), inner), adjoint(u))
    lead = tuple(range(turn.type.ndim))
    result: Operand = product * broadcast_in_dim(turn, product.type.shape, lead)
    return result


def _real(square: TensorType) -> TensorType:
    return square.with_dtype(real_dtype(square.dtype))


def _adjugate_decompose(node: Node) -> Operand:
    (a,) = node.operands
    u, s, vh = o.svd(a)
    one = o.prod(_all_but_one(s, _real(a.type)), axes=(a.type.ndim - 1,))
    return _between(u, as_columns(one, a.type) * identity(a.type), vh)


def _adjugate_jvp(node: Node, t: Operand) -> Operand:
    """That of the diagonal matrix S along p = U^H da V, put between the vectors again.

    Off the diagonal it is -p_ij, on it the sum of the other p_kk, each times the product of the
    singular values left over.
    """
    (a,) = node.operands
    if a.type.shape[-1] == 0:
        return zeros_like(a)
    u, s, vh = o.svd(a)
    p = o.matmul(o.matmul(adjoint(u), t), adjoint(vh))
    two = cast(_all_but_two(s, _real(a.type)), a.type.dtype)
    moved = as_columns(diagonal(p), a.type) * two
    sums = as_rows(o.sum(moved, axes=(a.type.ndim - 1,)), a.type)
    return _between(u, keep(sums, o.equal) - p * two, vh)


adjugate: Final[Op] = Op(
    "adjugate",
    _adjugate_numpy,
    Rule(_adjugate_jvp),
    axes=square_axes("adjugate", "mn"),
    batch=leading("adjugate"),
    decompose=_adjugate_decompose,
    cost=matrix_cost(lambda n, *_: 26 * n**3),  # [GVL] figure 8.6.1, and two products
    domain="all square matrices",
)

# ---- the determinant -----------------------------------------------------------------------------

_COFACTORS_TO: Final = 4
"""Up to this size the derivative of det is by n^2 cofactors, each a det itself."""


def cofactors(a: Operand, n: int) -> Operand:
    """(-1)^(i+j) det(a without row i and column j), at [i, j]."""
    others = np.array([[j for j in range(n) if j != i] for i in range(n)], dtype=np.int64).reshape(
        n, n - 1
    )
    shape, lead = (n, n, n - 1, n - 1), a.type.ndim - 2
    rows = np.broadcast_to(others[:, None, :, None], shape)
    cols = np.broadcast_to(others[None, :, None, :], shape)
    signs = np.where(np.add.outer(range(n), range(n)) % 2, -1, 1).astype(a.type.dtype)
    index = [o.constant(value=Constant(np.ascontiguousarray(part))) for part in (rows, cols)]
    minors = o.gather(a, *index, axes=(lead, lead + 1))
    minors = o.permute_dims(minors, perm=(*range(4, 4 + lead), 0, 1, 2, 3))
    signs_like = o.broadcast_to(o.constant(value=Constant(signs)), shape=a.type.shape)
    result: Operand = o.multiply(o.det(minors), signs_like)
    return result


def _det_jvp(node: Node, t: Operand) -> Operand | None:
    """tr(adj(a) da), which needs no inverse [MN, 8.3]; by cofactors for small matrices."""
    (a,) = node.operands
    n, axes = a.type.shape[-1], (a.type.ndim - 2, a.type.ndim - 1)
    if n == 0:
        return None
    if n == 1:
        return trace(t)
    if isinstance(n, int) and n <= _COFACTORS_TO:
        result: Operand = o.sum(cofactors(a, n) * t, axes=axes)
        return result
    return trace(o.matmul(o.adjugate(a), t))


def _det_decompose(node: Node) -> Operand:
    sign, logabsdet = o.slogdet(node.operands[0])
    size = o.exp(logabsdet)
    result: Operand = sign * (
        size if size.type == sign.type else o.astype(size, dtype=sign.type.dtype)
    )
    return result


det: Final[Op] = Op(
    "det",
    np.linalg.det,
    Rule(_det_jvp),
    axes=square_axes("det", ""),
    batch=leading("det"),
    decompose=_det_decompose,
    cost=matrix_cost(lambda n, *_: 2 * n**3 / 3),  # [GVL] 3.2.8
    domain="all square matrices",
)


def _slogdet_jvp(node: Node, t: Operand) -> tuple[Operand | None, Operand]:
    """d log det(a) = tr(a^-1 da) [G, 2.2.4]; its imaginary part turns a complex sign."""
    moved = trace(o.solve(node.operands[0], t))
    sign = node.results[0]
    if sign.type.dtype.kind != "c":
        return None, moved
    turn = o.imag(moved)
    return sign * o.complex(zeros_like(turn), turn), o.real(moved)


def _sign_and_log(attrs: None, dtype: DType) -> tuple[DType, DType]:
    return dtype, real_dtype(dtype)


slogdet: Final[Op] = Op(
    "slogdet",
    np.linalg.slogdet,
    Rule(_slogdet_jvp),
    axes=square_axes("slogdet", "", ""),
    dtype=_sign_and_log,
    results=2,
    batch=leading("slogdet"),
    cost=matrix_cost(lambda n, *_: 2 * n**3 / 3),  # [GVL] 3.2.8
    domain="all square matrices; for the derivative, invertible",
)
