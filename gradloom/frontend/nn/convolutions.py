"""Convolutions over 1, 2 or 3 axes, as neural networks mean them: the weight is not flipped.

x [batch, in, *spatial] (the batch may be missing), w [out, in / groups, *kernel], b [out].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from gradloom.frontend.nn.operands import (
    Array,
    applied,
    floating,
    named,
    per_axis,
    require_shape,
)
from gradloom.ir import ops as o
from gradloom.ir.errors import ArgumentError, DtypeError, ShapeError
from gradloom.ir.location import user_location

Edges = tuple[tuple[int, int], ...]
Sizes = tuple[int, ...]


def edges_of(
    what: str, pad: Any, sizes: Sequence[Any], kernel: Sizes, stride: Sizes, dilation: Sizes
) -> Edges:
    """Zeros before and after each axis, of a number, one per axis, pairs, "valid", "same" or
    "causal".
    """
    axes = len(kernel)
    spans = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    pad = pad.tolist() if isinstance(pad, np.ndarray | np.generic) else pad
    if pad == "valid":
        return ((0, 0),) * axes
    if pad == "causal":
        return (*(((0, 0),) * (axes - 1)), (spans[-1], 0)) if axes == 1 else _no_causal(what, axes)
    if pad == "same":
        return tuple(map(_same, [what] * axes, sizes, spans, stride))
    if isinstance(pad, str):
        raise ArgumentError(
            f"{what}: pad={pad!r}", location=user_location(),
            hint="give numbers, pairs, 'valid', 'same' or (one axis) 'causal'",
        )  # fmt: skip
    if isinstance(pad, Sequence) and pad and all(isinstance(p, Sequence) for p in pad):
        if len(pad) != axes or any(len(p) != 2 or min(p) < 0 for p in pad):
            raise ArgumentError(
                f"{what}: pad={pad} is not a pair of at least 0 for each of {axes} axes",
                location=user_location(), hint="give ((before, after), ...)",
            )  # fmt: skip
        return tuple([(int(low), int(high)) for low, high in pad])
    return tuple([(n, n) for n in per_axis(f"{what}: pad", pad, axes, 0)])


def _no_causal(what: str, axes: int) -> Edges:
    raise ArgumentError(
        f"{what}: pad='causal' is for one axis, and there are {axes}",
        location=user_location(), hint="give pairs: the axis of time takes (dilation * (k - 1), 0)",
    )  # fmt: skip


def _same(what: str, size: Any, span: int, step: int) -> tuple[int, int]:
    """Zeros so that there are ceil(size / step) results; the odd one stands after."""
    if step == 1:
        return span // 2, span - span // 2
    if named(size):
        raise ArgumentError(
            f"{what}: pad='same' with a stride of {step} needs a known size, not {size}",
            location=user_location(), hint="give the padding as numbers",
        )  # fmt: skip
    total = max((-(-size // step) - 1) * step + span + 1 - size, 0)
    return total // 2, total - total // 2


def checked(what: str, x: Any, w: Any, axes: int) -> tuple[Array, Array]:
    """The operand and the weight, whose ranks and dtypes fit."""
    x, w = floating(what, x), floating(what, w)
    if x.ndim not in (axes + 1, axes + 2):
        raise ShapeError(
            f"{what}: expected {axes + 1} axes (unbatched) or {axes + 2} (batched), and the "
            f"input has shape {tuple(x.shape)}", location=user_location(),
        )  # fmt: skip
    if w.ndim != axes + 2:
        raise ShapeError(
            f"{what}: a weight of shape {tuple(w.shape)}, where one of {axes + 2} axes is due",
            location=user_location(),
        )
    if x.dtype != w.dtype:
        raise DtypeError(
            f"{what}: the input is {x.dtype} and the weight {w.dtype}",
            location=user_location(), hint="convert one of them with .astype",
        )  # fmt: skip
    return x, w


def require_channels(what: str, x: Array, w: Array, axes: int, inside: Any, groups: Any) -> None:
    """Raise where the operand has other channels than the weight is for, or groups don't divide."""
    found = x.shape[x.ndim - axes - 1]
    if not isinstance(groups, int | np.integer) or groups < 1 or w.shape[0] % groups != 0:
        raise ShapeError(
            f"{what}: groups={groups} does not divide the {w.shape[0]} channels of the weight "
            f"{tuple(w.shape)}", location=user_location(),
        )  # fmt: skip
    if found != inside:
        raise ShapeError(
            f"{what}: the input {tuple(x.shape)} has {found} channels, and the weight "
            f"{tuple(w.shape)} in {groups} groups is for {inside}", location=user_location(),
        )  # fmt: skip


def _require_room(
    what: str, sizes: Sequence[Any], kernel: Sizes, dilation: Sizes, edges: Edges
) -> None:
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    whole = [n + low + high for n, (low, high) in zip(sizes, edges, strict=True)]
    if any(not named(n) and span > n for span, n in zip(spans, whole, strict=True)):
        raise ShapeError(
            f"{what}: the kernel covers {tuple(spans)}, more than the padded input {tuple(whole)}",
            location=user_location(), hint="pad the input, or take a smaller kernel",
        )  # fmt: skip


