"""Normalization: mean 0 and deviation 1 over some axes, then scaled and shifted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.frontend.nn.operands import (
    Array,
    axis_of,
    fixed,
    floating,
    named,
    require_shape,
    wide,
)
from gradloom.frontend.nn.pieces import piece
from gradloom.ir.errors import ArgumentError, ShapeError
from gradloom.ir.location import user_location

Axes = tuple[int, ...]


def standard(x: Array, axes: Axes, eps: Any) -> Array:
    """Mean 0 and deviation 1 over these axes, `eps` being added to the variance."""
    whole = wide(x)
    centred = whole - np.mean(whole, axis=axes, keepdims=True)
    made = centred / np.sqrt(np.mean(centred * centred, axis=axes, keepdims=True) + eps)
    return made if whole is x else made.astype(x.dtype)


def unit(x: Array, axes: Axes, eps: Any) -> Array:
    """Mean square 1 over these axes, `eps` being added to it."""
    whole = wide(x)
    made = whole / np.sqrt(np.mean(whole * whole, axis=axes, keepdims=True) + eps)
    return made if whole is x else made.astype(x.dtype)


def affine(x: Array, gamma: Array | None, beta: Array | None, shape: Sequence[Any]) -> Array:
    """The array times gamma, plus beta, where there are such, brought to a shape first."""
    x = x if gamma is None else x * gamma.reshape(shape)
    return x if beta is None else x + beta.reshape(shape)


@piece("layer_norm")
def _layer_norm(x: Array, gamma: Array, beta: Array, eps: Any) -> Array:
    return standard(x, (-1,), eps) * gamma + beta


@piece("rms_norm")
def _rms_norm(x: Array, gamma: Array, eps: Any) -> Array:
    return unit(x, (-1,), eps) * gamma


@piece("standard")
def _standard(x: Array, eps: Any) -> Array:
    return standard(x, (-1,), eps)


@piece("batch_norm")
def _batch_norm(x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: Any) -> Array:
    return by_running(x, mean, var, gamma, beta, eps, (x.shape[1], *[1] * (x.ndim - 2)))


def _last(what: str, x: Array, axis: Any, *given: Array | None) -> tuple[Axes, tuple[Any, ...]]:
    """The axes to be normalised, which are the last ones, and their sizes."""
    listed = [axis] if isinstance(axis, int | np.integer) else list(axis)
    axes = tuple(sorted(axis_of(what, a, x.ndim) for a in listed))
    if not axes or axes != tuple(range(axes[0], x.ndim)):
        raise ArgumentError(
            f"{what}: axis={axis} of an array of {x.ndim} axes are not its last axes",
            location=user_location(), hint="move the axes to the end with np.moveaxis",
        )  # fmt: skip
    shape = tuple(x.shape[axes[0] :])
    for one in given:
        if one is not None and tuple(one.shape) != shape:
            raise ShapeError(
                f"{what}: the last axis of x {tuple(x.shape)} is normalised, and gamma or beta is "
                f"{tuple(one.shape)}", location=user_location(),
                hint=f"give numbers of shape {shape}",
            )  # fmt: skip
    return axes, shape


def _optional(what: str, *xs: Any) -> list[Array | None]:
    return [None if x is None else floating(what, x) for x in xs]


def layer_norm(
    x: Any, gamma: Any = None, beta: Any = None, eps: float = 1e-5, axis: Any = -1
) -> Array:
    """`x` with mean 0 and variance 1 along its last axis (or last axes), times gamma, plus beta.

    Ba, Kiros, Hinton (2016), equation 4, with `eps` added to the variance.

    >>> layer_norm(np.array([1.0, 3.0]), np.ones(2), np.zeros(2), eps=0.0)
    array([-1.,  1.])
    """
    x = floating("layer_norm", x)
    gamma, beta = _optional("layer_norm", gamma, beta)
    axes, shape = _last("layer_norm", x, axis, gamma, beta)
    if gamma is not None and beta is not None and len(axes) == 1:
        return _layer_norm(x, gamma, beta, np.asarray(eps, x.dtype)[()])
    return affine(standard(x, axes, eps), gamma, beta, shape)


def rms_norm(x: Any, gamma: Any = None, eps: float = 1e-5, axis: Any = -1) -> Array:
    """`x` divided by the root of its mean square along its last axis (or last axes), times gamma.

    Zhang and Sennrich (2019), equation 4, with `eps` added to the mean square.
    """
    x = floating("rms_norm", x)
    (gamma,) = _optional("rms_norm", gamma)
    axes, shape = _last("rms_norm", x, axis, gamma)
    if gamma is not None and len(axes) == 1:
        return _rms_norm(x, gamma, np.asarray(eps, x.dtype)[()])
    return affine(unit(x, axes, eps), gamma, None, shape)


def _channels(what: str, x: Array, *given: Array | None) -> tuple[Any, ...]:
    """The shape in which one number per channel (axis 1) broadcasts."""
    if x.ndim < 2:
        raise ShapeError(
            f"{what}: an input of shape {tuple(x.shape)} has no axis 1 of channels",
            location=user_location(),
        )
    for one in given:
        require_shape(what, "gamma, beta or a statistic", one, x.shape[1:2])
    return (x.shape[1], *[1] * (x.ndim - 2))


def require_several(what: str, x: Array, axes: Axes) -> None:
    """Raise where statistics would be of one element, which has no deviation."""
    sizes = [x.shape[i] for i in axes]
    if not any(map(named, sizes)) and np.prod(sizes) == 1:
        raise ShapeError(
            f"{what}: Expected more than 1 value per channel when training, and the input has "
            f"shape {tuple(x.shape)}", location=user_location(),
            hint="give training=False, or more data",
        )  # fmt: skip


def batch_norm_init(num_features: int, dtype: Any = float) -> tuple[np.ndarray, np.ndarray]:
    """The running mean and variance before the first batch: 0 and 1."""
    return np.zeros(num_features, dtype), np.ones(num_features, dtype)


def batch_norm(
    x: Any, gamma: Any, beta: Any, running_mean: Any, running_var: Any, training: bool = True,
    momentum: float = 0.1, eps: float = 1e-5, *, unbiased: bool = False,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """`(y, mean, var)`: channels (axis 1) with mean 0 and deviation 1, and the running statistics.

    While training by the batch's own statistics, towards which the running ones move by the
    momentum (their derivative is 0); else by the running ones. `unbiased=True` moves the running
    variance towards that with n - 1, as torch does. Ioffe and Szegedy (2015).
    """
    what = "batch_norm"
    x = floating(what, x)
    gamma, beta, mean, var = _optional(what, gamma, beta, running_mean, running_var)
    shape = _channels(what, x, gamma, beta, mean, var)
    axes = (0, *range(2, x.ndim))
    if training:
        require_several(what, x, axes)
        seen, spread = moments(x, axes, unbiased)
        made = affine(standard(x, axes, eps), gamma, beta, shape)
        return made, moved(mean, seen, momentum), moved(var, spread, momentum)
    if mean is None or var is None:
        raise ArgumentError(
            f"{what}: running_mean and running_var are due where training is False",
            location=user_location(),
        )
    if gamma is None or beta is None:
        return by_running(x, mean, var, gamma, beta, eps, shape), mean, var
    return _batch_norm(x, gamma, beta, mean, var, np.asarray(eps, x.dtype)[()]), mean, var


def moments(x: Array, axes: Axes, unbiased: bool) -> tuple[Array, Array]:
    """The mean and the variance over these axes, as constants."""
    held = wide(fixed(x))
    return np.mean(held, axis=axes), np.var(held, axis=axes, ddof=int(unbiased))


def moved(running: Array | None, seen: Array, momentum: Any) -> Array | None:
    """A running statistic, moved towards what was seen."""
    if running is None:
        return None
    return (1 - momentum) * running + momentum * seen.astype(running.dtype)


def by_running(
    x: Array, mean: Array, var: Array, gamma: Array | None, beta: Array | None, eps: float,
    shape: Sequence[Any],
) -> Array:  # fmt: skip
    """Normalised by statistics that are known."""
    made = (x - mean.reshape(shape)) / np.sqrt(var.reshape(shape) + eps)
    return affine(made, gamma, beta, shape)


def group_norm(x: Any, gamma: Any, beta: Any, num_groups: int, eps: float = 1e-5) -> Array:
    """Groups of channels (axis 1) with mean 0 and deviation 1, scaled and shifted by channel.

    Wu and He (2018); gamma and beta may be None.
    """
    x = floating("group_norm", x)
    gamma, beta = _optional("group_norm", gamma, beta)
    if x.ndim < 2 or num_groups < 1 or x.shape[1] % num_groups != 0:
        raise ShapeError(
            f"group_norm: the channels (axis 1) of {tuple(x.shape)} do not make {num_groups} "
            "groups", location=user_location(),
            hint="the number of groups divides that of channels",
        )  # fmt: skip
    shape = _channels("group_norm", x, gamma, beta)
    rows = x.reshape((x.shape[0], num_groups, -1))
    even = _standard(rows, np.asarray(eps, x.dtype)[()])
    return affine(even.reshape(x.shape), gamma, beta, shape)


def instance_norm(x: Any, gamma: Any = None, beta: Any = None, eps: float = 1e-5) -> Array:
    """Each channel of each sample with mean 0 and deviation 1 (Ulyanov et al. 2016)."""
    x = floating("instance_norm", x)
    gamma, beta = _optional("instance_norm", gamma, beta)
    if x.ndim < 3:
        raise ShapeError(
            f"instance_norm: an input of shape {tuple(x.shape)} has no axes after the channels",
            location=user_location(),
        )
    shape, axes = _channels("instance_norm", x, gamma, beta), tuple(range(2, x.ndim))
    require_several("instance_norm", x, axes)
    return affine(standard(x, axes, eps), gamma, beta, shape)


def local_response_norm(
    x: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Array:
    """Each element divided by a power of the squares in the channels beside it (Krizhevsky et al.
    2012).
    """
    x = floating("local_response_norm", x)
    if x.ndim < 3:
        raise ShapeError(
            f"local_response_norm: an input of shape {tuple(x.shape)}, where one of 3 axes or more "
            "is due", location=user_location(),
        )  # fmt: skip
    channels = x.shape[1]
    near = np.zeros((channels, channels), x.dtype)
    for i in range(channels):
        near[i, max(0, i - size // 2) : i - size // 2 + size] = 1 / size
    squares = np.moveaxis(x * x, 1, -1)
    mean = np.moveaxis(np.matmul(squares, near.T), -1, 1)
    return x / (k + alpha * mean) ** beta
