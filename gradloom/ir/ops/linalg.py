"""Linear algebra on stacks of matrices: leading axes are batch, the last two are one piece.

Derivatives hold within each op's domain. cholesky has a hermitian operand, so its tangents are
hermitian: the rule takes a tangent's hermitian part, and gradients are hermitian, as in JAX,
although the op reads the lower triangle only. A derivative that needs an inverse needs an
invertible operand: for a singular one numpy raises `LinAlgError`.

Sources: [G] Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation", 2008. [M] Murray, "Differentiation of the Cholesky decomposition", 2016. [GVL]
Golub and Van Loan, "Matrix Computations", 4th ed., for FLOPs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.graph import Node, Operand
from gradloom.ir.op import Attrs, Op, Rule
from gradloom.ir.ops.matrices import (
    adjoint,
    hermitian_part,
    identity,
    keep,
    matrix_cost,
    solve_axes,
    square_axes,
    swap,
)
from gradloom.ir.ops.rules import batch_all, leading

Cotangents = tuple[Operand | None, ...]

# ---- cholesky ------------------------------------------------------------------------------------


def _cholesky_jvp(node: Node, t: Operand) -> Operand:
    """dL = L phi(L^-1 dA L^-H), phi: the lower triangle with half the diagonal [M, eq. 8]."""
    low = node.result
    half = adjoint(o.triangular_solve(low, hermitian_part(t), lower=True))
    both = adjoint(o.triangular_solve(low, half, lower=True))
    phi = keep(both, o.greater) + keep(both, o.equal) * 0.5
    result: Operand = o.matmul(low, phi)
    return result


cholesky: Final[Op] = Op(
    "cholesky",
    np.linalg.cholesky,
    Rule(_cholesky_jvp),
    axes=square_axes("cholesky", "nm"),
    batch=leading("cholesky"),
    cost=matrix_cost(lambda n, *_: n**3 / 3),  # [GVL] 4.2.5
    domain="a is hermitian and positive definite; its lower triangle is read",
)

# ---- solving -------------------------------------------------------------------------------------


def _solve_batch(op_name: str) -> Callable[..., Any]:
    """Where only b has the new axis, it becomes more columns, so that a is factored once."""

    def rule(
        attrs: Attrs | None, operands: Sequence[Operand], marks: Sequence[bool], size: int | Dim
    ) -> Operand:
        op, (a, b) = o.by_name(op_name), operands
        if marks[0]:
            return build.emit(op, tuple(batch_all(operands, marks, size)), attrs)[0]
        last = b.type.ndim - 1
        *lead, n, k = b.type.shape[1:]
        beside = o.permute_dims(b, perm=(*range(1, last), 0, last))
        wide = o.reshape(beside, shape=(*lead, n, size * k))
        solved = o.reshape(build.emit(op, (a, wide), attrs)[0], shape=(*lead, n, size, k))
        result: Operand = o.permute_dims(solved, perm=(last - 1, *range(last - 1), last))
        return result

    return rule


def _less(b: Operand | None, product: Operand | None) -> Operand:
    """b - product, where None is zero (never both)."""
    if product is None:
        assert b is not None
        return b
    return -product if b is None else b - product


def _solve_jvp(node: Node, da: Operand | None, db: Operand | None) -> Operand:
    """a^-1 (db - da x) [G, 2.3.1]."""
    a, _ = node.operands
    moved = None if da is None else o.matmul(da, node.result)
    result: Operand = o.solve(a, _less(db, moved))
    return result


def _solve_transpose(node: Node, ct: Operand, linear: tuple[bool, ...]) -> Cotangents:
    return None, o.solve(swap(node.operands[0]), ct)


solve: Final[Op] = Op(
    "solve",
    np.linalg.solve,
    Rule(_solve_jvp),
    axes=solve_axes("solve"),
    arity=2,
    transpose=_solve_transpose,
    batch=_solve_batch("solve"),
    cost=matrix_cost(lambda n, _, k: 2 * n**3 / 3 + 2 * n * n * k),  # [GVL] 3.2.8, 3.1.2
    domain="a is invertible",
)


@final
@dataclass(frozen=True, slots=True)
class Triangular(Attrs):
    """Which triangle of `a` is read; whether a^T stands for it; whether its diagonal is ones."""

    lower: bool
    transpose_a: bool = False
    unit_diagonal: bool = False


def _triangular_solve_numpy(attrs: Triangular, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    a = np.tril(a) if attrs.lower else np.triu(a)
    if attrs.unit_diagonal:
        a = np.where(np.eye(a.shape[-1], dtype=bool), a.dtype.type(1), a)
    a = np.swapaxes(a, -1, -2) if attrs.transpose_a else a
    if attrs.lower == attrs.transpose_a:
        return np.linalg.solve(a, b)
    # Back to front, a lower triangle is an upper one, for which LU is exactly back substitution.
    return np.linalg.solve(a[..., ::-1, ::-1], b[..., ::-1, :])[..., ::-1, :]


def _triangle(a: Operand, attrs: Triangular) -> Operand:
    """What is read of a, transposed if it stands so; a diagonal that counts as ones is left out."""
    if attrs.unit_diagonal:
        kept = keep(a, o.greater if attrs.lower else o.less)
    else:
        kept = keep(a, o.greater_equal if attrs.lower else o.less_equal)
    return swap(kept) if attrs.transpose_a else kept


def _triangular(node: Node) -> Triangular:
    assert isinstance(node.attrs, Triangular)
    return node.attrs


def _again(node: Node, b: Operand, transpose_a: bool) -> Operand:
    """The same triangle with another right-hand side."""
    attrs = _triangular(node)
    result: Operand = o.triangular_solve(
        node.operands[0],
        b,
        lower=attrs.lower,
        transpose_a=transpose_a,
        unit_diagonal=attrs.unit_diagonal,
    )
    return result


def _triangular_solve_jvp(node: Node, da: Operand | None, db: Operand | None) -> Operand:
    """a^-1 (db - da x), of da what is read of a [G, 2.3.1]."""
    attrs = _triangular(node)
    moved = None if da is None else o.matmul(_triangle(da, attrs), node.result)
    return _again(node, _less(db, moved), attrs.transpose_a)


def _triangular_solve_transpose(node: Node, ct: Operand, linear: tuple[bool, ...]) -> Cotangents:
    return None, _again(node, ct, not _triangular(node).transpose_a)


def _triangular_solve_decompose(node: Node) -> Operand:
    a, b = node.operands
    read = _triangle(a, _triangular(node))
    result: Operand = o.solve(
        read + identity(a.type) if _triangular(node).unit_diagonal else read, b
    )
    return result


triangular_solve: Final[Op] = Op(
    "triangular_solve",
    _triangular_solve_numpy,
    Rule(_triangular_solve_jvp),
    attrs=Triangular,
    axes=solve_axes("triangular_solve"),
    arity=2,
    transpose=_triangular_solve_transpose,
    batch=_solve_batch("triangular_solve"),
    decompose=_triangular_solve_decompose,
    cost=matrix_cost(lambda n, _, k: n * n * k),  # [GVL] 3.1.2
    domain="no zero on the diagonal of a, unless unit_diagonal",
)

# ---- inverse ---------------------------------------------------------------------


def _inv_jvp(node: Node, t: Operand) -> Operand:
    """-a^-1 da a^-1 [G, 2.2.3]."""
    y = node.result
    result: Operand = -o.matmul(o.matmul(y, t), y)
    return result


def _inv_decompose(node: Node) -> Operand:
    (a,) = node.operands
    result: Operand = o.solve(a, identity(a.type))
    return result


inv: Final[Op] = Op(
    "inv",
    np.linalg.inv,
    Rule(_inv_jvp),
    axes=square_axes("inv", "mn"),
    batch=leading("inv"),
    decompose=_inv_decompose,
    cost=matrix_cost(lambda n, *_: 2 * n**3),  # [GVL] 3.2.8 and n solves of the identity
    domain="a is invertible",
)
