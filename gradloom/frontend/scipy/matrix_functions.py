"""scipy.linalg: functions of matrices.

Sources: [H] Higham, "The scaling and squaring method for the matrix exponential revisited", 2005.
[AH] Al-Mohy and Higham, "Computing the Frechet derivative of the matrix exponential", 2009.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from gradloom.frontend.flow import fori_loop
from gradloom.frontend.numpy import linalg
from gradloom.frontend.numpy.lift import Array, as_array, value_at_hand
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import refuse, wrap
from gradloom.ir import ops as o
from gradloom.ir.build import graph_of
from gradloom.ir.graph import Operand
from gradloom.ir.ops.matrices import as_columns, as_rows, cast, swap
from gradloom.ir.ops.rules import broadcast_in_dim, full

# ---- the exponential -----------------------------------------------------------------------------

_PADE_13: Final = (
    64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0,
    129060195264000.0, 10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0, 40840800.0,
    960960.0, 16380.0, 182.0, 1.0,
)  # fmt: skip
_WITHIN: Final = {8: 5.371920351148152, 4: 3.925724783138660}
"""Bytes of a real number -> the norm up to which the approximant is exact to rounding [H, 2.3]."""
_SQUARINGS: Final = 40
"""So many at most: of a matrix whose norm is above 5e12 the result is NaN."""


def _square(name: str, a: Any) -> Array:
    return wrap(linalg.matrices(name, a, square=True))


def _approximant(a: Array) -> Array:
    """The diagonal Pade approximant of degree 13 [H, (2.11)]."""
    b = _PADE_13
    eye = np.eye(a.shape[-1], dtype=a.dtype)
    a2 = a @ a
    a4 = a2 @ a2
    a6 = a4 @ a2
    high = a6 @ (b[13] * a6 + b[11] * a4 + b[9] * a2)
    odd = a @ (high + b[7] * a6 + b[5] * a4 + b[3] * a2 + b[1] * eye)
    high = a6 @ (b[12] * a6 + b[10] * a4 + b[8] * a2)
    even = high + b[6] * a6 + b[4] * a4 + b[2] * a2 + b[0] * eye
    return linalg.solve(even - odd, even + odd)


def expm(A: Any) -> Any:
    """The matrix exponential, by scaling and squaring as often as the norm asks [H]."""
    a = _square("expm", A)
    if 0 in a.shape:
        return a
    size: Array = _constant(np.max(np.sum(np.abs(a), axis=-2), axis=-1))
    within = _WITHIN[size.dtype.itemsize]
    times = np.ceil(np.log2(np.maximum(size / within, 1.0)))[..., None, None]
    times = np.where(times <= _SQUARINGS, times, np.nan).astype(size.dtype)
    start = _approximant(a * np.exp2(-times).astype(size.dtype))
    return fori_loop(
        0, _SQUARINGS, lambda i, x: np.where(i < times, x @ x, x).astype(x.dtype), start
    )


def _constant(x: Array) -> Array:
    """`x` without its derivative."""
    return as_array(wrap(o.stop_gradient(x.here(require_trace()))))


def expm_frechet(
    A: Any, E: Any, method: Any = None, compute_expm: bool = True, check_finite: bool = True
) -> Any:
    """The exponential and its derivative along E, of which the block matrix has both [AH, 1.4]."""
    a, e = _square("expm_frechet", A), _square("expm_frechet", E)
    n = a.shape[-1]
    found = expm(np.block([[a, e], [np.zeros_like(a), a]]))
    along = found[..., :n, n:]
    return (found[..., :n, :n], along) if compute_expm else along


def _exponentials(name: str, a: Any, factor: complex) -> tuple[Array, Array, bool]:
    """exp(factor a), exp(-factor a), and whether `a` is real."""
    x = _square(name, a)
    return expm(factor * x), expm(-factor * x), x.dtype.kind != "c"


def cosm(A: Any) -> Any:
    """The matrix cosine."""
    plus, minus, is_real = _exponentials("cosm", A, 1j)
    return np.real(plus) if is_real else 0.5 * (plus + minus)


def sinm(A: Any) -> Any:
    """The matrix sine."""
    plus, minus, is_real = _exponentials("sinm", A, 1j)
    return np.imag(plus) if is_real else -0.5j * (plus - minus)


def coshm(A: Any) -> Any:
    """The hyperbolic matrix cosine."""
    plus, minus, _ = _exponentials("coshm", A, 1.0)
    return 0.5 * (plus + minus)


def sinhm(A: Any) -> Any:
    """The hyperbolic matrix sine."""
    plus, minus, _ = _exponentials("sinhm", A, 1.0)
    return 0.5 * (plus - minus)


# ---- the square root -----------------------------------------------------------------------------


def _root(a: Operand) -> Operand:
    """V sqrt(w) V^-1; NaN where its square is not `a`, as of a matrix without enough vectors."""
    w, v = o.eig(a)
    found = _by_vectors(v, o.sqrt(w))
    whole = cast(a, found.type.dtype)
    axes = (a.type.ndim - 2, a.type.ndim - 1)
    wrong = o.max(o.abs(o.matmul(found, found) - whole), axes=axes)
    size = o.max(o.abs(whole), axes=axes)
    fits = o.less_equal(wrong, size * float(np.sqrt(np.finfo(size.type.dtype).eps)))
    lead = tuple(range(a.type.ndim - 2))
    result: Operand = o.where(
        broadcast_in_dim(fits, found.type.shape, lead), found, full(found.type, np.nan)
    )
    return result


def _by_vectors(v: Operand, values: Operand) -> Operand:
    """V diag(values) V^-1."""
    scaled = v * as_columns(values, v.type)
    result: Operand = swap(o.solve(swap(v), swap(scaled)))
    return result


def _root_tangent(a: Operand, t: Operand) -> Operand:
    """X of X R + R X = dA, in the basis of eigenvectors: m_ij / (r_i + r_j) [H]."""
    w, v = o.eig(a)
    m = o.solve(v, o.matmul(cast(t, v.type.dtype), v))
    r = o.sqrt(w)
    x = m / (as_columns(r, m.type) + as_rows(r, m.type))
    result: Operand = swap(o.solve(swap(v), swap(o.matmul(v, x))))
    return result


def sqrtm(A: Any, *args: Any, **kwargs: Any) -> Any:
    """The principal square root, by eigenvectors; NaN of a matrix that has not enough of them.

    Of a real matrix without negative real eigenvalues it is real where values are at hand (as in
    `gl.grad`), else complex. Its derivative solves Sylvester's equation, also where eigenvalues
    are equal.
    """
    if args or kwargs:
        raise refuse("scipy.linalg.sqrtm", "disp= and blocksize=, which scipy gives up")
    a = _square("sqrtm", A)
    x = linalg.matrices("sqrtm", a, square=True)
    value = graph_of(_root, [x.type], ("a",), "sqrtm")
    tangent = graph_of(_root_tangent, [x.type, x.type], ("a", "t"), "sqrtm_tangent")
    (made,) = o.custom_jvp(x, regions=(value, tangent), name="sqrtm")
    found: Array = wrap(made)
    at_hand = value_at_hand(a) if a.dtype.kind != "c" else None
    if at_hand is None:
        return found
    values = np.linalg.eigvals(at_hand)
    negative = np.any((np.imag(values) == 0) & (np.real(values) < 0))
    return found if negative else np.real(found)
