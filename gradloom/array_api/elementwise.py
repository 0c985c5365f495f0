"""The functions that work number by number, as tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.array_api.dtypes import (
    Raw,
    is_weak,
    promoted,
    require,
    require_scalar,
)
from gradloom.array_api.run import function, numeric
from gradloom.frontend.tracer import Tracer, is_tracer
from gradloom.ir.errors import DtypeError
from gradloom.ir.location import user_location

Function = Callable[..., Any]


# ---- rules that are not one call of numpy's ------------------------------------------------------


def _whole(rule: Function) -> Function:
    """`rule` for floats; integers are whole already."""
    return lambda x: np.positive(x) if x.dtype.kind in "iu" else rule(x)


def _floor_divide(x1: Raw, x2: Raw) -> Raw:
    """The standard rounds `inf / 2` and `2 / -inf` as division gives them, where numpy gives NaN
    and -1.
    """
    quotient = np.floor_divide(x1, x2)
    if quotient.dtype.kind != "f":
        return quotient
    return np.where(np.isinf(x1) ^ np.isinf(x2), np.divide(x1, x2), quotient)


def _sign(x: Raw) -> Raw:
    """numpy keeps the sign of -0, which the standard drops."""
    made = np.sign(x)
    return made if x.dtype.kind in "iu" else made + np.zeros((), x.dtype)


def _expm1(x: Raw) -> Raw:
    """numpy's, but for the standard's values at complex numbers where the real part is infinite
    or the imaginary part 0.
    """
    made = np.expm1(x)
    if x.dtype.kind != "c":
        return made
    a, b = np.real(x), np.imag(x)
    low, high, loose = np.isinf(a) & (a < 0), np.isinf(a) & (a > 0), ~np.isfinite(b)
    along = _complex(np.expm1(a) + np.zeros((), a.dtype), b)
    made = np.where(b == 0, along, made)
    made = np.where(low & loose, np.array(-1, x.dtype), made)
    return np.where(high & loose, np.array(complex(np.inf, np.nan), x.dtype), made)


def _tanh(x: Raw) -> Raw:
    """numpy's, but for the sign of 0 in the imaginary part at an infinite real part."""
    made = np.tanh(x)
    if x.dtype.kind != "c":
        return made
    a, b = np.real(x), np.imag(x)
    limit = _complex(np.sign(a), np.copysign(np.zeros((), b.dtype), b))
    return np.where(np.isinf(a) & np.isfinite(b), limit, made)


def _complex(a: Raw, b: Raw) -> Raw:
    """The complex numbers of these parts, where b is finite; -0 is 0 in b."""
    return a + 1j * b


def _power(x1: Raw, x2: Raw) -> Raw:
    """numpy takes a root where one exponent 0.5 is for all; infinities and zeros lose their sign
    as in any other power.
    """
    made = np.power(x1, x2)
    if type(made) is Tracer or made.dtype.kind != "f":
        return made
    rooted = np.equal(x2, 0.5)
    if not rooted.any():
        return made
    return np.where(rooted & (np.isinf(x1) | np.equal(x1, 0)), np.abs(x1), made)


# ---- tables --------------------------------------------------------------------------------------

