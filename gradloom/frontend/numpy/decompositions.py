"""np.linalg: factorisations, in numpy's result classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import Array, as_array, value_at_hand
from gradloom.frontend.numpy.linalg import matrices
from gradloom.frontend.numpy.reflectors import reflectors
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import wrap
from gradloom.ir import ops as o
from gradloom.ir.graph import Operand
from gradloom.ir.ops.matrices import adjoint

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table

_QRResult: Final[Any] = type(np.linalg.qr(np.eye(1)))
_EigResult: Final[Any] = type(np.linalg.eig(np.eye(1)))
_EighResult: Final[Any] = type(np.linalg.eigh(np.eye(1)))
_SVDResult: Final[Any] = type(np.linalg.svd(np.eye(1)))
_MODES: Final = ("reduced", "complete", "r", "raw", "c", "full", "f", "economic", "e")

# ---- factorisations ------------------------------------------------------------------------------


def qr(a: Any, mode: str = "reduced") -> Any:
    """Q and R; with mode="r" R alone, with mode="raw" LAPACK's reflectors.

    The further columns of mode="complete" are any basis, and have no derivative: NaN where one is
    asked for.
    """
    x = matrices("qr", a)
    if mode not in _MODES:
        raise ValueError(f"Unrecognized mode '{mode}'")
    if mode in ("raw", "economic", "e"):
        return reflectors(x, mode)
    q, r = o.qr_complete(x) if mode in ("complete", "c") else o.qr(x)
    return wrap(r) if mode == "r" else _QRResult(wrap(q), wrap(r))


def eigh(a: Any, UPLO: str = "L") -> Any:
    """Ascending eigenvalues, and eigenvectors, of a hermitian matrix given by one triangle."""
    w, v = _eigh(a, UPLO, "eigh")
    return _EighResult(wrap(w), wrap(v))


def _eigh(a: Any, triangle: str, name: str) -> tuple[Operand, Operand]:
    if triangle.upper() not in ("L", "U"):
        raise ValueError("UPLO argument must be 'L' or 'U'")
    x = matrices(name, a, square=True)
    w, v = o.eigh(x if triangle.upper() == "L" else adjoint(x))
    return w, v


def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    """Eigenvalues of a hermitian matrix in ascending order."""
    return wrap(_eigh(a, UPLO, "eigvalsh")[0])


def eig(a: Any) -> Any:
    """Eigenvalues and right eigenvectors of a general matrix.

    Of a real matrix numpy gives real results when all eigenvalues are real. So it is here where
    values are at hand (as in `gl.grad`); where they are not (`gl.compile`, `gl.trace`, `gl.vmap`)
    results are complex.
    """
    x = matrices("eig", a, square=True)
    w, v = (as_array(wrap(part)) for part in o.eig(x))
    if x.type.dtype.kind != "c" and is_real(w):
        return _EigResult(np.real(w), np.real(v))
    return _EigResult(w, v)


def eigvals(a: Any) -> Any:
    """Eigenvalues of a general matrix; real or complex as `eig` says."""
    x = matrices("eigvals", a, square=True)
    w = as_array(wrap(o.eig(x)[0]))
    return np.real(w) if x.type.dtype.kind != "c" and is_real(w) else w


def is_real(x: Array) -> bool:
    """Whether values are at hand and all have an imaginary part of 0."""
    array = value_at_hand(x)
    return array is not None and bool(np.all(array.imag == 0))


def svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    """U, singular values in descending order, and V^H; or the singular values alone.

    What full_matrices=True adds is any basis, and has no derivative: NaN where one is asked for.
    """
    if hermitian:
        return _hermitian_svd(a, compute_uv)
    x = matrices("svd", a)
    rows, columns = x.type.shape[-2:]
    full = compute_uv and full_matrices and rows != columns
    u, s, vh = o.svd_full(x) if full else o.svd(x)
    return _SVDResult(wrap(u), wrap(s), wrap(vh)) if compute_uv else wrap(s)


def _hermitian_svd(a: Any, compute_uv: bool) -> Any:
    w, v = (as_array(wrap(x)) for x in _eigh(a, "L", "svd"))
    if not compute_uv:
        return np.flip(np.sort(np.abs(w)), axis=-1)
    order = np.flip(np.argsort(np.abs(w)), axis=-1)
    values = np.take_along_axis(w, order, axis=-1)
    u = np.take_along_axis(v, np.broadcast_to(order[..., None, :], v.shape), axis=-1)
    signed: Array = u * np.copysign(np.ones_like(values), values)[..., None, :]
    vh = wrap(adjoint(signed.here(require_trace())))
    return _SVDResult(u, np.abs(values), vh)


def svdvals(x: Any, /) -> Any:
    """The singular values in descending order."""
    return svd(x, compute_uv=False)


TABLE: Final[Table] = {
    np.linalg.qr: qr,
    np.linalg.eigh: eigh,
    np.linalg.eigvalsh: eigvalsh,
    np.linalg.eig: eig,
    np.linalg.eigvals: eigvals,
    np.linalg.svd: svd,
    np.linalg.svdvals: svdvals,
}
