"""Random bits on TensorFlow, in int64: kernels for 32-bit unsigned numbers are few."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site
from gradloom.ir import ops as o
from gradloom.ir.op import Op

if TYPE_CHECKING:
    import tensorflow as tf


def low_word(x: tf.Tensor) -> tf.Tensor:
    """The low 32 bits."""
    return tf.bitwise.bitwise_and(x, tf.constant(4294967295, tf.int64))


def rotated(x: tf.Tensor, r: int) -> tf.Tensor:
    """A 32-bit word rotated to the left."""
    y = tf.bitwise.left_shift(x, tf.constant(r, tf.int64))
    over = tf.bitwise.right_shift(y, tf.constant(32, tf.int64))
    return tf.bitwise.bitwise_or(low_word(y), over)


def threefry_words(
    k0: tf.Tensor, k1: tf.Tensor, x0: tf.Tensor, x1: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """The blocks of these counters under these keys."""
    parity = tf.constant(466688986, tf.int64)
    keys = (k0, k1, tf.bitwise.bitwise_xor(tf.bitwise.bitwise_xor(k0, k1), parity))
    x0, x1 = low_word(x0 + k0), low_word(x1 + k1)
    for i in range(5):
        for r in ((13, 15, 26, 6), (17, 29, 16, 24))[i % 2]:
            x0 = low_word(x0 + x1)
            x1 = tf.bitwise.bitwise_xor(rotated(x1, r), x0)
        x0 = low_word(x0 + keys[(i + 1) % 3])
        x1 = low_word(x1 + keys[(i + 2) % 3] + (i + 1))
    return x0, x1


def threefry(key: tf.Tensor, counter: tf.Tensor) -> tf.Tensor:
    """A block for each pair along the last axis."""
    k, x = tf.cast(key, tf.int64), tf.cast(counter, tf.int64)
    words = threefry_words(k[..., 0], k[..., 1], x[..., 0], x[..., 1])
    return tf.cast(tf.stack(words, -1), tf.uint32)


def random_bits(key: tf.Tensor, shape: Any, bits: int) -> tf.Tensor:
    """So many bits for each place of this shape, for each key, in int64."""
    k, sizes = tf.cast(key, tf.int64), tf.cast(shape, tf.int64)
    count = tf.range(tf.reduce_prod(sizes))
    high = tf.bitwise.right_shift(count, tf.constant(32, tf.int64))
    a, b = threefry_words(k[..., :1], k[..., 1:], high, low_word(count))
    if bits == 64:
        made = tf.bitwise.bitwise_or(tf.bitwise.left_shift(a, tf.constant(32, tf.int64)), b)
    else:
        mask = tf.constant((1 << bits) - 1, tf.int64)
        made = tf.bitwise.bitwise_and(tf.bitwise.bitwise_xor(a, b), mask)
    return tf.reshape(made, tf.concat([tf.shape(key, tf.int64)[:-1], sizes], 0))


def _bits(site: Site) -> str:
    attrs = site.attrs
    shape, bits = site.write(attrs.shape), attrs.dtype.itemsize * 8
    made = site.call(random_bits, site.args[0], shape, str(bits))
    return (
        f"tf.bitcast({made}, tf.uint64)" if bits == 64 else f"tf.cast({made}, {site.dtype_text()})"
    )


ROWS: Final[dict[Op, Row]] = {
    o.threefry: lambda site: site.call(threefry, *site.args),
    o.random_bits: _bits,
}
