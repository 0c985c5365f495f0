"""scipy.linalg: LU factorisation with partial pivoting, one step of a scan for each column."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.frontend.flow import fori_loop
from gradloom.frontend.numpy import linalg
from gradloom.frontend.numpy.lift import Array, as_array
from gradloom.frontend.scipy.systems import solve_triangular
from gradloom.frontend.tracer import refuse, wrap
from gradloom.ir.types import Dim


def _packed(name: str, a: Any) -> tuple[Array, Array, Array]:
    """L and U in one matrix, the row exchanged in each step, and the rows' final order."""
    x: Array = wrap(linalg.matrices(name, a))
    if x.ndim != 2 or isinstance(x.shape[0], Dim) or isinstance(x.shape[1], Dim):
        raise refuse(
            f"scipy.linalg.{name}", f"of an array of shape {x.shape}", "use gl.vmap for stacks"
        )
    m, n = x.shape
    rows, columns = np.arange(m), np.arange(n)

    def step(k: Any, state: Any) -> Any:
        """Row k exchanged with that of the largest element left in column k, then eliminated."""
        made, pivots, order = state
        column = np.take(made, k, axis=1)
        size = np.abs(np.real(column)) + np.abs(np.imag(column))
        pivot = np.argmax(np.where(rows >= k, size, -1.0))
        swapped = np.where(rows == k, pivot, np.where(rows == pivot, k, rows))
        made, order = np.take(made, swapped, axis=0), np.take(order, swapped)
        row, column = np.take(made, k, axis=0), np.take(made, k, axis=1)
        top = row[k]
        safe = np.where(top == 0, np.ones_like(top), top)
        factor = np.where(rows > k, column / safe, np.zeros_like(column))
        left = made - factor[:, None] * np.where(columns > k, row, np.zeros_like(row))
        below = (rows > k)[:, None] & (columns == k)
        made = np.where(below, factor[:, None], left)
        pivots = np.where(np.arange(pivots.shape[0]) == k, pivot.astype(np.int32), pivots)
        return made, pivots, order

    start = (x, as_array(np.zeros(min(m, n), np.int32)), as_array(np.arange(m)))
    made, pivots, order = fori_loop(0, min(m, n), step, start)
    return made, pivots, order


def lu(
    a: Any,
    permute_l: bool = False,
    overwrite_a: bool = False,
    check_finite: bool = True,
    p_indices: bool = False,
) -> Any:
    """(P, L, U) with a = P L U; (P L, U) if so asked, or indices p with a = L[p] U."""
    made, _, order = _packed("lu", a)
    m, n = made.shape
    k = min(m, n)
    low = np.tril(made[:, :k], -1) + np.eye(m, k, dtype=made.dtype)
    high = np.triu(made[:k])
    back = np.argsort(order)
    if permute_l:
        return np.take(low, back, axis=0), high
    if p_indices:
        return back.astype(np.int32), low, high
    real = np.finfo(made.dtype).dtype
    return (back[:, None] == np.arange(m)).astype(real), low, high


def lu_factor(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """(lu, piv): L and U in one matrix, and the row exchanged in each step."""
    made, pivots, _ = _packed("lu_factor", a)
    return made, pivots


def lu_solve(
    lu_and_piv: Any, b: Any, trans: int = 0, overwrite_b: bool = False, check_finite: bool = True
) -> Any:
    """The solution of a x = b (or a^T x = b, a^H x = b) from what `lu_factor` gives."""
    packed, pivots = (as_array(x) for x in lu_and_piv)
    if packed.ndim != 2 or packed.shape[0] != packed.shape[1]:
        raise refuse("scipy.linalg.lu_solve", f"factors of shape {packed.shape}")
    if trans not in (0, 1, 2):
        raise ValueError(f"trans={trans!r} is none of 0, 1, 2")
    rows, rhs = np.arange(packed.shape[0]), as_array(b)

    def exchanged(k: Any, order: Any) -> Any:
        other = pivots[k].astype(np.int64)
        return np.take(order, np.where(rows == k, other, np.where(rows == other, k, rows)))

    order = fori_loop(0, int(packed.shape[0]), exchanged, as_array(rows))

    def low(y: Any) -> Any:
        return solve_triangular(packed, y, trans, lower=True, unit_diagonal=True)

    def high(y: Any) -> Any:
        return solve_triangular(packed, y, trans)

    if trans == 0:
        return high(low(np.take(rhs, order, axis=0)))
    return np.take(low(high(rhs)), np.argsort(order), axis=0)
