"""Polynomials as vectors of coefficients, the highest power first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.axes import fill
from gradloom.frontend.numpy.lift import Array, as_array
from gradloom.frontend.tracer import refuse, wrap
from gradloom.ir.errors import ShapeError
from gradloom.ir.types import Dim

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table


def _coefficients(name: str, p: Any) -> Array:
    x = as_array(p)
    x = np.reshape(x, (1,)) if not x.ndim else x
    if isinstance(x.shape[0], Dim):
        raise refuse(
            f"np.{name}", "the degree is a named dimension", "give the coefficients a fixed number"
        )
    return x


def polyval(p: Any, x: Any) -> Any:
    """The polynomial's value at `x` (Horner)."""
    coefficients, at = _coefficients("polyval", p), as_array(x)
    result: Array = wrap(fill(0, at.dtype, at.shape), at.kind)
    for i in range(int(coefficients.shape[0])):
        result = result * at + coefficients[i]
    return result


def _padded(x: Array, count: int) -> Any:
    missing = count - int(x.shape[0])
    return np.concatenate([np.zeros(missing, x.dtype), x]) if missing else x


def _combined(ufunc: np.ufunc, a1: Any, a2: Any) -> Any:
    x, y = _coefficients(ufunc.__name__, a1), _coefficients(ufunc.__name__, a2)
    count = max(int(x.shape[0]), int(y.shape[0]))
    return ufunc(_padded(x, count), _padded(y, count))


def polyadd(a1: Any, a2: Any) -> Any:
    """The sum of two polynomials."""
    return _combined(np.add, a1, a2)


def polysub(a1: Any, a2: Any) -> Any:
    """The difference of two polynomials."""
    return _combined(np.subtract, a1, a2)


def polymul(a1: Any, a2: Any) -> Any:
    """The product; leading zeros of its factors, which numpy drops, are kept."""
    return np.convolve(_coefficients("polymul", a1), _coefficients("polymul", a2))


def polyder(p: Any, m: int = 1) -> Any:
    """The `m`-th derivative."""
    if int(m) < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    x = as_array(p)
    for _ in range(int(m)):
        x = x[:-1] * np.arange(int(x.shape[0]) - 1, 0, -1)
    return x


def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """The `m`-th integral, with the constants `k`."""
    m = int(m)
    if m < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    constants = np.zeros(m) if k is None else np.ravel(as_array(k))
    if constants.shape[0] == 1 and m > 1:
        constants = np.repeat(constants, m)
    if constants.shape[0] < m:
        raise ValueError("k must be a scalar or a rank-1 array of length 1 or >m.")
    x = as_array(p)
    for i in range(m):
        x = np.concatenate([x / np.arange(int(x.shape[0]), 0, -1), constants[i : i + 1]])
    return x


def poly(seq_of_zeros: Any) -> Any:
    """The coefficients of the polynomial with these real roots."""
    zeros = _coefficients("poly", seq_of_zeros)
    if zeros.ndim != 1:
        raise refuse(
            "np.poly", "of a matrix it needs the eigenvalues of a general matrix", "give the roots"
        )
    if zeros.dtype.kind == "c":
        raise refuse("np.poly", "of complex roots it is real or complex, depending on values")
    zeros = zeros if zeros.dtype.kind == "f" else zeros.astype(np.float64)
    result: Any = np.ones(1, zeros.dtype)
    for i in range(int(zeros.shape[0])):
        result = np.convolve(result, np.stack([np.ones((), zeros.dtype), -zeros[i]]))
    return result


def polyfit(
    x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None, cov: Any = False
) -> Any:
    """The coefficients of least squares, by numpy.linalg.lstsq on scaled powers."""
    order = int(deg) + 1
    at, rhs = as_array(x) + 0.0, as_array(y) + 0.0
    if deg < 0:
        raise ValueError("expected deg >= 0")
    if at.ndim != 1 or rhs.ndim not in (1, 2) or rhs.shape[0] != at.shape[0]:
        raise ShapeError(
            f"polyfit: x and y of shapes {at.shape} and {rhs.shape} do not fit",
            hint="x: [n], y: [n] or [n, k]",
        )
    rcond = at.shape[0] * np.finfo(at.dtype).eps if rcond is None else rcond
    lhs = np.vander(at, order)
    if w is not None:
        weights = as_array(w) + 0.0
        lhs = (lhs * weights[:, None]).astype(lhs.dtype)
        rhs = (rhs * (weights[:, None] if rhs.ndim == 2 else weights)).astype(rhs.dtype)
    scale = np.sqrt(np.sum(lhs * lhs, axis=0))
    lhs = lhs / scale
    c, residuals, rank, s = np.linalg.lstsq(lhs, rhs, rcond)
    c = np.transpose(np.transpose(c) / scale)
    if full:
        return c, residuals, rank, s, rcond
    return (c, _covariance(lhs, scale, residuals, cov, order)) if cov else c


def _covariance(lhs: Any, scale: Any, residuals: Any, cov: Any, order: int) -> Any:
    base = np.linalg.inv(np.dot(np.transpose(lhs), lhs)) / np.outer(scale, scale)
    if cov == "unscaled":
        return base
    count = lhs.shape[0]
    if count <= order:
        raise ValueError(
            "the number of data points must exceed order to scale the covariance matrix"
        )
    factor = residuals / (count - order)
    return base * factor if residuals.shape[0] == 1 else base[:, :, None] * factor


def roots(p: Any) -> Any:
    """Refused: eigenvalues of general matrices are not offered."""
    raise refuse(
        "np.roots",
        "it needs the eigenvalues of a general matrix, which have no op",
        "find roots by Newton's method",
    )


def polydiv(u: Any, v: Any) -> Any:
    """Refused: the length of the remainder depends on values."""
    raise refuse("np.polydiv", "the length of its remainder depends on values")


TABLE: Final[Table] = {
    np.polyval: polyval,
    np.polyadd: polyadd,
    np.polysub: polysub,
    np.polymul: polymul,
    np.polyder: polyder,
    np.polyint: polyint,
    np.poly: poly,
    np.polyfit: polyfit,
    np.roots: roots,
    np.polydiv: polydiv,
}
