"""Normal numbers by the inverse of their distribution function, in f64 and rounded once."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import Array
from gradloom.frontend.random.keys import (
    applied,
    checked_key,
    checked_shape,
    converted,
    float_dtype,
    parameter_shape,
    public,
    split,
)
from gradloom.frontend.random.uniform import between, centred, fraction, wide_dtype
from gradloom.ir import ops as o
from gradloom.ir.ops.rules import real_dtype
from gradloom.ir.types import Shape

_F64: Final = np.dtype(np.float64)
_ROOT: Final = math.sqrt(2)


def precise(x: Array) -> Array:
    """`x` in f64."""
    return x if x.dtype == _F64 else x.astype(_F64)


def standard(name: str, key: Any, shape: Shape, dtype: Any) -> Array:
    """Real normal numbers of mean 0 and variance 1."""
    u = centred(name, key, shape, wide_dtype(dtype))
    return (_ROOT * applied(o.erfinv, precise(u))).astype(dtype)


@public
def normal(key: Any, shape: Any = (), dtype: Any = float) -> Array:
    """Normal numbers of mean 0 and variance 1; complex ones have it in both parts together.

    Those of `jax.random.normal`, up to rounding; float16 and bfloat16 are drawn in float32.

    >>> from gradloom.frontend.random import key
    >>> normal(key(0), (2,)).round(6)
    array([-0.205842, -0.784766])
    """
    found, sizes = np.dtype(dtype), checked_shape("normal", shape)
    if found.kind != "c":
        return standard("normal", key, sizes, float_dtype("normal", found))
    first, second = split(checked_key("normal", key))
    part = real_dtype(found)
    re, im = (standard("normal", k, sizes, part) for k in (first, second))
    return ((re + 1j * im) / part.type(_ROOT)).astype(found)


@public
def truncated_normal(
    key: Any, lower: Any, upper: Any, shape: Any = None, dtype: Any = float
) -> Array:
    """Normal numbers of mean 0 and variance 1 that lie between `lower` and `upper`.

    Those of `jax.random.truncated_normal`, up to rounding. The bounds have derivatives; beyond 8 or
    so float64 no longer tells the tail from nothing, and the result is the bound.

    >>> from gradloom.frontend.random import key
    >>> truncated_normal(key(0), 1.0, 2.0, (2,)).round(6)
    array([1.271447, 1.129898])
    """
    found = float_dtype("truncated_normal", dtype)
    sizes = parameter_shape("truncated_normal", shape, lower, upper)
    low, high = (converted(b, found) for b in (lower, upper))
    below, above = (applied(o.erf, precise(b) / _ROOT) for b in (low, high))
    x = precise(fraction("truncated_normal", key, sizes, wide_dtype(found)))
    inside = (_ROOT * applied(o.erfinv, between(x, below, above))).astype(found)
    return np.minimum(np.maximum(inside, low), high)
