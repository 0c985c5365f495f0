"""Functions with an order (Bessel functions, orthogonal polynomials): whole orders, known at trace
time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import Array
from gradloom.frontend.scipy.direct import of
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import refuse
from gradloom.ir import ops as o
from gradloom.ir.graph import Literal, Value

_LIMIT: Final = 200
"""Orders above it are refused: their recurrences would be written out."""


def whole(n: Array) -> int | None:
    """The number behind an order, None where it is not one known whole number."""
    value = n.here(require_trace())
    if isinstance(value, Literal):
        number = value.value
    elif isinstance(value, Value) and value.node is not None and value.node.op is o.constant:
        attrs: Any = value.node.attrs
        given = np.unique(attrs.value.array)
        if given.size != 1:
            return None
        number = given[0]
    else:
        return None
    found = float(number)
    return int(found) if found == math.floor(found) else None


def _order(name: str, n: Array) -> int:
    found = whole(n)
    if found is None or abs(found) > _LIMIT:
        raise refuse(
            f"scipy.special.{name}",
            f"its order has to be one whole number up to {_LIMIT}, known when it is traced",
            "give it as a Python int",
        )
    return found


def _bessel(name: str, op: Any, sign: int, after: Callable[[Array, Array], Array]) -> Any:
    """A function of order n and x; `sign` to the power n turns a negative order round."""

    def rule(n: Array, x: Array) -> Array:
        order = _order(name, n)
        turned = sign ** abs(order) if order < 0 else 1
        return turned * after(x, of(op, n=abs(order))(x))

    return rule


def _as_it_is(x: Array, value: Array) -> Array:
    return value


def _grown(x: Array, value: Array) -> Array:
    """value exp(|x|), in two halves that overflow no earlier than the result."""
    half = np.exp(0.5 * np.abs(x))
    return value * half * half


def _decayed(x: Array, value: Array) -> Array:
    return value * np.exp(-np.where(np.isnan(value), 0.0, x))


def _fixed(rule: Callable[[Array, Array], Array], n: int) -> Callable[[Array], Array]:
    return lambda x: rule(_literal(n), x)


def _literal(n: int) -> Array:
    from gradloom.frontend.numpy.lift import lift

    return lift(float(n))


_J: Final = _bessel("jv", o.bessel_j, -1, _as_it_is)
_Y: Final = _bessel("yv", o.bessel_y, -1, _as_it_is)
_I: Final = _bessel("iv", o.bessel_ie, 1, _grown)
_IE: Final = _bessel("ive", o.bessel_ie, 1, _as_it_is)
_K: Final = _bessel("kv", o.bessel_ke, 1, _decayed)
_KE: Final = _bessel("kve", o.bessel_ke, 1, _as_it_is)


def _expn(n: Array, x: Array) -> Array:
    order = _order("expn", n)
    if order < 0:
        return x * np.nan
    return of(o.expn, n=order)(x)


# ---- orthogonal polynomials ----------------------------------------------------------------------


def _recurrence(
    name: str, first: Callable[[Array], Array], step: Callable[[int, Array, Array, Array], Array]
) -> Callable[[Array, Array], Array]:
    """p_0 = 1, p_1 = first(x), p_(k+1) = step(k, x, p_k, p_(k-1))."""

    def rule(n: Array, x: Array) -> Array:
        order = _order(name, n)
        if order < 0:
            raise refuse(f"scipy.special.{name}", "a negative order is not offered")
        before, now = np.ones_like(x), first(x)
        if order == 0:
            return before
        for k in range(1, order):
            before, now = now, step(k, x, now, before)
        return now

    return rule


_POLYNOMIALS: Final[dict[str, Callable[..., Any]]] = {
    "eval_legendre": _recurrence(
        "eval_legendre", lambda x: x, lambda k, x, p, q: ((2 * k + 1) * x * p - k * q) / (k + 1)
    ),
    "eval_chebyt": _recurrence("eval_chebyt", lambda x: x, lambda k, x, p, q: 2 * x * p - q),
    "eval_chebyu": _recurrence("eval_chebyu", lambda x: 2 * x, lambda k, x, p, q: 2 * x * p - q),
    "eval_hermite": _recurrence(
        "eval_hermite", lambda x: 2 * x, lambda k, x, p, q: 2 * x * p - 2 * k * q
    ),
    "eval_hermitenorm": _recurrence(
        "eval_hermitenorm", lambda x: x, lambda k, x, p, q: x * p - k * q
    ),
    "eval_laguerre": _recurrence(
        "eval_laguerre", lambda x: 1 - x,
        lambda k, x, p, q: ((2 * k + 1 - x) * p - k * q) / (k + 1),
    ),
}  # fmt: skip

UFUNCS: Final[dict[str, Callable[..., Any]]] = {
    "jv": _J, "jn": _J, "yv": _Y, "yn": _Y, "iv": _I, "ive": _IE, "kv": _K, "kn": _K, "kve": _KE,
    "j0": _fixed(_J, 0), "j1": _fixed(_J, 1), "y0": _fixed(_Y, 0), "y1": _fixed(_Y, 1),
    "i0": _fixed(_I, 0), "i1": _fixed(_I, 1), "i0e": _fixed(_IE, 0), "i1e": _fixed(_IE, 1),
    "k0": _fixed(_K, 0), "k1": _fixed(_K, 1), "k0e": _fixed(_KE, 0), "k1e": _fixed(_KE, 1),
    "expn": _expn, **_POLYNOMIALS,
}  # fmt: skip
