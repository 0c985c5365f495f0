"""Distributions by the inverse of their distribution function: computed in f64, rounded once.

Logarithms are taken of numbers that are exact, so that nothing is lost near 0 and 1.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradloom.frontend.numpy.lift import Array
from gradloom.frontend.random.keys import checked_shape, float_dtype, public
from gradloom.frontend.random.normal import precise
from gradloom.frontend.random.uniform import centred, fraction, wide_dtype
from gradloom.ir.types import DType


def _fractions(name: str, key: Any, shape: Any, dtype: DType) -> Array:
    return precise(fraction(name, key, checked_shape(name, shape), wide_dtype(dtype)))


def _inside(name: str, key: Any, shape: Any, dtype: DType) -> Array:
    """Numbers in (0, 1): the smallest normal one in place of 0."""
    tiny = float(np.finfo(wide_dtype(dtype)).tiny)
    return np.maximum(_fractions(name, key, shape, dtype), tiny)


@public
def exponential(key: Any, shape: Any = (), dtype: Any = float) -> Array:
    """Exponential numbers of mean 1; those of `jax.random.exponential`, up to rounding.

    >>> from gradloom.frontend.random import key
    >>> exponential(key(0), (2,)).round(6)
    array([0.542071, 0.243723])
    """
    found = float_dtype("exponential", dtype)
    return (-np.log(1.0 - _fractions("exponential", key, shape, found))).astype(found)


@public
def gumbel(key: Any, shape: Any = (), dtype: Any = float) -> Array:
    """Gumbel numbers, -log(-log(u)); those of `jax.random.gumbel`, up to rounding.

    >>> from gradloom.frontend.random import key
    >>> gumbel(key(0), (2,)).round(6)
    array([ 0.137906, -0.425993])
    """
    found = float_dtype("gumbel", dtype)
    return (-np.log(-np.log(_inside("gumbel", key, shape, found)))).astype(found)


@public
def laplace(key: Any, shape: Any = (), dtype: Any = float) -> Array:
    """Laplace numbers of mean 0 and scale 1; those of `jax.random.laplace`, up to rounding.

    >>> from gradloom.frontend.random import key
    >>> laplace(key(0), (2,)).round(6)
    array([0.178034, 0.837963])
    """
    found = float_dtype("laplace", dtype)
    u = precise(centred("laplace", key, checked_shape("laplace", shape), wide_dtype(found)))
    return (-np.copysign(np.log(1.0 - np.abs(u)), u)).astype(found)


@public
def logistic(key: Any, shape: Any = (), dtype: Any = float) -> Array:
    """Logistic numbers, log(u / (1 - u)); those of `jax.random.logistic`, up to rounding.

    >>> from gradloom.frontend.random import key
    >>> logistic(key(0), (2,)).round(6)
    array([-0.32911 , -1.287387])
    """
    found = float_dtype("logistic", dtype)
    u = _inside("logistic", key, shape, found)
    near = np.minimum(u, 1.0 - u)  # log(a / b) = log1p((a - b) / b), well conditioned for a > b
    size = np.log1p((1.0 - 2.0 * near) / near)
    return np.where(u < 0.5, -size, size).astype(found)


@public
def cauchy(key: Any, shape: Any = (), dtype: Any = float) -> Array:
    """Cauchy numbers, tan(pi t) with t in (-1/2, 1/2).

    Those of `jax.random.cauchy` away from the tails, where JAX's t is rounded.

    >>> from gradloom.frontend.random import key
    >>> cauchy(key(0), (2,)).round(6)
    array([-0.26193 , -1.237846])
    """
    found = float_dtype("cauchy", dtype)
    u = precise(centred("cauchy", key, checked_shape("cauchy", shape), wide_dtype(found)))
    size = np.abs(u)
    small = np.tan((math.pi / 2) * np.minimum(size, 1.0 - size))  # tan(pi/2 - x) = 1 / tan(x)
    return np.copysign(np.where(size <= 0.5, small, 1.0 / small), u).astype(found)
