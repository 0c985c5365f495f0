"""numpy's distributions that are made of gamma and Poisson numbers, with numpy's own arguments.

Real ones have derivatives by their parameters, along their quantiles.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import Array
from gradloom.frontend.random import gammas
from gradloom.frontend.random.counts import poisson as poisson_of
from gradloom.frontend.random.keys import checked_shape, is_number, parameter_shape, split
from gradloom.frontend.random.normal import normal
from gradloom.frontend.random.uniform import uniform
from gradloom.frontend.tracer import is_tracer, refuse
from gradloom.ir.errors import ShapeError

Key = Array
TRIALS: Final = 1024
"""So many trials of a binomial or multinomial number are drawn one by one; more are refused."""


def _real(x: Any) -> Any:
    return x if is_tracer(x) else np.asarray(x, np.float64)


def standard_gamma(
    key: Key, shape: Any, size: Any = None, dtype: Any = np.float64, out: Any = None
) -> Array:
    """Of scale 1."""
    if out is not None:
        raise refuse("Generator.standard_gamma", "out= is not offered", "assign the result")
    return gammas.gamma(key, shape, size, dtype)


def gamma(key: Key, shape: Any, scale: Any = 1.0, size: Any = None) -> Array:
    """Of a shape parameter and a scale."""
    return scale * gammas.gamma(key, shape, parameter_shape("gamma", size, shape, scale))


def chisquare(key: Key, df: Any, size: Any = None) -> Array:
    """The sum of `df` squares of normal numbers."""
    return 2.0 * gammas.gamma(key, _real(df) / 2.0, size)


def f(key: Key, dfnum: Any, dfden: Any, size: Any = None) -> Array:
    """The ratio of two means of squares."""
    sizes = parameter_shape("f", size, dfnum, dfden)
    first, second = split(key)
    above, below = chisquare(first, dfnum, sizes), chisquare(second, dfden, sizes)
    return above / dfnum / (below / dfden)


def standard_t(key: Key, df: Any, size: Any = None) -> Array:
    """A normal number over the root of a mean of squares."""
    sizes = parameter_shape("standard_t", size, df)
    first, second = split(key)
    return normal(first, sizes) * np.sqrt(df / chisquare(second, df, sizes))


def beta(key: Key, a: Any, b: Any, size: Any = None) -> Array:
    """Between 0 and 1."""
    return gammas.beta(key, a, b, size)


def dirichlet(key: Key, alpha: Any, size: Any = None) -> Array:
    """Parts that sum to 1."""
    if np.ndim(alpha) != 1:
        raise ShapeError(f"np.random.dirichlet: alpha has one axis, not {np.ndim(alpha)}")
    return gammas.dirichlet(key, alpha, () if size is None else size)


def poisson(key: Key, lam: Any = 1.0, size: Any = None) -> Array:
    """How many events happen where `lam` are due."""
    return poisson_of(key, lam, size)


def negative_binomial(key: Key, n: Any, p: Any, size: Any = None) -> Array:
    """Failures before the n-th success: a Poisson number whose mean is a gamma number."""
    sizes = parameter_shape("negative_binomial", size, n, p)
    first, second = split(key)
    return poisson_of(second, gammas.gamma(first, n, sizes) * ((1.0 - _real(p)) / p))


def multinomial(key: Key, n: Any, pvals: Any, size: Any = None) -> Array:
    """How many of n uniform numbers fall to each of the chances."""
    if not is_number(n) or n > TRIALS:
        raise refuse("np.random.multinomial", f"n={n!r}, and not a number up to {TRIALS}")
    if np.ndim(pvals) != 1:
        raise refuse("np.random.multinomial", f"pvals= has {np.ndim(pvals)} axes, and not one")
    lead = () if size is None else checked_shape("multinomial", size)
    below = np.cumsum(pvals)[:-1]  # the last takes what the others leave, as numpy has it
    u = uniform(key, (*lead, int(n), 1))
    reached = np.sum(u < below, axis=-2, dtype=np.int64)
    ends = [np.zeros((*lead, 1), np.int64), reached, np.full((*lead, 1), int(n), np.int64)]
    return np.diff(np.concatenate(ends, axis=-1), axis=-1)


TABLE: Final[dict[str, Callable[..., Any]]] = {
    "standard_gamma": standard_gamma, "gamma": gamma, "chisquare": chisquare, "f": f,
    "standard_t": standard_t, "beta": beta, "dirichlet": dirichlet, "poisson": poisson,
    "negative_binomial": negative_binomial, "multinomial": multinomial,
}  # fmt: skip
