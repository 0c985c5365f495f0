"""What the families share: axis mappings, type rules, batching and costs."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradloom.ir.errors import AxisOutOfRange, CallError, DtypeError, ShapeError
from gradloom.ir.graph import Literal, Node, Operand, Value, literal
from gradloom.ir.op import WHOLE, AxisMap
from gradloom.ir.types import Dim, DType, Shape, TensorType, dtype_name, size_of

BOOL = np.dtype("bool")
INDEX = np.dtype("int64")


# ---- types ---------------------------------------------------------------------------------------


def sizes_of_factors(
    name: str, mapping: AxisMap, operands: Sequence[TensorType]
) -> dict[int, int | Dim]:
    """The size of each factor; raises `ShapeError` where two axes of one factor differ."""
    sizes: dict[int, int | Dim] = {}
    seen: dict[int, str] = {}
    for position, (axes, type) in enumerate(zip(mapping.operands, operands, strict=True)):
        for axis, (factor, size) in enumerate(zip(axes, type.shape, strict=True)):
            if factor == WHOLE:
                continue
            if sizes.setdefault(factor, size) != size:
                here = f"axis {axis} of operand {position} ({type})"
                raise ShapeError(
                    f"{name}: sizes differ: {sizes[factor]} ({seen[factor]}) and {size} ({here})"
                )
            seen.setdefault(factor, f"axis {axis} of operand {position} ({type})")
    return sizes


def same_axes(attrs: Any, *types: TensorType) -> AxisMap:
    """Every operand and the result have the same axes."""
    axes = tuple(range(types[0].ndim))
    return AxisMap((axes,) * len(types), (axes,))


def require_equal_dtypes(name: str, types: Sequence[TensorType]) -> DType:
    """The operands' common dtype; raises `DtypeError` where they differ."""
    first = types[0].dtype
    for type in types[1:]:
        if type.dtype != first:
            pair = f"{dtype_name(first)} and {dtype_name(type.dtype)}"
            raise DtypeError(
                f"{name}: dtypes differ: {pair}", hint="convert one of them with astype"
            )
    return first


def require_kind(name: str, dtype: DType, kinds: str) -> None:
    """Raise `DtypeError` unless `dtype` is of one of numpy's kinds (`V`: the low-precision floats,
    which count as `f`).
    """
    kind = "f" if dtype.kind == "V" else dtype.kind
    if kind not in kinds:
        words = {"b": "bool", "i": "integer", "u": "unsigned", "f": "float", "c": "complex"}
        raise DtypeError(
            f"{name} is not defined for {dtype_name(dtype)}",
            hint="defined for: " + ", ".join(words[k] for k in kinds),
        )


def normal_axis(name: str, axis: int, ndim: int) -> int:
    """`axis` counted from the front; raises `AxisOutOfRange` when there is no such axis."""
    try:
        axis = operator.index(axis)
    except CallError:
        raise
    except TypeError:
        raise CallError(f"{name}: an axis is a whole number, not {axis!r}") from None
    if not -ndim <= axis < ndim:
        raise AxisOutOfRange(f"{name}: axis {axis} is out of bounds for an array of {ndim} axes")
    return axis % ndim


def real_dtype(dtype: DType) -> DType:
    """The dtype of the parts of a complex dtype; others stay as they are."""
    return np.dtype(f"float{dtype.itemsize * 4}") if dtype.kind == "c" else dtype


def complex_dtype(dtype: DType) -> DType:
    """The complex dtype whose parts have this float dtype."""
    return (
        dtype
        if dtype.kind == "c"
        else np.dtype("complex64" if dtype.itemsize <= 4 else "complex128")
    )


# ---- making operands in rules --------------------------------------------------------------------


def full(type: TensorType, value: object) -> Literal:
    """`value` everywhere, in this type."""
    return literal(value, type)


def zeros_like(operand: Operand) -> Literal:
    """Zeros of the operand's type."""
    return literal(0, operand.type)


def broadcast(operand: Operand, shape: Shape) -> Operand:
    """`operand` broadcast to `shape` by numpy's rules; a literal just changes its type."""
    from gradloom.ir import ops as o

    if operand.type.shape == shape:
        return operand
    if isinstance(operand, Literal):
        return Literal(operand.value, operand.type.with_shape(shape))
    result: Operand = o.broadcast_to(operand, shape=shape)
    return result


def broadcast_in_dim(operand: Operand, shape: Shape, axes: Sequence[int]) -> Operand:
    """`operand` broadcast to `shape`, its own axes standing at `axes` (increasing); the others are
    new.
    """
    from gradloom.ir import ops as o

    if isinstance(operand, Literal):
        return broadcast(operand, shape)
    spread = tuple(shape[i] if i in axes else 1 for i in range(len(shape)))
    return broadcast(o.reshape(operand, shape=spread), shape)


def sum_to(operand: Operand, shape: Shape) -> Operand:
    """The transpose of `broadcast`: sums out the axes along which a value of `shape` was
    broadcast.
    """
    from gradloom.ir import ops as o

    given = operand.type.shape
    if given == shape:
        return operand
    lead = len(given) - len(shape)
    axes = tuple(range(lead)) + tuple(
        lead + i for i, d in enumerate(shape) if d == 1 and given[lead + i] != 1
    )
    summed: Operand = o.sum(operand, axes=axes)
    if summed.type.shape != shape:
        summed = o.reshape(summed, shape=shape)
    return summed


# ---- batching ------------------------------------------------------------------------------------


def batched(operand: Operand, is_batched: bool, size: int | Dim) -> Operand:
    """`operand` with a leading batch axis, broadcast when it has none yet."""
    return operand if is_batched else broadcast(operand, (size, *operand.type.shape))


def batch_all(operands: Sequence[Operand], marks: Sequence[bool], size: int | Dim) -> list[Operand]:
    """Every operand with a leading batch axis."""
    return [batched(x, m, size) for x, m in zip(operands, marks, strict=True)]


def leading(op_name: str, shift: Callable[[Any], Any] | None = None) -> Callable[..., Any]:
    """Batch rule of ops that treat leading axes alike: broadcast all operands, shift the
    attributes' axes by one.

    `shift(attrs)` gives the attributes for operands with one more leading axis; None: they stay as
    they are.
    """

    def rule(
        attrs: Any, operands: Sequence[Operand], marks: Sequence[bool], size: int | Dim
    ) -> Any:
        from gradloom.ir import build
        from gradloom.ir import ops as o

        op = o.by_name(op_name)
        made = attrs if shift is None else shift(attrs)
        results = build.emit(op, tuple(batch_all(operands, marks, size)), made)
        return results[0] if op.results == 1 else results

    return rule


# ---- costs ---------------------------------------------------------------------------------------


def count(type: TensorType, sizes: dict[str, int]) -> int:
    """The number of elements, named dimensions counting as `sizes` says (64 when it does not)."""
    size = size_of(type.shape)
    return (
        size
        if isinstance(size, int)
        else size.evaluate({n: sizes.get(n, 64) for n in size.symbols})
    )


def per_result(weight: int) -> Callable[[Node, dict[str, int]], int]:
    """`weight` FLOPs per element of the result."""
    return lambda node, sizes: weight * count(node.results[0].type, sizes)


def per_operand(weight: int) -> Callable[[Node, dict[str, int]], int]:
    """`weight` FLOPs per element of the first operand."""
    return lambda node, sizes: weight * count(node.operands[0].type, sizes)


def is_value(operand: Operand) -> bool:
    """Whether the operand is computed (not a literal)."""
    return isinstance(operand, Value)
