"""Factorisations of stacks of matrices: qr, eigh and svd; leading axes are batch.

eigh has a hermitian operand: its rule takes the hermitian part of a tangent, as in JAX, although
the op reads the lower triangle only. Vectors are unique up to a sign (or phase), and so is what
depends on it. Derivatives of vectors divide by differences of eigenvalues or singular values; where
values are equal, see `gaps.py`. Derivatives of the values alone divide by nothing.

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
from gradloom.ir.ops.gaps import noise, over, over_gaps, undetermined_where
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
    square_axes,
    swap,
    thin_axes,
)
from gradloom.ir.ops.rules import leading, real_dtype
from gradloom.ir.types import DType


def _qr_jvp(node: Node, t: Operand) -> tuple[Operand, Operand]:
    """dQ = c + Q (w - Q^H c) and dR = Q^H dA - w R [L; S].

    Here c = dA1 R1^-1, of the first min(m, n) columns, and w = Q^H dQ is skew: its lower triangle
    and (imaginary) diagonal are those of Q^H c, as R's diagonal is real.
    """
    q, r = node.results
    return qr_tangents(q, r, t)


def qr_tangents(q: Operand, r: Operand, t: Operand) -> tuple[Operand, Operand]:
    """The tangents of reduced Q and R; `t` is that of the matrix."""
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


def _eigh_jvp(node: Node, t: Operand) -> tuple[Operand, Operand]:
    """With m = V^H dA V: dw is its diagonal, dV = V (m_ij / (w_j - w_i)) off it [G, 3.1; S]."""
    w, v = node.results
    m = o.matmul(o.matmul(adjoint(v), hermitian_part(t)), v)
    real = m.type.with_dtype(w.type.dtype)
    gap = as_columns(w, real) - as_rows(w, real)
    same = o.less_equal(o.abs(gap), noise(w, real.shape[-2:]))
    return real_if_complex(diagonal(m)), o.matmul(v, over_gaps(m, m, gap, same))


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


def _beyond(t: Operand, other: Operand, mine: Operand, s: Operand) -> Operand:
    """(1 - U U^H) dA V S^-1: what leaves the span of U, which has fewer columns than rows [T]."""
    moved = o.matmul(t, other)
    outside = moved - o.matmul(mine, o.matmul(adjoint(mine), moved))
    real = outside.type.with_dtype(s.type.dtype)
    values = as_columns(s, real)
    none = o.less_equal(values, noise(s, real.shape[-2:]))
    result: Operand = over(outside, values, none) + undetermined_where(none, outside)
    return result


def _phase(p: Operand, s: Operand) -> Operand:
    """The imaginary part of p's diagonal over S: how the phase of a pair of vectors turns."""
    real = p.type.with_dtype(s.type.dtype)
    values = as_columns(s, real)
    none, turn = o.less_equal(values, noise(s, real.shape[-2:])), keep(p - adjoint(p), o.equal)
    result: Operand = over(turn * 0.5, values, none) + undetermined_where(none, turn)
    return result


def _svd_jvp(node: Node, t: Operand) -> tuple[Operand, Operand, Operand]:
    u, s, vh = node.results
    return svd_tangents(u, s, vh, t)


def svd_tangents(
    u: Operand, s: Operand, vh: Operand, t: Operand
) -> tuple[Operand, Operand, Operand]:
    """ds = diag p, dU = U f (p s + s p^H), dV = V f (s p + p^H s), for thin U and V.

    Here p = U^H dA V and f_ij = 1 / (s_j^2 - s_i^2), multiplied element by element.
    Complex vectors have a free phase: the imaginary part of p's diagonal all goes to U [T; W].
    """
    v, (rows, cols) = adjoint(vh), t.type.shape[-2:]
    p = o.matmul(o.matmul(adjoint(u), t), v)
    real = p.type.with_dtype(s.type.dtype)
    wide, tall = as_columns(s, real), as_rows(s, real)
    same = o.less_equal(o.abs(wide - tall), noise(s, real.shape[-2:]))
    gap = (wide - tall) * (wide + tall)
    sj, si, ph = cast(wide, p.type.dtype), cast(tall, p.type.dtype), adjoint(p)
    turn_u = over_gaps(p * sj + si * ph, p, gap, same)
    turn_v = over_gaps(si * p + ph * sj, p, gap, same)
    if p.type.dtype.kind == "c":
        turn_u = turn_u + _phase(p, s)
    du, dv = o.matmul(u, turn_u), o.matmul(v, turn_v)
    if rows > cols:
        du = du + _beyond(t, v, u, s)
    if cols > rows:
        dv = dv + _beyond(adjoint(t), u, v, s)
    return du, real_if_complex(diagonal(p)), adjoint(dv)


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
