"""Order along an axis: ascending, NaN last, equal elements in the order they came."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.graph import Node, Operand
from gradloom.ir.op import AxisMap, Jvp, Op, Rule, Zero, same_dtype
from gradloom.ir.ops.reduce import require_axis, to_index
from gradloom.ir.ops.rules import INDEX, count, leading, require_kind
from gradloom.ir.ops.shape import Axis
from gradloom.ir.types import TensorType


def _comparisons(node: Node, sizes: dict[str, int]) -> int:
    """n log2(n) per sorted row, n its length."""
    x, axis = node.operands[0].type, node.attrs.axis  # type: ignore[union-attr]
    length = count(x.with_shape((x.shape[axis],)), sizes)
    return count(x, sizes) * max(length - 1, 0).bit_length()


def _ordered(x: np.ndarray) -> np.ndarray:
    """Low precision as f32, whose order knows NaN."""
    return x.astype(np.float32) if x.dtype.kind == "V" else x


def _sorting(name: str, numpy: Callable[..., Any], jvp: Jvp, dtype: Callable[..., Any]) -> Op:
    def axes(attrs: Axis, x: TensorType) -> AxisMap:
        require_kind(name, x.dtype, "biuf")
        require_axis(name, attrs.axis, x)
        every = tuple(range(x.ndim))
        return AxisMap((every,), (every,), whole=frozenset((attrs.axis,)))

    return Op(
        name,
        lambda attrs, x: numpy(_ordered(x), axis=attrs.axis, kind="stable").astype(
            dtype(attrs, x.dtype), copy=False
        ),
        jvp,
        attrs=Axis,
        axes=axes,
        dtype=dtype,
        batch=leading(name, lambda attrs: Axis(attrs.axis + 1)),
        cost=_comparisons,
    )


def _sort_jvp(node: Node, t: Operand) -> Operand:
    """The tangents in the order of the elements."""
    axis, shape = node.attrs.axis, t.type.shape  # type: ignore[union-attr]
    order = o.argsort(node.operands[0], axis=axis)
    every = range(len(shape))
    indices = [order if i == axis else o.iota(dtype=INDEX, shape=shape, axis=i) for i in every]
    result: Operand = o.gather(t, *indices, axes=tuple(every))
    return result


sort: Final[Op] = _sorting("sort", np.sort, Rule(_sort_jvp), same_dtype)
argsort: Final[Op] = _sorting("argsort", np.argsort, Zero(), to_index)
