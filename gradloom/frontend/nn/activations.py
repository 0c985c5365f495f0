"""Activations: each element bent.

At a kink the slope is torch's: 0 at 0 for `relu`, and so on.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.frontend.nn.operands import (
    Array,
    applied,
    array,
    axis_of,
    floating,
    require_broadcast,
    zero,
)
from gradloom.frontend.nn.pieces import piece
from gradloom.frontend.scipy.elementary import expit
from gradloom.ir import ops as o
from gradloom.ir.errors import ArgumentError, ShapeError
from gradloom.ir.location import user_location

# Klambauer et al. 2017, Self-Normalizing Neural Networks, equation 14.
SELU_SCALE: Final = 1.0507009873554805
SELU_ALPHA: Final = 1.6732632423543772
_TANH_SCALE: Final = math.sqrt(2 / math.pi)
_ROOT2: Final = math.sqrt(2)


def identity(x: Any) -> Array:
    """`x` itself."""
    return floating("identity", x)


def relu(x: Any) -> Array:
    """`x`, or 0 below 0.

    >>> relu(np.array([-1.0, 2.0]))
    array([0., 2.])
    """
    x = array(x)  # integers stay what they are
    return np.where(x <= 0, zero(x), x)


def relu6(x: Any) -> Array:
    """`x` between 0 and 6."""
    x = floating("relu6", x)
    return np.where(x <= 0, zero(x), np.where(x >= 6, x.dtype.type(6), x))


def leaky_relu(x: Any, slope: float = 0.01) -> Array:
    """`x`, or a small part of it below 0."""
    x = floating("leaky_relu", x)
    return np.where(x > 0, x, x * slope)


def prelu(x: Any, weight: Any, axis: int = 1) -> Array:
    """`x`, or a learnt part of it below 0: one weight, or one per entry of an axis."""
    x, weight = floating("prelu", x), floating("prelu", weight)
    if weight.ndim == 1 and x.ndim > 1:
        place = axis_of("prelu", axis, x.ndim)
        if weight.shape[0] not in (1, x.shape[place]):
            raise ShapeError(
                f"prelu: {weight.shape[0]} weights for axis {place} of {tuple(x.shape)}",
                location=user_location(), hint="give one weight, or one per entry of the axis",
            )  # fmt: skip
        weight = weight.reshape([-1 if i == place else 1 for i in range(x.ndim)])
    require_broadcast("prelu", x.shape, weight=weight)
    return np.where(x > 0, x, x * weight)


def elu(x: Any, alpha: float = 1.0) -> Array:
    """`x`, or `alpha * (exp(x) - 1)` below 0 (Clevert et al. 2015)."""
    return _exponential(floating("elu", x), alpha, 1.0)


def celu(x: Any, alpha: float = 1.0) -> Array:
    """`x`, or `alpha * (exp(x / alpha) - 1)` below 0 (Barron 2017)."""
    return _exponential(floating("celu", x), alpha, 1 / alpha)


def selu(x: Any) -> Array:
    """The `elu` whose constants keep mean 0 and variance 1 from layer to layer."""
    return SELU_SCALE * _exponential(floating("selu", x), SELU_ALPHA, 1.0)


def _exponential(x: Array, alpha: float, steep: float) -> Array:
    # The exponent is 0 where it is not taken, so that nothing overflows there.
    below = np.where(x > 0, zero(x), x)
    return np.where(x > 0, x, alpha * np.expm1(below * steep))


def gelu(x: Any, approximate: str = "none") -> Array:
    """`x` times the normal distribution's weight below it; `"tanh"` approximates (Hendrycks and
    Gimpel 2016).

    >>> gelu(np.array([0.0, 1.0])).round(4)
    array([0.    , 0.8413])
    """
    if approximate not in _GELUS:
        raise ArgumentError(
            f"gelu: approximate={approximate!r}", location=user_location(),
            hint="give 'none' or 'tanh'",
        )  # fmt: skip
    return _GELUS[approximate](floating("gelu", x))


def exact_gelu(x: Array) -> Array:
    """`x` times its normal distribution function."""
    return x * 0.5 * (1 + applied(o.erf, x / _ROOT2))


def tanh_gelu(x: Array) -> Array:
    """The same by a hyperbolic tangent."""
    return 0.5 * x * (1 + np.tanh(_TANH_SCALE * (x + 0.044715 * x * x * x)))


_GELUS: Final[dict[str, Callable[[Array], Array]]] = {
    "none": piece("gelu")(exact_gelu), "tanh": piece("gelu_tanh")(tanh_gelu),
}  # fmt: skip


def sigmoid(x: Any) -> Array:
    """1 / (1 + exp(-x)), without overflow."""
    return expit(floating("sigmoid", x))


def log_sigmoid(x: Any) -> Array:
    """The logarithm of the sigmoid, which does not fall to -inf."""
    x = floating("log_sigmoid", x)
    return -np.logaddexp(zero(x), -x)


def silu(x: Any) -> Array:
    """`x * sigmoid(x)`, also called swish."""
    return _silu(floating("silu", x))


def plain_silu(x: Array) -> Array:
    """The same of an array of floats."""
    return x * expit(x)


_silu: Final = piece("silu")(plain_silu)
swish: Final = silu


def mish(x: Any) -> Array:
    """`x * tanh(softplus(x))` (Misra 2019)."""
    x = floating("mish", x)
    return x * np.tanh(np.logaddexp(zero(x), x))


def softplus(x: Any, beta: float = 1.0, threshold: float = 20.0) -> Array:
    """The smooth ramp `log(1 + exp(beta x)) / beta`; `x` itself where `beta x` is above the
    threshold, as in torch.
    """
    x = floating("softplus", x)
    scaled = x * beta
    soft = np.logaddexp(np.where(scaled > threshold, zero(x), scaled), zero(x))
    return np.where(scaled > threshold, x, soft / beta)


def softsign(x: Any) -> Array:
    """`x / (1 + |x|)`."""
    x = floating("softsign", x)
    return x / (1 + np.abs(x))


def tanh(x: Any) -> Array:
    """The hyperbolic tangent."""
    return np.tanh(floating("tanh", x))


def tanhshrink(x: Any) -> Array:
    """`x - tanh(x)`."""
    x = floating("tanhshrink", x)
    return x - np.tanh(x)


def hardsigmoid(x: Any) -> Array:
    """`x / 6 + 1/2` between 0 and 1."""
    x = floating("hardsigmoid", x)
    return np.where(x <= -3, zero(x), np.where(x >= 3, x.dtype.type(1), x / 6 + 0.5))


def hardswish(x: Any) -> Array:
    """`x * hardsigmoid(x)` (Howard et al. 2019)."""
    x = floating("hardswish", x)
    return np.where(x <= -3, zero(x), np.where(x >= 3, x, x * (x + 3) / 6))


def hardtanh(x: Any, low: float = -1.0, high: float = 1.0) -> Array:
    """`x` between two bounds."""
    x = floating("hardtanh", x)
    least, most = x.dtype.type(low), x.dtype.type(high)
    return np.where(x <= least, least, np.where(x >= most, most, x))


def threshold(x: Any, threshold: float, value: float) -> Array:
    """`x` above the threshold, else the value."""
    x = floating("threshold", x)
    return np.where(x <= threshold, x.dtype.type(value), x)


def hardshrink(x: Any, bound: float = 0.5) -> Array:
    """`x`, or 0 within the bound."""
    x = floating("hardshrink", x)
    return np.where((x >= -bound) & (x <= bound), zero(x), x)


def softshrink(x: Any, bound: float = 0.5) -> Array:
    """`x` moved towards 0 by the bound, and 0 within it."""
    if bound < 0:
        raise ArgumentError(f"softshrink: the bound {bound} is below 0", location=user_location())
    x = floating("softshrink", x)
    return np.where(x > bound, x - bound, np.where(x < -bound, x + bound, x * 0))
