"""What the functions of Python's `math` give on traced values: Python floats, computed in double
precision.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import lift
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, any_tracer, refuse, wrap
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.location import user_location
from gradloom.ir.op import Op

_FLOATS: Final[dict[str, Callable[..., Any]]] = {
    name: getattr(np, numpys)
    for name, numpys in {
        **{
            name: name
            for name in (
                "sqrt", "cbrt", "exp", "exp2", "expm1", "log2", "log10", "log1p", "sin", "cos",
                "tan", "sinh", "cosh", "tanh", "fabs", "isnan", "isinf", "isfinite", "fmod",
                "copysign", "degrees", "radians", "nextafter",
            )
        },
        "pow": "power", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh",
        "acosh": "arccosh", "atanh": "arctanh", "atan2": "arctan2",
    }.items()
    if hasattr(math, name)
}  # fmt: skip
_WHOLE: Final[dict[str, Callable[..., Any]]] = {
    "floor": np.floor, "ceil": np.ceil, "trunc": np.trunc,
}  # fmt: skip


def _weak(value: Any) -> Tracer:
    trace = require_trace()
    return Tracer(trace, lift(value).here(trace), "weak")


def _double(x: Any) -> Any:
    """A number as `float(x)` makes it; raises `TypeError` for an array of more than one element."""
    x = lift(x)
    if x.ndim and x.size != 1:
        raise TypeError("only 0-dimensional arrays can be converted to Python scalars")
    if x.dtype.kind == "c":
        raise TypeError("must be real number, not complex")
    return _weak(x.reshape(()).astype(np.float64))


def _of_floats(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *xs: f(*[_double(x) for x in xs])


def _to_whole(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x: f(_double(x)).astype(np.int64)


def _log(x: Any, base: Any = math.e) -> Any:
    top = np.log(_double(x))
    return top if base is math.e else top / np.log(_double(base))


def _by(op: Op) -> Callable[..., Any]:
    """A function of one number that is an op."""
    return lambda x: wrap(op(_double(x).here(require_trace())))


def _frexp(x: Any) -> Any:
    mantissa, exponent = np.frexp(_double(x))
    return mantissa, lift(exponent).astype(np.int64)


def _ieee_remainder(x: Any, y: Any) -> Any:
    """x less the nearest multiple of y, halves to the even one; exact, as the C library has it."""
    a, b = _double(x), _double(y)
    size: Any = abs(b)
    rest: Any = np.fmod(abs(a), 2 * size)  # below 2 |y|, where the multiple is 0, 1 or 2
    over = rest - size
    over = np.where(over + over >= size, over - size, over)
    rest = np.where(rest + rest > size, over, rest)
    finite = np.where(np.isinf(b) & np.isfinite(a), abs(a), rest)
    return np.where(np.signbit(a), -finite, finite)


def _ulp(x: Any) -> Any:
    size: Any = abs(_double(x))
    top = size == np.finfo(np.float64).max
    step = np.nextafter(size, np.inf) - size
    below = size - np.nextafter(size, 0.0)
    return np.where(np.isinf(size), size, np.where(top, below, step))


def _whole(x: Any) -> Any:
    x = lift(x)
    if x.dtype.kind not in "biu" or (x.ndim and x.size != 1):
        raise TypeError(f"'{x.dtype}' object cannot be interpreted as an integer")
    return x.reshape(()).astype(np.int64)


def _isqrt(n: Any) -> Any:
    """The floor of the root, mended where the float root is off by one."""
    x = _whole(n)
    root: Any = np.sqrt(x.astype(np.float64)).astype(np.int64)
    root = np.where(root * root > x, root - 1, root)
    return np.where((root + 1) * (root + 1) <= x, root + 1, root)


def _hypot(*xs: Any) -> Any:
    total: Any = abs(_double(xs[0])) if xs else 0.0
    for x in xs[1:]:
        total = np.hypot(total, _double(x))
    return total


def _dist(p: Any, q: Any) -> Any:
    pairs = list(zip(p, q, strict=True))
    return _hypot(*[_double(a) - _double(b) for a, b in pairs])


def _fsum(xs: Any) -> Any:
    total: Any = 0.0
    for x in xs:
        total = total + _double(x)
    return total


def _prod(xs: Any, *, start: Any = 1) -> Any:
    total = start
    for x in xs:
        total = total * x
    return total


def _sumprod(p: Any, q: Any) -> Any:
    return sum(a * b for a, b in zip(p, q, strict=True))


def _isclose(a: Any, b: Any, *, rel_tol: Any = 1e-09, abs_tol: Any = 0.0) -> Any:
    x, y = _double(a), _double(b)
    scale = np.maximum(abs(x), abs(y))
    near = abs(x - y) <= np.maximum(rel_tol * scale, abs_tol)
    return (x == y) | (near & np.isfinite(scale))


def _gcd(f: Callable[..., Any]) -> Callable[..., Any]:
    def rule(*xs: Any) -> Any:
        total: Any = xs[0]
        for x in xs[1:]:
            total = f(total, x)
        return total

    return rule


_OWN: Final[dict[str, Callable[..., Any]]] = {
    **{name: _of_floats(f) for name, f in _FLOATS.items()},
    **{name: _to_whole(f) for name, f in _WHOLE.items()},
    "log": _log, "erf": _by(o.erf), "erfc": _by(o.erfc), "lgamma": _by(o.lgamma),
    "gamma": _by(o.gamma), "frexp": _frexp, "remainder": _ieee_remainder, "ulp": _ulp,
    "isqrt": _isqrt, "hypot": _hypot, "dist": _dist, "fsum": _fsum, "isclose": _isclose,
    "ldexp": lambda x, n: np.ldexp(_double(x), n), "gcd": _gcd(np.gcd), "lcm": _gcd(np.lcm),
    "modf": lambda x: np.modf(_double(x)),
}  # fmt: skip
_AS_THEY_ARE: Final[dict[str, Callable[..., Any]]] = {"prod": _prod, "sumprod": _sumprod}
"""They compute with what they are given, so that the kind of the result is theirs."""
_WITHOUT: Final = ("factorial", "comb", "perm", "fma")
"""Their results are whole numbers of any size, or rounded as no graph can say."""

NAMES: Final = tuple(n for n in (*_OWN, *_AS_THEY_ARE, *_WITHOUT) if hasattr(math, n))
"""The functions of `math` that are replaced while a trace runs."""


def traced(name: str) -> Callable[..., Any]:
    """What stands for `math.<name>`: the original itself where nothing traced is given."""

    def replacement(original: Any, *args: Any, **kwargs: Any) -> Any:
        given = [*args, *kwargs.values()]
        if not any(isinstance(x, Dim) or any_tracer(x) for x in given):
            return original(*args, **kwargs)
        require_trace().builder.location = user_location(2)
        if name in _WITHOUT:
            raise refuse(f"math.{name}", "its exact result cannot stand in a graph")
        if name in _AS_THEY_ARE:
            return _AS_THEY_ARE[name](*args, **kwargs)
        made = _OWN[name](*args, **kwargs)
        return tuple(_weak(x) for x in made) if isinstance(made, tuple) else _weak(made)

    return replacement
