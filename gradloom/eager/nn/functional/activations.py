"""Activations: each element bent, or an axis weighed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.eager import creation
from gradloom.eager.calls import Array, one
from gradloom.eager.methods import FUNCTIONS
from gradloom.eager.reductions import log_softmax, softmax
from gradloom.eager.remembered import remembered
from gradloom.eager.tensor import Tensor
from gradloom.frontend.nn import activations as nn
from gradloom.frontend.nn import gates
from gradloom.frontend.nn.operands import fixed
from gradloom.ir.errors import ArgumentError, ShapeError
from gradloom.ir.location import user_location

Function = Callable[..., Tensor]


def replaced(x: Tensor, made: Tensor, what: str, inplace: bool) -> Tensor:
    """What was made; in place, the tensor itself with those elements."""
    return x.write(made.operand(), f"{what}_") if inplace else made


def _plain(name: str) -> Function:
    """A function of `gt` with torch's `inplace`, which may be the second argument."""
    function = FUNCTIONS[name]

    def activation(input: Tensor, inplace: bool = False) -> Tensor:
        return replaced(input, function(input), name, inplace)

    activation.__name__ = activation.__qualname__ = name
    activation.__doc__ = f"`{name}` of each element."
    return activation


relu, relu6, silu, mish, selu, hardsigmoid, hardswish = map(
    _plain, ("relu", "relu6", "silu", "mish", "selu", "hardsigmoid", "hardswish")
)
sigmoid, tanh = FUNCTIONS["sigmoid"], FUNCTIONS["tanh"]
logsigmoid, softsign, tanhshrink = (
    FUNCTIONS["logsigmoid"],
    FUNCTIONS["softsign"],
    FUNCTIONS["tanhshrink"],
)


def gelu(input: Tensor, *, approximate: str = "none") -> Tensor:
    """`x` times the normal distribution's weight below it; "tanh" approximates."""
    if approximate == "none":
        return FUNCTIONS["gelu"](input)  # type: ignore[no-any-return]
    if approximate != "tanh":
        raise ArgumentError(f"gelu: approximate={approximate!r}", hint="give 'none' or 'tanh'")
    return one("gelu", nn.tanh_gelu, [input])


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """`x`, or a small part of it below 0."""
    made = one("leaky_relu", lambda a: nn.leaky_relu(a, negative_slope), [input])
    return replaced(input, made, "leaky_relu", inplace)


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """`x`, or a learnt part of it below 0: one weight, or one per channel (axis 1)."""
    channels = input.shape[1] if input.ndim > 1 else 1
    if weight.ndim > 1 or weight.shape.numel() not in (1, channels):
        raise ShapeError(
            f"prelu: {weight.shape.numel()} weights for {channels} channels "
            f"(axis 1 of {tuple(input.shape)})", location=user_location(),
            hint="give one weight, or one per channel",
        )  # fmt: skip
    return one("prelu", nn.prelu, [input, weight])


def rrelu(
    input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False,
    inplace: bool = False,
) -> Tensor:  # fmt: skip
    """`x`, or a part of it below 0: drawn while training, else the mean of the bounds."""
    if not training:
        return leaky_relu(input, (lower + upper) / 2, inplace)
    kind = input._value.type.dtype
    drawn = creation.draw(lambda g: g.uniform(lower, upper, tuple(input.shape)))
    slope = Tensor(input._home, input._home.put(np.asarray(drawn).astype(kind)))
    made = one("rrelu", lambda a, s: np.where(a >= 0, a, a * s), [input, slope])
    return replaced(input, made, "rrelu", inplace)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """`x`, or `alpha * (exp(x) - 1)` below 0."""
    made = one("elu", lambda a: nn.elu(a, alpha), [input])
    return replaced(input, made, "elu", inplace)


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """`x`, or `alpha * (exp(x / alpha) - 1)` below 0."""
    made = one("celu", lambda a: nn.celu(a, alpha), [input])
    return replaced(input, made, "celu", inplace)


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """A smooth ramp; `x` itself above the threshold."""
    return one("softplus", lambda a: nn.softplus(a, beta, threshold), [input])


