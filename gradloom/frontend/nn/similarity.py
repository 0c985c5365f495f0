"""Angles and distances of vectors along an axis, and losses of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np

from gradloom.frontend.nn.losses import at_least, require_above
from gradloom.frontend.nn.operands import (
    Array,
    fixed,
    floating,
    reduced,
    require_broadcast,
    require_reduction,
    wide,
    zero,
)
from gradloom.frontend.numpy.lift import broadcast_shapes
from gradloom.ir.errors import ShapeError
from gradloom.ir.location import user_location


def root_of(total: Array) -> Array:
    """The square root, with a slope of 0 at 0."""
    some = np.where(total == 0, total.dtype.type(1), total)
    return np.where(total == 0, total * 0, np.sqrt(some))


def cosine(a: Array, b: Array, axis: int, eps: float) -> Array:
    """The cosine of the angle between arrays of floats."""

    def direction(x: Array) -> Array:
        size = root_of(np.sum(x * x, axis=axis, keepdims=True))
        return x / (size + fixed(np.where(size < eps, eps - size, size * 0)))

    return np.sum(direction(a) * direction(b), axis=axis)


def cosine_similarity(x1: Any, x2: Any, axis: int = -1, eps: float = 1e-8) -> Array:
    """The cosine of the angle along an axis; sizes are taken for at least eps.

    >>> cosine_similarity(np.array([[1.0, 0.0]]), np.array([[1.0, 1.0]])).round(4)
    array([0.7071])
    """
    what = "cosine_similarity"
    x1, x2 = floating(what, x1), floating(what, x2)
    shape = broadcast_shapes(what, [tuple(x1.shape), tuple(x2.shape)])
    a, b = (
        wide(x) if tuple(x.shape) == shape else np.broadcast_to(wide(x), cast(Any, shape))
        for x in (x1, x2)
    )
    return cosine(a, b, axis, eps).astype(np.result_type(x1.dtype, x2.dtype))


def pairwise_distance(
    x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdims: bool = False
) -> Array:
    """The p-norm of `x1 - x2 + eps` along the last axis."""
    apart = floating("pairwise_distance", x1) - floating("pairwise_distance", x2) + eps
    return norm(apart, p, -1, keepdims)


def norm(x: Array, p: float, axis: int, keepdims: bool) -> Array:
    """The p-norm along an axis, with a slope of 0 at 0."""
    require_above("p-norm", "p", p)
    if p == 2:
        return root_of(np.sum(x * x, axis=axis, keepdims=keepdims))
    if p == 1:
        return np.sum(np.abs(x), axis=axis, keepdims=keepdims)
    if p == np.inf:
        return np.max(np.abs(x), axis=axis, keepdims=keepdims)
    total = np.sum(np.abs(x) ** p, axis=axis, keepdims=keepdims)
    some = np.where(total == 0, total.dtype.type(1), total)
    return np.where(total == 0, total * 0, some ** (1 / p))


def normalize(x: Any, p: float = 2.0, axis: int = -1, eps: float = 1e-12) -> Array:
    """The array divided by its p-norm along an axis, which is taken for at least eps."""
    x = floating("normalize", x)
    whole = wide(x)
    return (whole / at_least(norm(whole, p, axis, True), eps)).astype(x.dtype)


def angle_loss(c: Array, t: Array, margin: float) -> Array:
    """What cosines lack to 1 (target 1), or have above the margin (-1)."""
    alike = np.where(t == 1, 1 - c, c * 0)
    return alike + np.where(t == -1, at_least(c - margin, 0), zero(c))


def guarded_cosine(a: Array, b: Array) -> Array:
    """The cosine along the last axis, the squares of sizes taken larger by 1e-12, as torch has it
    in this loss.
    """
    size = (np.sum(a * a, -1) + 1e-12) * (np.sum(b * b, -1) + 1e-12)
    return np.sum(a * b, -1) / np.sqrt(size)


def cosine_embedding_loss(
    x1: Any, x2: Any, target: Any, margin: float = 0.0, reduction: str = "mean"
) -> Array:
    """What vectors that are alike (target 1) lack in angle, and others (-1) have too much."""
    what = "cosine_embedding_loss"
    require_reduction(what, reduction)
    x1, x2, target = floating(what, x1), floating(what, x2), floating(what, target)
    if target.ndim + 1 != x1.ndim or x1.ndim != x2.ndim:
        raise ShapeError(
            f"{what}: inputs of shapes {tuple(x1.shape)} and {tuple(x2.shape)} and a target of "
            f"{tuple(target.shape)}", location=user_location(),
            hint="the target has one axis less than the inputs",
        )  # fmt: skip
    return reduced(angle_loss(guarded_cosine(x1, x2), target, margin), reduction)


def triplet_margin_loss(
    anchor: Any, positive: Any, negative: Any, margin: float = 1.0,
    distance: Callable[[Any, Any], Any] | None = None, swap: bool = False, reduction: str = "mean",
) -> Array:  # fmt: skip
    """How much nearer the positive should be to the anchor than the negative is; `swap`: or than
    the negative is to the positive.
    """
    what = "triplet_margin_loss"
    require_above(what, "margin", margin)
    require_reduction(what, reduction)
    if distance is None:
        given = {"anchor": anchor, "positive": positive, "negative": negative}
        arrays = {name: floating(what, x) for name, x in given.items()}
        require_broadcast(what, **arrays)
        anchor, positive, negative = arrays.values()
    measure = pairwise_distance if distance is None else distance
    near, far = measure(anchor, positive), measure(anchor, negative)
    if swap:
        far = np.minimum(far, measure(positive, negative))
    return reduced(at_least(margin + near - far, 0), reduction)
