"""Elementwise choice and conversion: `where`, `astype`, `stop_gradient`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError
from gradloom.ir.graph import Node, Operand
from gradloom.ir.op import Attrs, AxisMap, Op, Opaque, Rule, Zero
from gradloom.ir.ops.masks import Masked, masked
from gradloom.ir.ops.pointwise import (
    CHEAP,
    unary,
)
from gradloom.ir.ops.rules import (
    per_result,
    require_equal_dtypes,
    require_kind,
    same_axes,
)
from gradloom.ir.types import DType, TensorType, is_inexact


def _where_axes(attrs: Any, *types: TensorType) -> AxisMap:
    require_kind("where: the condition", types[0].dtype, "b")
    require_equal_dtypes("where", types[1:])
    return same_axes(attrs, *types)


def _where_jvp(
    node: Node, tc: None, tx: Operand | None, ty: Operand | None
) -> Operand | Masked | None:
    condition = node.operands[0]
    if tx is None or ty is None:
        keep = ty is None
        given = tx if keep else ty
        return None if given is None else masked(given, condition, keep)
    return o.where(condition, tx, ty)  # type: ignore[no-any-return]


def _where_transpose(
    node: Node, ct: Operand, linear: tuple[bool, ...]
) -> tuple[Masked | None, ...]:
    condition = node.operands[0]
    return (
        None,
        masked(ct, condition, True) if linear[1] else None,
        masked(ct, condition, False) if linear[2] else None,
    )


where: Final[Op] = Op(
    "where", np.where, Rule(_where_jvp), axes=_where_axes, dtype=lambda attrs, c, a, b: a, arity=3,
    transpose=_where_transpose, elementwise=True, cost=per_result(CHEAP),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AsType(Attrs):
    """The dtype to convert to."""

    dtype: DType


def _astype_numpy(attrs: AsType, x: np.ndarray) -> Any:
    if np.asarray(x).dtype.kind == "c" and attrs.dtype.kind not in "cb":
        x = np.real(x)  # what numpy does with a ComplexWarning, which the frontend gives
    return np.asarray(x).astype(attrs.dtype)[()]


def _astype_jvp(node: Node, t: Operand) -> Operand | None:
    return o.astype(t, dtype=node.attrs.dtype) if is_inexact(node.attrs.dtype) else None  # type: ignore[union-attr]


def _astype_transpose(node: Node, ct: Operand, linear: tuple[bool, ...]) -> tuple[Operand]:
    return (o.astype(ct, dtype=node.operands[0].type.dtype),)


astype: Final[Op] = Op(
    "astype",
    _astype_numpy,
    Rule(_astype_jvp),
    attrs=AsType,
    axes=same_axes,
    dtype=lambda attrs, d: attrs.dtype,
    transpose=_astype_transpose,
    elementwise=True,
    cost=per_result(CHEAP),
    domain="values that the dtype can hold",
)


def _bitcast_axes(attrs: AsType, x: TensorType) -> AxisMap:
    require_kind("bitcast", x.dtype, "iufV")
    require_kind("bitcast: the result", attrs.dtype, "iufV")
    if x.dtype.itemsize != attrs.dtype.itemsize:
        raise DtypeError(f"bitcast: {x.dtype} and {attrs.dtype} differ in width")
    return same_axes(attrs, x)


bitcast: Final[Op] = Op(
    "bitcast",
    lambda attrs, x: np.asarray(x).view(attrs.dtype)[()],
    Opaque("bits are no smooth function of a number: read those of gl.stop_gradient(x)"),
    attrs=AsType,
    axes=_bitcast_axes,
    dtype=lambda attrs, d: attrs.dtype,
    elementwise=True,
    cost=per_result(CHEAP),
)
"""The bits of numbers as other numbers of the same width, between floats and integers."""

stop_gradient: Final[Op] = unary("stop_gradient", lambda x: x, Zero(), "biufc", view=True)
