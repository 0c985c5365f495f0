"""Losses of an array and a target of one shape.

`reduction` is "mean", "sum" or "none"; `weight` has the loss's shape.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from gradloom.frontend.nn.operands import (
    Array,
    fixed,
    floating,
    reduced,
    require_equal_shapes,
    require_reduction,
    require_shape,
    zero,
)
from gradloom.ir.errors import ArgumentError
from gradloom.ir.location import user_location

_LEAST_SPREAD: Final = 1e-12  # torch/aten/src/ATen/native/Loss.cpp: EPSILON
_LEAST_SPREAD_OF_16_BITS: Final = 2.0**-14  # the smallest normal number of f16, where 1e-12 is 0


def _pair(what: str, x: Any, target: Any, reduction: str, *more: str) -> tuple[Array, Array]:
    require_reduction(what, reduction, *more)
    x, target = floating(what, x), floating(what, target)
    require_equal_shapes(what, x, target)
    return x, target


def at_least(x: Array, low: float) -> Array:
    """The elements, at least `low`; the slope at it is 1."""
    return np.where(x < low, x.dtype.type(low), x)


def require_above(what: str, name: str, value: float, *, least: bool = False) -> None:
    """Raise where an option is not above 0, or (`least`) below it."""
    if not (value >= 0 if least else value > 0):
        raise ArgumentError(
            f"{what}: {name}={value} is {'below' if least else 'not above'} 0",
            location=user_location(),
        )


# ---- each element's loss -------------------------------------------------------------------------


def squared(a: Array, b: Array) -> Array:
    """The square of the difference."""
    return (a - b) * (a - b)


def absolute(a: Array, b: Array) -> Array:
    """The size of the difference."""
    return np.abs(a - b)


def smooth_absolute(a: Array, b: Array, beta: float) -> Array:
    """A square below beta, which goes on as a straight line."""
    if beta == 0:
        return np.abs(a - b)
    size = np.abs(a - b)
    return np.where(size < beta, 0.5 * size * size / beta, size - 0.5 * beta)


def huber(a: Array, b: Array, delta: float) -> Array:
    """Half a square up to delta, and the tangent beyond (Huber 1964)."""
    size = np.abs(a - b)
    return np.where(size <= delta, 0.5 * size * size, delta * (size - 0.5 * delta))


def divergence(a: Array, b: Array, log_target: bool) -> Array:
    """The part of each outcome in the divergence of b from log-probabilities a."""
    if log_target:
        return np.exp(b) * (b - a)
    some = np.where(b > 0, b, b.dtype.type(1))
    return np.where(b > 0, b * np.log(some), b * 0) - b * a


def binary(a: Array, b: Array) -> Array:
    """What probabilities lack; logarithms are at least -100, and slopes are over at least
    `_LEAST_SPREAD`, as in torch: what is sure and wrong is still moved.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        p, q = np.log(a), np.log1p(-a)
    low = a.dtype.type(-100)
    made = -(b * np.where(p < low, low, p) + (1 - b) * np.where(q < low, low, q))
    least = a.dtype.type(_LEAST_SPREAD if a.dtype.itemsize > 2 else _LEAST_SPREAD_OF_16_BITS)
    held = fixed(a)
    straight = fixed(made) + (a - held) * fixed((a - b) / least)
    return np.where(held * (1 - held) < least, straight, made)


def binary_of_scores(a: Array, b: Array, pos_weight: Array | None) -> Array:
    """The same of scores: log(1 + exp(-x)) is taken by its own stable rule."""
    soft = np.logaddexp(zero(a), -a)
    if pos_weight is None:
        return (1 - b) * a + soft
    return (1 - b) * a + ((pos_weight - 1) * b + 1) * soft


def poisson(a: Array, b: Array, log_input: bool, full: bool, eps: float) -> Array:
    """What a rate lacks for a count; `full` adds Stirling's term."""
    made = np.exp(a) - b * a if log_input else a - b * np.log(a + eps)
    if not full:
        return made
    some = np.where(b > 1, b, b * 0 + 1)
    stirling = b * np.log(some) - b + 0.5 * np.log(2 * math.pi * some)
    return made + np.where(b > 1, stirling, b * 0)


def gaussian(a: Array, b: Array, variance: Array, full: bool, eps: float) -> Array:
    """What a mean and a variance (at least eps) lack for an outcome."""
    # The bound is a constant: the derivative goes by the variance itself, as in torch.
    v = variance + fixed(np.where(variance < eps, eps - variance, variance * 0))
    made = 0.5 * (np.log(v) + (a - b) * (a - b) / v)
    return made + 0.5 * math.log(2 * math.pi) if full else made


def margin_of(a: Array, t: Array, margin: float) -> Array:
    """Distances of what is alike (target 1), and what others lack to the margin (-1)."""
    apart = np.where(t != 1, at_least(margin - a, 0), a * 0)
    return apart + np.where(t != -1, a, a * 0)


def soft_margin(a: Array, t: Array) -> Array:
    """log(1 + exp(-t a))."""
    return np.logaddexp(-t * a, zero(a))


# ---- losses --------------------------------------------------------------------------------------


def _weighed(what: str, each: Array, weight: Any, reduction: str) -> Array:
    """Reduced; the mean of a weighed loss is over the sum of the weights."""
    if weight is None:
        return reduced(each, reduction)
    weight = floating(what, weight)
    require_shape(what, "the weight", weight, each.shape)
    made = each * weight
    return np.sum(made) / np.sum(weight) if reduction == "mean" else reduced(made, reduction)


