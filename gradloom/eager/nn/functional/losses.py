"""Losses of two tensors of one shape, or of one and distances."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, Final

from gradloom.eager import creation
from gradloom.eager.calls import Array, cast, common, one
from gradloom.eager.methods import FUNCTIONS
from gradloom.eager.nn.functional.distances import cosine_similarity, pairwise_distance
from gradloom.eager.remembered import remembered
from gradloom.eager.tensor import Tensor
from gradloom.frontend.nn import losses as nn
from gradloom.frontend.nn import similarity
from gradloom.ir.errors import ArgumentError, ShapeError
from gradloom.ir.location import user_location

Function = Callable[..., Tensor]
_OLD: Final = ("size_average", "reduce")
_REDUCTIONS: Final = ("mean", "sum", "none")


def with_old_names(function: Function) -> Function:
    """The loss with torch's old `size_average` and `reduce`, which say what `reduction` is."""
    names = [*signature(function).parameters]
    if _OLD[0] not in names:
        return function
    places = [names.index(name) for name in _OLD]

    @wraps(function)
    def loss(*args: Any, **kwargs: Any) -> Tensor:
        given = [
            args[i] if i < len(args) else kwargs.get(name)
            for i, name in zip(places, _OLD, strict=True)
        ]
        if given[0] is None and given[1] is None:
            return function(*args, **kwargs)
        bound = dict(zip(names, args, strict=False)) | kwargs | dict.fromkeys(_OLD)
        average, reduce = (True if g is None else g for g in given)
        bound["reduction"] = ("mean" if average else "sum") if reduce else "none"
        return function(**bound)

    return loss


def check_reduction(what: str, reduction: str) -> None:
    """Raise where it is none of torch's."""
    if reduction not in _REDUCTIONS:
        raise ArgumentError(
            f"{what}: reduction={reduction!r} is not a valid value for reduction",
            location=user_location(), hint="give 'mean', 'sum' or 'none'",
        )  # fmt: skip


def reduced(what: str, x: Tensor, reduction: str) -> Tensor:
    """The mean or the sum of a loss's elements, or all of them."""
    check_reduction(what, reduction)
    return x if reduction == "none" else FUNCTIONS[reduction](x)


def require_same_shape(what: str, x: Tensor, target: Tensor) -> None:
    """Raise where the two do not have one shape."""
    if tuple(x.shape) != tuple(target.shape):
        raise ShapeError(
            f"{what}: the input has shape {tuple(x.shape)} and the target {tuple(target.shape)}",
            location=user_location(), hint="reshape one of them: broadcasting here hides mistakes",
        )  # fmt: skip


def _each(what: str, f: Callable[..., Array], *xs: Tensor) -> Tensor:
    """A loss of each element, in the common dtype."""
    _, dtype = common(what, *xs)
    return one(what, lambda *arrays: f(*[cast(a, dtype) for a in arrays]), xs)


def _weighed(what: str, each: Tensor, weight: Tensor | None, reduction: str) -> Tensor:
    check_reduction(what, reduction)
    if weight is None:
        return reduced(what, each, reduction)
    if tuple(weight.shape) != tuple(each.shape):
        raise ShapeError(
            f"{what}: weights of shape {tuple(weight.shape)} for a loss of {tuple(each.shape)}",
            location=user_location(),
        )
    scaled = FUNCTIONS["mul"](each, weight)
    if reduction == "mean":
        return FUNCTIONS["div"](FUNCTIONS["sum"](scaled), FUNCTIONS["sum"](weight))  # type: ignore[no-any-return]
    return reduced(what, scaled, reduction)


