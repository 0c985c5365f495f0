"""Convolution (cross-correlation, as neural networks mean it) over any number of spatial axes.

    y[n, o, p] = sum over c, k of w[o, c, k] xp[n, o's group's c, p strides + k dilation]

xp is x with `input_dilation - 1` zeros between neighbours and `padding` zeros around it (negative
padding takes elements off), as in XLA's convolution. With these attributes both gradients are
convolutions again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Final, final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.constants import Constant
from gradloom.ir.dims import Dim
from gradloom.ir.errors import NotSupported, ShapeError
from gradloom.ir.graph import Node, Operand, literal
from gradloom.ir.op import WHOLE, Attrs, AxisMap, Linear, Op
from gradloom.ir.ops.padding import dilated
from gradloom.ir.ops.rules import count, require_equal_dtypes, require_kind, zeros_like
from gradloom.ir.types import Shape, TensorType

Size = int | Dim
Pairs = tuple[tuple[Size, Size], ...]
Cotangents = tuple[Operand | None, ...]


@final
@dataclass(frozen=True, slots=True)
class Conv(Attrs):
    """Per spatial axis: the window's step, zeros before and after, spacings in w and in x."""

    strides: tuple[int, ...]
    padding: Pairs
    dilation: tuple[int, ...]
    input_dilation: tuple[int, ...]
    groups: Size = 1


# ---- types and costs -----------------------------------------------------------------------------


def _span(kernel: Size, dilation: int) -> Size:
    """How many elements a window covers."""
    return (kernel - 1) * dilation + 1


