"""Polynomials from their roots and back, by eigenvalues of the companion matrix.

Of real coefficients numpy's result is real or complex, depending on values, and zeros at either end
are stripped. So it is here where values are at hand (as in `gl.grad`). Where they are not
(`gl.compile`) roots are complex, no zeros are stripped (a leading zero is an error), and complex
roots give complex coefficients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.decompositions import eigvals
from gradloom.frontend.numpy.lift import Array, as_array, value_at_hand
from gradloom.frontend.numpy.polynomial import coefficients
from gradloom.frontend.tracer import refuse
from gradloom.ir.errors import CallError
from gradloom.ir.location import user_location
from gradloom.ir.types import Dim

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table


def poly(seq_of_zeros: Any) -> Any:
    """The coefficients of the polynomial with these roots, or of a matrix's characteristic one."""
    _require_many("poly", seq_of_zeros)
    zeros = coefficients("poly", seq_of_zeros)
    if zeros.ndim == 2 and zeros.shape[0] == zeros.shape[1] != 0:
        zeros = eigvals(zeros)
    elif zeros.ndim != 1:
        raise ValueError("input must be 1d or non-empty square 2d array.")
    if zeros.dtype.char not in "fdFD":
        zeros = zeros.astype(np.float64)
    if zeros.shape[0] == 0:
        return 1.0
    result: Any = np.ones(1, zeros.dtype)
    for i in range(int(zeros.shape[0])):
        result = np.convolve(result, np.stack([np.ones((), zeros.dtype), -zeros[i]]))
    return np.real(result) if zeros.dtype.kind == "c" and _in_pairs(zeros) else result


def _require_many(name: str, p: Any) -> None:
    """Raise for a single number, of which numpy makes no polynomial."""
    if not isinstance(p, np.poly1d) and not np.ndim(p):
        raise CallError(
            f"np.{name}: a vector is due, not one number",
            location=user_location(),
            hint=f"np.{name}([x]) takes it for a vector of one",
        )


def _in_pairs(zeros: Array) -> bool:
    """Whether values are at hand and are closed under conjugation."""
    found = value_at_hand(zeros)
    return found is not None and bool(np.all(np.sort(found) == np.sort(found.conj())))


def roots(p: Any) -> Any:
    """The roots of the polynomial with these coefficients, in LAPACK's order."""
    _require_many("roots", p)
    given = as_array(p.coeffs if isinstance(p, np.poly1d) else p)
    if given.ndim != 1:
        raise ValueError("Input must be a rank-1 array.")
    if isinstance(given.shape[0], Dim):
        raise refuse("np.roots", "the degree is a named dimension")
    found = value_at_hand(given)
    first, stop = 0, int(given.shape[0])
    if found is not None:
        (kept,) = np.nonzero(found)
        if not kept.size:
            return as_array(np.array([]))
        first, stop = int(kept[0]), int(kept[-1]) + 1
    core = given[first:stop]
    core = core if core.dtype.kind in "fc" else core.astype(np.float64)
    made = eigvals(_companion(core)) if stop - first > 1 else as_array(np.array([]))
    at_zero = np.zeros(int(given.shape[0]) - stop, made.dtype)
    return np.concatenate([made, at_zero]) if at_zero.size else made


def _companion(p: Array) -> Array:
    """The matrix whose characteristic polynomial has these coefficients."""
    below = np.eye(int(p.shape[0]) - 2, int(p.shape[0]) - 1, dtype=p.dtype)
    return np.concatenate([(-p[1:] / p[0])[None], below])


TABLE: Final[Table] = {np.poly: poly, np.roots: roots}
