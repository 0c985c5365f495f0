"""Arrays without operands: known when the program is, or from its dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.constants import Constant
from gradloom.ir.dims import Dim, evaluate
from gradloom.ir.errors import ShapeError
from gradloom.ir.graph import Literal, Operand
from gradloom.ir.op import Attrs, Op, Zero
from gradloom.ir.ops.rules import INDEX, broadcast, require_kind
from gradloom.ir.types import DType, Shape, TensorType, check_finite_size, tensor_type


@dataclass(frozen=True, slots=True)
class Fixed(Attrs):
    """An array that belongs to the program."""

    value: Constant


@dataclass(frozen=True, slots=True)
class Iota(Attrs):
    """The dtype and shape of the result, and the axis along which it counts."""

    dtype: DType
    shape: Shape
    axis: int


@dataclass(frozen=True, slots=True)
class Size(Attrs):
    """A dimension."""

    size: int | Dim


def _same_for_all(op_name: str) -> Any:
    """The batch rule of an op without operands: its result, broadcast."""

    def rule(
        attrs: Any, operands: Sequence[Operand], marks: Sequence[bool], size: int | Dim
    ) -> Operand:
        (made,) = build.emit(o.by_name(op_name), (), attrs)
        return broadcast(made, (size, *made.type.shape))

    return rule


def _iota_infer(attrs: Iota) -> tuple[TensorType, ...]:
    require_kind("iota", attrs.dtype, "iufc")
    check_finite_size(attrs.shape)
    if not 0 <= attrs.axis < len(attrs.shape):
        raise ShapeError(f"iota: there is no axis {attrs.axis} in shape {attrs.shape}")
    return (tensor_type(attrs.dtype, attrs.shape),)


def _iota_numpy(attrs: Iota) -> np.ndarray:
    shape = [evaluate(d, {}) for d in attrs.shape]
    counted = np.arange(shape[attrs.axis]).astype(attrs.dtype)
    after = (1,) * (len(shape) - attrs.axis - 1)
    return np.broadcast_to(counted.reshape(-1, *after), shape)


constant: Final[Op] = Op(
    "constant",
    lambda attrs: attrs.value.array,
    Zero(),
    attrs=Fixed,
    arity=0,
    infer=lambda attrs: (attrs.value.type,),
    batch=_same_for_all("constant"),
)
iota: Final[Op] = Op(
    "iota",
    _iota_numpy,
    Zero(),
    attrs=Iota,
    arity=0,
    infer=_iota_infer,
    batch=_same_for_all("iota"),
    domain="sizes that the dtype can hold",
)
dim: Final[Op] = Op(
    "dim",
    lambda attrs: np.int64(attrs.size),
    Zero(),
    attrs=Size,
    arity=0,
    infer=lambda attrs: (tensor_type(INDEX, ()),),
    batch=_same_for_all("dim"),
)


def number(size: int | Dim) -> Operand:
    """A dimension as an i64 operand: a literal, or a `dim` node when it is symbolic."""
    if isinstance(size, int):
        return Literal(np.int64(size), tensor_type(INDEX, ()))
    result: Operand = o.dim(size=size)
    return result
