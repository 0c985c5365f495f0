"""numpy's distributions as functions of a key, with numpy's own arguments.

Locations and scales have derivatives: a sample is a number without parameters, moved and stretched.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import Array
from gradloom.frontend.random import discrete, families, order, waiting
from gradloom.frontend.random.keys import is_number, parameter_shape
from gradloom.frontend.random.normal import normal as normal_of
from gradloom.frontend.random.uniform import uniform as uniform_of
from gradloom.frontend.tracer import is_tracer, refuse
from gradloom.ir.errors import DtypeError

Key = Array
Table = dict[str, Callable[..., Any]]


def _shape(name: str, size: Any, *parameters: Any) -> Any:
    return parameter_shape(name, size, *parameters)


# ---- uniform -------------------------------------------------------------------------------------


def uniform(key: Key, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Array:
    """From low up to high."""
    return uniform_of(key, _shape("uniform", size, low, high), float, low, high)


def random(key: Key, size: Any = None) -> Array:
    """From 0 up to 1."""
    return uniform_of(key, () if size is None else size)


def rand(key: Key, *sizes: Any) -> Array:
    """From 0 up to 1, in a shape given as arguments."""
    return uniform_of(key, sizes)


def triangular(key: Key, left: Any, mode: Any, right: Any, size: Any = None) -> Array:
    """By the inverse of its distribution function."""
    u = uniform_of(key, _shape("triangular", size, left, mode, right))
    width = right - left
    below = u * width < mode - left
    rising = left + np.sqrt(np.where(below, u, 1.0) * width * (mode - left))
    falling = right - np.sqrt(np.where(below, 1.0, 1.0 - u) * width * (right - mode))
    return np.where(below, rising, falling)


# ---- moved and stretched -------------------------------------------------------------------------


def _located(name: str, standard: Callable[..., Array]) -> Callable[..., Array]:
    def sampler(key: Key, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Array:
        return loc + scale * standard(key, _shape(name, size, loc, scale))

    return sampler


def _plain(standard: Callable[..., Array]) -> Callable[..., Array]:
    def sampler(key: Key, size: Any = None, dtype: Any = np.float64) -> Array:
        return standard(key, () if size is None else size, dtype)

    return sampler


def randn(key: Key, *sizes: Any) -> Array:
    """Normal numbers, in a shape given as arguments."""
    return normal_of(key, sizes)


def exponential(key: Key, scale: Any = 1.0, size: Any = None) -> Array:
    """Of this mean."""
    return scale * families.exponential(key, _shape("exponential", size, scale))


def lognormal(key: Key, mean: Any = 0.0, sigma: Any = 1.0, size: Any = None) -> Array:
    """The exponential of a normal number."""
    return np.exp(mean + sigma * normal_of(key, _shape("lognormal", size, mean, sigma)))


def rayleigh(key: Key, scale: Any = 1.0, size: Any = None) -> Array:
    """The length of a vector of two normal numbers."""
    return scale * np.sqrt(2.0 * families.exponential(key, _shape("rayleigh", size, scale)))


def weibull(key: Key, a: Any, size: Any = None) -> Array:
    """A power of an exponential number."""
    return np.power(families.exponential(key, _shape("weibull", size, a)), 1.0 / _real(a))


def pareto(key: Key, a: Any, size: Any = None) -> Array:
    """Pareto II, as numpy has it."""
    return np.expm1(families.exponential(key, _shape("pareto", size, a)) / a)


def power(key: Key, a: Any, size: Any = None) -> Array:
    """u^(1/a) of a uniform u."""
    u = 1.0 - uniform_of(key, _shape("power", size, a))
    return np.power(u, 1.0 / _real(a))


def _real(a: Any) -> Any:
    return a if is_tracer(a) else np.asarray(a, np.float64)


def multivariate_normal(key: Key, mean: Any, cov: Any, size: Any = None) -> Array:
    """mean + L z with cov = L L^T; numpy draws with another root of cov."""
    lower = np.linalg.cholesky(cov)
    sizes = () if size is None else size if isinstance(size, tuple | list) else (size,)
    z = normal_of(key, (*sizes, np.shape(lower)[-1]))
    return mean + np.einsum("...j,ij->...i", z, lower)


# ---- integers ------------------------------------------------------------------------------------


def randint(key: Key, low: Any, high: Any = None, size: Any = None, dtype: Any = int) -> Array:
    """From low to below high; from 0 to below low where no high is given."""
    low, high = (0, low) if high is None else (low, high)
    return discrete.randint(key, _shape("randint", size, low, high), low, high, dtype)


def integers(
    key: Key,
    low: Any,
    high: Any = None,
    size: Any = None,
    dtype: Any = np.int64,
    endpoint: bool = False,
) -> Array:
    """From low to below high, or to high itself."""
    low, high = (0, low) if high is None else (low, high)
    top = high + 1 if endpoint else high
    return discrete.randint(key, _shape("integers", size, low, top), low, top, dtype)


def binomial(key: Key, n: Any, p: Any, size: Any = None) -> Array:
    """How many of n uniform numbers are below p."""
    if not is_number(n) or n > waiting.TRIALS:
        raise refuse("np.random.binomial", f"n={n!r}, and not a number up to {waiting.TRIALS}")
    sizes = _shape("binomial", size, p)
    chance = np.broadcast_to(p, sizes)[..., None]
    return np.sum(uniform_of(key, (*sizes, int(n))) < chance, axis=-1, dtype=np.int64)


def geometric(key: Key, p: Any, size: Any = None) -> Array:
    """Trials up to the first success."""
    waiting = families.exponential(key, _shape("geometric", size, p))
    return np.maximum(np.ceil(waiting / -np.log1p(-_real(p))), 1.0).astype(np.int64)


# ---- from arrays ---------------------------------------------------------------------------------


def choice(
    key: Key, a: Any, size: Any = None, replace: bool = True, p: Any = None, axis: int = 0,
    shuffle: bool = True,
) -> Array:  # fmt: skip
    """Elements of `a` along an axis; without `shuffle` any order will do, and it is random too."""
    return order.choice(key, a, () if size is None else size, replace, p, axis)


def _legacy_choice(
    key: Key, a: Any, size: Any = None, replace: bool = True, p: Any = None
) -> Array:
    if np.ndim(a) > 1:
        raise ValueError("a must be 1-dimensional")
    return choice(key, a, size, replace, p)


def permutation(key: Key, x: Any, axis: int = 0) -> Array:
    """In random order along an axis."""
    return order.permutation(key, x, axis)


def permuted(key: Key, x: Any, *, axis: Any = None, out: Any = None) -> Array:
    """Every vector along an axis in an order of its own; without an axis, all elements."""
    if out is not None:
        raise refuse("Generator.permuted", "out= is not offered", "assign the result")
    if axis is None:
        return order.permutation(key, np.ravel(x)).reshape(np.shape(x))
    return order.permutation(key, x, axis, independent=True)


def shuffle(key: Key, x: Any, axis: int = 0) -> None:
    """Put a traced array into random order where it lies."""
    if not is_tracer(x):
        raise DtypeError(
            "np.random.shuffle: a list of traced values is not shuffled",
            hint="stack them first: x = np.stack(x)",
        )
    x[...] = order.permutation(key, x, axis)


_BOTH: Final[Table] = {
    "uniform": uniform, "random": random, "triangular": triangular,
    "normal": _located("normal", normal_of), "laplace": _located("laplace", families.laplace),
    "logistic": _located("logistic", families.logistic),
    "gumbel": _located("gumbel", families.gumbel),
    "standard_normal": _plain(normal_of), "standard_cauchy": _plain(families.cauchy),
    "standard_exponential": _plain(families.exponential),
    "exponential": exponential, "lognormal": lognormal, "rayleigh": rayleigh, "weibull": weibull,
    "pareto": pareto, "power": power, "multivariate_normal": multivariate_normal,
    "binomial": binomial, "geometric": geometric, **waiting.TABLE,
}  # fmt: skip
LEGACY: Final[Table] = {
    **_BOTH,
    **dict.fromkeys(("random_sample", "ranf", "sample"), random),
    "rand": rand, "randn": randn, "randint": randint, "choice": _legacy_choice,
    "permutation": lambda key, x: permutation(key, x), "shuffle": lambda key, x: shuffle(key, x),
}  # fmt: skip
"""`np.random`'s functions and RandomState's methods."""
GENERATOR: Final[Table] = {
    **_BOTH,
    "random": _plain(uniform_of), "integers": integers, "choice": choice,
    "permutation": permutation, "permuted": permuted, "shuffle": shuffle,
}  # fmt: skip
"""Generator's methods."""
