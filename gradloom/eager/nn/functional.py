"""`gt.nn.functional`: activations, layers and losses as functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from gradloom.eager import creation
from gradloom.eager.calls import Array, cast, one
from gradloom.eager.dtypes import INT64
from gradloom.eager.methods import FUNCTIONS
from gradloom.eager.products import matmul
from gradloom.eager.reductions import log_softmax, softmax
from gradloom.eager.remembered import remembered
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import ArgumentError, ShapeError
from gradloom.ir.location import user_location

relu, sigmoid, tanh = FUNCTIONS["relu"], FUNCTIONS["sigmoid"], FUNCTIONS["tanh"]
silu, mish, selu = FUNCTIONS["silu"], FUNCTIONS["mish"], FUNCTIONS["selu"]
logsigmoid, softsign, relu6 = FUNCTIONS["logsigmoid"], FUNCTIONS["softsign"], FUNCTIONS["relu6"]
tanhshrink, hardsigmoid = FUNCTIONS["tanhshrink"], FUNCTIONS["hardsigmoid"]
hardswish = FUNCTIONS["hardswish"]


def gelu(x: Tensor, approximate: str = "none") -> Tensor:
    """`x` times the normal distribution's weight below it; "tanh" approximates."""
    if approximate == "none":
        return FUNCTIONS["gelu"](x)  # type: ignore[no-any-return]
    if approximate != "tanh":
        raise ArgumentError(f"gelu: approximate={approximate!r}", hint="give 'none' or 'tanh'")
    scale = (2 / np.pi) ** 0.5
    return one("gelu", lambda a: 0.5 * a * (1 + np.tanh(scale * (a + 0.044715 * a * a * a))), [x])


@remembered
def leaky_relu(x: Tensor, negative_slope: float = 0.01) -> Tensor:
    """`x`, or a small part of it below 0."""
    return one("leaky_relu", lambda a: np.where(a > 0, a, a * negative_slope), [x])


@remembered
def elu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """`x`, or `alpha * (exp(x) - 1)` below 0."""

    def function(a: Array) -> Array:
        below = np.where(a > 0, a.dtype.type(0), a)
        return np.where(a > 0, a, alpha * np.expm1(below))

    return one("elu", function, [x])