def mse_loss(x: Any, target: Any, reduction: str = "mean", weight: Any = None) -> Array:
    """Squares of differences.

    >>> float(mse_loss(np.array([1.0, 2.0]), np.array([1.0, 4.0])))
    2.0
    """
    x, target = _pair("mse_loss", x, target, reduction)
    return _weighed("mse_loss", squared(x, target), weight, reduction)


def l1_loss(x: Any, target: Any, reduction: str = "mean", weight: Any = None) -> Array:
    """Sizes of differences."""
    x, target = _pair("l1_loss", x, target, reduction)
    return _weighed("l1_loss", absolute(x, target), weight, reduction)


def smooth_l1_loss(x: Any, target: Any, beta: float = 1.0, reduction: str = "mean") -> Array:
    """Squares of differences below beta, sizes of larger ones."""
    require_above("smooth_l1_loss", "beta", beta, least=True)
    x, target = _pair("smooth_l1_loss", x, target, reduction)
    return reduced(smooth_absolute(x, target, beta), reduction)


def huber_loss(
    x: Any, target: Any, delta: float = 1.0, reduction: str = "mean", weight: Any = None
) -> Array:
    """Half squares of differences up to delta, `delta * (size - delta / 2)` beyond."""
    require_above("huber_loss", "delta", delta)
    x, target = _pair("huber_loss", x, target, reduction)
    return _weighed("huber_loss", huber(x, target, delta), weight, reduction)


def kl_div(x: Any, target: Any, reduction: str = "mean", log_target: bool = False) -> Array:
    """The divergence of the target from log-probabilities; `"batchmean"`: the sum by examples."""
    x, target = _pair("kl_div", x, target, reduction, "batchmean")
    made = divergence(x, target, log_target)
    return np.sum(made) / x.shape[0] if reduction == "batchmean" else reduced(made, reduction)


def binary_cross_entropy(p: Any, target: Any, weight: Any = None, reduction: str = "mean") -> Array:
    """What probabilities lack at targets between 0 and 1; logarithms are at least -100."""
    p, target = _pair("binary_cross_entropy", p, target, reduction)
    made = binary(p, target)
    return reduced(
        made if weight is None else made * floating("binary_cross_entropy", weight), reduction
    )


def binary_cross_entropy_with_logits(
    x: Any, target: Any, weight: Any = None, pos_weight: Any = None, reduction: str = "mean"
) -> Array:
    """The same of scores, before the sigmoid; `pos_weight` weighs the targets that are 1.

    >>> loss = binary_cross_entropy_with_logits(np.array([0.0]), np.array([1.0]))
    >>> print(round(float(loss), 4))
    0.6931
    """
    what = "binary_cross_entropy_with_logits"
    x, target = _pair(what, x, target, reduction)
    positive = None if pos_weight is None else floating(what, pos_weight)
    made = binary_of_scores(x, target, positive)
    return reduced(made if weight is None else made * floating(what, weight), reduction)


def poisson_nll_loss(
    x: Any, target: Any, log_input: bool = True, full: bool = False, eps: float = 1e-8,
    reduction: str = "mean",
) -> Array:  # fmt: skip
    """The loss of a rate (its logarithm: `log_input`) for counts; `full`: with Stirling's term."""
    x, target = _pair("poisson_nll_loss", x, target, reduction)
    return reduced(poisson(x, target, log_input, full, eps), reduction)


def gaussian_nll_loss(
    x: Any, target: Any, variance: Any, full: bool = False, eps: float = 1e-6,
    reduction: str = "mean",
) -> Array:  # fmt: skip
    """The loss of a normal distribution's mean and variance (at least eps)."""
    x, target = _pair("gaussian_nll_loss", x, target, reduction)
    spread = floating("gaussian_nll_loss", variance)
    return reduced(gaussian(x, target, spread, full, eps), reduction)


# ---- margins: targets are 1 and -1 ---------------------------------------------------------------


def hinge_loss(x: Any, target: Any, margin: float = 1.0, reduction: str = "mean") -> Array:
    """What scores lack on the side of their target (1 or -1) to the margin."""
    x, target = _pair("hinge_loss", x, target, reduction)
    return reduced(at_least(margin - target * x, 0), reduction)


def soft_margin_loss(x: Any, target: Any, reduction: str = "mean") -> Array:
    """`log(1 + exp(-target * x))` for targets of 1 and -1."""
    x, target = _pair("soft_margin_loss", x, target, reduction)
    return reduced(soft_margin(x, target), reduction)


def hinge_embedding_loss(
    x: Any, target: Any, margin: float = 1.0, reduction: str = "mean"
) -> Array:
    """Distances of what is alike (target 1), and what others lack to the margin (-1)."""
    x, target = _pair("hinge_embedding_loss", x, target, reduction)
    return reduced(margin_of(x, target, margin), reduction)


def margin_ranking_loss(
    x1: Any, x2: Any, target: Any, margin: float = 0.0, reduction: str = "mean"
) -> Array:
    """What the first lacks to be the larger (target 1) or smaller (-1) by a margin."""
    what = "margin_ranking_loss"
    x1, x2 = _pair(what, x1, x2, reduction)
    return reduced(at_least(-floating(what, target) * (x1 - x2) + margin, 0), reduction)
