"""Poisson numbers: how many events happen where `lam` are due on average."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import Array
from gradloom.frontend.random.gammas import constant, repeated
from gradloom.frontend.random.keys import (
    applied,
    checked_key,
    converted,
    fold_in,
    parameter_shape,
    public,
    split,
)
from gradloom.frontend.random.uniform import uniform
from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError
from gradloom.ir.types import Shape

_FEW: Final = 10.0
"""Below this mean the probabilities are added up; from it on, Hörmann's bounds hold."""
_MOST: Final = 2.0**62
_TERMS: Final = 128
"""More are never needed below a mean of 10: the tail beyond is less than 2^-300."""


def _added_up(key: Array, lam: Array, asked: Array, shape: Shape) -> Array:
    """The number at which the sum of the probabilities exceeds a uniform number."""
    from gradloom.frontend.flow import while_loop  # which needs this module for its traces

    u = uniform(key, shape)
    mean = np.where(asked, lam, 0.0)
    rate = np.exp(-mean)

    def going(state: Any) -> Any:
        number, _, total, _ = state
        return np.logical_and(np.any(u >= total), number < _TERMS)

    def step(state: Any) -> Any:
        number, term, total, found = state
        found = found + (u >= total).astype(np.float64)
        term = term * (mean / (number + 1).astype(np.float64))
        return number + 1, term, total + term, found

    start = (np.zeros((), np.int64), rate, rate, np.zeros_like(mean))
    result: Array = while_loop(going, step, start)[3]
    return result


def _rejected(key: Array, lam: Array, asked: Array, value: Array, shape: Shape) -> Array:
    """Transformed rejection (Hörmann: "The transformed rejection method for generating Poisson
    random variables", Insurance: Mathematics and Economics 12, 1993, algorithm PTRS).
    """
    mean = np.where(asked, lam, _FEW)
    b = 0.931 + 2.53 * np.sqrt(mean)
    a = -0.059 + 0.02483 * b
    inverse = 1.1239 + 1.1328 / (b - 3.4)
    sure = 0.9277 - 3.6224 / (b - 2.0)
    logarithm = np.log(mean)
    first, second = split(key)

    def draw(number: Any) -> tuple[Array, Array]:
        u = uniform(fold_in(first, number), shape) - 0.5
        v = uniform(fold_in(second, number), shape)
        edge = np.maximum(0.5 - np.abs(u), 2.0**-54)
        k = np.floor((2.0 * a / edge + b) * u + mean + 0.43)
        whole = np.maximum(k, 0.0)
        height = np.log(v) + np.log(inverse) - np.log(a / (edge * edge) + b)
        under = height <= whole * logarithm - mean - applied(o.lgamma, whole + 1.0)
        outside = np.logical_or(k < 0.0, np.logical_and(edge < 0.013, v > edge))
        quick = np.logical_and(edge >= 0.07, v <= sure)
        return k, np.logical_or(quick, np.logical_and(np.logical_not(outside), under))

    return repeated(draw, np.logical_not(asked), value)


@public
def poisson(key: Any, lam: Any, shape: Any = None, dtype: Any = int) -> Array:
    """Poisson numbers of mean `lam`, which may be an array; as integers they have no derivative.

    -1 where `lam` is no mean: negative, NaN or above 2^62.

    >>> from gradloom.frontend.random import key
    >>> poisson(key(0), 4.0, (3,))
    array([8, 3, 5])
    """
    found = np.dtype(dtype)
    if found.kind not in "iu":
        raise DtypeError(f"gl.random.poisson gives integers, not {found}")
    sizes = parameter_shape("poisson", shape, lam)
    wide = converted(lam, np.dtype(np.float64))
    mean = constant(np.broadcast_to(wide, sizes))  # type: ignore[arg-type]  # names of sizes
    first, second = split(checked_key("poisson", key))
    few = np.logical_and(mean >= 0.0, mean < _FEW)
    many = np.logical_and(mean >= _FEW, mean <= _MOST)
    small = np.where(few, _added_up(first, mean, few, sizes), -1.0)
    return _rejected(second, mean, many, small, sizes).astype(np.int64).astype(found)