def _spatial(attrs: Conv, x: Shape, w: Shape) -> tuple[Size, ...]:
    """The result's spatial sizes: 0 where the window is longer than the padded operand."""
    sizes: list[Size] = []
    for i, (size, kernel) in enumerate(zip(x[2:], w[2:], strict=True)):
        low, high = attrs.padding[i]
        padded = dilated(size, attrs.input_dilation[i] - 1) + low + high
        room = padded - _span(kernel, attrs.dilation[i])
        sizes.append(0 if room < 0 else room // attrs.strides[i] + 1)
    return tuple(sizes)


def _check(attrs: Conv, x: TensorType, w: TensorType) -> None:
    require_kind("conv", require_equal_dtypes("conv", (x, w)), "iufc")
    axes = x.ndim - 2
    if axes < 0 or x.ndim != w.ndim:
        raise ShapeError(
            f"conv: [n, c, *spatial] and [o, c/groups, *kernel] are due, not {x} and {w}"
        )
    lengths = attrs.strides, attrs.padding, attrs.dilation, attrs.input_dilation
    if any(len(part) != axes for part in lengths):
        raise ShapeError(
            f"conv: one entry per spatial axis is due in each attribute ({axes}): {attrs}"
        )
    if any(
        step < 1 for part in (attrs.strides, attrs.dilation, attrs.input_dilation) for step in part
    ):
        raise ShapeError(f"conv: strides and dilations are at least 1: {attrs}")
    if any(kernel == 0 for kernel in w.shape[2:]):
        raise ShapeError(f"conv: the kernel has no elements ({w})")
    if x.shape[1] != w.shape[1] * attrs.groups:
        due = f"{w.shape[1]} (axis 1 of {w}) times {attrs.groups} groups"
        raise ShapeError(f"conv: channels differ: {x.shape[1]} (axis 1 of {x}) and {due}")
    if w.shape[0] % attrs.groups != 0:
        raise ShapeError(f"conv: {w.shape[0]} results (axis 0 of {w}) in {attrs.groups} groups")


def _conv_infer(attrs: Conv, x: TensorType, w: TensorType) -> tuple[TensorType, ...]:
    _check(attrs, x, w)
    return (x.with_shape((x.shape[0], w.shape[0], *_spatial(attrs, x.shape, w.shape))),)


def _conv_axes(attrs: Conv, x: TensorType, w: TensorType) -> AxisMap:
    """n; and without groups c, summed, and o."""
    spatial = (WHOLE,) * (x.ndim - 2)
    n, c, out = (0, 1, 2) if attrs.groups == 1 else (0, WHOLE, WHOLE)
    return AxisMap(((n, c, *spatial), (out, c, *spatial)), ((n, out, *spatial),), reduced="sum")


def _conv_cost(node: Node, sizes: dict[str, int]) -> int:
    """A multiplication and an addition per element of the window, zeros included."""
    w = node.operands[1].type
    return 2 * count(node.result.type, sizes) * count(w.with_shape(w.shape[1:]), sizes)


# ---- meaning -------------------------------------------------------------------------------------


def _padded(attrs: Conv, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    sizes, place, crop = [*x.shape[:2]], [slice(None)] * 2, [slice(None)] * 2
    for size, (low, high), step in zip(
        x.shape[2:], attrs.padding, attrs.input_dilation, strict=True
    ):
        assert isinstance(low, int)
        assert isinstance(high, int)
        inside = (size - 1) * step + 1 if size else 0
        before, after = max(low, 0), max(high, 0)
        sizes.append(before + inside + after)
        place.append(slice(before, before + inside, step))
        crop.append(slice(max(-low, 0), sizes[-1] - max(-high, 0)))
    spread = np.zeros(sizes, x.dtype)
    spread[tuple(place)] = x
    return spread[tuple(crop)]


def _conv_numpy(attrs: Conv, x: np.ndarray[Any, Any], w: np.ndarray[Any, Any]) -> Any:
    (n, _), (results, channels), kernel = x.shape[:2], w.shape[:2], w.shape[2:]
    axes, groups = len(kernel), attrs.groups
    assert isinstance(groups, int)
    out = [int(size) for size in _spatial(attrs, x.shape, w.shape)]
    if 0 in out:
        return np.zeros((n, results, *out), x.dtype)
    if axes == n == channels == results == 1 and attrs.strides == attrs.dilation == (1,):
        return np.convolve(_padded(attrs, x)[0, 0], w[0, 0, ::-1], "valid")[None, None]
    spans = [int(_span(k, d)) for k, d in zip(kernel, attrs.dilation, strict=True)]
    windows = np.lib.stride_tricks.sliding_window_view(
        _padded(attrs, x), spans, tuple(range(2, 2 + axes))
    )
    steps = [slice(None, None, step) for step in (1, 1, *attrs.strides, *attrs.dilation)]
    split = windows[tuple(steps)].reshape(n, groups, channels, *out, *kernel)
    places, inside = range(3, 3 + axes), range(3 + axes, 3 + 2 * axes)
    rows = split.transpose(1, 0, *places, 2, *inside)
    rows = rows.reshape(groups, n * prod(out), channels * prod(kernel))
    weights = w.reshape(groups, results // groups, channels * prod(kernel))
    # Low precision multiplies to f32 on numpy, so convert back.
    product = np.matmul(rows, weights.swapaxes(1, 2)).astype(x.dtype, copy=False)
    product = product.reshape(groups, n, *out, results // groups)
    return product.transpose(1, 0, 2 + axes, *range(2, 2 + axes)).reshape(n, results, *out)


def _numbers(sizes: Sequence[Size]) -> list[int]:
    """The sizes, which must not be named; raises `NotSupported` for one that is."""
    named = [size for size in sizes if isinstance(size, Dim)]
    if named:
        raise NotSupported(
            f"conv is made of other ops only for concrete spatial sizes, not {named[0]}",
            hint="give a concrete size in the spec, or a backend that has convolution",
        )
    return [size for size in sizes if isinstance(size, int)]


def _windows(attrs: Conv, x: Operand, kernel: Sequence[int], out: Sequence[int]) -> Operand:
    """The elements under each window, as [*out, *kernel, n, c], by a gather per spatial axis."""
    edges = zip(*attrs.padding, strict=True) if attrs.padding else ((), ())
    low, high = ((0, 0, *edge) for edge in edges)
    interior = (0, 0, *(step - 1 for step in attrs.input_dilation))
    x = o.pad(x, literal(0, x.type.with_shape(())), low=low, high=high, interior=interior)
    axes = len(out)
    for i in reversed(range(axes)):
        steps, spacing = (
            np.arange(out[i]) * attrs.strides[i],
            np.arange(kernel[i]) * attrs.dilation[i],
        )
        index = o.constant(value=Constant(np.add.outer(steps, spacing)))
        x = o.gather(x, index, axes=(x.type.ndim - 1,))
    lead = 2 * axes
    result: Operand = o.permute_dims(
        x, perm=(*range(0, lead, 2), *range(1, lead, 2), lead, lead + 1)
    )
    return result


def _conv_decompose(node: Node) -> Operand:
    """Windows gathered into rows, times the weights."""
    attrs, (x, w) = _attrs(node), node.operands
    out, (results, channels, *kernel) = node.result.type.shape[2:], w.type.shape
    if 0 in out:
        return zeros_like(node.result)
    n, groups, axes = x.type.shape[0], attrs.groups, len(out)
    rows = o.reshape(
        _windows(attrs, x, _numbers(kernel), _numbers(out)),
        shape=(*out, *kernel, n, groups, channels),
    )
    k, lead = tuple(range(axes, 2 * axes)), 2 * axes
    rows = o.permute_dims(rows, perm=(lead + 1, lead, *range(axes), lead + 2, *k))
    rows = o.reshape(rows, shape=(groups, n * prod(out), channels * prod(kernel)))
    weights = o.reshape(w, shape=(groups, results // groups, channels * prod(kernel)))
    product = o.matmul(rows, o.permute_dims(weights, perm=(0, 2, 1)))
    product = o.reshape(product, shape=(groups, n, *out, results // groups))
    product = o.permute_dims(product, perm=(1, 0, 2 + axes, *range(2, 2 + axes)))
    result: Operand = o.reshape(product, shape=node.result.type.shape)
    return result


# ---- derivatives ---------------------------------------------------------------------------------


def _attrs(node: Node) -> Conv:
    assert isinstance(node.attrs, Conv)
    return node.attrs


def _of_input(node: Node, ct: Operand) -> Operand:
    """The flipped weights over the cotangent, spread by the strides."""
    attrs, (x, w) = _attrs(node), node.operands
    groups, (results, channels, *kernel) = attrs.groups, w.type.shape
    axes = tuple(range(2, w.type.ndim))
    split = o.reshape(o.flip(w, axes=axes), shape=(groups, results // groups, channels, *kernel))
    swapped = o.permute_dims(split, perm=(0, 2, 1, *range(3, split.type.ndim)))
    turned = o.reshape(swapped, shape=(groups * channels, results // groups, *kernel))
    padding = []
    for i, (size, made) in enumerate(zip(x.type.shape[2:], ct.type.shape[2:], strict=True)):
        span, step = _span(kernel[i], attrs.dilation[i]), attrs.input_dilation[i]
        low = span - 1 - attrs.padding[i][0]
        padding.append((low, (size - 1) * step + span - _span(made, attrs.strides[i]) - low))
    result: Operand = o.conv(
        ct,
        turned,
        strides=attrs.input_dilation,
        padding=tuple(padding),
        dilation=attrs.dilation,
        input_dilation=attrs.strides,
        groups=groups,
    )
    return result


def _of_weights(node: Node, ct: Operand) -> Operand:
    """The cotangent over the operand: channels are the batch, and the batch is what is summed."""
    attrs, (x, w) = _attrs(node), node.operands
    groups, (n, _, *sizes) = attrs.groups, x.type.shape
    _, channels, *kernel = w.type.shape
    rest = range(2, x.type.ndim)
    split = o.reshape(x, shape=(n, groups, channels, *sizes))
    swapped = o.permute_dims(split, perm=(2, 1, 0, *range(3, split.type.ndim)))
    signals = o.reshape(swapped, shape=(channels, groups * n, *sizes))
    padding = []
    for i, (size, made) in enumerate(zip(sizes, ct.type.shape[2:], strict=True)):
        low, inside = attrs.padding[i][0], dilated(size, attrs.input_dilation[i] - 1)
        due = _span(kernel[i], attrs.dilation[i]) + (made - 1) * attrs.strides[i]
        padding.append((low, due - inside - low))
    made_by = o.conv(
        signals,
        o.permute_dims(ct, perm=(1, 0, *rest)),
        strides=attrs.dilation,
        padding=tuple(padding),
        dilation=attrs.strides,
        input_dilation=attrs.input_dilation,
        groups=groups,
    )
    result: Operand = o.permute_dims(made_by, perm=(1, 0, *rest))
    return result


def _conv_transpose(node: Node, ct: Operand, linear: tuple[bool, ...]) -> Cotangents:
    x, w = node.operands
    if any(size == 0 for size in (*ct.type.shape[2:], *x.type.shape[2:])):
        return zeros_like(x), zeros_like(w)
    return _of_input(node, ct) if linear[0] else None, _of_weights(node, ct) if linear[1] else None


# ---- batching ------------------------------------------------------------------------------------


def _conv_batch(
    attrs: Conv, operands: Sequence[Operand], marks: Sequence[bool], size: Size
) -> Operand:
    x, w = operands
    if not marks[1]:
        return _batch_of_inputs(attrs, x, w, size)
    return _batch_of_groups(attrs, x, w, size) if marks[0] else _batch_of_weights(attrs, x, w, size)


def _again(attrs: Conv, x: Operand, w: Operand, groups: Size) -> Operand:
    result: Operand = o.conv(
        x,
        w,
        strides=attrs.strides,
        padding=attrs.padding,
        dilation=attrs.dilation,
        input_dilation=attrs.input_dilation,
        groups=groups,
    )
    return result


def _batch_of_inputs(attrs: Conv, x: Operand, w: Operand, size: Size) -> Operand:
    """The new axis joins n."""
    _, n, *rest = x.type.shape
    y = _again(attrs, o.reshape(x, shape=(size * n, *rest)), w, attrs.groups)
    result: Operand = o.reshape(y, shape=(size, n, *y.type.shape[1:]))
    return result


def _batch_of_weights(attrs: Conv, x: Operand, w: Operand, size: Size) -> Operand:
    """The new axis joins o, inside each group."""
    _, results, *rest = w.type.shape
    groups, each = attrs.groups, results // attrs.groups
    split = o.reshape(w, shape=(size, groups, each, *rest))
    split = o.permute_dims(split, perm=(1, 0, *range(2, split.type.ndim)))
    y = _again(attrs, x, o.reshape(split, shape=(groups * size * each, *rest)), groups)
    n, _, *out = y.type.shape
    y = o.reshape(y, shape=(n, groups, size, each, *out))
    y = o.permute_dims(y, perm=(2, 0, 1, 3, *range(4, y.type.ndim)))
    result: Operand = o.reshape(y, shape=(size, n, results, *out))
    return result


def _batch_of_groups(attrs: Conv, x: Operand, w: Operand, size: Size) -> Operand:
    """Each entry of the new axis is a group (or several) of its own."""
    _, n, c, *sizes = x.type.shape
    _, results, *rest = w.type.shape
    beside = o.permute_dims(x, perm=(1, 0, *range(2, x.type.ndim)))
    signals = o.reshape(beside, shape=(n, size * c, *sizes))
    y = _again(attrs, signals, o.reshape(w, shape=(size * results, *rest)), attrs.groups * size)
    out = y.type.shape[2:]
    split = o.reshape(y, shape=(n, size, results, *out))
    result: Operand = o.permute_dims(split, perm=(1, 0, *range(2, split.type.ndim)))
    return result


conv: Final[Op] = Op(
    "conv",
    _conv_numpy,
    Linear(((0,), (1,))),
    attrs=Conv,
    axes=_conv_axes,
    infer=_conv_infer,
    arity=2,
    transpose=_conv_transpose,
    batch=_conv_batch,
    decompose=_conv_decompose,
    cost=_conv_cost,
    domain="all arrays",
)
