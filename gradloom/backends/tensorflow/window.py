"""Convolution on TensorFlow, which on a CPU has it for floats, one group, channels last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site
from gradloom.backends.tensorflow.pieces import pad
from gradloom.ir import ops as o
from gradloom.ir.graph import Node
from gradloom.ir.op import Op

if TYPE_CHECKING:
    import tensorflow as tf


def serves(node: Node) -> bool:
    """Whether TensorFlow's own convolution takes this node: strides or dilation, not both."""
    x, made, a = node.operands[0].type, node.results[0].type, node.attrs
    plain = set(a.strides) == {1} or set(a.dilation) == {1}  # type: ignore[union-attr]
    fits = x.dtype.name in ("float32", "float64") and 3 <= x.ndim <= 5 and a.groups == 1  # type: ignore[union-attr]
    return fits and plain and 0 not in (*x.shape, *made.shape)


def conv(
    x: tf.Tensor,
    w: tf.Tensor,
    strides: tuple[int, ...],
    padding: tuple[tuple[int, int], ...],
    dilation: tuple[int, ...],
    input_dilation: tuple[int, ...],
) -> tf.Tensor:
    """x: [n, c, *sizes], w: [o, c, *kernel]; the cross-correlation, [n, o, *out]."""
    low, high = ((0, 0, *(pair[i] for pair in padding)) for i in (0, 1))
    zero = tf.zeros((), x.dtype)
    x = pad(x, zero, low, high, (0, 0, *(d - 1 for d in input_dilation)))
    axes = range(2, len(x.shape))
    x, w = tf.transpose(x, (0, *axes, 1)), tf.transpose(w, (*axes, 1, 0))
    y = tf.nn.convolution(x, w, strides=strides, padding="VALID", dilations=dilation)
    return tf.transpose(y, (0, len(x.shape) - 1, *(a - 1 for a in axes)))


def _conv(site: Site) -> str:
    a = site.attrs
    attrs = (a.strides, a.padding, a.dilation, a.input_dilation)
    return site.call(conv, *site.args, *map(site.write, attrs))


ROWS: Final[dict[Op, Row]] = {o.conv: _conv}
