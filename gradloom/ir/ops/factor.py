"""Factorisations of stacks of matrices: qr, eigh and svd; leading axes are batch.

eigh has a hermitian operand: its rule takes the hermitian part of a tangent, as in JAX, although
the op reads the lower triangle only. Vectors are unique up to a sign (or phase), and so is what
depends on it. Derivatives of vectors divide by differences of eigenvalues or singular values and
have 0 in place of 1/0. So results stay finite when values are equal: right for the values
themselves and symmetric functions of them; not for vectors, which have no derivative there, nor for
what is rebuilt from them.

Sources: [G] Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation", 2008. [S] Seeger et al., "Auto-differentiating linear algebra", 2017. [L] Walter
and Lehmann, "Algorithmic differentiation of linear algebra functions", 2010. [T] Townsend,
"Differentiating the singular value decomposition", 2016. [W] Wan and Zhang, "Automatic
differentiation for complex valued SVD", 2019. [GVL] Golub and Van Loan, "Matrix Computations",
4th ed., for FLOPs.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.graph import Node, Operand
from gradloom.ir.op import Op, Rule
from gradloom.ir.ops.matrices import (
    adjoint,
    as_columns,
    as_rows,
    cast,
    columns,
    diagonal,
    hermitian_part,
    keep,
    matrix_cost,
    real_if_complex,
    reciprocal_or_zero,
    square_axes,
    swap,
    thin_axes,
)
from gradloom.ir.ops.rules import leading, real_dtype
from gradloom.ir.types import DType, TensorType


def _qr_jvp(node: Node, t: Operand) -> tuple[Operand, Operand]:
    """dQ = c + Q (w - Q^H c) and dR = Q^H dA - w R [L; S].

    Here c = dA1 R1^-1, of the first min(m, n) columns, and w = Q^H dQ is skew: its lower triangle
    and (imaginary) diagonal are those of Q^H c, as R's diagonal is real.
    """
    q, r = node.results
    k = r.type.shape[-2]
    first, r1 = columns(t, k), columns(r, k)
    c = swap(o.triangular_solve(r1, swap(first), lower=False, transpose_a=True))
    inner = o.matmul(adjoint(q), c)
    below = keep(inner, o.greater)
    skew = below - adjoint(below)
    if q.type.dtype.kind == "c":
        on = keep(inner, o.equal)
        skew = skew + (on - adjoint(on)) * 0.5
    dr = o.matmul(adjoint(q), t) - o.matmul(skew, r)
    return c + o.matmul(q, skew - inner), keep(dr, o.less_equal)


def _qr_flops(m: int, n: int, _: int) -> float:
    """Reflector i costs 4 (m - i)(n - i) on the matrix and 4 (m - i)(k - i) on Q [GVL, 5.2.2]."""
    k = min(m, n)
    return 4 * m * n * k - 2 * (m + n) * k**2 + 4 * k**3 / 3 + 2 * m * k**2 - 2 * k**3 / 3


qr: Final[Op] = Op(
    "qr",
    np.linalg.qr,
    Rule(_qr_jvp),
    axes=thin_axes("qr", ("nm", "mm"), ("nn", "nm")),
    results=2,
    batch=leading("qr"),
    cost=matrix_cost(_qr_flops),
    domain="all matrices (signs of R's diagonal as LAPACK gives); "
    "derivative: the first min(m, n) columns are independent",
)


def _spread(values: Operand, square: TensorType) -> Operand:
    """1 / (v_j - v_i) at [i, j], and 0 where both are equal; real."""
    real = square.with_dtype(values.type.dtype)
    return reciprocal_or_zero(as_columns(values, real) - as_rows(values, real))


def _eigh_jvp(node: Node, t: Operand) -> tuple[Operand, Operand]:
    """With m = V^H dA V: dw is its diagonal, dV = V (m_ij / (w_j - w_i)) off it [G, 3.1; S]."""
    w, v = node.results
    m = o.matmul(o.matmul(adjoint(v), hermitian_part(t)), v)
    return real_if_complex(diagonal(m)), o.matmul(v, m * cast(_spread(w, m.type), m.type.dtype))


def _values_then_vectors(attrs: None, dtype: DType) -> tuple[DType, DType]:
    return real_dtype(dtype), dtype


eigh: Final[Op] = Op(
    "eigh",
    lambda a: np.linalg.eigh(a, UPLO="L"),
    Rule(_eigh_jvp),
    axes=square_axes("eigh", "n", "nm"),
    dtype=_values_then_vectors,
    results=2,
    batch=leading("eigh"),
    cost=matrix_cost(lambda n, *_: 9 * n**3),  # [GVL] 8.3.5, with vectors
    domain="a is hermitian (its lower triangle is read); vectors up to a sign or phase; "
    "derivative of vectors: distinct eigenvalues",
)


def _beyond(t: Operand, other: Operand, mine: Operand, inverse: Operand) -> Operand:
    """(1 - U U^H) dA V S^-1: what leaves the span of U, which has fewer columns than rows [T]."""
    moved = o.matmul(t, other)
    outside = moved - o.matmul(mine, o.matmul(adjoint(mine), moved))
    result: Operand = outside * as_columns(inverse, outside.type)
    return result


def _svd_jvp(node: Node, t: Operand) -> tuple[Operand, Operand, Operand]:
    """ds = diag p, dU = U f (p s + s p^H), dV = V f (s p + p^H s).

    Here p = U^H dA V and f_ij = 1 / (s_j^2 - s_i^2), multiplied element by element.
    Complex vectors have a free phase: the imaginary part of p's diagonal all goes to U [T; W].
    """
    u, s, vh = node.results
    v, (rows, cols) = adjoint(vh), node.operands[0].type.shape[-2:]
    p = o.matmul(o.matmul(adjoint(u), t), v)
    ph, wide, tall = adjoint(p), as_columns(s, p.type), as_rows(s, p.type)
    f = cast(_spread_squares(s, p.type), p.type.dtype)
    inverse = reciprocal_or_zero(s)
    turn_u, turn_v = f * (p * wide + tall * ph), f * (tall * p + ph * wide)
    if p.type.dtype.kind == "c":
        turn_u = turn_u + keep(p - ph, o.equal) * as_columns(inverse, p.type) * 0.5
    du, dv = o.matmul(u, turn_u), o.matmul(v, turn_v)
    if rows > cols:
        du = du + _beyond(t, v, u, inverse)
    if cols > rows:
        dv = dv + _beyond(adjoint(t), u, v, inverse)
    return du, real_if_complex(diagonal(p)), adjoint(dv)


def _spread_squares(s: Operand, square: TensorType) -> Operand:
    """1 / ((s_j - s_i)(s_j + s_i)) at [i, j], and 0 where both are equal; real."""
    real = square.with_dtype(s.type.dtype)
    wide, tall = as_columns(s, real), as_rows(s, real)
    return reciprocal_or_zero((wide - tall) * (wide + tall))


def _svd_flops(rows: int, cols: int, _: int) -> float:
    """Thin U, S and V by Golub and Reinsch [GVL, figure 8.6.1]."""
    m, n = max(rows, cols), min(rows, cols)
    return 14 * m * n**2 + 8 * n**3


svd: Final[Op] = Op(
    "svd",
    lambda a: np.linalg.svd(a, full_matrices=False),
    Rule(_svd_jvp),
    axes=thin_axes("svd", ("nm", "m", "mm"), ("nn", "n", "nm")),
    dtype=lambda attrs, dtype: (dtype, real_dtype(dtype), dtype),
    results=3,
    batch=leading("svd"),
    cost=matrix_cost(_svd_flops),
    domain="all matrices; vectors up to a sign or phase; "
    "derivative of vectors: distinct singular values above 0",
)