def hardtanh(
    input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False
) -> Tensor:
    """`x` between two bounds."""
    made = one("hardtanh", lambda a: nn.hardtanh(a, min_val, max_val), [input])
    return replaced(input, made, "hardtanh", inplace)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """`x` above the threshold, else the value."""
    made = one("threshold", lambda a: nn.threshold(a, threshold, value), [input])
    return replaced(input, made, "threshold", inplace)


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """`x`, or 0 near 0."""
    return one("hardshrink", lambda a: nn.hardshrink(a, lambd), [input])


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """`x` moved towards 0 by `lambd`, and 0 near it."""
    return one("softshrink", lambda a: nn.softshrink(a, lambd), [input])


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """One half of an axis, gated by the other."""
    return one("glu", lambda a: gates.glu(a, dim), [input])


def implied_axis(ndim: int) -> int:
    """The axis that torch's softmax takes where none is said."""
    return 0 if ndim in (0, 1, 3) else 1


def _softmax_of(what: str, function: Function) -> Function:
    def along(
        input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
    ) -> Tensor:
        axis = implied_axis(input.ndim) if dim is None else dim
        return function(input, axis, dtype=dtype)

    along.__name__ = along.__qualname__ = what
    along.__doc__ = function.__doc__
    return along


def softmin(input: Tensor, dim: int | None = None, dtype: Any = None) -> Tensor:
    """softmax of the negative."""
    along = implied_axis(input.ndim) if dim is None else dim
    return softmax(FUNCTIONS["neg"](input), along, dtype=dtype)


def gumbel_softmax(
    logits: Tensor, tau: float = 1.0, hard: bool = False, eps: float = 1e-10, dim: int = -1
) -> Tensor:
    """A random softmax whose largest place is drawn by these weights; `hard`: 1 there alone."""
    kind = logits._value.type.dtype
    drawn = creation.draw(lambda g: g.gumbel(size=tuple(logits.shape)))
    noise = Tensor(logits._home, logits._home.put(np.asarray(drawn).astype(kind)))
    soft = softmax(FUNCTIONS["div"](FUNCTIONS["add"](logits, noise), tau), dim)
    if not hard:
        return soft

    def function(a: Array) -> Array:
        sizes = [1] * a.ndim
        sizes[dim] = a.shape[dim]
        at = np.expand_dims(np.argmax(a, axis=dim), dim)
        top = (np.arange(a.shape[dim]).reshape(sizes) == at).astype(a.dtype)
        return fixed(top - a) + a

    return one("gumbel_softmax", function, [soft])


_IN_PLACE: Final[dict[str, Function]] = {
    "relu_": relu, "leaky_relu_": leaky_relu, "elu_": elu, "celu_": celu, "selu_": selu,
    "hardtanh_": hardtanh, "threshold_": threshold, "rrelu_": rrelu,
}  # fmt: skip


def _in_place(function: Function) -> Function:
    def changing(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return function(input, *args, inplace=True, **kwargs)

    changing.__doc__ = f"`{function.__name__}`, in place."
    return changing


ACTIVATIONS: Final[dict[str, Function]] = {
    **{f.__name__: remembered(f) for f in (
        gelu, leaky_relu, prelu, elu, celu, softplus, hardtanh, threshold, hardshrink,
        softshrink, glu, softmin)},
    "rrelu": rrelu, "gumbel_softmax": gumbel_softmax,
    "softmax": remembered(_softmax_of("softmax", softmax)),
    "log_softmax": remembered(_softmax_of("log_softmax", log_softmax)),
    "relu": relu, "relu6": relu6, "silu": silu, "mish": mish, "selu": selu, "sigmoid": sigmoid,
    "tanh": tanh, "hardsigmoid": hardsigmoid, "hardswish": hardswish, "logsigmoid": logsigmoid,
    "softsign": softsign, "tanhshrink": tanhshrink,
    **{name: _in_place(f) for name, f in _IN_PLACE.items()},
}  # fmt: skip
"""By torch's name."""
