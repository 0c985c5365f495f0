"""Initial weights: arrays of a shape, from a key of `gl.random` or a generator of numpy's.

`linear`'s weights are [in, out]; with three axes or more, a convolution's [out, in, *kernel].
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from gradloom.frontend import random
from gradloom.frontend.nn.operands import Array, applied
from gradloom.frontend.tracer import is_tracer
from gradloom.ir import ops as o
from gradloom.ir.errors import ArgumentError, CallError, ShapeError
from gradloom.ir.location import user_location

Shape = Sequence[int]
_NORMAL_WITHIN_2: Final = 0.87962566103423978
"""The deviation of a standard normal number that is drawn again beyond 2."""


def zeros(shape: Shape, dtype: Any = float) -> Array:
    """Zeros."""
    return np.zeros(shape, dtype)


def ones(shape: Shape, dtype: Any = float) -> Array:
    """Ones."""
    return np.ones(shape, dtype)


def constant(shape: Shape, value: float, dtype: Any = float) -> Array:
    """One number everywhere."""
    return np.full(shape, value, dtype)


def eye(n: int, dtype: Any = float) -> Array:
    """The identity matrix."""
    return np.eye(n, dtype=dtype)


# ---- drawn ---------------------------------------------------------------------------------------


def _source(what: str, source: Any) -> Any:
    if isinstance(source, int) and not isinstance(source, bool):
        return random.key(source)
    if is_tracer(source) or isinstance(source, np.ndarray) or hasattr(source, "standard_normal"):
        return source
    raise CallError(
        f"{what}: numbers come from a key or a generator, not {type(source).__name__}",
        location=user_location(), hint="give gl.random.key(0) or np.random.default_rng(0)",
    )  # fmt: skip


def uniform(
    source: Any, shape: Shape, low: float = 0.0, high: float = 1.0, dtype: Any = float
) -> Array:
    """Uniform numbers from low up to high."""
    given = _source("uniform", source)
    if hasattr(given, "standard_normal"):
        return given.uniform(low, high, tuple(shape)).astype(dtype)
    return random.uniform(given, tuple(shape), dtype, low, high)


def normal(
    source: Any, shape: Shape, mean: float = 0.0, std: float = 1.0, dtype: Any = float
) -> Array:
    """Normal numbers."""
    given = _source("normal", source)
    if hasattr(given, "standard_normal"):
        drawn = given.standard_normal(tuple(shape))
    else:
        drawn = random.normal(given, tuple(shape), dtype)
    return (mean + std * drawn).astype(dtype)


def truncated_normal(
    source: Any, shape: Shape, mean: float = 0.0, std: float = 1.0, low: float = -2.0,
    high: float = 2.0, dtype: Any = float,
) -> Array:  # fmt: skip
    """Normal numbers, of which those beyond `mean + low * std` and `mean + high * std` are drawn
    again.
    """
    if not low < high:
        raise ArgumentError(
            f"truncated_normal: low={low} is not below high={high}", location=user_location()
        )
    given = _source("truncated_normal", source)
    if hasattr(given, "standard_normal"):
        first, last = (math.erf(x / math.sqrt(2)) for x in (low, high))
        drawn = math.sqrt(2) * applied(o.erfinv, given.uniform(first, last, tuple(shape)))
    else:
        drawn = random.truncated_normal(given, low, high, tuple(shape), dtype)
    return (mean + std * np.clip(drawn, low, high)).astype(dtype)


# ---- by the number of inputs and outputs ---------------------------------------------------------


def fans(shape: Shape) -> tuple[int, int]:
    """How many inputs an output has, and outputs an input.

    >>> fans((784, 10)), fans((16, 3, 5, 5))
    ((784, 10), (75, 400))
    """
    sizes = tuple(shape)
    if len(sizes) < 2:
        raise ShapeError(
            f"initializers: a weight of shape {sizes} has no inputs and outputs",
            location=user_location(), hint="biases begin as zeros: gl.nn.init.zeros",
        )  # fmt: skip
    if len(sizes) == 2:
        return sizes[0], sizes[1]
    field = math.prod(sizes[2:])
    return sizes[1] * field, sizes[0] * field


_GAINS: Final = {
    "linear": 1.0, "sigmoid": 1.0, "conv": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4,
}  # fmt: skip


def gain(nonlinearity: str, slope: float = 0.01) -> float:
    """By how much weights are larger before a nonlinearity, so that variances stay; torch's."""
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + slope * slope))
    if nonlinearity not in _GAINS:
        raise ArgumentError(
            f"gain: nonlinearity={nonlinearity!r}", location=user_location(),
            hint=f"give one of {', '.join(map(repr, (*_GAINS, 'leaky_relu')))}",
        )  # fmt: skip
    return _GAINS[nonlinearity]


