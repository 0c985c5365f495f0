"""scipy.linalg: systems of equations, inverses and their factors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy import linalg
from gradloom.frontend.numpy.contract import reshaped
from gradloom.frontend.numpy.lift import Array, as_array, broadcast_shapes, cast, value_at_hand
from gradloom.frontend.numpy.pseudoinverse import lstsq as least_squares
from gradloom.frontend.scipy.matrices import toeplitz
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import refuse, wrap
from gradloom.ir import ops as o
from gradloom.ir.errors import MatrixError, ShapeError
from gradloom.ir.graph import Operand
from gradloom.ir.ops.matrices import adjoint, keep
from gradloom.ir.ops.rules import broadcast

# ---- which part of a matrix is read --------------------------------------------------------------


def _symmetric(a: Array, lower: bool, conjugate: bool) -> Array:
    """The symmetric or hermitian matrix that one triangle tells."""
    half = np.tril(a, -1) if lower else np.triu(a, 1)
    other = np.swapaxes(np.conj(half) if conjugate else half, -1, -2)
    eye = np.eye(a.shape[-1], dtype=a.dtype)
    on = a * eye
    return half + other + (np.real(on).astype(a.dtype) if conjugate else on)


def _near_diagonal(a: Array, width: int) -> Array:
    return np.triu(np.tril(a, width), -width)


_STRUCTURE: Final[dict[str | None, Callable[[Array, bool], Array]]] = {
    None: lambda a, lower: a,
    "gen": lambda a, lower: a,
    "general": lambda a, lower: a,
    "banded": lambda a, lower: a,
    "diagonal": lambda a, lower: _near_diagonal(a, 0),
    "tridiagonal": lambda a, lower: _near_diagonal(a, 1),
    "upper triangular": lambda a, lower: np.triu(a),
    "lower triangular": lambda a, lower: np.tril(a),
    "sym": lambda a, lower: _symmetric(a, lower, conjugate=False),
    "symmetric": lambda a, lower: _symmetric(a, lower, conjugate=False),
    "her": lambda a, lower: _symmetric(a, lower, conjugate=True),
    "hermitian": lambda a, lower: _symmetric(a, lower, conjugate=True),
}
_POSITIVE: Final = ("pos", "positive definite")


def _square(name: str, a: Any) -> Array:
    return wrap(linalg.matrices(name, a, square=True))


# ---- systems -------------------------------------------------------------------------------------


def solve(
    a: Any,
    b: Any,
    lower: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    assume_a: str | None = None,
    transposed: bool = False,
) -> Any:
    """The solution of `a x = b`, or of `a^T x = b`, reading the part of `a` that is assumed."""
    x, rhs = _square("solve", a), as_array(b)
    if transposed and x.dtype.kind == "c":
        raise refuse("scipy.linalg.solve", "transposed=True of complex matrices, as in scipy")
    if assume_a in _POSITIVE:
        return cho_solve((cholesky(x, lower), lower), rhs)
    if assume_a not in _STRUCTURE:
        raise ValueError(f"{assume_a} is not a recognized matrix structure")
    read = _STRUCTURE[assume_a](x, lower)
    return linalg.solve(np.swapaxes(read, -1, -2) if transposed else read, rhs)


def solve_triangular(
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Any:
    """The solution of `a x = b` for a triangular `a`, or its transpose (1) or adjoint (2)."""
    x = _square("solve_triangular", a)
    how = {"N": 0, "T": 1, "C": 2}.get(trans, trans)
    if how not in (0, 1, 2):
        raise ValueError(f"trans={trans!r} is none of 0, 1, 2, 'N', 'T', 'C'")
    read = np.conj(x) if how == 2 else x
    return _by_substitution(read, b, bool(lower), transpose=how != 0, unit=bool(unit_diagonal))


def _by_substitution(a: Array, b: Any, lower: bool, transpose: bool, unit: bool = False) -> Any:
    rhs = as_array(b)
    dtype = linalg.lapack_dtype("solve_triangular", a, rhs)
    x, y = (cast(part.here(require_trace()), dtype) for part in (a, rhs))
    vector = rhs.ndim == 1
    columns = reshaped(y, (*y.type.shape, 1)) if vector else y
    if columns.type.ndim < 2 or x.type.shape[-1] != columns.type.shape[-2]:
        raise ShapeError(
            f"scipy.linalg: shapes of a {a.shape} and b {rhs.shape} are incompatible",
            hint="b is one vector [n], or columns [..., n, k]",
        )
    lead = broadcast_shapes("scipy.linalg", [x.type.shape[:-2], columns.type.shape[:-2]])
    x, columns = (broadcast(part, (*lead, *part.type.shape[-2:])) for part in (x, columns))
    found: Operand = o.triangular_solve(
        x, columns, lower=lower, transpose_a=transpose, unit_diagonal=unit
    )
    return wrap(reshaped(found, found.type.shape[:-1]) if vector else found)


def cholesky(
    a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> Any:
    """The triangular factor; of `a` the same triangle is read."""
    x = linalg.matrices("cholesky", a, square=True)
    return wrap(o.cholesky(x) if lower else adjoint(o.cholesky(adjoint(x))))


def cho_factor(
    a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> tuple[Any, bool]:
    """The triangular factor with what `a` has in the other triangle, and which of them it is."""
    x = linalg.matrices("cho_factor", a, square=True)
    factor: Array = cholesky(wrap(x), lower)
    return factor + wrap(keep(x, o.less if lower else o.greater)), lower


def cho_solve(
    c_and_lower: Any, b: Any, overwrite_b: bool = False, check_finite: bool = True
) -> Any:
    """The solution of `a x = b` from the Cholesky factor of `a`."""
    c, lower = c_and_lower
    factor = _square("cho_solve", c)
    turned = np.conj(factor)
    if lower:
        return _by_substitution(turned, _by_substitution(factor, b, True, False), True, True)
    return _by_substitution(factor, _by_substitution(turned, b, False, True), False, False)


def solve_toeplitz(c_or_cr: Any, b: Any, check_finite: bool = True) -> Any:
    """The solution for the Toeplitz matrix of a first column, or of a column and a row."""
    given = c_or_cr if isinstance(c_or_cr, tuple) else (c_or_cr,)
    return linalg.solve(toeplitz(*given), b)


def solve_sylvester(a: Any, b: Any, q: Any) -> Any:
    """The solution of `a x + x b = q`, as one system of all its elements (n m unknowns)."""
    left, right, rhs = _square("solve_sylvester", a), _square("solve_sylvester", b), as_array(q)
    m, n = left.shape[-1], right.shape[-1]
    if left.ndim != 2 or right.ndim != 2 or rhs.shape != (m, n):
        raise MatrixError(
            f"scipy.linalg.solve_sylvester: {left.shape}, {right.shape} and {rhs.shape} do not fit",
            hint="a: [m, m], b: [n, n], q: [m, n]",
        )
    system = np.kron(left, np.eye(n)) + np.kron(np.eye(m), right.T)
    dtype = np.result_type(left.dtype, right.dtype, np.result_type(rhs.dtype, np.float32))
    return np.reshape(linalg.solve(system.astype(dtype), np.ravel(rhs)), (m, n)).astype(dtype)


def solve_continuous_lyapunov(a: Any, q: Any) -> Any:
    """The solution of `a x + x a^H = q`."""
    x = _square("solve_continuous_lyapunov", a)
    return solve_sylvester(x, np.conj(x).T, q)


# ---- inverses ------------------------------------------------------------------------------------


def inv(
    a: Any,
    overwrite_a: bool = False,
    check_finite: bool = True,
    *,
    assume_a: str | None = None,
    lower: bool = False,
) -> Any:
    """The inverse, reading the part of `a` that is assumed."""
    x = _square("inv", a)
    if assume_a in _POSITIVE:
        return cho_solve((cholesky(x, lower), lower), np.broadcast_to(np.eye(x.shape[-1]), x.shape))
    if assume_a not in _STRUCTURE:
        raise ValueError(f"{assume_a} is not a recognized matrix structure")
    return linalg.inv(_STRUCTURE[assume_a](x, lower))


def det(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """The determinant."""
    return linalg.det(a)


def pinv(
    a: Any,
    *,
    atol: Any = None,
    rtol: Any = None,
    return_rank: bool = False,
    check_finite: bool = True,
) -> Any:
    """The pseudoinverse; singular values up to `atol + rtol * largest` count as 0."""
    x: Array = wrap(linalg.matrices("pinv", a))
    if x.ndim != 2:
        raise refuse("scipy.linalg.pinv", "of a stack of matrices", "use np.linalg.pinv")
    s: Array = np.linalg.svdvals(x)
    if rtol is None:
        rtol = max(x.shape) * np.finfo(x.dtype).eps if atol is None else 0.0
    limit = as_array(rtol) + (0.0 if atol is None else as_array(atol) / np.max(s))
    found = np.linalg.pinv(x, rcond=limit)
    return (found, np.sum(s > limit * np.max(s))) if return_rank else found


def lstsq(
    a: Any,
    b: Any,
    cond: Any = None,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    lapack_driver: Any = None,
) -> Any:
    """Least squares: solution, squared residuals, rank, singular values.

    Where no values are at hand (`gl.compile`) the rank counts as full.
    """
    if lapack_driver == "gelsy":
        raise refuse("scipy.linalg.lstsq", "lapack_driver='gelsy' gives no singular values")
    x, rhs = as_array(a), as_array(b)
    eps = np.finfo(linalg.lapack_dtype("lstsq", x, rhs)).eps
    solution, squares, rank, s = least_squares(x, rhs, eps if cond is None else cond)
    if rhs.ndim == 1 and squares.shape[0] == 1:
        squares = squares[0]
    found = value_at_hand(rank)
    return solution, squares, rank if found is None else int(found), s
