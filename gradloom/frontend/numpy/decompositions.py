"""np.linalg: factorisations, and what numpy makes of singular values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.contract import matmul, reshaped
from gradloom.frontend.numpy.lift import Array, as_array, cast
from gradloom.frontend.numpy.linalg import inv, lapack_dtype, matrices
from gradloom.frontend.numpy.norms import norm
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import refuse, wrap
from gradloom.ir import ops as o
from gradloom.ir.build import graph_of
from gradloom.ir.errors import ShapeError
from gradloom.ir.graph import Operand
from gradloom.ir.ops.matrices import adjoint, identity
from gradloom.ir.ops.rules import broadcast, full, zeros_like
from gradloom.ir.types import Dim

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table

_QRResult: Final[Any] = type(np.linalg.qr(np.eye(1)))
_EighResult: Final[Any] = type(np.linalg.eigh(np.eye(1)))
_SVDResult: Final[Any] = type(np.linalg.svd(np.eye(1)))

# ---- factorisations ------------------------------------------------------------------------------


def qr(a: Any, mode: str = "reduced") -> Any:
    """Q and R; with mode="r" R alone."""
    x = matrices("qr", a)
    rows, columns = x.type.shape[-2:]
    if mode == "raw":
        raise refuse("np.linalg.qr", "mode='raw' is LAPACK's own storage")
    if mode not in ("reduced", "complete", "r"):
        raise ValueError(f"Unrecognized mode '{mode}'")
    if mode == "complete" and not rows <= columns:
        raise refuse(
            "np.linalg.qr",
            "the further columns of mode='complete' are not determined",
            "use mode='reduced'",
        )
    q, r = o.qr(x)
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
    """Refused: whether the result is real depends on values."""
    raise refuse(
        "np.linalg.eig",
        "whether the eigenvalues of a general matrix are real or complex depends on values",
        "use np.linalg.eigh for symmetric matrices",
    )


def eigvals(a: Any) -> Any:
    """Refused: whether the result is real depends on values."""
    raise refuse(
        "np.linalg.eigvals",
        "whether the eigenvalues of a general matrix are real or complex depends on values",
        "use np.linalg.eigvalsh for symmetric matrices",
    )


def svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    """U, singular values in descending order, and V^H; or the singular values alone."""
    if hermitian:
        return _hermitian_svd(a, compute_uv)
    x = matrices("svd", a)
    rows, columns = x.type.shape[-2:]
    if compute_uv and full_matrices and rows != columns:
        raise refuse(
            "np.linalg.svd",
            f"of {rows} rows and {columns} columns, full_matrices=True asks for vectors "
            "that are not determined",
            "say full_matrices=False",
        )
    u, s, vh = o.svd(x)
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


# ---- pinv and lstsq ------------------------------------------------------------------------------


def _inverted(x: Operand, cutoff: Operand) -> Operand:
    """V S^-1 U^H without singular values up to `cutoff` times the largest; rows >= columns."""
    u, s, vh = o.svd(x)
    largest = broadcast(
        reshaped(o.max(s, axes=(s.type.ndim - 1,)), (*s.type.shape[:-1], 1)), s.type.shape
    )
    kept = o.greater(s, o.multiply(broadcast(cutoff, s.type.shape), largest))
    inverse = o.where(kept, o.reciprocal(o.where(kept, s, full(s.type, 1))), zeros_like(s))
    scaled = o.multiply(
        adjoint(vh), broadcast(_row(cast(inverse, x.type.dtype)), adjoint(vh).type.shape)
    )
    result: Operand = o.matmul(scaled, adjoint(u))
    return result


def _row(s: Operand) -> Operand:
    return reshaped(s, (*s.type.shape[:-1], 1, s.type.shape[-1]))


def _inverse_tangent(x: Operand, cutoff: Operand, t: Operand) -> Operand:
    """The tangent of Q = G^-1 X^H where G = X^H X: the pseudoinverse of a full column rank.

    Of a smaller rank it is not continuous; the projector on the null space makes G regular there.
    """
    xh, th = adjoint(x), adjoint(t)
    p = o.stop_gradient(_inverted(x, cutoff))
    gram = o.matmul(xh, x)
    spanned = o.stop_gradient(o.matmul(p, x))
    regular = o.add(gram, o.subtract(identity(gram.type), spanned))
    q = o.solve(regular, xh)
    change = o.add(o.matmul(th, x), o.matmul(xh, t))
    result: Operand = o.solve(regular, o.subtract(th, o.matmul(change, q)))
    return result


def _pseudoinverse(x: Operand, cutoff: Operand) -> Operand:
    rows, columns = x.type.shape[-2:]
    if not rows >= columns:
        return adjoint(_pseudoinverse(adjoint(x), cutoff))
    types = [x.type, cutoff.type]
    value = graph_of(_inverted, types, ("a", "cutoff"), "pinv")
    tangent = graph_of(
        lambda a, c, t, _: _inverse_tangent(a, c, t), [*types, *types], name="pinv_tangent"
    )
    (result,) = o.custom_jvp(x, cutoff, regions=(value, tangent), name="pinv")
    found: Operand = result
    return found


def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = np._NoValue) -> Any:
    """The pseudoinverse; its derivative is that of matrices of full rank."""
    if rcond is not None and rtol is not np._NoValue:
        raise ValueError("`rtol` and `rcond` can't be both set.")
    x = matrices("pinv", a)
    real = np.finfo(x.type.dtype).dtype
    cutoff = (
        rtol if rcond is None and rtol is not np._NoValue else 1e-15 if rcond is None else rcond
    )
    if cutoff is None:
        cutoff = _longer(x) * np.finfo(real).eps
    limit = cast(as_array(cutoff).here(require_trace()), real)
    limit = reshaped(limit, (*limit.type.shape, 1))
    return wrap(_pseudoinverse(x, broadcast(limit, (*x.type.shape[:-2], 1))))


def _longer(x: Operand) -> int:
    sizes = x.type.shape[-2:]
    if any(isinstance(d, Dim) for d in sizes):
        raise refuse(
            "np.linalg",
            "the default tolerance depends on a named dimension",
            "give rcond=, rtol= or tol=",
        )
    return max(int(d) for d in sizes)


def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """Least squares: solution, squared residuals (as of full rank), rank, singular values."""
    left, right = as_array(a), as_array(b)
    dtype = lapack_dtype("lstsq", left, right)
    x = cast(matrices("lstsq", left), dtype)
    if x.type.ndim != 2 or right.ndim not in (1, 2) or right.shape[0] != x.type.shape[0]:
        raise ShapeError(
            f"np.linalg.lstsq: shapes {left.shape} and {right.shape} do not fit",
            hint="a: [m, n], b: [m] or [m, k]",
        )
    y = wrap(cast(right.here(require_trace()), dtype))
    if rcond is None or rcond < 0:
        rcond = np.finfo(dtype).eps * (_longer(x) if rcond is None else 1)
    solution = matmul(pinv(wrap(x), rcond), y)
    s = wrap(o.svd(x)[1])
    rank = np.sum(s > rcond * s[0], dtype=np.int32)
    rows, columns = x.type.shape
    if rows <= columns:
        return solution, as_array(np.empty(0, s.dtype)), rank, s
    rest = y - matmul(wrap(x), solution)
    squares = np.sum(np.real(rest) ** 2 + np.imag(rest) ** 2, axis=0)
    return solution, np.reshape(squares, (-1,)), rank, s


# ---- rank and condition --------------------------------------------------------------------------


def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    """The number of singular values above a tolerance."""
    if rtol is not None and tol is not None:
        raise ValueError("`tol` and `rtol` can't be both set.")
    x = as_array(A)
    if x.ndim < 2:
        return np.any(x != 0).astype(np.int64)
    s = svd(x, compute_uv=False, hermitian=hermitian)
    if tol is not None:
        limit = as_array(tol)[..., None]
    else:
        given = (
            _longer(x.here(require_trace())) * np.finfo(s.dtype).eps
            if rtol is None
            else as_array(rtol)[..., None]
        )
        limit = np.max(s, axis=-1, keepdims=True) * given
    return np.sum(s > limit, axis=-1)


def cond(x: Any, p: Any = None) -> Any:
    """The condition number; of a singular matrix an error, when the norm needs the inverse."""
    given = as_array(x)
    if p is None or p in (2, -2):
        s = svd(given, compute_uv=False)
        first, last = s[..., 0], s[..., -1]
        ratio = last / first if p == -2 else first / last
    else:
        matrix = wrap(matrices("cond", given, square=True))
        ratio = norm(matrix, p, axis=(-2, -1)) * norm(inv(matrix), p, axis=(-2, -1))
    broken = np.logical_and(np.isnan(ratio), np.logical_not(np.any(np.isnan(given), axis=(-2, -1))))
    result: Array = np.where(broken, np.inf, ratio).astype(ratio.dtype)
    return wrap(result.here(require_trace()))


TABLE: Final[Table] = {
    np.linalg.qr: qr,
    np.linalg.eigh: eigh,
    np.linalg.eigvalsh: eigvalsh,
    np.linalg.eig: eig,
    np.linalg.eigvals: eigvals,
    np.linalg.svd: svd,
    np.linalg.svdvals: svdvals,
    np.linalg.pinv: pinv,
    np.linalg.lstsq: lstsq,
    np.linalg.matrix_rank: matrix_rank,
    np.linalg.cond: cond,
}
