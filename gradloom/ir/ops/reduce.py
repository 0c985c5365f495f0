"""Reductions and running sums: fewer elements out of many, along given axes.

Results drop the reduced axes, and keep the operand's dtype (the frontend converts first where
numpy does).
Derivatives at ties: `max` and `min` share evenly among all winners.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.errors import ShapeError
from gradloom.ir.graph import Node, Operand, literal
from gradloom.ir.op import Attrs, AxisMap, Jvp, Linear, Op, Rule, Zero, same_dtype
from gradloom.ir.ops.rules import (
    INDEX,
    broadcast_in_dim,
    leading,
    per_operand,
    require_kind,
    zeros_like,
)
from gradloom.ir.ops.shape import Axes, Axis, require_axes
from gradloom.ir.types import DType, TensorType, size_of, tensor_type

# ---- over a set of axes --------------------------------------------------------------------------


def _kept(axes: tuple[int, ...], ndim: int) -> tuple[int, ...]:
    return tuple(i for i in range(ndim) if i not in axes)


def _reduction(
    name: str, numpy: Callable[..., Any], jvp: Jvp, kinds: str, empty: bool = True, **more: Any
) -> Op:
    """A reduction; `empty` says whether it has an answer for no elements."""

    def axes(attrs: Axes, x: TensorType) -> AxisMap:
        require_kind(name, x.dtype, kinds)
        require_axes(name, attrs.axes, x)
        if not empty:
            _require_elements(name, attrs.axes, x)
        return AxisMap((tuple(range(x.ndim)),), (_kept(attrs.axes, x.ndim),), reduced=name)

    batch = leading(name, lambda attrs: Axes(tuple(a + 1 for a in attrs.axes)))
    return Op(name, numpy, jvp, attrs=Axes, axes=axes, batch=batch, cost=per_operand(1), **more)


def _require_elements(name: str, axes: tuple[int, ...], x: TensorType) -> None:
    for axis in axes:
        if x.shape[axis] == 0:
            raise ShapeError(
                f"{name}: axis {axis} of {x} is empty, and {name} of nothing has no value"
            )


def _wide(reduce: Callable[..., Any]) -> Callable[..., Any]:
    """The numpy reduction in the operand's dtype; low-precision floats accumulate in f32."""

    def run(attrs: Axes, x: np.ndarray) -> Any:
        if x.dtype.kind == "V":
            return np.asarray(reduce(np.asarray(x, np.float32), axis=attrs.axes)).astype(x.dtype)
        return reduce(x, axis=attrs.axes, dtype=x.dtype)

    return run


def _spread(node: Node, reduced: Operand) -> Operand:
    """A value of the result's shape, broadcast along the reduced axes."""
    x = node.operands[0].type
    return broadcast_in_dim(reduced, x.shape, _kept(node.attrs.axes, x.ndim))  # type: ignore[union-attr]


def _sum_transpose(node: Node, ct: Operand, linear: tuple[bool, ...]) -> tuple[Operand]:
    return (_spread(node, ct),)


def _extremum_jvp(node: Node, t: Operand) -> Operand:
    """The mean of the winners' tangents; 0 where nan has no winner."""
    axes = node.attrs.axes  # type: ignore[union-attr]
    wins = o.equal(node.operands[0], _spread(node, node.result))
    count = o.sum(o.astype(wins, dtype=t.type.dtype), axes=axes)
    total = o.sum(o.where(wins, t, zeros_like(t)), axes=axes)
    result: Operand = total / o.maximum(count, literal(1, count.type))
    return result


def _prod_jvp(node: Node, t: Operand) -> Operand:
    """The sum of each tangent times the product of all other elements, which no zero spoils."""
    x, axes = node.operands[0], node.attrs.axes  # type: ignore[union-attr]
    if not axes:
        return t
    x, t = _flat(x, axes), _flat(t, axes)
    last = x.type.ndim - 1
    others = _exclusive_prod(x, last, False) * _exclusive_prod(x, last, True)
    result: Operand = o.sum(t * others, axes=(last,))
    return result


