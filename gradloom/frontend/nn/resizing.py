"""Images of another size: by the nearest element, or by weights of those around; channels for
pixels.
"""

from __future__ import annotations

from math import floor
from typing import Any, Final

import numpy as np

from gradloom.frontend.nn import pooling
from gradloom.frontend.nn.operands import Array, array, floating
from gradloom.ir.errors import ArgumentError, NotSupported, ShapeError
from gradloom.ir.location import user_location

_LINEAR: Final = {"linear": 1, "bilinear": 2, "trilinear": 3}
Taps = list[tuple[np.ndarray, np.ndarray]]


def interpolate(
    x: Any, size: Any = None, scale: Any = None, mode: str = "nearest",
    align_corners: bool | None = None, recompute_scale: bool = False,
) -> Array:  # fmt: skip
    """Images [batch, channels, *spatial] of another size, or so many times larger, as in torch.

    Modes: "nearest", "nearest-exact", "area", and by axes "linear", "bilinear", "bicubic",
    "trilinear".
    """
    x = floating("interpolate", x)
    axes = x.ndim - 2
    due = {1: ("linear",), 2: ("bilinear", "bicubic"), 3: ("trilinear",)}.get(axes)
    always = ("nearest", "nearest-exact", "area")
    if due is None or mode not in (*due, *always):
        raise NotSupported(
            f"interpolate: mode={mode!r} for an input of shape {tuple(x.shape)}",
            location=user_location(), hint=f"modes for it: {', '.join((*(due or ()), *always))}",
        )  # fmt: skip
    if align_corners is not None and mode in always:
        raise ArgumentError(
            f"interpolate: align_corners is for linear and cubic modes, not {mode!r}",
            location=user_location(),
        )
    sizes, outs, scales = _sizes(x, axes, size, scale, recompute_scale)
    if mode == "area":
        made: Array = getattr(pooling, f"adaptive_avg_pool{axes}d")(x, outs)
        return made
    for i, (n, out, step) in enumerate(zip(sizes, outs, scales, strict=True)):
        x = _weighed(x, _taps(mode, n, out, step, bool(align_corners)), 2 + i)
    return x


def upsample_nearest2d(x: Any, scale: Any) -> Array:
    """Images [..., height, width], each element repeated: `scale` is one number, or one per axis.

    >>> upsample_nearest2d(np.array([[1.0, 2.0]]), 2)
    array([[1., 1., 2., 2.],
           [1., 1., 2., 2.]])
    """
    x = array(x)
    factors = (scale, scale) if isinstance(scale, int | np.integer) else tuple(scale)
    if len(factors) != 2 or min(factors) < 1:
        raise ArgumentError(
            f"upsample_nearest2d: scale {scale} is not a whole number of at least 1, or two",
            location=user_location(),
        )
    return np.repeat(np.repeat(x, factors[0], axis=-2), factors[1], axis=-1)


def upsample_bilinear2d(x: Any, scale: Any, align_corners: bool = False) -> Array:
    """Images [batch, channels, height, width] so many times larger, by straight lines."""
    return interpolate(x, scale=scale, mode="bilinear", align_corners=align_corners)


def upsample_bicubic2d(x: Any, scale: Any, align_corners: bool = False) -> Array:
    """Images [batch, channels, height, width] so many times larger, by Keys' cubic pieces."""
    return interpolate(x, scale=scale, mode="bicubic", align_corners=align_corners)


def _sizes(
    x: Array, axes: int, size: Any, factor: Any, again: bool
) -> tuple[tuple[int, ...], tuple[int, ...], list[float | None]]:
    """The sizes, those to be made, and the factors between their coordinates (None: the sizes')."""
    sizes = tuple(x.shape[2:])
    if (size is None) == (factor is None):
        raise ArgumentError("interpolate: give either a size or a scale", location=user_location())
    given = size if factor is None else factor
    listed = list(given) if isinstance(given, list | tuple) else [given] * axes
    if len(listed) != axes:
        raise ShapeError(
            f"interpolate: {given} for the {axes} axes after the channels of {tuple(x.shape)}",
            location=user_location(),
        )
    if factor is None:
        outs = tuple([int(n) for n in listed])
    else:
        outs = tuple([floor(n * f) for n, f in zip(sizes, listed, strict=True)])
    if min(outs) < 1:
        raise ShapeError(f"interpolate: a size of {outs}", location=user_location())
    own = factor is None or again
    return sizes, outs, [None if own else 1 / float(f) for f in listed]


