"""In which order a tensor's elements lie in torch's memory, which decides what is a view of what.

Nothing lies so on the workers; a layout is an array of no memory of its own, by whose strides numpy
says which shapes can be views of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from gradloom.eager.tensor import Tensor

Layout = np.ndarray[Any, np.dtype[np.int8]]

FOLLOWING: Final = frozenset((
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "rsqrt", "sin", "cos", "tan",
    "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "reciprocal",
    "sigmoid", "erf", "erfc", "erfinv", "lgamma", "digamma", "sinc", "deg2rad", "rad2deg", "logit",
    "silu", "logsigmoid", "softsign", "tanhshrink", "mish", "relu6", "selu", "hardsigmoid",
    "hardswish", "neg", "abs", "sign", "floor", "ceil", "trunc", "square", "relu", "bitwise_not",
    "frac", "conj_physical", "isnan", "isinf", "isfinite", "logical_not", "signbit", "isposinf",
    "isneginf", "maximum", "minimum", "fmod", "remainder", "bitwise_and", "bitwise_or",
    "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift", "floor_divide", "fmax", "fmin",
    "atan2", "hypot", "logaddexp", "copysign", "xlogy", "logaddexp2", "nextafter", "eq", "ne", "lt",
    "le", "gt", "ge", "logical_and", "logical_or", "logical_xor", "add", "sub", "mul", "div", "pow",
    "round", "clamp", "where", "lerp", "nan_to_num", "isclose", "float_power", "gelu", "leaky_relu",
    "softplus", "hardtanh", "threshold", "hardshrink", "softshrink", "clone", "to", "flip", "sort",
))  # fmt: skip
"""Functions whose results lie as their operands do."""

COLUMNS: Final = frozenset((
    "inverse", "linalg.solve", "linalg.cholesky", "cholesky", "linalg.qr", "linalg.eigh",
    "linalg.eig", "linalg.svd",
))  # fmt: skip
"""Functions whose matrices lie column by column, as LAPACK writes them. The results of all others
lie row by row.
"""


def of(x: Tensor) -> Layout:
    """How a tensor's elements lie."""
    return _packed(tuple(x.shape), range(x.ndim)) if x._lie is None else x._lie


def followed(what: str, operands: Sequence[Tensor], result: Tensor) -> Layout | None:
    """How the elements of a function's result lie; None where they do row by row."""
    if what in COLUMNS:
        return _columns(result) if 2 <= result.ndim == operands[0].ndim else None
    if what not in FOLLOWING or all(x._lie is None for x in operands):
        return None
    shape = tuple(result.shape)
    order = _order(shape, [_strides(of(x), shape) for x in operands])
    return None if order == list(range(len(shape))) else _packed(shape, order)


def _packed(shape: tuple[int, ...], order: Sequence[int]) -> Layout:
    """Elements without gaps between them, the last axis of `order` fastest."""
    strides, step = [0] * len(shape), 1
    for axis in reversed(order):
        strides[axis] = step
        step *= max(shape[axis], 1)
    return np.lib.stride_tricks.as_strided(np.zeros(1, np.int8), shape, strides)


def _columns(x: Tensor) -> Layout:
    order = list(range(x.ndim))
    return _packed(tuple(x.shape), [*order[:-2], order[-1], order[-2]])


def _strides(x: Layout, shape: tuple[int, ...]) -> list[int]:
    """The strides of an operand in the shape of the result: 0 along what is repeated."""
    missing = len(shape) - x.ndim
    own = [
        0 if n == 1 and shape[missing + axis] != 1 else x.strides[axis]
        for axis, n in enumerate(x.shape)
    ]
    return [0] * missing + own


def _order(shape: tuple[int, ...], operands: Sequence[Sequence[int]]) -> list[int]:
    """The axes, slowest first, as torch's TensorIterator orders them (`reorder_dimensions` in
    aten/src/ATen/TensorIterator.cpp): insertion of each where the first operand that tells says so.
    """
    order = list(range(len(shape)))[::-1]
    for i in range(1, len(order)):
        at = i
        for before in range(i - 1, -1, -1):
            faster = _compared(order[before], order[at], shape, operands)
            if faster > 0:
                order[before], order[at] = order[at], order[before]
                at = before
            elif faster < 0:
                break
    return order[::-1]


def _compared(a: int, b: int, shape: tuple[int, ...], operands: Sequence[Sequence[int]]) -> int:
    """Below 0 where axis `a` is to be faster than `b`, above where slower, else 0."""
    for strides in operands:
        if not strides[a] or not strides[b]:
            continue
        if strides[a] != strides[b]:
            return -1 if strides[a] < strides[b] else 1
        if shape[a] > shape[b]:
            return 1
    return 0
