"""ufuncs that are short compositions of others."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.direct import apply
from gradloom.frontend.numpy.lift import lift, tag_of
from gradloom.frontend.numpy.promotion import as_operand, loop_dtypes
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import refuse, wrap


def _float(x: Any) -> Any:
    """`x` in the float dtype that numpy's one-argument float functions use for it."""
    x = lift(x)
    dtype = loop_dtypes(np.sin, (tag_of(x),))[0]
    return wrap(as_operand(x, dtype))


def positive(x: Any) -> Any:
    """`+x`: a copy, of any number but not of a bool."""
    x = lift(x)
    loop_dtypes(np.positive, (tag_of(x),))
    return wrap(x.here(require_trace()))


def _scaled(factor: float) -> Callable[[Any], Any]:
    return lambda x: _float(x) * factor


def _heaviside(x: Any, half: Any) -> Any:
    x, half = lift(x), lift(half)
    dtype = loop_dtypes(np.heaviside, (tag_of(x), tag_of(half)))[0]
    x, half = x.astype(dtype), half.astype(dtype)
    step = np.where(x < 0, dtype.type(0), np.where(x > 0, dtype.type(1), half))
    return np.where(np.isnan(x), x, step)


def _fextremum(ufunc: np.ufunc) -> Callable[[Any, Any], Any]:
    def rule(x: Any, y: Any) -> Any:
        x, y = lift(x), lift(y)
        best = apply(ufunc, [x, y])
        if best.dtype.kind not in "fc":
            return best
        return np.where(np.isnan(x), y, np.where(np.isnan(y), x, best)).astype(best.dtype)

    return rule


def _logaddexp2(x: Any, y: Any) -> Any:
    x, y = lift(x), lift(y)
    dtype = loop_dtypes(np.logaddexp2, (tag_of(x), tag_of(y)))[0]
    return np.logaddexp(x.astype(dtype) * math.log(2), y.astype(dtype) * math.log(2)) / math.log(2)


def _float_power(x: Any, y: Any) -> Any:
    x, y = lift(x), lift(y)
    dtypes = loop_dtypes(np.float_power, (tag_of(x), tag_of(y)))
    return np.power(x.astype(dtypes[0]), y.astype(dtypes[1]))


def _ldexp(x: Any, n: Any) -> Any:
    x = _float(x)
    return x * np.exp2(lift(n).astype(x.dtype))


def _divmod(x: Any, y: Any) -> Any:
    return np.floor_divide(x, y), np.remainder(x, y)


def _modf(x: Any) -> Any:
    x = _float(x)
    whole = np.trunc(x)
    part = np.where(np.isinf(x), np.zeros_like(x), x - whole)
    return np.copysign(part, x), whole


def _signbit(x: Any) -> Any:
    x = lift(x)
    if x.dtype.kind in "iub":
        return x < 0
    return np.copysign(np.ones_like(x), x) < 0


def _isnat(x: Any) -> Any:
    raise refuse("np.isnat", "dates cannot stand in a graph")


def _contraction(name: str) -> Callable[..., Any]:
    def rule(x: Any, y: Any, **kwargs: Any) -> Any:
        from gradloom.frontend.numpy import contract

        return getattr(contract, name)(x, y, **kwargs)

    return rule


COMPOSITE: Final[dict[np.ufunc, Callable[..., Any]]] = {
    np.positive: positive,
    np.deg2rad: _scaled(math.pi / 180),
    np.radians: _scaled(math.pi / 180),
    np.rad2deg: _scaled(180 / math.pi),
    np.degrees: _scaled(180 / math.pi),
    np.heaviside: _heaviside,
    np.fmax: _fextremum(np.maximum),
    np.fmin: _fextremum(np.minimum),
    np.logaddexp2: _logaddexp2,
    np.float_power: _float_power,
    np.ldexp: _ldexp,
    np.divmod: _divmod,
    np.modf: _modf,
    np.signbit: _signbit,
    np.isnat: _isnat,
    np.matmul: _contraction("matmul"),
    np.vecdot: _contraction("vecdot"),
    np.matvec: _contraction("matvec"),
    np.vecmat: _contraction("vecmat"),
}
"""ufuncs that are written with others; the function takes what the ufunc takes."""
