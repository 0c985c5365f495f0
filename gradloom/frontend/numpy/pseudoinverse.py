"""np.linalg: what singular values say of a matrix: pinv, lstsq, rank and condition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.contract import matmul, reshaped
from gradloom.frontend.numpy.decompositions import svd
from gradloom.frontend.numpy.lift import Array, as_array, cast, lift, value_at_hand
from gradloom.frontend.numpy.linalg import inv, lapack_dtype, matrices, slogdet
from gradloom.frontend.numpy.norms import norm
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import refuse, wrap
from gradloom.ir import ops as o
from gradloom.ir.build import graph_of
from gradloom.ir.errors import MatrixError
from gradloom.ir.graph import Operand
from gradloom.ir.ops.matrices import adjoint, hermitian_part, identity, keep
from gradloom.ir.ops.rules import broadcast, full, zeros_like
from gradloom.ir.types import Dim

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table

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


def _of_lower_triangle(x: Operand) -> Operand:
    """The hermitian matrix whose lower triangle `x` has; its derivative is hermitian, as eigh's."""
    low, part = keep(x, o.greater), hermitian_part(x)
    whole = low + adjoint(low) + keep(part, o.equal)
    result: Operand = part + o.stop_gradient(whole - part)
    return result


def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = np._NoValue) -> Any:
    """The pseudoinverse; its derivative is that of matrices of full rank."""
    if rcond is not None and rtol is not np._NoValue:
        raise ValueError("`rtol` and `rcond` can't be both set.")
    given = as_array(a)
    if given.ndim >= 2 and 0 in given.shape[-2:]:
        turned = (*given.shape[:-2], given.shape[-1], given.shape[-2])
        return np.zeros_like(given, shape=turned)
    x = matrices("pinv", given, square=hermitian)
    x = _of_lower_triangle(x) if hermitian else x
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


def _cutoff(rcond: Array, eps: Any) -> Any:
    """`rcond=` as LAPACK takes it (dlalsd): the machine's precision where it is not in (0, 1)."""
    return np.where(np.logical_or(rcond <= 0, rcond >= 1), eps, rcond)


def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """Least squares: solution, squared residuals, rank, singular values.

    Of a deficient rank there are no residuals. Where no values are at hand (`gl.compile`) the rank
    counts as full.
    """
    left, right = as_array(a), as_array(b)
    dtype = lapack_dtype("lstsq", left, right)
    x = cast(matrices("lstsq", left), dtype)
    if x.type.ndim != 2 or right.ndim not in (1, 2) or right.shape[0] != x.type.shape[0]:
        raise MatrixError(
            f"np.linalg.lstsq: shapes {left.shape} and {right.shape} do not fit",
            hint="a: [m, n], b: [m] or [m, k]",
        )
    y = wrap(cast(right.here(require_trace()), dtype))
    eps = np.finfo(dtype).eps
    rcond = eps * _longer(x) if rcond is None else _cutoff(as_array(rcond), eps)
    solution = matmul(pinv(wrap(x), rcond), y)
    s = wrap(o.svd(x)[1])
    largest = np.max(s, initial=0)
    rank = np.sum(s > rcond * largest, dtype=np.int32)
    rows, columns = x.type.shape
    found = value_at_hand(rank)
    if rows <= columns or (found is not None and found != columns):
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
        found = lift(np.any(x != 0).astype(np.int64))
        return wrap(found.here(require_trace()), "weak")  # numpy gives Python's int here
    s = svd(x, compute_uv=False, hermitian=hermitian)
    if tol is not None:
        limit = as_array(tol)[..., None]
    else:
        given = (
            _longer(x.here(require_trace())) * np.finfo(s.dtype).eps
            if rtol is None
            else as_array(rtol)[..., None]
        )
        limit = np.max(s, axis=-1, keepdims=True, initial=0) * given
    return np.sum(s > limit, axis=-1)


def cond(x: Any, p: Any = None) -> Any:
    """The condition number, inf of a singular matrix."""
    given = as_array(x)
    if given.ndim >= 2 and 0 in given.shape[-2:]:
        raise MatrixError("np.linalg.cond is not defined on empty arrays")
    if p is None or p in (2, -2):
        s = svd(given, compute_uv=False)
        first, last = s[..., 0], s[..., -1]
        ratio = last / first if p == -2 else first / last
    else:
        matrix = wrap(matrices("cond", given, square=True))
        singular = slogdet(matrix).sign == 0
        safe = np.where(singular[..., None, None], np.eye(given.shape[-1]), matrix)
        inverse = inv(safe.astype(matrix.dtype))
        ratio = norm(matrix, p, axis=(-2, -1)) * norm(inverse, p, axis=(-2, -1))
        ratio = np.where(singular, np.nan, ratio).astype(ratio.dtype)
    broken = np.logical_and(np.isnan(ratio), np.logical_not(np.any(np.isnan(given), axis=(-2, -1))))
    result: Array = np.where(broken, np.inf, ratio).astype(ratio.dtype)
    return wrap(result.here(require_trace()))


TABLE: Final[Table] = {
    np.linalg.pinv: pinv,
    np.linalg.lstsq: lstsq,
    np.linalg.matrix_rank: matrix_rank,
    np.linalg.cond: cond,
}