def _flat(x: Operand, axes: tuple[int, ...]) -> Operand:
    """x with `axes` made into one last axis."""
    kept = _kept(axes, x.type.ndim)
    shape = [x.type.shape[i] for i in kept]
    moved = o.permute_dims(x, perm=(*kept, *axes))
    result: Operand = o.reshape(moved, shape=(*shape, size_of([x.type.shape[i] for i in axes])))
    return result


def _shift(x: Operand, axis: int, by: int, fill: float, reverse: bool) -> Operand:
    """x moved `by` places towards the end (`reverse`: the start) of an axis; `fill` comes in."""
    edges = tuple(by if i == axis else 0 for i in range(x.type.ndim))
    low, high = (
        tuple(-e for e in edges) if reverse else edges,
        edges if reverse else tuple(-e for e in edges),
    )
    value = literal(fill, tensor_type(x.type.dtype, ()))
    result: Operand = o.pad(x, value, low=low, high=high, interior=(0,) * x.type.ndim)
    return result


def _exclusive_prod(x: Operand, axis: int, reverse: bool) -> Operand:
    """The product of the elements before each one (after it when `reverse`)."""
    if x.type.shape[axis] == 0:
        return x
    result: Operand = o.cumulative_prod(_shift(x, axis, 1, 1, reverse), axis=axis, reverse=reverse)
    return result


sum: Final[Op] = _reduction("sum", _wide(np.sum), Linear(), "iufc", transpose=_sum_transpose)
prod: Final[Op] = _reduction("prod", _wide(np.prod), Rule(_prod_jvp), "iufc")
max: Final[Op] = _reduction(
    "max", lambda attrs, x: np.max(x, axis=attrs.axes), Rule(_extremum_jvp), "biuf", empty=False
)
min: Final[Op] = _reduction(
    "min", lambda attrs, x: np.min(x, axis=attrs.axes), Rule(_extremum_jvp), "biuf", empty=False
)
any: Final[Op] = _reduction("any", lambda attrs, x: np.any(x, axis=attrs.axes), Zero(), "b")
all: Final[Op] = _reduction("all", lambda attrs, x: np.all(x, axis=attrs.axes), Zero(), "b")


# ---- along one axis ------------------------------------------------------------------------------


def require_axis(name: str, axis: int, x: TensorType) -> None:
    """Raise `ShapeError` unless x has this axis, counted from the front."""
    if not 0 <= axis < x.ndim:
        raise ShapeError(f"{name}: axis {axis} is out of bounds for {x}")


def _position(name: str, numpy: Callable[..., Any]) -> Op:
    def axes(attrs: Axis, x: TensorType) -> AxisMap:
        require_kind(name, x.dtype, "biuf")
        require_axis(name, attrs.axis, x)
        _require_elements(name, (attrs.axis,), x)
        # A winner among parts is no winner of all, so the axis is whole although no result has it.
        whole = frozenset((attrs.axis,))
        return AxisMap((tuple(range(x.ndim)),), (_kept((attrs.axis,), x.ndim),), whole=whole)

    return Op(
        name,
        lambda attrs, x: numpy(x, axis=attrs.axis),
        Zero(),
        attrs=Axis,
        axes=axes,
        dtype=to_index,
        batch=leading(name, lambda attrs: Axis(attrs.axis + 1)),
        cost=per_operand(1),
    )


def to_index(attrs: Any, dtype: DType) -> DType:
    """Positions are i64."""
    return INDEX


argmax: Final[Op] = _position("argmax", np.argmax)
argmin: Final[Op] = _position("argmin", np.argmin)


@dataclass(frozen=True, slots=True)
class Scan(Attrs):
    """The axis to run along, from its end when `reverse`."""

    axis: int
    reverse: bool = False


