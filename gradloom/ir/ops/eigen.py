"""Eigenvalues and right eigenvectors of general square matrices: always complex.

Sources: [G] Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation", 2008. [B] Boeddeker, Hanebrink, Drude, Heymann, Haeb-Umbach, "On the computation
of complex-valued gradients with application to statistically optimum beamforming", 2017. [GVL]
Golub and Van Loan, "Matrix Computations", 4th ed., for FLOPs.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.graph import Node, Operand
from gradloom.ir.op import Op, Rule
from gradloom.ir.ops.gaps import noise, over_gaps
from gradloom.ir.ops.matrices import (
    adjoint,
    as_columns,
    as_rows,
    cast,
    diagonal,
    matrix_cost,
    square_axes,
)
from gradloom.ir.ops.rules import broadcast_in_dim, complex_dtype, leading, zeros_like
from gradloom.ir.types import DType


def _eig_numpy(a: np.ndarray) -> tuple[Any, Any]:
    values, vectors = np.linalg.eig(a)
    dtype = complex_dtype(a.dtype)
    return values.astype(dtype), vectors.astype(dtype)


def _held(v: Operand, t: Operand) -> Operand:
    """`t` plus multiples of the vectors, so that they stay as LAPACK scales them.

    That is: of norm 1, the largest element real.
    """
    last = v.type.ndim - 1
    norm_moves = o.real(diagonal(o.matmul(adjoint(v), t)))
    size = o.square(o.real(v)) + o.square(o.imag(v))
    highest = broadcast_in_dim(
        o.argmax(size, axis=last - 1), v.type.shape, (*range(last - 1), last)
    )
    row = o.iota(dtype=highest.type.dtype, shape=v.type.shape, axis=last - 1)
    at = o.equal(row, highest)
    none = zeros_like(v)
    pivot = o.sum(o.where(at, v, none), axes=(last - 1,))
    moved = o.sum(o.where(at, t, none), axes=(last - 1,))
    scale = -o.complex(norm_moves, o.imag(moved / pivot))
    result: Operand = t + v * as_columns(scale, v.type)
    return result


def _eig_jvp(node: Node, t: Operand) -> tuple[Operand, Operand]:
    """With m = V^-1 dA V: dw is its diagonal, dV = V (m_ij / (w_j - w_i)) off it [G, 3.1; B]."""
    w, v = node.results
    if v.type.shape[-1] == 0:
        return zeros_like(w), zeros_like(v)
    m = o.solve(v, o.matmul(cast(t, v.type.dtype), v))
    gap = as_columns(w, m.type) - as_rows(w, m.type)
    same = o.less_equal(o.abs(gap), noise(w, m.type.shape[-2:]))
    return diagonal(m), _held(v, o.matmul(v, over_gaps(m, m, gap, same)))


def _both_complex(attrs: None, dtype: DType) -> tuple[DType, DType]:
    return complex_dtype(dtype), complex_dtype(dtype)


eig: Final[Op] = Op(
    "eig",
    _eig_numpy,
    Rule(_eig_jvp),
    axes=square_axes("eig", "n", "nm"),
    dtype=_both_complex,
    results=2,
    batch=leading("eig"),
    cost=matrix_cost(lambda n, *_: 25 * n**3),  # [GVL] 7.5.6, with vectors
    domain="all square matrices, values in any order; vectors have norm 1 and a real largest "
    "element, up to a sign; derivative: independent vectors; of vectors: distinct values",
)
