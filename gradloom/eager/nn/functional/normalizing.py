"""Normalization: mean 0 and deviation 1 over some axes, then scaled and shifted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, Final

import numpy as np

from gradloom.eager.calls import Array, cast, one
from gradloom.eager.dtypes import finfo
from gradloom.eager.grads import no_grad
from gradloom.eager.methods import METHODS
from gradloom.eager.nn.functional.distances import normalize
from gradloom.eager.remembered import remembered
from gradloom.eager.tensor import Tensor
from gradloom.frontend.nn import normalization as nn
from gradloom.ir.errors import ArgumentError, ShapeError
from gradloom.ir.location import user_location


def _given(*xs: Tensor | None) -> list[Tensor]:
    return [x for x in xs if x is not None]


def _affine(
    made: Array, rest: Sequence[Array], weight: Tensor | None, bias: Tensor | None,
    shape: Sequence[int],
) -> Array:  # fmt: skip
    """What is made, times the weight and plus the bias where there are such."""
    given = iter(rest)
    gamma = None if weight is None else next(given)
    return nn.affine(made, gamma, None if bias is None else next(given), shape)


def _sizes(what: str, x: Tensor, shape: Sequence[int]) -> tuple[int, ...]:
    wanted = (shape,) if isinstance(shape, int) else tuple(shape)
    if not wanted or tuple(x.shape[-len(wanted) :]) != wanted:
        raise ShapeError(
            f"{what}: the last axes of {tuple(x.shape)} are not {wanted}", location=user_location()
        )
    return wanted


def _fits(what: str, shape: Sequence[int], *xs: Tensor | None) -> None:
    for x in _given(*xs):
        if tuple(x.shape) != tuple(shape):
            raise ShapeError(
                f"{what}: a weight or bias of shape {tuple(x.shape)}, where {tuple(shape)} is due",
                location=user_location(),
            )


@remembered
def layer_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None,
    bias: Tensor | None = None, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """The last axes with mean 0 and deviation 1, scaled and shifted."""
    shape = _sizes("layer_norm", input, normalized_shape)
    _fits("layer_norm", shape, weight, bias)
    axes = tuple(range(input.ndim - len(shape), input.ndim))

    def function(a: Array, *rest: Array) -> Array:
        return _affine(nn.standard(a, axes, eps), rest, weight, bias, shape)

    return one("layer_norm", function, [input, *_given(weight, bias)])


@remembered
def rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None,
    eps: float | None = None,
) -> Tensor:  # fmt: skip
    """The last axes divided by the root of their mean square, and scaled."""
    shape = _sizes("rms_norm", input, normalized_shape)
    _fits("rms_norm", shape, weight)
    axes = tuple(range(input.ndim - len(shape), input.ndim))
    small = finfo(input.dtype).eps if eps is None else eps

    def function(a: Array, *rest: Array) -> Array:
        return _affine(nn.unit(a, axes, small), rest, weight, None, shape)

    return one("rms_norm", function, [input, *_given(weight)])


@remembered
def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Groups of channels (axis 1) with mean 0 and deviation 1, scaled and shifted by channel."""
    own = tuple(input.shape)
    if len(own) < 2 or num_groups < 1 or own[1] % num_groups:
        raise ShapeError(
            f"group_norm: the channels (axis 1) of {own} do not make {num_groups} groups",
            location=user_location(), hint="the number of groups divides that of channels",
        )  # fmt: skip
    _fits("group_norm", own[1:2], weight, bias)
    shape = (own[1], *[1] * (len(own) - 2))

    def function(a: Array, *rest: Array) -> Array:
        rows = a.reshape((own[0], num_groups, prod(own[1:]) // num_groups))
        return _affine(nn.standard(rows, (-1,), eps).reshape(own), rest, weight, bias, shape)

    return one("group_norm", function, [input, *_given(weight, bias)])


def _several(what: str, x: Tensor, axes: tuple[int, ...]) -> None:
    """Raise where the statistics are of one element, which has no deviation."""
    if prod([x.shape[i] for i in axes]) == 1:
        raise ShapeError(
            f"{what}: Expected more than 1 value per channel when training, and the input has "
            f"shape {tuple(x.shape)}", location=user_location(), hint="use eval(), or more data",
        )  # fmt: skip


def batch_norm(
    input: Tensor, running_mean: Tensor | None, running_var: Tensor | None,
    weight: Tensor | None = None, bias: Tensor | None = None, training: bool = False,
    momentum: float | Tensor = 0.1, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Channels (axis 1) with mean 0 and deviation 1: of the batch while training, else the running
    ones.
    """
    if input.ndim < 2:
        raise ShapeError(
            f"batch_norm: an input of shape {tuple(input.shape)} has no axis 1 of channels",
            location=user_location(),
        )
    _fits("batch_norm", (input.shape[1],), running_mean, running_var, weight, bias)
    axes = (0, *range(2, input.ndim))
    if training:
        _several("batch_norm", input, axes)
        _track(input, running_mean, running_var, axes, momentum)
        return _by_itself("batch_norm", input, weight, bias, axes, eps)
    if running_mean is None or running_var is None:
        raise ArgumentError(
            "batch_norm: running_mean and running_var are due where training is False",
            location=user_location(),
        )
    return _by_running(input, running_mean, running_var, weight, bias, eps)


@remembered
def _by_itself(
    what: str, input: Tensor, weight: Tensor | None, bias: Tensor | None, axes: tuple[int, ...],
    eps: float,
) -> Tensor:  # fmt: skip
    shape = (input.shape[1], *[1] * (input.ndim - 2))

    def function(a: Array, *rest: Array) -> Array:
        return _affine(nn.standard(a, axes, eps), rest, weight, bias, shape)

    return one(what, function, [input, *_given(weight, bias)])


@remembered
def _by_running(
    input: Tensor, mean: Tensor, var: Tensor, weight: Tensor | None, bias: Tensor | None,
    eps: float,
) -> Tensor:  # fmt: skip
    shape = (input.shape[1], *[1] * (input.ndim - 2))

    def function(a: Array, m: Array, v: Array, *rest: Array) -> Array:
        m, v = cast(m, a.dtype).reshape(shape), cast(v, a.dtype).reshape(shape)
        return _affine((a - m) / np.sqrt(v + eps), rest, weight, bias, shape)

    return one("batch_norm", function, [input, mean, var, *_given(weight, bias)])


def _track(
    x: Tensor, mean: Tensor | None, var: Tensor | None, axes: tuple[int, ...],
    momentum: float | Tensor,
) -> None:  # fmt: skip
    """Move the running statistics towards those of this batch."""
    with no_grad():
        for running, name in ((mean, "mean"), (var, "var")):
            if running is not None:
                _moved(running, METHODS[name](x, axes), momentum)


def _moved(running: Tensor, seen: Tensor, momentum: float | Tensor) -> None:
    running.write(_between(running, seen, momentum).operand(), "batch_norm")


@remembered
def _between(running: Tensor, seen: Tensor, momentum: float | Tensor) -> Tensor:
    def function(r: Array, s: Array, *rest: Array) -> Array:
        share: Any = cast(rest[0], r.dtype) if rest else momentum
        return (1 - share) * r + share * cast(s, r.dtype)

    shares = [momentum] if isinstance(momentum, Tensor) else []
    return one("batch_norm", function, [running, seen, *shares])


def instance_norm(
    input: Tensor, running_mean: Tensor | None = None, running_var: Tensor | None = None,
    weight: Tensor | None = None, bias: Tensor | None = None, use_input_stats: bool = True,
    momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Each channel of each sample with mean 0 and deviation 1, or the running ones."""
    if input.ndim < 3:
        raise ShapeError(
            f"instance_norm: an input of shape {tuple(input.shape)} has no axes after the channels",
            location=user_location(),
        )
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    _fits("instance_norm", (input.shape[1],), running_mean, running_var, weight, bias)
    axes = tuple(range(2, input.ndim))
    _several("instance_norm", input, axes)
    with no_grad():
        for running, name in ((running_mean, "mean"), (running_var, "var")):
            if running is not None:
                _moved(running, METHODS["mean"](METHODS[name](input, axes), 0), momentum)

    return _by_itself("instance_norm", input, weight, bias, axes, eps)


@remembered
def local_response_norm(
    input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """Each element divided by a power of the squares in the channels beside it."""
    return one(
        "local_response_norm", lambda a: nn.local_response_norm(a, size, alpha, beta, k), [input]
    )


NORMALIZING: Final[dict[str, Callable[..., Tensor]]] = {
    f.__name__: f for f in (
        layer_norm, rms_norm, group_norm, batch_norm, instance_norm, local_response_norm, normalize)
}  # fmt: skip
"""By torch's name."""
