"""Where a mask is true: the one op whose result's size is known only when it runs.

Its size is a named dimension that no argument has, so everything made of the result can be typed.
Sizes that are found may be 0, unlike those of arguments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from gradloom.ir.dims import Dim
from gradloom.ir.errors import DtypeError, NotSupported, ShapeError
from gradloom.ir.graph import Operand
from gradloom.ir.op import Attrs, Op, Zero
from gradloom.ir.ops.rules import INDEX, per_operand, require_kind
from gradloom.ir.types import TensorType, tensor_type


@final
@dataclass(frozen=True, slots=True)
class Found(Attrs):
    """The name of the size that is found."""

    size: int | Dim


def _infer(attrs: Found, mask: TensorType) -> tuple[TensorType, ...]:
    require_kind("nonzero", mask.dtype, "b")
    if mask.ndim != 1:
        raise ShapeError(f"nonzero: a mask of one axis is due, given {mask}")
    if isinstance(attrs.size, int) and not attrs.size >= 0:
        raise DtypeError(f"nonzero: {attrs.size} elements")
    return (tensor_type(INDEX, (attrs.size,)),)


def _numpy(attrs: Found, mask: Any) -> Any:
    found = np.flatnonzero(mask)
    if isinstance(attrs.size, int) and attrs.size != found.size:
        raise ShapeError(f"nonzero: {found.size} are true where {attrs.size} are due")
    return found


def _batch(
    attrs: Found, operands: Sequence[Operand], marks: Sequence[bool], size: int | Dim
) -> Operand:
    raise NotSupported("nonzero: each example finds another number of elements")


nonzero: Final[Op] = Op(
    "nonzero",
    _numpy,
    Zero(),
    attrs=Found,
    infer=_infer,
    batch=_batch,
    cost=per_operand(1),
    domain="all masks of one axis; positions in increasing order",
)
