"""Images of another size: padded, interpolated, channels for pixels."""

from __future__ import annotations

from collections.abc import Callable
from math import floor
from typing import Any, Final

import numpy as np

from gradloom.eager.calls import Array, one
from gradloom.eager.nn.functional.pooling import POOLING
from gradloom.eager.nn.functional.windows import padded
from gradloom.eager.remembered import remembered
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import ArgumentError, NotSupported, ShapeError
from gradloom.ir.location import user_location

_PADDED: Final[dict[str, Any]] = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
_LINEAR: Final = {"linear": 1, "bilinear": 2, "trilinear": 3}


@remembered
def pad(input: Tensor, pad: Any, mode: str = "constant", value: float | None = None) -> Tensor:
    """The tensor with elements more on the last axes, the last one first: (left, right, top, ...);
    negative numbers take elements off.
    """
    given = [int(n) for n in pad]
    if len(given) % 2 or len(given) > 2 * input.ndim:
        raise ArgumentError(
            f"pad: {given} are not pairs, at most one for each axis of {tuple(input.shape)}",
            location=user_location(),
        )
    edges = [(given[i], given[i + 1]) for i in range(0, len(given), 2)][::-1]
    sizes = tuple(input.shape[input.ndim - len(edges) :])
    if any(n + low + high < 0 for n, (low, high) in zip(sizes, edges, strict=True)):
        raise ShapeError(
            f"pad: {given} takes more off than {tuple(input.shape)} has", location=user_location()
        )
    if mode == "constant":
        return one("pad", lambda a: padded(a, edges, value or 0), [input])
    if mode not in _PADDED:
        raise ArgumentError(
            f"pad: mode={mode!r}", location=user_location(),
            hint="give 'constant', 'reflect', 'replicate' or 'circular'",
        )  # fmt: skip
    if value is not None and value != 0:
        raise ArgumentError(f"pad: mode {mode!r} takes no value", location=user_location())
    if not len(edges) <= 3 or input.ndim - len(edges) not in (1, 2):
        raise NotSupported(
            f"pad: mode {mode!r} of {len(edges)} axes of {tuple(input.shape)}: only the axes after "
            "the channels are padded so", location=user_location(),
        )  # fmt: skip
    _room(mode, sizes, edges)
    return one("pad", lambda a: _around(a, edges, mode), [input])


def _room(mode: str, sizes: tuple[int, ...], edges: list[tuple[int, int]]) -> None:
    for n, edge in zip(sizes, edges, strict=True):
        most = {"reflect": n - 1, "circular": n}.get(mode)
        if most is not None and max(edge) > most:
            raise ShapeError(
                f"pad: {mode} padding of {max(edge)} for an axis of size {n}",
                location=user_location(), hint=f"at most {most} elements are there to copy",
            )  # fmt: skip


def _around(a: Array, edges: list[tuple[int, int]], mode: str) -> Array:
    """The array with copies of its own elements around, cropped where an edge is negative."""
    a = padded(a, [(min(low, 0), min(high, 0)) for low, high in edges], 0)
    around = [(0, 0)] * (a.ndim - len(edges)) + [(max(low, 0), max(high, 0)) for low, high in edges]
    return np.pad(a, around, mode=_PADDED[mode])


# ---- other sizes ---------------------------------------------------------------------------------


