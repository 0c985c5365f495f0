"""Where first weights come from: a key of `gl.random`, a generator of numpy's, or a seed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradloom.frontend import random
from gradloom.frontend.nn import initializers
from gradloom.frontend.nn.operands import Array
from gradloom.frontend.tracer import is_tracer
from gradloom.ir.errors import ArgumentError
from gradloom.ir.location import user_location

Init = Callable[..., Array]
"""`init(source, shape, dtype=dtype)`, as the functions of `nn.init`."""


def sources(what: str, key: Any, rng: Any, count: int) -> list[Any]:
    """As many sources of numbers; raises `ArgumentError` where neither or both are given."""
    if (key is None) == (rng is None):
        found = "neither is given" if key is None else "both are given"
        raise ArgumentError(
            f"{what}: its first weights come from a key or an rng, and {found}",
            location=user_location(), hint="give key=gl.random.key(0), another for every module",
        )  # fmt: skip
    if rng is not None:
        return [rng] * count
    if isinstance(key, int) and not is_tracer(key) and not isinstance(key, bool):
        key = random.key(key)
    if hasattr(key, "standard_normal"):  # a generator in the place of a key
        return [key] * count
    return list(random.split(key, count)) if count else []


def even(source: Any, shape: tuple[int, ...], inputs: int, dtype: Any) -> Array:
    """Uniform between plus and minus 1 / √inputs, as torch's layers begin; zeros of no inputs."""
    limit = 1 / math.sqrt(inputs) if inputs > 0 else 0.0
    return initializers.uniform(source, shape, -limit, limit, dtype)


def first_weights(
    what: str, shape: tuple[int, ...], biases: int, inputs: int, init: Init | None, key: Any,
    rng: Any, dtype: Any,
) -> tuple[Array, Array | None]:  # fmt: skip
    """The weights of this shape and as many biases, None for 0 of them; see `even` and `Init`."""
    first, second = sources(what, key, rng, 2)
    if init is not None:
        return init(first, shape, dtype=dtype), np.zeros(biases, dtype) if biases else None
    return (
        even(first, shape, inputs, dtype),
        even(second, (biases,), inputs, dtype) if biases else None,
    )


def require_sizes(what: str, **sizes: Any) -> None:
    """Raise where a number of channels, features or the like is not an integer of at least 1."""
    for name, size in sizes.items():
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            raise ArgumentError(
                f"{what}: {name}={size!r} is not an integer of at least 1",
                location=user_location(),
            )
