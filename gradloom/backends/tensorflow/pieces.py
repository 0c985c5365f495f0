"""Functions whose text goes along with emitted TensorFlow source."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf


def complex_power(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """x to the power of y; 1 of 0 to the power of 0, where TensorFlow gives NaN."""
    z = tf.pow(x, y)
    return tf.where(tf.equal(y, tf.zeros_like(y)), tf.ones_like(z), z)


def sign(x: tf.Tensor) -> tf.Tensor:
    """The sign: NaN of NaN, 0 of either zero."""
    return tf.where(x == 0, tf.zeros_like(x), tf.where(tf.math.is_nan(x), x, tf.sign(x)))


def cbrt(x: tf.Tensor) -> tf.Tensor:
    """The real cube root."""
    return copysign(tf.pow(tf.abs(x), tf.constant(1 / 3, x.dtype)), x)


def negative_sign(x: tf.Tensor) -> tf.Tensor:
    """Whether x has a minus sign, a zero too."""
    return (x < 0) | ((x == 0) & (1 / x < 0))


def copysign(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """|x| with the sign of y."""
    return tf.where(negative_sign(y), -tf.abs(x), tf.abs(x))


def erf(x: tf.Tensor) -> tf.Tensor:
    """The error function, its limits at the infinities."""
    return tf.where(tf.math.is_inf(x), tf.sign(x), tf.math.erf(x))


def argmax(x: tf.Tensor, axis: int, turned: tf.Tensor) -> tf.Tensor:
    """Where the first NaN is along the axis, else the largest number of `turned`."""
    nan = tf.math.is_nan(x)
    first = tf.argmax(tf.cast(nan, tf.int32), axis)
    return tf.where(tf.reduce_any(nan, axis), first, tf.argmax(turned, axis))


def remainder(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """x modulo y with the sign of y, also that of a zero."""
    r = tf.raw_ops.TruncateMod(x=x, y=y)
    r = tf.where((r != 0) & ((y < 0) != (r < 0)), r + y, r)
    return tf.where(r == 0, copysign(tf.zeros_like(r), y), r)


def floor_divide(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """The floor of x / y as numpy rounds it: from the exact remainder."""
    r = tf.raw_ops.TruncateMod(x=x, y=y)
    q = (x - r) / y
    q = tf.where((r != 0) & ((y < 0) != (r < 0)), q - 1, q)
    whole = tf.floor(q)
    whole = tf.where(q - whole > 0.5, whole + 1, whole)
    whole = tf.where(q == 0, copysign(tf.zeros_like(q), x / y), whole)
    return tf.where(y == 0, x / y, whole)


def hypot(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """sqrt(x^2 + y^2) without overflow; inf where either is."""
    large, small = tf.maximum(tf.abs(x), tf.abs(y)), tf.minimum(tf.abs(x), tf.abs(y))
    ratio = small / tf.where(large == 0, tf.ones_like(large), large)
    endless = tf.math.is_inf(x) | tf.math.is_inf(y)
    return tf.where(
        endless, tf.constant(float("inf"), large.dtype), large * tf.sqrt(1 + ratio * ratio)
    )


def logaddexp(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """log(e^x + e^y); of two equal infinities that infinity."""
    larger = tf.where(tf.math.is_nan(x) | (x > y), x, y)
    rest = tf.math.log1p(tf.exp(-tf.abs(x - y)))
    return tf.where(x == y, x + tf.constant(0.6931471805599453, x.dtype), larger + rest)


def complex_less(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Whether x comes before y: by real part, then by imaginary part."""
    a, b = tf.math.real(x), tf.math.real(y)
    return (a < b) | ((a == b) & (tf.math.imag(x) < tf.math.imag(y)))


def nextafter(x: tf.Tensor, y: tf.Tensor, bits: tf.DType) -> tf.Tensor:
    """The number after x towards y: one up or down in its bits, of zero the smallest with y's
    sign.
    """
    up = tf.where((x < y) == (x > 0), tf.cast(1, bits), tf.cast(-1, bits))
    moved = tf.bitcast(tf.bitcast(x, bits) + up, x.dtype)
    least = tf.bitcast(tf.ones_like(tf.bitcast(x, bits)), x.dtype)
    moved = tf.where(x == 0, tf.where(y > 0, least, -least), moved)
    no_number = tf.math.is_nan(x) | tf.math.is_nan(y)
    return tf.where(no_number, x + y, tf.where(x == y, y, moved))


def pad(
    x: tf.Tensor,
    value: tf.Tensor,
    low: tuple[int, ...],
    high: tuple[int, ...],
    interior: tuple[int, ...],
) -> tf.Tensor:
    """x with `interior` values between neighbours and `low`, `high` around; negative ones crop."""
    for axis, between in enumerate(interior):
        if between and x.shape[axis]:
            wide = tf.expand_dims(x, axis + 1)
            edges = [(0, between) if i == axis + 1 else (0, 0) for i in range(len(wide.shape))]
            size = x.shape[axis] * (between + 1)
            shape = [size if i == axis else n for i, n in enumerate(x.shape)]
            spread = tf.reshape(tf.pad(wide, edges, constant_values=value), shape)
            x = tf.gather(spread, tf.range(size - between), axis=axis)
    grown = tf.pad(
        x,
        [(max(lo, 0), max(hi, 0)) for lo, hi in zip(low, high, strict=False)],
        constant_values=value,
    )
    crop = [
        slice(max(-lo, 0), n - max(-hi, 0))
        for n, lo, hi in zip(grown.shape, low, high, strict=False)
    ]
    return grown[tuple(crop)]
