"""Losses of scores by class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gradloom.eager.calls import Array, one
from gradloom.eager.nn.functional.losses import (
    check_reduction,
    reduced,
    require_same_shape,
    with_old_names,
)
from gradloom.eager.reductions import log_softmax
from gradloom.eager.remembered import remembered
from gradloom.eager.tensor import Tensor
from gradloom.frontend.nn import classes as nn
from gradloom.ir.errors import ArgumentError, ShapeError
from gradloom.ir.location import user_location


def _class_axis(what: str, x: Tensor, target: Tensor) -> int:
    if not x.ndim:
        raise ShapeError(f"{what}: the input has no axis of classes", location=user_location())
    axis = 1 if x.ndim > 1 else 0
    if tuple(target.shape) != (*x.shape[:axis], *x.shape[axis + 1 :]):
        raise ShapeError(
            f"{what}: the input has shape {tuple(x.shape)} and the target {tuple(target.shape)}",
            location=user_location(), hint=f"the target has the input's shape without axis {axis}",
        )  # fmt: skip
    return axis


def _check_weight(what: str, x: Tensor, axis: int, weight: Tensor | None) -> None:
    if weight is not None and tuple(weight.shape) != (x.shape[axis],):
        raise ShapeError(
            f"{what}: weights of shape {tuple(weight.shape)} for {x.shape[axis]} classes",
            location=user_location(), hint="one weight is due per class",
        )  # fmt: skip


def _of_places(
    what: str, x: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str,
    smoothing: float = 0.0,
) -> Tensor:  # fmt: skip
    """What log-probabilities lack at the classes that are right; some of it at all of them."""
    axis = _class_axis(what, x, target)
    _check_weight(what, x, axis, weight)
    check_reduction(what, reduction)
    if target.dtype.is_floating_point:
        raise ArgumentError(
            f"{what}: classes are integers, not {target.dtype}", location=user_location(),
            hint="convert the target: target.long()",
        )  # fmt: skip

    def function(a: Array, t: Array, w: Array | None = None) -> Array:
        return nn.of_labels(a, t, w, axis, ignore_index, reduction, smoothing)

    return one(what, function, [x, target, *([] if weight is None else [weight])])


def nll_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: None = None,
    ignore_index: int = -100, reduce: None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """What log-probabilities (classes along axis 1) lack at the classes that are right."""
    return _of_places("nll_loss", input, target, weight, ignore_index, reduction)


def cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: None = None,
    ignore_index: int = -100, reduce: None = None, reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:  # fmt: skip
    """The loss of scores (classes along axis 1); the target names classes, or has probabilities."""
    what = "cross_entropy"
    if not 0 <= label_smoothing <= 1:
        raise ArgumentError(
            f"{what}: label_smoothing={label_smoothing} is not between 0 and 1",
            location=user_location(),
        )
    check_reduction(what, reduction)
    axis = 1 if input.ndim > 1 else 0
    scores = log_softmax(input, axis)
    if tuple(target.shape) != tuple(input.shape):
        return _of_places(what, scores, target, weight, ignore_index, reduction, label_smoothing)
    require_same_shape(what, input, target)
    _check_weight(what, input, axis, weight)
    if not target.dtype.is_floating_point:
        raise ArgumentError(
            f"{what}: a target of the input's shape has probabilities, not {target.dtype}",
            location=user_location(), hint="convert it: target.float()",
        )  # fmt: skip

    def function(a: Array, t: Array, w: Array | None = None) -> Array:
        return nn.of_shares(a, t, w, axis, label_smoothing)

    each = one(what, function, [scores, target, *([] if weight is None else [weight])])
    return reduced(what, each, reduction)


def multi_margin_loss(
    input: Tensor, target: Tensor, p: int = 1, margin: float = 1.0, weight: Tensor | None = None,
    size_average: None = None, reduce: None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """What the right class's score lacks to be larger than every other by a margin."""
    what = "multi_margin_loss"
    axis = _class_axis(what, input, target)
    _check_weight(what, input, axis, weight)
    if p not in (1, 2):
        raise ArgumentError(f"{what}: p={p} is neither 1 nor 2", location=user_location())

    def function(a: Array, t: Array, w: Array | None = None) -> Array:
        return nn.margins(a, t, p, margin, axis, w)

    each = one(what, function, [input, target, *([] if weight is None else [weight])])
    return reduced(what, each, reduction)


CLASS_LOSSES: Final[dict[str, Callable[..., Tensor]]] = {
    f.__name__: with_old_names(remembered(f)) for f in (nll_loss, cross_entropy, multi_margin_loss)
}  # fmt: skip
"""By torch's name."""
