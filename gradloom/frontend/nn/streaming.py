"""Convolutions of a signal that comes in pieces: each call gives what can be said by now, and the
state that the next call takes.

Results of the pieces, joined, are those of the whole. A state is a pair: the columns that later
windows still need, and how many columns to come lie before the next window (strides skip some).
Without a state the signal begins here ("valid"); an `_init` state makes it begin with zeros
("causal"). A transposed convolution's state has the sums that later pieces add to; what is left of
it when the signal ends is the tail of the whole.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.frontend.nn.convolutions import checked, require_channels, turned
from gradloom.frontend.nn.operands import Array, applied, floating, per_axis, require_shape
from gradloom.ir import ops as o

State = tuple[Any, int]


def streaming_conv1d_init(
    num_channels: int, kernel_size: int, dilation: int = 1, batch: int = 1, dtype: Any = float
) -> State:
    """The state of a signal that begins with zeros: then results are those of `causal_conv1d`."""
    return np.zeros((batch, num_channels, dilation * (kernel_size - 1)), dtype), 0


def streaming_conv1d(
    x: Any, w: Any, b: Any = None, state: State | None = None, stride: int = 1, dilation: int = 1,
    groups: int = 1,
) -> tuple[Array, State]:  # fmt: skip
    """The convolution of the next piece of a signal, and the state after it.

    x [batch, in, length], w [out, in / groups, k]. A piece that completes no window gives an array
    of length 0.

    >>> state = streaming_conv1d_init(1, 2)
    >>> first, state = streaming_conv1d(np.array([[[1.0, 2.0]]]), np.ones((1, 1, 2)), state=state)
    >>> second, state = streaming_conv1d(np.array([[[3.0]]]), np.ones((1, 1, 2)), state=state)
    >>> np.concatenate([first, second], axis=-1)
    array([[[1., 3., 5.]]])
    """
    return _streamed("streaming_conv1d", x, w, b, state, stride, dilation, (), groups)


def streaming_conv2d_init(
    num_channels: int, height: int, kernel_w: int, dilation: int = 1, batch: int = 1,
    dtype: Any = float,
) -> State:  # fmt: skip
    """The state of images that begin with columns of zeros."""
    return np.zeros((batch, num_channels, height, dilation * (kernel_w - 1)), dtype), 0


def streaming_conv2d(
    x: Any, w: Any, b: Any = None, state: State | None = None, stride: int = 1, dilation: int = 1,
    pad_h: int = 0, groups: int = 1,
) -> tuple[Array, State]:  # fmt: skip
    """The convolution of the next columns of images that grow in width; `pad_h` zeros stand above
    and below.

    x [batch, in, height, width], w [out, in / groups, kh, kw]; stride and dilation are for both
    axes.
    """
    edges = ((pad_h, pad_h),)
    return _streamed("streaming_conv2d", x, w, b, state, stride, dilation, edges, groups)


def _streamed(
    what: str, x: Any, w: Any, b: Any, state: State | None, stride: int, dilation: int,
    before: tuple[tuple[int, int], ...], groups: int,
) -> tuple[Array, State]:  # fmt: skip
    axes = len(before) + 1
    x, w = checked(what, x, w, axes)
    require_channels(what, x, w, axes, w.shape[1] * groups, groups)
    steps = per_axis(f"{what}: stride", stride, axes)
    spread = per_axis(f"{what}: dilation", dilation, axes)
    kept, skip = (x[..., :0], 0) if state is None else state
    whole = np.concatenate([kept, x], axis=-1) if kept.shape[-1] else x
    skipped = min(skip, whole.shape[-1])
    whole = whole[..., skipped:]
    skip -= skipped
    span = spread[-1] * (w.shape[-1] - 1) + 1
    count = max((whole.shape[-1] - span) // steps[-1] + 1, 0)
    made = applied(
        o.conv, whole[..., : max((count - 1) * steps[-1] + span, 0) if count else span - 1], w,
        strides=steps, padding=(*before, (0, 0)), dilation=spread, input_dilation=(1,) * axes,
        groups=groups,
    )  # fmt: skip
    made = _biased(what, made, b, w.shape[0], axes)
    done = min(count * steps[-1], whole.shape[-1])
    return made, (whole[..., done:], skip + count * steps[-1] - done)


def _biased(what: str, made: Array, b: Any, channels: int, axes: int) -> Array:
    if b is None:
        return made
    b = floating(what, b)
    require_shape(what, "the bias", b, (channels,))
    return made + b.reshape((channels, *[1] * axes))


def streaming_conv_transpose1d_init() -> None:
    """The state before the first piece, which has nothing in it."""


streaming_conv_transpose2d_init: Final = streaming_conv_transpose1d_init


def _transposed(axes: int) -> Callable[..., tuple[Array, State]]:
    what = f"streaming_conv_transpose{axes}d"

    def function(
        x: Any, w: Any, b: Any = None, state: State | None = None, stride: int = 1,
        dilation: int = 1,
    ) -> tuple[Array, State]:  # fmt: skip
        x, w = checked(what, x, w, axes)
        require_channels(what, x, w, axes, w.shape[0], 1)
        steps = per_axis(f"{what}: stride", stride, axes)
        spread = per_axis(f"{what}: dilation", dilation, axes)
        spans = [d * (k - 1) for d, k in zip(spread, w.shape[2:], strict=True)]
        sums = applied(
            o.conv, x, turned(w, 1), strides=(1,) * axes, dilation=spread, input_dilation=steps,
            padding=tuple([(span, span) for span in spans]), groups=1,
        )  # fmt: skip
        # Columns between the last window's end and the next one's begin are zeros.
        ready = x.shape[-1] * steps[-1]
        if ready > sums.shape[-1]:
            sums = np.concatenate(
                [sums, np.zeros_like(sums, shape=(*sums.shape[:-1], ready - sums.shape[-1]))], -1
            )
        if state is not None and state[0].shape[-1]:
            sums = _added(sums, state[0])
        made = _biased(what, sums[..., :ready], b, w.shape[1], axes)
        return made, (sums[..., ready:], 0)

    function.__name__ = function.__qualname__ = what
    function.__doc__ = f"""The transposed convolution of the next piece (last axis), and the state:
    sums that later pieces add to, without the bias. x [batch, in, ...], w [in, out, ...] over
    {axes} axes.
    """
    return function


def _added(sums: Array, first: Array) -> Array:
    """The sums, the first columns with more added."""
    most = min(first.shape[-1], sums.shape[-1])
    made = np.concatenate([sums[..., :most] + first[..., :most], sums[..., most:]], axis=-1)
    return made if most == first.shape[-1] else np.concatenate([made, first[..., most:]], axis=-1)


streaming_conv_transpose1d: Final = _transposed(1)
streaming_conv_transpose2d: Final = _transposed(2)