@remembered
def interpolate(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
    align_corners: bool | None = None, recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:  # fmt: skip
    """Images of another size, by the nearest element or by weights of those around."""
    if antialias:
        raise NotSupported("interpolate: antialias=True is not offered", location=user_location())
    axes = input.ndim - 2
    due = {1: ("linear",), 2: ("bilinear", "bicubic"), 3: ("trilinear",)}.get(axes)
    always = ("nearest", "nearest-exact", "area")
    if due is None or mode not in (*due, *always):
        raise NotSupported(
            f"interpolate: mode={mode!r} for an input of shape {tuple(input.shape)}",
            location=user_location(), hint=f"modes for it: {', '.join((*(due or ()), *always))}",
        )  # fmt: skip
    if align_corners is not None and mode in always:
        raise ArgumentError(
            f"interpolate: align_corners is for linear and cubic modes, not {mode!r}",
            location=user_location(),
        )
    sizes, outs, scales = _sizes(input, axes, size, scale_factor, bool(recompute_scale_factor))
    if mode == "area":
        return POOLING[f"adaptive_avg_pool{axes}d"](input, outs)  # type: ignore[no-any-return]
    taps = [
        _taps(mode, n, out, scale, bool(align_corners))
        for n, out, scale in zip(sizes, outs, scales, strict=True)
    ]

    def function(a: Array) -> Array:
        for i, axis_taps in enumerate(taps):
            a = _weighed(a, axis_taps, 2 + i)
        return a

    return one("interpolate", function, [input])


def _sizes(
    x: Tensor, axes: int, size: Any, factor: Any, again: bool
) -> tuple[tuple[int, ...], tuple[int, ...], list[float | None]]:
    """The sizes, those to be made, and the factors between their coordinates (None: the sizes')."""
    sizes = tuple(x.shape[2:])
    if (size is None) == (factor is None):
        raise ArgumentError(
            "interpolate: give either size or scale_factor", location=user_location()
        )
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


Taps = list[tuple[np.ndarray, np.ndarray]]


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
    return [
        (np.clip(low + i, 0, size - 1), _cubic(np.abs(share - i))) for i in range(-1, 3)
    ]  # fmt: skip


def _cubic(t: np.ndarray) -> np.ndarray:
    """Keys' kernel with a = -3/4 (Keys 1981, Cubic convolution interpolation)."""
    a = -0.75
    near = ((a + 2) * t - (a + 3)) * t * t + 1
    far = ((a * t - 5 * a) * t + 8 * a) * t - 4 * a
    made: np.ndarray = np.where(t <= 1, near, far)
    return made


def _weighed(a: Array, taps: Taps, axis: int) -> Array:
    if len(taps) == 1:
        return np.take(a, taps[0][0], axis=axis)
    shape = [1] * a.ndim
    shape[axis] = len(taps[0][0])
    total: Any = None
    for places, weights in taps:
        part = np.take(a, places, axis=axis) * weights.astype(a.dtype).reshape(shape)
        total = part if total is None else total + part
    return total


# ---- channels and pixels -------------------------------------------------------------------------


@remembered
def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """[..., c * r * r, h, w] as [..., c, h * r, w * r]."""
    r = int(upscale_factor)
    if input.ndim < 3 or r < 1 or input.shape[-3] % (r * r):
        raise ShapeError(
            f"pixel_shuffle: the channels of {tuple(input.shape)} are no multiple of {r} * {r}",
            location=user_location(),
        )
    *lead, c, h, w = input.shape
    axes = tuple(range(len(lead)))
    n = len(lead)

    def function(a: Array) -> Array:
        parts = a.reshape((*lead, c // (r * r), r, r, h, w))
        turned = np.transpose(parts, (*axes, n, n + 3, n + 1, n + 4, n + 2))
        return turned.reshape((*lead, c // (r * r), h * r, w * r))

    return one("pixel_shuffle", function, [input])


@remembered
def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """[..., c, h * r, w * r] as [..., c * r * r, h, w]."""
    r = int(downscale_factor)
    if input.ndim < 3 or r < 1 or input.shape[-1] % r or input.shape[-2] % r:
        raise ShapeError(
            f"pixel_unshuffle: the sizes of {tuple(input.shape)} are no multiples of {r}",
            location=user_location(),
        )
    *lead, c, h, w = input.shape
    axes = tuple(range(len(lead)))
    n = len(lead)

    def function(a: Array) -> Array:
        parts = a.reshape((*lead, c, h // r, r, w // r, r))
        turned = np.transpose(parts, (*axes, n, n + 2, n + 4, n + 1, n + 3))
        return turned.reshape((*lead, c * r * r, h // r, w // r))

    return one("pixel_unshuffle", function, [input])


@remembered
def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """Channels of groups, one of each group in turn."""
    if input.ndim < 3 or groups < 1 or input.shape[1] % groups:
        raise ShapeError(
            f"channel_shuffle: the channels of {tuple(input.shape)} do not make {groups} groups",
            location=user_location(),
        )
    own = tuple(input.shape)

    def function(a: Array) -> Array:
        parts = a.reshape((own[0], groups, own[1] // groups, *own[2:]))
        return np.swapaxes(parts, 1, 2).reshape(own)

    return one("channel_shuffle", function, [input])


RESIZING: Final[dict[str, Callable[..., Tensor]]] = {
    "pad": pad, "interpolate": interpolate, "upsample": interpolate,
    "pixel_shuffle": pixel_shuffle, "pixel_unshuffle": pixel_unshuffle,
    "channel_shuffle": channel_shuffle, "native_channel_shuffle": channel_shuffle,
}  # fmt: skip
"""By torch's name."""