def convolved(
    what: str, axes: int, x: Array, w: Array, b: Any, channels: Any, **attrs: Any
) -> Array:
    """The op on a batch or on one example, plus the bias."""
    batched = x.ndim == axes + 2
    made = applied(o.conv, x if batched else x[None], w, **attrs)
    if b is not None:
        b = floating(what, b)
        require_shape(what, "the bias", b, (channels,))
        made = made + b.reshape((channels, *[1] * axes))
    return made if batched else made[0]


def _conv(axes: int) -> Callable[..., Array]:
    what = f"conv{axes}d"

    def function(
        x: Any, w: Any, b: Any = None, stride: Any = 1, pad: Any = 0, dilation: Any = 1,
        groups: int = 1,
    ) -> Array:  # fmt: skip
        x, w = checked(what, x, w, axes)
        require_channels(what, x, w, axes, w.shape[1] * groups, groups)
        groups = int(groups)
        kernel, sizes = tuple(w.shape[2:]), tuple(x.shape[-axes:])
        strides = per_axis(f"{what}: stride", stride, axes)
        spread = per_axis(f"{what}: dilation", dilation, axes)
        edges = edges_of(what, pad, sizes, kernel, strides, spread)
        _require_room(what, sizes, kernel, spread, edges)
        return convolved(
            what, axes, x, w, b, w.shape[0], strides=strides, padding=edges, dilation=spread,
            input_dilation=(1,) * axes, groups=groups,
        )  # fmt: skip

    function.__name__ = function.__qualname__ = what
    function.__doc__ = f"""The weight moved over {axes} {"axis" if axes == 1 else "axes"}.

    `stride` and `dilation` are numbers, one or one per axis; `pad` too, or a pair per axis,
    "valid", "same" (as many results as elements, by steps){' or "causal"' if axes == 1 else ""}.
    """
    return function


conv1d: Final = _conv(1)
conv2d: Final = _conv(2)
conv3d: Final = _conv(3)


def causal_conv1d(
    x: Any, w: Any, b: Any = None, stride: int = 1, dilation: int = 1, groups: int = 1
) -> Array:
    """`conv1d` in which no result sees what comes after it: all zeros stand before.

    >>> import numpy as np
    >>> causal_conv1d(np.array([[[1.0, 2.0, 3.0]]]), np.array([[[1.0, 1.0]]]))
    array([[[1., 3., 5.]]])
    """
    return conv1d(x, w, b, stride, "causal", dilation, groups)


# ---- transposed ----------------------------------------------------------------------------------


def _require_results(
    what: str, sizes: Sizes, strides: Sizes, edges: Edges, spans: Sequence[int]
) -> None:
    """Raise where nothing, or less, is left of an axis that has elements."""
    for n, step, (low, high), span in zip(sizes, strides, edges, spans, strict=True):
        if not named(n) and n and (left := (n - 1) * step + 1 + low + high - span) < 1:
            raise ShapeError(
                f"{what}: an axis of {n} would become one of {left}: pad takes off more than "
                "there is", location=user_location(), hint="take a smaller pad",
            )  # fmt: skip


def _conv_transpose(axes: int) -> Callable[..., Array]:
    what = f"conv_transpose{axes}d"

    def function(
        x: Any, w: Any, b: Any = None, stride: Any = 1, pad: Any = 0, dilation: Any = 1,
        output_padding: Any = 0, groups: int = 1,
    ) -> Array:  # fmt: skip
        x, w = checked(what, x, w, axes)
        require_channels(what, x, w, axes, w.shape[0], groups)
        groups = int(groups)
        strides = per_axis(f"{what}: stride", stride, axes)
        spread = per_axis(f"{what}: dilation", dilation, axes)
        zeros = per_axis(f"{what}: pad", pad, axes, 0)
        more = per_axis(f"{what}: output_padding", output_padding, axes, 0)
        if any(m >= max(s, d) for m, s, d in zip(more, strides, spread, strict=True)):
            raise ArgumentError(
                f"{what}: output_padding {more} is not smaller than stride {strides} or dilation "
                f"{spread}", location=user_location(),
            )  # fmt: skip
        spans = [d * (k - 1) for d, k in zip(spread, w.shape[2:], strict=True)]
        edges = tuple([(s - z, s - z + m) for s, z, m in zip(spans, zeros, more, strict=True)])
        _require_results(what, tuple(x.shape[-axes:]), strides, edges, spans)
        return convolved(
            what, axes, x, turned(w, groups), b, w.shape[1] * groups, strides=(1,) * axes,
            padding=edges, dilation=spread, input_dilation=strides, groups=groups,
        )  # fmt: skip

    function.__name__ = function.__qualname__ = what
    function.__doc__ = f"""What `conv{axes}d` does to derivatives: w [in, out / groups, *kernel].

    As in torch, an axis of n becomes (n - 1) stride - 2 pad + dilation (k - 1) + 1, and as many
    more as `output_padding` says.
    """
    return function


def turned(w: Array, groups: int) -> Array:
    """The weight of a convolution that does what a transposed one with this weight does."""
    inside, each, *kernel = w.shape
    flipped = w[(slice(None), slice(None), *[slice(None, None, -1)] * len(kernel))]
    split = flipped.reshape((groups, inside // groups, each, *kernel))
    return split.swapaxes(1, 2).reshape((groups * each, inside // groups, *kernel))


conv_transpose1d: Final = _conv_transpose(1)
conv_transpose2d: Final = _conv_transpose(2)
conv_transpose3d: Final = _conv_transpose(3)
