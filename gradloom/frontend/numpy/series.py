"""Parts of numpy.polynomial that ask whether a single coefficient is 0, which a graph cannot say.

numpy leaves the one-term series 0 as it is; the general rule gives the same series with a zero
more at its end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Final

import numpy as np
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre, polynomial

from gradloom.frontend.asserted import require
from gradloom.frontend.numpy.lift import as_array, value_at_hand

_TIMES_X: Final[dict[str, tuple[ModuleType, tuple[float, float]]]] = {
    "poly": (polynomial, (0, 1)),
    "cheb": (chebyshev, (0, 1)),
    "leg": (legendre, (0, 1)),
    "herm": (hermite, (0, 0.5)),
    "herme": (hermite_e, (0, 1)),
    "lag": (laguerre, (1, -1)),
}
"""Of each kind of series: its module, and x times its first polynomial in terms of the first two
(DLMF 18.9(i))."""


def _mulx(original: Callable[..., Any], first: tuple[float, float]) -> Callable[..., Any]:
    def mulx(c: Any) -> Any:
        x = np.atleast_1d(as_array(c))
        if x.shape != (1,) or value_at_hand(x) is not None:
            return original(c)
        return x * np.array(first, np.result_type(x.dtype, 1.0))

    mulx.__doc__ = "The series times x."
    return mulx


def _int(original: Callable[..., Any]) -> Callable[..., Any]:
    def integral(
        c: Any,
        m: Any = 1,
        k: Any = (),
        lbnd: Any = 0,
        scl: Any = 1,
        axis: Any = 0,
    ) -> Any:
        x = np.atleast_1d(as_array(c))
        if x.shape[axis] != 1 or value_at_hand(x) is not None or not m:
            return original(c, m, k, lbnd, scl, axis)
        longer = np.concatenate([x, np.zeros_like(x)], axis)
        made = original(longer, m, k, lbnd, scl, axis)
        return np.moveaxis(np.moveaxis(made, axis, 0)[:-1], 0, axis)

    integral.__doc__ = "The integral of the series."
    return integral


def divided(times: Callable[..., Any], c1: Any, c2: Any) -> tuple[Any, Any]:
    """Quotient and remainder of two series, `times` being their product."""
    a, b = (np.atleast_1d(as_array(c)) for c in (c1, c2))
    dtype = np.result_type(a.dtype, b.dtype)
    dtype = dtype if dtype.kind in "fc" else np.dtype(np.float64)
    rest, b = a.astype(dtype), b.astype(dtype)
    require(b[-1] != 0, "np.polynomial: a series is divided by one that ends in 0")
    count, size = int(rest.shape[0]), int(b.shape[0])
    if count < size:
        return rest[:1] * 0, rest
    if size == 1:
        return rest / b[-1], rest[:1] * 0
    quotient: list[Any] = []
    for i in range(count - size, -1, -1):
        product = times([0] * i + [1], b)
        quotient.insert(0, rest[-1] / product[-1])
        rest = rest[:-1] - quotient[0] * product[:-1]
    return np.stack(quotient), rest


def _div(original: Callable[..., Any], times: Callable[..., Any]) -> Callable[..., Any]:
    def div(c1: Any, c2: Any) -> Any:
        known = [value_at_hand(as_array(c)) is not None for c in (c1, c2)]
        return original(c1, c2) if all(known) else divided(times, c1, c2)

    div.__doc__ = "Quotient and remainder of two series."
    return div


def _names(module: ModuleType, kind: str, first: tuple[float, float]) -> Mapping[str, Any]:
    mulx, integral = getattr(module, f"{kind}mulx"), getattr(module, f"{kind}int")
    div, mul = getattr(module, f"{kind}div"), getattr(module, f"{kind}mul")
    return {
        f"{kind}mulx": _mulx(mulx, first),
        f"{kind}int": _int(integral),
        f"{kind}div": _div(div, mul),
    }


MODULES: Final[dict[str, Mapping[str, Callable[..., Any]]]] = {
    module.__name__: _names(module, kind, first) for kind, (module, first) in _TIMES_X.items()
}
"""Module -> function -> ours."""
