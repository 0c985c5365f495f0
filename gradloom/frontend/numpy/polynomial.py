"""Polynomials as vectors of coefficients, the highest power first, and `np.poly1d` of them.

numpy drops leading zeros of the factors of `polymul`, of a remainder and of every poly1d. So it is
here where values are at hand (as in `gl.grad`); where they are not (`gl.compile`) nothing is
dropped, and a remainder has one coefficient less than the divisor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.axes import fill
from gradloom.frontend.numpy.lift import Array, as_array, broadcast_shapes, value_at_hand
from gradloom.frontend.tracer import any_tracer, refuse, wrap
from gradloom.ir.errors import CallError, IndexOutOfRange
from gradloom.ir.types import Dim

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table


def coefficients(name: str, p: Any) -> Array:
    """The coefficients of a poly1d, or a vector of them; raises where their number is named."""
    x = as_array(p.coeffs if isinstance(p, np.poly1d) else p)
    x = np.reshape(x, (1,)) if not x.ndim else x
    if isinstance(x.shape[0], Dim):
        raise refuse(
            f"np.{name}", "the degree is a named dimension", "give the coefficients a fixed number"
        )
    return x


def trimmed(x: Array) -> Array:
    """Without leading zeros, where values are at hand; one coefficient stays."""
    found = value_at_hand(x)
    if found is None or not found.size:
        return x
    (kept,) = np.nonzero(found)
    first = int(kept[0]) if kept.size else found.size - 1
    return x[first:] if first else x


def trimmed_end(seq: Array) -> Array:
    """Without zeros at the end, as numpy.polynomial drops them, where values are at hand."""
    return np.flip(trimmed(np.flip(seq))) if seq.shape[0] else seq


def line(off: Any, scl: Any) -> Any:
    """The coefficients of `off + scl x`, the lowest power first; no zero is dropped."""
    return np.stack([as_array(off), as_array(scl)])


def _as_given(result: Array, *given: Any) -> Any:
    """A poly1d where one was given."""
    return np.poly1d(result) if any(isinstance(p, np.poly1d) for p in given) else result


def polyval(p: Any, x: Any) -> Any:
    """The polynomial's value at `x` (Horner); of a poly1d, their composition."""
    if not np.ndim(p) and not isinstance(p, np.poly1d):
        raise CallError("np.polyval: a vector of coefficients is due, not one number")
    given = coefficients("polyval", p)
    if isinstance(x, np.poly1d):
        result: Any = 0
        for i in range(int(given.shape[0])):
            result = result * x + given[i]
        return result
    at = as_array(x)
    result = wrap(fill(0, at.dtype, at.shape), at.kind)
    for i in range(int(given.shape[0])):
        result = result * at + given[i]
    return result


def _padded(x: Array, count: int) -> Any:
    missing = count - int(x.shape[0])
    return np.concatenate([np.zeros(missing, x.dtype), x]) if missing else x


def _combined(ufunc: np.ufunc, a1: Any, a2: Any) -> Any:
    x, y = coefficients(ufunc.__name__, a1), coefficients(ufunc.__name__, a2)
    count = max(int(x.shape[0]), int(y.shape[0]))
    return _as_given(ufunc(_padded(x, count), _padded(y, count)), a1, a2)


def polyadd(a1: Any, a2: Any) -> Any:
    """The sum of two polynomials."""
    return _combined(np.add, a1, a2)


def polysub(a1: Any, a2: Any) -> Any:
    """The difference of two polynomials."""
    return _combined(np.subtract, a1, a2)


def polymul(a1: Any, a2: Any) -> Any:
    """The product of two polynomials."""
    x, y = (trimmed(coefficients("polymul", a)) for a in (a1, a2))
    return _as_given(np.convolve(x, y), a1, a2)


