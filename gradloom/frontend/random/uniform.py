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


def between(x: Array, low: Any, high: Any) -> Array:
    """`low + x (high - low)`, rounded after the product and after the sum.

    A compiler that fuses the two (XLA on a CPU does) would round once. It does not where the
    product is looked at in between, which is what the comparison is for.
    """
    width = high - low
    product = x * width
    return np.maximum(low, np.where(product == product, product, width) + low)


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
    wide = wide_dtype(found)  # narrow ones: the product is exact, and one sum is rounded
    low, high = (converted(b, found).astype(wide) for b in (minval, maxval))
    x = fraction("uniform", key, sizes, found).astype(wide)
    return between(x, low, high).astype(found)
