"""What the algorithms are written with: choices, polynomials, Chebyshev series, sums in a loop."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal, localcontext
from typing import Final

import numpy as np

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.constants import Constant
from gradloom.ir.graph import Operand, Value, literal
from gradloom.ir.ops.scan import Scan
from gradloom.ir.types import tensor_type

X = Operand
DIGITS: Final = 60
"""In which reference values are computed, so that a series has all digits of float64."""
_F64: Final = np.dtype(np.float64)


def like(x: X, value: float) -> X:
    """`value` in the type of x."""
    return literal(value, x.type)


def where(condition: X, a: X | float, b: X | float) -> X:
    """`a` where the condition holds, else `b`; numbers take the dtype of the other, or float64."""
    shape = condition.type.shape
    dtype = next((v.type.dtype for v in (a, b) if not isinstance(v, float | int)), _F64)
    type = tensor_type(dtype, shape)
    parts = [literal(v, type) if isinstance(v, float | int) else v for v in (a, b)]
    result: X = o.where(condition, *parts)
    return result


def less(x: X, y: X | float) -> X:
    """x < y."""
    result: X = o.less(x, like(x, y) if isinstance(y, float | int) else y)
    return result


def equal(x: X, y: X | float) -> X:
    """x == y."""
    result: X = o.equal(x, like(x, y) if isinstance(y, float | int) else y)
    return result


def both(*conditions: X) -> X:
    """Whether all hold."""
    result = conditions[0]
    for c in conditions[1:]:
        result = o.logical_and(result, c)
    return result


def clipped(x: X, low: float | None, high: float | None) -> X:
    """x within bounds, where a formula is safe; NaN stays."""
    if low is not None:
        x = o.maximum(x, like(x, low))
    return x if high is None else o.minimum(x, like(x, high))


def is_whole(x: X) -> X:
    """Whether x is an integer."""
    return equal(x, o.floor(x))


def polynomial(x: X, coefficients: Sequence[float]) -> X:
    """c0 + c1 x + c2 x^2 + ..., by Horner."""
    total = like(x, coefficients[-1])
    for c in reversed(coefficients[:-1]):
        total = total * x + c
    return total


def chebyshev(t: X, coefficients: Sequence[float]) -> X:
    """A Chebyshev series at t in [-1, 1], by Clenshaw's recurrence."""
    twice, later, last = t * 2, like(t, coefficients[-1]), like(t, 0.0)
    for c in coefficients[-2:0:-1]:
        later, last = twice * later - last + c, later
    return t * later - last + coefficients[0]


def fitted(
    f: Callable[[Decimal], Decimal], argument: Callable[[Decimal], Decimal], degree: int
) -> tuple[float, ...]:
    """The Chebyshev series of f(argument(t)) on [-1, 1], from values in many digits.

    It interpolates at the zeros of the next polynomial (Trefethen, "Approximation Theory", 4).
    """
    count = degree + 1
    cosines = [math.cos(math.pi * i / (2 * count)) for i in range(4 * count)]  # every one needed
    with localcontext() as context:
        context.prec = DIGITS
        values = [float(f(argument(Decimal(cosines[2 * k + 1])))) for k in range(count)]
    made = []
    for j in range(count):
        terms = [v * cosines[j * (2 * k + 1) % (4 * count)] for k, v in enumerate(values)]
        made.append(math.fsum(terms) * (1 if j == 0 else 2) / count)
    return tuple(made)


def interval(low: float, high: float) -> Callable[[Decimal], Decimal]:
    """[-1, 1] to [low, high]."""
    middle, half = Decimal(low + high) / 2, Decimal(high - low) / 2
    return lambda t: middle + half * t


def repeated(
    step: Callable[[Sequence[X], Sequence[X], Sequence[X]], Sequence[X]],
    consts: Sequence[X],
    carry: Sequence[X],
    columns: Sequence[Sequence[float]],
) -> tuple[X, ...]:
    """`carry = step(consts, carry, numbers)` for each row of numbers, as one loop.

    Each of `columns` gives one number per turn, of rank 0: `spread` makes it an operand.
    """
    tables = [o.constant(value=Constant(np.asarray(column, _F64))) for column in columns]
    types = [x.type for x in (*consts, *carry)] + [tensor_type(_F64, ())] * len(tables)
    n, m = len(consts), len(consts) + len(carry)

    def body(*v: Value) -> Sequence[X]:
        return step(v[:n], v[n:m], v[m:])

    attrs = Scan(n, len(carry), len(columns[0]))
    made = build.emit(o.scan, (*consts, *carry, *tables), attrs, (build.graph_of(body, types),))
    return made[: len(carry)]


def spread(number: X, x: X) -> X:
    """A number of rank 0 as an array of x's shape."""
    if not x.type.shape:
        return number
    result: X = o.broadcast_to(number, shape=x.type.shape)
    return result
