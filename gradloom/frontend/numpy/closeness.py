"""Questions about numbers (close, equal, in a set, real, infinite), and angles of complex ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.arguments import real
from gradloom.frontend.numpy.lift import Array, as_array, cast, lift, scalar_if_rank_0
from gradloom.frontend.numpy.ufuncs import into
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, wrap
from gradloom.ir import ops as o
from gradloom.ir.errors import ArgumentError, DtypeError
from gradloom.ir.graph import literal
from gradloom.ir.location import user_location

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table

# ---- close and equal -----------------------------------------------------------------------------


def isclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Any:
    """Whether |a - b| <= atol + rtol * |b| per element; infinities are close to themselves."""
    x, y = lift(a), lift(b)
    if x.kind == y.kind == "weak":  # beside an array Python's numbers take its dtype
        x, y = as_array(x), as_array(y)
    return _isclose(x, y, rtol, atol, equal_nan)


def _isclose(x: Array, y: Array, rtol: Any, atol: Any, equal_nan: bool) -> Any:
    if y.kind != "weak" and y.dtype.kind in "biu":
        y = y.astype(np.result_type(y.dtype, 1.0))
    near = np.abs(x - y) <= atol + rtol * abs(y)  # Python's abs: a weak number stays weak
    result = np.logical_or(np.logical_and(near, np.isfinite(y)), x == y)
    if equal_nan:
        result = np.logical_or(result, np.logical_and(np.isnan(x), np.isnan(y)))
    return scalar_if_rank_0(result)


def allclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Any:
    """Whether all elements are close, as a traced Python bool."""
    return _all(isclose(a, b, rtol, atol, equal_nan))


def _all(held: Any) -> Tracer:
    """Whether all of these hold; where numpy answers with Python's bool and not its own."""
    return wrap(lift(np.all(held)).here(require_trace()), "weak")


def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> Any:
    """Whether shapes and elements are equal: False when the shapes differ, else a traced bool."""
    x, y = lift(a1), lift(a2)
    return False if x.shape != y.shape else _all(_equal(x, y, equal_nan))


def _equal(x: Array, y: Tracer, equal_nan: bool) -> Any:
    same = x == y
    return np.logical_or(same, np.logical_and(np.isnan(x), np.isnan(y))) if equal_nan else same


def array_equiv(a1: Any, a2: Any) -> Any:
    """Whether elements are equal after broadcasting; False when shapes do not broadcast."""
    x, y = lift(a1), lift(a2)
    ndim = max(x.ndim, y.ndim)
    first, second = ((1,) * (ndim - t.ndim) + t.shape for t in (x, y))
    fits = all(m in (1, n) or n == 1 for m, n in zip(first, second, strict=True))
    return _all(x == y) if fits else False


# ---- kinds of numbers ----------------------------------------------------------------------------


def _require_real(name: str, x: Array) -> Array:
    if x.dtype.kind == "c":
        raise DtypeError(f"np.{name} is not defined for {x.dtype}")
    return x


def isposinf(x: Any, out: Any = None) -> Any:
    """Whether each element is +inf."""
    x = _require_real("isposinf", as_array(x))
    return into("isposinf", np.logical_and(np.isinf(x), x > 0), out)


def isneginf(x: Any, out: Any = None) -> Any:
    """Whether each element is -inf."""
    x = _require_real("isneginf", as_array(x))
    return into("isneginf", np.logical_and(np.isinf(x), x < 0), out)


def iscomplex(x: Any) -> Any:
    """Whether each element has an imaginary part."""
    return scalar_if_rank_0(np.imag(as_array(x)) != 0)


def isreal(x: Any) -> Any:
    """Whether each element has no imaginary part."""
    return np.imag(lift(x)) == 0


def nan_to_num(
    x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    """The array with NaN and infinities replaced by numbers: 0 and the largest, unless given."""
    if not isinstance(copy, bool | np.bool_ | int):
        raise ArgumentError(
            f"np.nan_to_num: copy is a bool, not {copy!r}", location=user_location(),
            hint="copy=False writes into x itself",
        )  # fmt: skip
    given = as_array(x)
    if given.dtype.kind == "c":
        parts = [_finite(p, nan, posinf, neginf) for p in (np.real(given), np.imag(given))]
        result = wrap(o.complex(*[p.here(require_trace()) for p in parts]))
    else:
        result = _finite(given, nan, posinf, neginf) if given.dtype.kind == "f" else given.copy()
    if not copy and type(x) is Tracer and x.kind == "array":
        x.write(result.here(require_trace()))
        return x if x.ndim else scalar_if_rank_0(x)
    return scalar_if_rank_0(result)


def _finite(x: Array, nan: Any, posinf: Any, neginf: Any) -> Array:
    info = np.finfo(x.dtype)
    high, low = (info.max if posinf is None else posinf), (info.min if neginf is None else neginf)
    for mask, value in ((np.isnan(x), nan), (isposinf(x), high), (isneginf(x), low)):
        x = np.where(mask, lift(real("a replacement", value, x.dtype)).astype(x.dtype), x)
    return x


# ---- angles --------------------------------------------------------------------------------------


def angle(z: Any, deg: bool = False) -> Any:
    """The argument of complex numbers; its derivative at 0, where there is none, is 0."""
    x = as_array(z)
    value = cast(
        x.here(require_trace()), np.result_type(x.dtype, 1.0) if x.dtype.kind in "biu" else x.dtype
    )
    re = o.real(value) if value.type.dtype.kind == "c" else value
    im = o.imag(value) if value.type.dtype.kind == "c" else literal(0, value.type)
    at_zero = o.logical_and(o.equal(re, literal(0, re.type)), o.equal(im, literal(0, im.type)))
    away = o.atan2(im, o.where(at_zero, literal(1, re.type), re))
    result = o.where(at_zero, o.atan2(o.stop_gradient(im), o.stop_gradient(re)), away)
    found: Array = wrap(result)
    return found * (180 / math.pi) if deg else found


TABLE: Final[Table] = {
    np.isclose: isclose,
    np.allclose: allclose,
    np.array_equal: array_equal,
    np.array_equiv: array_equiv,
    np.isposinf: isposinf,
    np.isneginf: isneginf,
    np.iscomplex: iscomplex,
    np.isreal: isreal,
    np.nan_to_num: nan_to_num,
    np.angle: angle,
}
