"""`gt.nn.init`: tensors filled in place, with no derivative recorded."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradloom.eager import creation
from gradloom.eager.grads import no_grad
from gradloom.eager.methods import METHODS
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import ArgumentError, ShapeError


def _set(x: Tensor, array: np.ndarray) -> Tensor:
    with no_grad():
        made = creation.from_numpy(np.asarray(array).astype(x._value.type.dtype))
        return METHODS["copy_"](x, made)  # type: ignore[no-any-return]


def _drawn(x: Tensor, draw: Callable[..., Any], generator: Any = None) -> Tensor:
    return _set(x, np.asarray(creation.draw(lambda g: draw(g, tuple(x.shape)), generator)))


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Tensor:
    """Numbers between a and b."""
    return _drawn(tensor, lambda g, shape: g.uniform(a, b, shape), generator)


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Tensor:
    """Normal numbers."""
    return _drawn(tensor, lambda g, shape: g.normal(mean, std, shape), generator)


def trunc_normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0,
    generator: Any = None,
) -> Tensor:  # fmt: skip
    """Normal numbers, drawn again where they are not between a and b."""
    if a >= b or b < mean - 8 * std or a > mean + 8 * std:
        raise ArgumentError(f"trunc_normal_: nothing between {a} and {b} at {mean} +- {std}")

    def draw(g: Any, shape: tuple[int, ...]) -> np.ndarray:
        made: np.ndarray = np.asarray(g.normal(mean, std, shape))
        while (outside := (made < a) | (made > b)).any():
            made[outside] = g.normal(mean, std, int(outside.sum()))
        return made

    return _drawn(tensor, draw, generator)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """One number everywhere."""
    with no_grad():
        return METHODS["fill_"](tensor, val)  # type: ignore[no-any-return]


def ones_(tensor: Tensor) -> Tensor:
    """Ones."""
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """Zeros."""
    return constant_(tensor, 0.0)


def eye_(tensor: Tensor) -> Tensor:
    """The matrix of the identity."""
    _axes("eye_", tensor, 2, 2)
    return _set(tensor, np.eye(*tensor.shape))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """A convolution's weight that keeps its channels."""
    _axes("dirac_", tensor, 3, 5)
    if tensor.shape[0] % groups:
        raise ArgumentError(f"dirac_: {tensor.shape[0]} channels in {groups} groups")
    made = np.zeros(tuple(tensor.shape))
    each = tensor.shape[0] // groups
    middle = tuple([n // 2 for n in tensor.shape[2:]])
    for group in range(groups):
        for i in range(min(each, tensor.shape[1])):
            made[(group * each + i, i, *middle)] = 1
    return _set(tensor, made)


def _axes(what: str, x: Tensor, least: int, most: int) -> None:
    if not least <= x.ndim <= most:
        raise ShapeError(f"{what}: a tensor of shape {tuple(x.shape)} has {x.ndim} axes")


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """How much larger weights are to be before a function, so that the variance is kept."""
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    gains = {"tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4}
    linear = ("linear", "sigmoid", *[f"conv{t}{n}d" for t in ("", "_transpose") for n in (1, 2, 3)])
    gains |= dict.fromkeys(linear, 1.0)
    if nonlinearity not in gains:
        raise ArgumentError(f"calculate_gain: {nonlinearity!r}", hint=f"one of {sorted(gains)}")
    return gains[nonlinearity]


def fans(tensor: Tensor) -> tuple[int, int]:
    """How many elements each result is made of, and how many each element is used for."""
    if tensor.ndim < 2:
        raise ShapeError(
            f"fan in and fan out can not be computed for a tensor of shape {tuple(tensor.shape)}"
        )
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


_calculate_fan_in_and_fan_out = fans


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Glorot and Bengio 2010: numbers between +-gain * sqrt(6 / (fan_in + fan_out))."""
    limit = gain * math.sqrt(6 / sum(fans(tensor)))
    return uniform_(tensor, -limit, limit, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """The same, normal."""
    return normal_(tensor, 0.0, gain * math.sqrt(2 / sum(fans(tensor))), generator)


def _he(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ArgumentError(f"Mode {mode!r} is not supported", hint="give 'fan_in' or 'fan_out'")
    fan = fans(tensor)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def kaiming_uniform_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Tensor:  # fmt: skip
    """He et al. 2015: numbers between +-gain * sqrt(3 / fan)."""
    limit = math.sqrt(3) * _he(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -limit, limit, generator)


def kaiming_normal_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Tensor:  # fmt: skip
    """The same, normal."""
    return normal_(tensor, 0.0, _he(tensor, a, mode, nonlinearity), generator)


def orthogonal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """A matrix (the axes after the first as one) whose rows or columns are orthonormal."""
    if tensor.ndim < 2:
        raise ShapeError(f"orthogonal_: a tensor of shape {tuple(tensor.shape)} has no 2 axes")
    rows, columns = tensor.shape[0], math.prod(tensor.shape[1:])

    def draw(g: Any, shape: tuple[int, ...]) -> np.ndarray:
        flat = g.standard_normal((rows, columns))
        q, r = np.linalg.qr(flat.T if rows < columns else flat)
        q = q * np.sign(np.diagonal(r))
        return np.asarray(gain * (q.T if rows < columns else q).reshape(shape))

    return _drawn(tensor, draw, generator)


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Any = None) -> Tensor:
    """Normal numbers, a share of each column zero."""
    _axes("sparse_", tensor, 2, 2)

    def draw(g: Any, shape: tuple[int, ...]) -> np.ndarray:
        made: np.ndarray = np.asarray(g.normal(0, std, shape))
        count = math.ceil(sparsity * shape[0])
        for column in range(shape[1]):
            made[g.permutation(shape[0])[:count], column] = 0
        return made

    return _drawn(tensor, draw, generator)
