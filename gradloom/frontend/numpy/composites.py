"""ufuncs that are short compositions of others."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.numpy import exponents, integers
from gradloom.frontend.numpy.lift import Array, lift, tag_of
from gradloom.frontend.numpy.promotion import Asked, as_operand, loop_dtypes
from gradloom.frontend.tracer import Tracer, wrap

_SINGLE: Final = np.dtype(np.float32)


@final
@dataclass(frozen=True, slots=True)
class Composite:
    """`rule(*operands in the loop's dtypes)` gives the result(s), which are cast to the loop's.

    `wide`: floats below single precision are computed in single precision, as numpy's loops do.
    """

    rule: Callable[..., Any]
    wide: bool = False


def composed(
    ufunc: np.ufunc, found: Composite, xs: list[Tracer], asked: Asked | None = None
) -> Any:
    """What a composite ufunc gives on tracers, in the dtypes of numpy's loop."""
    dtypes = loop_dtypes(ufunc, tuple([tag_of(x) for x in xs]), asked)
    operands = [wrap(as_operand(x, d)) for x, d in zip(xs, dtypes, strict=False)]
    if found.wide:
        operands = [x.astype(_SINGLE) if _is_low(x) else x for x in operands]
    made = found.rule(*operands)
    several = made if isinstance(made, tuple) else (made,)
    results = [lift(r).astype(d) for r, d in zip(several, dtypes[ufunc.nin :], strict=True)]
    return tuple(results) if isinstance(made, tuple) else results[0]


def _is_low(x: Tracer) -> bool:
    return x.aval.inexact and x.dtype.itemsize < _SINGLE.itemsize


def _scaled(factor: float) -> Callable[[Array], Array]:
    return lambda x: x * factor


def _heaviside(x: Array, half: Array) -> Array:
    step = np.where(x < 0, x.dtype.type(0), np.where(x > 0, x.dtype.type(1), half))
    return np.where(np.isnan(x), x, step)


def _fextremum(ufunc: np.ufunc) -> Callable[[Array, Array], Array]:
    def rule(x: Array, y: Array) -> Array:
        best = ufunc(x, y)
        if not lift(best).aval.inexact:
            return best
        return np.where(np.isnan(y), x, np.where(np.isnan(x), y, best))

    return rule


def _logaddexp2(x: Array, y: Array) -> Array:
    return np.logaddexp(x * math.log(2), y * math.log(2)) / math.log(2)


def _modf(x: Array) -> Any:
    whole = np.trunc(x)
    part = np.where(np.isinf(x), np.zeros_like(x), x - whole)
    return np.copysign(part, x), whole


COMPOSITE: Final[dict[np.ufunc, Composite]] = {
    np.positive: Composite(lambda x: x),
    np.deg2rad: Composite(_scaled(math.pi / 180), wide=True),
    np.radians: Composite(_scaled(math.pi / 180), wide=True),
    np.rad2deg: Composite(_scaled(180 / math.pi), wide=True),
    np.degrees: Composite(_scaled(180 / math.pi), wide=True),
    np.heaviside: Composite(_heaviside),
    np.fmax: Composite(_fextremum(np.maximum)),
    np.fmin: Composite(_fextremum(np.minimum)),
    np.logaddexp2: Composite(_logaddexp2, wide=True),
    np.float_power: Composite(np.power),
    np.ldexp: Composite(exponents.ldexp),
    np.frexp: Composite(exponents.frexp),
    np.spacing: Composite(exponents.spacing),
    np.divmod: Composite(lambda x, y: (np.floor_divide(x, y), np.remainder(x, y))),
    np.modf: Composite(_modf),
    np.signbit: Composite(lambda x: np.copysign(np.ones_like(x), x) < 0),
    np.gcd: Composite(integers.gcd),
    np.lcm: Composite(integers.lcm),
    np.bitwise_count: Composite(integers.bitwise_count),
    np.isnat: Composite(lambda x: x),  # numpy has no loop for numbers, and says so
}
"""ufuncs that are written with others."""
