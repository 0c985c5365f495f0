"""Factorisations with square orthogonal factors: qr_complete and svd_full; leading axes are batch.

The columns beyond the reduced factors are any orthonormal basis of what is left, so they have no
derivative: it is 0 or NaN as `gaps.py` says. The other results have those of `qr` and `svd`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.graph import Node, Operand, literal
from gradloom.ir.op import Op, Rule
from gradloom.ir.ops.factor import qr_tangents, svd_tangents
from gradloom.ir.ops.matrices import (
    adjoint,
    columns,
    columns_from,
    matrix_cost,
    rows,
    thin_axes,
)
from gradloom.ir.ops.rules import leading, real_dtype
from gradloom.ir.types import Dim


def _completed(q: Operand, k: int | Dim, t: Operand) -> Operand:
    """The tangent of a square factor, from that of its first `k` columns.

    The others stay orthogonal to those, and may turn among themselves in any way.
    """
    if q.type.shape[-1] == k:
        return t
    rest = o.stop_gradient(columns_from(q, k))  # a NaN tangent of it would spread by 0 * NaN
    moved = o.matmul(columns(q, k), o.matmul(adjoint(t), rest))
    result: Operand = o.concatenate(t, o.undetermined(moved), axis=q.type.ndim - 1)
    return result


def _qr_complete_jvp(node: Node, t: Operand) -> tuple[Operand, Operand]:
    q, r = node.results
    m, n = r.type.shape[-2:]
    if not m > n:
        return qr_tangents(q, r, t)
    dq, dr = qr_tangents(columns(q, n), rows(r, n), t)
    below = literal(0, r.type.with_shape((*r.type.shape[:-2], m - n, n)))
    return _completed(q, n, dq), o.concatenate(dr, below, axis=r.type.ndim - 2)


qr_complete: Final[Op] = Op(
    "qr_complete",
    lambda a: np.linalg.qr(a, mode="complete"),
    Rule(_qr_complete_jvp),
    axes=thin_axes("qr_complete", ("nn", "nm"), ("nn", "nm")),
    results=2,
    batch=leading("qr_complete"),
    cost=matrix_cost(lambda m, n, _: 4 * m * m * n + 2 * m * n * n),  # [GVL] 5.2.2
    domain="all matrices; derivative: the first min(m, n) columns are independent, "
    "and the further columns of q are not used",
)


def _svd_full_jvp(node: Node, t: Operand) -> tuple[Operand, Operand, Operand]:
    u, s, vh = node.results
    k = s.type.shape[-1]
    du, ds, dvh = svd_tangents(columns(u, k), s, rows(vh, k), t)
    return _completed(u, k, du), ds, adjoint(_completed(adjoint(vh), k, adjoint(dvh)))


svd_full: Final[Op] = Op(
    "svd_full",
    lambda a: np.linalg.svd(a, full_matrices=True),
    Rule(_svd_full_jvp),
    axes=thin_axes("svd_full", ("nn", "m", "mm"), ("nn", "n", "mm")),
    dtype=lambda attrs, dtype: (dtype, real_dtype(dtype), dtype),
    results=3,
    batch=leading("svd_full"),
    cost=matrix_cost(lambda m, n, _: 4 * m * m * n + 8 * m * n * n + 9 * min(m, n) ** 3),
    domain="all matrices; vectors up to a sign or phase; derivative of vectors: distinct singular "
    "values above 0, and the further columns of u and rows of vh are not used",
)
