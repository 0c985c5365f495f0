"""Images of another size: padded, interpolated, channels for pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.eager.calls import Array, one
from gradloom.eager.remembered import remembered
from gradloom.eager.tensor import Tensor
from gradloom.frontend.nn import resizing
from gradloom.frontend.nn.operands import padded
from gradloom.ir.errors import ArgumentError, NotSupported, ShapeError
from gradloom.ir.location import user_location

_PADDED: Final[dict[str, Any]] = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


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
    options = (size, scale_factor, mode, align_corners, bool(recompute_scale_factor))
    return one("interpolate", lambda x: resizing.interpolate(x, *options), [input])


@remembered
def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """[..., c * r * r, h, w] as [..., c, h * r, w * r]."""
    return one("pixel_shuffle", lambda x: resizing.pixel_shuffle(x, upscale_factor), [input])


@remembered
def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """[..., c, h * r, w * r] as [..., c * r * r, h, w]."""
    return one("pixel_unshuffle", lambda x: resizing.pixel_unshuffle(x, downscale_factor), [input])


@remembered
def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """Channels of groups, one of each group in turn."""
    return one("channel_shuffle", lambda x: resizing.channel_shuffle(x, groups), [input])


RESIZING: Final[dict[str, Callable[..., Tensor]]] = {
    "pad": pad, "interpolate": interpolate, "upsample": interpolate,
    "pixel_shuffle": pixel_shuffle, "pixel_unshuffle": pixel_unshuffle,
    "channel_shuffle": channel_shuffle, "native_channel_shuffle": channel_shuffle,
}  # fmt: skip
"""By torch's name."""
