"""Windows of images laid out as columns, and summed up again."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import numpy as np

from gradloom.frontend.nn.operands import Array, floating, padded, per_axis
from gradloom.frontend.nn.windows import places_of, require_axes, under
from gradloom.ir.errors import ShapeError
from gradloom.ir.location import user_location


def _column_places(
    what: str, sizes: tuple[int, ...], kernel: tuple[int, ...], dilation: tuple[int, ...],
    pad: tuple[int, ...], stride: tuple[int, ...],
) -> list[np.ndarray]:  # fmt: skip
    made = []
    for n, k, d, p, s in zip(sizes, kernel, dilation, pad, stride, strict=True):
        out = (n + 2 * p - d * (k - 1) - 1) // s + 1
        if out < 1:
            raise ShapeError(
                f"{what}: a kernel of {kernel} does not fit into {sizes}", location=user_location()
            )
        made.append(places_of(out, k, s, d))
    return made


def _options(what: str, *given: object) -> list[tuple[int, ...]]:
    least = (1, 1, 0, 1)
    return [per_axis(what, g, 2, n) for g, n in zip(given, least, strict=True)]


def unfold(x: Any, kernel: Any, dilation: Any = 1, pad: Any = 0, stride: Any = 1) -> Array:
    """The windows of images [..., c, h, w] as columns: [..., c * kernel, windows].

    >>> unfold(np.arange(4.0).reshape(1, 2, 2), 2).ravel()
    array([0., 1., 2., 3.])
    """
    x = floating("unfold", x)
    require_axes("unfold", x, 2)
    kernels, spread, zeros, step = _options("unfold", kernel, dilation, pad, stride)
    places = _column_places("unfold", tuple(x.shape[-2:]), kernels, spread, zeros, step)
    windows = under(padded(x, [(n, n) for n in zeros], 0), places)
    made = np.moveaxis(windows, (-2, -1), (-4, -3))
    return made.reshape((*x.shape[:-3], x.shape[-3] * prod(kernels), -1))


def fold(
    x: Any, output_size: Any, kernel: Any, dilation: Any = 1, pad: Any = 0, stride: Any = 1
) -> Array:
    """Images of columns of windows: where windows overlap, their sum."""
    x = floating("fold", x)
    kernels, spread, zeros, step = _options("fold", kernel, dilation, pad, stride)
    sizes = per_axis("fold: output_size", output_size, 2)
    outs = [len(p) for p in _column_places("fold", sizes, kernels, spread, zeros, step)]
    if x.ndim not in (2, 3) or x.shape[-2] % prod(kernels) != 0 or x.shape[-1] != prod(outs):
        raise ShapeError(
            f"fold: columns of shape {tuple(x.shape)}, where (batch, channels * {prod(kernels)}, "
            f"{prod(outs)}) are due", location=user_location(),
        )  # fmt: skip
    lead, channels = x.shape[:-2], x.shape[-2] // prod(kernels)
    parts = x.reshape((*lead, channels, *kernels, *outs))
    whole = [n + 2 * z for n, z in zip(sizes, zeros, strict=True)]
    made: Array = np.zeros_like(x, shape=(*lead, channels, *whole))
    for i, j in product(*map(range, kernels)):
        at: Any = tuple(
            slice(k * d, k * d + (n - 1) * s + 1, s)
            for k, d, n, s in zip((i, j), spread, outs, step, strict=True)
        )
        made[(..., *at)] += parts[..., i, j, :, :]
    return padded(made, [(-n, -n) for n in zeros], 0)
