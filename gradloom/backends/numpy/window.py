"""Convolution on numpy: the windows of a strided view, one product per group."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from gradloom.backends.backend import Row
from gradloom.backends.numpy.arrays import pad
from gradloom.backends.site import Site
from gradloom.ir import ops as o
from gradloom.ir.op import Op

Sizes = tuple[int, ...]


def conv(
    x: np.ndarray,
    w: np.ndarray,
    strides: Sizes,
    padding: tuple[tuple[int, int], ...],
    dilation: Sizes,
    input_dilation: Sizes,
    groups: int,
) -> np.ndarray:
    """x: [n, c, *sizes], w: [o, c / groups, *kernel]; the cross-correlation, [n, o, *out]."""
    low, high = ((0, 0, *(pair[i] for pair in padding)) for i in (0, 1))
    x = pad(x, x.dtype.type(0), low, high, (0, 0, *(d - 1 for d in input_dilation)))
    n, (results, channels), kernel = x.shape[0], w.shape[:2], w.shape[2:]
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    if any(span > size for span, size in zip(spans, x.shape[2:], strict=True)):
        room = zip(x.shape[2:], spans, strides, strict=True)
        out = [max((size - span) // step + 1, 0) for size, span, step in room]
        return np.zeros((n, results, *out), x.dtype)
    if x.ndim == 3 and x.shape[:2] == w.shape[:2] == (1, 1) and strides == dilation == (1,):
        return np.convolve(x[0, 0], w[0, 0, ::-1], "valid")[None, None]
    axes = tuple(range(2, x.ndim))
    steps = tuple(slice(None, None, step) for step in (1, 1, *strides, *dilation))
    windows = np.lib.stride_tricks.sliding_window_view(x, spans, axes)[steps]
    out = list(windows.shape[2 : x.ndim])
    split = windows.reshape(n, groups, channels, *out, *kernel)
    order = (1, 0, *(a + 1 for a in axes), 2, *(a + 1 + len(axes) for a in axes))
    volume = channels * math.prod(kernel)
    rows = split.transpose(order).reshape(groups, n * math.prod(out), volume)
    weights = w.reshape(groups, results // groups, volume).swapaxes(1, 2)
    product = (rows @ weights).reshape(groups, n, *out, results // groups)
    moved: np.ndarray = product.transpose(1, 0, x.ndim, *axes).reshape(n, results, *out)
    return moved.astype(x.dtype, copy=False)


def _conv(site: Site) -> str:
    a = site.attrs
    attrs = (a.strides, a.padding, a.dilation, a.input_dilation, a.groups)
    return site.call(conv, *site.args, *map(site.write, attrs))


ROWS: Final[dict[Op, Row]] = {o.conv: _conv}
