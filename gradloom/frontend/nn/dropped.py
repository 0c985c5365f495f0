"""Dropout: elements, or whole channels, at random zero while training.

Randomness comes from a key of `gl.random`, which gives the same elements on every backend, or from
a generator of numpy's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from gradloom.frontend import random
from gradloom.frontend.nn.activations import SELU_ALPHA, SELU_SCALE
from gradloom.frontend.nn.operands import Array, floating, require_probability, zero
from gradloom.frontend.tracer import is_tracer
from gradloom.ir.errors import ArgumentError, ShapeError
from gradloom.ir.location import user_location

# Klambauer et al. 2017, Self-Normalizing Neural Networks: what SELU tends to far below 0.
_SELU_LOW: Final = -SELU_SCALE * SELU_ALPHA


def dropout(
    x: Any, p: float, training: bool = True, key: Any = None, rng: Any = None, *,
    shape: Sequence[int] | None = None,
) -> Array:  # fmt: skip
    """`x`, each element 0 with probability p while training, the others divided by 1 - p.

    `shape`, which broadcasts to that of x, is the shape of the decisions: one per element unless
    said. Srivastava et al. (2014).

    >>> import gradloom as gl
    >>> dropout(np.ones(4), 0.5, key=gl.random.key(0))
    array([2., 2., 0., 0.])
    """
    require_probability("dropout", p)
    x = floating("dropout", x)
    _require_truth("dropout", training)
    if not training or (not is_tracer(p) and p == 0):
        return x
    return thinned(x, _kept("dropout", p, x.shape if shape is None else shape, key, rng), p)


def _require_truth(what: str, training: Any) -> None:
    if getattr(training, "ndim", 0) or isinstance(training, str):
        raise ArgumentError(
            f"{what}: training is True or False, not a {type(training).__name__}",
            location=user_location(), hint="a key of gl.random goes to key=",
        )  # fmt: skip


def thinned(x: Array, keep: Array, p: Any) -> Array:
    """The elements that are kept, divided by 1 - p, and zeros."""
    scale = 1.0 if not is_tracer(p) and p == 1 else 1 / (1 - p)  # at 1 nothing is kept
    return np.where(keep, x * scale, zero(x))


def _kept(what: str, p: Any, shape: Sequence[Any], key: Any, rng: Any) -> Array:
    if (key is None) == (rng is None):
        found = "neither is given" if key is None else "both are given"
        raise ArgumentError(
            f"{what}: while training a key or an rng is due, and {found}",
            location=user_location(),
            hint="give key=gl.random.key(0), a new one each step, or training=False",
        )  # fmt: skip
    if rng is not None and not hasattr(rng, "random"):
        raise ArgumentError(
            f"{what}: rng is a numpy Generator, not a {type(rng).__name__}",
            location=user_location(), hint="a key of gl.random goes to key=",
        )  # fmt: skip
    if key is not None:
        return random.bernoulli(key, 1 - p, tuple(shape))
    return rng.random(tuple(shape)) >= p


def _of_channels(axes: int) -> Callable[..., Array]:
    what = f"dropout{axes}d"

    def function(
        x: Any, p: float, training: bool = True, key: Any = None, rng: Any = None
    ) -> Array:
        x = floating(what, x)
        if x.ndim not in (axes + 1, axes + 2):
            raise ShapeError(
                f"{what}: an input of shape {tuple(x.shape)}", location=user_location(),
                hint=f"give [batch, channels, ...] with {axes} more axes, the batch may be missing",
            )  # fmt: skip
        lead = x.ndim - axes
        return dropout(x, p, training, key, rng, shape=(*x.shape[:lead], *[1] * axes))

    function.__name__ = function.__qualname__ = what
    function.__doc__ = f"`dropout` of whole channels, of x [batch, channels, ...] with {axes} more."
    return function


dropout1d, dropout2d, dropout3d = map(_of_channels, (1, 2, 3))


def alpha_dropout(
    x: Any, p: float, training: bool = True, key: Any = None, rng: Any = None
) -> Array:
    """`x`, some elements as SELU has them far below 0, so that mean and variance stay."""
    require_probability("alpha_dropout", p)
    _require_truth("alpha_dropout", training)
    x = floating("alpha_dropout", x)
    if not training or p == 0:
        return x
    return alpha_thinned(x, _kept("alpha_dropout", p, x.shape, key, rng), p)


def alpha_thinned(x: Array, keep: Array, p: float) -> Array:
    """The elements that are kept and SELU's lowest, brought to the mean and variance before."""
    a = (1 - p + _SELU_LOW * _SELU_LOW * p * (1 - p)) ** -0.5 if p < 1 else 0.0
    return np.where(keep, x, x.dtype.type(_SELU_LOW)) * a - a * _SELU_LOW * p