def polyder(p: Any, m: int = 1) -> Any:
    """The `m`-th derivative."""
    if int(m) < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    if not np.ndim(p) and not isinstance(p, np.poly1d):
        raise CallError("np.polyder: a vector of coefficients is due, not one number")
    x = coefficients("polyder", p)
    for _ in range(int(m)):
        x = x[:-1] * np.arange(int(x.shape[0]) - 1, 0, -1)
    if x.ndim > 1:  # numpy goes one step further than it was asked to
        broadcast_shapes("np.polyder", [x[:-1].shape, (int(x.shape[0]) - 1,)])
    return _as_given(x, p)


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
    if not np.ndim(p) and not isinstance(p, np.poly1d):
        raise CallError("np.polyint: a vector of coefficients is due, not one number")
    x = coefficients("polyint", p)
    for i in range(m):
        x = np.concatenate([x / np.arange(int(x.shape[0]), 0, -1), constants[i : i + 1]])
    return _as_given(x, p)


def polydiv(u: Any, v: Any) -> Any:
    """Quotient and remainder of a division."""
    over, under = (coefficients("polydiv", x) + 0.0 for x in (u, v))
    if not over.shape[0] or not under.shape[0]:
        raise IndexOutOfRange("np.polydiv: a polynomial without coefficients")
    dtype = np.result_type(over.dtype, under.dtype)
    m, n = int(over.shape[0]) - 1, int(under.shape[0]) - 1
    scale, rest = 1.0 / under[0], over.astype(dtype)
    quotient = []
    for k in range(m - n + 1):
        quotient.append((scale * rest[k]).astype(dtype))
        reduced = (rest[k : k + n + 1] - quotient[-1] * under).astype(dtype)
        rest = np.concatenate([rest[:k], reduced, rest[k + n + 1 :]])
    made = np.stack(quotient) if quotient else as_array(np.zeros(1, dtype))
    return _as_given(made, u, v), _as_given(_remainder(rest, m - n + 1), u, v)


def _remainder(rest: Array, steps: int) -> Array:
    """Without leading elements that numpy takes for 0."""
    found = value_at_hand(rest)
    last = int(rest.shape[0]) - 1
    if found is None:
        return rest[min(max(steps, 0), last) :]
    first = 0
    while first < last and np.allclose(found[first], 0, rtol=1e-14):
        first += 1
    return rest[first:]


# ---- poly1d --------------------------------------------------------------------------------------


def made(
    original: Callable[..., None], self: Any, c_or_r: Any, r: bool = False, variable: Any = None
) -> None:
    """What `np.poly1d(...)` does: numpy's own, unless there are traced values in it."""
    if isinstance(c_or_r, np.poly1d) or not any_tracer(c_or_r):
        original(self, c_or_r, r, variable)
        return
    given = np.poly(c_or_r) if r else coefficients("poly1d", c_or_r)
    if given.ndim > 1:
        raise ValueError("Polynomial must be 1d only.")
    original(self, np.zeros(1), False, variable)
    self._coeffs = trimmed(given)


def quotient_of(original: Callable[..., Any], self: Any, other: Any) -> Any:
    """What `poly1d / other` gives."""
    if not any_tracer((self, other)):
        return original(self, other)
    return np.poly1d(self.coeffs / other) if np.isscalar(other) else polydiv(self, other)


def quotient_from(original: Callable[..., Any], self: Any, other: Any) -> Any:
    """What `other / poly1d` gives."""
    if not any_tracer((self, other)):
        return original(self, other)
    return np.poly1d(other / self.coeffs) if np.isscalar(other) else polydiv(other, self)


METHODS: Final[dict[str, Callable[..., Any]]] = {
    "__init__": made,
    "__truediv__": quotient_of,
    "__rtruediv__": quotient_from,
}


def _own(function: Any) -> Callable[..., Any]:
    """numpy's own Python behind a function that dispatches: it is traced as it runs."""
    found: Callable[..., Any] = function._implementation
    return found


TABLE: Final[Table] = {
    np.polynomial.polynomial.polyval2d: _own(np.polynomial.polynomial.polyval2d),
    np.polynomial.polynomial.polygrid2d: _own(np.polynomial.polynomial.polygrid2d),
    np.polyval: polyval,
    np.polyadd: polyadd,
    np.polysub: polysub,
    np.polymul: polymul,
    np.polyder: polyder,
    np.polyint: polyint,
    np.polydiv: polydiv,
}