_UNARY: Final[dict[str, tuple[str, Function, str]]] = {
    "abs": ("numeric", np.abs, "The absolute value."),
    "acos": ("floating-point", np.arccos, "The inverse cosine, in [0, pi]."),
    "acosh": ("floating-point", np.arccosh, "The inverse hyperbolic cosine."),
    "asin": ("floating-point", np.arcsin, "The inverse sine, in [-pi/2, pi/2]."),
    "asinh": ("floating-point", np.arcsinh, "The inverse hyperbolic sine."),
    "atan": ("floating-point", np.arctan, "The inverse tangent, in [-pi/2, pi/2]."),
    "atanh": ("floating-point", np.arctanh, "The inverse hyperbolic tangent."),
    "bitwise_invert": ("integer or boolean", np.invert, "Every bit turned over."),
    "ceil": ("real numeric", _whole(np.ceil), "The least whole number that is not less."),
    "conj": ("numeric", np.conjugate, "The complex conjugate."),
    "cos": ("floating-point", np.cos, "The cosine."),
    "cosh": ("floating-point", np.cosh, "The hyperbolic cosine."),
    "exp": ("floating-point", np.exp, "e to the power x."),
    "expm1": ("floating-point", _expm1, "exp(x) - 1, exact for small x."),
    "floor": ("real numeric", _whole(np.floor), "The greatest whole number that is not greater."),
    "imag": ("complex floating-point", np.imag, "The imaginary part."),
    "isfinite": ("numeric", np.isfinite, "Whether it is neither infinite nor NaN."),
    "isinf": ("numeric", np.isinf, "Whether it is infinite."),
    "isnan": ("numeric", np.isnan, "Whether it is NaN."),
    "log": ("floating-point", np.log, "The natural logarithm."),
    "log10": ("floating-point", np.log10, "The logarithm to base 10."),
    "log1p": ("floating-point", np.log1p, "log(1 + x), exact for small x."),
    "log2": ("floating-point", np.log2, "The logarithm to base 2."),
    "logical_not": ("boolean", np.logical_not, "The logical negation."),
    "negative": ("numeric", np.negative, "-x."),
    "positive": ("numeric", np.positive, "+x."),
    "real": ("numeric", np.real, "The real part."),
    "reciprocal": ("floating-point", np.reciprocal, "1 / x."),
    "round": ("numeric", _whole(np.round), "The nearest whole number; halves go to the even one."),
    "sign": ("numeric", _sign, "-1, 0 or 1; of a complex number, x / abs(x)."),
    "signbit": ("real floating-point", np.signbit, "Whether the sign bit is set, also of -0."),
    "sin": ("floating-point", np.sin, "The sine."),
    "sinh": ("floating-point", np.sinh, "The hyperbolic sine."),
    "sqrt": ("floating-point", np.sqrt, "The principal square root."),
    "square": ("numeric", np.square, "x * x."),
    "tan": ("floating-point", np.tan, "The tangent."),
    "tanh": ("floating-point", _tanh, "The hyperbolic tangent."),
    "trunc": ("real numeric", _whole(np.trunc), "The whole number next to it, towards 0."),
}

_BINARY: Final[dict[str, tuple[str, Function, str]]] = {
    "add": ("numeric", np.add, "x1 + x2."),
    "atan2": ("real floating-point", np.arctan2, "The angle of the point (x2, x1)."),
    "bitwise_and": ("integer or boolean", np.bitwise_and, "x1 & x2."),
    "bitwise_left_shift": ("integer", np.left_shift, "x1 << x2."),
    "bitwise_or": ("integer or boolean", np.bitwise_or, "x1 | x2."),
    "bitwise_right_shift": ("integer", np.right_shift, "x1 >> x2, the sign coming in."),
    "bitwise_xor": ("integer or boolean", np.bitwise_xor, "x1 ^ x2."),
    "copysign": ("real floating-point", np.copysign, "The size of x1 with the sign of x2."),
    "divide": ("floating-point", np.divide, "x1 / x2."),
    "equal": ("any", np.equal, "x1 == x2."),
    "floor_divide": ("real numeric", _floor_divide, "x1 / x2, rounded down."),
    "greater": ("real numeric", np.greater, "x1 > x2."),
    "greater_equal": ("real numeric", np.greater_equal, "x1 >= x2."),
    "hypot": ("real floating-point", np.hypot, "sqrt(x1**2 + x2**2), without overflow."),
    "less": ("real numeric", np.less, "x1 < x2."),
    "less_equal": ("real numeric", np.less_equal, "x1 <= x2."),
    "logaddexp": ("real floating-point", np.logaddexp, "log(exp(x1) + exp(x2))."),
    "logical_and": ("boolean", np.logical_and, "x1 and x2."),
    "logical_or": ("boolean", np.logical_or, "x1 or x2."),
    "logical_xor": ("boolean", np.logical_xor, "Whether exactly one of the two holds."),
    "maximum": ("real numeric", np.maximum, "The greater of the two; NaN if one is NaN."),
    "minimum": ("real numeric", np.minimum, "The less of the two; NaN if one is NaN."),
    "multiply": ("numeric", np.multiply, "x1 * x2."),
    "nextafter": ("real floating-point", np.nextafter, "The number next to x1, towards x2."),
    "not_equal": ("any", np.not_equal, "x1 != x2."),
    "pow": ("numeric", _power, "x1 to the power x2."),
    "remainder": ("real numeric", np.remainder, "What floor_divide leaves, with x2's sign."),
    "subtract": ("numeric", np.subtract, "x1 - x2."),
}


