"""scipy.linalg: matrices made of vectors and of other matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.frontend.numpy.lift import Array, as_array
from gradloom.frontend.tracer import refuse
from gradloom.ir.types import Dim


def _vector(name: str, x: Any) -> Array:
    """A vector of known length; scipy takes a number for one element."""
    v = np.atleast_1d(as_array(x))
    if v.ndim != 1:
        raise refuse(f"scipy.linalg.{name}", f"of an array of shape {v.shape}", "use gl.vmap")
    if isinstance(v.shape[0], Dim):
        raise refuse(f"scipy.linalg.{name}", "the size is a named dimension")
    return v


def toeplitz(c: Any, r: Any = None) -> Any:
    """The matrix of constant diagonals with this first column and row."""
    column = _vector("toeplitz", c)
    row = np.conj(column) if r is None else _vector("toeplitz", r)
    values = np.concatenate([np.flip(column), row[1:]])
    m, n = int(column.shape[0]), int(row.shape[0])
    return values[np.arange(m - 1, -1, -1)[:, None] + np.arange(n)]


def hankel(c: Any, r: Any = None) -> Any:
    """The matrix of constant antidiagonals with this first column and last row."""
    column = _vector("hankel", c)
    row = np.zeros_like(column) if r is None else _vector("hankel", r)
    values = np.concatenate([column, row[1:]])
    return values[np.arange(int(column.shape[0]))[:, None] + np.arange(int(row.shape[0]))]


def circulant(c: Any) -> Any:
    """The matrix whose columns are this one, turned."""
    column = _vector("circulant", c)
    n = int(column.shape[0])
    return column[(np.arange(n)[:, None] - np.arange(n)) % max(n, 1)]


def companion(a: Any) -> Any:
    """The companion matrix of a polynomial, the highest power first."""
    p = _vector("companion", a)
    n = int(p.shape[0])
    if n < 2:
        raise ValueError("The length of `a` along the last axis must be at least 2.")
    first = -p[1:] / (1.0 * p[0])
    return np.concatenate([first[None], np.eye(n - 2, n - 1, dtype=first.dtype)])


def block_diag(*arrs: Any) -> Any:
    """The matrices along the diagonal of one, 0 elsewhere."""
    blocks = [np.atleast_2d(as_array(x)) for x in arrs or ([],)]
    if any(x.ndim > 2 for x in blocks):
        raise refuse("scipy.linalg.block_diag", "of stacks of matrices", "use gl.vmap")
    width = sum(int(x.shape[1]) for x in blocks)
    dtype = np.result_type(*[x.dtype for x in blocks])
    rows, start = [], 0
    for x in blocks:
        n = int(x.shape[1])
        rows.append(np.pad(x.astype(dtype), ((0, 0), (start, width - start - n))))
        start += n
    return np.concatenate(rows)


def khatri_rao(a: Any, b: Any) -> Any:
    """The Kronecker products of columns."""
    x, y = as_array(a), as_array(b)
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1]:
        raise ValueError(
            "scipy.linalg.khatri_rao: two matrices of one width are due, "
            f"not {x.shape} and {y.shape}"
        )
    return np.reshape(x[:, None, :] * y[None], (-1, x.shape[1]))


def norm(
    a: Any, ord: Any = None, axis: Any = None, keepdims: bool = False, check_finite: bool = True
) -> Any:
    """The norm as np.linalg.norm has it."""
    return np.linalg.norm(as_array(a), ord=ord, axis=axis, keepdims=keepdims)
