"""scipy.linalg: factorisations, as plain tuples and with scipy's arguments."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.frontend.numpy import decompositions, linalg
from gradloom.frontend.numpy.lift import Array, as_array
from gradloom.frontend.scipy.systems import cholesky, solve_triangular
from gradloom.frontend.tracer import refuse, wrap
from gradloom.ir import ops as o


def qr(
    a: Any,
    overwrite_a: bool = False,
    lwork: Any = None,
    mode: str = "full",
    pivoting: bool = False,
    check_finite: bool = True,
) -> Any:
    """(Q, R): square and tall (full) or reduced (economic); (R,) alone with mode="r"."""
    if pivoting:
        raise refuse("scipy.linalg.qr", "pivoting=True orders columns by values")
    if mode not in ("full", "qr", "r", "economic"):
        if mode == "raw":
            raise refuse("scipy.linalg.qr", "mode='raw'", "use np.linalg.qr(a, mode='raw')")
        raise ValueError("Mode argument should be one of ['full', 'r', 'economic', 'raw']")
    q, r = decompositions.qr(a, "reduced" if mode == "economic" else "complete")
    return (r,) if mode == "r" else (q, r)


def svd(
    a: Any,
    full_matrices: bool = True,
    compute_uv: bool = True,
    overwrite_a: bool = False,
    check_finite: bool = True,
    lapack_driver: str = "gesdd",
) -> Any:
    """(U, s, V^H), or s alone."""
    found = decompositions.svd(a, full_matrices, compute_uv)
    return tuple(found) if compute_uv else found


def svdvals(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """The singular values in descending order."""
    return decompositions.svdvals(a)


def polar(a: Any, side: str = "right") -> Any:
    """(u, p): a unitary and a semidefinite matrix, a = u p or (left) p u."""
    if side not in ("right", "left"):
        raise ValueError("`side` must be either 'right' or 'left'")
    w, s, vh = decompositions.svd(a, full_matrices=False)
    u = w @ vh
    if side == "right":
        return u, (np.conj(np.swapaxes(vh, -1, -2)) * s[..., None, :]) @ vh
    return u, (w * s[..., None, :]) @ np.conj(np.swapaxes(w, -1, -2))


# ---- eigenvalues ---------------------------------------------------------------------------------


def eigh(
    a: Any,
    b: Any = None,
    *,
    lower: bool = True,
    eigvals_only: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    type: int = 1,
    check_finite: bool = True,
    subset_by_index: Any = None,
    subset_by_value: Any = None,
    driver: Any = None,
) -> Any:
    """(w, v) of a hermitian matrix, of `a v = w b v` where `b` is given; w alone if so asked."""
    if subset_by_value is not None:
        raise refuse("scipy.linalg.eigh", "subset_by_value: how many there are depends on values")
    if b is None:
        w, v = decompositions.eigh(a, "L" if lower else "U")
    else:
        w, v = _generalised(a, b, lower, type)
    if subset_by_index is not None:
        first, last = (int(i) for i in subset_by_index)
        if not 0 <= first <= last < w.shape[-1]:
            raise ValueError(f"Requested eigenvalue indices are not valid: [{first}, {last}]")
        w, v = w[..., first : last + 1], v[..., first : last + 1]
    return w if eigvals_only else (w, v)


def _generalised(a: Any, b: Any, lower: bool, kind: int) -> tuple[Array, Array]:
    """By the Cholesky factor L of b: the eigenvalues of L^-1 a L^-H, its vectors by L^-H."""
    if kind != 1:
        raise refuse("scipy.linalg.eigh", f"type={kind}: of generalised problems a v = w b v alone")
    x: Array = wrap(linalg.matrices("eigh", a, square=True))
    low = cholesky(b, lower)
    low = low if lower else np.conj(np.swapaxes(low, -1, -2))
    half = np.tril(x, -1) if lower else np.triu(x, 1)
    eye = np.eye(x.shape[-1], dtype=x.dtype)
    whole = half + np.conj(np.swapaxes(half, -1, -2)) + np.real(x * eye).astype(x.dtype)
    left = solve_triangular(low, whole, lower=True)
    both = solve_triangular(low, np.conj(np.swapaxes(left, -1, -2)), lower=True)
    w, v = decompositions.eigh(both)
    return w, solve_triangular(low, v, trans=2, lower=True)


def eigvalsh(a: Any, b: Any = None, **kwargs: Any) -> Any:
    """The eigenvalues that `eigh` gives."""
    return eigh(a, b, eigvals_only=True, **kwargs)


def eig(
    a: Any,
    b: Any = None,
    left: bool = False,
    right: bool = True,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    homogeneous_eigvals: bool = False,
) -> Any:
    """Complex eigenvalues and vectors; these are real where values are at hand and all are real."""
    if b is not None or left or homogeneous_eigvals:
        raise refuse(
            "scipy.linalg.eig", "a second matrix, left vectors and homogeneous values", "use solve"
        )
    x = linalg.matrices("eig", a, square=True)
    w, v = (as_array(wrap(part)) for part in o.eig(x))
    if not right:
        return w
    return w, np.real(v) if x.type.dtype.kind != "c" and decompositions.is_real(w) else v


def eigvals(a: Any, b: Any = None, **kwargs: Any) -> Any:
    """The complex eigenvalues."""
    return eig(a, b, right=False, **kwargs)