@remembered
def softplus(x: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """A smooth ramp; `x` itself above the threshold."""

    def function(a: Array) -> Array:
        scaled = a * beta
        soft = np.logaddexp(np.where(scaled > threshold, a.dtype.type(0), scaled), a.dtype.type(0))
        return np.where(scaled > threshold, a, soft / beta)

    return one("softplus", function, [x])


@remembered
def hardtanh(x: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """`x` between two bounds."""

    def function(a: Array) -> Array:
        low, high = a.dtype.type(min_val), a.dtype.type(max_val)
        return np.where(a <= low, low, np.where(a >= high, high, a))

    return one("hardtanh", function, [x])


def glu(x: Tensor, dim: int = -1) -> Tensor:
    """One half of an axis, gated by the other."""
    first, second = FUNCTIONS["chunk"](x, 2, dim)
    return first * sigmoid(second)  # type: ignore[no-any-return]


@remembered
def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """`x @ weight.T + bias`."""
    if not x.ndim or x.shape[-1] != weight.shape[-1]:
        raise ShapeError(
            f"linear: the last axis of the input {tuple(x.shape)} and of the weight "
            f"{tuple(weight.shape)} differ", location=user_location(),
            hint="the weight's shape is (out_features, in_features)",
        )  # fmt: skip
    made = matmul(x, FUNCTIONS["transpose"](weight))
    return made if bias is None else FUNCTIONS["add"](made, bias)


@remembered
def embedding(x: Tensor, weight: Tensor) -> Tensor:
    """The rows of the weight that integers name."""
    return one("embedding", lambda i, w: w[i], [x, weight])


def one_hot(x: Tensor, num_classes: int = -1) -> Tensor:
    """1 at the place that each integer names, 0 elsewhere."""
    count = int(x.max().item()) + 1 if num_classes < 0 else num_classes  # type: ignore[attr-defined]
    return one("one_hot", lambda i: cast(i[..., None] == np.arange(count), INT64), [x])


def dropout(x: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """Some elements zero, the others larger, while training."""
    if not 0 <= p <= 1:
        raise ArgumentError(f"dropout: a probability is between 0 and 1, not {p}")
    if not training or p == 0:
        return x
    keep = creation.draw(lambda g: g.random(tuple(x.shape)) >= p)
    mask = Tensor(x._home, x._home.put(np.asarray(keep)))
    scale = 1 / (1 - p) if p < 1 else 0.0
    return one("dropout", lambda a, m: a * cast(m, a.dtype) * scale, [x, mask])


@remembered
def layer_norm(
    x: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None,
    bias: Tensor | None = None, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """The last axes with mean 0 and deviation 1, scaled and shifted."""
    count = len(normalized_shape)
    if tuple(x.shape[-count:]) != tuple(normalized_shape):
        raise ShapeError(
            f"layer_norm: the last axes of {tuple(x.shape)} are not {tuple(normalized_shape)}",
            location=user_location(),
        )
    axes = tuple(range(x.ndim - count, x.ndim))

    def function(a: Array, *rest: Array) -> Array:
        centred = a - np.mean(a, axis=axes, keepdims=True)
        made = centred / np.sqrt(np.mean(centred * centred, axis=axes, keepdims=True) + eps)
        given = iter(rest)
        made = made if weight is None else made * next(given)
        return made if bias is None else made + next(given)

    return one("layer_norm", function, [x, *[t for t in (weight, bias) if t is not None]])


def normalize(x: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """The tensor divided by its norm along an axis."""
    size = FUNCTIONS["norm"](x, p, dim, True)
    return x / FUNCTIONS["clamp"](size, min=eps)  # type: ignore[no-any-return]


# ---- losses --------------------------------------------------------------------------------------


def _reduced(what: str, x: Tensor, reduction: str) -> Tensor:
    if reduction not in ("mean", "sum", "none"):
        raise ArgumentError(f"{what}: reduction={reduction!r}", hint="give mean, sum or none")
    return x if reduction == "none" else FUNCTIONS[reduction](x)


def _same_shape(what: str, x: Tensor, target: Tensor) -> None:
    if tuple(x.shape) != tuple(target.shape):
        raise ShapeError(
            f"{what}: the input has shape {tuple(x.shape)} and the target {tuple(target.shape)}",
            location=user_location(), hint="reshape one of them: broadcasting here hides mistakes",
        )  # fmt: skip


def _loss(what: str, f: Callable[..., Array]) -> Callable[..., Tensor]:
    def function(x: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
        _same_shape(what, x, target)
        return _reduced(
            what, one(what, lambda a, b: f(a, cast(b, a.dtype)), [x, target]), reduction
        )

    function.__name__ = what
    return remembered(function)


def _bce(a: Array, b: Array) -> Array:
    low = a.dtype.type(-100)
    p, q = np.log(a), np.log(1 - a)
    return -(b * np.where(p < low, low, p) + (1 - b) * np.where(q < low, low, q))


def _bce_logits(a: Array, b: Array) -> Array:
    return np.logaddexp(a.dtype.type(0), a) - a * b


mse_loss: Final = _loss("mse_loss", lambda a, b: (a - b) * (a - b))
l1_loss: Final = _loss("l1_loss", lambda a, b: np.abs(a - b))
binary_cross_entropy: Final = _loss("binary_cross_entropy", _bce)
binary_cross_entropy_with_logits: Final = _loss("binary_cross_entropy_with_logits", _bce_logits)


@remembered
def smooth_l1_loss(x: Tensor, target: Tensor, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """Squares of small differences, sizes of large ones."""

    def function(a: Array, b: Array) -> Array:
        size = np.abs(a - b)
        return np.where(size < beta, 0.5 * size * size / beta, size - 0.5 * beta)

    _same_shape("smooth_l1_loss", x, target)
    return _reduced("smooth_l1_loss", one("smooth_l1_loss", function, [x, target]), reduction)


def huber_loss(x: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0) -> Tensor:
    """The same, times delta."""
    made: Tensor = FUNCTIONS["mul"](smooth_l1_loss(x, target, reduction, delta), delta)
    return made


@remembered
def kl_div(x: Tensor, target: Tensor, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """The divergence of the target from log-probabilities."""

    def function(a: Array, b: Array) -> Array:
        if log_target:
            return np.exp(b) * (b - a)
        some = np.where(b > 0, b, b.dtype.type(1))
        return np.where(b > 0, b * np.log(some), b.dtype.type(0)) - b * a

    made = one("kl_div", function, [x, target])
    if reduction == "batchmean":
        return FUNCTIONS["sum"](made) / x.shape[0]  # type: ignore[no-any-return]
    return _reduced("kl_div", made, reduction)


@remembered
def nll_loss(
    x: Tensor, target: Tensor, weight: Tensor | None = None, ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """What log-probabilities (classes along axis 1) lack at the classes that are right."""
    axis = 1 if x.ndim > 1 else 0
    if tuple(target.shape) != (*x.shape[:axis], *x.shape[axis + 1 :]):
        raise ShapeError(
            f"nll_loss: the input has shape {tuple(x.shape)} and the target {tuple(target.shape)}",
            location=user_location(), hint="the target has the input's shape without axis 1",
        )  # fmt: skip

    def function(a: Array, t: Array, *rest: Array) -> Array:
        counted = t != ignore_index
        at = np.where(counted, t, t.dtype.type(0))
        picked = np.squeeze(np.take_along_axis(a, np.expand_dims(at, axis), axis), axis)
        scale = cast(counted, a.dtype)
        scale = scale * cast(rest[0], a.dtype)[at] if rest else scale
        each = -picked * scale
        if reduction == "mean":
            return np.sum(each) / np.sum(scale)
        return np.sum(each) if reduction == "sum" else each

    if reduction not in ("mean", "sum", "none"):
        raise ArgumentError(f"nll_loss: reduction={reduction!r}", hint="give mean, sum or none")
    return one("nll_loss", function, [x, target, *([] if weight is None else [weight])])


@remembered
def cross_entropy(
    x: Tensor, target: Tensor, weight: Tensor | None = None, ignore_index: int = -100,
    reduction: str = "mean", label_smoothing: float = 0.0,
) -> Tensor:  # fmt: skip
    """The loss of scores (classes along axis 1); the target names classes, or has probabilities."""
    axis = 1 if x.ndim > 1 else 0
    scores = log_softmax(x, axis)
    if not target.dtype.is_floating_point:
        if label_smoothing:
            raise ArgumentError(
                "cross_entropy: label_smoothing is offered for targets of probabilities",
                location=user_location(), hint="give F.one_hot(target, n).float() as target",
            )  # fmt: skip
        return nll_loss(scores, target, weight, ignore_index, reduction)
    _same_shape("cross_entropy", x, target)
    classes = x.shape[axis]

    def function(a: Array, t: Array, *rest: Array) -> Array:
        t = t * (1 - label_smoothing) + label_smoothing / classes
        if rest:
            shape = [1] * a.ndim
            shape[axis] = classes
            t = t * np.reshape(rest[0], shape)
        return -np.sum(a * t, axis=axis)

    each = one("cross_entropy", function, [scores, target, *([] if weight is None else [weight])])
    return _reduced("cross_entropy", each, reduction)


def scaled_dot_product_attention(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None,
    dropout_p: float = 0.0, is_causal: bool = False, scale: float | None = None,
) -> Tensor:  # fmt: skip
    """Values weighed by how queries and keys agree."""
    factor = query.shape[-1] ** -0.5 if scale is None else scale

    def scores(q: Array, k: Array, *rest: Array) -> Array:
        made = np.matmul(q, np.swapaxes(k, -1, -2)) * factor
        low = made.dtype.type(-np.inf)
        if is_causal:
            made = np.where(np.tri(*made.shape[-2:]) > 0, made, low)
        if rest:
            (mask,) = rest
            made = np.where(mask, made, low) if mask.dtype.kind == "b" else made + mask
        return made

    masks = [] if attn_mask is None else [attn_mask]
    weights = softmax(one("attention", scores, [query, key, *masks]), -1)
    return matmul(dropout(weights, dropout_p), value)


__all__ = [
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "dropout", "elu",
    "embedding", "gelu", "glu", "hardsigmoid", "hardswish", "hardtanh", "huber_loss", "kl_div",
    "l1_loss", "layer_norm", "leaky_relu", "linear", "log_softmax", "logsigmoid", "mish",
    "mse_loss", "nll_loss", "normalize", "one_hot", "relu", "relu6",
    "scaled_dot_product_attention", "selu", "sigmoid", "silu", "smooth_l1_loss", "softmax",
    "softplus", "softsign", "tanh", "tanhshrink",
]  # fmt: skip