def xavier_uniform(source: Any, shape: Shape, gain: float = 1.0, dtype: Any = float) -> Array:
    """Uniform, of variance 2 gain² / (inputs + outputs) (Glorot and Bengio 2010, equation 16)."""
    bound = gain * math.sqrt(6 / sum(fans(shape)))
    return uniform(source, shape, -bound, bound, dtype)


def xavier_normal(source: Any, shape: Shape, gain: float = 1.0, dtype: Any = float) -> Array:
    """Normal, of variance 2 gain² / (inputs + outputs)."""
    return normal(source, shape, 0.0, gain * math.sqrt(2 / sum(fans(shape))), dtype)


def _fan(shape: Shape, mode: str) -> int:
    if mode not in ("fan_in", "fan_out"):
        raise ArgumentError(
            f"kaiming: mode={mode!r}", location=user_location(), hint="give 'fan_in' or 'fan_out'"
        )
    return fans(shape)[mode == "fan_out"]


def kaiming_uniform(
    source: Any, shape: Shape, nonlinearity: str = "relu", slope: float = 0.01,
    mode: str = "fan_in", dtype: Any = float,
) -> Array:  # fmt: skip
    """Uniform, of variance gain² / inputs (He et al. 2015, equation 10)."""
    bound = gain(nonlinearity, slope) * math.sqrt(3 / _fan(shape, mode))
    return uniform(source, shape, -bound, bound, dtype)


def kaiming_normal(
    source: Any, shape: Shape, nonlinearity: str = "relu", slope: float = 0.01,
    mode: str = "fan_in", dtype: Any = float,
) -> Array:  # fmt: skip
    """Normal, of variance gain² / inputs."""
    std = gain(nonlinearity, slope) / math.sqrt(_fan(shape, mode))
    return normal(source, shape, 0.0, std, dtype)


def lecun_uniform(source: Any, shape: Shape, dtype: Any = float) -> Array:
    """Uniform, of variance 1 / inputs (LeCun et al. 1998, section 4.6)."""
    bound = math.sqrt(3 / fans(shape)[0])
    return uniform(source, shape, -bound, bound, dtype)


def lecun_normal(source: Any, shape: Shape, dtype: Any = float) -> Array:
    """Normal within two deviations, of variance 1 / inputs, as JAX has it."""
    std = 1 / math.sqrt(fans(shape)[0]) / _NORMAL_WITHIN_2
    return truncated_normal(source, shape, 0.0, std, dtype=dtype)


def orthogonal(source: Any, shape: Shape, gain: float = 1.0, dtype: Any = float) -> Array:
    """A matrix whose shorter side is orthonormal, times the gain (Saxe et al. 2013); more axes are
    the first against all others.

    >>> q = orthogonal(np.random.default_rng(0), (3, 2))
    >>> np.allclose(q.T @ q, np.eye(2))
    True
    """
    sizes = tuple(shape)
    fans(sizes)
    rows, columns = sizes[0], math.prod(sizes[1:])
    drawn = normal(source, (max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(drawn)
    q = q * np.sign(np.diagonal(r))  # makes it uniform among all such matrices
    return (gain * (q if rows >= columns else q.T)).reshape(sizes).astype(dtype)
