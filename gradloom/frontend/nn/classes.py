"""Losses of scores by class: the classes stand along one axis, the last one unless said."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.frontend.asserted import require
from gradloom.frontend.nn.exponentials import log_softmax
from gradloom.frontend.nn.operands import (
    Array,
    array,
    axis_of,
    floating,
    integers,
    named,
    reduced,
    require_equal_shapes,
    require_reduction,
    require_shape,
    taken,
    zero,
)
from gradloom.frontend.tracer import is_tracer
from gradloom.ir.errors import ArgumentError, IndexOutOfRange, ShapeError
from gradloom.ir.location import user_location


def require_classes(what: str, labels: Array, count: Any, ignore_index: int | None = None) -> None:
    """Raise where a label is no class: now, or when a program runs with such labels."""
    if named(count):
        return
    wrong = (labels < 0) | (labels >= count)
    if ignore_index is not None:
        wrong = wrong & (labels != ignore_index)
    if is_tracer(wrong):
        require(
            ~wrong, f"{what}: a label is none of {count} classes", "IndexOutOfRange",
            f"labels are 0 to {count - 1}",
        )  # fmt: skip
    elif np.any(wrong):
        at = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise IndexOutOfRange(
            f"{what}: label {int(labels[at])} (at {at if len(at) != 1 else at[0]}) of {count} "
            "classes", location=user_location(), hint=f"labels are 0 to {count - 1}",
        )  # fmt: skip


def _require_labels(what: str, x: Array, labels: Array, axis: int) -> None:
    due = (*x.shape[:axis], *x.shape[axis + 1 :])
    if tuple(labels.shape) != due:
        raise ShapeError(
            f"{what}: the input has shape {tuple(x.shape)} and the target {tuple(labels.shape)}",
            location=user_location(),
            hint=f"the target has the input's shape without axis {axis}: {due}",
        )  # fmt: skip


def _columns(weights: Array, ndim: int, axis: int) -> Array:
    """One number per class, so that it broadcasts along the classes' axis."""
    return weights.reshape([-1 if i == axis else 1 for i in range(ndim)])


def picked(x: Array, labels: Array, axis: int) -> Array:
    """What stands at the labels along an axis."""
    return np.squeeze(np.take_along_axis(x, np.expand_dims(labels, axis), axis), axis)


def of_labels(
    logp: Array, labels: Array, weights: Array | None, axis: int, ignore_index: int,
    reduction: str, smoothing: float = 0.0,
) -> Array:  # fmt: skip
    """What log-probabilities lack at the classes that are right, and a part of it at all of them.

    The mean is by the sum of the right classes' weights, as in torch.
    """
    counted = labels != ignore_index
    at = np.where(counted, labels, labels.dtype.type(0))
    scale = counted.astype(logp.dtype)
    if weights is not None:
        weights = weights.astype(logp.dtype)
        scale = scale * taken(weights, at)
    each = np.where(counted, -picked(logp, at, axis) * scale, zero(logp))
    if smoothing:
        spread = logp if weights is None else logp * _columns(weights, logp.ndim, axis)
        smooth = np.where(counted, -np.sum(spread, axis=axis), zero(logp))
        each = (1 - smoothing) * each + smoothing / logp.shape[axis] * smooth
    if reduction != "mean":
        return reduced(each, reduction)
    with np.errstate(invalid="ignore"):  # nothing is counted: nan, as in torch
        return np.sum(each) / np.sum(scale)


def of_shares(
    logp: Array, shares: Array, weights: Array | None, axis: int, smoothing: float = 0.0
) -> Array:
    """What log-probabilities lack where each class has a share, for each example."""
    if smoothing:
        shares = shares * (1 - smoothing) + smoothing / logp.shape[axis]
    if weights is not None:
        shares = shares * _columns(weights, logp.ndim, axis)
    return -np.sum(logp * shares, axis=axis)


def nll_loss(
    logp: Any, target: Any, axis: int = -1, *, weight: Any = None, ignore_index: int = -100,
    reduction: str = "mean",
) -> Array:  # fmt: skip
    """What log-probabilities lack at the labels."""
    what = "nll_loss"
    require_reduction(what, reduction)
    logp, labels = floating(what, logp), integers(what, target, "labels")
    at = axis_of(what, axis, logp.ndim)
    _require_labels(what, logp, labels, at)
    require_classes(what, labels, logp.shape[at], ignore_index)
    return of_labels(
        logp, labels, _class_weights(what, weight, logp, at), at, ignore_index, reduction
    )


def _class_weights(what: str, weight: Any, x: Array, axis: int) -> Array | None:
    if weight is None:
        return None
    made = floating(what, weight)
    require_shape(what, "the weight", made, (x.shape[axis],))
    return made


def cross_entropy(
    logits: Any, targets: Any, axis: int = -1, *, weight: Any = None, ignore_index: int = -100,
    label_smoothing: float = 0.0, reduction: str = "mean",
) -> Array:  # fmt: skip
    """The loss of scores; the targets are labels (integers), or shares of the scores' shape.

    The mean of labels is by the sum of their weights, that of shares by the number of examples.

    >>> print(round(float(cross_entropy(np.zeros((3, 2)), np.array([0, 1, -100]))), 4))
    0.6931
    """
    what = "cross_entropy"
    require_reduction(what, reduction)
    if not 0 <= label_smoothing <= 1:
        raise ArgumentError(
            f"{what}: label_smoothing={label_smoothing} is not between 0 and 1",
            location=user_location(),
        )
    logits, targets = floating(what, logits), array(targets)
    at = axis_of(what, axis, logits.ndim)
    weights = _class_weights(what, weight, logits, at)
    logp = log_softmax(logits, at)
    if targets.dtype.kind in "iu" and targets.ndim < logits.ndim:
        _require_labels(what, logits, targets, at)
        require_classes(what, targets, logits.shape[at], ignore_index)
        return of_labels(logp, targets, weights, at, ignore_index, reduction, label_smoothing)
    shares = floating(what, targets)
    require_equal_shapes(what, logits, shares)
    return reduced(of_shares(logp, shares, weights, at, label_smoothing), reduction)


def multi_margin_loss(
    x: Any, target: Any, p: int = 1, margin: float = 1.0, axis: int = -1, *, weight: Any = None,
    reduction: str = "mean",
) -> Array:  # fmt: skip
    """What the right class's score lacks to be larger than every other by a margin."""
    what = "multi_margin_loss"
    require_reduction(what, reduction)
    if p not in (1, 2):
        raise ArgumentError(f"{what}: p={p} is neither 1 nor 2", location=user_location())
    x, labels = floating(what, x), integers(what, target, "labels")
    at = axis_of(what, axis, x.ndim)
    _require_labels(what, x, labels, at)
    require_classes(what, labels, x.shape[at])
    weights = _class_weights(what, weight, x, at)
    return reduced(margins(x, labels, p, margin, at, weights), reduction)


def margins(
    x: Array, labels: Array, p: int, margin: float, axis: int, weights: Array | None
) -> Array:
    """The mean over the classes of what each example lacks."""
    at, count = np.expand_dims(labels, axis), x.shape[axis]
    lack = margin - np.take_along_axis(x, at, axis) + x
    lack = np.where(lack < 0, zero(x), lack)
    lack = lack if p == 1 else lack * lack
    if weights is not None:
        lack = lack * np.expand_dims(taken(weights, labels), axis)
    others = _columns(np.arange(count), x.ndim, axis) != at
    return np.sum(np.where(others, lack, x * 0), axis=axis) / count
