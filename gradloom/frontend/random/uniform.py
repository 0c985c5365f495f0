"""Uniform numbers, bit for bit the same everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.frontend.numpy.lift import Array
from gradloom.frontend.random.keys import (
    converted,
    drawn,
    float_dtype,
    parameter_shape,
    public,
)
from gradloom.ir.types import DType, Shape

_MANTISSA = {"float64": 52, "float32": 23, "float16": 10, "bfloat16": 7}


def wide_dtype(dtype: DType) -> DType:
    """The dtype in which numbers of this one are drawn: f32 for the narrow ones."""
    return np.dtype(np.float32) if dtype.itemsize < 4 else dtype


def fraction(name: str, key: Any, shape: Shape, dtype: DType) -> Array:
    """Multiples of 2^-n in [0, 1), n the bits of the mantissa."""
    mantissa = _MANTISSA[dtype.name]
    width = 8 if mantissa < 8 else dtype.itemsize * 8
    words = drawn(name, key, shape, width) >> (width - mantissa)
    return words.astype(np.int64).astype(dtype) * dtype.type(2.0**-mantissa)


def centred(name: str, key: Any, shape: Shape, dtype: DType) -> Array:
    """Odd multiples of 2^-(n + 1) in (-1, 1), n the bits of the mantissa."""
    half_step = 2.0 ** -(_MANTISSA[dtype.name] + 1)
    return fraction(name, key, shape, dtype) * dtype.type(2) - dtype.type(1 - half_step)


# ---- between two bounds --------------------------------------------------------------------------
#
# A compiler may fuse a product with the sum behind it (XLA does on a CPU), which then rounds once
# and not twice; so the products here are exact. Another may put the terms of a sum in an order of
# its own (TensorFlow does); so sums are differences, and constants come first.


def between(x: Array, low: Array, high: Array) -> Array:
    """`low + x (high - low)` in the bounds' dtype, for fractions x of that dtype."""
    width, dtype = high - low, low.dtype
    if dtype == np.float64:
        return np.maximum(low, _by_parts(x, low, width))
    wide = x.astype(np.float64) * width.astype(np.float64) + low.astype(np.float64)
    return np.maximum(low, wide.astype(dtype))


def _by_parts(x: Array, low: Array, width: Array) -> Array:
    """`low + x width` in f64 by exact products: x in 18, 17 and 17 bits, the width (where float32
    reaches) in 24 and 29.
    """
    first = np.floor(x * 2.0**18) * 2.0**-18
    second = np.floor((x - first) * 2.0**35) * 2.0**-35
    third = x - first - second
    inside = np.where(np.abs(width) < 1e38, width, 0.0)
    upper = inside.astype(np.float32).astype(np.float64)
    rest = width - upper
    less = third * -rest - second * rest - first * rest - third * upper - second * upper
    return (first * upper + low) - less


@public
def uniform(
    key: Any, shape: Any = (), dtype: Any = float, minval: Any = 0.0, maxval: Any = 1.0
) -> Array:
    """Uniform numbers from `minval` up to `maxval`, which may be arrays and have derivatives.

    From 0 to 1 they are equal to `jax.random.uniform`; between other bounds JAX rounds once or
    twice, as its compiler likes.

    >>> from gradloom.frontend.random import key
    >>> uniform(key(0), (2,), minval=-1.0)
    array([-0.16308578, -0.56740909])
    """
    found = float_dtype("uniform", dtype)
    sizes = parameter_shape("uniform", shape, minval, maxval)
    if all(type(b) in (int, float) for b in (minval, maxval)) and (minval, maxval) == (0, 1):
        return fraction("uniform", key, sizes, found)
    low, high = (converted(b, found) for b in (minval, maxval))
    return between(fraction("uniform", key, sizes, found), low, high)
