"""Convolutions, transposed ones, and windows laid out and summed up again."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import prod
from typing import Any, Final

import numpy as np

from gradloom.eager.calls import Array, one
from gradloom.eager.nn.functional.windows import (
    applied,
    padded,
    per_axis,
    places_of,
    require_axes,
    under,
)
from gradloom.eager.products import same_dtype
from gradloom.eager.remembered import remembered
from gradloom.eager.tensor import Tensor
from gradloom.ir import ops as o
from gradloom.ir.errors import ArgumentError, ShapeError
from gradloom.ir.location import user_location

Edges = tuple[tuple[int, int], ...]


def edges_of(
    what: str, padding: Any, kernel: tuple[int, ...], strides: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Edges:  # fmt: skip
    """Zeros before and after each axis, of numbers, 'valid' or 'same'."""
    if padding == "valid":
        return ((0, 0),) * len(kernel)
    if padding == "same":
        if any(step != 1 for step in strides):
            raise ArgumentError(
                f"{what}: padding='same' is not supported for strided convolutions",
                location=user_location(), hint="give the padding as numbers",
            )  # fmt: skip
        totals = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
        return tuple([(total // 2, total - total // 2) for total in totals])
    if isinstance(padding, str):
        raise ArgumentError(
            f"{what}: padding={padding!r}", location=user_location(),
            hint="give numbers, 'valid' or 'same'",
        )  # fmt: skip
    return tuple([(n, n) for n in per_axis(f"{what}: padding", padding, len(kernel), 0)])


def _checked(what: str, x: Tensor, weight: Tensor, axes: int) -> None:
    require_axes(what, x, axes)
    same_dtype(what, x, weight)
    if weight.ndim != axes + 2:
        raise ShapeError(
            f"{what}: a weight of shape {tuple(weight.shape)}, where one of {axes + 2} axes is due",
            location=user_location(),
        )


def _channels(what: str, x: Tensor, axes: int, due: int, weight: Tensor, groups: int) -> None:
    found = x.shape[x.ndim - axes - 1]
    if found != due:
        raise ShapeError(
            f"{what}: the input {tuple(x.shape)} has {found} channels, and the weight "
            f"{tuple(weight.shape)} in {groups} groups is for {due}", location=user_location(),
        )  # fmt: skip


def _convolved(
    what: str, axes: int, x: Tensor, weight: Tensor, bias: Tensor | None,
    f: Callable[[Array, Array], Array], channels: int,
) -> Tensor:  # fmt: skip
    if bias is not None and tuple(bias.shape) != (channels,):
        raise ShapeError(
            f"{what}: a bias of shape {tuple(bias.shape)} for {channels} channels",
            location=user_location(),
        )
    batched = x.ndim == axes + 2

    def function(a: Array, w: Array, *rest: Array) -> Array:
        made = f(a if batched else a[None], w)
        if rest:
            made = made + rest[0].reshape((channels, *[1] * axes))
        return made if batched else made[0]

    given = [x, weight, *([] if bias is None else [bias])]
    return one(what, function, given)


def _conv(axes: int) -> Callable[..., Tensor]:
    what = f"conv{axes}d"

    def function(
        input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1,
        padding: Any = 0, dilation: Any = 1, groups: int = 1,
    ) -> Tensor:  # fmt: skip
        _checked(what, input, weight, axes)
        kernel = tuple(weight.shape[2:])
        strides = per_axis(f"{what}: stride", stride, axes)
        spread = per_axis(f"{what}: dilation", dilation, axes)
        edges = edges_of(what, padding, kernel, strides, spread)
        _channels(what, input, axes, weight.shape[1] * groups, weight, groups)
        _room(what, tuple(input.shape[-axes:]), kernel, spread, edges)

        def convolved(a: Array, w: Array) -> Array:
            return applied(
                o.conv, a, w, strides=strides, padding=edges, dilation=spread,
                input_dilation=(1,) * axes, groups=groups,
            )  # fmt: skip

        return _convolved(what, axes, input, weight, bias, convolved, weight.shape[0])

    function.__name__ = function.__qualname__ = what
    function.__doc__ = f"The weight (out, in / groups, *kernel) moved over {axes} axes."
    return function


def _room(
    what: str, sizes: tuple[int, ...], kernel: tuple[int, ...], dilation: tuple[int, ...],
    edges: Edges,
) -> None:  # fmt: skip
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    whole = [n + low + high for n, (low, high) in zip(sizes, edges, strict=True)]
    if any(span > size for span, size in zip(spans, whole, strict=True)):
        raise ShapeError(
            f"{what}: the kernel covers {tuple(spans)}, more than the padded input {tuple(whole)}",
            location=user_location(), hint="pad the input, or take a smaller kernel",
        )  # fmt: skip


def _conv_transpose(axes: int) -> Callable[..., Tensor]:
    what = f"conv_transpose{axes}d"

    def function(
        input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1,
        padding: Any = 0, output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
    ) -> Tensor:  # fmt: skip
        _checked(what, input, weight, axes)
        strides = per_axis(f"{what}: stride", stride, axes)
        spread = per_axis(f"{what}: dilation", dilation, axes)
        zeros = per_axis(f"{what}: padding", padding, axes, 0)
        more = per_axis(f"{what}: output_padding", output_padding, axes, 0)
        if any(m >= max(s, d) for m, s, d in zip(more, strides, spread, strict=True)):
            raise ArgumentError(
                f"{what}: output_padding {more} is not smaller than stride {strides} or dilation "
                f"{spread}", location=user_location(),
            )  # fmt: skip
        _channels(what, input, axes, weight.shape[0], weight, groups)
        inside, each, *kernel = weight.shape
        spans = [d * (k - 1) for d, k in zip(spread, kernel, strict=True)]
        edges = tuple([(s - z, s - z + m) for s, z, m in zip(spans, zeros, more, strict=True)])

        def convolved(a: Array, w: Array) -> Array:
            turned = np.flip(w, tuple(range(2, 2 + axes)))
            turned = turned.reshape((groups, inside // groups, each, *kernel))
            turned = np.swapaxes(turned, 1, 2)
            turned = turned.reshape((groups * each, inside // groups, *kernel))
            return applied(
                o.conv, a, turned, strides=(1,) * axes, padding=edges, dilation=spread,
                input_dilation=strides, groups=groups,
            )  # fmt: skip

        return _convolved(what, axes, input, weight, bias, convolved, each * groups)

    function.__name__ = function.__qualname__ = what
    function.__doc__ = f"What `conv{axes}d` does to derivatives: the weight is (in, out / groups)."
    return function


# ---- windows as columns --------------------------------------------------------------------------


def _column_places(
    sizes: tuple[int, ...], kernel: tuple[int, ...], dilation: tuple[int, ...],
    padding: tuple[int, ...], stride: tuple[int, ...],
) -> list[np.ndarray]:  # fmt: skip
    made = []
    for n, k, d, p, s in zip(sizes, kernel, dilation, padding, stride, strict=True):
        out = (n + 2 * p - d * (k - 1) - 1) // s + 1
        if out < 1:
            raise ShapeError(
                f"unfold: a kernel of {kernel} does not fit into {sizes}", location=user_location()
            )
        made.append(places_of(out, k, s, d))
    return made


def _options(what: str, *given: Any) -> list[tuple[int, ...]]:
    least = (1, 1, 0, 1)
    return [per_axis(what, g, 2, n) for g, n in zip(given, least, strict=True)]


def unfold(
    input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """The windows of images, as columns: [batch, channels * kernel, windows]."""
    require_axes("unfold", input, 2)
    kernel, spread, zeros, step = _options("unfold", kernel_size, dilation, padding, stride)
    places = _column_places(tuple(input.shape[-2:]), kernel, spread, zeros, step)

    def function(a: Array) -> Array:
        a = padded(a, [(n, n) for n in zeros], 0)
        made = np.moveaxis(under(a, places), (-2, -1), (-4, -3))
        return made.reshape((*a.shape[:-3], a.shape[-3] * prod(kernel), -1))

    return one("unfold", function, [input])


def fold(
    input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0,
    stride: Any = 1,
) -> Tensor:  # fmt: skip
    """Images of columns of windows: where windows overlap, their sum."""
    kernel, spread, zeros, step = _options("fold", kernel_size, dilation, padding, stride)
    sizes = per_axis("fold: output_size", output_size, 2)
    places = _column_places(sizes, kernel, spread, zeros, step)
    outs = [len(p) for p in places]
    if input.ndim not in (2, 3) or input.shape[-2] % prod(kernel) or input.shape[-1] != prod(outs):
        raise ShapeError(
            f"fold: columns of shape {tuple(input.shape)}, where (batch, channels * {prod(kernel)},"
            f" {prod(outs)}) are due", location=user_location(),
        )  # fmt: skip
    channels = input.shape[-2] // prod(kernel)

    def function(a: Array) -> Array:
        lead = a.shape[:-2]
        parts = a.reshape((*lead, channels, *kernel, *outs))
        whole = [n + 2 * z for n, z in zip(sizes, zeros, strict=True)]
        made: Array = np.zeros_like(a, shape=(*lead, channels, *whole))
        for i, j in product(*map(range, kernel)):
            at: Any = tuple(
                slice(k * d, k * d + (n - 1) * s + 1, s)
                for k, d, n, s in zip((i, j), spread, outs, step, strict=True)
            )
            made[(..., *at)] += parts[..., i, j, :, :]
        return padded(made, [(-n, -n) for n in zeros], 0)

    return one("fold", function, [input])


CONVOLUTIONS: Final[dict[str, Callable[..., Tensor]]] = {
    **{f"conv{n}d": remembered(_conv(n)) for n in (1, 2, 3)},
    **{f"conv_transpose{n}d": remembered(_conv_transpose(n)) for n in (1, 2, 3)},
    "unfold": remembered(unfold), "fold": remembered(fold),
}  # fmt: skip
"""By torch's name."""