def mse_loss(
    input: Tensor, target: Tensor, size_average: None = None, reduce: None = None,
    reduction: str = "mean", weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Squares of differences."""
    require_same_shape("mse_loss", input, target)
    each = _each("mse_loss", nn.squared, input, target)
    return _weighed("mse_loss", each, weight, reduction)


def l1_loss(
    input: Tensor, target: Tensor, size_average: None = None, reduce: None = None,
    reduction: str = "mean", weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Sizes of differences."""
    require_same_shape("l1_loss", input, target)
    each = _each("l1_loss", nn.absolute, input, target)
    return _weighed("l1_loss", each, weight, reduction)


def smooth_l1_loss(
    input: Tensor, target: Tensor, size_average: None = None, reduce: None = None,
    reduction: str = "mean", beta: float = 1.0,
) -> Tensor:  # fmt: skip
    """Squares of small differences, sizes of large ones."""
    if beta < 0:
        raise ArgumentError(f"smooth_l1_loss: beta={beta} is below 0", location=user_location())

    def function(a: Array, b: Array) -> Array:
        return nn.smooth_absolute(a, b, beta)

    require_same_shape("smooth_l1_loss", input, target)
    return reduced("smooth_l1_loss", _each("smooth_l1_loss", function, input, target), reduction)


def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0,
    weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Half squares of differences up to delta, `delta * (size - delta / 2)` beyond."""
    if delta <= 0:
        raise ArgumentError(f"huber_loss: delta={delta} is not above 0", location=user_location())

    def function(a: Array, b: Array) -> Array:
        return nn.huber(a, b, delta)

    require_same_shape("huber_loss", input, target)
    return _weighed("huber_loss", _each("huber_loss", function, input, target), weight, reduction)


def kl_div(
    input: Tensor, target: Tensor, size_average: None = None, reduce: None = None,
    reduction: str = "mean", log_target: bool = False,
) -> Tensor:  # fmt: skip
    """The divergence of the target from log-probabilities."""

    def function(a: Array, b: Array) -> Array:
        return nn.divergence(a, b, log_target)

    made = _each("kl_div", function, input, target)
    if reduction == "batchmean":
        return FUNCTIONS["sum"](made) / input.shape[0]  # type: ignore[no-any-return]
    return reduced("kl_div", made, reduction)


def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: None = None,
    reduce: None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """What probabilities lack at targets between 0 and 1; logarithms are at least -100."""
    what = "binary_cross_entropy"
    require_same_shape(what, input, target)
    made = one(what, nn.binary, [input, target])
    return reduced(what, made if weight is None else FUNCTIONS["mul"](made, weight), reduction)


def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: None = None,
    reduce: None = None, reduction: str = "mean", pos_weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The same of scores, before the sigmoid."""
    what = "binary_cross_entropy_with_logits"
    require_same_shape(what, input, target)

    def function(a: Array, b: Array, w: Array | None = None) -> Array:
        return nn.binary_of_scores(a, b, w)

    given = [input, target, *([] if pos_weight is None else [pos_weight])]
    made = one(what, function, given)
    return reduced(what, made if weight is None else FUNCTIONS["mul"](made, weight), reduction)


def poisson_nll_loss(
    input: Tensor, target: Tensor, log_input: bool = True, full: bool = False,
    size_average: None = None, eps: float = 1e-8, reduce: None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """The loss of a rate (its logarithm: `log_input`) for counts; `full`: with Stirling's term."""

    def function(a: Array, b: Array) -> Array:
        return nn.poisson(a, b, log_input, full, eps)

    return reduced(
        "poisson_nll_loss", _each("poisson_nll_loss", function, input, target), reduction
    )


def gaussian_nll_loss(
    input: Tensor, target: Tensor, var: Tensor | float, full: bool = False, eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """The loss of a normal distribution's mean and variance (at least eps)."""
    what = "gaussian_nll_loss"
    if not isinstance(var, Tensor):
        if var < 0:
            raise ArgumentError(f"{what}: var={var} is below 0", location=user_location())
        made = creation.full(tuple(input.shape), float(var), dtype=input.dtype)
        return gaussian_nll_loss(input, target, made, full, eps, reduction)
    spread: Tensor = var
    own = tuple(input.shape)
    if tuple(var.shape) not in (own, (*own[:-1], 1), own[:-1]):
        raise ShapeError(
            f"{what}: var has shape {tuple(var.shape)} and the input {own}",
            location=user_location(),
        )
    if tuple(var.shape) == own[:-1] != own:
        spread = FUNCTIONS["unsqueeze"](var, -1)

    def function(a: Array, b: Array, v: Array) -> Array:
        return nn.gaussian(a, b, v, full, eps)

    return reduced(what, _each(what, function, input, target, spread), reduction)


# ---- losses of distances -------------------------------------------------------------------------


def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, size_average: None = None,
    reduce: None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """What the first lacks to be the larger (target 1) or smaller (-1) by a margin."""
    made = _each("margin_ranking_loss", lambda a, b, t: nn.at_least(-t * (a - b) + margin, 0),
                 input1, input2, target)  # fmt: skip
    return reduced("margin_ranking_loss", made, reduction)


def hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: float = 1.0, size_average: None = None,
    reduce: None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """Distances of what is alike (target 1), and what others lack to the margin (-1)."""

    def function(a: Array, t: Array) -> Array:
        return nn.margin_of(a, t, margin)

    made = _each("hinge_embedding_loss", function, input, target)
    return reduced("hinge_embedding_loss", made, reduction)


def soft_margin_loss(
    input: Tensor, target: Tensor, size_average: None = None, reduce: None = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """`log(1 + exp(-target * x))` for targets of 1 and -1."""
    require_same_shape("soft_margin_loss", input, target)

    return reduced(
        "soft_margin_loss", _each("soft_margin_loss", nn.soft_margin, input, target), reduction
    )


def multilabel_soft_margin_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: None = None,
    reduce: None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """The mean over the classes (last axis) of the loss of each one's score."""
    made = binary_cross_entropy_with_logits(input, target, weight, reduction="none")
    return reduced("multilabel_soft_margin_loss", FUNCTIONS["mean"](made, -1), reduction)


def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, size_average: None = None,
    reduce: None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """What vectors that are alike (target 1) lack in angle, and others (-1) have too much."""
    what = "cosine_embedding_loss"
    if target.ndim + 1 != input1.ndim or input1.ndim != input2.ndim:
        raise ShapeError(
            f"{what}: inputs of shapes {tuple(input1.shape)} and {tuple(input2.shape)} and a "
            f"target of {tuple(target.shape)}", location=user_location(),
            hint="the target has one axis less than the inputs",
        )  # fmt: skip

    cosine = one(what, similarity.guarded_cosine, [input1, input2])

    def function(c: Array, t: Array) -> Array:
        return similarity.angle_loss(c, t, margin)

    return reduced(what, one(what, function, [cosine, target]), reduction)


def triplet_margin_with_distance_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, *,
    distance_function: Function | None = None, margin: float = 1.0, swap: bool = False,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """How much nearer the positive should be to the anchor than the negative is."""
    what = "triplet_margin_loss"
    if margin <= 0:
        raise ArgumentError(f"{what}: margin={margin} is not above 0", location=user_location())
    distance = pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = FUNCTIONS["minimum"](far, distance(positive, negative))
    made = _each(what, lambda p, n: nn.at_least(margin + p - n, 0), near, far)
    return reduced(what, made, reduction)


def triplet_margin_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2,
    eps: float = 1e-6, swap: bool = False, size_average: None = None, reduce: None = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """The same by p-norms."""
    return triplet_margin_with_distance_loss(
        anchor, positive, negative, margin=margin, swap=swap, reduction=reduction,
        distance_function=lambda a, b: pairwise_distance(a, b, p, eps),
    )  # fmt: skip


LOSSES: Final[dict[str, Function]] = {
    f.__name__: with_old_names(remembered(f)) for f in (
        mse_loss, l1_loss, smooth_l1_loss, huber_loss, kl_div, binary_cross_entropy,
        binary_cross_entropy_with_logits, poisson_nll_loss, gaussian_nll_loss, margin_ranking_loss,
        hinge_embedding_loss, soft_margin_loss, multilabel_soft_margin_loss, cosine_embedding_loss,
        triplet_margin_loss, triplet_margin_with_distance_loss, cosine_similarity,
        pairwise_distance)
}  # fmt: skip
"""By torch's name."""