def operands(name: str, category: str, x1: Raw, x2: Raw) -> tuple[Raw, Raw]:
    """Two operands that fit together; raises `TypeError` for dtypes that do not."""
    if is_weak(x2):
        require(name, category, x1)
        require_scalar(name, x2, x1.dtype, widens=not category.startswith("real"))
        return x1, _bare(x2)
    if is_weak(x1):
        require(name, category, x2)
        require_scalar(name, x1, x2.dtype, widens=not category.startswith("real"))
        return _bare(x1), x2
    require(name, category, x1, x2)
    if x1.dtype != x2.dtype:
        promoted(name, [x1.dtype, x2.dtype])
    return x1, x2


def _bare(x: Any) -> Any:
    return x.item() if not is_tracer(x) and isinstance(x, np.generic) else x


def _unary(name: str, category: str, rule: Function, text: str) -> Function:
    def body(x: Raw, /) -> Raw:
        require(name, category, x)
        return rule(x)

    return function(_named(body, name, text))


def _binary(name: str, category: str, rule: Function, text: str) -> Function:
    def body(x1: Raw, x2: Raw, /) -> Raw:
        return rule(*operands(name, category, x1, x2))

    return numeric(_named(body, name, text))


def _named(body: Function, name: str, text: str) -> Function:
    body.__name__ = body.__qualname__ = name
    body.__doc__ = text
    return body


UNARY: Final = {name: _unary(name, *row) for name, row in _UNARY.items()}
BINARY: Final = {name: _binary(name, *row) for name, row in _BINARY.items()}


# ---- and one with arguments of its own -----------------------------------------------------------


def _limit(x: Raw, limit: Any, rule: Function) -> Raw:
    """x kept on one side of a limit, in x's own dtype or one that holds both."""
    if is_weak(limit):
        if x.dtype.kind in "iu":
            info = np.iinfo(x.dtype)
            if isinstance(limit, int) and not info.min <= limit <= info.max:
                return x if (limit < info.min) == (rule == np.maximum) else _out_of(limit, x)
        require_scalar("clip", limit, x.dtype)
        return rule(x, _bare(limit))
    require("clip", "real numeric", limit)
    promoted("clip", [x.dtype, limit.dtype])
    return rule(x, limit).astype(x.dtype)


def _out_of(limit: int, x: Raw) -> Raw:
    raise DtypeError(
        f"clip: {limit} is no number of {x.dtype}", location=user_location(),
        hint="convert the array with astype first",
    )  # fmt: skip


@numeric
def clip(x: Raw, /, min: Any = None, max: Any = None) -> Raw:
    """x kept between `min` and `max`, in x's dtype; NaN where one of the three is NaN."""
    require("clip", "real numeric", x)
    made = x
    if min is not None:
        made = _limit(made, min, np.maximum)
    if max is not None:
        made = _limit(made, max, np.minimum)
    return x.copy() if made is x else made


FUNCTIONS: Final[dict[str, Function]] = {**UNARY, **BINARY, "clip": clip}
"""Name -> function."""