def _running(name: str, numpy: Callable[..., Any], jvp: Jvp, **more: Any) -> Op:
    def axes(attrs: Scan, x: TensorType) -> AxisMap:
        require_kind(name, x.dtype, "iufc")
        require_axis(name, attrs.axis, x)
        every = tuple(range(x.ndim))
        return AxisMap((every,), (every,), whole=frozenset((attrs.axis,)))

    def run(attrs: Scan, x: np.ndarray) -> Any:
        wide = np.asarray(x, np.float32) if x.dtype.kind == "V" else x
        turned = np.flip(wide, attrs.axis) if attrs.reverse else wide
        made = numpy(turned, axis=attrs.axis, dtype=wide.dtype).astype(x.dtype, copy=False)
        return np.flip(made, attrs.axis) if attrs.reverse else made

    batch = leading(name, lambda attrs: Scan(attrs.axis + 1, attrs.reverse))
    return Op(
        name,
        run,
        jvp,
        attrs=Scan,
        axes=axes,
        dtype=same_dtype,
        batch=batch,
        cost=per_operand(1),
        **more,
    )


def _cumulative_sum_transpose(node: Node, ct: Operand, linear: tuple[bool, ...]) -> tuple[Operand]:
    attrs = node.attrs
    assert isinstance(attrs, Scan)
    return (o.cumulative_sum(ct, axis=attrs.axis, reverse=not attrs.reverse),)


def _cumulative_prod_jvp(node: Node, t: Operand) -> Operand:
    """Right with any number of zeros, to every order: the product rule, never a division."""
    attrs, x = node.attrs, node.operands[0]
    assert isinstance(attrs, Scan)
    size = x.type.shape[attrs.axis]
    if isinstance(size, Dim):
        return _cumulative_prod_symbolic(x, t, attrs)
    return _cumulative_prod_doubling(x, t, attrs, size)


def _cumulative_prod_doubling(x: Operand, t: Operand, attrs: Scan, size: int) -> Operand:
    """Products of 1, 2, 4, ... neighbours with their tangents (Hillis, Steele 1986)."""
    by = 1
    while by < size:
        before = _shift(x, attrs.axis, by, 1, attrs.reverse)
        t = _shift(t, attrs.axis, by, 0, attrs.reverse) * x + before * t
        x = before * x
        by *= 2
    return t


def _cumulative_prod_symbolic(x: Operand, t: Operand, attrs: Scan) -> Operand:
    """The same for a named size n, in n^2 elements.

    At k: the sum over j of t[j] times the product of x[:j] and x[j+1:k+1].
    """
    axis, shape = attrs.axis, x.type.shape
    square = (*shape[: axis + 1], *shape[axis:])  # j stands at `axis`, k at `axis + 1`
    as_j = [i for i in range(len(square)) if i != axis + 1]
    as_k = [i for i in range(len(square)) if i != axis]
    j, k = (o.iota(dtype=INDEX, shape=square, axis=a) for a in (axis, axis + 1))
    after, reached = (o.less, o.less_equal) if attrs.reverse else (o.greater, o.greater_equal)
    one = literal(1, x.type.with_shape(square))
    between = o.where(after(k, j), broadcast_in_dim(x, square, as_k), one)
    products = o.cumulative_prod(between, axis=axis + 1, reverse=attrs.reverse)
    weights = o.where(reached(k, j), products, zeros_like(products))
    head = t * _exclusive_prod(x, axis, attrs.reverse)
    result: Operand = o.sum(broadcast_in_dim(head, square, as_j) * weights, axes=(axis,))
    return result


cumulative_sum: Final[Op] = _running(
    "cumulative_sum", np.cumsum, Linear(), transpose=_cumulative_sum_transpose
)
cumulative_prod: Final[Op] = _running("cumulative_prod", np.cumprod, Rule(_cumulative_prod_jvp))
