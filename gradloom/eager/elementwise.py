"""Functions of each element: one line each, in the dtype that torch computes in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.eager.calls import Array, Number, cast, common, direct, level, one
from gradloom.eager.dtypes import BOOL, category, floating
from gradloom.eager.tensor import Tensor
from gradloom.frontend.nn import activations as nn
from gradloom.frontend.scipy.direct import of
from gradloom.frontend.scipy.special_ufuncs import UFUNCS
from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError
from gradloom.ir.location import user_location
from gradloom.ir.op import Op

Function = Callable[..., Tensor]


LEVEL: Final = frozenset((
    "sign", "floor", "ceil", "trunc", "round", "floor_divide", "copysign",
))  # fmt: skip
"""Functions that are constant in pieces, by each operand or one."""

FLOATING: Final[dict[str, Callable[[Array], Array]]] = {
    "exp": np.exp, "exp2": np.exp2, "expm1": np.expm1, "log": np.log, "log2": np.log2,
    "log10": np.log10, "log1p": np.log1p, "sqrt": np.sqrt, "rsqrt": lambda x: 1 / np.sqrt(x),
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos,
    "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "asinh": np.arcsinh,
    "acosh": np.arccosh, "atanh": np.arctanh, "reciprocal": lambda x: 1 / x,
    "sigmoid": nn.sigmoid, "erf": of(o.erf), "erfc": of(o.erfc), "erfinv": of(o.erfinv),
    "lgamma": of(o.lgamma), "digamma": of(o.digamma), "sinc": np.sinc,
    "deg2rad": np.deg2rad, "rad2deg": np.rad2deg, "logit": lambda x: np.log(x / (1 - x)),
    "silu": nn.plain_silu, "logsigmoid": nn.log_sigmoid, "softsign": nn.softsign,
    "tanhshrink": nn.tanhshrink, "mish": nn.mish, "relu6": nn.relu6, "selu": nn.selu,
    "hardsigmoid": nn.hardsigmoid, "hardswish": nn.hardswish,
}  # fmt: skip
"""Functions that give floats, of integers too."""

KEEPING: Final[dict[str, Callable[[Array], Array]]] = {
    "neg": np.negative, "abs": np.abs, "sign": np.sign, "floor": np.floor, "ceil": np.ceil,
    "trunc": np.trunc, "square": np.square, "relu": nn.relu,
    "bitwise_not": np.invert, "frac": lambda x: x - np.trunc(x), "conj_physical": np.conj,
}  # fmt: skip
"""Functions that keep the dtype."""

ASKING: Final[dict[str, Callable[[Array], Array]]] = {
    "isnan": np.isnan, "isinf": np.isinf, "isfinite": np.isfinite, "logical_not": np.logical_not,
    "signbit": np.signbit, "isposinf": lambda x: np.isinf(x) & (x > 0),
    "isneginf": lambda x: np.isinf(x) & (x < 0),
}  # fmt: skip
"""Functions that give bools."""

PAIRS: Final[dict[str, Callable[[Array, Array], Array]]] = {
    "maximum": np.maximum, "minimum": np.minimum, "fmod": np.fmod, "remainder": np.remainder,
    "bitwise_and": np.bitwise_and, "bitwise_or": np.bitwise_or, "bitwise_xor": np.bitwise_xor,
    "bitwise_left_shift": np.left_shift, "bitwise_right_shift": np.right_shift,
    "floor_divide": np.floor_divide, "fmax": np.fmax, "fmin": np.fmin,
}  # fmt: skip
"""Functions of two in their common dtype."""

FLOATING_PAIRS: Final[dict[str, Callable[[Array, Array], Array]]] = {
    "atan2": np.arctan2, "hypot": np.hypot, "logaddexp": np.logaddexp, "copysign": np.copysign,
    "xlogy": UFUNCS["xlogy"], "logaddexp2": np.logaddexp2, "nextafter": np.nextafter,
}  # fmt: skip
"""Functions of two that give floats."""

COMPARISONS: Final[dict[str, Callable[[Array, Array], Array]]] = {
    "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater,
    "ge": np.greater_equal, "logical_and": np.logical_and, "logical_or": np.logical_or,
    "logical_xor": np.logical_xor,
}  # fmt: skip
"""Functions of two that give bools."""


DIRECT: Final[dict[str, Op]] = {
    "add": o.add, "sub": o.subtract, "mul": o.multiply, "eq": o.equal, "ne": o.not_equal,
    "lt": o.less, "le": o.less_equal, "gt": o.greater, "ge": o.greater_equal,
}  # fmt: skip
"""Functions that are one op, of all dtypes but bool."""


def unary(what: str, f: Callable[[Array], Array], float_result: bool) -> Function:
    """The function of one tensor."""

    def function(x: Tensor) -> Tensor:
        (x,), dtype = common(what, x)
        to = floating(dtype) if float_result else dtype
        made = level if what in LEVEL else one
        return made(what, lambda a: f(cast(a, to)), [x])

    return _named(function, what)


def binary(what: str, f: Callable[[Array, Array], Array], float_result: bool) -> Function:
    """The function of two tensors or numbers."""

    def function(x: Tensor | Number, other: Tensor | Number) -> Tensor:
        xs, dtype = common(what, x, other)
        to = floating(dtype) if float_result else dtype
        op = DIRECT.get(what)
        if op is not None and to != BOOL:
            return direct(what, op, xs, to)
        made = level if what in LEVEL else one
        return made(what, lambda a, b: f(cast(a, to), cast(b, to)), xs)

    return _named(function, what)


def _named(function: Function, what: str) -> Function:
    function.__name__ = function.__qualname__ = what
    return function


def _scaled(what: str, f: Callable[[Array, Array], Array]) -> Function:
    def function(x: Tensor | Number, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
        xs, dtype = common(what, x, other)
        if what == "sub" and any(
            isinstance(t, Tensor) and t._value.type.dtype == BOOL for t in (x, other)
        ):
            raise DtypeError(
                "gt.sub: bools are not subtracted", location=user_location(),
                hint="use a ^ b, or convert them: a.int()",
            )  # fmt: skip

        if dtype != BOOL and type(alpha) is int and alpha == 1:
            return direct(what, DIRECT[what], xs, dtype)

        def scaled(a: Array, b: Array) -> Array:
            b = cast(b, dtype)
            return f(
                cast(a, dtype), b if type(alpha) is int and alpha == 1 else cast(b * alpha, dtype)
            )

        return one(what, scaled, xs)

    return _named(function, what)


def div(x: Tensor | Number, other: Tensor | Number, *, rounding_mode: str | None = None) -> Tensor:
    """The quotient: of floats, or rounded to "floor" or "trunc" in the common dtype."""
    xs, dtype = common("div", x, other)
    if rounding_mode is None:
        to = floating(dtype)
        return direct("div", o.divide, xs, to)
    if rounding_mode == "floor":
        return FUNCTIONS["floor_divide"](x, other)
    if rounding_mode != "trunc":
        raise _unknown("div: rounding_mode", rounding_mode, "None, 'floor' or 'trunc'")

    def truncated(a: Array, b: Array) -> Array:
        a, b = cast(a, dtype), cast(b, dtype)
        if category(dtype) >= 2:
            return np.trunc(a / b)
        floored = a // b
        return floored + cast((floored < 0) & (floored * b != a), dtype)

    return level("div", truncated, xs)


def _unknown(what: str, given: object, offered: str) -> DtypeError:
    return DtypeError(f"gt.{what}={given!r} is not offered", hint=f"give {offered}")


def pow(x: Tensor | Number, exponent: Tensor | Number) -> Tensor:  # noqa: A001, RUF100
    """`x ** exponent` in the common dtype."""
    xs, dtype = common("pow", x, exponent)
    if type(exponent) in (int, float) and category(dtype) >= 2 and exponent in (1, 2, 3):
        times = (1, 2, 3).index(exponent) + 1

        def multiplied(a: Array, b: Array) -> Array:
            a = cast(a, dtype)
            return a if times == 1 else a * a if times == 2 else a * a * a

        return one("pow", multiplied, xs)
    if type(exponent) is int and exponent < 0 and category(dtype) < 2:
        raise DtypeError(
            "gt.pow: integers have no negative powers", location=user_location(),
            hint="convert the base: x.float()",
        )  # fmt: skip
    return one("pow", lambda a, b: np.power(cast(a, dtype), cast(b, dtype)), xs)


def round(x: Tensor, *, decimals: int = 0) -> Tensor:  # noqa: A001, RUF100
    """Each element rounded to even."""
    return level("round", lambda a: np.round(a, decimals), [x])


def clamp(x: Tensor, min: Any = None, max: Any = None) -> Tensor:
    """Each element, at least `min` and at most `max`."""
    bounds = [b for b in (min, max) if b is not None]
    if not bounds:
        raise _unknown("clamp: min and max", None, "one of them, or both")
    xs, dtype = common("clamp", x, *bounds)

    def bounded(a: Array, *rest: Array) -> Array:
        a, given = cast(a, dtype), iter(rest)
        if min is not None:
            low = cast(next(given), dtype)
            a = np.where(a < low, low, a)
        if max is not None:
            high = cast(next(given), dtype)
            a = np.where(a > high, high, a)
        return a

    return one("clamp", bounded, xs)


def where(condition: Tensor, x: Any = None, other: Any = None) -> Any:
    """`x` where the condition holds, else `other`; alone, the places where it holds."""
    if x is None and other is None:
        from gradloom.eager.indexing import nonzero

        return nonzero(condition, as_tuple=True)
    xs, dtype = common("where", x, other)
    return one(
        "where",
        lambda c, a, b: np.where(cast(c, BOOL), cast(a, dtype), cast(b, dtype)),
        [condition, *xs],
    )


def lerp(x: Tensor, end: Tensor, weight: Tensor | Number) -> Tensor:
    """`x + weight * (end - x)`."""
    xs, dtype = common("lerp", x, end, weight)
    return one("lerp", lambda a, b, w: a + cast(w, dtype) * (b - a), xs)


def addcmul(x: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Tensor:
    """`x + value * tensor1 * tensor2`."""
    return add(x, mul(tensor1, tensor2), alpha=value)


def addcdiv(x: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Tensor:
    """`x + value * tensor1 / tensor2`."""
    return add(x, div(tensor1, tensor2), alpha=value)


def nan_to_num(
    x: Tensor, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Tensor:
    """Each element, numbers in place of nan and infinities."""
    return one("nan_to_num", lambda a: np.nan_to_num(a, True, nan, posinf, neginf), [x])


add: Final = _scaled("add", np.add)
sub: Final = _scaled("sub", np.subtract)
mul: Final = binary("mul", np.multiply, float_result=False)

FUNCTIONS: Final[dict[str, Function]] = {
    **{name: unary(name, f, True) for name, f in FLOATING.items()},
    **{name: unary(name, f, False) for name, f in (KEEPING | ASKING).items()},
    **{name: binary(name, f, False) for name, f in (PAIRS | COMPARISONS).items()},
    **{name: binary(name, f, True) for name, f in FLOATING_PAIRS.items()},
    "add": add, "sub": sub, "mul": mul, "div": div, "pow": pow, "round": round, "clamp": clamp,
    "where": where, "lerp": lerp, "addcmul": addcmul, "addcdiv": addcdiv,
    "nan_to_num": nan_to_num, "gelu": unary("gelu", nn.exact_gelu, True),
}  # fmt: skip
"""By torch's name."""

ALIASES: Final = {
    "negative": "neg", "absolute": "abs", "subtract": "sub", "multiply": "mul", "divide": "div",
    "true_divide": "div", "clip": "clamp", "arcsin": "asin", "arccos": "acos", "arctan": "atan",
    "arctan2": "atan2", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
    "greater": "gt", "greater_equal": "ge", "less": "lt", "less_equal": "le", "not_equal": "ne",
    "fix": "trunc", "sgn": "sign",
}  # fmt: skip
"""torch's other name -> the name above."""