def _taps(mode: str, size: int, out: int, scale: float | None, corners: bool) -> Taps:
    """For each element of an axis the places that it is made of, with their weights."""
    step = np.float32(size / out if scale is None else scale)
    at = np.arange(out)
    whole = np.ones(out)
    if mode == "nearest":
        return [(np.minimum(np.floor(at.astype(np.float32) * step), size - 1).astype(int), whole)]
    if mode == "nearest-exact":
        exact = np.floor((at.astype(np.float32) + np.float32(0.5)) * step)
        return [(np.minimum(exact, size - 1).astype(int), whole)]
    if corners:
        source = at * ((size - 1) / (out - 1) if out > 1 else 0.0)
    else:
        source = (at + 0.5) * (size / out if scale is None else scale) - 0.5
    if mode in _LINEAR:
        source = np.maximum(source, 0)
        low = np.minimum(np.floor(source).astype(int), size - 1)
        share = source - low
        return [(low, 1 - share), (np.minimum(low + 1, size - 1), share)]
    low = np.floor(source).astype(int)
    share = source - low
    return [(np.clip(low + i, 0, size - 1), _cubic(np.abs(share - i))) for i in range(-1, 3)]


def _cubic(t: np.ndarray) -> np.ndarray:
    """Keys' kernel with a = -3/4 (Keys 1981, Cubic convolution interpolation)."""
    a = -0.75
    near = ((a + 2) * t - (a + 3)) * t * t + 1
    far = ((a * t - 5 * a) * t + 8 * a) * t - 4 * a
    made: np.ndarray = np.where(t <= 1, near, far)
    return made


def _weighed(x: Array, taps: Taps, axis: int) -> Array:
    if len(taps) == 1:
        return np.take(x, taps[0][0], axis=axis)
    shape = [1] * x.ndim
    shape[axis] = len(taps[0][0])
    total: Any = None
    for places, weights in taps:
        part = np.take(x, places, axis=axis) * weights.astype(x.dtype).reshape(shape)
        total = part if total is None else total + part
    return total


# ---- channels and pixels -------------------------------------------------------------------------


def pixel_shuffle(x: Any, factor: int) -> Array:
    """[..., c * r * r, h, w] as [..., c, h * r, w * r] (Shi et al. 2016)."""
    x, r = array(x), int(factor)
    if x.ndim < 3 or r < 1 or x.shape[-3] % (r * r) != 0:
        raise ShapeError(
            f"pixel_shuffle: the channels of {tuple(x.shape)} are no multiple of {r} * {r}",
            location=user_location(),
        )
    *lead, c, h, w = x.shape
    n = len(lead)
    parts = x.reshape((*lead, c // (r * r), r, r, h, w))
    turned = np.transpose(parts, (*range(n), n, n + 3, n + 1, n + 4, n + 2))
    return turned.reshape((*lead, c // (r * r), h * r, w * r))


def pixel_unshuffle(x: Any, factor: int) -> Array:
    """[..., c, h * r, w * r] as [..., c * r * r, h, w]."""
    x, r = array(x), int(factor)
    if x.ndim < 3 or r < 1 or x.shape[-1] % r != 0 or x.shape[-2] % r != 0:
        raise ShapeError(
            f"pixel_unshuffle: the sizes of {tuple(x.shape)} are no multiples of {r}",
            location=user_location(),
        )
    *lead, c, h, w = x.shape
    n = len(lead)
    parts = x.reshape((*lead, c, h // r, r, w // r, r))
    turned = np.transpose(parts, (*range(n), n, n + 2, n + 4, n + 1, n + 3))
    return turned.reshape((*lead, c * r * r, h // r, w // r))


def channel_shuffle(x: Any, groups: int) -> Array:
    """Channels (axis 1) of groups, one of each group in turn (Zhang et al. 2017)."""
    x = array(x)
    if x.ndim < 3 or groups < 1 or x.shape[1] % groups != 0:
        raise ShapeError(
            f"channel_shuffle: the channels of {tuple(x.shape)} do not make {groups} groups",
            location=user_location(),
        )
    parts = x.reshape((x.shape[0], groups, x.shape[1] // groups, *x.shape[2:]))
    return np.swapaxes(parts, 1, 2).reshape(x.shape)
